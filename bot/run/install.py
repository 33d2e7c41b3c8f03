"""Installing the app by a click: from the page with the button to a workspace that is served, and out again.

Slack gives a token to whoever comes back from its page (Slack docs: installing with OAuth). Where the operator names
the workspaces that may, any other's token is revoked at once; where none are named, each waits to be approved.
"""

import asyncio
import logging
import random
import secrets
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal
from urllib.parse import urlencode

from bot import log as logs
from bot import wording
from bot.errors import BotError, SettingsError, StartError, Unavailable
from bot.installations import Grant, Installation
from bot.ports.admission import Decision
from bot.privacy.held import Erasure
from bot.privacy.keeper import SHORTENED_EVERY
from bot.run.config import Settings
from bot.run.secret_files import Secrets
from bot.slack.api.client import Lane, SlackClient
from bot.slack.api.errors import Closed, Refused
from bot.slack.api.identity import identify
from bot.slack.api.rate_limits import Pace
from bot.slack.manifest import SCOPES
from bot.store.erasures import RedisErasures
from bot.store.grants import RedisGrants
from bot.store.installations import RedisInstallations
from bot.store.leaving import leave_queue
from bot.turns.notices import InstallAsked

log = logging.getLogger(__name__)

LOOK_EVERY = 1.0  # seconds until all processes know of a change
TIDY_EVERY = 30.0  # seconds
WAITS_FOR = 7 * 24 * 3600.0  # seconds that a workspace waits to be approved
DUE_AT = 0.65  # of a token's life, when the next one is fetched
WRITE_TRIES, WRITE_PAUSE = 240, 0.5  # how often a new token is written while Redis is away, and seconds between
USED_UP = frozenset({"invalid_refresh_token", "token_already_refreshed"})
"""Slack's words for a refresh token that is good for nothing any more."""
SERVED_AT_ONCE = 100  # workspaces
CLASHES = 10  # how often a decision is tried while other processes change what it is about
TROUBLES = (Refused, Closed, Unavailable)

Outcome = Literal["served", "waits", "not-admitted", "failed"]


