"""The notice: whoever asks for the first time is told, in private and once, what becomes of what they write."""

import asyncio
from dataclasses import dataclass, field

from bot.errors import BotError
from bot.policy.preferences import Rules
from bot.ports.archive import Archive
from bot.ports.chat import Chat
from bot.privacy.handling import Reach, handling
from bot.turns.state import Turn

WITHIN = 3.0  # seconds: no answer waits for it, and whoever was not told is told the next time
MOST_KNOWN = 100_000  # people


@dataclass(slots=True)
class Notice:
    """`told` are those of whom this process knows it: for them nothing is looked up."""

    archive: Archive
    chat: Chat
    reach: Reach
    told: set[str] = field(default_factory=set)

    async def give(self, turn: Turn, rules: Rules, *, hold: bool) -> None:
        """To each who asks here, unless they had it. Never raises."""
        people = [m.author for m in turn.asked if m.author not in self.told and m.author_is != "bot"]
        if not people:
            return
        begun = any(message.ts != turn.batch.thread.root for message in turn.batch.everything)
        try:
            async with asyncio.timeout(WITHIN):
                for user in dict.fromkeys(people):
                    await self._tell(user, turn, rules, begun=begun, hold=hold)
        except (BotError, TimeoutError):
            return

    async def _tell(self, user: str, turn: Turn, rules: Rules, *, begun: bool, hold: bool) -> None:
        if await self.archive.first_contact(user):
            what = handling(rules, self.reach, user, hold=hold)
            if not await self.chat.notify(turn.batch.thread, user, what, begun=begun):
                return await self.archive.no_contact(user)
        if len(self.told) >= MOST_KNOWN:
            self.told.clear()
        self.told.add(user)

    def let_go(self) -> None:
        """Somebody was forgotten, and may have to be told anew."""
        self.told.clear()
