from collections.abc import AsyncIterator

import pytest

from bot.llm.connection import connect
from tests.llm.asking import Asker
from threadbot_sandbox.model import SmallModel
from threadbot_sandbox.serve import serving


@pytest.fixture
async def asker(model: SmallModel) -> AsyncIterator[Asker]:
    """The bot's edge to the model, with the small model at the other end of the socket."""
    async with (
        serving(model.app) as url,
        connect(f"{url}/v1", "sandbox", timeout=30.0, retries=0) as client,
    ):
        yield Asker.of(client)
