"""Slash commands: what is asked for, and what is said of what is not understood."""

from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import wording
from bot.commands import model, parse, privacy_model, usage_model
from bot.commands.model import Choose, Command, Help
from bot.commands.parse import VERBS
from bot.conversation.ids import ThreadKey
from bot.conversation.places import Channel, Direct, Place
from bot.policy.preferences import PREFERENCES
from bot.wording import results
from tests.people import TEAM

thread_of = partial(ThreadKey, "slack", TEAM)
HERE, DIRECT = Channel("C1"), Direct("D1")
THREAD = "#{C000GENERAL}/1700000000.123456"
ENGLISH = wording.of("en")


def told(answer: Help) -> str:
    return ENGLISH.problem(answer.problem) if answer.problem else ""


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("", model.Explain(HERE)),
        ("list", model.ListPersonas(HERE)),
        ("show Bard", model.ShowPersona("Bard")),
        ("SHOW Bard v2", model.ShowPersona("Bard", 2)),
        ("use Bard", Choose("persona", "Bard", "channel", HERE)),
        ("show concise 0", model.ShowPersona("concise", 0)),
        ("use Bard  here", Choose("persona", "Bard", "channel", HERE)),
        ("use Bard me", Choose("persona", "Bard", "person", HERE)),
        ("use Bard Workspace", Choose("persona", "Bard", "workspace", HERE)),
        ("reset me", Choose("persona", None, "person", HERE)),
        ("new", model.OpenForm("new")),
        ("edit Bard", model.OpenForm("edit", "Bard")),
        ("import", model.OpenForm("import")),
        ("copy Bard Poet", model.Copy("Bard", "Poet")),
        ("history Bard", model.ShowHistory("Bard")),
        ("compare Bard 1 3", model.Compare("Bard", 1, 3)),
        ("compare Bard 1", model.Compare("Bard", 1)),
        ("restore Bard 1", model.Restore("Bard", 1)),
        ("delete Bard", model.Delete("Bard")),
        ("export Bard", model.Export("Bard")),
    ],
)
def test_what_the_persona_command_asks_for(text: str, command: Command) -> None:
    assert parse.read("/persona", text, HERE, thread_of) == command


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("settings", model.ShowSettings(HERE)),
        ("model", model.ShowModels(HERE)),
        ("model gpt-6-luna here", Choose("model", "gpt-6-luna", "channel", HERE)),
        ("model reset workspace", Choose("model", None, "workspace", HERE)),
        ("policy Follow", Choose("policy", "follow", "channel", HERE)),
        ("footer off here", Choose("footer", "off", "channel", HERE)),
        ("feedback off", Choose("feedback", False, "channel", HERE)),
        ("retention 7 days", Choose("retention", 7, "channel", HERE)),
        ("retention 1 day here", Choose("retention", 1, "channel", HERE)),
        ("retention 1 days workspace", Choose("retention", 1, "workspace", HERE)),
        ("retention 30 workspace", Choose("retention", 30, "workspace", HERE)),
        ("retention reset here", Choose("retention", None, "channel", HERE)),
        ("privacy", privacy_model.ShowPrivacy(HERE)),
        ("context me", privacy_model.ReadMe()),
        ("context me off", privacy_model.ReadMe(False)),
        ("context me On", privacy_model.ReadMe(True)),
        ("readers quoted workspace", Choose("readers", "quoted", "workspace", HERE)),
        ("feedback yes", Choose("feedback", True, "channel", HERE)),
        ("usage", usage_model.ShowUsage()),
        ("usage 2026-3", usage_model.ShowUsage(month="2026-03")),
        ("usage all 2026-11", usage_model.ShowUsage("everyone", month="2026-11")),
        ("usage all csv", usage_model.ShowUsage("everyone", as_file=True)),
        ("usage CSV", usage_model.ShowUsage(as_file=True)),
        ("usage here", usage_model.ShowUsage("channel", "C1")),
        ("usage here 2026-11 csv", usage_model.ShowUsage("channel", "C1", "2026-11", as_file=True)),
        ("usage @{U0000000BEN} 2026-11", usage_model.ShowUsage("person", "U0000000BEN", "2026-11")),
        ("usage persona 2026-11", usage_model.ShowUsage("persona", "2026-11")),
        ("usage persona Bard 2026-11", usage_model.ShowUsage("persona", "Bard", "2026-11")),
        ("reasons", usage_model.ShowReasons()),
        ("reasons 5", usage_model.ShowReasons(5)),
        ("forget me", privacy_model.ForgetMe()),
        (f"forget {THREAD}", privacy_model.ForgetThread(thread_of("C000GENERAL", "1700000000.123456"), HERE)),
        ("admins", model.ShowAdmins(HERE)),
        ("admins add @{U0000000BEN}", model.Appoint("U0000000BEN", True, HERE)),
        ("admins remove @{U0000000BEN} here", model.Appoint("U0000000BEN", False, HERE, HERE)),
        ("allow", model.ShowAccess()),
        ("allow guests", model.SetSwitch("guests", True)),
        ("deny DMs", model.SetSwitch("dms", False)),
        ("deny @{U0000000BEN}", model.Admit("deny", "users", "U0000000BEN")),
        ("deny remove #{C000GENERAL}", model.Admit("deny", "channels", "C000GENERAL", add=False)),
        ("allow @{group:S0GARDENERS}", model.Admit("allow", "groups", "S0GARDENERS")),
        ("audit", model.ShowAudit()),
        ("audit 50", model.ShowAudit(50)),
        ("audit @{U1}", model.ShowAudit(by="U1")),
        ("audit persona", model.ShowAudit(of="persona")),
        ("audit Access.Set 5 @{U1}", model.ShowAudit(5, "U1", "access.set")),
    ],
)
def test_what_the_other_command_asks_for(text: str, command: Command) -> None:
    assert parse.read("/threadbot", text, HERE, thread_of) == command


