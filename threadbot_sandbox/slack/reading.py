"""conversations.*, users.*, usergroups.*, team.*, bots.*: what the bot may read of the workspace."""

import base64
import binascii
from collections.abc import Sequence
from typing import Any

from threadbot_sandbox.slack.channel import Channel
from threadbot_sandbox.slack.chat import reachable
from threadbot_sandbox.slack.errors import ApiError
from threadbot_sandbox.slack.limits import TIER_2, TIER_3, TIER_4, UNPUBLISHED
from threadbot_sandbox.slack.method import Args, Json, Method, demand
from threadbot_sandbox.slack.seed import APP, BOT, BOT_USER, CREATED, User
from threadbot_sandbox.slack.workspace import Workspace

SCOPE_OF = {"channel": "channels", "private": "groups", "im": "im", "mpim": "mpim"}
TYPE_OF = {"channel": "public_channel", "private": "private_channel", "im": "im", "mpim": "mpim"}


def history(workspace: Workspace, args: Args) -> Json:
    """Newest first; replies are left out unless they were sent to the channel too."""
    channel = _readable(workspace, args, "history")
    shown = [channel.messages[ts] for ts in reversed(channel.top) if _within(ts, args)]
    return _page_of_messages(shown, args, default=100, most=workspace.page_cap or 999)


def replies(workspace: Workspace, args: Args) -> Json:
    """The root, then its replies, oldest first; for a message without replies, that message."""
    channel = _readable(workspace, args, "history")
    ts = args.need("ts")
    if ts not in channel.messages:
        raise ApiError("thread_not_found")
    shown = [message for message in channel.thread(ts) if message["ts"] == ts or _within(message["ts"], args)]
    return _page_of_messages(shown, args, default=1000, most=workspace.page_cap or 1000)


def info(workspace: Workspace, args: Args) -> Json:
    channel = _readable(workspace, args, "read", member=False)
    described = describe(workspace, channel)
    if args.flag("include_num_members"):
        described["num_members"] = len(channel.members)
    return {"channel": described}


def members(workspace: Workspace, args: Args) -> Json:
    channel = _readable(workspace, args, "read", member=False)
    page, cursor = paged(channel.members, args, default=100, most=1000)
    return {"members": page} | cursor


def list_conversations(workspace: Workspace, args: Args) -> Json:
    types = {each.strip() for each in (args.text("types") or "public_channel").split(",")}
    if not types <= set(TYPE_OF.values()):
        raise ApiError("invalid_types")
    shown = []
    for channel in workspace.channels.values():
        if TYPE_OF[channel.kind] not in types:
            continue
        demand(workspace, f"{SCOPE_OF[channel.kind]}:read")
        if channel.kind == "channel" or BOT_USER in channel.members:
            shown.append(describe(workspace, channel) | {"num_members": len(channel.members)})
    page, cursor = paged(shown, args, default=100, most=1000)
    return {"channels": page} | cursor


def open_conversation(workspace: Workspace, args: Args) -> Json:
    users = {each for each in (args.text("users") or "").split(",") if each}
    if not users and (given := args.text("channel")):
        channel = reachable(workspace, given)
    elif not users:
        raise ApiError("users_list_not_supplied")
    elif not users <= set(workspace.users):
        raise ApiError("user_not_found")
    elif len(users) == 1:
        demand(workspace, "im:write")
        channel = workspace.dm_with(users.pop())
    else:
        demand(workspace, "mpim:write")
        channel = workspace.group_of(users)
    return {"channel": describe(workspace, channel) if args.flag("return_im") else {"id": channel.id}}


def describe(workspace: Workspace, channel: Channel) -> Json:
    """A conversation as conversations.info gives it."""
    shared = workspace.is_shared(channel)
    described: Json = {
        "id": channel.id,
        "created": CREATED,
        "is_archived": channel.archived,
        "is_im": channel.kind == "im",
        "is_mpim": channel.kind == "mpim",
        "is_private": channel.kind != "channel",
        "is_org_shared": False,
        "is_ext_shared": shared,
        "context_team_id": workspace.home.team,
    }
    if channel.kind == "im":
        person = next((user for user in channel.members if user != BOT_USER), BOT_USER)
        return described | {"user": person, "is_user_deleted": False, "is_open": True}
    return described | {
        "name": channel.name,
        "name_normalized": channel.name,
        "creator": channel.members[0],
        "is_channel": channel.kind == "channel",
        "is_group": channel.kind == "private",
        "is_general": channel.name == "general",
        "is_member": BOT_USER in channel.members,
        "is_shared": shared,
        "topic": {"value": "", "creator": "", "last_set": 0},
        "purpose": {"value": "", "creator": "", "last_set": 0},
    }


