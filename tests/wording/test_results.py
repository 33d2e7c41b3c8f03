import pytest

from bot.personas.persona import Persona
from bot.policy.preferences import Access, Entry, Origin, Rules, Scope, Version
from bot.usage.ledger import Spent
from bot.wording import results as told
from bot.wording.results import Verbatim

BARD = Persona("Bard", "Speak in <verse>.", params={"temperature": 1.5}, description="A & B", version=2)
ORIGINS: dict[str, Origin] = dict.fromkeys(("persona", "model", "footer", "policy", "feedback"), "settings")


def test_a_prompt_is_shown_letter_by_letter_and_the_rest_only_read() -> None:
    parts = told.shown(BARD).parts

    assert Verbatim("Speak in <verse>.") in parts
    assert "A &amp; B" in parts
    assert "Temperature: `1.5`" in parts


@pytest.mark.parametrize(
    ("spent", "line"),
    [
        (Spent(), "0 answers, 0 tokens in, 0 out"),
        (Spent(answers=1, input=1000, output=5, cost=0.02), "1 answer, 1,000 tokens in, 5 out, $0.0200"),
        (Spent(answers=1, input=9, output=5, unpriced=1), "1 answer, 9 tokens in, 5 out, price of 1 answer unknown"),
        (
            Spent(answers=1, cached=3, cost=1, up=2, down=1),
            "1 answer, 0 tokens in (3 cached), 0 out, $1.0000, :+1: 2 :-1: 1",
        ),
    ],
)
def test_what_was_used_is_said_and_an_unknown_price_is_called_unknown(spent: Spent, line: str) -> None:
    assert told.amount(spent) == line


def test_why_somebody_answers_here_and_that_a_deleted_one_is_missed() -> None:
    rules = Rules(BARD, "m", "full", "mention", True, {**ORIGINS, "persona": "workspace"}, gone="Poet")
    [text] = told.explained(rules, direct=False).parts

    assert "*Bard* (version 2) answers in new threads here: chosen for the workspace." in str(text)
    assert "The persona Poet, which was chosen here, was deleted." in str(text)


def test_a_history_says_who_when_and_what() -> None:
    versions = [Version(BARD, "UADA", 1763700000.0, ("system_prompt",)), Version(BARD, "UBEN", 1763700000.0)]
    lines = [str(part) for part in told.history("Bard", versions).parts]

    assert (
        "<!date^1763700000^{date_short_pretty} {time}|2025-11-21 04:40 UTC>, <@UADA>: changed System prompt" in lines[1]
    )
    assert "<@UBEN>: made" in lines[2]
    assert "version 0: as it comes with the product" in str(told.history("concise", versions).parts)
    assert "version 0" not in str(lines)


def test_an_entry_of_the_audit_log_says_what_was_before_and_after() -> None:
    entry = Entry("UADA", "footer.set-channel", "channel:C1", "", "off", 1763700000.0)

    assert told.entry(entry).endswith("<@UADA> footer.set-channel <#C1>: nothing → off")


@pytest.mark.parametrize(
    ("what", "words"),
    [
        ("denied_users:W1", "denied <@W1>"),
        ("allowed_groups:S1", "allowed <!subteam^S1>"),
        ("allowed_channels:C1", "allowed <#C1>"),
        ("admins:U1", "<@U1>"),
        ("managers:C1/U1", "<@U1> in <#C1>"),
        ("direct_messages", "direct_messages"),
        ("workspace", "workspace"),
        ("Bard", "Bard"),
        ("T1/C1/1.0", "T1/C1/1.0"),
    ],
)
def test_an_entry_names_things_as_slack_does(what: str, words: str) -> None:
    assert told.entry(Entry("UADA", "act", what)).endswith(f"<@UADA> act {words}")


def test_who_is_answered_is_said_kind_by_kind() -> None:
    lines = told.access(Access(guests=True, denied_users=frozenset({"U1"}), allowed_groups=frozenset({"S1"}))).parts

    assert "Guests are answered." in lines
    assert "Other bots are not answered." in lines
    assert "Only answered: <!subteam^S1>." in lines
    assert "Not answered: <@U1>." in lines


@pytest.mark.parametrize(
    ("scope", "words"),
    [
        (Scope("channel", "C1"), "<#C1>"),
        (Scope("person", "U1"), "<@U1>'s direct messages"),
        (Scope("workspace"), "the workspace"),
        (Scope("thread", "T1/C1/1.0"), "a thread"),
    ],
)
def test_a_place_has_a_name(scope: Scope, words: str) -> None:
    assert told.place(scope) == words
