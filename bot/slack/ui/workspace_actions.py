"""The buttons by which the operator's admins let another workspace in, or do not."""

from typing import Any

from slack_bolt.context.ack.async_ack import AsyncAck

from bot.commands.workspace_model import AdmitWorkspace
from bot.conversation.ids import is_part
from bot.slack.ui.respond import Request, Responder

Json = dict[str, Any]


class Workspaces:
    def __init__(self, responder: Responder) -> None:
        self._responder = responder

    async def approve(self, ack: AsyncAck, body: Json) -> None:
        await self._decide(ack, body, yes=True)

    async def refuse(self, ack: AsyncAck, body: Json) -> None:
        await self._decide(ack, body, yes=False)

    async def _decide(self, ack: AsyncAck, body: Json, *, yes: bool) -> None:
        """Once it is decided, that stands in the place of the buttons."""
        await ack()
        said = Request.of(body)
        if not is_part(said.value):
            return
        actor = self._responder.actor(said.user, said.place)
        outcome = await self._responder.do(AdmitWorkspace(said.value, yes), actor)
        decided = outcome.code.startswith("workspace.")
        await self._responder.tell(said, outcome.text, self._responder.words(actor), instead=decided)