@dataclass(slots=True)
class Installer:
    """Of one process. `slack` bears no token; `held` are the secrets as they stand now. `ask` puts a workspace that
    waits before the operator's admins; False where there is nobody to ask."""

    settings: Settings
    held: Secrets
    slack: SlackClient
    installations: RedisInstallations
    grants: RedisGrants
    erasures: RedisErasures
    ask: Callable[[InstallAsked], Awaitable[bool]] | None = None
    _known: str | None = None  # as the count of grants stood when they were last read

    # -- in

    async def page_of_slack(self, browser: str, back: str) -> str:
        """Where Slack asks whether the app may be installed. The answer comes to `back`, and only from this browser."""
        state = secrets.token_urlsafe(32)
        await self.grants.keep_state(state, browser)
        asked = {"client_id": self._id, "scope": ",".join(sorted(SCOPES)), "state": state, "redirect_uri": back}
        return f"{self.settings.slack_api_url.removesuffix('api/')}oauth/v2/authorize?{urlencode(asked)}"

    async def began_here(self, state: str, browser: str) -> bool:
        """Whether this browser began the installation. A state is good for one answer."""
        found = await self.grants.take_state(state)
        return bool(found) and secrets.compare_digest(found, browser)

    async def install(self, code: str, back: str) -> Outcome:
        """Take the token that Slack gives for a `code`, which is good for one. May raise Unavailable without Redis."""
        try:
            answer = await self._access(code=code, redirect_uri=back)
            grant = _grant(answer)
            me, _warnings = await identify(self.slack.of(grant.token, Pace(None)))
        except (*TROUBLES, SettingsError, StartError, ValueError) as trouble:
            log.warning("an installation failed", extra={"why": _why(trouble)})
            return "failed"
        admitted = self._admits(me)
        if admitted is False:
            await self._revoke(grant.token)
            log.warning("a workspace may not install the app", extra={"workspace": me.workspace})
            return "not-admitted"
        state = await self._keep(replace(grant, workspace=me.workspace, approved=admitted is True), me)
        log.info("the app is installed", extra={"workspace": me.workspace, "state": state})
        return state

    async def _keep(self, new: Grant, me: Installation) -> Outcome:
        """In the place of a former token. Who waits goes on waiting, and nobody is asked about them once more."""
        former = await self.grants.of(me.workspace)
        if former is not None:
            new = replace(new, approved=new.approved or former.approved, asked=former.asked)
            new = new if new.approved else replace(new, installed_at=former.installed_at)
        await self.installations.note(me)
        await self.erasures.cancel(Erasure(me.workspace, "workspace", away=True))
        await self.grants.put(new)
        await self.refresh()
        if new.approved:
            return "served"
        await self._ask(new)
        return "waits"

    async def decide(self, workspace: str, yes: bool) -> Decision:
        """Serve a workspace that waits, or give its token back and forget it."""
        for _ in range(CLASHES):
            found = await self.grants.of(workspace)
            if found is None:
                return "unknown"
            if found.approved:
                return "decided"
            if yes and await self.grants.replace(found, replace(found, approved=True)):
                await self.refresh()
                log.info("a workspace is approved", extra={"workspace": workspace})
                return "approved"
            if not yes and await self._refuse(found):
                log.info("a workspace is refused", extra={"workspace": workspace})
                return "refused"
        raise Unavailable("memory.slow", "a grant changes all the time")

    async def _refuse(self, waiting: Grant) -> bool:
        """False where it has changed meanwhile."""
        if not await self.grants.withdraw(waiting):
            return False
        await self._revoke(waiting.token)
        await self.erasures.note(Erasure(waiting.workspace, "workspace", away=True))
        return True

    async def _ask(self, waiting: Grant) -> None:
        """Once, and again until somebody could be asked: the operator's own workspace may come later."""
        if self.ask is None or waiting.asked or not (who := await self.grants.alone(waiting.workspace)):
            return
        about = InstallAsked(waiting.workspace, waiting.name, waiting.installed_at + WAITS_FOR)
        if await self.ask(about):
            await self.grants.replace(waiting, replace(waiting, asked=True))
        await self.grants.done(waiting.workspace, who)

    # -- out

    async def remove(self, workspace: str) -> bool:
        """Give the token back and serve the workspace no more; what is kept of it goes after the grace."""
        found = await self.grants.of(workspace)
        if found is None or not await self.grants.remove(workspace):
            return False
        await self._revoke(found.token)
        self.installations.drop(workspace)
        await leave_queue(self.grants.client, self.grants.prefix, workspace)
        grace = self.settings.uninstall_grace_days * 24 * 3600
        await self.erasures.note(Erasure(workspace, "workspace", away=True), grace)
        return True

    async def gone(self, workspace: str) -> None:
        """Slack says that the app was uninstalled, or its token revoked. Who heard it has noted what goes after the
        grace."""
        if await self.grants.remove(workspace):
            self.installations.drop(workspace)
            await leave_queue(self.grants.client, self.grants.prefix, workspace)
            log.info("the app is no longer installed", extra={"workspace": workspace})

    # -- meanwhile

    async def keep(self) -> None:
        """Follow what any process changes, give back what waits too long, and fetch new tokens in time; for ever."""
        tidied = 0.0
        while True:
            try:
                await self.refresh()
                if time.monotonic() - tidied > TIDY_EVERY:
                    tidied = time.monotonic()
                    await self.tidy()
            except BotError as trouble:
                log.warning("the workspaces could not be looked at", extra={"why": str(trouble)[:200]})
            await asyncio.sleep(LOOK_EVERY)

    async def refresh(self) -> None:
        """Serve what is approved by now, and nothing else."""
        count = await self.grants.count()
        if count == self._known:
            return
        grants = await self.grants.all()
        facts = {each.workspace: each for each in await self.installations.known()}
        approved = {each.workspace: each for each in grants if each.approved and each.workspace in facts}
        logs.know([secret for each in grants for secret in (each.token, each.refresh_token) if secret])
        wanted = [(facts[workspace], grant) for workspace, grant in approved.items()]
        for at in range(0, len(wanted), SERVED_AT_ONCE):
            await asyncio.gather(*(self._serve(me, grant) for me, grant in wanted[at : at + SERVED_AT_ONCE]))
        for workspace in facts.keys() - approved.keys():
            self.installations.drop(workspace)
        self._known = count

    async def _serve(self, me: Installation, grant: Grant) -> None:
        """What is too old there is looked for some time within the next hour: not in all of them at once."""
        if self.installations.served(me.workspace) != (me, grant.token):
            await self.erasures.cancel(Erasure(me.workspace, "workspace", away=True))
            await self.erasures.note(Erasure(me.workspace, "retention"), random.uniform(0, SHORTENED_EVERY))
            self.installations.serve(me, grant.token)

    async def tidy(self) -> None:
        for grant in await self.grants.all():
            if not grant.approved and time.time() - grant.installed_at > WAITS_FOR:
                if await self._refuse(grant):
                    log.info("nobody has approved a workspace in time", extra={"workspace": grant.workspace})
            elif _is_due(grant):
                await self.rotate(grant.workspace)
            elif not grant.approved:
                await self._ask(grant)

    async def rotate(self, workspace: str) -> None:
        """Fetch the next token, if it is still due and no other process is at it. A refresh token works once: the new
        pair is written before it is used. Whoever dies in between leaves the old one to the next, who tries it again:
        Slack may still take it."""
        if not (who := await self.grants.alone(workspace)):
            return
        before = await self.grants.of(workspace)
        if before is not None and _is_due(before):
            await self._rotate(before)
        await self.grants.done(workspace, who)

    async def _rotate(self, before: Grant) -> None:
        try:
            new = _token(await self._access(refresh_token=before.refresh_token))
        except (*TROUBLES, ValueError) as trouble:
            if _why(trouble) in USED_UP:
                return await self._used_up(before)
            about = {"workspace": before.workspace, "why": _why(trouble)}
            log.warning("a token could not be renewed", extra=about)
            return
        await self._written(before, new)
        await self.refresh()

    async def _written(self, before: Grant, new: Grant) -> None:
        """In the place of the former one, whatever else of the grant has changed meanwhile."""
        for _ in range(WRITE_TRIES):
            try:
                now = await self.grants.of(before.workspace)
                if now is None or now.token != before.token:
                    log.warning("a new token is not wanted any more", extra={"workspace": before.workspace})
                    return
                fresh = replace(now, token=new.token, refresh_token=new.refresh_token or before.refresh_token)
                if await self.grants.replace(now, replace(fresh, expires_at=new.expires_at, issued_at=new.issued_at)):
                    return
            except Unavailable:
                await asyncio.sleep(WRITE_PAUSE)
        log.error("a new token could not be kept: install the app again", extra={"workspace": before.workspace})

    async def _used_up(self, before: Grant) -> None:
        """What brings the next token was used, and nobody has what it brought. The present one is good until it ends;
        who installed the app is told to do so again."""
        from bot.web.install import START  # it comes with FastAPI, which is only loaded where it serves

        if not await self.grants.replace(before, replace(before, refresh_token="")):
            return
        log.error("a token cannot be renewed: install the app again", extra={"workspace": before.workspace})
        words, where = wording.of(wording.DEFAULT_LOCALE), self.settings.public_url
        code = "install.used-up.at" if where else "install.used-up"
        told = words.label(code, address=f"{where}{START}")
        try:
            present = self.slack.of(before.token, Pace(None))
            await present.call("chat.postMessage", lane=Lane.INTERACTIVE, channel=before.installer, text=told)
        except TROUBLES as trouble:
            log.info("not told", extra={"workspace": before.workspace, "why": trouble.detail})

    def _admits(self, me: Installation) -> bool | None:
        found = {self.settings.may_install(id) for id in (me.workspace, me.enterprise) if id}
        return True if True in found else found.pop()

    async def _access(
        self, *, code: str | None = None, redirect_uri: str | None = None, refresh_token: str | None = None
    ) -> Mapping[str, Any]:
        """A token for a code, or for what the last one left to fetch the next with."""
        return await self.slack.call(
            "oauth.v2.access",
            lane=Lane.LOOKUP,
            client_id=self._id,
            client_secret=self.held.of("slack_client_secret")(),
            code=code,
            redirect_uri=redirect_uri,
            grant_type="refresh_token" if refresh_token else None,
            refresh_token=refresh_token,
        )

    async def _revoke(self, token: str) -> None:
        try:
            await self.slack.of(token, Pace(None)).call("auth.revoke", lane=Lane.LOOKUP)
        except TROUBLES as trouble:
            log.warning("a token could not be revoked", extra={"why": trouble.detail})

    @property
    def _id(self) -> str:
        return self.held.of("slack_client_id")()


