"""Real model servers on this machine: llama.cpp with a small model, and LiteLLM's proxy in front of it and of others.

Their programs are in an environment of their own, which `scripts/test --real` makes.
"""

import asyncio
import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from threadbot_sandbox import local

ROOT = Path(__file__).parents[2]
PROGRAMS = ROOT / ".venv-real" / "bin"
PATIENCE = 120.0  # seconds until a server answers
CONTEXT = 1024  # tokens: small, so that what is too long is read quickly
CANNED = "Hello from behind the proxy."


@dataclass(frozen=True)
class RealServer:
    """An address, its key, and the models there."""

    url: str
    key: str
    models: tuple[str, ...]


@contextmanager
def llama_cpp(folder: Path) -> Iterator[RealServer]:
    """llama.cpp's server with SmolLM2-135M."""
    weights = asyncio.run(local.weights(_run, print))
    port, key = _free_port(), "sk-llama-real"
    env = {"PATH": os.defpath, "PYTHONPATH": str(ROOT), "SANDBOX_LOCAL_MODEL_KEY": key}
    there = ("--port", str(port), "--weights", str(weights), "--context", str(CONTEXT))
    words = (PROGRAMS / "python", "-m", "threadbot_sandbox.local", *there)
    with _running(words, env, folder / "llama.log", f"http://127.0.0.1:{port}/health"):
        yield RealServer(f"http://127.0.0.1:{port}/v1", key, (local.MODEL,))


@contextmanager
def litellm(folder: Path, behind: RealServer) -> Iterator[RealServer]:
    """LiteLLM's proxy: a canned answer, its own errors, and the server `behind` it."""
    port, key = _free_port(), "sk-litellm-real"
    canned = {"model": "openai/canned", "api_key": "none"}
    models = {
        "canned": canned | {"mock_response": CANNED},
        "busy": canned | {"mock_response": "litellm.RateLimitError"},
        "full": canned | {"mock_response": "litellm.ContextWindowExceededError"},
        "broken": canned | {"mock_response": "litellm.InternalServerError"},
        "local": {"model": f"openai/{behind.models[0]}", "api_base": behind.url, "api_key": behind.key},
        "dead": {"model": "openai/dead", "api_base": f"http://127.0.0.1:{_free_port()}/v1", "api_key": "none"},
    }
    config = {
        "model_list": [{"model_name": name, "litellm_params": params} for name, params in models.items()],
        "general_settings": {"master_key": key},
        "litellm_settings": {"num_retries": 0, "telemetry": False},
        "router_settings": {"num_retries": 0, "disable_cooldowns": True},
    }
    file = folder / "litellm.yaml"
    file.write_text(json.dumps(config))  # JSON is YAML
    words = (PROGRAMS / "litellm", "--config", str(file), "--host", "127.0.0.1", "--port", str(port))
    env = {"PATH": f"{PROGRAMS}:{os.defpath}", "HOME": str(folder), "LITELLM_LOCAL_MODEL_COST_MAP": "True"}
    with _running(words, env, folder / "litellm.log", f"http://127.0.0.1:{port}/health/liveliness"):
        yield RealServer(f"http://127.0.0.1:{port}", key, tuple(models))


@contextmanager
def _running(words: tuple[str | Path, ...], env: dict[str, str], log: Path, healthy: str) -> Iterator[None]:
    """A process that answers at an address, until the block ends."""
    with log.open("ab") as said:
        process = subprocess.Popen(
            list(map(str, words)), env=env, cwd=log.parent, stdin=subprocess.PIPE, stdout=said, stderr=said
        )
    try:
        give_up = time.monotonic() + PATIENCE
        while not _answers(healthy):
            assert process.poll() is None, f"it has ended: {log.read_text(errors='replace')[-4000:]}"
            assert time.monotonic() < give_up, f"it does not answer: {log.read_text(errors='replace')[-4000:]}"
            time.sleep(0.2)
        yield
    finally:
        assert process.stdin is not None
        process.stdin.close()
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=2) as response:
            return bool(response.status == 200)
    except OSError:
        return False


async def _run(*words: str) -> int:
    return await (await asyncio.create_subprocess_exec(*words, stdout=sys.stderr)).wait()


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])
