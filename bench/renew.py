"""python -m bench.renew: measure anew, and put the figures into docs/benchmark.md and its chart.

To be run on a machine that does nothing else. `--drawn` makes chart and text once more from the result files that are
there, without measuring.
"""

import os
import re
import subprocess
import sys

import click

from bench import chart
from bench.subject import ROOT

DOCS = ROOT / "docs"
PAGE, PICTURE, RESULTS = DOCS / "benchmark.md", DOCS / "benchmark.svg", DOCS / "benchmark.json"
TABLES = {"main": ["bench"], "growth": ["bench.growth"], "painting": ["bench.painting"]}
"""What is printed between the marks of these names."""


def section(page: str, name: str, text: str) -> str:
    marked = f"<!-- {name} -->\n{text}\n<!-- /{name} -->"
    page, times = re.subn(rf"<!-- {name} -->.*?<!-- /{name} -->", lambda _: marked, page, flags=re.S)
    if times != 1:
        raise click.ClickException(f"{PAGE.name} has no place for {name}")
    return page


def measured(module: str, *options: str) -> str:
    command = [sys.executable, "-m", module, *options]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        raise click.ClickException(f"python -m {module} ended with {done.returncode}")
    return done.stdout.strip()


@click.command()
@click.option("--quick", is_flag=True, help="Rougher figures, in some minutes.")
@click.option("--drawn", is_flag=True, help="Measure nothing.")
@click.option("--only", type=click.Choice([*TABLES]), help="Measure only this.")
def main(quick: bool, drawn: bool, only: str | None) -> None:
    """Measure anew, and renew docs/benchmark.md."""
    rough = ["--quick"] if quick else []
    for name, (module,) in TABLES.items():
        if drawn or only not in (None, name):
            continue
        options = [*rough, *(["--save", str(RESULTS)] if name == "main" else [])] if name != "painting" else []
        before, text, after = os.getloadavg()[0], measured(module, *options), os.getloadavg()[0]
        told = f"Load average {before:.1f} before and {after:.1f} after, on {os.cpu_count()} cores."
        PAGE.write_text(section(PAGE.read_text("utf-8"), name, f"{told}\n\n```\n{text}\n```"), "utf-8")
    PICTURE.write_text(chart.drawn(RESULTS), "utf-8")
    PAGE.write_text(section(PAGE.read_text("utf-8"), "sentence", chart.sentence(RESULTS)), "utf-8")


if __name__ == "__main__":
    main()
