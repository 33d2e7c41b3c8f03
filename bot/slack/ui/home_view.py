"""What does the bot's Home tab show? (Slack docs: app home, views.publish; at most 100 blocks)"""

import logging
from collections.abc import Iterator, Sequence
from dataclasses import fields
from typing import Any

from bot.commands import home as overview
from bot.commands.home import ForAdmins, Overview
from bot.errors import BotError
from bot.personas import persona as personas
from bot.personas.persona import DEFAULT, Persona
from bot.policy.preferences import Choices
from bot.slack.api.client import Lane
from bot.slack.ui import block_kit as cards
from bot.slack.ui.respond import Desk
from bot.wording import results as told

log = logging.getLogger(__name__)

Json = dict[str, Any]

MINE, TRY, NEW, EDIT, SUGGESTED = "home_mine", "home_try", "home_new", "home_edit", "persona_suggested"
NOBODY = "*"  # no persona can have this name: whoever the workspace has chosen
MOST_PERSONAS = 25  # shown with a button each; the list has all
MOST_CHANNELS = 15
MOST_OPTIONS = 99  # beside `NOBODY`: Slack allows 100 in a select
LATER = "Please open this tab again in a moment."
USE = (
    "• Mention me in a channel, or write to me here under *Messages*: I answer in the thread, and remember what was "
    "said in it.\n"
    "• `stop` ends an answer; *Regenerate* under it writes it anew; the menu beside it offers other personas.\n"
    "• In a thread, mention me with `persona NAME`, `follow this thread` or `stop following`.\n"
    "• `/persona` shows who answers in a channel, and why; `/threadbot help` shows all that can be set."
)


def view(seen: Overview) -> Json:
    return {"type": "home", "blocks": [*_about(seen), *_personas(seen), *_usage(seen), *_admins(seen.for_admins)]}


def hello(persona: Persona, asked: str = "") -> list[Json]:
    """What a thread begins with in which somebody tries a persona; `asked` is the suggestion that was taken."""
    words = f"{told.named(persona)} answers in this thread. {told.plain(persona.description)}".rstrip()
    if asked:
        return [cards.section(words), cards.section(f"&gt; {told.plain(asked)}"[: cards.SECTION])]
    blocks = [cards.section(f"{words}\nWrite your question as a reply.")]
    offered = [cards.button(each.title, f"{SUGGESTED}_{n}", each.message) for n, each in enumerate(persona.suggestions)]
    return [*blocks, {"type": "actions", "elements": offered}] if offered else blocks


def _about(seen: Overview) -> Iterator[Json]:
    yield _header("Threadbot")
    yield cards.section("I am an assistant that lives in Slack's threads: one thread is one conversation.")
    yield cards.section(USE)
    yield {"type": "divider"}
    text = f"*Who answers you in direct messages:* {told.named(seen.answers)}"
    yield cards.section(text, _select(seen) if seen.personas is not None else None)


def _select(seen: Overview) -> Json:
    mine = personas.key(seen.mine or "")
    theirs = sorted(seen.personas or (), key=lambda each: personas.key(each.name) != mine)[:MOST_OPTIONS]
    offered = sorted(theirs, key=lambda each: personas.key(each.name))
    options = [_option("The workspace's choice", NOBODY), *(_option(each.name, each.name) for each in offered)]
    chosen = next((each for each in options if personas.key(each["value"]) == mine), options[0])
    return {
        "type": "static_select",
        "action_id": MINE,
        "placeholder": cards.plain("Choose a persona"),
        "options": options,
        "initial_option": chosen,
    }


def _personas(seen: Overview) -> Iterator[Json]:
    if not seen.personas:
        return
    yield _header("Personas")
    for each in seen.personas[:MOST_PERSONAS]:
        about = f"\n{told.plain(each.description)}" if each.description else ""
        yield cards.section(f"{told.named(each)}{about}", cards.button("Try it", TRY, each.name))
    if len(seen.personas) > MOST_PERSONAS:
        yield _small(f"{len(seen.personas) - MOST_PERSONAS} more: `/persona list`")
    if seen.for_admins is not None:
        theirs = [each for each in seen.personas if each.name != DEFAULT]
        menu = [_editable(theirs)] if theirs else []
        yield {"type": "actions", "elements": [cards.button("New persona", NEW), *menu]}


def _editable(personas: Sequence[Persona]) -> Json:
    return {
        "type": "static_select",
        "action_id": EDIT,
        "placeholder": cards.plain("Edit a persona"),
        "options": [_option(each.name, each.name) for each in personas[:MOST_OPTIONS]],
    }


def _usage(seen: Overview) -> Iterator[Json]:
    lines = [f"*You:* {told.amount(seen.spent)}"] if seen.spent else []
    lines += [f"*Everyone:* {told.amount(seen.for_admins.everyone)}"] if seen.for_admins else []
    if lines:
        yield _header(f"Used in {seen.month}")
        yield cards.section("\n".join(lines))


def _admins(seen: ForAdmins | None) -> Iterator[Json]:
    if seen is None:
        return
    yield _header("For admins")
    yield cards.section(f"*Chosen for the workspace:* {_choices(seen.workspace)}")
    rows = [f"<#{channel}>: {_choices(chosen)}" for channel, chosen in list(seen.channels.items())[:MOST_CHANNELS]]
    more = len(seen.channels) - MOST_CHANNELS
    rows += [f"and {more} more"] if more > 0 else []
    yield from _long("*Channels with choices of their own*", rows or ["None."])
    yield from _long("*Latest changes*", [told.entry(each) for each in seen.latest] or ["None yet."])
    yield _small("`/threadbot audit` shows more, `/threadbot admins` who manages me, `/threadbot allow` whom I answer.")


def _choices(chosen: Choices) -> str:
    found = {each.name: getattr(chosen, each.name) for each in fields(chosen)}
    words = {True: "on", False: "off"}
    said = [
        f"{name} `{told.plain(words[value] if isinstance(value, bool) else str(value))}`"
        for name, value in found.items()
        if value is not None
    ]
    return ", ".join(said) or "nothing; the operator's settings apply."


def _long(title: str, lines: list[str]) -> Iterator[Json]:
    yield from map(cards.section, cards.pieces("\n".join([title, *lines]), cards.SECTION))


def _header(text: str) -> Json:
    return {"type": "header", "text": cards.plain(text)}


def _small(text: str) -> Json:
    return {"type": "context", "elements": [{"type": "mrkdwn", "text": text}]}


def _option(label: str, value: str) -> Json:
    return {"text": cards.plain(label), "value": value}


async def publish(desk: Desk, user: str, *, opened: bool = False) -> None:
    """Show somebody their Home tab as it is now; why there is none, if they have just `opened` it. Never raises."""
    try:
        seen = view(await overview.of(desk.in_private(user), desk.world))
    except BotError as trouble:
        log.info("Home tab not made", extra={"user": user, "why": trouble.detail})
        if not opened:
            return
        seen = {"type": "home", "blocks": [cards.section(f"{told.plain(str(trouble))} {LATER}")]}
    await desk.attempt(desk.client.call("views.publish", lane=Lane.INTERACTIVE, user_id=user, view=seen))
