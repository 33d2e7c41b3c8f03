"""What the documents say about settings and tests is what there is."""

import ast
import re
from collections.abc import Callable
from pathlib import Path

from bot.privacy.places import PLACES
from bot.run import places_page, settings_page
from bot.run.config import SECRETS
from bot.store import keys
from bot.store.keys import Keys
from tests.llm import test_providers
from tests.llm.providers import PROVIDERS

ROOT = Path(__file__).parent.parent


def test_the_example_file_is_made_from_the_code() -> None:
    """Make it anew: python -m bot settings > .env.example"""
    assert (ROOT / ".env.example").read_text("utf-8") == settings_page.as_env()


def test_the_table_of_settings_is_made_from_the_code() -> None:
    """Make it anew: scripts/docs"""
    page = (ROOT / "docs" / "settings.md").read_text("utf-8")
    table = page.partition("<!-- settings -->")[2].partition("<!-- /settings -->")[0]

    assert table.strip() == settings_page.as_markdown().strip()


def test_every_key_stands_in_the_table_of_places() -> None:
    """What is forgotten, exported and shortened is decided there: `bot/privacy/places.py`."""
    of_a_workspace = {name for name in vars(Keys) if not name.startswith("_")} - {"prefix", "workspace"}

    assert sorted(place.key for place in PLACES) == sorted(of_a_workspace | set(keys.SHARED))


def test_the_table_of_places_is_made_from_the_code() -> None:
    """Make it anew: scripts/docs"""
    page = (ROOT / "docs" / "privacy.md").read_text("utf-8")
    table = page.partition("<!-- places -->")[2].partition("<!-- /places -->")[0]

    assert table.strip() == places_page.as_markdown()


def test_each_threat_names_tests_that_exist() -> None:
    threats = (ROOT / "docs" / "threat-model.md").read_text("utf-8")
    table = threats.partition("<!-- threats -->")[2].partition("<!-- /threats -->")[0]
    rows = [row for row in table.splitlines()[3:] if row and not row.endswith("| | |")]

    named = [re.findall(r"`(tests/[\w/.]+)(?:::(\w+))?`", row.rsplit("|", 2)[1]) for row in rows]

    assert rows
    assert all(named)
    assert [test for tests in named for test in tests if not _exists(*test)] == []


def test_each_secret_is_told_how_to_replace_and_shown_by_a_test() -> None:
    page = (ROOT / "docs" / "rotation.md").read_text("utf-8")
    _, _, *rows = page.partition("<!-- secrets -->")[2].partition("<!-- /secrets -->")[0].strip().splitlines()
    shown = {row.split("`")[1].lower(): re.findall(r"`(tests/[\w/.]+)::(\w+)`", row) for row in rows}

    assert set(shown) == {*SECRETS, "redis_url"}
    assert all(shown.values())
    assert [test for tests in shown.values() for test in tests if not _exists(*test)] == []


def test_each_server_that_is_called_tested_has_its_tests() -> None:
    page = (ROOT / "docs" / "models.md").read_text("utf-8")
    _, _, *rows = page.partition("<!-- tested -->")[2].partition("<!-- /tested -->")[0].strip().splitlines()
    cells = {row.split(" | ")[0].strip("| "): [cell.strip("`| ") for cell in row.split(" | ")[1:]] for row in rows}
    tests = {name: test for name, test in vars(test_providers).items() if name.startswith("test_")}

    assert list(cells) == list(PROVIDERS)
    for provider, named in cells.items():
        assert named == [f"{name}[{provider}]" if provider in _tried(test) else "–" for name, test in tests.items()]


def test_the_tests_with_real_servers_are_where_the_page_says() -> None:
    page = (ROOT / "docs" / "models.md").read_text("utf-8")
    named = re.findall(r"`(tests/real/\w+\.py)`", page)

    assert set(named) == {f"tests/real/{path.name}" for path in (ROOT / "tests" / "real").glob("test_*.py")}


def test_the_readme_names_the_servers_that_were_tried() -> None:
    [line] = re.findall(
        r"^Tested with (.*?)\s\(\[docs/models\.md\]", (ROOT / "README.md").read_text("utf-8"), re.MULTILINE | re.DOTALL
    )
    named = re.split(r", | and ", " ".join(line.split()))

    assert set(named) == {provider.partition(",")[0] for provider in PROVIDERS}


def _tried(test: Callable[..., object]) -> set[str]:
    """The providers with which a test is run."""
    [mark] = [mark for mark in test.pytestmark if mark.name == "parametrize"]  # type: ignore[attr-defined]
    return set(mark.kwargs["ids"])


def _exists(file: str, name: str) -> bool:
    path = ROOT / file
    if not path.is_file():
        return False
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
    names = {node.name for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, functions)}
    return not name or name in names
