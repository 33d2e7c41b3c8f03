"""What is kept of a person, as JSON for that person: exactly what forgetting them would reach."""

import json
from dataclasses import asdict
from datetime import datetime
from typing import Any

from bot.conversation.messages import Message
from bot.ports.archive import Archive
from bot.privacy.held import Held
from bot.privacy.own import own

SCHEMA_VERSION = 1
"""Another number once what stands here means something else."""
Json = dict[str, Any]


async def export(user: str, workspace: str, archive: Archive, now: datetime) -> bytes:
    """Words, what others passed on of them, the answers to them, votes, turns, and what is kept beside threads."""
    threads = [await archive.read(thread) for thread in await archive.naming(user, await archive.threads())]
    shown = [thread for held in threads if (thread := _thread(held, user))]
    document = {
        "schema_version": SCHEMA_VERSION,
        "workspace": workspace,
        "user": user,
        "exported_at": now.isoformat(timespec="seconds"),
        "threads": shown,
        "beside_threads": await archive.about(user),
    }
    return json.dumps(document, ensure_ascii=False, indent=2).encode()


def _thread(held: Held, user: str) -> Json | None:
    """What of a thread is theirs; None where nothing is."""
    found = own(held, user)
    waiting = [name for name in held.waiting if (m := held.messages.get(name)) is not None and m.author == user]
    if not (found or waiting):
        return None
    messages = held.messages if found.whole else [*found.messages, *waiting, *found.answers]
    said = [message for name in sorted(messages) if (message := held.messages[name]) is not None]
    votes = {name: vote for name, vote in held.votes.items() if found.whole or name in found.votes}
    return {
        "thread": str(held.thread),
        "channel": held.thread.channel,
        "messages": [_message(message) for message in said if message.kind is None],
        "answers": [{"answers": message.ts, "text": message.text} for message in said if message.kind is not None],
        "passed_on": [_passed_on(held.messages[name], user) for name in found.quoting],
        "votes": [{"answer": name.partition("/")[0], **asdict(vote)} for name, vote in votes.items()],
        "turns_asked_for": list(held.turns if found.whole else found.turns),
    }


def _message(message: Message) -> Json:
    files = [{"name": file.name, "type": file.mimetype, "size": file.size} for file in message.files]
    quotes = [quote.text for quote in message.quotes]
    return {"ts": message.ts, "text": message.text, "name": message.name, "files": files, "passes_on": quotes}


def _passed_on(message: Message | None, user: str) -> Json:
    quotes = message.quotes if message is not None else ()
    ts = message.ts if message is not None else ""
    return {"in_message": ts, "texts": [quote.text for quote in quotes if quote.author == user]}
