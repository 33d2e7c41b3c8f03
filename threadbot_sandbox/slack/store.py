"""Where the workspace is kept between two starts: one SQLite file, written in the background.

What changed is only noted; twice a second the newest state of each noted thing is written, so a message that
is edited a hundred times while it streams costs a few writes.
"""

import asyncio
import json
import os
import sqlite3
from pathlib import Path
from typing import Any

from threadbot_sandbox.slack.channel import Channel
from threadbot_sandbox.slack.workspace import File, Workspace

Json = dict[str, Any]
Row = tuple[str, str, Json | None, bytes]

SCHEMA = """
create table if not exists kept (
    kind text not null, key text not null, value text not null, content blob not null,
    primary key (kind, key)
) without rowid
"""
NAME = "slack.sqlite"


class Store:
    """Kept things are named by kind and key: messages by channel and ts, all else by id."""

    def __init__(self, folder: Path, workspace: Workspace) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(folder / NAME, os.O_RDWR | os.O_CREAT, 0o600))  # SQLite's other files get the same mode
        self._db = sqlite3.connect(folder / NAME, check_same_thread=False)
        self._db.execute("pragma journal_mode = wal")
        self._db.execute("pragma synchronous = normal")
        self._db.execute(SCHEMA)
        self._workspace = workspace
        self._changed: dict[tuple[str, str], None] = {}

    def load(self) -> None:
        """Put what was kept in the place of the seed."""
        workspace = self._workspace
        for kind, key, value, content in self._db.execute("select * from kept order by kind, key"):
            found = json.loads(value)
            match kind:
                case "channel":
                    known = workspace.channels.get(key)
                    if known is None:
                        workspace.channels[key] = Channel(key, found["name"], found["kind"], found["members"])
                    else:
                        known.members = found["members"]
                case "file":
                    workspace.files[key] = File(found, content)
                case "home":
                    workspace.homes[key] = found
                case "message":
                    workspace.restore(found)

    def watch(self, kind: str, data: Json) -> None:
        match kind:
            case "message" | "deleted":
                self._changed["message", f"{data['channel']} {data['ts']}"] = None
            case "channel" | "file":
                self._changed[kind, data["id"]] = None
            case "view" if data["kind"] == "home":
                self._changed["home", data["user"]] = None

    async def flush(self) -> None:
        if self._changed:
            await asyncio.to_thread(self._write, self._taken())

    def close(self) -> None:
        self._write(self._taken())
        self._db.close()

    def _taken(self) -> list[Row]:
        """What is to be written; a value of None is a thing that is gone."""
        changed, self._changed = self._changed, {}
        return [self._row(kind, key) for kind, key in changed]

    def _row(self, kind: str, key: str) -> Row:
        workspace = self._workspace
        match kind:
            case "message":
                channel, _, ts = key.partition(" ")
                return kind, key, workspace.channels[channel].messages.get(ts), b""
            case "channel":
                return kind, key, workspace.channels[key].listed(), b""
            case "file":
                file = workspace.files[key]
                return kind, key, file.info, file.content
            case _:
                return kind, key, workspace.homes[key], b""

    def _write(self, rows: list[Row]) -> None:
        kept = [(kind, key, json.dumps(value), content) for kind, key, value, content in rows if value is not None]
        gone = [(kind, key) for kind, key, value, _ in rows if value is None]
        with self._db:
            self._db.executemany("insert or replace into kept values (?, ?, ?, ?)", kept)
            self._db.executemany("delete from kept where kind = ? and key = ?", gone)
