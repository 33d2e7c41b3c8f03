"""What the bot says to everybody, unasked: once when it comes into a channel, and when it begins to follow a thread."""

import logging
from collections.abc import Mapping
from typing import Any

from bot.conversation.ids import ThreadKey
from bot.conversation.places import Channel, Ref
from bot.errors import BotError
from bot.policy.preferences import INTRODUCTION, POLICY, READERS, Rules
from bot.policy.roles import shut
from bot.slack import threads
from bot.slack.api.client import Lane
from bot.slack.ui import block_kit
from bot.slack.ui.respond import Responder
from bot.wording.text import Markdown
from bot.wording.words import Words

log = logging.getLogger(__name__)

Json = dict[str, Any]


async def joined(responder: Responder, event: Mapping[str, Any]) -> None:
    """Somebody has come into a channel. Says something only if it is the bot."""
    me, world = responder.me, responder.world
    if event.get("user") != me.bot_user:
        return
    thread = threads.thread(me.workspace, str(event["channel"]), str(event.get("event_ts") or "0"))
    rules = await world.prefs.rules(Channel(thread.channel), str(event.get("inviter") or ""))
    if not rules[INTRODUCTION] or rules[POLICY] == "mute" or shut(thread.channel, rules.access, direct=False):
        return
    if await world.inbox.first_time(threads.thread(me.workspace, thread.channel, "0"), "1"):
        words = responder.words(responder.actor(me.bot_user))
        await _post(responder, _introduction(rules, me.bot_user, words), channel=thread.channel)


async def tell_all(responder: Responder, thread: ThreadKey, text: Markdown) -> bool:
    """Say it in the thread, in small print: it is no answer. Whether it was said."""
    return await _post(responder, (text,), channel=thread.channel, thread_ts=thread.root)


def _introduction(rules: Rules, bot: str, words: Words) -> tuple[Markdown, ...]:
    policy, readers = (words.preferences[row.name].values[rules[row]] for row in (POLICY, READERS))
    return (
        words.say("introduction.hello", bot=Ref("user", bot)),
        words.say("introduction.words", policy=policy, readers=readers),
        words.say("introduction.off"),
    )


async def _post(responder: Responder, lines: tuple[Markdown, ...], **where: Any) -> bool:
    first, *more = lines
    blocks = [block_kit.section(first), *map(block_kit.small, more)] if more else [block_kit.small(first)]
    content: Json = {"text": block_kit.mrkdwn(first), "blocks": blocks, "unfurl_links": False, "unfurl_media": False}
    try:
        await responder.client.call("chat.postMessage", lane=Lane.INTERACTIVE, **content, **where)
    except BotError as error:
        log.info("not told to all", extra={"in_channel": where["channel"], "why": error.detail})
        return False
    return True
