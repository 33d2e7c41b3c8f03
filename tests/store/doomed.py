"""A process that encrypts anew and is killed on the way: `python -m tests.store.doomed URL KEYS N`.

It dies by SIGKILL before its N-th script; for N = 0 it lives, and prints how many there were.
"""

import asyncio
import os
import signal
import sys
from collections.abc import Sequence
from typing import Any

from bot.store import reseal
from bot.store.client import Client
from bot.store.seal import Seal


class Doomed(Client):
    last = 0
    count = 0

    async def _run(self, script: str, keys: Sequence[str], args: Sequence[str | int | float]) -> Any:
        self.count += 1
        if self.count == self.last:
            os.kill(os.getpid(), signal.SIGKILL)
        return await super()._run(script, keys, args)


async def main(url: str, keys: str, last: int) -> int:
    client = Doomed(url, "test", Seal(lambda: keys))
    client.last = last
    await reseal.reseal(client, "test")
    await client.close()
    return client.count


if __name__ == "__main__":
    print(asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3]))))
