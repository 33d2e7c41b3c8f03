"""What a model thinks never stands in its answer, however it is marked; a tag inside code is text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.conversation.pieces import Text, Thought
from bot.llm.thinking import Thinking
from tests.llm.asking import Asker, Told, ask, served
from tests.llm.test_chunks import DONE, END, delta, event
from tests.llm.test_streams import chunk
from threadbot_sandbox.model import Reply, SmallModel


def answer(*pieces: str, hidden: bool = False) -> str:
    thinking, text = Thinking(hidden), ""
    for told in (*map(thinking.feed, pieces), thinking.end()):
        text = ("" if told.void else text) + told.text
    return text


THOUGHTFUL = [
    ("<think>secret</think>Paris.", "Paris."),
    ("<think>\nsecret\n</think>\n\nParis.", "Paris."),
    ("\n <think>secret</think> Paris.", "Paris."),
    ("<THINK>secret</THINK>Paris.", "Paris."),
    ("<Thinking>secret</Thinking>\nParis.", "Paris."),
    ("<thought>secret</thought>Paris.", "Paris."),
    ("<thoughts>secret</thoughts>Paris.", "Paris."),
    ("<reasoning>secret</reasoning>Paris.", "Paris."),
    ("< think >secret< / think >Paris.", "Paris."),
    ('<think time="3">secret</think>Paris.', "Paris."),
    ("<seed:think>secret</seed:think>Paris.", "Paris."),
    ("[THINK]secret[/THINK]Paris.", "Paris."),
    ("◁think▷secret◁/think▷Paris.", "Paris."),
    ("<|begin_of_thought|>secret<|end_of_thought|>Paris.", "Paris."),
    ("<|START_THINKING|>secret<|END_THINKING|>Paris.", "Paris."),
    ("<|channel|>analysis<|message|>secret<|end|><|start|>assistant<|channel|>final<|message|>Paris.", "Paris."),
    ("<|start|>assistant<|channel|>analysis<|message|>secret<|channel|>final<|message|>Paris.", "Paris."),
    (
        "<|channel|>analysis<|message|>a < b<|end|><|start|>assistant<|channel|>commentary to=functions.x<|message|>{}"
        "<|end|><|start|>assistant<|channel|>final<|message|>Paris.",
        "Paris.",
    ),
    ("<|channel|>final<|message|>Paris.", "Paris."),
    ("<|channel>thought\nsecret<channel|>Paris.", "Paris."),
    ("<think/>Paris.", "Paris."),
    ("<think></think>Paris.", "Paris."),
    ("<think>se<think>cr</think>et</think>Paris.", "Paris."),
    ("<think>secret</think>Paris.\n<think>secret</think>\nRome.", "Paris.\n\nRome."),
    ("Hello <think>secret</think>Paris.", "Hello Paris."),
    ("<think>a `backtick and secret</think>Paris.", "Paris."),
    ("<think>it writes `</think>` secret</think>Paris.", "Paris."),
    ("<think>```\nsecret</think>Paris.", "Paris."),
    ("secret</think>Paris.", "Paris."),
    ("secret\n</think>\n\nParis.", "Paris."),
    ("secret </think> Paris.", "Paris."),
    ("secret, a `tag` too</think>Paris.", "Paris."),
    ("<think>secret", ""),
    ("<think>\nsecret\nand more", ""),
    ("Paris.\n<think>secret", "Paris.\n"),
    ("<think>secret</think", ""),
]
PLAIN = [
    "Paris.",
    "    indented code comes first",
    "Write `<think>` and `</think>` round it.",
    "```\n<think>\nlike this\n</think>\n```\nThat is all.",
    "~~~xml\n<think>like this</think>\n~~~\nThat is all.",
    "````\n```\n</think>\n````\nThat is all.",
    "It is ``<think>`</think>`` here.",
    "Like this:\n\n    <think>\n    </think>\n\nThat is all.",
    "The tag <think> opens it.",
    "a < b and c > d, [x] and ~~no~~",
    "<b>bold</b> <thing> <thinker>",
    "`code` <div> ```not a fence``` `more`",
    "- item\n- ```\n  <think>\n  ```\n- end",
    "a <",
    "a <thi",
    "a <|chan",
    "a <|channel|> of news",
    "Write `<|channel|>analysis<|message|>` before it.",
    "a [THI",
    "``",
    " \n",
]


@pytest.mark.parametrize(("said", "shown"), THOUGHTFUL)
def test_thinking_is_left_out(said: str, shown: str) -> None:
    assert answer(said) == shown
    assert answer(*said) == shown


@pytest.mark.parametrize("said", PLAIN)
def test_all_else_stays_as_it_is(said: str) -> None:
    assert answer(said) == said
    assert answer(*said) == said


@given(
    st.lists(
        st.sampled_from(
            [
                *"<>/`~ \n[]a",
                "<think>",
                "</think>",
                "```\n",
                "`",
                "[THINK]",
                "    ",
                "<|channel|>",
                "final",
                "<|message|>",
                "<|end|>",
            ]
        )
    ),
    st.data(),
)
def test_where_it_is_cut_makes_no_difference(parts: list[str], data: st.DataObject) -> None:
    said = "".join(parts)
    cuts = sorted(data.draw(st.sets(st.integers(0, len(said)), max_size=9)))
    pieces = [said[a:b] for a, b in zip([0, *cuts], [*cuts, len(said)], strict=True)]

    assert answer(*pieces) == answer(said)


def test_what_is_no_tag_is_not_held_back() -> None:
    thinking = Thinking()

    assert thinking.feed("a < b").text == "a < b"
    assert thinking.feed(" and <div").text == " and "
    assert thinking.feed(">").text == "<div>"


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("secret</think>Paris.", "Paris."),
        ("<think>secret</think>Paris.", "Paris."),
        ("Paris, without a thought.", "Paris, without a thought."),
    ],
)
def test_a_model_that_is_known_to_think_unmarked_shows_nothing_before_the_end_of_it(said: str, shown: str) -> None:
    thinking = Thinking(hidden=True)

    assert all(not thinking.feed(letter).text for letter in said.partition("</think>")[0])
    assert answer(*said, hidden=True) == shown


async def told(*content: str, field: str = "content") -> Told:
    body = b"".join(delta(piece, field=field) for piece in content)
    async with served(body + END + DONE) as there:
        return await there()


@pytest.mark.parametrize(("said", "shown"), THOUGHTFUL)
async def test_thinking_is_left_out_of_a_stream(said: str, shown: str) -> None:
    answered = await told(*(said[n : n + 3] for n in range(0, len(said), 3)))

    assert answered.text == shown
    assert answered.thought > 0 or "secret" not in said


async def test_thinking_is_left_out_of_a_whole_answer(asker: Asker, model: SmallModel) -> None:
    model.enqueue(Reply("<think>\nsecret\n</think>\n\nParis."))

    assert (await asker.whole()()).text == "Paris."


@pytest.mark.parametrize("field", ["reasoning_content", "reasoning", "thinking"])
async def test_thinking_in_a_field_of_its_own_is_a_sign_of_life(field: str) -> None:
    body = event(choices=[{"delta": {field: "secret", "content": None}}])
    async with served(body + delta("Paris.") + END + DONE) as there:
        events = [each async for each in there.server.stream(ask())]

    assert events[:2] in ([Thought(6), Text("Paris.")], [Text("Paris."), Thought(6)])


@pytest.mark.parametrize(
    "part",
    [
        {"type": "thinking", "thinking": "secret"},
        {"type": "thinking", "thinking": [{"type": "text", "text": "secret"}]},
        {"type": "reasoning", "text": "secret"},
        {"type": "reasoning.text", "text": "secret"},
    ],
)
async def test_thinking_in_parts_is_left_out(part: dict[str, object]) -> None:
    body = event(choices=[{"delta": {"content": [part, {"type": "text", "text": "Paris."}]}}])
    async with served(body + END + DONE) as there:
        answered = await there()

    assert (answered.text, answered.thought >= 6) == ("Paris.", True)


@pytest.mark.parametrize(
    "thought", [chunk("<think>secret"), {"choices": [{"delta": {"reasoning_content": "secret"}}]}], ids=["tag", "field"]
)
@pytest.mark.parametrize("reason", ["length", "stop"])
async def test_an_answer_of_nothing_but_thinking_is_empty(thought: dict[str, object], reason: str) -> None:
    async with served(event(**thought) + event(**chunk(finish=reason)) + DONE) as there:
        answered = await there()

    assert (answered.text, answered.finished.reason, answered.thought) == ("", reason, 6)


async def test_a_model_that_thinks_unmarked_is_remembered_and_may_change(asker: Asker, model: SmallModel) -> None:
    shown = []
    for text in ("secret</think>Paris.", "secret</think>Rome.", "No thought.", "Plain."):
        model.enqueue(Reply(pieces=[text[:4], text[4:]], tokens_per_second=20))
        shown.append([each.text async for each in asker.server.stream(ask()) if isinstance(each, Text)])

    assert shown == [["secr", "Paris."], ["Rome."], ["No thought."], ["Plai", "n."]]
