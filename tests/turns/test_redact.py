"""Nothing of what is hidden is left in what the model is given: texts, quotes, files, names."""

import pytest

from bot.conversation.attachments import Content, Picture, Words
from bot.conversation.messages import File, Message, Quote
from bot.errors import Unanswerable
from bot.personas.persona import Persona
from bot.redaction.own import none
from bot.redaction.spans import Span
from bot.turns.redact import RULE, redact, with_placeholders

MAIL = "ada@example.org"


def test_texts_quotes_files_and_names_are_masked_alike() -> None:
    past = [Message("1.0", "UADA", f"I am {MAIL}")]
    file = File("F1", f"{MAIL} notes.txt")
    new = [Message("2.0", "UBEN", "see", files=(file,), quotes=(Quote(f"says {MAIL}", "UADA"),))]
    files: dict[str, Content] = {"F1": Words(f"from {MAIL} to ben@example.org", 0.5), "F2": Picture("image/png", b"x")}

    told = redact(past, new, {"UADA": MAIL, "UBEN": "Ben"}, files, "personal", none)

    assert "example.org" not in repr((told.past, told.new, told.names, told.files))
    assert told.past[0].text == "I am [EMAIL_1]"
    assert told.new[0].files[0].name == "[EMAIL_1] notes.txt"
    assert told.files["F1"] == Words("from [EMAIL_1] to [EMAIL_2]", 0.5)
    assert told.files["F2"] is files["F2"]
    assert told.names == {"UADA": "[EMAIL_1]", "UBEN": "Ben"}
    assert (told.values["[EMAIL_1]"], told.count) == (MAIL, 2)


def test_what_comes_later_changes_no_placeholder() -> None:
    said = [Message(f"{n}.0", "UADA", f"write to m{n}@example.org and m1@example.org") for n in range(1, 5)]
    for length in range(1, 5):
        told = redact(said[: length - 1], said[length - 1 : length], {}, {}, "personal", none)
        texts = [message.text for message in (*told.past, *told.new)]
        assert texts[0] == "write to [EMAIL_1] and [EMAIL_1]"
        assert texts[1:] == [f"write to [EMAIL_{n}] and [EMAIL_1]" for n in range(2, length + 1)]


def test_invisible_signs_hide_nothing_from_us() -> None:
    told = redact(
        [], [Message("1.0", "U1", "ada@exam\u200bple.org sk-\u200b" + "a1b2c3d4" * 5)], {}, {}, "personal", none
    )

    assert told.new[0].text == "[EMAIL_1] [API_KEY]"


def test_off_changes_nothing() -> None:
    message = Message("1.0", "U1", f"I am {MAIL}")

    assert redact([], [message], {}, {}, "off", none).new == (message,)


def test_what_cannot_be_looked_through_is_not_sent() -> None:
    def broken(text: str) -> list[Span]:
        raise RuntimeError(text)

    with pytest.raises(Unanswerable) as refused:
        redact([], [Message("1.0", "U1", "an orchid")], {}, {}, "personal", broken)

    assert refused.value.sentence == "redaction.failed"
    assert "orchid" not in refused.value.detail


def test_the_model_is_told_what_placeholders_are() -> None:
    assert with_placeholders(Persona("a", "Be brief.")).system_prompt == f"Be brief.\n\n{RULE}"
    assert with_placeholders(Persona("a", "")).system_prompt == RULE
