"""What the documents say about settings and tests is what there is."""

import ast
import re
from pathlib import Path

from bot.run import settings_page

ROOT = Path(__file__).parent.parent


def test_the_example_file_is_made_from_the_code() -> None:
    """Make it anew: python -m bot settings > .env.example"""
    assert (ROOT / ".env.example").read_text("utf-8") == settings_page.as_env()


def test_the_readmes_table_is_made_from_the_code() -> None:
    """Make it anew: python -m bot settings --markdown"""
    readme = (ROOT / "README.md").read_text("utf-8")
    table = readme.partition("<!-- settings -->")[2].partition("<!-- /settings -->")[0]

    assert table.strip() == settings_page.as_markdown().strip()


def test_each_threat_names_tests_that_exist() -> None:
    threats = (ROOT / "docs" / "threat-model.md").read_text("utf-8")
    table = threats.partition("<!-- threats -->")[2].partition("<!-- /threats -->")[0]
    rows = [row for row in table.splitlines()[3:] if row and not row.endswith("| | |")]

    named = [re.findall(r"`(tests/[\w/.]+)(?:::(\w+))?`", row.rsplit("|", 2)[1]) for row in rows]

    assert rows
    assert all(named)
    assert [test for tests in named for test in tests if not _exists(*test)] == []


def _exists(file: str, name: str) -> bool:
    path = ROOT / file
    if not path.is_file():
        return False
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
    names = {node.name for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, functions)}
    return not name or name in names
