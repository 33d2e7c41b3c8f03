"""A replica that moves data and is killed on the way: `python -m tests.store.migrations.doomed URL N`.

It dies by SIGKILL before its N-th script; for N = 0 it lives, and prints how many there were.
"""

import asyncio
import os
import signal
import sys
from collections.abc import Sequence
from typing import Any

from bot.slack import mrkdwn
from bot.store import migrations
from bot.store.client import Client

TEAM = "T00SANDBOX0"


class Doomed(Client):
    last = 0
    count = 0

    async def _run(self, script: str, keys: Sequence[str], args: Sequence[str | int | float]) -> Any:
        self.count += 1
        if self.count == self.last:
            os.kill(os.getpid(), signal.SIGKILL)
        return await super()._run(script, keys, args)


async def main(url: str, last: int) -> int:
    client = Doomed(url)
    client.last = last
    await migrations.run(client, "threadbot", TEAM, 60, migrations.steps(mrkdwn.decode))
    await client.close()
    return client.count


if __name__ == "__main__":
    print(asyncio.run(main(sys.argv[1], int(sys.argv[2]))))