def user_info(workspace: Workspace, args: Args) -> Json:
    user = workspace.users.get(args.need("user"))
    if user is None:
        raise ApiError("user_not_found")
    return {"user": profile(workspace, user)}


def list_users(workspace: Workspace, args: Args) -> Json:
    ours = [profile(workspace, user) for user in workspace.users.values() if not workspace.is_stranger(user)]
    page, cursor = paged(ours, args, default=1000, most=1000)
    return {"members": page, "cache_ts": int(workspace.clock())} | cursor


def profile(workspace: Workspace, user: User) -> Json:
    """A user as users.info gives it; e-mail addresses need a scope that the bot does not ask for.

    Of someone from another workspace it does not say what they may do there.
    """
    known: Json = {
        "id": user.id,
        "team_id": user.team,
        "name": user.name,
        "real_name": user.real_name,
        "deleted": user.deleted,
        "color": user.color,
        "tz": "Europe/London",
        "tz_offset": 0,
        "profile": {
            "real_name": user.real_name,
            "real_name_normalized": user.real_name,
            "display_name": user.name if user.is_bot else user.real_name,
            "display_name_normalized": user.name if user.is_bot else user.real_name,
            "team": user.team,
        }
        | ({"bot_id": user.bot_id, "api_app_id": user.app_id} if user.is_bot else {}),
        "is_bot": user.is_bot,
        "is_app_user": False,
        "updated": CREATED,
    }
    if workspace.is_stranger(user):
        return known | {"is_stranger": True}
    if workspace.home.enterprise is not None:
        known["enterprise_user"] = {
            "id": user.id,
            "enterprise_id": workspace.home.enterprise,
            "enterprise_name": workspace.home.name,
            "is_admin": user.is_owner,
            "is_owner": user.is_owner,
            "teams": [user.team],
        }
    return known | {
        "is_admin": user.is_admin or user.is_owner,
        "is_owner": user.is_owner,
        "is_primary_owner": user.is_owner,
        "is_restricted": user.is_restricted or user.is_ultra_restricted,
        "is_ultra_restricted": user.is_ultra_restricted,
    }


def bot_info(workspace: Workspace, args: Args) -> Json:
    bot, team = args.text("bot") or BOT, _one_team(workspace, args)
    for user in workspace.users.values():
        if user.bot_id == bot and team == workspace.home.team:
            known = {"id": bot, "app_id": user.app_id, "user_id": user.id, "name": user.real_name}
            return {"bot": known | {"deleted": False, "updated": CREATED, "icons": {}}}
    raise ApiError("bot_not_found")


def team_info(workspace: Workspace, args: Args) -> Json:
    home = workspace.home
    return {"team": {"id": home.team, "name": home.name, "domain": home.domain, "email_domain": "", "icon": {}}}


def list_groups(workspace: Workspace, args: Args) -> Json:
    team = _one_team(workspace, args)
    listed: list[Json] = []
    if team != workspace.home.team:
        return {"usergroups": listed}
    for group in workspace.groups.values():
        known: Json = {"id": group.id, "team_id": team, "handle": group.handle, "name": group.name}
        known |= {
            "is_usergroup": True,
            "user_count": len(group.users),
            "date_create": CREATED,
            "date_delete": 0,
        }
        listed.append(known | ({"users": list(group.users)} if args.flag("include_users") else {}))
    return {"usergroups": listed}


def group_users(workspace: Workspace, args: Args) -> Json:
    if _one_team(workspace, args) != workspace.home.team:
        raise ApiError("no_such_subteam")
    return {"users": list(workspace.group_members(args.need("usergroup")))}


def list_teams(workspace: Workspace, args: Args) -> Json:
    """Those that a token is good for."""
    home = workspace.home
    page, cursor = paged([{"id": team, "name": home.name} for team in home.teams], args, default=100, most=1000)
    return {"teams": page} | cursor


def _one_team(workspace: Workspace, args: Args) -> str:
    """The team that a method is about: with the token of an org-wide install it has to be said."""
    if not workspace.home.org_wide:
        return workspace.home.team
    team = args.text("team_id")
    if team is None:
        raise ApiError("missing_argument")
    if team not in workspace.home.teams:
        raise ApiError("team_not_found")
    return team


