"""The bot's Home tab (Slack docs: app home, views.publish; at most 100 blocks)."""

import time
from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Any

from bot.commands.model import Actor, ShowHome
from bot.commands.reports import ForAdmins, Overview, TokenList
from bot.conversation.places import Ref
from bot.personas import persona as personas
from bot.personas.persona import DEFAULT, Persona
from bot.slack.api.client import Lane
from bot.slack.ui import block_kit as cards
from bot.slack.ui import home_settings
from bot.slack.ui.respond import Responder
from bot.version import VERSION
from bot.wording import audit, budgets, privacy, reports, tokens, usage
from bot.wording.text import Text
from bot.wording.words import Words

Json = dict[str, Any]

TOKEN, REVOKE = "home_token", "home_revoke"
MINE, TRY, NEW, EDIT, SUGGESTED = "home_mine", "home_try", "home_new", "home_edit", "persona_suggested"
SERVER = "home_server"
HOME = "home"
NOBODY = "*"  # no persona can have this name: the workspace's choice
MAX_PERSONAS = 25  # shown with a button each; the list has all
MAX_CHANNELS = 15
MAX_TOKENS = 10
MAX_OPTIONS = 99  # beside `NOBODY`: Slack allows 100 in a select


def view(seen: Overview, words: Words, *, drawn: bool = True) -> Json:
    parts = (
        _about(seen, words),
        home_settings.blocks(seen.in_force, seen.for_admins, words) if seen.in_force else (),
        _personas(seen, words),
        _usage(seen, words, drawn),
        _server(seen.own_server, words),
        _tokens(seen.tokens, words),
        _privacy(seen, words),
        _admins(seen.for_admins, words),
    )
    version = cards.small(words.say("home.version", version=VERSION))
    return {"type": "home", "blocks": [*chain.from_iterable(parts), version]}


def hello(persona: Persona, words: Words, question: str = "") -> list[Json]:
    """What a thread begins with in which somebody tries a persona; `asked` is the suggestion that was taken."""
    about = words.about(persona)
    if question:
        hello = words.say("try.asked", persona=persona, about=about)
        return [cards.section(hello), cards.section(words.say("try.question", text=question))]
    blocks = [cards.section(words.say("try.hello", persona=persona, about=about))]
    offered = [cards.button(each.title, f"{SUGGESTED}_{n}", each.message) for n, each in enumerate(persona.suggestions)]
    return [*blocks, {"type": "actions", "elements": offered}] if offered else blocks


def _about(seen: Overview, words: Words) -> Iterator[Json]:
    yield _header(words.label("home.title"))
    yield cards.section(words.say("home.about"))
    yield cards.section(words.say("home.use"))
    yield {"type": "divider"}
    text = words.say("home.answers", persona=seen.answers)
    yield cards.section(text, _select(seen, words) if seen.personas is not None else None)


def _select(seen: Overview, words: Words) -> Json:
    mine = personas.key(seen.mine or "")
    theirs = sorted(seen.personas or (), key=lambda each: personas.key(each.name) != mine)[:MAX_OPTIONS]
    offered = sorted(theirs, key=lambda each: personas.key(each.name))
    nobody = _option(words.label("home.workspace-choice"), NOBODY)
    options = [nobody, *(_option(each.name, each.name) for each in offered)]
    chosen = next((each for each in options if personas.key(each["value"]) == mine), options[0])
    return {
        "type": "static_select",
        "action_id": MINE,
        "placeholder": cards.plain(words.label("home.choose")),
        "options": options,
        "initial_option": chosen,
    }


def _personas(seen: Overview, words: Words) -> Iterator[Json]:
    if not seen.personas:
        return
    yield _header(words.label("home.personas"))
    for each in seen.personas[:MAX_PERSONAS]:
        about = words.about(each)
        text = words.say("home.persona.about" if about else "home.persona", persona=each, about=about)
        yield cards.section(text, cards.button(words.label("home.try"), TRY, each.name))
    if len(seen.personas) > MAX_PERSONAS:
        yield cards.small(words.say("home.more-personas", count=len(seen.personas) - MAX_PERSONAS))
    if seen.for_admins is not None:
        theirs = [each for each in seen.personas if each.name != DEFAULT]
        menu = [_editable(theirs, words)] if theirs else []
        yield {"type": "actions", "elements": [cards.button(words.label("home.new"), NEW), *menu]}


