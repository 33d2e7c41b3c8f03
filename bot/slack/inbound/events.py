"""What an event of Slack's means to us.

Payloads are untyped and go no further than this file (Slack docs: events/message, events/app_mention).
"""

from dataclasses import dataclass
from typing import Any

from bot.conversation.ids import ThreadKey
from bot.conversation.messages import File, Message, Quote, Standing
from bot.installations import Installation
from bot.slack import mrkdwn, threads
from bot.slack.inbound import blocks

SPOKEN = frozenset({None, "file_share", "thread_broadcast", "me_message", "bot_message"})
MAX_QUOTES = 20  # of one message
THUMBS = ("thumb_1024", "thumb_960", "thumb_800", "thumb_720")
THUMB_SIDE = 1024  # pixels of the largest reduced picture that Slack makes
SHOWN_AS_IS = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})
"""What models take. Of other pictures (HEIC, TIFF) they see the reduced one, which Slack makes as PNG or JPEG."""


@dataclass(frozen=True, slots=True)
class Said:
    """`addressed`: said to the bot. Otherwise it was said in a thread where the bot may be taking part.

    `by_bot`: another bot has said it; whether it may address us is for others to say.
    """

    thread: ThreadKey
    message: Message
    addressed: bool
    by_bot: bool = False


@dataclass(frozen=True, slots=True)
class Changed:
    thread: ThreadKey
    message: Message


@dataclass(frozen=True, slots=True)
class Deleted:
    thread: ThreadKey
    ts: str


def read(event: dict[str, Any], me: Installation) -> Said | Changed | Deleted | None:
    """None for what does not concern us: our own words, housekeeping, chatter outside of threads.

    Raises KeyError or TypeError for an event that has not the documented shape.
    """
    subtype = event.get("subtype")
    if subtype == "message_changed":
        return _changed(event, me)
    if subtype == "message_deleted":
        before = event.get("previous_message") or {}
        root = before.get("thread_ts") or event["deleted_ts"]
        return Deleted(threads.thread(me.workspace, event["channel"], root), event["deleted_ts"])
    if subtype not in SPOKEN or is_own(event, me):
        return None
    thread, by_bot, words = _thread(event, event["channel"], me), _by_bot(event), _words(event)
    mentioned = event["type"] == "app_mention" or mrkdwn.speaks_of(words, me.bot_user)
    addressed = mentioned or (thread.direct and not by_bot)
    if not addressed and "thread_ts" not in event:
        return None
    return Said(thread, _message(event, words, me), addressed, by_bot)


def overheard(message: dict[str, Any], channel: str, me: Installation) -> Message | None:
    """A message as Slack's thread holds it (conversations.replies); None for our own and for housekeeping."""
    if message.get("subtype") not in SPOKEN or is_own(message, me):
        return None
    return _message(message, _words(message), me)


def to_us(message: dict[str, Any], thread: ThreadKey, me: Installation) -> bool:
    """Whether a person has said this to the bot."""
    return not _by_bot(message) and (thread.direct or mrkdwn.speaks_of(_words(message), me.bot_user))


def _changed(event: dict[str, Any], me: Installation) -> Changed | Deleted | None:
    now, before = event["message"], event.get("previous_message") or {}
    if is_own(now, me):
        return None
    if now.get("subtype") == "tombstone":  # a deleted message that has replies stays as a stub
        return Deleted(_thread(now, event["channel"], me), now["ts"])
    words = _words(now)
    if (words, _quotes(now)) == (_words(before), _quotes(before)) and now.get("files") == before.get("files"):
        return None  # a link to elsewhere was unfurled, or replies were counted
    return Changed(_thread(now, event["channel"], me), _message(now, words, me))


def _message(event: dict[str, Any], words: str, me: Installation) -> Message:
    return Message(
        ts=event["ts"],
        author=event.get("user") or event.get("bot_id") or "",
        text=decoded(_whole(words), me),
        files=_files(event),
        name=_whole(_name(event)),
        author_is=_author_is(event, me),
        quotes=_quotes(event),
    )


def decoded(words: str, me: Installation) -> str:
    """What somebody said, as our text; without the mention of the bot that only says who is meant."""
    return mrkdwn.unaddressed(mrkdwn.decode(words), me.bot_user)


def _thread(message: dict[str, Any], channel: str, me: Installation) -> ThreadKey:
    return threads.thread(me.workspace, channel, message.get("thread_ts") or message["ts"])


def _words(event: dict[str, Any]) -> str:
    """What people see of it, as Slack encodes it. The `text` of an app's message may be no more than the notification
    beside its blocks, and what is attached to it is part of it. A person's may be missing, and has no word of a table
    that was pasted."""
    text, inside = event.get("text") or "", event.get("blocks") or ()
    spoken = map(_spoken, event.get("files") or ())
    if _by_bot(event):
        shown = blocks.shown(inside) or text
        parts = [shown, *spoken, blocks.attached(event.get("attachments") or ())]
    else:
        parts = [text, blocks.besides(inside), *spoken] if text else [blocks.shown(inside), *spoken]
    return "\n\n".join(filter(None, parts))


