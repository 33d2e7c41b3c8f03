"""Who the token makes us, asked before anything else: Bolt itself checks the token only when the first event comes in,
and then acknowledges an event that it could not authorize (and loses it)."""

from bot.errors import SettingsError, StartError, Unavailable
from bot.slack.api.client import Answer, Json, Lane, SlackClient
from bot.slack.api.errors import Closed, Refused, Unheard, Unreachable
from bot.slack.inbound.events import Me
from bot.slack.manifest import SCOPES


async def identify(client: SlackClient) -> tuple[Me, list[str]]:
    """Who the token makes us, and warnings. Raises SettingsError for a refused token, StartError without Slack."""
    try:
        answer = await client.call("auth.test", lane=Lane.LOOKUP)
    except (Refused, Closed, Unavailable) as trouble:
        raise _at_the_start(client, trouble, "SLACK_BOT_TOKEN", "the Bot User OAuth Token (xoxb-…)") from trouble
    me = Me(answer["team_id"], answer["user_id"], answer.get("bot_id", ""), answer.get("user", ""))
    granted = _granted(answer)
    missing = sorted(SCOPES.keys() - granted) if granted is not None else []
    if not missing:
        return me, []
    return me, [f"SLACK_BOT_TOKEN lacks scopes: {', '.join(missing)}; add them to the Slack app and reinstall it"]


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
