"""Who the token makes us, asked before anything else: Bolt itself checks the token only when the first event comes in,
and then acknowledges an event that it could not authorize (and loses it)."""

import logging
from email.utils import parsedate_to_datetime

from bot.errors import SettingsError, StartError, Unavailable
from bot.installations import Installation
from bot.slack.api.client import Answer, Json, Lane, SlackClient
from bot.slack.api.errors import Closed, Refused, Unheard, Unreachable
from bot.slack.manifest import OPTIONAL, SCOPES

log = logging.getLogger(__name__)


async def identify(client: SlackClient) -> tuple[Installation, list[str]]:
    """Who the token makes us, and warnings. Raises SettingsError for a refused token, StartError without Slack."""
    try:
        answer = await client.call("auth.test", lane=Lane.LOOKUP)
    except (Refused, Closed, Unavailable) as trouble:
        raise _at_the_start(client, trouble, "SLACK_BOT_TOKEN", "the Bot User OAuth Token (xoxb-…)") from trouble
    granted = _granted(answer)
    me = _installation(answer, await _app_of(client, answer), tuple(sorted(granted or ())))
    missing = sorted(SCOPES.keys() - OPTIONAL - granted) if granted is not None else []
    if not missing:
        return me, []
    return me, [f"SLACK_BOT_TOKEN lacks scopes: {', '.join(missing)}; add them to the Slack app and reinstall it"]


async def clock(client: SlackClient) -> float | None:
    """What time it is at Slack, in seconds; None where it does not tell."""
    try:
        answer = await client.call("auth.test", lane=Lane.LOOKUP)
    except (Refused, Closed, Unavailable):
        return None
    told = answer.headers.get("date") if isinstance(answer, Answer) else None
    try:
        return parsedate_to_datetime(told or "").timestamp()
    except ValueError:
        return None


async def socket_url(client: SlackClient, app_token: str) -> str:
    """Where to connect in Socket Mode. Raises as `identify` does."""
    try:
        answer = await client.call("apps.connections.open", lane=Lane.LOOKUP, app_token=app_token)
    except (Refused, Closed, Unavailable) as trouble:
        wanted = "an app-level token (xapp-…) with the scope connections:write"
        raise _at_the_start(client, trouble, "SLACK_APP_TOKEN", wanted) from trouble
    return str(answer["url"])


def _granted(answer: Json) -> set[str] | None:
    """The scopes of the token; None where Slack does not say."""
    header = answer.headers.get("x-oauth-scopes") if isinstance(answer, Answer) else None
    return None if header is None else {scope.strip() for scope in header.split(",")}


def _installation(answer: Json, app: str, scopes: tuple[str, ...]) -> Installation:
    """Where a whole organisation has installed the app, the enterprise's id may stand in place of a team's."""
    team, enterprise = str(answer.get("team_id") or ""), str(answer.get("enterprise_id") or "")
    org_wide = bool(answer.get("is_enterprise_install")) or team.startswith("E")
    if org_wide:
        team, enterprise = "", enterprise or team
    return Installation(
        workspace=enterprise if org_wide else team,
        bot_user=str(answer["user_id"]),
        bot_id=str(answer.get("bot_id") or ""),
        name=str(answer.get("user") or ""),
        app_id=app,
        team=team,
        enterprise=enterprise,
        org_wide=org_wide,
        scopes=scopes,
    )


async def _app_of(client: SlackClient, answer: Json) -> str:
    """The id of the app whose token this is; empty where Slack does not tell."""
    if answer.get("app_id") or not answer.get("bot_id"):
        return str(answer.get("app_id") or "")
    try:
        about = await client.call("bots.info", lane=Lane.LOOKUP, bot=answer["bot_id"])
        return str(about["bot"]["app_id"])
    except (Refused, Closed, Unavailable) as trouble:
        log.info("Slack does not tell which app this is", extra={"why": trouble.detail})
    except (KeyError, TypeError) as error:
        log.info("Slack does not tell which app this is", extra={"why": type(error).__name__})
    return ""


def _at_the_start(
    client: SlackClient, trouble: Refused | Closed | Unavailable, variable: str, wanted: str
) -> SettingsError | StartError:
    """One line on what to put right: `variable`, which is to hold what is `wanted`, or the address."""
    match trouble:
        case Refused() | Closed():
            return SettingsError(f"{variable}: Slack refuses it ({trouble.code}); write {wanted} of your Slack app")
        case Unreachable() | Unheard():
            why = f"no Slack at {client.base_url} ({trouble.detail}); check the network and the address"
        case _:
            why = f"{client.base_url} does not answer as Slack does; try later"
    return StartError(f"SLACK_API_URL: {why}")
