"""Who and what stands behind an id? People, other bots, user groups and channels, asked for once in a while.

(Slack docs: users.info, bots.info, usergroups.list, usergroups.users.list, conversations.info.)
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from bot.conversation.messages import Person
from bot.slack.api.cache import Lookup
from bot.slack.api.client import Lane, SlackClient
from bot.slack.api.errors import Closed

PRIVATE = "private-channel"  # how people call a channel that the bot may not see
NOBODY = Person()


@dataclass(slots=True)
class People:
    """The core's `Directory`, from Slack; it names channels and user groups too."""

    client: SlackClient
    team: str
    _persons: Lookup[Person] = field(init=False)
    _bots: Lookup[str] = field(init=False)
    _channels: Lookup[str] = field(init=False)
    _handles: Lookup[Mapping[str, str]] = field(init=False)
    _members: Lookup[frozenset[str]] = field(init=False)

    def __post_init__(self) -> None:
        self._persons = Lookup("person", self._ask_person)
        self._bots = Lookup("bot", self._ask_bot)
        self._channels = Lookup("channel", self._ask_channel)
        self._handles = Lookup("user groups", self._ask_handles)
        self._members = Lookup("user group", self._ask_members)

    async def person(self, user: str) -> Person:
        return await self._persons.one(user) or NOBODY

    async def groups(self, user: str, among: Iterable[str]) -> frozenset[str]:
        """Those of the user groups that the person is in; none where Slack does not tell, or has no groups."""
        members = await self._members.all(among)
        return frozenset(group for group, users in members.items() if user in users)

    async def names(self, ids: Iterable[str]) -> Mapping[str, str]:
        """Display names of users and bots, by id. Who cannot be looked up is left out: no answer waits for a name."""
        wanted = frozenset(ids)
        bots = {each for each in wanted if each.startswith("B")}
        persons = await self._persons.all(wanted - bots)
        named = {user: person.name for user, person in persons.items() if person.name}
        return named | (await self._bots.all(bots) if bots else {})

    async def channel_names(self, ids: Iterable[str]) -> Mapping[str, str]:
        """Names of channels, without "#", by id."""
        return await self._channels.all(ids)

    async def group_names(self, ids: Iterable[str]) -> Mapping[str, str]:
        """Handles of user groups, without "@", by id."""
        wanted = frozenset(ids)
        handles = await self._handles.one("all") if wanted else None
        return {each: handles[each] for each in wanted if each in handles} if handles else {}

    async def _ask_person(self, user: str) -> Person:
        about = (await self.client.call("users.info", lane=Lane.LOOKUP, user=user))["user"]
        profile = about.get("profile") or {}
        ours = self.team in (about.get("team_id"), *(about.get("enterprise_user") or {}).get("teams", ()))
        return Person(
            name=profile.get("display_name") or about.get("real_name") or about.get("name") or "",
            known=True,
            is_admin=ours and bool(about.get("is_admin")),
            is_owner=ours and bool(about.get("is_owner") or about.get("is_primary_owner")),
            is_guest=bool(about.get("is_restricted") or about.get("is_ultra_restricted")),
            is_outsider=not ours or bool(about.get("is_stranger")),
            is_bot=bool(about.get("is_bot")) or user == "USLACKBOT",
        )

    async def _ask_bot(self, bot: str) -> str:
        return str((await self.client.call("bots.info", lane=Lane.LOOKUP, bot=bot))["bot"]["name"])

    async def _ask_channel(self, channel: str) -> str:
        try:
            told = await self.client.call("conversations.info", lane=Lane.LOOKUP, channel=channel)
        except Closed as closed:
            if closed.code != "channel_not_found":
                raise
            return PRIVATE
        return str(told["channel"]["name"])

    async def _ask_handles(self, _all: str) -> Mapping[str, str]:
        listed = await self.client.call("usergroups.list", lane=Lane.LOOKUP, include_disabled=True)
        return {group["id"]: group["handle"] for group in listed["usergroups"]}

    async def _ask_members(self, group: str) -> frozenset[str]:
        told = await self.client.call("usergroups.users.list", lane=Lane.LOOKUP, usergroup=group)
        return frozenset(told["users"])
