"""Other Redises than the embedded one: Debian's redis-server, alone, as a Cluster, and behind a Sentinel."""

import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from redis import Redis
from redis.exceptions import RedisError

from tests.patience import PATIENCE
from tests.town import free_port
from threadbot_sandbox.redis import EmbeddedRedis

PROMPT = ("--repl-diskless-sync-delay", 0, "--repl-ping-replica-period", 1)  # a replica counts once it was pinged


def redis_server() -> str:
    """The program. Without it the test is skipped, but not in CI."""
    found = shutil.which("redis-server")
    if found is None:
        absent = "redis-server is not installed: apt-get install redis-server"
        assert not os.environ.get("CI"), absent
        pytest.skip(absent)
    return found


class DebianRedis(EmbeddedRedis):
    """As the embedded server, but from the distribution."""

    def _command(self) -> list[str]:
        return [redis_server(), *super()._command()[1:]]


class Node:
    """One process of redis-server on a free port of 127.0.0.1."""

    def __init__(self, folder: Path, *words: str | int | Path) -> None:
        self.port = free_port()
        folder.mkdir(parents=True, exist_ok=True)
        own = ("--port", self.port, "--bind", "127.0.0.1", "--dir", folder)
        self._command = [redis_server(), *map(str, (*words, *own))]
        self._log = folder / "redis.log"
        self.start()

    def start(self) -> None:
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(self._command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        eventually(lambda: self.ask("PING"), f"a redis-server on {self.port}")

    def ask(self, *words: str | int) -> Any:
        """The answer to a command; None while there is none."""
        with suppress(RedisError, OSError), Redis(port=self.port, socket_timeout=2, decode_responses=True) as client:
            return client.execute_command(*words)
        return None

    def info(self) -> dict[str, Any]:
        return dict(self.ask("INFO") or {})

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()


@dataclass
class Several:
    """Servers that belong together, and the bot's address of them."""

    url: str
    nodes: list[Node]

    @property
    def masters(self) -> list[Node]:
        return [node for node in self.nodes if node.info().get("role") == "master"]

    def lose_master_of(self, key: str) -> None:
        """Kill who takes writes to the key, once its replica has all of them."""
        [owner] = [node for node in self.masters if node.ask("EXISTS", key) is not None]
        written = owner.info()["master_repl_offset"]
        others = [node for node in self.nodes if node is not owner]
        eventually(lambda: any(node.info().get("slave_repl_offset", 0) >= written for node in others), "in step")
        owner.kill()


@contextmanager
def sentinel(folder: Path) -> Iterator[Several]:
    """A master, its replica, and one Sentinel that needs nobody's consent to make the replica the master."""
    nodes: list[Node] = []
    try:
        nodes.append(master := Node(folder / "1", *PROMPT))
        nodes.append(replica := Node(folder / "2", "--replicaof", "127.0.0.1", master.port))
        eventually(lambda: replica.info().get("master_link_status") == "up", "the replica is in step")
        config = folder / "sentinel.conf"
        config.write_text(
            f"sentinel monitor memory 127.0.0.1 {master.port} 1\n"
            "sentinel down-after-milliseconds memory 300\n"
            "sentinel failover-timeout memory 1000\n"
        )
        nodes.append(watching := Node(folder / "3", config, "--sentinel"))
        eventually(lambda: watching.ask("SENTINEL", "REPLICAS", "memory"), "the Sentinel knows the replica")
        yield Several(f"redis+sentinel://127.0.0.1:{watching.port}/memory/0", nodes[:2])
    finally:
        for node in nodes:
            node.kill()


@contextmanager
def cluster(folder: Path, key: str) -> Iterator[Several]:
    """Three masters that share the slots, and a replica of the one that holds the key; we are told of the others."""
    nodes: list[Node] = []
    try:
        for n in range(4):
            own = ("--cluster-enabled", "yes", "--cluster-port", free_port(), "--cluster-node-timeout", 500)
            nodes.append(Node(folder / str(n), *own, *PROMPT))
        first, second, owner, replica = nodes
        for one in nodes:
            for other in nodes:
                one.ask("CLUSTER", "MEET", "127.0.0.1", other.port, _bus(other))
        slot = first.ask("CLUSTER", "KEYSLOT", key)
        first.ask("CLUSTER", "ADDSLOTSRANGE", 0, slot - 1)
        owner.ask("CLUSTER", "ADDSLOTS", slot)
        second.ask("CLUSTER", "ADDSLOTSRANGE", slot + 1, 16383)
        eventually(lambda: replica.ask("CLUSTER", "REPLICATE", owner.ask("CLUSTER", "MYID")), "the replica follows")
        for node in nodes:
            eventually(partial(_settled, node), f"{node.port} knows the whole Cluster")
        yield Several(f"redis+cluster://127.0.0.1:{first.port},127.0.0.1:{second.port}", nodes)
    finally:
        for node in nodes:
            node.kill()


def _bus(node: Node) -> int:
    return int(node.ask("CONFIG", "GET", "cluster-port")["cluster-port"])


def _settled(node: Node) -> bool:
    ok = "cluster_state:ok" in (node.ask("CLUSTER", "INFO") or "")
    shards = node.ask("CLUSTER", "SLOTS") or []
    in_step = node.info().get("role") == "master" or node.info().get("master_link_status") == "up"
    return ok and in_step and sorted(len(members) for _, _, *members in shards) == [1, 1, 2]


def eventually(seen: Callable[[], object], description: str) -> None:
    give_up = time.monotonic() + PATIENCE
    while not seen():
        assert time.monotonic() < give_up, f"not seen within {PATIENCE} s: {description}"
        time.sleep(0.02)
