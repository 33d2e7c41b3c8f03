"""Whatever strangers write, working on it takes time in proportion to its length.

Every regular expression in `bot/` is found by reading its source, and tried with the methods that it is used with. The
functions that loop over texts are listed, since nobody can tell them by looking: whoever adds one adds it here.
"""

import ast
import gc
import importlib
import re
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from itertools import combinations
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from bot.commands import parse, words
from bot.conversation import attachments, plain, prompt
from bot.conversation.ids import ThreadKey
from bot.conversation.marks import Marks, Unmarked
from bot.conversation.messages import File, Message
from bot.conversation.places import Direct
from bot.conversation.prompt import Said
from bot.documents import child
from bot.llm import request, values
from bot.llm.broken import BrokenStream
from bot.llm.chunks import Chunks
from bot.llm.refusals import Refusal
from bot.llm.thinking import Thinking
from bot.log import redacted
from bot.markdown import inline, split
from bot.personas import form, persona, yaml
from bot.personas.persona import Invalid, Persona
from bot.run import written
from bot.slack import mrkdwn
from bot.slack.api import download, markers
from bot.slack.inbound import blocks
from bot.slack.outbound import render
from bot.turns.draft import Draft
from bot.wording.en import WORDS

pytestmark = pytest.mark.timeout(900)

BOT = Path(__file__).parent.parent / "bot"
LONG = 40_000  # characters, and half of it; Slack takes so many in one message
SHORTER = 20_000  # for functions that take long by themselves
SCREEN = 4_000  # characters of two signs in turn that are tried first: there are hundreds of such pairs
FLOOR = 0.1  # seconds for the long text: what is faster is not measured more closely
MOST = 3.0  # times as long for twice the length

BUILT = {
    "store.trouble": "sign",
    "redaction.secrets": "sign",
    "log": "known",
    "conversation.marks": "written",
    "store.archive": "user",
}
"""Where a pattern is put together when it is used: the module, and the variable in it."""

CLASSES = {
    "blanks": " ", "nbsp": "\u00a0", "letters": "a", "digits": "7", "<": "<", "&": "&", "*": "*", "_": "_", "`": "`",
    "[": "[", "(": "(", "|": "|", "\\": "\\", "~": "~", "@": "@", "$": "$", "newlines": "\n", "CJK": "文",
    "emoji": "👩", "marks": "e\u0301", "!": "!", ":": ":", ".": ".", "-": "-", "CR": "\r", "/": "/",
}  # fmt: skip
NESTED = {
    "brackets": ("[", "]"), "parentheses": ("[a](", ")"), "emphasis": ("*a ", " a*"), "strong": ("**a _b ", " b_ a**"),
    "quotes": ("> ", ""), "items": ("- ", ""), "comments": ("<!-- ", " -->"), "images": ("![", "](u)"),
    "tags": ("<@U1|", ">"), "links": ("<https://a.b/", "|c>"), "titles": ("<title>", "sign in"),
    "fences": ("```\n", ""), "table": ("|a|b|\n|-|-|\n", "|c|d|\n"), "references": ("[a]: b\n\n", "[a]"),
    "tokens": ("xox", "sk-"), "thoughts": ("<think>", "</think>"), "spoken thoughts": ("a <think ", "[THINK]"),
    "addresses": ("://", ":"), "parameters": ("a_", "'a'"), "hosts": ("a.b", ".c"), "entities": ("&lt;", "&amp;"),
    "formulas": ("$x_1$ ", "\\(a_1\\) "),
    "blocks of formulas": ("$$\nx\n$$\n", "\\[\n"),
    "tiny": ("&#60;", "&#0000"), "links to threads": ("https://a/archives/C1/p1", "?&"),
}  # fmt: skip


