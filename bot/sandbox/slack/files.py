"""files.*: what is uploaded, and fetched with the bot's token."""

from typing import Any

from bot.sandbox.slack.chat import authored, threaded, writable
from bot.sandbox.slack.errors import ApiError
from bot.sandbox.slack.limits import TIER_4
from bot.sandbox.slack.method import Args, Json, Method
from bot.sandbox.slack.seed import BOT_USER, TEAM, TEAM_DOMAIN
from bot.sandbox.slack.workspace import File, Workspace, new_id

LARGEST = 1_000_000_000
IMAGES = {"image/png": "png", "image/jpeg": "jpg", "image/gif": "gif", "image/webp": "webp"}
TEXTS = {"text/plain": "text", "text/markdown": "markdown", "text/csv": "csv", "application/pdf": "pdf"}
SUFFIXES = {
    "png": "image/png",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "gif": "image/gif",
    "webp": "image/webp",
}
SUFFIXES |= {"txt": "text/plain", "md": "text/markdown", "csv": "text/csv", "pdf": "application/pdf"}
LOGIN_PAGE = b"<!DOCTYPE html><html><head><title>Sign in | Slack</title></head><body>Sign in</body></html>"
"""What a wrong token gets instead of the file, with status 200."""


def new_file(workspace: Workspace, name: str, user: str, mimetype: str | None, content: bytes) -> File:
    """A file of this person's, not yet shown anywhere."""
    suffix = name.rpartition(".")[2].lower()
    mimetype = mimetype or SUFFIXES.get(suffix, "application/octet-stream")
    filetype = IMAGES.get(mimetype) or TEXTS.get(mimetype) or suffix or "binary"
    info: Json = {
        "id": new_id("F"),
        "created": int(workspace.clock()),
        "timestamp": int(workspace.clock()),
        "name": name,
        "title": name,
        "mimetype": mimetype,
        "filetype": filetype,
        "pretty_type": filetype.upper(),
        "user": user,
        "user_team": TEAM,
        "mode": "hosted",
        "is_external": False,
        "is_public": False,
        "size": len(content),
        "file_access": "visible",
    }
    file = File(info, content)
    workspace.files[info["id"]] = file
    place(workspace, file)
    return file


def place(workspace: Workspace, file: File) -> None:
    """Give the file its addresses. They change when the sandbox starts on another port."""
    info = file.info
    path = f"{TEAM}-{info['id']}"
    info["url_private"] = f"{workspace.url}/files-pri/{path}/{info['name']}"
    info["url_private_download"] = f"{workspace.url}/files-pri/{path}/download/{info['name']}"
    info["permalink"] = f"https://{TEAM_DOMAIN}.slack.com/files/{info['user']}/{info['id']}/{info['name']}"
    if info["mimetype"] in IMAGES:
        info["thumb_1024"] = info["url_private"]


def info(workspace: Workspace, args: Args) -> Json:
    file = workspace.files.get(args.need("file"))
    if file is None:
        raise ApiError("file_not_found")
    return {"file": file.info, "comments": [], "response_metadata": {"next_cursor": ""}}


def upload_url(workspace: Workspace, args: Args) -> Json:
    name, length = args.need("filename"), args.number("length", 0, LARGEST)
    file = new_file(workspace, name, BOT_USER, None, b"")
    file.info["size"] = length
    return {"upload_url": f"{workspace.url}/upload/v1/{file.info['id']}", "file_id": file.info["id"]}


def complete_upload(workspace: Workspace, args: Args) -> Json:
    """The files appear in the channel as one message."""
    given = args.value("files")
    if not isinstance(given, list) or not given:
        raise ApiError.invalid("invalid_arguments", "missing required field: files")
    files = [_uploaded(workspace, each) for each in given]
    channels = args.text("channel_id") or args.text("channels") or ""
    for name in filter(None, channels.split(",")):
        channel = writable(workspace, name)
        message = authored(workspace, args) | threaded(channel, args.text("thread_ts"))
        message |= {"subtype": "file_share", "text": args.text("initial_comment") or "", "upload": False}
        workspace.add(message | {"ts": workspace.next_ts(), "channel": channel.id, "files": [f.info for f in files]})
    return {"files": [{"id": file.info["id"], "title": file.info["title"]} for file in files]}


def _uploaded(workspace: Workspace, given: Any) -> File:
    file = workspace.files.get(given.get("id", "")) if isinstance(given, dict) else None
    if file is None or not file.content:
        raise ApiError("file_not_found")
    file.info["title"] = given.get("title") or file.info["name"]
    workspace.tell("file", file.info)
    return file


METHODS = {
    "files.info": Method(info, "files:read", TIER_4),
    "files.getUploadURLExternal": Method(upload_url, "files:write", TIER_4),
    "files.completeUploadExternal": Method(complete_upload, "files:write", TIER_4),
}
