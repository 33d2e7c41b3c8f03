"""The rules of the house: rooms import downwards, the core knows no vendor and no edge, an edge knows one vendor."""

import ast
import re
import sys
from functools import cache
from itertools import takewhile
from pathlib import Path

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.api.rate_limits import PER_MINUTE, UNCOUNTED

ROOT = Path(__file__).parent.parent
BOT = ROOT / "bot"
SANDBOX = ROOT / "threadbot_sandbox"

ROOMS = (
    *(("markdown", "redaction"), ("personas",), ("conversation",), ("usage",), ("policy",), ("privacy",)),
    *(("turns",), ("commands",), ("wording",)),
)
"""The core, lowest first: a room imports from its own, and from those of the lines before."""
SHARED = {"ports", "errors", "installations", "happenings", "log", "aio", "version"}
"""Files beside the rooms, which every room may import."""
EDGES = {"slack", "llm", "store", "web", "documents", "metrics"}
WIRING = {"run", "__main__"}
"""They put core and edges together."""
LIBRARIES = {
    "markdown/inline.py": {"markdown_it"},
    "markdown/lookalikes.py": {"confusable_homoglyphs"},
    "markdown/parts.py": {"markdown_it"},
    "markdown/places.py": {"markdown_it"},
    "markdown/split.py": {"markdown_it"},
    "personas/form.py": {"pydantic", "pydantic_core"},
    "personas/params.py": {"pydantic"},
    "personas/yaml.py": {"ruamel"},
    "redaction/own.py": {"re2"},
}
"""Third parties in the core: they compute and do no I/O."""
FOR_OPERATORS = {
    "log.py",
    "metrics/counts.py",
    "metrics/watch.py",
    "slack/api/identity.py",
    "slack/api/proxies.py",
    "slack/manifest.py",
    "slack/probe/bench.py",
    "slack/probe/layouts.py",
    "slack/probe/trials.py",
    "store/address.py",
    "store/backup.py",
    "store/client.py",
    "store/migrations/__init__.py",
    "store/operations.py",
    "store/rights.py",
    "store/trouble.py",
    "web/api/app.py",
    "web/api/door.py",
    "web/api/entries.py",
    "web/api/page.py",
    "web/api/shapes.py",
    "web/api/stream.py",
    "web/api/threads.py",
    "web/api/usage.py",
}
"""What these files say is read in the log, on the command line and in the documentation."""
LANDED_WORDS = "slack/api/markers.py"
"""It knows messages of older versions by what they say."""
PROSE = re.compile(r"^[A-Z][\w’']*,? [\w’']+,? [\w’']+|[a-z’']+(,? [a-z’']+){4}")
FOR_THE_MODEL = {
    "Continue exactly where you stopped.",
    "Names in brackets such as [EMAIL_1] stand for values that you are not told: write them exactly as they are.",
}
MODELS_RULE = "conversation/marks.py"
"""It tells the model, and nobody else, what marks mean."""
NOT_SAID = {
    "log",
    "ValueError",
    "KeyError",
    "RuntimeError",
    "LeaseLost",
    "Postponed",
    "Unreadable",
    "unreadable",
    "Malformed",
    "Field",
}
"""Whose arguments are read by operators and developers."""
DETAILED = {"Unavailable", "Unanswerable"}
"""Whose first argument is a sentence's code; the second is for the log."""
LUA = re.compile(r"redis\.call|^\s*local ", re.MULTILINE)
VENDORS = {
    "redis": "store",
    "slack_sdk": "slack",
    "slack_bolt": "slack",
    "openai": "llm",
    "pypdf": "documents",
    "prometheus_client": "metrics",
}
DOORS = {
    "openai": {"llm/chat_completions.py", "llm/connection.py"},
    "redis": {"store/client.py", "store/address.py", "store/pipeline.py"},
    "slack_sdk.web": {"slack/api/client.py"},
    "slack_sdk.errors": {"slack/api/client.py"},
}
"""What only these files import: whatever is asked of a vendor goes through them."""
NAMES_METHODS = {"slack/api/client.py", "slack/api/rate_limits.py"}
"""They have rules for single methods of Slack's. Elsewhere a method's name is what is called, and nothing else."""
SLACK_SYNTAX = re.compile(r"(?<!\?)<[@#!]|&(?:lt|gt|amp);|mrkdwn|subteam")
MAX_LINES = 400
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)

FILES = sorted(BOT.rglob("*.py"))


def name(path: Path) -> str:
    return str(path.relative_to(BOT if path.is_relative_to(BOT) else ROOT))


@cache
def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"))


