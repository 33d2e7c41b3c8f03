"""Resolves ids of people, other bots, user groups and channels; results are cached for minutes.

(Slack docs: users.info, bots.info, usergroups.list, usergroups.users.list, conversations.info, auth.teams.list. With
the token of an org-wide install, those that ask about one team's things want its `team_id`.)
"""

import logging
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from bot.conversation.ids import ThreadKey
from bot.conversation.messages import Person
from bot.conversation.places import Direct
from bot.errors import BotError
from bot.installations import Installation
from bot.slack import threads
from bot.slack.api.cache import MALFORMED, Lookup
from bot.slack.api.client import Json, Lane, SlackClient
from bot.slack.api.errors import Closed, Refused

log = logging.getLogger(__name__)

PRIVATE = "private-channel"  # what a channel is called whose name is not for everybody, or not for us
NOBODY = Person()
HIDDEN = Person(is_hidden=True)
NOT_SHOWN = frozenset({"user_not_found", "user_not_visible", "users_not_found"})
"""Slack has no such person, or does not show them to us: an answer, and no failure."""
PAGE, MAX_PAGES = 1000, 50  # of the list of all people
NOT_THERE = frozenset({"channel_not_found", "not_in_channel", "is_archived"})
MAX_TEAMS = 200  # of an organisation that are asked for their bots and user groups


@dataclass(frozen=True, slots=True)
class _Channel:
    name: str
    public: bool = False


class LastKnown(Protocol):
    """What Slack told last of somebody, for when it does not tell; see `store.last_known`, which conforms by its shape.
    Neither method raises: where it cannot be read, nothing is known."""

    async def keep(self, user: str, person: Person | None, groups: Mapping[str, bool]) -> None: ...
    async def recall(self, user: str) -> tuple[Person | None, Mapping[str, bool]]: ...


