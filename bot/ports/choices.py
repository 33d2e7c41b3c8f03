"""What the core asks of the store for choices, personas and what was used."""

from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

from bot.conversation.ids import ThreadKey
from bot.conversation.places import Place
from bot.personas.persona import Persona
from bot.policy.preferences import Access, Choices, Entry, Rules, Scope, Value, Version
from bot.usage.ledger import Booking, By, Reason, Spent, Verdict, Vote


class Prefs(Protocol):
    """Choices and personas. Each read is fresh, so that a change holds at once everywhere; each change is done whole,
    together with its entry in the audit log, or not at all. `by` is the id of the user who does it; whether they may
    is for the caller to ask (`commands/authorize`)."""

    async def rules(self, where: ThreadKey | Place, user: str) -> Rules:
        """What applies to this person in a thread, or in new threads at a place."""
        ...

    async def pin(self, thread: ThreadKey, persona: Persona | None, model: str = "") -> None:
        """The thread keeps this persona in this version, unless it has or was given one; likewise the model, if one is
        named."""
        ...

    async def chosen(self, scope: Scope) -> Choices:
        """What was chosen there."""
        ...

    async def channels(self) -> Mapping[str, Choices]:
        """The channels with choices of their own, by id."""
        ...

    async def choose(self, scope: Scope, changes: Mapping[str, Value | None], by: str) -> Choices:
        """Change some choices, by the names of preferences; None takes one back. Returns all that is chosen there now.

        A thread is given the persona's present version. May raise Unknown (of a persona) and Invalid (of a value).
        """
        ...

    async def set_read(self, user: str, on: bool) -> None:
        """Whether this person's words may be read as context when others ask."""
        ...

    async def unread_of(self, people: Collection[str]) -> frozenset[str]:
        """Those who say no to that."""
        ...

    async def personas(self) -> list[Persona]:
        """Those that can be chosen, by name: stored, built in, and the operator's."""
        ...

    async def persona(self, name: str, version: int | None = None) -> Persona:
        """The present version, or an older one, also of a persona that was deleted. May raise Unknown."""
        ...

    async def history(self, name: str) -> list[Version]:
        """All stored versions, newest first; empty for what was never changed. May raise Unknown."""
        ...

    async def save(self, persona: Persona, based_on: int | None, by: str) -> Persona:
        """A new version; `based_on` is the one that was edited, None for a persona that shall be new.

        Returns it with its version, or what is there already if nothing differs. May raise Conflict, Fixed.
        """
        ...

    async def restore(self, name: str, version: int, by: str) -> Persona:
        """A new version with the content of an old one, also of a persona that was deleted. May raise Unknown."""
        ...

    async def delete(self, name: str, by: str, *, anyway: bool = False) -> None:
        """It can no longer be chosen; one that was built in becomes what it was. Where it was chosen, if it goes
        `anyway`, the next level's choice applies and `Rules.gone` tells. May raise Unknown, InUse, Fixed."""
        ...

    async def access(self) -> Access: ...

    async def change_access(self, seen: Access, wanted: Access, by: str) -> Access:
        """Make the changes that lead from what somebody has seen to what they want; what others changed meanwhile
        stays. Returns what is in force now."""
        ...

    async def audit(self, entry: Entry) -> None:
        """Note an administrative act that is not a change made here. The time is the store's."""
        ...

    async def audited(self, most: int = 100) -> list[Entry]:
        """The latest administrative acts, newest first."""
        ...


class Ledger(Protocol):
    """Finished turns are entered by `Inbox.finish`, in the same step. A period is a day, written 2026-11-30, or a
    month, written 2026-11, in the workspace's time zone (`World.calendar`). Of the id, a workspace has none."""

    async def spent(self, period: str, by: By = "workspace", id: str = "") -> Spent:
        """What was used in a period: by everybody, or by this person, in this channel, …"""
        ...

    async def spent_over(self, periods: Sequence[str], by: By = "workspace", id: str = "") -> Sequence[Spent]:
        """The same for each of several periods, at once."""
        ...

    async def spent_by(self, period: str, by: By) -> Mapping[str, Spent]:
        """What was used in a period by each person, in each channel, …; empty when nothing was."""
        ...

    async def spent_by_all(self, period: str) -> Mapping[By, Mapping[str, Spent]]:
        """The same by everything that there is, at once."""
        ...

    async def charge(self, name: str, bookings: Sequence[Booking]) -> None:
        """Enter what belongs to no turn, such as a preview; once, however often the same `name` is given. What is held
        under that name is held no longer."""
        ...

    async def rate(self, thread: ThreadKey, newest: str, user: str, vote: Vote, reason: str = "") -> bool:
        """A person's verdict on an answer; a later one replaces it. False when the turn is not remembered."""
        ...

    async def reasons(self, most: int) -> Sequence[Reason]:
        """What people wrote with their votes, the latest first; what has been forgotten is left out."""
        ...

    async def secret(self, month: str) -> bytes:
        """By which people are told apart in that month's reports, and not known. The same whenever it is asked for."""
        ...

    async def votes(self, thread: ThreadKey, newest: str) -> Mapping[str, Verdict]:
        """What people think of an answer, by user."""
        ...
