"""What threads of programs have of their own in the World of a workspace: where answers stand, who the operator is."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from bot.conversation.history import Earlier
from bot.conversation.ids import ThreadKey
from bot.conversation.messages import Person
from bot.conversation.places import Place
from bot.policy.preferences import Access, Rules
from bot.policy.tokens import OPERATOR
from bot.ports import Directory, Limits, World
from bot.store.api_chat import RedisChat
from bot.store.inbox import RedisInbox
from bot.store.preferences import RedisPrefs
from bot.store.preferences_scripts import Ruling

GROWS_EVERY = 0.1  # seconds between two steps of an answer that grows: no one else limits them


def world_of(slack: World, prefs: RedisPrefs, box: RedisInbox) -> World:
    """The World of programs in a workspace, made of that of its people."""
    own = OpenPrefs(prefs.client, prefs.keys, prefs.keep_for, prefs.defaults, prefs.lives)
    inbox = replace(box, prefs=own)
    return replace(
        slack,
        chat=RedisChat(box.client, box.keys, box.queue, box.keep_for),
        directory=WithOperator(slack.directory),
        transcript=Untold(),
        inbox=inbox,
        history=inbox,
        prefs=own,
        notice=None,
        away=None,
        limits=_limits(slack.limits),
    )


def _limits(limits: Limits) -> Limits:
    """All is known that was said, and no message is too long."""
    return replace(limits, context_messages=0, first_post_after=0.0, edit_every=GROWS_EVERY, uncut=True)


@dataclass(frozen=True, slots=True)
class WithOperator:
    """See `ports.Directory`: the people of Slack, and the operator, who is an admin."""

    people: Directory

    async def person(self, user: str, *, afresh: bool = False) -> Person:
        if user == OPERATOR:
            return Person(OPERATOR, known=True, is_admin=True)
        return await self.people.person(user, afresh=afresh)

    async def groups(self, user: str, among: Iterable[str]) -> Mapping[str, bool]:
        return dict.fromkeys(among, False) if user == OPERATOR else await self.people.groups(user, among)

    async def names(self, ids: Iterable[str]) -> Mapping[str, str]:
        return await self.people.names([id for id in ids if id != OPERATOR])

    async def admins(self) -> frozenset[str]:
        return await self.people.admins()

    async def everybody(self) -> Mapping[str, str]:
        return await self.people.everybody()

    async def channel_names(self, channels: Iterable[str], thread: ThreadKey | None) -> Mapping[str, str]:
        return await self.people.channel_names(channels, thread)

    def is_direct(self, channel: str) -> bool:
        return self.people.is_direct(channel)

    async def left(self, channel: str) -> bool | None:
        return await self.people.left(channel)

    def let_go(self) -> None:
        self.people.let_go()

    async def group_names(self, groups: Iterable[str]) -> Mapping[str, str]:
        return await self.people.group_names(groups)


class Untold:
    """See `ports.Transcript`: nothing is said in a program's thread that did not pass through our hands."""

    async def present(self, thread: ThreadKey, before: str) -> frozenset[str] | None:
        return None

    async def earlier(self, thread: ThreadKey, before: str, after: str, most: int) -> Earlier:
        return Earlier()


class OpenPrefs(RedisPrefs):
    """A program's thread is no direct message: whether those are open does not matter. Its answers have one choice."""

    def ruled(self, where: ThreadKey | Place, user: str, seen: str, ruling: Ruling) -> Rules:
        rules = super().ruled(where, user, seen, ruling)
        params = {name: value for name, value in rules.persona.params.items() if name != "n"}
        return replace(rules, persona=replace(rules.persona, params=params), access=_opened(rules.access))

    async def access(self) -> Access:
        return _opened(await super().access())


def _opened(access: Access) -> Access:
    return replace(access, direct_messages=True)
