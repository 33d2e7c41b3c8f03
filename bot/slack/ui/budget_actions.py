"""The buttons under what somebody is told who is over a budget, and under what their admins are asked."""

import json
from typing import Any, cast, get_args

from slack_bolt.context.ack.async_ack import AsyncAck

from bot.commands.budget_model import AskForMore, Cheaper, Decide, LiftFuse
from bot.commands.model import Command
from bot.conversation.ids import is_ts
from bot.slack import threads
from bot.slack.ui import budget_modal, notices
from bot.slack.ui import home_view as home
from bot.slack.ui.respond import Request, Responder
from bot.usage.budgets import OFF, Budget, Kind, Verdict

Json = dict[str, Any]


class Allowances:
    def __init__(self, responder: Responder) -> None:
        self._responder = responder

    async def more(self, ack: AsyncAck, body: Json) -> None:
        await ack()
        said = Request.of(body)
        root, newest, kind, id, period = _values(said.value, 5)
        if _are_ts(root, newest) and kind in get_args(Kind):
            budget = Budget(cast(Kind, kind), id, period, OFF)
            await self._do(AskForMore(self._thread(said, root), newest, budget), said)

    async def cheaper(self, ack: AsyncAck, body: Json) -> None:
        await ack()
        said = Request.of(body)
        root, newest = _values(said.value, 2)
        if _are_ts(root, newest):
            await self._do(Cheaper(self._thread(said, root), newest), said)

    async def decide(self, ack: AsyncAck, body: Json) -> None:
        await ack()
        said = Request.of(body)
        id, verdict = _values(said.value, 2)
        if verdict in get_args(Verdict):
            await self._do(Decide(id, cast(Verdict, verdict)), said, instead=True)

    async def lift(self, ack: AsyncAck, body: Json) -> None:
        await ack()
        await self._do(LiftFuse(), Request.of(body), instead=True)

    async def form(self, ack: AsyncAck, body: Json) -> None:
        await ack()
        said = Request.of(body)
        await self._responder.open(
            said.trigger, budget_modal.form(self._responder.words(self._responder.actor(said.user)))
        )

    async def sent(self, ack: AsyncAck, body: Json) -> None:
        """Each thing that was filled in is set; rights are asked again for each."""
        said = Request.of(body)
        actor = self._responder.actor(said.user)
        words = self._responder.words(actor)
        wanted, wrong = budget_modal.read(said.view, words)
        if wrong:
            await ack(response_action="errors", errors=wrong)
            return
        if await notices.do_all(self._responder, ack, said, wanted, actor, "budgets.form.nothing"):
            await home.publish(self._responder, actor)

    async def _do(self, command: Command, said: Request, *, instead: bool = False) -> None:
        """`instead`: what came of it stands in the place of the buttons, unless nothing did."""
        actor = self._responder.actor(said.user, said.place)
        outcome = await self._responder.do(command, actor)
        instead = instead and outcome.code.startswith(("more.", "fuse."))
        if outcome.text.parts:
            await self._responder.tell(said, outcome.text, self._responder.words(actor), instead=instead)

    def _thread(self, said: Request, root: str) -> Any:
        return threads.thread(self._responder.me.workspace, said.channel, root)


def _are_ts(*texts: str) -> bool:
    return all(map(is_ts, texts))


def _values(value: str, count: int) -> list[str]:
    """What a button of ours names; as many empty texts for anything else."""
    try:
        found = json.loads(value)
    except ValueError:
        found = []
    whole = isinstance(found, list) and len(found) == count and all(isinstance(each, str) for each in found)
    return found if whole else [""] * count
