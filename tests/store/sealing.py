"""Keys for the tests of encryption, and a store in which every place for words is filled."""

import base64
import json
from collections.abc import Iterator
from typing import Any

from bot.conversation.history import Earlier
from bot.conversation.messages import File, Message, Quote
from bot.personas.persona import Persona
from bot.policy.preferences import WORKSPACE, Defaults
from bot.store.answers import RedisAnswers
from bot.store.api_chat import RedisChat
from bot.store.api_tails import RedisTails
from bot.store.api_threads import RedisApiThreads
from bot.store.ledger import RedisLedger
from bot.store.preferences import RedisPrefs
from bot.store.tokens import RedisTokens
from bot.turns.state import Complete, Kept, Record, Shown, Turn
from tests.store.shelf import MONTH, OTHER, THREAD, Shelf, at

FIRST, SECOND, THIRD = (f"k{n}:{base64.b64encode(bytes([n]) * 32).decode()}" for n in (1, 2, 3))
SENTINELS = {
    name: f"sentinel{name}orchid"
    for name in (
        *("question", "name", "file", "url", "quote", "heard", "edited", "earlier", "answer", "shown", "words"),
        *("footer", "reason", "prompt", "waiting", "kept", "title", "stands", "draft", "reply"),
    )
}
S = SENTINELS
GUID = "6b1f3d0e-5a1c-4a6e-9a53-0d1f6a2b7c11"


def prefs(shelf: Shelf) -> RedisPrefs:
    return RedisPrefs(shelf.client, shelf.keys, MONTH, Defaults("", {"openai_model": "m"}))


async def fill(shelf: Shelf) -> Turn:
    """A finished turn, one that runs and one that waits. Returns the running one."""
    file = File("F1", S["file"], url=f"https://files/{S['url']}")
    asked = Message(at(1), "UADA", S["question"], files=(file,), name=S["name"], quotes=(Quote(S["quote"], "UBEN"),))
    await shelf.put(THREAD, asked, addressed=True)
    turn = await shelf.turn()
    await shelf.keep(turn, Earlier((Message(at(0), "UBEN", S["earlier"]),)))
    await shelf.finish(turn, Message(at(1), "", S["answer"], kind="answer"))
    assert await RedisLedger(shelf.client, shelf.keys, MONTH).rate(THREAD, turn.newest, "UADA", "down", S["reason"])
    await shelf.mutter(2, S["heard"])
    await shelf.ask(3)
    await shelf.change(THREAD, Message(at(3), "UADA", S["edited"]))
    running = await shelf.turn()
    await shelf.keep_answer(running, Complete(S["shown"], S["words"], S["footer"], Record("answered", (), ())))
    await fill_api(shelf)
    await shelf.ask(4, S["waiting"], thread=OTHER)
    await RedisAnswers(shelf.client, shelf.keys).keep("fingerprint", Kept(S["kept"], {}, "m", "", 0.0), THREAD, 60)
    await prefs(shelf).save(Persona("Bard", S["prompt"]), None, "UADA")
    await prefs(shelf).choose(WORKSPACE, {"persona": "Bard"}, "UADA")
    return running


async def fill_api(shelf: Shelf) -> None:
    """A thread of a program with an answer that stands and one that grows."""
    threads = RedisApiThreads(shelf.client, shelf.keys, MONTH)
    chat = RedisChat(shelf.client, shelf.keys, shelf.queue, MONTH)
    thread = await threads.create(GUID, "tok1", "gpt-4", S["title"])
    for text, growing in ((S["stands"], False), (S["draft"], True)):
        ts = await threads.place(thread)
        assert ts is not None
        await shelf.put(thread.key, Message(ts, "U1", "hello"), addressed=True)
        turn = await shelf.turn()
        await chat.edit(turn, 0, turn.newest, Shown(text, growing=growing))
        if not growing:
            await shelf.finish(turn, None)
    await RedisTokens(shelf.client, shelf.keys).end("request", {"said": S["reply"]}, 200)


async def read_api(shelf: Shelf) -> str:
    threads = RedisApiThreads(shelf.client, shelf.keys, MONTH)
    [thread] = await threads.listed("tok1", None, 10)
    begun = await RedisTokens(shelf.client, shelf.keys).begin("request", "", "")
    async with RedisTails(shelf.client, "test").follow(thread.key) as tail:
        return repr((thread, await threads.entries(thread), tail.text, begun))


async def read(shelf: Shelf) -> set[str]:
    """The sentinels that the stores find."""
    past = await shelf.load(THREAD)
    await shelf.lapse(THREAD)
    turns = [await shelf.started(lease) for lease in await shelf.claim(10)]
    votes = await RedisLedger(shelf.client, shelf.keys, MONTH).votes(THREAD, at(1))
    personas = await prefs(shelf).personas()
    kept = await RedisAnswers(shelf.client, shelf.keys).find("fingerprint")
    versions = await prefs(shelf).history("Bard")
    found = repr((past, turns, votes, personas, versions, kept, await read_api(shelf)))
    return {name for name, word in SENTINELS.items() if word in found}


async def dumped(shelf: Shelf) -> str:
    return json.dumps(await shelf.contents(), ensure_ascii=False)


def seals(contents: Any) -> Iterator[str]:
    """The ids of the keys of all that is sealed."""
    match contents:
        case dict():
            for value in contents.values():
                yield from seals(value)
        case str() if '"sealed":"' in contents:
            yield json.loads(contents)["sealed"].partition(":")[0]
