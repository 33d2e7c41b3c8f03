"""What are people called? Display names, asked for once in a while."""

import logging
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from aiohttp import ClientError
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

log = logging.getLogger(__name__)

FRESH_FOR = 600.0  # seconds
MOST = 10_000  # names remembered


@dataclass(slots=True)
class People:
    client: AsyncWebClient
    _names: dict[str, tuple[float, str]] = field(default_factory=dict)

    async def names(self, users: Iterable[str]) -> Mapping[str, str]:
        """Display names by id. Who cannot be looked up is left out: the answer does not wait for a name."""
        found = {user: await self._name(user) for user in users}
        return {user: name for user, name in found.items() if name}

    async def _name(self, user: str) -> str:
        until, name = self._names.get(user, (0.0, ""))
        if time.monotonic() < until:
            return name
        try:
            profile = (await self.client.users_info(user=user))["user"]
            name = profile["profile"].get("display_name") or profile.get("real_name") or profile.get("name") or ""
        except (SlackApiError, ClientError, TimeoutError, KeyError) as error:
            log.debug("no name", extra={"user": user, "why": type(error).__name__})
        if len(self._names) >= MOST:
            self._names.clear()
        self._names[user] = (time.monotonic() + FRESH_FOR, name)
        return name
