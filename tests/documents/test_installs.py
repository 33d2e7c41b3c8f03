"""However the bot was installed, files are read: its child finds what it needs where the bot has found it."""

import asyncio
import os
import shutil
import site
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

from tests import sample_files as documents

ROOT = Path(__file__).parents[2]
LIBRARIES = sysconfig.get_path("purelib")
READS = """
import asyncio, sys
from bot.documents.process import Reader
data = open(sys.argv[1], "rb").read()
read = asyncio.run(Reader(most=1_000).read(data))
print(getattr(read, "text", read))
"""


@pytest.fixture
def bare(tmp_path: Path) -> str:
    """A Python that has no libraries."""
    folder = tmp_path / "bare"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    return str(folder / "bin/python")


@pytest.fixture
def report(tmp_path: Path) -> Path:
    file = tmp_path / "report.pdf"
    file.write_bytes(documents.pdf("Revenue was 417 ducats"))
    return file


async def read(python: list[str], report: Path, **environment: str) -> str:
    """What a bot that runs so reads in the report."""
    process = await asyncio.create_subprocess_exec(
        *(*python, "-c", READS, str(report)),
        env={"PATH": os.defpath, **environment},
        cwd="/",
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    out, _ = await process.communicate()
    return out.decode()


def as_words(said: str) -> bool:
    return said == "[page 1]\nRevenue was 417 ducats\n"


async def test_a_python_without_libraries_has_none(bare: str, report: Path) -> None:
    assert "ModuleNotFoundError" in await read([bare], report, PYTHONPATH=str(ROOT))


async def test_where_pythonpath_says_where_the_libraries_are(bare: str, report: Path) -> None:
    assert as_words(await read([bare], report, PYTHONPATH=f"{ROOT}:{LIBRARIES}"))


async def test_installed_for_the_user_alone(report: Path, tmp_path: Path) -> None:
    """As `pip install --user` does it, for a Python that has no libraries itself."""
    base = getattr(sys, "_base_executable", sys.executable)
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    folder = tmp_path / ".local/lib" / version / "site-packages"
    folder.mkdir(parents=True)
    (folder / "bot.pth").write_text(f"{ROOT}\n{LIBRARIES}\n")
    said = await read([base], report, HOME=str(tmp_path))
    if not site.ENABLE_USER_SITE and "ModuleNotFoundError" in said:
        pytest.skip("this Python looks at no user's libraries")

    assert as_words(said)


async def test_without_a_home(report: Path) -> None:
    assert as_words(await read([sys.executable], report, PYTHONPATH=str(ROOT)))


def unshared(*options: str) -> list[str]:
    """What begins a command in namespaces of its own. Where the system has none, the test is skipped."""
    words = [shutil.which("unshare") or "/nowhere/unshare", *options]
    if not Path(words[0]).exists() or subprocess.run([*words, "true"], capture_output=True, check=False).returncode:
        pytest.skip("this system gives nobody a namespace of their own")
    return words


async def test_as_somebody_whom_the_system_does_not_know(report: Path) -> None:
    enter = unshared("--user", "--map-user=61234", "--map-group=61234")
    said = await read([*enter, sys.executable], report, PYTHONPATH=str(ROOT), HOME="/nonexistent")

    assert as_words(said), said


async def test_where_nothing_can_be_written(report: Path) -> None:
    """The whole file system is read-only, as in a container with `readOnlyRootFilesystem`."""
    enter = [*unshared("--mount", "--map-root-user"), "sh", "-c"]
    program = 'mount -o remount,ro,bind / && ! touch /written 2>&- && exec "$0" "$@"'
    said = await read([*enter, program, sys.executable], report, PYTHONPATH=str(ROOT))

    assert as_words(said), said
