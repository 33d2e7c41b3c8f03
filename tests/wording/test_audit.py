"""What was done is told in sentences, with the people and places that it is about."""

import pytest

from bot.policy import roles
from bot.policy.preferences import PREFERENCES, Entry
from bot.wording import audit
from bot.wording.en import WORDS as ENGLISH


@pytest.mark.parametrize(
    ("what", "words"),
    [
        ("denied_users:W1", "denied @{W1}"),
        ("allowed_groups:S1", "allowed @{group:S1}"),
        ("allowed_channels:C1", "allowed #{C1}"),
        ("channel:C1", "#{C1}"),
        ("admins:U1", "@{U1}"),
        ("managers:C1/U1", "@{U1} in #{C1}"),
        ("direct_messages", "answering direct messages"),
        ("workspace", "workspace"),
        ("Bard", "Bard"),
        ("T1/C1/1.0", "T1/C1/1.0"),
    ],
)
def test_an_entry_of_the_audit_log_names_people_and_places(what: str, words: str) -> None:
    assert audit.entry(Entry("UADA", "act", what), ENGLISH).endswith(f"@{{UADA}} act {words}")


def test_an_entry_says_what_was_before_and_after() -> None:
    entry = Entry("UADA", "footer.set-channel", "channel:C1", "", "off", 1763700000.0)

    said = "{date:1763700000} @{UADA} set “Line under answers” in #{C1} to off; before, it was nothing"
    assert audit.entry(entry, ENGLISH).replace(ENGLISH.preferences["footer"].title, "Line under answers") == said


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        (Entry("UADA", "persona.new", "Bard", "", "version 1"), "@{UADA} made the persona Bard"),
        (
            Entry("UADA", "persona.edit", "Bard", "version 1", "version 2"),
            "@{UADA} changed the persona Bard: version 1 → version 2",
        ),
        (Entry("UADA", "persona.delete", "Bard", "version 2", ""), "@{UADA} deleted the persona Bard"),
        (Entry("UADA", "admins.add", "admins:U1", "", "on"), "@{UADA} made @{U1} an admin of mine"),
        (
            Entry("UADA", "managers.set", "managers:C1/U1", "on", ""),
            "@{UADA} made @{U1} in #{C1} a manager of mine no longer",
        ),
        (Entry("UADA", "access.set", "guests", "off", "on"), "@{UADA} switched on or listed: answering guests"),
        (Entry("UADA", "access.set", "denied_users:U1", "", "on"), "@{UADA} switched on or listed: denied @{U1}"),
        (Entry("UADA", "forget.me", "UADA"), "@{UADA} had their words forgotten"),
        (
            Entry("UADA", "persona.use-workspace", "workspace", "", "Bard"),
            "@{UADA} set “Persona” in the workspace to Bard; before, it was nothing",
        ),
        (Entry("UADA", "policy.set-channel", "channel:C1", "mute", ""), "#{C1}; before, it was mute"),
        (
            Entry("UADA", "budget.set", "users:U1", "", "$2.00 per day"),
            "@{UADA} changed the budget of @{U1}: nothing → $2.00 per day",
        ),
        (
            Entry("UADA", "limit.set", "everyone", "", "5 per minute"),
            "the limit of everyone: nothing → 5 per minute",
        ),
        (
            Entry("UADA", "budget.once", "users:U1", "", "workspace: $2.00 per day"),
            "@{UADA} let one question of @{U1} be answered over the budget: workspace: $2.00 per day",
        ),
        (
            Entry("UADA", "budget.period", "users:U1", "", "x"),
            "as @{U1} had asked: x",
        ),
        (Entry("UADA", "budget.no", "users:U1", "", "x"), "@{UADA} did not raise a budget as @{U1} had asked: x"),
        (Entry("UADA", "fuse.lift", "workspace"), "@{UADA} let the bot go on after the fuse had blown"),
        (Entry("UADA", "token.new", "my-app"), "@{UADA} made the token my-app"),
        (
            Entry("UADA", "token.new", "my-app", "", "$5.00 per month"),
            "my-app, with a budget of $5.00 per month",
        ),
        (Entry("UADA", "token.revoke", "my-app"), "@{UADA} revoked the token my-app"),
        (Entry("UADA", "token.allow", "tokens:U1", "", "on"), "@{UADA} let @{U1} make tokens"),
        (Entry("UADA", "token.allow", "tokens:U1", "on", ""), "@{UADA} no longer lets @{U1} make tokens"),
        (Entry("UADA", "some.new-act", "x"), "@{UADA} some.new-act x"),
    ],
)
def test_each_act_is_a_sentence(entry: Entry, said: str) -> None:
    assert audit.entry(entry, ENGLISH).endswith(said)


def test_every_preference_of_a_place_has_one() -> None:
    acts = {row.act(level) for row in PREFERENCES.values() for level in row.needs if level in ("channel", "workspace")}

    assert acts <= roles.ACTS.keys()
    for act in acts:
        assert f" {act} " not in audit.entry(Entry("UADA", act, "workspace", "", "x"), ENGLISH)
