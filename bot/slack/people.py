"""Who are people? Display names, and whether they are admins; asked for once in a while."""

import logging
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from aiohttp import ClientError
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

log = logging.getLogger(__name__)

FRESH_FOR = 300.0  # seconds: a right that was taken away is noticed within minutes
RETRY_AFTER = 5.0  # seconds after a look-up that failed
MOST = 10_000  # people remembered


@dataclass(frozen=True, slots=True)
class Person:
    """`name` is empty, and `is_admin` False, where Slack did not say."""

    name: str = ""
    is_admin: bool = False


@dataclass(slots=True)
class People:
    client: AsyncWebClient
    team: str
    _known: dict[str, tuple[float, Person]] = field(default_factory=dict)

    async def names(self, users: Iterable[str]) -> Mapping[str, str]:
        """Display names by id. Who cannot be looked up is left out: the answer does not wait for a name."""
        found = {user: (await self._person(user)).name for user in users}
        return {user: name for user, name in found.items() if name}

    async def is_admin(self, user: str) -> bool:
        """Whether they are an admin or owner of our own workspace. What Slack does not say means no."""
        return (await self._person(user)).is_admin

    async def _person(self, user: str) -> Person:
        until, person = self._known.get(user, (0.0, Person()))
        if time.monotonic() < until:
            return person
        person, fresh_for = Person(), RETRY_AFTER
        try:
            about = (await self.client.users_info(user=user))["user"]
            profile = about.get("profile") or {}
            name = profile.get("display_name") or about.get("real_name") or about.get("name") or ""
            ours = about.get("team_id") == self.team
            person = Person(name, ours and bool(about.get("is_admin") or about.get("is_owner")))
            fresh_for = FRESH_FOR
        except (SlackApiError, ClientError, TimeoutError, KeyError) as error:
            log.debug("nothing known of a person", extra={"user": user, "why": type(error).__name__})
        if len(self._known) >= MOST:
            self._known.clear()
        self._known[user] = (time.monotonic() + fresh_for, person)
        return person