def room(path: Path) -> str:
    """The folder directly under `bot/` that a file is in, or the name of a file beside the folders."""
    return path.relative_to(BOT).parts[0].removesuffix(".py")


@cache
def imported(path: Path) -> set[str]:
    """Full names of all that a file imports, wherever it does so."""
    found: set[str] = set()
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{path}: relative imports hide where things come from"
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def third_parties(path: Path) -> set[str]:
    tops = {full.partition(".")[0] for full in imported(path)}
    return {top for top in tops if top not in sys.stdlib_module_names and top != "bot"}


def rooms(path: Path) -> set[str]:
    """The rooms, edges and files of ours that a file imports from."""
    parts = [full.split(".") for full in imported(path)]
    return {part[1] for part in parts if part[0] == "bot" and len(part) > 1}


@cache
def strings(path: Path) -> list[str]:
    """The texts in a file, without docstrings, without scripts, and without what is logged."""
    tree = parsed(path)
    left_out = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
        target = call.func.value if isinstance(call.func, ast.Attribute) else call.func
        if (isinstance(target, ast.Name) and target.id in NOT_SAID) or ast.unparse(target) == "super()":
            left_out |= {id(inner) for inner in ast.walk(call)}
        details = call.args[1:] if ast.unparse(target) in DETAILED else []
        details += [keyword.value for keyword in call.keywords if keyword.arg == "why"]
        left_out |= {id(inner) for detail in details for inner in ast.walk(detail)}
    left_out |= {id(n) for test in ast.walk(tree) if isinstance(test, ast.Assert) for n in ast.walk(test)}
    found = [node for node in ast.walk(tree) if isinstance(node, ast.Constant) and id(node) not in left_out]
    return [node.value for node in found if isinstance(node.value, str) and not LUA.search(node.value)]


def below(name: str) -> set[str]:
    """The room itself and those that it may import from."""
    lower = takewhile(lambda level: name not in level, ROOMS)
    return {name, *(each for level in lower for each in level)}


def called_method(node: ast.AST) -> str | None:
    """The method of Slack's Web API that this piece of code calls through `SlackClient`."""
    match node:
        case ast.Call(func=ast.Attribute(attr="call"), args=[ast.Constant(value=str(method))]):
            return method
    return None


@cache
def slack_methods() -> set[str]:
    """The Web API methods that the SDK knows, as Slack names them."""
    public = {each for each in dir(AsyncWebClient) if "_" in each and not each.startswith("_")}
    return {each.replace("_", ".") for each in public} - {"api.call"}


CORE_ROOMS = {each for level in ROOMS for each in level}
CORE = [path for path in FILES if room(path) in CORE_ROOMS]
AT_THE_EDGE = [path for path in FILES if room(path) in EDGES]
OUTSIDE = [path for path in FILES if room(path) not in WIRING]
WITHOUT_WORDS = [
    p for p in OUTSIDE if room(p) != "wording" and name(p) not in {*FOR_OPERATORS, LANDED_WORDS, MODELS_RULE}
]
IN_THE_SANDBOX = sorted(SANDBOX.rglob("*.py"))


def test_a_script_is_called_by_the_names_of_its_keys_and_arguments() -> None:
    """The steps of the migrations stay as they were written, and are called by position."""
    stores = [path for path in FILES if not name(path).startswith("store/migrations/")]
    by_position = re.compile(r"\bKEYS\[|\bARGV\[|\bunpack\((?:KEYS|ARGV)\)|\bclient\.run\(")

    assert {name(path) for path in stores if by_position.search(path.read_text("utf-8"))} == {"store/script.py"}


def test_every_file_is_in_a_room_that_the_rules_know() -> None:
    assert {room(path) for path in FILES} == CORE_ROOMS | EDGES | SHARED | WIRING | {"__init__"}


def test_there_is_something_to_check() -> None:
    assert {"turns/turn.py", "conversation/prompt.py"} <= {name(path) for path in CORE}
    assert {each for path in FILES if room(path) == "run" for each in rooms(path)} >= EDGES
    assert len(IN_THE_SANDBOX) > 20


@pytest.mark.parametrize("path", CORE, ids=name)
def test_a_room_imports_downwards(path: Path) -> None:
    assert rooms(path) <= below(room(path)) | SHARED


@pytest.mark.parametrize("path", CORE, ids=name)
def test_the_core_imports_no_vendor(path: Path) -> None:
    assert third_parties(path) <= LIBRARIES.get(name(path), set())


