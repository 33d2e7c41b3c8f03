"""How the bot hears of things: each event is sent, and sent again until the bot says that it has it.

Events follow Slack's schedule (at once, after a minute, after five minutes more). What a person waits for, a
command or a click, is sent once. Sources: docs.slack.dev/apis/events-api, …/using-socket-mode.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol
from uuid import uuid4

from threadbot_sandbox.slack.events import scope_for
from threadbot_sandbox.slack.seed import APP, BOT_USER
from threadbot_sandbox.slack.workspace import Workspace

Json = dict[str, Any]
Kind = Literal["events_api", "interactive", "slash_commands"]

RETRY_AFTER = (0.0, 60.0, 300.0)
ACK_WITHIN = 3.0
REMEMBERED = 10_000


@dataclass(frozen=True, slots=True)
class Parcel:
    """Something for the bot. `type` is the event's, or the payload's; `event_id` only events have."""

    kind: Kind
    type: str
    payload: Json
    event_id: str | None = None


@dataclass(frozen=True, slots=True)
class Receipt:
    """How one attempt went. `reason` is told with the next attempt; without one, nothing is tried again."""

    outcome: str
    acked: bool = False
    answer: Any = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Delivery:
    """One attempt, as it is remembered."""

    at: float
    kind: Kind
    type: str
    event_id: str | None
    retry: int
    outcome: str
    channel: str | None = None
    ts: str | None = None
    payload: Json = field(default_factory=dict)
    answer: Any = None

    @property
    def acked(self) -> bool:
        return self.outcome == "acked"


class Line(Protocol):
    """A way to the bot: Socket Mode, or its events address."""

    async def send(self, parcel: Parcel, retry: int, reason: str, within: float) -> Receipt: ...


class Courier:
    """Carries parcels over the line in use, and remembers every attempt."""

    def __init__(self, workspace: Workspace, line: Callable[[], Line]) -> None:
        self.workspace = workspace
        self.retry_delays: tuple[float, ...] = RETRY_AFTER
        self.ack_within = ACK_WITHIN
        self.deliveries: deque[Delivery] = deque(maxlen=REMEMBERED)
        self._line = line
        self._sent: dict[str, Parcel] = {}
        self._tasks: set[asyncio.Task[Any]] = set()
        self._open = False

    @property
    def under_way(self) -> int:
        """Deliveries that are not settled yet."""
        return len(self._tasks)

    @property
    def last(self) -> Json:
        """The payload of the last event that was given to us to tell, delivered or not."""
        return self._sent[next(reversed(self._sent))].payload

    def open(self) -> None:
        self._open = True

    async def close(self) -> None:
        self._open = False
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def spawn(self, work: Coroutine[Any, Any, Any]) -> None:
        """Let this go on in the background, until it ends or all is closed."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def event(self, event: Json) -> str | None:
        """Tell the bot of an event, in the background. None: it may not hear it, or we are closed."""
        scope = scope_for(event)
        allowed = scope is None or scope in self.workspace.scopes
        if not self._open or not allowed or not self.workspace.app.hears(event):
            return None
        parcel = self._enveloped(event)
        self.spawn(self._until_acked(parcel))
        return parcel.event_id

    async def once(self, kind: Kind, type: str, payload: Json) -> Receipt:
        """Send what a person waits for."""
        return await self._attempt(Parcel(kind, type, payload), 0, "")

    async def again(self, event_id: str | None = None) -> Delivery:
        """Send an event once more, as a retry would, acknowledged or not. None: the last one."""
        name = event_id or next(reversed(self._sent))
        await self._attempt(self._sent[name], 1, "timeout")
        return self.deliveries[-1]

    async def _until_acked(self, parcel: Parcel) -> None:
        receipt = await self._attempt(parcel, 0, "")
        for retry, delay in enumerate(self.retry_delays, 1):
            if receipt.reason is None:
                return
            await asyncio.sleep(delay)
            receipt = await self._attempt(parcel, retry, receipt.reason)

    async def _attempt(self, parcel: Parcel, retry: int, reason: str) -> Receipt:
        receipt = await self._line().send(parcel, retry, reason, self.ack_within)
        event = parcel.payload.get("event", {})
        delivery = Delivery(
            at=self.workspace.clock(),
            kind=parcel.kind,
            type=parcel.type,
            event_id=parcel.event_id,
            retry=retry,
            outcome=receipt.outcome,
            channel=event.get("channel") if isinstance(event.get("channel"), str) else None,
            ts=event.get("ts"),
            payload=parcel.payload,
            answer=receipt.answer,
        )
        self.deliveries.append(delivery)
        self.workspace.tell("delivery", as_json(delivery))
        return receipt

    def _is_shared(self, channel: Any) -> bool:
        known = self.workspace.channels.get(channel) if isinstance(channel, str) else None
        return known is not None and self.workspace.is_shared(known)

    def _enveloped(self, event: Json) -> Parcel:
        event_id = f"Ev{uuid4().hex[:10].upper()}"
        home = self.workspace.home
        payload = {
            "token": "deprecated",
            "team_id": home.team,
            "context_team_id": home.team,
            "context_enterprise_id": home.enterprise,
            "api_app_id": APP,
            "event": event,
            "type": "event_callback",
            "event_id": event_id,
            "event_time": int(self.workspace.clock()),
            "authorizations": [
                {
                    "enterprise_id": home.enterprise,
                    "team_id": home.team,
                    "user_id": BOT_USER,
                    "is_bot": True,
                    "is_enterprise_install": home.org_wide,
                }
            ],
            "is_ext_shared_channel": self._is_shared(event.get("channel")),
            "event_context": f"4-{uuid4().hex}",
        }
        parcel = Parcel("events_api", event["type"], payload, event_id)
        self._sent[event_id] = parcel
        if len(self._sent) > REMEMBERED:
            del self._sent[next(iter(self._sent))]
        return parcel


def as_json(delivery: Delivery) -> Json:
    shown: Json = {"at": delivery.at, "kind": delivery.kind, "type": delivery.type, "retry": delivery.retry}
    shown |= {"outcome": delivery.outcome, "channel": delivery.channel, "ts": delivery.ts}
    return shown | {"payload": delivery.payload, "answer": delivery.answer}
