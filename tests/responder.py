"""How a person gives slash commands and fills in forms, and reads what only they are told."""

from typing import Any

from tests.town import Json, Town


async def command(town: Town, who: str, channel: str, text: str) -> str:
    """Give a slash command; returns what only they are told."""
    name, _, words = text.partition(" ")
    before = len(town.slack.notes(who))
    assert await town.slack.command(who, channel, name, words)
    await town.slack.wait_for(lambda: len(town.slack.notes(who)) > before, description=f"an answer to {text}")
    return shown(town.slack.notes(who)[-1]["blocks"])


def shown(blocks: list[Json]) -> str:
    """All the text of blocks."""
    return "\n".join(_texts(blocks))


def _texts(part: Any) -> list[str]:
    if isinstance(part, list):
        return [text for each in part for text in _texts(each)]
    if not isinstance(part, dict):
        return []
    own = [part["text"]] if isinstance(part.get("text"), str) else []
    return own + [text for value in part.values() if isinstance(value, dict | list) for text in _texts(value)]


async def modal(town: Town, who: str, title: str) -> Json:
    """The modal on top, once it has this title."""

    def seen() -> Json | None:
        view = town.slack.modal(who)
        return view if view and view["title"]["text"] == title else None

    found = await town.slack.wait_for(seen, description=f"a modal “{title}”")
    assert found is not None
    return found


async def open_form(town: Town, who: str, text: str, title: str) -> Json:
    name, _, words = text.partition(" ")
    assert await town.slack.command(who, "#general", name, words)
    return await modal(town, who, title)