@pytest.mark.parametrize(
    ("command", "text", "level"),
    [
        ("/persona", "use Bard", "person"),
        ("/persona", "use Bard here", "person"),
        ("/persona", "reset", "person"),
        ("/persona", "use Bard workspace", "workspace"),
        ("/threadbot", "model m", "channel"),
        ("/threadbot", "footer off here", "channel"),
    ],
)
def test_here_in_direct_messages_is_for_oneself_where_that_can_be_chosen(command: str, text: str, level: str) -> None:
    wanted = parse.read(command, text, DIRECT, thread_of)

    assert isinstance(wanted, Choose)
    assert wanted.level == level


@pytest.mark.parametrize("name", [name for name, row in PREFERENCES.items() if row.listed and name != "persona"])
def test_every_preference_of_a_place_has_its_command(name: str) -> None:
    assert parse.read("/threadbot", f"{name} reset workspace", HERE, thread_of) == Choose(name, None, "workspace", HERE)


@pytest.mark.parametrize(
    ("command", "text", "said"),
    [
        ("/persona", "lst", "Did you mean “list”?"),
        ("/persona", "show", "The persona's name is missing"),
        ("/persona", "show Bard first", "“first” is not a version"),
        ("/persona", "use Bard her", "Did you mean “here”?"),
        ("/persona", "use Bard in this channel", "“in” is not a valid place. Write here, me or workspace."),
        ("/persona", "copy Bard", "The new name is missing"),
        ("/persona", "list all", "“all” is one word too many"),
        ("/threadbot", "policy folow", "Did you mean “follow”?"),
        ("/threadbot", "footer none", "Write full, compact, off or reset."),
        ("/threadbot", "model x me", "“me” is not a valid place"),
        ("/threadbot", "model here", "Say first what to choose for model"),
        ("/threadbot", "usage november", "Write it like 2026-11."),
        ("/threadbot", "usage 0001-01", "Write it like 2026-11."),
        ("/threadbot", "usage 9999-12", "Write it like 2026-11."),
        ("/threadbot", "usage all 2026-13", "Write it like 2026-11."),
        ("/threadbot", "usage persona", "The persona's name is missing."),
        ("/threadbot", "usage @Nobody", "Slack knows no person or group “@Nobody”"),
        ("/threadbot", "usage all here", "“here” is not a month"),
        ("/threadbot", "usage csv all", "“all” is one word too many"),
        ("/threadbot", "reasons 51", "a number from 1 to 50"),
        ("/threadbot", "forget that", "“Copy link”"),
        ("/threadbot", "admins add Ben", "Write a person, like @Ada"),
        ("/threadbot", "allow @Nobody", "Slack knows no person or group “@Nobody”"),
        ("/threadbot", "admins add @Nobody", "Slack knows no person or group “@Nobody”"),
        ("/threadbot", "allow remove guests", "Write “allow guests” or “deny guests”."),
        ("/threadbot", "allow gusts", "Did you mean “guests”?"),
        ("/threadbot", "audit 0", "a number from 1 to 100"),
        ("/other", "", "I do not know the command /other"),
    ],
)
def test_what_is_not_understood_is_answered_with_what_to_write(command: str, text: str, said: str) -> None:
    answer = parse.read(command, text, HERE, thread_of)

    assert isinstance(answer, Help)
    assert said in told(answer)


def test_direct_messages_have_no_managers() -> None:
    answer = parse.read("/threadbot", "admins add @{U1} here", DIRECT, thread_of)

    assert isinstance(answer, Help)
    assert "direct messages have none" in told(answer)


@pytest.mark.parametrize("text", ["help", "use help", "help use"])
def test_every_command_has_help(text: str) -> None:
    answer = parse.read("/persona", text, HERE, thread_of)

    assert isinstance(answer, Help)
    assert not answer.problem
    assert results.usages(answer, ENGLISH)


WORDS = st.sampled_from(
    [
        *VERBS["/persona"],
        *VERBS["/threadbot"],
        "here",
        "me",
        "all",
        "add",
        "remove",
        "reset",
        "on",
        "guests",
        "Bard",
        "@Ben",
        "#help",
        "@{U1}",
        "#{C1}",
        THREAD,
        "2026-11",
        "٣",
        "v1",
    ]
)


@given(
    st.sampled_from(list(VERBS)),
    st.one_of(st.text(), st.lists(WORDS, max_size=5).map(" ".join)),
    st.sampled_from([HERE, DIRECT, Direct()]),
)
def test_any_text_is_a_command_or_is_answered_with_help(command: str, text: str, place: Place) -> None:
    answer = parse.read(command, text, place, thread_of)

    assert isinstance(answer, Command | Help)
    if isinstance(answer, Help):
        assert results.help(answer, ENGLISH).parts