def _why(trouble: Exception) -> str:
    """For the log: Slack's code, or what kind of trouble it is."""
    return str(getattr(trouble, "code", type(trouble).__name__))[:80]


def _is_due(grant: Grant) -> bool:
    if not (grant.refresh_token and grant.expires_at):
        return False
    return time.time() >= grant.issued_at + DUE_AT * (grant.expires_at - grant.issued_at)


def _grant(answer: Mapping[str, Any]) -> Grant:
    """Raises ValueError for what is no installation of a bot."""
    if answer.get("token_type") != "bot":
        raise ValueError("no token of a bot")
    team, person = answer.get("team"), answer.get("authed_user")
    named = team if isinstance(team, Mapping) else {}
    installer = str(person.get("id", ""))[:40] if isinstance(person, Mapping) else ""
    name = str(named.get("name") or "")[:200]
    return replace(_token(answer), installer=installer, name=name, installed_at=time.time())


def _token(answer: Mapping[str, Any]) -> Grant:
    """The token in Slack's answer, and its end where it has one. Raises ValueError."""
    token, refresh, seconds = answer.get("access_token"), answer.get("refresh_token"), answer.get("expires_in")
    if not isinstance(token, str) or not token.startswith("xox") or not token.isascii() or len(token) > 1000:
        raise ValueError("no token")
    now = time.time()
    if isinstance(refresh, str) and refresh and isinstance(seconds, int) and seconds > 0:
        return Grant("", token, refresh, now + seconds, now)
    return Grant("", token, issued_at=now)
