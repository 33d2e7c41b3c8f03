"""The body of a request, and how it changes with what a model turns out not to take."""

import base64
import re
from collections.abc import Mapping, Sequence
from typing import Any

from bot.conversation.prompt import Ask, Said
from bot.llm.learned import ALTERNATE, NO_STREAM, NO_SYSTEM, PARAMETER
from bot.llm.refusals import Refusal

_NAMED = frozenset({0, 400, 422})  # statuses of a request with something wrong in it; 0 is an error in a stream
_SHAPED = _NAMED | {403, 404, 405, 415, 500, 501}
"""Those that refuse a form of conversation or answer; llama.cpp answers 500 where a template does."""
_UNSUPPORTED = re.compile(
    r"unsupported|support|unrecogni[sz]ed|unknown|unexpected|not (?:permitted|allowed|available|enabled)|extra|verif"
)
_QUOTED = re.compile(r"['\"`]([a-z_]+)['\"`]")
_PARAMETER = re.compile(r"(?<![a-z])[a-z]+_[a-z_]+|temperature|seed")
_SYSTEM = re.compile(
    r"(?:system|developer)['\"`]?(?: role| message| prompt| instruction)?s?(?: is| are| in \w{1,20})? "
    r"(?:not|un)[ -]?(?:be )?(?:support|allow|permit|accept|enabl|valid)"
    r"|(?:support|allow|accept)s? (?:no|neither) system"
    r"|(?:invalid|unknown|unexpected|unsupported) role[^a-z]{1,3}['\"`]?(?:system|developer)|role system"
    r"|only ['\"`]?user['\"`]?(?:,| and) ['\"`]?(?:assistant|model)['\"`]?(?: and \w{1,12})? roles"
)
_ALTERNATE = re.compile(
    r"\balternat(?:e|ing)\b|consecutive (?:\w{1,9} )?(?:messages|roles)|same role|(?:first|last) message must"
)
_STREAM = re.compile(r"\bstream(?:ing|s)?\b")
_OTHER_NAME = {"max_completion_tokens": "max_tokens", "max_tokens": "max_completion_tokens"}
_NEVER_DROPPED = frozenset({"model", "messages", "stream"})


def body(ask: Ask, known: Mapping[str, str], *, streaming: bool, limit: str) -> dict[str, Any]:
    """What is sent. `known` are facts about the model; `limit` is the server's name for `max_tokens`."""
    params = {limit if name == "max_tokens" else name: value for name, value in ask.params.items()}
    sent: dict[str, Any] = {"model": ask.model, "messages": list(map(_message, conversation(ask.messages, known)))}
    sent |= params
    if streaming and NO_STREAM not in known:
        sent |= {"stream": True, "stream_options": {"include_usage": True}}
    if ask.user:
        sent["user"] = ask.user
    for fact, other in known.items():
        if fact.startswith(PARAMETER) and (name := fact.removeprefix(PARAMETER)) in sent:
            value = sent.pop(name)
            if other and PARAMETER + other not in known:
                sent[other] = value
    return sent


def conversation(messages: Sequence[Said], known: Mapping[str, str]) -> Sequence[Said]:
    """The messages in the form that the model takes."""
    if NO_SYSTEM in known:
        first = [Said("user", said.text) if said.role == "system" else said for said in messages[:2]]
        messages = [*_joined(first), *messages[2:]]
    return _joined(messages) if ALTERNATE in known else messages


def _joined(messages: Sequence[Said]) -> list[Said]:
    """Neighbours of one role are one message."""
    joined: list[Said] = []
    for said in messages:
        if joined and joined[-1].role == said.role:
            before = joined.pop()
            said = Said(said.role, f"{before.text}\n\n{said.text}", before.pictures + said.pictures)
        joined.append(said)
    return joined


def lesson(
    refusal: Refusal, sent: Mapping[str, Any], messages: Sequence[Said], known: Mapping[str, str]
) -> tuple[str, str] | None:
    """The fact that a refusal teaches, and its value; None when asking in another form would not help."""
    if refusal.status not in _SHAPED or refusal.meaning in ("too-long", "filtered", "no-credit"):
        return None
    roles = [said.role for said in messages]
    if NO_SYSTEM not in known and "system" in roles and _SYSTEM.search(refusal.words):
        return NO_SYSTEM, ""
    if _ALTERNATE.search(refusal.words):
        shown = conversation(messages, known)
        if len(_joined(shown)) < len(shown):
            return ALTERNATE, ""
        if NO_SYSTEM not in known and "system" in roles:
            return NO_SYSTEM, ""
    if not _UNSUPPORTED.search(refusal.words):
        return None
    if refusal.status in _NAMED and (name := _parameter(refusal, sent)):
        return PARAMETER + name, _instead(name, known)
    return (NO_STREAM, "") if sent.get("stream") and _STREAM.search(refusal.words) else None


def _parameter(refusal: Refusal, sent: Mapping[str, Any]) -> str:
    """Which of the parameters `sent` is called unsupported, or ""."""
    names = refusal.names or (*_QUOTED.findall(refusal.words), *_PARAMETER.findall(refusal.words))
    return next((name for name in names if name in sent and name not in _NEVER_DROPPED), "")


def _instead(name: str, known: Mapping[str, str]) -> str:
    """The other name of a refused parameter, unless that was refused as well."""
    other = _OTHER_NAME.get(name, "")
    return "" if PARAMETER + other in known else other


def _message(said: Said) -> dict[str, Any]:
    return {"role": said.role, "content": _content(said)}


def _content(said: Said) -> str | list[dict[str, Any]]:
    """Plain text where that will do: not every server takes a list of parts."""
    if not said.pictures:
        return said.text
    parts: list[dict[str, Any]] = [{"type": "text", "text": said.text}]
    for picture in said.pictures:
        url = f"data:{picture.mimetype};base64,{base64.b64encode(picture.data).decode()}"
        parts.append({"type": "image_url", "image_url": {"url": url}})
    return parts
