"""A script finds its keys and arguments under their names, with their types."""

from dataclasses import dataclass

import pytest

from bot.store.client import Client
from bot.store.script import Key, Script


@dataclass(frozen=True, slots=True, kw_only=True)
class Echo(Script[list[str]]):
    first: Key
    text: str
    others: tuple[Key, ...] = ()
    number: int
    ratio: float
    flag: bool
    words: tuple[str, ...]
    nothing: str | None

    LUA = """
local said = {first, text, table.concat(others, '+'), tostring(number + 1), tostring(ratio * 2)}
said[#said + 1] = tostring(flag)
said[#said + 1] = table.concat(words, '+')
said[#said + 1] = '[' .. nothing .. ']'
return said
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Score(Script[str]):
    places: Key
    score: str

    LUA = "redis.call('ZADD', places, score, 'x') return redis.call('ZSCORE', places, 'x')"

    def reply(self, raw: object) -> str:
        return f"<{raw}>"


def echo(**changed: object) -> Echo:
    given: dict[str, object] = {"first": Key("{t}:a"), "text": "hé | 1", "number": 41, "ratio": 0.5}
    given |= {"flag": True, "words": ("one", "two"), "nothing": None}
    return Echo(**(given | changed))  # type: ignore[arg-type]


async def test_keys_and_arguments_arrive_under_their_names(redis_url: str) -> None:
    client = Client(redis_url)
    said = await client.call(echo(others=(Key("{t}:b"), Key("{t}:c"))))
    none = await client.call(echo(words=(), flag=False, text=""))
    await client.close()

    assert said == ["{t}:a", "hé | 1", "{t}:b+{t}:c", "42", "1", "true", "one+two", "[]"]
    assert none == ["{t}:a", "", "", "42", "1", "false", "", "[]"]


async def test_a_score_as_text_keeps_all_its_digits_and_the_reply_is_read(redis_url: str) -> None:
    client = Client(redis_url)
    said = await client.call(Score(places=Key("{t}:z"), score="1763700000000100.5"))
    await client.call(Forgotten(places=Key("{t}:z")))
    await client.close()

    assert said == "<1763700000000100.5>"


@dataclass(frozen=True, slots=True, kw_only=True)
class Forgotten(Script[int]):
    places: Key

    LUA = "return redis.call('DEL', places)"


def test_what_is_a_key_is_told_to_redis_as_one() -> None:
    one = echo(others=(Key("{t}:b"),))

    assert one.keys() == ["{t}:a", "{t}:b"]
    assert one.args() == ["hé | 1", 1, 41, 0.5, 1, 2, "one", "two", ""]


def test_a_script_cannot_be_called_by_position() -> None:
    with pytest.raises(TypeError):
        Score(Key("{t}:z"), "1")  # type: ignore[call-arg]
