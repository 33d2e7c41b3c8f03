import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.commands import model as asked
from bot.commands import parse as slash
from bot.commands.model import Command, Help
from bot.commands.parse import VERBS

LINK = "<https://sandbox.slack.com/archives/C000GENERAL/p1700000000123456"


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("", asked.Explain()),
        ("list", asked.List()),
        ("show Bard", asked.Show("Bard")),
        ("SHOW Bard v2", asked.Show("Bard", 2)),
        ("use Bard", asked.Choose("persona", "Bard")),
        ("show concise 0", asked.Show("concise", 0)),
        ("use Bard  here", asked.Choose("persona", "Bard", "here")),
        ("use Bard Workspace", asked.Choose("persona", "Bard", "workspace")),
        ("reset me", asked.Choose("persona", None, "me")),
        ("new", asked.OpenForm("new")),
        ("edit Bard", asked.OpenForm("edit", "Bard")),
        ("import", asked.OpenForm("import")),
        ("copy Bard Poet", asked.Copy("Bard", "Poet")),
        ("history Bard", asked.History("Bard")),
        ("compare Bard 1 3", asked.Compare("Bard", 1, 3)),
        ("restore Bard 1", asked.Restore("Bard", 1)),
        ("delete Bard", asked.Delete("Bard")),
        ("export Bard", asked.Export("Bard")),
    ],
)
def test_what_the_persona_command_asks_for(text: str, command: Command) -> None:
    assert slash.read("/persona", text) == command


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("settings", asked.ShowSettings()),
        ("model", asked.ShowSettings()),
        ("model gpt-6-luna here", asked.Choose("model", "gpt-6-luna", "here")),
        ("model reset workspace", asked.Choose("model", None, "workspace")),
        ("policy Follow", asked.Choose("policy", "follow")),
        ("footer off here", asked.Choose("footer", "off", "here")),
        ("feedback off", asked.Choose("feedback", False)),
        ("usage", asked.ShowUsage()),
        ("usage 2026-3", asked.ShowUsage(month="2026-03")),
        ("usage all 2026-11", asked.ShowUsage(everyone=True, month="2026-11")),
        ("forget me", asked.Forget()),
        (f"forget {LINK}>", asked.ForgetLink("C000GENERAL", "1700000000.123456")),
        (
            f"forget {LINK}?thread_ts=1699999999.000100&amp;cid=C000GENERAL>",
            asked.ForgetLink("C000GENERAL", "1699999999.000100"),
        ),
        ("admins", asked.ShowAdmins()),
        ("admins add <@U0000000BEN|ben>", asked.Appoint("U0000000BEN", add=True)),
        ("admins add <@W0000000BEN|Ben B.>", asked.Appoint("W0000000BEN", add=True)),
        ("admins remove <@U0000000BEN> here", asked.Appoint("U0000000BEN", add=False, here=True)),
        ("allow", asked.ShowAccess()),
        ("allow guests", asked.Admit("allow", "switch", "guests")),
        ("deny <@U0000000BEN>", asked.Admit("deny", "users", "U0000000BEN")),
        ("deny remove <#C000GENERAL|general>", asked.Admit("deny", "channels", "C000GENERAL", add=False)),
        ("allow <!subteam^S0GARDENERS|@gardeners>", asked.Admit("allow", "groups", "S0GARDENERS")),
        ("audit", asked.ShowAudit()),
        ("audit 50", asked.ShowAudit(50)),
    ],
)
def test_what_the_other_command_asks_for(text: str, command: Command) -> None:
    assert slash.read("/threadbot", text) == command


@pytest.mark.parametrize(
    ("command", "text", "told"),
    [
        ("/persona", "lst", "Did you mean “list”?"),
        ("/persona", "show", "The persona's name is missing"),
        ("/persona", "show Bard first", "“first” is no version"),
        ("/persona", "use Bard her", "Did you mean “here”?"),
        ("/persona", "use Bard in this channel", "“in” is no place. Write here, me or workspace."),
        ("/persona", "copy Bard", "The new name is missing"),
        ("/persona", "list all", "“all” is one word too many"),
        ("/threadbot", "policy folow", "Did you mean “follow”?"),
        ("/threadbot", "footer none", "Write full, compact, off or reset."),
        ("/threadbot", "model x me", "“me” is no place"),
        ("/threadbot", "model here", "Say first what the model shall be"),
        ("/threadbot", "usage november", "Write it like 2026-11."),
        ("/threadbot", "forget that", "“Copy link”"),
        ("/threadbot", "admins add Ben", "write a person, like @Ada"),
        ("/threadbot", "allow @Nobody", "“@Nobody” is no person or group that Slack knows"),
        ("/threadbot", "admins add @Nobody", "“@Nobody” is no person or group that Slack knows"),
        ("/threadbot", "allow gusts", "Did you mean “guests”?"),
        ("/threadbot", "audit 0", "a number from 1 to 100"),
    ],
)
def test_what_is_not_understood_is_answered_with_what_to_write(command: str, text: str, told: str) -> None:
    answer = slash.read(command, text)

    assert isinstance(answer, Help)
    assert told in answer.problem


@pytest.mark.parametrize("text", ["help", "use help", "help use"])
def test_every_command_has_help(text: str) -> None:
    answer = slash.read("/persona", text)

    assert isinstance(answer, Help)
    assert not answer.problem
    assert slash.usages("/persona", answer.verb)


def test_help_about_one_word_shows_that_word_alone() -> None:
    assert slash.usages("/persona", "use") == [
        ("/persona use NAME [here|me|workspace]", VERBS["/persona"]["use"].about),
    ]


WORDS = st.sampled_from(
    [
        *VERBS["/persona"],
        *VERBS["/threadbot"],
        "here",
        "me",
        "all",
        "add",
        "remove",
        "Bard",
        "<@U1>",
        "2026-11",
        "٣",
        "v1",
    ]
)


@given(st.sampled_from(list(VERBS)), st.one_of(st.text(), st.lists(WORDS, max_size=5).map(" ".join)))
def test_any_text_is_a_command_or_is_answered_with_help(command: str, text: str) -> None:
    answer = slash.read(command, text)

    assert isinstance(answer, Command | Help)
    if isinstance(answer, Help):
        assert slash.usages(answer.command, answer.verb)