def texts(pairs: bool = True) -> Iterator[tuple[str, Callable[[int], str]]]:
    for name, sign in CLASSES.items():
        if pairs:
            yield name, lambda n, sign=sign: (sign * n)[:n]  # type: ignore[misc]
        yield f"{name} between others", lambda n, sign=sign: f"a{(sign * n)[: n - 3]}b!"  # type: ignore[misc]
    for (one, a), (other, b) in combinations(CLASSES.items() if pairs else MARKS, 2):
        yield f"{one} and {other}", lambda n, a=a, b=b: ((a + b) * n)[:n]  # type: ignore[misc]
    for name, (a, b) in NESTED.items():
        times = 2 * max(len(a), len(b))
        yield f"nested {name}", lambda n, a=a, b=b, m=times: a * (n // m) + b * (n // m)  # type: ignore[misc]


MARKS = [(name, CLASSES[name]) for name in ("<", "*", "`", "[", "(", "|", "\\", "$", "newlines", "letters")]


def took(work: Callable[[str], object], text: str) -> float:
    """Seconds of processor time; without the garbage collection, which comes when it likes."""
    gc.disable()
    try:
        began = time.process_time()
        work(text)
        return time.process_time() - began
    finally:
        gc.enable()


def check(work: Callable[[str], object], pairs: bool = True, long: int = LONG) -> None:
    slow = {}
    for name, text in texts(pairs):
        if " and " in name and _times(work, text, SCREEN, FLOOR / 30) <= MOST:
            continue
        if _times(work, text, long, FLOOR) > MOST and (times := _times(work, text, long, FLOOR, tries=9)) > MOST:
            slow[name] = f"{times:.1f} times as long"
    assert not slow


def _times(work: Callable[[str], object], text: Callable[[int], str], size: int, floor: float, tries: int = 1) -> float:
    """How many times as long a text of this size takes as half of it; 0.0 if that is less than `floor` seconds."""
    long = min(took(work, text(size)) for _ in range(tries))
    return long / max(min(took(work, text(size // 2)) for _ in range(tries)), floor / 100) if long > floor else 0.0


# -- regular expressions --


@dataclass(frozen=True)
class Found:
    """A regular expression in the source, and the methods that are called on it."""

    where: str
    pattern: "re.Pattern[Any]"
    methods: frozenset[str]


METHODS = frozenset({"match", "fullmatch", "search", "sub", "subn", "split", "findall", "finditer"})


@cache
def modules() -> dict[str, tuple[ModuleType, ast.Module]]:
    found = {}
    for path in sorted(BOT.rglob("*.py")):
        parts = path.relative_to(BOT.parent).with_suffix("").parts
        if parts[-1] not in ("__init__", "__main__"):
            name = ".".join(parts)
            found[name.removeprefix("bot.")] = (importlib.import_module(name), ast.parse(path.read_text("utf-8")))
    return found


@cache
def _uses() -> dict[str, set[str]]:
    """The methods that are called anywhere on a pattern, by its name."""
    called = defaultdict[str, set[str]](set)
    for node in (node for _, tree in modules().values() for node in ast.walk(tree) if isinstance(node, ast.Call)):
        if isinstance(node.func, ast.Attribute) and node.func.attr in METHODS:
            for name in _passed(node.func.value):
                called[name].add(node.func.attr)
    return called


def _last(node: ast.expr) -> str:
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""


def _passed(node: ast.expr) -> tuple[str, ...]:
    return tuple(_last(each) for each in ast.walk(node) if isinstance(each, ast.expr))


def patterns() -> Iterator[Found]:
    for name, (module, tree) in modules().items():
        names = {id(node.value): _last(node.targets[0]) for node in ast.walk(tree) if isinstance(node, ast.Assign)}
        for node in ast.walk(tree):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
                continue
            if _last(node.func.value) != "re" or node.func.attr not in METHODS | {"compile"}:
                continue
            try:
                pattern = _evaluated(node, module)
            except NameError as unknown:
                if unknown.name != BUILT.get(name):
                    raise
                continue
            assigned = names.get(id(node), "") if node.func.attr == "compile" else ""
            uses = _uses().get(assigned, set()) if assigned else {node.func.attr} & METHODS
            yield Found(
                f"{name}.{assigned or node.lineno}", pattern, frozenset(uses) or frozenset({"search", "fullmatch"})
            )


def _evaluated(call: ast.Call, module: ModuleType) -> "re.Pattern[Any]":
    flags = [word.value for word in call.keywords if word.arg == "flags"]
    if isinstance(call.func, ast.Attribute) and call.func.attr == "compile":
        flags += call.args[1:]
    value, *rest = (
        eval(compile(ast.Expression(each), "pattern", "eval"), vars(module)) for each in (call.args[0], *flags)
    )
    return re.compile(value, *rest)


FOUND = list(patterns())


def test_patterns_are_found() -> None:
    assert {"log._TOKEN", "markdown.split._BEGINS_A_BLOCK", "slack.outbound.links._DOTTED"} <= {f.where for f in FOUND}
    assert len(FOUND) > 40


@pytest.mark.parametrize("found", FOUND, ids=lambda found: found.where)
def test_a_pattern_takes_linear_time(found: Found) -> None:
    def work(text: str) -> None:
        given = text.encode() if isinstance(found.pattern.pattern, bytes) else text
        for method in found.methods:
            _call(found.pattern, method, given)

    check(work)


def _call(pattern: "re.Pattern[Any]", method: str, text: Any) -> None:
    match method:
        case "sub" | "subn":
            pattern.sub(text[:0], text)
        case "finditer" | "findall" | "split" | "search":  # a search that fails has looked everywhere
            list(pattern.finditer(text))
        case _:
            getattr(pattern, method)(text)


def test_quadratic_patterns_are_noticed() -> None:
    quadratic = re.compile(r"\s+$")

    assert _times(quadratic.search, lambda n: f"a{' ' * n}b", 10_000, 0.0) > MOST


# -- functions --

THREAD = ThreadKey("slack", "T1", "C1", "1.000000")


def cut_all(text: str) -> None:
    """As a draft does."""
    while split.size(text) > 5_000:
        _, text = split.cut(text, 5_000)


def draft(text: str) -> None:
    growing = Draft(WORDS, limit=5_000, most=100)
    for start in range(0, len(text), 400):
        growing.feed(text[start : start + 400])
    growing.close("footer")
    while step := growing.next():
        growing.confirm(step, "1")


def prompted(text: str) -> None:
    said = [Message(f"{n}.0", f"U{n % 3}", text[n * 1000 : n * 1000 + 1000]) for n in range(len(text) // 1000)]
    prompt.build(Persona("a", text), "m", said[:-1], said[-1:], Marks("q7w", {"U1": text[:80]}), 16_000)


def unmarked(text: str) -> None:
    answer = Unmarked("a")
    for start in range(0, len(text), 10):
        answer.feed(text[start : start + 10])
    answer.rest()


def streamed(text: str) -> None:
    chunks = Chunks()
    data = text.encode(errors="replace")
    for start in range(0, len(data), 10):
        list(chunks.take(data[start : start + 10]))
    with suppress(BrokenStream):
        list(chunks.end())


def lines_of_events(text: str) -> None:
    """Events of many lines, and lines that are JSON or nearly so."""
    for before in ("data:", "{", '{"choices":', "["):
        streamed("\n".join(before + text[start : start + 20] for start in range(0, len(text), 20)))


def thought(text: str) -> None:
    for size in (len(text), 10):
        thinking = Thinking()
        for start in range(0, len(text), size):
            thinking.feed(text[start : start + size])
        thinking.end()


def thought_and_said(text: str) -> None:
    """Many tags, with and without the other half."""
    for tags in ("<think>", "a</think>", "<think>a</think>", "a <think>", "a`<think>"):
        thought(tags * (len(text) // len(tags)))
        thought(tags.join(text[start : start + 20] for start in range(0, len(text), 20)))


def refusal(text: str) -> None:
    said = Refusal.of(0, {"error": {"message": text, "param": text, "metadata": {"raw": [text]}}})
    assert said.meaning
    said.after({"retry-after": text[:1000]})
    request.lesson(Refusal(400, "", text), {"stream": True}, [Said("system", "")], {})


def refused(read: Callable[[str], object]) -> Callable[[str], None]:
    """Read what may be refused."""

    def work(text: str) -> None:
        try:
            read(text)
        except (Invalid, ValueError):
            return

    return work


def rich(text: str) -> None:
    elements = [{"type": "text", "text": sign, "style": {"bold": True}} for sign in text[:: len(text) // 2000]]
    section = {"type": "rich_text_list", "elements": [{"type": "rich_text_section", "elements": elements}]}
    blocks.shown([{"type": "rich_text", "elements": [section]}, {"type": "markdown", "text": text}])
    blocks.attached([{"text": text, "fields": [{"title": text, "value": text}]}])


ADA = Message("1.0", "U1", "")
CHEAP: dict[str, Callable[[str], object]] = {
    "split.size": split.size,
    "mrkdwn.escaped": mrkdwn.escaped,
    "mrkdwn.decode": mrkdwn.decode,
    "mrkdwn.encode": mrkdwn.encode,
    "mrkdwn.speaks_of": lambda text: mrkdwn.speaks_of(text, "U1"),
    "mrkdwn.unaddressed": lambda text: mrkdwn.unaddressed(text, "U1"),
    "blocks": rich,
    "render.harmless": render.harmless,
    "attachments.quoted": lambda text: attachments.quoted(File("F1", text), attachments.Words(text), Marks("q7w")),
    "prompt.build": prompted,
    "marks.plain": Marks("a").plain,
    "marks.unmarked": unmarked,
    "plain.paired": plain.paired,
    "plain.one_line": lambda text: plain.one_line(text, "U1"),
    "values.clean": values.clean,
    "values.code_of": values.code_of,
    "values.model_of": values.model_of,
    "refusals.Refusal": refusal,
    "chunks.take": streamed,
    "values.reason_of": values.reason_of,
    "child.clean": child.clean,
    "download": lambda text: (download.HTML.match(text.encode()), download.SIGN_IN.search(text.encode())),
    "markers": markers._LANDED_APOLOGY.search,
    "words.spoken": lambda text: words.spoken(THREAD, Message("1.0", "U1", text), None, addressed=True, followed=True),
    "parse.read": lambda text: [
        parse.read(each, text, Direct(), lambda *_: THREAD) for each in ("/persona", "/threadbot")
    ],
    "persona.key": persona.key,
    "persona.nearest": lambda text: persona.nearest(text, ["Bard", "default", "a" * 40]),
    "form.check": refused(lambda text: form.check(dict.fromkeys(form.fields(Persona("a", "b")), text))),
    "form.check display_name": refused(
        lambda text: form.check({"name": "a", "system_prompt": text[:12_000], "display_name": text})
    ),
    "yaml.to_yaml": lambda text: yaml.to_yaml(Persona("a", text)),
    "config": refused(lambda text: written.redis_url(f"redis://{text}")),
    "log": redacted,
}
COSTLY: dict[str, Callable[[str], object]] = {
    "chunks.take, line by line": lines_of_events,
    "thinking": thought,
    "thinking, with tags": thought_and_said,
    "yaml.from_yaml": refused(yaml.from_yaml),
}
"""They take long by themselves: not every two signs in turn are tried."""
MARKDOWN: dict[str, Callable[[str], object]] = {
    "inline.words": inline.words,
    "split.presentable": split.presentable,
    "split.cut": cut_all,
    "draft": draft,
    "render.shown": render.shown,
    "render.notification": render.notification,
}


@pytest.mark.parametrize("name", sorted(CHEAP))
def test_a_function_takes_linear_time(name: str) -> None:
    check(CHEAP[name])


@pytest.mark.parametrize("name", COSTLY)
def test_a_costly_function_takes_linear_time(name: str) -> None:
    check(COSTLY[name], pairs=False, long=SHORTER)


@pytest.mark.parametrize("name", MARKDOWN)
def test_reading_markdown_takes_linear_time(name: str) -> None:
    check(MARKDOWN[name], pairs=False)