@dataclass(slots=True)
class People:
    """The core's `Directory`, from Slack, of one installation; it names channels and user groups too.

    Where the installation is org-wide, its people are those of the organisation, and its admins those of the
    organisation too: to manage one of its teams gives nobody a right in the others.
    """

    client: SlackClient
    me: Installation
    last: LastKnown
    _persons: Lookup[Person] = field(init=False)
    _bots: Lookup[str] = field(init=False)
    _channels: Lookup[_Channel] = field(init=False)
    _handles: Lookup[Mapping[str, str]] = field(init=False)
    _members: Lookup[frozenset[str]] = field(init=False)
    _teams: Lookup[tuple[str, ...]] = field(init=False)

    def __post_init__(self) -> None:
        self._persons = Lookup("person", self._ask_person)
        self._bots = Lookup("bot", self._ask_bot)
        self._channels = Lookup("channel", self._ask_channel)
        self._handles = Lookup("user groups", self._ask_handles)
        self._members = Lookup("user group", self._ask_members)
        self._teams = Lookup("teams", self._ask_teams)

    async def person(self, user: str, *, afresh: bool = False) -> Person:
        """What is known of a user, or of an app that speaks under a bot's id and has no user here."""
        if _is_bot_id(user):
            name = await self._bots.one(user)
            return NOBODY if name is None else Person(name=name, known=True, is_bot=True)
        if afresh:
            return await self._persons.afresh(user) or NOBODY
        return await self._persons.one(user) or (await self.last.recall(user))[0] or NOBODY

    async def groups(self, user: str, among: Iterable[str]) -> Mapping[str, bool]:
        wanted = frozenset(among)
        members = await self._members.all(wanted)
        answer = {group: user in users for group, users in members.items()}
        if answer:
            await self.last.keep(user, None, answer)
        if answer.keys() == wanted:
            return answer
        _, last = await self.last.recall(user)
        return {group: is_in for group, is_in in {**last, **answer}.items() if group in wanted}

    async def names(self, ids: Iterable[str]) -> Mapping[str, str]:
        """Display names of users and bots, by id. Who cannot be looked up is left out: no answer waits for a name."""
        wanted = frozenset(ids)
        bots = {each for each in wanted if _is_bot_id(each)}
        persons = await self._persons.all(wanted - bots)
        named = {user: person.name for user, person in persons.items() if person.name}
        return named | (await self._bots.all(bots) if bots else {})

    async def everybody(self) -> Mapping[str, str]:
        """The list of all, a page at a time; of a very large workspace, a part of them."""
        found: dict[str, str] = {}
        try:
            await self._of_teams("", lambda team: self._pages(team, found))
        except (BotError, *MALFORMED) as error:
            why = error.detail if isinstance(error, BotError) else type(error).__name__
            log.info("not all names are known", extra={"why": why})
        return found

    async def admins(self) -> frozenset[str]:
        """Of the same list."""
        found: dict[str, Person] = {}
        try:
            await self._of_teams("", lambda team: self._people(team, found))
        except (BotError, *MALFORMED) as error:
            why = error.detail if isinstance(error, BotError) else type(error).__name__
            log.info("not all admins are known", extra={"why": why})
        return frozenset(id for id, one in found.items() if (one.is_admin or one.is_owner) and not one.is_deactivated)

    async def _pages(self, team: str | None, found: dict[str, str]) -> Json:
        people: dict[str, Person] = {}
        try:
            return await self._people(team, people)
        finally:
            found |= {id: person.name for id, person in people.items()}

    async def _people(self, team: str | None, found: dict[str, Person]) -> Json:
        cursor = None
        for _ in range(MAX_PAGES):
            page = await self.client.call("users.list", lane=Lane.INTERACTIVE, cursor=cursor, limit=PAGE, team_id=team)
            found |= {str(about["id"]): self._person(str(about["id"]), about) for about in page["members"]}
            cursor = (page.get("response_metadata") or {}).get("next_cursor")
            if not cursor:
                break
        return {}

    def is_direct(self, channel: str) -> bool:
        return isinstance(threads.place(channel), Direct)

    async def channel_names(self, channels: Iterable[str], thread: ThreadKey | None) -> Mapping[str, str]:
        """Names without "#"."""
        known, here = await self._channels.all(channels), thread.channel if thread else ""
        return {id: about.name if about.public or id == here else PRIVATE for id, about in known.items()}

    async def group_names(self, groups: Iterable[str]) -> Mapping[str, str]:
        """Handles without "@"."""
        wanted = frozenset(groups)
        handles = await self._handles.one("all") if wanted else None
        return {each: handles[each] for each in wanted if each in handles} if handles else {}

    async def left(self, channel: str) -> bool | None:
        try:
            answer = await self.client.call("conversations.info", lane=Lane.LOOKUP, channel=channel)
            about = answer["channel"]
        except BotError as trouble:
            return True if isinstance(trouble, Closed) and trouble.code in NOT_THERE else None
        except (KeyError, TypeError):
            return None
        return bool(about.get("is_archived")) or about.get("is_member") is False

    def let_go(self) -> None:
        self._persons.let_go()
        self._bots.let_go()

    async def _ask_person(self, user: str) -> Person:
        try:
            about = (await self.client.call("users.info", lane=Lane.LOOKUP, user=user))["user"]
        except (Refused, Closed) as refusal:
            if refusal.code not in NOT_SHOWN:
                raise
            return HIDDEN
        person = self._person(user, about)
        await self.last.keep(user, person, {})
        return person

    def _person(self, user: str, about: Json) -> Person:
        profile = about.get("profile") or {}
        in_org = about.get("enterprise_user") or {}
        if self.me.org_wide:
            ours, standing = self.me.workspace in (in_org.get("enterprise_id"), about.get("team_id")), in_org
        else:
            ours, standing = self.me.workspace in (about.get("team_id"), *in_org.get("teams", ())), about
        is_bot = bool(about.get("is_bot")) or user == "USLACKBOT"
        return Person(
            name=profile.get("display_name") or about.get("real_name") or about.get("name") or "",
            known=True,
            is_admin=ours and bool(standing.get("is_admin")),
            is_owner=ours and bool(standing.get("is_owner") or standing.get("is_primary_owner")),
            is_guest=ours and not is_bot and _may_be_restricted(about),
            is_outsider=not ours or bool(about.get("is_stranger")),
            is_bot=is_bot,
            is_deactivated=bool(about.get("deleted")),
        )

    async def _ask_bot(self, bot: str) -> str:
        answers = await self._of_teams(
            "bot_not_found", lambda team: self.client.call("bots.info", lane=Lane.LOOKUP, bot=bot, team_id=team)
        )
        return str(answers[0]["bot"]["name"])

    async def _ask_channel(self, channel: str) -> _Channel:
        try:
            answer = await self.client.call("conversations.info", lane=Lane.LOOKUP, channel=channel)
        except Closed as closed:
            if closed.code != "channel_not_found":
                raise
            return _Channel(PRIVATE)
        about = answer["channel"]
        return _Channel(str(about["name"]), public=about.get("is_private") is False)

    async def _ask_handles(self, _all: str) -> Mapping[str, str]:
        client = self.client
        lists = await self._of_teams(
            "plan_upgrade_required",
            lambda team: client.call("usergroups.list", lane=Lane.LOOKUP, include_disabled=True, team_id=team),
        )
        return {group["id"]: group["handle"] for listed in lists for group in listed["usergroups"]}

    async def _ask_members(self, group: str) -> frozenset[str]:
        client = self.client
        lists = await self._of_teams(
            "no_such_subteam",
            lambda team: client.call("usergroups.users.list", lane=Lane.LOOKUP, usergroup=group, team_id=team),
        )
        return frozenset(user for listed in lists for user in listed["users"])

    async def _of_teams(self, not_there: str, ask: Callable[[str | None], Awaitable[Json]]) -> list[Json]:
        """What a method tells that is asked for each team of an org-wide install, or for the only one.

        A refusal that says `not_there` passes over a team, unless all say so. Raises as a call does.
        """
        if not self.me.org_wide:
            return [await ask(None)]
        answers: list[Json] = []
        refused: Refused | None = None
        teams = await self._teams.one("all")
        if not teams:
            raise KeyError("teams")  # unknown, and not: nobody
        for team in teams:
            try:
                answers.append(await ask(team))
            except Refused as refusal:
                if refusal.code != not_there:
                    raise
                refused = refusal
        if refused is not None and not answers:
            raise refused
        return answers

    async def _ask_teams(self, _all: str) -> tuple[str, ...]:
        teams: list[str] = []
        cursor: str | None = None
        while cursor != "" and len(teams) < MAX_TEAMS:
            page = await self.client.call("auth.teams.list", lane=Lane.LOOKUP, cursor=cursor, limit=MAX_TEAMS)
            teams += [str(team["id"]) for team in page["teams"]]
            cursor = (page.get("response_metadata") or {}).get("next_cursor") or ""
        return tuple(teams[:MAX_TEAMS])


def _may_be_restricted(about: Json) -> bool:
    """Slack tells both facts of everybody who is active; who is a guest once something is missing is not let in."""
    answer = [about.get("is_restricted"), about.get("is_ultra_restricted")]
    return not about.get("deleted") and answer != [False, False]


def _is_bot_id(id: str) -> bool:
    """Slack's ids of users begin with U or W, those of bots with B."""
    return id.startswith("B")
