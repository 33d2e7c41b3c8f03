"""Step 4: what holds words may be sealed. A version that does not know that would take it for damaged data.

What is there is sealed at once where there are keys, and otherwise stays as it is.
"""

from typing import ClassVar

from bot.store import reseal
from bot.store.migrations.step_1 import Ground


class Step:
    NUMBER: ClassVar[int] = 4

    async def run(self, ground: Ground) -> dict[str, int]:
        """Returns how many values were sealed."""
        if not ground.client.seal.on:
            return {}
        return {"sealed": (await reseal.reseal(ground.client, ground.prefix)).changed}

    def message(self, text: str) -> str:
        """What comes later is sealed where its thread is known."""
        return text
