"""The small model and pictures: it takes them, counts them, or refuses them."""

from typing import Any

import openai
import pytest

from threadbot_sandbox.model import SmallModel

PNG = "data:image/png;base64,iVBORw0KGgo="


def shown(*urls: str) -> list[Any]:
    parts = [{"type": "image_url", "image_url": {"url": url}} for url in urls]
    return [{"role": "user", "content": [{"type": "text", "text": "What is this?"}, *parts]}]


async def test_pictures_are_taken_and_counted(model: SmallModel, client: openai.AsyncOpenAI) -> None:
    answer = await client.chat.completions.create(model="m", messages=shown(PNG))

    assert answer.choices[0].message.content == "You said: What is this?"
    assert answer.usage is not None
    assert answer.usage.prompt_tokens > 765


@pytest.mark.parametrize("url", ["ftp://a/b.png", "data:image/png;base64,!", "data:image/png;base64,aGVsbG8="])
async def test_what_is_no_picture_is_refused(client: openai.AsyncOpenAI, url: str) -> None:
    with pytest.raises(openai.BadRequestError):
        await client.chat.completions.create(model="m", messages=shown(url))


async def test_a_model_may_take_no_pictures(model: SmallModel, client: openai.AsyncOpenAI) -> None:
    model.sees = False

    with pytest.raises(openai.BadRequestError, match="image_url is only supported"):
        await client.chat.completions.create(model="m", messages=shown(PNG))
