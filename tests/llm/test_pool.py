"""Several servers, and what is not asked of one of them again; over real sockets and a real Redis."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace

import pytest

from bot.conversation.attachments import Picture
from bot.conversation.mentions import literal
from bot.conversation.messages import Message
from bot.conversation.pieces import Finished, Routed, Text
from bot.conversation.prompt import Ask, Said
from bot.conversation.tokens import Usage
from bot.errors import AllBusy, BotError, Busy, Late, NotOffered, PicturesRefused, TooLong, Unanswerable, Unavailable
from bot.llm import health
from bot.llm.catalog import Price
from bot.llm.chat_completions import Server, Timing
from bot.llm.connection import connect
from bot.llm.cooling import Shared
from bot.llm.pool import Key, Pool, Target, Way
from bot.store.client import Client
from bot.store.cooling import RedisCooling
from tests.llm.asking import ask
from threadbot_sandbox.model import Reply, SmallModel
from threadbot_sandbox.serve import serving

MODELS: Mapping[str, Price | None] = {"small-model": None}
BUSY = Reply(status=429, headers={"retry-after": "60"}, error={"message": "Rate limit reached", "code": "rate"})
DOWN = Reply(status=503)
CHEAP, DEAR = Price(1, 2), Price(1, 3)


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
    made: list[Callable[[], list[Way]]] = field(default_factory=list)

    async def server(
        self,
        name: str,
        model: SmallModel,
        key: Key | None = None,
        models: Mapping[str, Price | None] = MODELS,
        *,
        group: str = "",
        free: bool = False,
        context: int | None = None,
        pictures: bool | None = None,
    ) -> None:
        url, key = await self.stack.enter_async_context(serving(model.app)), key or Swapped("sandbox")

        def ways() -> list[Way]:
            client = connect(f"{url}/v1", key, timeout=30.0, retries=0)
            self.stack.push_async_callback(client.close)
            target = Target(name, Server(client, Timing(5.0, 5.0)), key, f"{url}/v1", group, free)
            return [Way(each, each, target, target.server, price, context, pictures) for each, price in models.items()]

        self.made.append(ways)

    def replica(self, *, allow_dearer: bool = False) -> Pool:
        store = Client(self.redis_url, "threadbot")
        self.stack.push_async_callback(store.close)
        ways = tuple(way for make in self.made for way in make())
        targets = tuple(dict.fromkeys(way.target.name for way in ways))
        by_name = {way.target.name: way.target for way in ways}
        shared = Shared(RedisCooling(store, "threadbot"))
        return Pool(tuple(by_name[name] for name in targets), shared, ways, open=False, allow_dearer=allow_dearer)


@pytest.fixture
async def scene(redis_url: str) -> AsyncIterator[Scene]:
    async with AsyncExitStack() as stack:
        yield Scene(stack, redis_url)


@dataclass
class Told:
    text: str = ""
    routes: list[Routed] = field(default_factory=list)
    end: Finished | None = None


async def answer(pool: Pool, asked: Ask | None = None) -> Told:
    told = Told()
    async for piece in pool.stream(asked or ask()):
        match piece:
            case Text(text):
                told.text += text
            case Routed():
                told.routes.append(piece)
            case Finished():
                told.end = piece
    assert told.end is not None
    return told


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

    assert (await answer(pool)).text
    assert model.keys == ["wrong", "right"]


async def test_a_key_that_changes_under_load_fails_no_request(scene: Scene) -> None:
    """The provider takes the old key no more before anybody has looked at the file."""
    model, key = SmallModel(api_key="old"), Swapped("old")
    await scene.server("main", model, key)
    pool = scene.replica()
    answered = [*await asyncio.gather(*(answer(pool) for _ in range(5)))]
    model.api_key, key.next = "new", "new"
    answered += await asyncio.gather(*(answer(pool) for _ in range(20)))

    assert all(told.text for told in answered)
    assert len(answered) == 25


async def test_without_redis_a_request_is_sent_all_the_same(scene: Scene) -> None:
    model = SmallModel(api_key="right")
    await scene.server("main", model, Swapped("right"))
    scene.redis_url = "redis://127.0.0.1:1"

    assert (await answer(scene.replica())).text


# -- several ways to a model --


async def test_over_the_rate_under_one_key_another_answers_at_once(scene: Scene) -> None:
    first, second = SmallModel(), SmallModel()
    await scene.server("one", first)
    await scene.server("two", second)
    first.enqueue(BUSY)
    pool = scene.replica()

    told, again = await answer(pool), await answer(pool)

    assert [route.target for route in told.routes] == ["one", "two"]
    assert [route.instead for route in told.routes] == ["", ""], "it is the same model"
    assert [route.target for route in again.routes] == ["two"]
    assert (len(first.requests), len(second.requests)) == (1, 2)


async def test_where_all_are_busy_one_refusal_has_the_time_and_nobody_asks_until_then(scene: Scene) -> None:
    first, second = SmallModel(), SmallModel()
    await scene.server("one", first)
    await scene.server("two", second)
    first.enqueue(BUSY)
    second.enqueue(BUSY)

    refusals = [await refusal(scene.replica()) for _ in range(3)]  # the others know, and so does one that starts anew

    assert all(isinstance(each, AllBusy) and each.values["minutes"] == 1 for each in refusals)
    assert (len(first.requests), len(second.requests)) == (1, 1)


async def test_what_cools_for_a_moment_is_waited_for(scene: Scene) -> None:
    first, second = SmallModel(), SmallModel()
    await scene.server("one", first)
    await scene.server("two", second)
    first.enqueue(BUSY)
    second.enqueue(replace(BUSY, headers={"retry-after": "3"}))

    told = await refusal(scene.replica())

    assert isinstance(told, Busy)
    assert 0 < told.after <= 3


async def test_keys_of_one_group_share_their_limit(scene: Scene) -> None:
    first, second, third = SmallModel(), SmallModel(), SmallModel()
    await scene.server("one", first, group="project")
    await scene.server("two", second, group="project")
    await scene.server("three", third)
    first.enqueue(BUSY)

    told = await answer(scene.replica())

    assert [route.target for route in told.routes] == ["one", "three"]
    assert second.requests == []


@pytest.mark.parametrize("reply", [DOWN, Reply(status=402), Reply(status=404), Reply(status=403), Reply(status=401)])
async def test_what_cannot_answer_is_passed_by(scene: Scene, reply: Reply) -> None:
    first, second = SmallModel(), SmallModel()
    await scene.server("one", first)
    await scene.server("two", second)
    first.enqueue(reply)
    pool = scene.replica()

    assert [(await answer(pool)).routes[-1].target for _ in range(2)] == ["two", "two"]
    assert len(first.requests) == 1


async def test_a_way_is_chosen_by_its_target(scene: Scene) -> None:
    first, second = SmallModel(), SmallModel()
    await scene.server("one", first)
    await scene.server("two", second)
    first.enqueue(DOWN)

    told = await answer(scene.replica(), replace(ask(), model="small-model@two"))
    with_no_other = await refusal(scene.replica(), replace(ask(), model="small-model@one"))

    assert [route.target for route in told.routes] == ["two"]
    assert with_no_other.sentence == "model.unreachable"


async def test_what_is_not_on_the_list_is_not_asked_for(scene: Scene) -> None:
    model = SmallModel()
    await scene.server("one", model)

    assert (await refusal(scene.replica(), replace(ask(), model="other"))).sentence == "model.missing"
    assert model.requests == []


# -- fallbacks --


async def stood_in(scene: Scene, *, usual: Price | None, other: Price | None, **how: bool) -> Told | BotError:
    """What comes of it when the usual model is busy and another may stand in."""
    first, second = SmallModel(), SmallModel()
    await scene.server("one", first, models={"small-model": usual})
    await scene.server("two", second, models={"other": other}, free=how.get("free", False))
    first.enqueue(BUSY)
    try:
        pool = scene.replica(allow_dearer=how.get("allow_dearer", False))
        return await answer(pool, replace(ask(), fallbacks=("other",)))
    except BotError as refused:
        return refused


async def test_a_model_that_costs_no_more_stands_in_and_is_named(scene: Scene) -> None:
    told = await stood_in(scene, usual=CHEAP, other=CHEAP)

    assert isinstance(told, Told)
    assert told.routes[-1] == Routed("other", "two", "small-model", "model.busy")


@pytest.mark.parametrize(("usual", "other"), [(CHEAP, DEAR), (CHEAP, None), (None, CHEAP)])
async def test_one_that_costs_more_or_nobody_knows_what_does_not(
    scene: Scene, usual: Price | None, other: Price | None
) -> None:
    assert isinstance(await stood_in(scene, usual=usual, other=other), Busy)


@pytest.mark.parametrize("how", [{"allow_dearer": True}, {"free": True}])
async def test_one_that_costs_more_does_if_it_is_allowed_or_free(scene: Scene, how: dict[str, bool]) -> None:
    assert isinstance(await stood_in(scene, usual=CHEAP, other=None, **how), Told)


@pytest.mark.parametrize(
    ("reply", "sentence"),
    [
        (Reply(status=400, error={"message": "no", "code": "content_filter"}), "model.filtered"),
        (Reply(status=400), "model.rejected"),
        (Reply(status=400, error={"message": "maximum context length is 5 tokens"}), "model.too-long"),
    ],
)
async def test_after_a_refusal_of_what_was_asked_nobody_stands_in(scene: Scene, reply: Reply, sentence: str) -> None:
    first, second = SmallModel(), SmallModel()
    await scene.server("one", first, models={"small-model": CHEAP})
    await scene.server("two", second, models={"other": CHEAP})
    first.enqueue(reply)

    assert (await refusal(scene.replica(), replace(ask(), fallbacks=("other",)))).sentence == sentence
    assert second.requests == []


# -- a server that fails --


async def test_a_failing_server_is_left_alone_and_then_probed_by_one(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(health, "OPEN_FOR", 0.5)
    first, second = SmallModel(), SmallModel()
    await scene.server("one", first)
    await scene.server("two", second)
    first.enqueue(*[DOWN] * 10)
    pools = [scene.replica(), scene.replica()]
    await asyncio.gather(*(answer(pool) for pool in pools for _ in range(5)))
    failed = len(first.requests)
    cold, name = scene.replica().shared.cold, pools[0].ways[0].cools("sandbox")["url"]
    while await cold([name]):  # noqa: ASYNC110 - only Redis knows
        await asyncio.sleep(0.02)
    first.hold()
    asking = [asyncio.ensure_future(answer(pool)) for pool in pools for _ in range(5)]
    await first.wait_for(lambda: first.running == 1)
    done, _ = await asyncio.wait(asking, return_when=asyncio.FIRST_COMPLETED)
    while len(done) < 9:
        done, _ = await asyncio.wait(asking, timeout=0.05)
    probes = len(first.requests) - failed
    first.release()
    answered = await asyncio.gather(*asking)
    back = await answer(pools[1])

    assert failed >= health.FAILURES
    assert probes == 1
    assert all(told.text for told in answered)
    assert back.routes[-1].target == "one"


# -- what the operator says of a model --


async def test_the_servers_cost_then_the_operators_price_then_the_catalog_then_unknown(scene: Scene) -> None:
    await scene.server("one", SmallModel(), models={"priced": Price(1, 10, cached=0.1), "gpt-6-luna": None})
    pool, used = scene.replica(), Usage(1_000_000, 100_000, cached=500_000)
    priced, unpriced = Routed("priced", "one"), Routed("gpt-6-luna", "one")

    assert pool.cost("any", replace(used, cost=0.5), priced) == 0.5
    assert pool.cost("any", used, priced) == pytest.approx(0.5 + 0.05 + 1.0)
    assert pool.cost("gpt-6-luna", used, unpriced) is None, "a server of one's own has no price that others know"


async def test_the_limits_that_the_operator_names_are_kept(scene: Scene) -> None:
    model = SmallModel()
    await scene.server("one", model, context=300, pictures=False)
    long = replace(ask(), past=(Message("1", "U1", literal("long")),), messages=(Said("user", "a" * 3000),))
    seen = replace(ask(), messages=(Said("user", "what is it?", (Picture("image/png", b"1"),)),))

    with pytest.raises(TooLong):
        await answer(scene.replica(), long)
    with pytest.raises(PicturesRefused):
        await answer(scene.replica(), seen)
    assert model.requests == []


async def test_a_way_that_answers_one_token_cools_no_longer(scene: Scene) -> None:
    model = SmallModel()
    await scene.server("one", model)
    model.enqueue(Reply(status=401), Reply(status=400))
    pool = scene.replica()
    await refusal(pool)

    await pool.attempt(pool.ways[0])

    assert [request.get("max_tokens") for request in model.requests] == [None, 1, 64]
    assert (await answer(scene.replica())).text


async def test_what_may_be_chosen_is_on_the_operators_list_and_the_servers(scene: Scene) -> None:
    dead = SmallModel(api_key="other")
    await scene.server("one", SmallModel(name="b"), models={"a": None, "b": None})
    await scene.server("dead", dead, models={"c": None})

    assert await scene.replica().offered() == ("b", "c"), "what the second has is not known"


async def test_whether_a_model_may_be_chosen_is_told_by_both_lists(scene: Scene) -> None:
    await scene.server("one", SmallModel(name="b"), models={"a": None, "b": None})
    await scene.server("dead", SmallModel(api_key="other"), models={"c": None})
    pool = scene.replica()

    assert [await pool.has(name) for name in ("a", "b", "b@one", "b@dead", "c", "d")] == [
        False, True, True, False, True, False,
    ]  # fmt: skip
    assert [await replace(pool, ways=(), open=True).has(name) for name in ("a", "b")] == [False, True]


async def test_of_several_ways_to_a_model_the_most_private_one_says_who_may_choose_it(scene: Scene) -> None:
    for name in ("one", "two"):
        await scene.server(name, SmallModel())
    first, second = scene.replica().ways
    pool = replace(scene.replica(), ways=(replace(first, chosen_by="member"), replace(second, chosen_by="admin")))

    found = [pool.chosen_by(name) for name in ("small-model", "small-model@one", "small-model@two", "other")]
    assert found == ["admin", "member", "admin", None]


async def test_a_model_is_proved_by_one_way_that_answers(scene: Scene) -> None:
    first, second = SmallModel(), SmallModel()
    await scene.server("one", first)
    await scene.server("two", second)
    first.enqueue(DOWN)
    pool = scene.replica()

    await pool.prove("small-model")
    second.enqueue(DOWN)
    with pytest.raises(Unavailable):
        await pool.prove("small-model@two")
    with pytest.raises(NotOffered):
        await pool.prove("other")


async def test_where_the_operator_names_no_models_the_servers_are_offered(scene: Scene) -> None:
    model = SmallModel(name="b")
    await scene.server("one", model)
    pool = replace(scene.replica(), ways=(), open=True)

    assert await pool.offered() == ("b",)
    await pool.prove("anything")
    assert model.requests[0]["model"] == "anything"


async def test_where_all_are_silent_that_is_said_and_not_that_they_are_busy(scene: Scene) -> None:
    first, second = SmallModel(), SmallModel()
    await scene.server("one", first)
    await scene.server("two", second)
    first.hold()
    second.hold()

    with pytest.raises(Late):
        async for _ in scene.replica().stream(ask(), within=0.2):
            pass
    assert (len(first.requests), len(second.requests)) == (1, 1)
