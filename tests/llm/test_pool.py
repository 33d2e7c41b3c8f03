"""Several servers, and what is not asked of one of them again; over real sockets and a real Redis."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field

import pytest

from bot.conversation.pieces import Finished, Text
from bot.conversation.prompt import Ask
from bot.errors import BotError, Unanswerable
from bot.llm.chat_completions import Server, Timing
from bot.llm.connection import connect
from bot.llm.cooling import Shared
from bot.llm.pool import Pool, Target
from bot.store.client import Client
from bot.store.cooling import RedisCooling
from tests.llm.asking import ask
from threadbot_sandbox.model import SmallModel
from threadbot_sandbox.serve import serving


@dataclass
class Swapped:
    """A key in a file that somebody else writes: `next` is what a look will find."""

    value: str
    next: str | None = None

    def __call__(self) -> str:
        return self.value

    async def look(self) -> bool:
        changed = self.next is not None and self.next != self.value
        self.value = self.next or self.value
        return changed


@dataclass
class Scene:
    """Replicas, each with its own connections, and the servers that they share."""

    stack: AsyncExitStack
    redis_url: str
    targets: list[Callable[[], Target]] = field(default_factory=list)

    async def server(self, name: str, model: SmallModel, key: Callable[[], str]) -> Callable[[], Target]:
        url = await self.stack.enter_async_context(serving(model.app))

        def target() -> Target:
            client = connect(f"{url}/v1", key, timeout=30.0, retries=0)
            self.stack.push_async_callback(client.close)
            return Target(name, Server(client, Timing(5.0, 5.0)), key)  # type: ignore[arg-type]

        self.targets.append(target)
        return target

    def replica(self) -> Pool:
        store = Client(self.redis_url, "threadbot")
        self.stack.push_async_callback(store.close)
        return Pool(tuple(target() for target in self.targets), Shared(RedisCooling(store, "threadbot")))


@pytest.fixture
async def scene(redis_url: str) -> AsyncIterator[Scene]:
    async with AsyncExitStack() as stack:
        yield Scene(stack, redis_url)


async def answer(pool: Pool, asked: Ask | None = None) -> tuple[str, Finished]:
    text, end = "", None
    async for piece in pool.stream(asked or ask()):
        if isinstance(piece, Text):
            text += piece.text
        end = piece
    assert isinstance(end, Finished)
    return text, end


async def refusal(pool: Pool, asked: Ask | None = None) -> BotError:
    with pytest.raises(BotError) as refused:
        await answer(pool, asked)
    return refused.value


async def test_a_refused_key_is_tried_once_by_all_replicas_and_told_once(
    scene: Scene, caplog: pytest.LogCaptureFixture
) -> None:
    model, key = SmallModel(api_key="right"), Swapped("wrong")
    await scene.server("main", model, key)

    refusals = [await refusal(replica) for replica in (scene.replica(), scene.replica()) for _ in range(3)]

    assert all(isinstance(each, Unanswerable) and each.sentence == "model.key" for each in refusals)
    assert model.keys == ["wrong"]
    assert [record.levelname for record in caplog.records if "refuses the key" in record.message] == ["ERROR"]
    assert "wrong" not in caplog.text.replace("wrong_", "")


async def test_a_key_that_has_changed_is_tried_again(scene: Scene) -> None:
    model, key = SmallModel(api_key="right"), Swapped("wrong")
    await scene.server("main", model, key)
    pool = scene.replica()
    await refusal(pool)
    key.value = "right"

    text, _ = await answer(pool)

    assert text
    assert model.keys == ["wrong", "right"]


async def test_a_key_that_changes_under_load_fails_no_request(scene: Scene) -> None:
    """The provider takes the old key no more before anybody has looked at the file."""
    model, key = SmallModel(api_key="old"), Swapped("old")
    await scene.server("main", model, key)
    pool = scene.replica()
    answered = [*await asyncio.gather(*(answer(pool) for _ in range(5)))]
    model.api_key, key.next = "new", "new"
    answered += await asyncio.gather(*(answer(pool) for _ in range(20)))

    assert all(text for text, _ in answered)
    assert len(answered) == 25
    assert await scene.replica().shared.cold(["key:any"]) == {}


async def test_without_redis_a_request_is_sent_all_the_same(scene: Scene) -> None:
    model = SmallModel(api_key="right")
    await scene.server("main", model, Swapped("right"))
    scene.redis_url = "redis://127.0.0.1:1"

    text, _ = await answer(scene.replica())

    assert text