def _editable(personas: Sequence[Persona], words: Words) -> Json:
    return {
        "type": "static_select",
        "action_id": EDIT,
        "placeholder": cards.plain(words.label("home.edit")),
        "options": [_option(each.name, each.name) for each in personas[:MAX_OPTIONS]],
    }


def _usage(seen: Overview, words: Words, drawn: bool) -> Iterator[Json]:
    lines = [words.say("home.mine", amount=usage.amount(seen.spent, words))] if seen.spent else []
    if seen.for_admins:
        lines.append(words.say("home.everyone", amount=usage.amount(seen.for_admins.everyone, words)))
    if lines:
        yield _header(words.label("home.used", month=seen.month))
        yield from cards.sections([*lines, *(budgets.row(each, words) for each in seen.budgets)])
    if seen.for_admins:
        chart = Text((*usage.chart(seen.month, seen.for_admins.days, words),))
        yield from cards.laid_out((chart if drawn else chart.plainly).parts)


def _server(host: str | None, words: Words) -> Iterator[Json]:
    if host is not None:
        said = words.say("home.server", host=host) if host else words.say("home.server.none")
        yield cards.section(said, cards.button(words.label("home.server.set"), SERVER))


def _tokens(seen: TokenList | None, words: Words) -> Iterator[Json]:
    if seen is None:
        return
    yield _header(words.label("home.tokens"))
    yield cards.section(words.say("home.tokens.about"), cards.button(words.label("home.token.new"), TOKEN))
    now = time.time()
    for token, used in list(seen.tokens.items())[:MAX_TOKENS]:
        line = tokens.entry(token, used, words, now, seen.numbers.get(token.channel))
        yield cards.section(line, cards.button(words.label("home.token.revoke"), REVOKE, token.name))


def _privacy(seen: Overview, words: Words) -> Iterator[Json]:
    yield _header(words.label("home.privacy"))
    yield from cards.sections(privacy.handled(seen.handling, words))


def _admins(seen: ForAdmins | None, words: Words) -> Iterator[Json]:
    if seen is None:
        return
    yield _header(words.label("home.admins"))
    yield cards.section(words.say("home.workspace", choices=reports.choices(seen.workspace, words)))
    rows = [
        words.say("home.channel", channel=Ref("channel", id), choices=reports.choices(chosen, words))
        for id, chosen in list(seen.channels.items())[:MAX_CHANNELS]
    ]
    more = len(seen.channels) - MAX_CHANNELS
    rows += [words.say("home.more-channels", count=more)] if more > 0 else []
    latest = [audit.entry(each, words) for each in seen.latest]
    yield from cards.sections([words.say("home.channels"), *(rows or [words.say("home.none")])])
    yield from cards.sections([words.say("audit.title"), *(latest or [words.say("audit.none")])])
    if seen.reasons.given:
        yield from cards.laid_out(usage.reasons(seen.reasons, words))
    yield cards.small(words.say("home.admins.help"))


def _header(text: str) -> Json:
    return {"type": "header", "text": cards.plain(text)}


def _option(label: str, value: str) -> Json:
    return {"text": cards.plain(label), "value": value}


async def publish(responder: Responder, actor: Actor, *, opened: bool = False) -> None:
    """Show somebody their Home tab as it is now; why there is none, if they have just `opened` it. Never raises."""
    words, outcome = responder.words(actor), await responder.do(ShowHome(), actor)
    if outcome.result is not None and isinstance(outcome.result.shows, Overview):
        return await _publish(responder, actor, outcome.result.shows, words)
    elif outcome.code == "not-admitted":
        seen = {"type": "home", "blocks": cards.blocks(outcome.text, words.say("more"))}
    elif opened:
        seen = {"type": "home", "blocks": _no_home(outcome.text, words)}
    else:
        return
    await _show(responder, actor, seen)


async def _publish(responder: Responder, actor: Actor, seen: Overview, words: Words) -> None:
    """With charts, unless Slack refuses them here."""
    drawn, plain = view(seen, words), view(seen, words, drawn=False)
    if drawn != plain and HOME not in responder.undrawn:
        if await _show(responder, actor, drawn):
            return
        responder.undrawn.add(HOME)
    await _show(responder, actor, plain)


async def _show(responder: Responder, actor: Actor, seen: Json) -> bool:
    return await responder.attempt(
        responder.client.call("views.publish", lane=Lane.INTERACTIVE, user_id=actor.user, view=seen)
    )


def _no_home(why: Text, words: Words) -> list[Json]:
    return cards.blocks(Text((*why.parts, words.say("home.later"))), words.say("more"))
