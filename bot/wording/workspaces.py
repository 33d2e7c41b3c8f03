"""What comes of commands to a whole workspace, as sentences."""

from typing import cast

from bot.commands.result import Result
from bot.wording.text import Markdown, fill
from bot.wording.words import Words


def said(result: Result, words: Words) -> Markdown:
    values = result.values
    match result.code:
        case "server.not-proved":
            why = str(values["why"])
            code = why if why.startswith("server.") else f"server.why.{why}"
            return words.say(result.code, why=words.label(code if code in words.sentences else "server.why.other"))
        case "server.set":
            models = [fill("`{name}`", {"name": name}) for name in cast("tuple[str, ...]", values["models"])]
            return words.say(result.code, host=values["host"], models=words.all_of(models))
        case "time-zone.unknown" if values["near"]:
            return words.say("time-zone.unknown.near", **values)
    return words.say(result.code, **values)
