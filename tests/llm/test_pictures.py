"""Pictures in a request, and servers that do not take them."""

from contextlib import suppress
from dataclasses import replace

import pytest

from bot.conversation.attachments import Picture
from bot.conversation.prompt import Ask, Said
from bot.errors import PicturesRefused, TooLong, Unanswerable
from tests import sample_files as documents
from tests.llm.asking import QUESTION, Asker, ask, failure
from threadbot_sandbox import completion
from threadbot_sandbox.completion import Json
from threadbot_sandbox.model import Reply, SmallModel

CAT = Picture("image/png", documents.png())


def showing(*pictures: Picture) -> Ask:
    return replace(ask(), messages=(Said("system", "Be brief."), Said("user", QUESTION, pictures)))


def refusal(message: str) -> Json:
    return completion.error(400, message)


async def test_pictures_follow_the_text_as_data(asker: Asker, model: SmallModel) -> None:
    await asker(showing(CAT, CAT))

    text, *pictures = model.requests[0]["messages"][1]["content"]
    assert text == {"type": "text", "text": QUESTION}
    assert [part["image_url"]["url"][:22] for part in pictures] == ["data:image/png;base64,"] * 2
    assert model.requests[0]["messages"][0]["content"] == "Be brief."


@pytest.mark.parametrize(("blind_for", "asked"), [(60.0, 1), (0.0, 2)])
async def test_a_model_that_takes_no_pictures_is_sent_none_for_a_while(
    asker: Asker, model: SmallModel, blind_for: float, asked: int
) -> None:
    asker.server.blind_for = blind_for
    model.sees = False
    assert isinstance(await failure(asker, showing(CAT)), PicturesRefused)

    model.sees = True
    with suppress(PicturesRefused):
        await asker(showing(CAT))
    assert len(model.requests) == asked


@pytest.mark.parametrize(
    ("status", "message", "remembered"),
    [
        (400, "Invalid content type. image_url is only supported by certain models.", True),
        (404, "No endpoints found that support image input", True),
        (500, "image input is not supported - hint: you may need to provide the mmproj", True),
        (422, "messages[1]: unknown variant `image_url`, expected `text`", True),
        (400, "small-model is not a multimodal model", True),
        (400, "'messages.1.content' : value must be a string", True),
        (400, "You uploaded an unsupported image. It must have one of these formats: png, jpeg.", False),
        (400, "At most 1 image(s) may be provided in one request.", False),
        (400, "Could not process image", False),
        (413, "Request Entity Too Large", False),
    ],
)
async def test_refusals_of_pictures_are_known_in_many_words(
    asker: Asker, model: SmallModel, status: int, message: str, remembered: bool
) -> None:
    model.enqueue(*[Reply(status=status, error=completion.error(status, message))] * (3 if status == 500 else 1))

    assert isinstance(await failure(asker, showing(CAT)), PicturesRefused)
    if remembered:
        assert isinstance(await failure(asker, showing(CAT)), PicturesRefused)
    else:
        assert (await asker(showing(CAT))).finished.reason == "stop"


async def test_a_refusal_of_something_else_stays_what_it_is(asker: Asker, model: SmallModel) -> None:
    model.enqueue(Reply(status=400, error=refusal("The model `x` cannot be used here.")))
    assert type(await failure(asker, showing(CAT))) is Unanswerable

    model.enqueue(
        Reply(status=400, error=completion.error(400, "Too many tokens, image or not", code="context_length_exceeded"))
    )
    assert type(await failure(asker, showing(CAT))) is TooLong

    model.enqueue(Reply(status=400, error=refusal("image input is not supported")))
    assert type(await failure(asker)) is Unanswerable
