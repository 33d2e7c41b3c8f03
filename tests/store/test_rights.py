"""Redis as it is run: users with few rights, replicas, Clusters, Sentinels, certificates. `check` is red, and `run`
ends or warns with what to write."""

import re
import subprocess
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from redis import Redis

from bot.errors import StartError, Unavailable
from bot.store.client import Client
from bot.store.rights import COMMANDS
from tests.servers import Node, cluster, eventually, sentinel
from tests.town import Town, free_port

ROOT = Path(__file__).parents[2]
DOCUMENTED = re.search(r"ACL SETUSER threadbot on >password [^\n]+", (ROOT / "docs/redis.md").read_text("utf-8"))


@pytest.fixture
def node(tmp_path: Path) -> Iterator[Node]:
    started = Node(tmp_path / "redis")
    yield started
    started.kill()


def user_of(node: Node, *less: str) -> str:
    """The URL of the user that the document describes, without some rights."""
    assert DOCUMENTED
    assert node.ask(*DOCUMENTED[0].split(), *less)
    return f"redis://threadbot:password@127.0.0.1:{node.port}/0"


@pytest.fixture
async def opened() -> AsyncIterator[list[Client]]:
    clients: list[Client] = []
    yield clients
    for client in clients:
        await client.close()


async def refused(url: str, opened: list[Client]) -> str:
    client = Client(url)
    opened.append(client)
    with pytest.raises((StartError, Unavailable)) as why:
        await client.check()
    return str(why.value) if isinstance(why.value, StartError) else f"{client.trouble}; {client.advice}"


def test_what_is_tried_at_the_start_is_all_that_our_scripts_call() -> None:
    texts = (path.read_text("utf-8") for path in (ROOT / "bot/store").rglob("*.py"))
    called = {name for text in texts for name in re.findall(r"redis\.p?call\('([A-Z]+)'", text)}
    pushes = {"LPUSH", "RPUSH"}  # one of them is a variable in a script

    assert called | pushes == set(COMMANDS)


async def test_a_question_is_answered_with_the_user_that_the_document_describes(town: Town, node: Node) -> None:
    """The line is run as it stands there."""
    url = user_of(node)
    async with town.bot(redis_url=url):
        answer = await town.ask("Ada", "#general", "@Threadbot tell me a joke")
        assert await town.slack.command("Ada", "#general", "/persona", "use shakespearean here")
        assert await town.slack.command("Ada", "#general", "/threadbot", "usage all")
        again = await town.ask("Ada", "#general", "@Threadbot tell me another")

    assert answer.text
    assert again.text
    keys = node.ask("KEYS", "*")
    assert keys
    assert all(key.startswith("{threadbot}:") for key in keys)


async def test_nothing_is_left_by_looking(node: Node, opened: list[Client]) -> None:
    client = Client(user_of(node))
    opened.append(client)

    assert await client.check() == []
    assert node.ask("KEYS", "*") == []


@pytest.mark.parametrize(
    ("less", "told"),
    [
        (["-time"], "does not let our user run TIME; give it the rights that docs/redis.md names"),
        (["-expire", "-zadd"], "does not let our user run EXPIRE, ZADD; give it"),
        (["-eval", "-evalsha"], "does not let our user run EVALSHA; give it"),
        (["-blpop"], "does not let our user run BLPOP; give it"),
        (["-ping"], "does not let our user run PING; give it"),
        (["resetkeys", "~threadbot:*"], "does not let our user touch our keys; give it the keys that docs/redis.md"),
    ],
    ids=["TIME", "EXPIRE", "EVAL", "BLPOP", "PING", "keys"],
)
async def test_what_a_user_may_not_do_is_named(node: Node, opened: list[Client], less: list[str], told: str) -> None:
    why = await refused(user_of(node, *less), opened)

    assert why.startswith(f"REDIS_URL: redis://127.0.0.1:{node.port}/0 ")
    assert told in why


async def test_a_wrong_password_is_told_as_such(node: Node, opened: list[Client]) -> None:
    url = user_of(node).replace("password@", "other@")

    assert "refuses the password or user; correct the URL" in await refused(url, opened)


