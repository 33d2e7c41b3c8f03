"""Tests with model servers that nobody here wrote. They take minutes and a gigabyte: `scripts/test --real`."""

import os
from collections.abc import Iterator

import pytest

from tests.real import servers
from tests.real.servers import RealServer

collect_ignore_glob = [] if os.environ.get("THREADBOT_REAL") else ["test_*.py"]


@pytest.fixture(scope="session")
def llama(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealServer]:
    with servers.llama_cpp(tmp_path_factory.mktemp("llama")) as server:
        yield server


@pytest.fixture(scope="session")
def litellm(tmp_path_factory: pytest.TempPathFactory, llama: RealServer) -> Iterator[RealServer]:
    with servers.litellm(tmp_path_factory.mktemp("litellm"), llama) as server:
        yield server