def _quotes(event: dict[str, Any]) -> tuple[Quote, ...]:
    """Messages that a person has forwarded with theirs, or linked there; the preview of another link is none."""
    quotes = (Quote(_quoted(each), _id(each.get("author_id")), _file_ids(each)) for each in _shares(event))
    return tuple(quote for quote in quotes if not quote.unread)


def _quoted(attachment: dict[str, Any]) -> str:
    """Its words; whose they are, its author's id says."""
    return mrkdwn.decode(_whole(blocks.attached([{**attachment, "author_name": None}]))).strip()


def _file_ids(attachment: dict[str, Any]) -> tuple[str, ...]:
    return tuple(as_file(file).id for file in attachment.get("files") or ())


def _id(value: object) -> str:
    return value if isinstance(value, str) and value.isalnum() and value.isascii() else ""


def _shares(event: dict[str, Any]) -> list[dict[str, Any]]:
    """What a person has forwarded, or linked."""
    attached = [] if _by_bot(event) else event.get("attachments") or ()
    shares = [each for each in attached if isinstance(each, dict) and _is_share(each)]
    return shares[:MAX_QUOTES]


def _is_share(attachment: dict[str, Any]) -> bool:
    return bool(attachment.get("is_share") or attachment.get("is_msg_unfurl"))


def _spoken(file: Any) -> str:
    """What was said in a voice or video clip, as far as Slack has written it down."""
    written = file.get("transcription") if isinstance(file, dict) else None
    preview = written.get("preview") if isinstance(written, dict) and written.get("status") == "complete" else None
    return mrkdwn.escaped(str(preview.get("content") or "")) if isinstance(preview, dict) else ""


def _files(event: dict[str, Any]) -> tuple[File, ...]:
    """Those of the message, and of what is forwarded in it; each once."""
    given = [*(event.get("files") or ()), *(file for each in _shares(event) for file in each.get("files") or ())]
    return tuple({file.id: file for file in map(as_file, given)}.values())


def _name(event: dict[str, Any]) -> str:
    """The author's name, if the message itself tells it: of apps, and of people from other workspaces."""
    profile, bot = event.get("user_profile") or {}, event.get("bot_profile") or {}
    return event.get("username") or bot.get("name") or profile.get("display_name") or profile.get("real_name") or ""


def _author_is(event: dict[str, Any], me: Installation) -> Standing | None:
    """What the message itself tells; None where it does not. Whether somebody is restricted stands in the profile that
    comes with messages of shared channels.

    In an organisation the id of another team says nothing: the person may be of ours as well.
    """
    profile, ours = event.get("user_profile") or {}, me.team or me.workspace
    teams = {event.get("user_team"), event.get("source_team"), event.get("team"), profile.get("team")} - {None, ""}
    if teams - {ours} and not me.enterprise:
        return "outsider"
    if _by_bot(event):
        return "bot"
    restricted = [profile.get("is_restricted"), profile.get("is_ultra_restricted")]
    if True in restricted:
        return "guest"
    return "member" if restricted == [False, False] and profile.get("team") == ours else None


def _whole(text: str) -> str:
    """Without halves of UTF-16 pairs, which JSON can carry and no other encoding can."""
    return text.encode(errors="replace").decode()


def as_file(file: dict[str, Any]) -> File:
    """A file object of Slack's (docs: reference/objects/file-object). A stub from another workspace has no URL."""
    return File(
        id=file["id"],
        name=_whole(file.get("name") or file.get("title") or "unnamed file"),
        mimetype=file.get("mimetype") or "",
        size=file.get("size") or 0,
        url=file.get("url_private_download") or file.get("url_private") or "",
        thumb=_thumb(file),
        mode=file.get("mode") or "",
    )


def _thumb(file: dict[str, Any]) -> str:
    """The smaller picture that Slack has made, unless it is known that the original is no larger."""
    mimetype = file.get("mimetype") or ""
    longest = max(file.get("original_w") or 0, file.get("original_h") or 0)
    if not mimetype.startswith("image/") or (mimetype in SHOWN_AS_IS and 0 < longest <= THUMB_SIDE):
        return ""
    return next((file[size] for size in THUMBS if file.get(size)), "")


def is_own(event: dict[str, Any], me: Installation) -> bool:
    return event.get("user") == me.bot_user or event.get("bot_id") == me.bot_id


def _by_bot(event: dict[str, Any]) -> bool:
    return bool(event.get("bot_id")) or event.get("subtype") == "bot_message" or event.get("user") == "USLACKBOT"