async def test_a_replica_is_told_and_what_to_write(node: Node, opened: list[Client], tmp_path: Path) -> None:
    replica = Node(tmp_path / "replica", "--replicaof", "127.0.0.1", node.port)
    try:
        eventually(lambda: replica.info().get("master_link_status") == "up", "in step")
        why = await refused(f"redis://127.0.0.1:{replica.port}/0", opened)
    finally:
        replica.kill()

    assert why == "it is a read-only replica; write the address of its master, or redis+sentinel:// with its Sentinels"


async def test_a_full_server_is_told(node: Node, opened: list[Client]) -> None:
    node.ask("CONFIG", "SET", "maxmemory", "1")

    assert await refused(f"redis://127.0.0.1:{node.port}/0", opened) == (
        "it is full (maxmemory); give it more memory (maxmemory), or remove what others keep there"
    )


async def test_one_that_evicts_is_told_also_where_config_is_forbidden(node: Node, opened: list[Client]) -> None:
    node.ask("CONFIG", "SET", "maxmemory-policy", "volatile-lru")
    client = Client(user_of(node))
    opened.append(client)
    [warning] = await client.check()

    assert "maxmemory-policy volatile-lru and may forget messages; set it to noeviction" in warning


async def test_a_node_of_a_cluster_behind_the_address_of_a_server_is_told(opened: list[Client], tmp_path: Path) -> None:
    with cluster(tmp_path, "{threadbot}:probe") as servers:
        told = {await _of_node(f"redis://127.0.0.1:{node.port}/0", opened) for node in servers.nodes[:3]}

    assert all("write redis+cluster:// in place of redis:// (rediss+cluster:// with TLS)" in each for each in told)


async def _of_node(url: str, opened: list[Client]) -> str:
    """The one that holds our keys serves us, and is warned of."""
    client = Client(url)
    opened.append(client)
    try:
        return "; ".join(await client.check())
    except StartError as why:
        return str(why)


async def test_sentinels_that_want_a_password_are_told(opened: list[Client], tmp_path: Path) -> None:
    with sentinel(tmp_path) as servers:
        with Redis.from_url(servers.url.replace("redis+sentinel", "redis").removesuffix("/memory/0")) as watching:
            watching.acl_setuser("default", enabled=True, reset_passwords=True, passwords=["+x"])
        why = await refused(servers.url, opened)

    assert "the Sentinels want a password, or refuse it; write it behind the address: ?sentinel_password=…" in why
    assert "<redis" not in why


def certificate(folder: Path) -> tuple[Path, Path]:
    key, crt = folder / "own.key", folder / "own.crt"
    words = [
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-days",
        "2",
        "-subj",
        "/CN=localhost",
        "-addext",
        "subjectAltName=IP:127.0.0.1",
    ]
    subprocess.run(["openssl", *words, "-keyout", key, "-out", crt], check=True, capture_output=True)
    return key, crt


@pytest.fixture
def tls(tmp_path: Path) -> Iterator[tuple[str, Path]]:
    """The URL of a server with a certificate of its own, and that."""
    key, crt = certificate(tmp_path)
    started = Node(tmp_path / "tls", "--tls-port", port := free_port(), *_tls(key, crt))
    yield f"rediss://127.0.0.1:{port}/0", crt
    started.kill()


def _tls(key: Path, crt: Path) -> tuple[str | Path, ...]:
    names = ("--tls-cert-file", crt, "--tls-key-file", key, "--tls-ca-cert-file", crt)
    return (*names, "--tls-auth-clients", "no")


async def test_a_certificate_that_is_not_trusted_names_what_to_set(tls: tuple[str, Path], opened: list[Client]) -> None:
    url, crt = tls
    why = await refused(url, opened)
    trusted, unchecked = Client(f"{url}?ssl_ca_certs={crt}"), Client(f"{url}?ssl_cert_reqs=none")
    opened += [trusted, unchecked]

    assert "its certificate is not trusted; name its CA by SSL_CERT_FILE or ?ssl_ca_certs=" in why
    assert "REDIS_TLS_VERIFY=false" in why
    assert (await trusted.check(), await unchecked.check()) == ([], [])


async def test_the_certificates_of_the_environment_hold_for_redis_too(
    tls: tuple[str, Path], opened: list[Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    url, crt = tls
    monkeypatch.setenv("SSL_CERT_FILE", str(crt))
    opened.append(client := Client(url))

    assert await client.check() == []
