"""What people see of what they ask for, in English."""

import pytest

from bot import wording
from bot.commands import reports as report
from bot.conversation.tokens import Usage
from bot.personas.persona import Persona, Suggestion
from bot.policy.preferences import PREFERENCES, Access, Origin, Rules, Version
from bot.turns.state import Taken
from bot.wording import reports
from bot.wording.text import Verbatim, Written
from tests.wording.test_results import BARD, ENGLISH, RULES


def lines(what: report.Report) -> list[str]:
    return [str(part) for part in reports.shown(what, ENGLISH)]


def rules(**origins: Origin) -> Rules:
    values = {name: row.default for name, row in PREFERENCES.items()}
    return Rules(BARD, values, {**RULES.origins, **origins})


def test_a_prompt_is_shown_letter_by_letter_and_the_rest_only_read() -> None:
    parts = reports.shown(report.OnePersona(BARD), ENGLISH)

    assert Verbatim("Speak in <verse>.") in parts
    assert "A & B" in parts
    assert "Temperature: `1.5`" in parts
    assert "Model: the one that applies where it answers" in parts


def test_all_that_is_known_of_a_persona_is_shown() -> None:
    persona = Persona(
        "B_rd", "x", "m", description="d", display_name="The *Bard*", icon=":x:", sees_names=False,
        suggestions=(Suggestion("t", "m"), Suggestion("u", "n")), cache=5400, chosen_by="manager",
    )  # fmt: skip

    assert lines(report.OnePersona(persona))[:-2] == [
        "**B\\_rd**",
        "d",
        "Model: `m`",
        "Display name: The \\*Bard\\*",
        "Picture: :x:",
        "Suggested prompts: t, u",
        "May be chosen by: admins, and managers of the channel",
        "An answer is kept for whoever asks the same again: 90m",
        "People's names are not sent to the model.",
    ]


def test_why_somebody_answers_here_and_that_a_deleted_one_is_missed() -> None:
    gone = Rules(BARD, {}, {"persona": "workspace"}, gone="Poet")
    found = lines(report.WhoAnswers(gone, direct=False))

    assert found[0] == "**Bard** (version 2) answers in new threads here: chosen for the workspace."
    assert "The persona Poet, which was chosen here, was deleted." in found
    assert lines(report.WhoAnswers(gone, direct=True))[0].startswith("**Bard** (version 2) answers you here:")


@pytest.mark.parametrize(
    ("origin", "line"),
    [
        ("thread", "**Bard** (version 2) answers in this thread until another persona is chosen."),
        ("workspace", "**Bard** (version 2) answers in this thread: chosen for the workspace."),
    ],
)
def test_who_answers_in_a_thread_and_who_could(origin: Origin, line: str) -> None:
    who = report.WhoAnswersInThread(rules(persona=origin), [BARD, Persona("Muse", "x")], 2)

    assert lines(who) == [
        line,
        "Mention me with `persona NAME` to choose another for this thread: Bard, Muse and 2 more (`/persona list`).",
    ]


def test_settings_are_listed_with_where_each_comes_from() -> None:
    found = lines(report.Settings(rules(footer="channel"), direct=False))

    assert found[0] == "**What applies in this channel**"
    assert "Persona: **Bard** (version 2) – _from the operator's settings_" in found
    assert "When I speak: I answer when I am mentioned – _from the operator's settings_" in found
    assert "Footer: compact – _chosen for this channel_" in found
    assert "Thumbs: on – _from the operator's settings_" in found
    assert len(found) == 1 + sum(row.listed for row in PREFERENCES.values())


def test_in_direct_messages_everything_is_answered() -> None:
    found = lines(report.Settings(RULES, direct=True))

    assert found[0] == "**What applies to you in direct messages**"
    assert "When I speak: I answer everything you write" in found


def test_a_history_says_who_when_and_what() -> None:
    versions = [Version(BARD, "UADA", 1763700000.0, ("system_prompt", "top_p")), Version(BARD, "UBEN", 1763700000.0)]
    found = lines(report.Versions("Bard", versions, built_in=False))

    assert found[1] == "- version 2, {date:1763700000}, @{UADA}: changed System prompt, Top p"
    assert found[2] == "- version 2, {date:1763700000}, @{UBEN}: made"
    assert "version 0" not in str(found)
    assert "- version 0: as it comes with the product" in lines(report.Versions("concise", versions, built_in=True))
    assert "never changed" in lines(report.Versions("concise", [], built_in=True))[0]


def test_a_difference_is_shown_letter_by_letter() -> None:
    shown = reports.shown(report.Comparison(BARD, BARD, "-a\n+b"), ENGLISH)

    assert shown[1] == Verbatim("-a\n+b")
    assert lines(report.Comparison(BARD, BARD, ""))[0].endswith("there is no difference.")


def test_who_is_answered_is_said_kind_by_kind() -> None:
    access = Access(guests=True, denied_users=frozenset({"U1"}), allowed_groups=frozenset({"S1"}))
    found = lines(report.WhoIsAnswered(access))

    assert "Guests are answered." in found
    assert "Other bots are not answered." in found
    assert "Only answered: @{group:S1}." in found
    assert "Not answered: @{U1}." in found
    assert len(lines(report.WhoIsAnswered(access, explained=True))) == len(found) + 3


def test_who_manages_is_said_for_everywhere_and_for_the_channel() -> None:
    access = Access(admins=frozenset({"U1"}), appointed=frozenset({"U2"}), managers={"C1": frozenset({"U3"})})

    assert lines(report.Admins(access, "C1"))[2:] == ["Named: @{U1}, @{U2}.", "For this channel: @{U3}."]
    assert lines(report.Admins(access, None))[2:] == ["Named: @{U1}, @{U2}."]


def test_a_preview_says_what_it_took_and_whether_it_was_cut() -> None:
    done = report.Previewed("Bard", "O *joke*", Taken("m", Usage(9, 4), None, 0.6))
    cut = report.Previewed("Bard", "", Taken("m", Usage(9, 0, estimated=True), None, 60.0), complete=False)

    assert reports.shown(done, ENGLISH)[1] == Written("O *joke*")
    assert lines(done)[2] == "_m · 9 in + 4 out = 13 tokens · cost unknown · 0.6 s_"
    assert lines(cut)[0] == "The model took too long to answer."
    assert "incomplete" in lines(cut)[1]


def test_all_words_of_a_preference_are_there_for_each_of_its_levels() -> None:
    for name, row in PREFERENCES.items():
        about = wording.of("en").preferences[name]
        assert about.title
        if row.listed:
            assert set(about.chosen) == set(about.reset) == set(row.needs) - {"thread"}
