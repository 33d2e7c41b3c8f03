"""The one rule of the house: the core knows no vendor and no edge, an edge knows one vendor and no other edge."""

import ast
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
FILES = sorted((ROOT / "bot").rglob("*.py"))
FOLDERS = {path.name for path in (ROOT / "bot").iterdir() if (path / "__init__.py").exists()}
EDGES = FOLDERS - {"sandbox"}
WIRING = {"app.py", "check.py", "cli.py", "inbox_cli.py", "audit_cli.py", "__main__.py"}
"""They put core and edges together, and with them the vendors' clients."""
LIBRARIES = {
    "config.py": {"pydantic", "pydantic_core", "pydantic_settings"},
    "inline.py": {"markdown_it"},
    "markdown.py": {"markdown_it"},
    "params.py": {"pydantic"},
    "persona.py": {"pydantic", "pydantic_core", "ruamel"},
}
"""Third parties in the core: they compute and do no I/O."""
MOST_LINES = 400


def name(path: Path) -> str:
    return str(path.relative_to(ROOT / "bot"))


def imported(path: Path) -> set[str]:
    """Full names of all that a file imports, wherever it does so."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{path}: relative imports hide where things come from"
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def third_parties(path: Path) -> set[str]:
    tops = {full.partition(".")[0] for full in imported(path)}
    return {top for top in tops if top not in sys.stdlib_module_names and top != "bot"}


def folders(path: Path) -> set[str]:
    """The folders of ours that a file imports from."""
    parts = [full.split(".") for full in imported(path)]
    return {part[1] for part in parts if part[0] == "bot" and len(part) > 1 and part[1] in FOLDERS}


CORE = [path for path in FILES if path.parent == ROOT / "bot" and path.name not in WIRING]
AT_THE_EDGE = [path for path in FILES if name(path).split("/")[0] in EDGES]
IN_THE_SANDBOX = [path for path in FILES if name(path).startswith("sandbox/")]


def test_there_is_something_to_check() -> None:
    assert {"turn.py", "prompt.py", "ports.py"} <= {path.name for path in CORE}
    assert {"slack", "llm", "store", "web"} <= EDGES
    assert folders(ROOT / "bot" / "app.py") == {"slack", "llm", "reader", "store", "web"}


@pytest.mark.parametrize("path", CORE, ids=name)
def test_the_core_imports_no_vendor_and_no_folder(path: Path) -> None:
    assert third_parties(path) <= LIBRARIES.get(path.name, set())
    assert folders(path) == set()


@pytest.mark.parametrize("path", CORE, ids=name)
def test_the_core_does_not_import_what_puts_it_together(path: Path) -> None:
    assert not imported(path) & {f"bot.{wiring.removesuffix('.py')}" for wiring in WIRING}


@pytest.mark.parametrize("path", AT_THE_EDGE, ids=name)
def test_an_edge_imports_no_other_edge(path: Path) -> None:
    assert folders(path) <= {name(path).split("/")[0]}


@pytest.mark.parametrize("path", IN_THE_SANDBOX, ids=name)
def test_the_sandbox_imports_nothing_of_the_bot(path: Path) -> None:
    ours = {full for full in imported(path) if full == "bot" or full.startswith("bot.")}

    assert not {full for full in ours if full != "bot.sandbox" and not full.startswith("bot.sandbox.")}


def test_only_the_command_line_knows_the_sandbox() -> None:
    knowing = {name(path) for path in FILES if path not in IN_THE_SANDBOX and "sandbox" in folders(path)}

    assert knowing <= {"cli.py"}


@pytest.mark.parametrize("vendor", ["redis", "slack_sdk", "slack_bolt", "openai", "fastapi", "pypdf"])
def test_a_vendor_is_known_in_one_folder(vendor: str) -> None:
    assert len({name(path).split("/")[0] for path in AT_THE_EDGE if vendor in third_parties(path)}) == 1


@pytest.mark.parametrize("path", FILES, ids=name)
def test_a_file_can_be_read_in_one_sitting(path: Path) -> None:
    assert len(path.read_text("utf-8").splitlines()) <= MOST_LINES
