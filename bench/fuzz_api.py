"""Schemathesis over the API: odd requests made from its own description, against a bot in a town of its own.

    pip install schemathesis && python -m bench.fuzz_api [--max-examples 100]

It is not among the bot's own tools: it brings some twenty packages along. What it finds becomes a test of ours.
"""

import asyncio
import shutil
import sys
import tempfile
from pathlib import Path

from tests.api import served
from tests.town import Town
from threadbot_sandbox.model import SmallModel
from threadbot_sandbox.redis import EmbeddedRedis
from threadbot_sandbox.serve import serving
from threadbot_sandbox.slack import SmallSlack

CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance"


async def main(*options: str) -> int:
    program = shutil.which("schemathesis")
    if program is None:
        sys.exit("install schemathesis first: pip install schemathesis")
    with tempfile.TemporaryDirectory() as folder:
        redis = EmbeddedRedis(Path(folder))
        redis.start()
        slack, model = SmallSlack(), SmallModel()
        try:
            async with serving(slack.app), serving(model.app) as url:
                town = Town(slack, model, url, redis.url)
                async with served(town, log_level="warning") as client:
                    await client.thread()
                    where = f"{str(client.http._base_url).rstrip('/')}/api/openapi.json"
                    header = f"Authorization: Bearer {client.token}"
                    run = await asyncio.create_subprocess_exec(
                        *(program, "run", where, "--header", header, "--checks", CHECKS, *options)
                    )
                    return await run.wait()
        finally:
            redis.stop()


if __name__ == "__main__":
    sys.exit(asyncio.run(main(*sys.argv[1:])))
