"""files.*: what is uploaded, and fetched with the bot's token."""

import struct
from typing import Any

from threadbot_sandbox.slack.chat import authored, threaded, writable
from threadbot_sandbox.slack.errors import ApiError
from threadbot_sandbox.slack.limits import TIER_4
from threadbot_sandbox.slack.method import Args, Json, Method
from threadbot_sandbox.slack.seed import BOT_USER
from threadbot_sandbox.slack.workspace import File, Workspace, new_id

LARGEST = 1_000_000_000
CHANNELS = 100
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
THUMBS = (64, 80, 160, 360, 480, 720, 800, 960, 1024)
ALWAYS = 360
"""Thumbs up to this size every picture has; the larger ones only where they are smaller than the picture."""
LOGIN_PAGE = b"<!DOCTYPE html><html><head><title>Sign in | Slack</title></head><body>Sign in</body></html>"
"""What a wrong token gets instead of the file, with status 200."""


def new_file(workspace: Workspace, name: str, user: str, mimetype: str | None, content: bytes, **facts: Any) -> File:
    """A file of this person's, not yet shown anywhere. `facts` replace what is said of it."""
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
        "user_team": workspace.home.team,
        "mode": "hosted",
        "is_external": False,
        "is_public": False,
        "size": len(content),
        "file_access": "visible",
    }
    file = File(info | facts, content)
    workspace.files[info["id"]] = file
    _measure(file)
    place(workspace, file)
    return file


def place(workspace: Workspace, file: File) -> None:
    """Give the file its addresses. They change when the sandbox starts on another port."""
    info = file.info
    if info["is_external"]:
        return
    path = f"{workspace.home.team}-{info['id']}"
    info["url_private"] = f"{workspace.url}/files-pri/{path}/{info['name']}"
    info["url_private_download"] = f"{workspace.url}/files-pri/{path}/download/{info['name']}"
    info["permalink"] = f"https://{workspace.home.domain}.slack.com/files/{info['user']}/{info['id']}/{info['name']}"
    for size in THUMBS:
        if f"thumb_{size}_w" in info:
            info[f"thumb_{size}"] = f"{workspace.url}/files-tmb/{path}/{size}/{info['name']}"


def as_shared(file: File) -> Json:
    """What a message tells of its file; of some it tells only that they exist."""
    info = file.info
    if info["file_access"] == "check_file_info":
        bare = {"id": info["id"], "created": 0, "timestamp": 0, "user": ""}
        return bare | {"mode": "file_access", "file_access": "check_file_info"}
    if info["mode"] in ("tombstone", "hidden_by_limit"):
        return {"id": info["id"], "mode": info["mode"]}
    return info


def _measure(file: File) -> None:
    """A picture's size, and which thumbs there are of it."""
    if file.info["mimetype"] not in IMAGES:
        return
    width, height = _size(file.content) or (0, 0)
    file.info |= {"original_w": width, "original_h": height} if width else {}
    longest = max(width, height, 1)
    for size in THUMBS:
        if size <= ALWAYS or size < longest:
            share = min(1.0, size / longest)
            file.info |= {f"thumb_{size}_w": round(width * share), f"thumb_{size}_h": round(height * share)}


def _size(content: bytes) -> tuple[int, int] | None:
    """Width and height, as far as a short look at the beginning tells: of PNG and GIF."""
    if content.startswith(b"\x89PNG\r\n\x1a\n") and len(content) >= 24:
        width, height = struct.unpack(">II", content[16:24])
        return width, height
    if content.startswith((b"GIF87a", b"GIF89a")) and len(content) >= 10:
        width, height = struct.unpack("<HH", content[6:10])
        return width, height
    return None


def info(workspace: Workspace, args: Args) -> Json:
    file = workspace.files.get(args.need("file"))
    if file is None:
        raise ApiError("file_not_found")
    if file.info["mode"] == "tombstone":
        raise ApiError("file_deleted")
    known = file.info | {"file_access": "visible"}
    return {"file": known, "comments": [], "response_metadata": {"next_cursor": ""}}


def upload_url(workspace: Workspace, args: Args) -> Json:
    name, length = args.need("filename"), args.number("length", 0, LARGEST)
    alt = {"alt_txt": alt} if (alt := args.text("alt_txt")) else {}
    file = new_file(workspace, name, BOT_USER, None, b"", size=length, **alt)
    return {"upload_url": f"{workspace.url}/upload/v1/{file.info['id']}", "file_id": file.info["id"]}


def take(workspace: Workspace, file: File, content: bytes) -> None:
    """The bytes of an upload that was announced."""
    file.content = content
    file.info["size"] = len(content)
    _measure(file)
    place(workspace, file)


def complete_upload(workspace: Workspace, args: Args) -> Json:
    """The files appear in the channel as one message."""
    given = args.value("files")
    if not isinstance(given, list) or not given:
        raise ApiError.invalid("invalid_arguments", "missing required field: files")
    channels = [name for name in (args.text("channel_id") or args.text("channels") or "").split(",") if name]
    if len(channels) > CHANNELS:
        raise ApiError.invalid("invalid_arguments", f"no more than {CHANNELS} channels")
    places = [writable(workspace, name) for name in channels]
    files = [_uploaded(workspace, each) for each in given]
    for channel in places:
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