def api_test(workspace: Workspace, args: Args) -> Json:
    if error := args.text("error"):
        raise ApiError(error, args=dict(args))
    return {"args": {key: value for key, value in args.items() if key != "token"}}


def auth_test(workspace: Workspace, args: Args) -> Json:
    home = workspace.home
    return {
        "url": f"https://{home.domain}.slack.com/",
        "team": home.name,
        "user": workspace.users[BOT_USER].name,
        "team_id": home.enterprise if home.org_wide else home.team,
        "user_id": BOT_USER,
        "bot_id": BOT,
        "app_id": APP,
        "is_enterprise_install": home.org_wide,
    } | ({"enterprise_id": home.enterprise} if home.enterprise is not None else {})


def paged(items: Sequence[Any], args: Args, *, default: int, most: int) -> tuple[list[Any], Json]:
    """One page, and the cursor of the next: it names the first item of that page."""
    size = args.number("limit", default, most)
    start = _start(items, args.text("cursor"))
    rest = items[start + size :]
    cursor = base64.b64encode(f"next:{_name(rest[0])}".encode()).decode() if rest else ""
    return list(items[start : start + size]), {"response_metadata": {"next_cursor": cursor}}


def _start(items: Sequence[Any], cursor: str | None) -> int:
    if cursor is None:
        return 0
    try:
        name = base64.b64decode(cursor, validate=True).decode().removeprefix("next:")
    except (binascii.Error, ValueError):
        raise ApiError("invalid_cursor") from None
    for n, item in enumerate(items):
        if _name(item) == name:
            return n
    raise ApiError("invalid_cursor")


def _name(item: Any) -> str:
    """A message's `ts`, a thing's `id`, or the id itself."""
    name = (item.get("ts") or item.get("id")) if isinstance(item, dict) else item
    return str(name)


def _page_of_messages(messages: list[Json], args: Args, *, default: int, most: int) -> Json:
    hidden = {"channel"} if args.flag("include_all_metadata") else {"channel", "metadata"}
    page, cursor = paged(messages, args, default=min(default, most), most=most)
    shown = [{key: value for key, value in message.items() if key not in hidden} for message in page]
    more = bool(cursor["response_metadata"]["next_cursor"])
    answer: dict[str, Any] = {"messages": shown, "has_more": more}
    return answer | (cursor if more else {})


def _within(ts: str, args: Args) -> bool:
    """Between `oldest` and `latest`; the ends count only when `inclusive`."""
    oldest, latest, inclusive = args.text("oldest"), args.text("latest"), args.flag("inclusive")
    at = _micros(ts)
    after = oldest is None or at > _micros(oldest) or (inclusive and at == _micros(oldest))
    before = latest is None or at < _micros(latest) or (inclusive and at == _micros(latest))
    return after and before


def _micros(ts: str) -> int:
    """A `ts` as a whole number; a float would lose digits."""
    seconds, _, micros = ts.partition(".")
    try:
        return int(seconds) * 1_000_000 + int(micros.ljust(6, "0")[:6] or 0)
    except ValueError:
        raise ApiError("invalid_ts_latest") from None


def _readable(workspace: Workspace, args: Args, right: str, *, member: bool = True) -> Channel:
    given = args.need("channel")
    channel = workspace.channels.get(given)
    if channel is None:
        raise ApiError("channel_not_found")
    demand(workspace, f"{SCOPE_OF[channel.kind]}:{right}")
    return reachable(workspace, given, member=member)


METHODS = {
    "api.test": Method(api_test, None, TIER_4, token="any"),
    "auth.test": Method(auth_test, None, UNPUBLISHED),
    "auth.teams.list": Method(list_teams),
    "bots.info": Method(bot_info, "users:read", TIER_3),
    "conversations.history": Method(history),
    "conversations.info": Method(info),
    "conversations.list": Method(list_conversations, None, TIER_2),
    "conversations.members": Method(members, None, TIER_4),
    "conversations.open": Method(open_conversation),
    "conversations.replies": Method(replies),
    "team.info": Method(team_info, "team:read"),
    "usergroups.list": Method(list_groups, "usergroups:read", TIER_2),
    "usergroups.users.list": Method(group_users, "usergroups:read", TIER_2),
    "users.info": Method(user_info, "users:read", TIER_4),
    "users.list": Method(list_users, "users:read", TIER_2),
}