@pytest.mark.parametrize("path", [path for path in FILES if room(path) in SHARED], ids=name)
def test_what_all_share_imports_no_vendor_and_no_edge(path: Path) -> None:
    assert third_parties(path) == set()
    assert not rooms(path) & (EDGES | WIRING)


@pytest.mark.parametrize("path", OUTSIDE, ids=name)
def test_only_wiring_imports_what_puts_it_together(path: Path) -> None:
    assert not rooms(path) & WIRING


@pytest.mark.parametrize("path", AT_THE_EDGE, ids=name)
def test_an_edge_imports_no_other_edge(path: Path) -> None:
    assert rooms(path) & EDGES <= {room(path)}


@pytest.mark.parametrize("path", IN_THE_SANDBOX, ids=name)
def test_the_sandbox_imports_nothing_of_the_bot(path: Path) -> None:
    assert not {full for full in imported(path) if full == "bot" or full.startswith("bot.")}


@pytest.mark.parametrize("path", WITHOUT_WORDS, ids=name)
def test_words_for_people_stand_in_one_room(path: Path) -> None:
    assert [text for text in strings(path) if PROSE.search(text) and text not in FOR_THE_MODEL] == []


def test_the_words_are_found_where_they_stand() -> None:
    found = [text for path in FILES if room(path) == "wording" for text in strings(path)]

    assert len([text for text in found if PROSE.search(text)]) > 100


@pytest.mark.parametrize("path", CORE, ids=name)
def test_commands_are_told_apart_by_matching_and_not_by_a_table_of_types(path: Path) -> None:
    assert "dict[type" not in path.read_text("utf-8")


CORE = [path for path in FILES if room(path) in {each for line in ROOMS for each in line}]


def does_something(path: Path) -> bool:
    """Whether a file has a function of its own. Types and protocols alone are tested where they are used."""
    tree = parsed(path)
    protocols = {
        function
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef) and any(ast.unparse(base) == "Protocol" for base in node.bases)
        for function in ast.walk(node)
    }
    return any(isinstance(node, FUNCTIONS) and node not in protocols for node in ast.walk(tree))


@pytest.mark.parametrize(
    "path", [path for path in CORE if path.name != "__init__.py" and does_something(path)], ids=name
)
def test_a_module_of_the_core_has_a_test_file_of_its_own(path: Path) -> None:
    mirrored = ROOT / "tests" / path.relative_to(BOT).with_name(f"test_{path.name}")

    assert mirrored.is_file()
    assert "def test_" in mirrored.read_text("utf-8")


def test_only_the_command_line_knows_the_sandbox() -> None:
    assert {name(path) for path in FILES if "threadbot_sandbox" in third_parties(path)} == {"run/cli.py"}


@pytest.mark.parametrize("vendor", VENDORS)
def test_a_vendor_is_known_in_one_edge(vendor: str) -> None:
    assert {room(path) for path in FILES if vendor in third_parties(path)} == {VENDORS[vendor]}


@pytest.mark.parametrize("module", DOORS)
def test_a_vendors_client_has_one_door(module: str) -> None:
    def comes_from(full: str) -> bool:
        return full == module or full.startswith(f"{module}.")

    assert {name(path) for path in FILES if any(map(comes_from, imported(path)))} == DOORS[module]


@pytest.mark.parametrize("path", [path for path in FILES if name(path) not in NAMES_METHODS], ids=name)
def test_slack_is_called_by_its_client_alone(path: Path) -> None:
    """A method is named where it is called, and what is called has a rate."""
    nodes, methods = [*ast.walk(parsed(path))], slack_methods()
    named = [node.value for node in nodes if isinstance(node, ast.Constant) and node.value in methods]
    called = [method for node in nodes if (method := called_method(node)) is not None]

    assert sorted(map(str, named)) == sorted(called)
    assert set(called) <= PER_MINUTE.keys() | UNCOUNTED | {"chat.postMessage"}


def test_there_are_calls_to_check() -> None:
    trees = [parsed(path) for path in FILES]
    called = {called_method(node) for tree in trees for node in ast.walk(tree)} - {None}

    assert called == PER_MINUTE.keys() | UNCOUNTED | {"chat.postMessage"}
    assert called <= slack_methods()


def test_slacks_text_format_is_known_to_slack_alone() -> None:
    assert {room(path) for path in FILES if SLACK_SYNTAX.search(path.read_text("utf-8"))} == {"slack"}


@pytest.mark.parametrize("path", [*FILES, *IN_THE_SANDBOX], ids=name)
def test_a_file_can_be_read_in_one_sitting(path: Path) -> None:
    assert len(path.read_text("utf-8").splitlines()) <= MAX_LINES
