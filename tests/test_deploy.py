"""What the bot is installed with agrees with the bot: its settings, paths, ports and grace."""

import json
import re
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest
from redis import Redis
from redis.exceptions import ConnectionError as NotYet
from ruamel.yaml import YAML

from bot.run.cli import main
from bot.run.config import Settings
from bot.version import VERSION
from bot.web.server import api
from tests.servers import redis_server

ROOT = Path(__file__).parent.parent
KUBERNETES = ROOT / "deploy" / "kubernetes"
APP = "app.kubernetes.io/name"


def written(path: str) -> Any:
    return YAML(typ="safe").load((ROOT / path).read_text("utf-8"))


def in_kubernetes(name: str) -> Any:
    return written(f"deploy/kubernetes/{name}.yaml")


def container() -> Any:
    [one] = in_kubernetes("deployment")["spec"]["template"]["spec"]["containers"]
    return one


def docker() -> list[tuple[str, str]]:
    """The Dockerfile's instructions, in order."""
    text = re.sub(r"\\\n", " ", (ROOT / "Dockerfile").read_text("utf-8"))
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return [(line.split(" ", 1)[0], line.split(" ", 1)[1].strip()) for line in lines]


def is_setting(variable: str) -> bool:
    return variable.lower() in Settings.model_fields


def seconds(text: str) -> float:
    assert text.endswith("s")
    return float(text[:-1])


def variables() -> list[str]:
    config = in_kubernetes("kustomization")["configMapGenerator"][0]["literals"]
    return [
        *written("compose.yaml")["services"]["bot"]["environment"],
        *(entry["name"] for entry in container()["env"]),
        *(entry.partition("=")[0] for entry in config),
        *json.loads((ROOT / "app.json").read_text("utf-8"))["env"],
    ]


@pytest.mark.parametrize("variable", sorted(set(variables())))
def test_what_is_set_is_a_setting(variable: str) -> None:
    assert is_setting(variable)


def test_running_answers_get_their_grace() -> None:
    grace = Settings.model_fields["shutdown_grace"].default
    pod = in_kubernetes("deployment")["spec"]["template"]["spec"]

    assert seconds(written("compose.yaml")["services"]["bot"]["stop_grace_period"]) > grace
    assert pod["terminationGracePeriodSeconds"] > grace


def test_no_container_can_do_more_than_it_has_to() -> None:
    bot = written("compose.yaml")["services"]["bot"]
    pod, held = in_kubernetes("deployment")["spec"]["template"]["spec"], container()["securityContext"]

    assert (bot["read_only"], bot["cap_drop"]) == (True, ["ALL"])
    assert "ports" not in written("compose.yaml")["services"]["valkey"]
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert (held["readOnlyRootFilesystem"], held["capabilities"]["drop"]) == (True, ["ALL"])


def test_every_secret_of_the_composition_is_mounted_where_it_is_read() -> None:
    about = written("compose.yaml")
    bot = about["services"]["bot"]
    files = [value for name, value in bot["environment"].items() if name.endswith("_FILE")]

    assert sorted(files) == sorted(f"/run/secrets/{name}" for name in bot["secrets"])
    assert set(bot["secrets"]) == set(about["secrets"])


def test_the_image_is_built_in_two_stages_from_hashes_and_runs_as_nobody() -> None:
    steps = docker()
    last = [step for step in steps if step[0] == "FROM"][-1]
    final = dict(steps[steps.index(last) :])

    assert len([step for step in steps if step[0] == "FROM"]) == 2
    assert any("--require-hashes -r /build/requirements.lock" in text for name, text in steps if name == "RUN")
    assert final["USER"] == "10001:10001"
    assert json.loads(final["ENTRYPOINT"]) == ["python", "-m", "bot"]  # no shell, which would keep SIGTERM to itself
    assert json.loads(final["CMD"]) == ["run"]
    assert json.loads(final["HEALTHCHECK"].partition(" CMD ")[2])[:3] == ["python", "-m", "bot"]
    assert json.loads(final["HEALTHCHECK"].partition(" CMD ")[2])[3] in main.commands


def test_what_the_image_copies_is_there_and_is_sent_to_the_builder() -> None:
    copied = {text.split()[0].rstrip("/") for name, text in docker() if name == "COPY" and "--from" not in text}
    sent = {line[1:] for line in (ROOT / ".dockerignore").read_text("utf-8").splitlines() if line.startswith("!")}

    assert copied == sent
    assert all((ROOT / each).exists() for each in copied)


def test_probes_ask_for_what_is_answered() -> None:
    paths = {getattr(route, "path", "") for route in api(None).routes}
    probes = {name: container()[name]["httpGet"] for name in ("startupProbe", "livenessProbe", "readinessProbe")}
    ports = {port["name"]: port["containerPort"] for port in container()["ports"]}
    config = dict(line.split("=", 1) for line in in_kubernetes("kustomization")["configMapGenerator"][0]["literals"])

    assert {probe["path"] for probe in probes.values()} <= paths
    assert probes["livenessProbe"]["path"] == "/livez"
    assert probes["readinessProbe"]["path"] == "/readyz"
    assert {probe["port"] for probe in probes.values()} == {"http"}
    assert ports == {"http": int(config["PORT"]), "metrics": int(config["METRICS_PORT"])}


def test_what_selects_pods_selects_ours() -> None:
    labels = {APP: "threadbot"}
    deployment = in_kubernetes("deployment")["spec"]

    assert deployment["template"]["metadata"]["labels"] == labels
    assert deployment["selector"]["matchLabels"] == labels
    assert in_kubernetes("disruption-budget")["spec"]["selector"]["matchLabels"] == labels
    assert in_kubernetes("network-policy")["spec"]["podSelector"]["matchLabels"] == labels


def test_the_base_names_all_its_files_and_this_version() -> None:
    base = in_kubernetes("kustomization")

    assert {*base["resources"], "kustomization.yaml"} == {path.name for path in KUBERNETES.iterdir()}
    assert base["images"] == [{"name": "threadbot", "newTag": VERSION}]


def test_heroku_finds_what_its_buildpack_wants() -> None:
    about = json.loads((ROOT / "app.json").read_text("utf-8"))
    processes = dict(line.split(": ", 1) for line in (ROOT / "Procfile").read_text("utf-8").splitlines())

    assert (ROOT / ".python-version").read_text("utf-8").strip() == "3.11"
    assert "-r requirements.lock" in (ROOT / "requirements.txt").read_text("utf-8").splitlines()
    assert set(about["formation"]) <= set(processes)


def test_redis_keeps_everything_the_way_the_composition_starts_it(tmp_path: Path) -> None:
    """The same options, given to a real server."""
    _, *options = written("compose.yaml")["services"]["valkey"]["command"]
    server = redis_server()
    socket = tmp_path / "redis.sock"
    place = ["--port", "0", "--unixsocket", str(socket), "--dir", str(tmp_path), "--save", ""]
    with subprocess.Popen([server, *options, *place], stdout=subprocess.DEVNULL) as running:
        try:
            with Redis(unix_socket_path=str(socket), decode_responses=True) as redis:
                kept = answered(redis)
        finally:
            running.terminate()

    assert kept == {"maxmemory-policy": "noeviction", "appendonly": "yes", "appendfsync": "everysec"}


def answered(redis: Redis) -> dict[str, str]:
    give_up = time.monotonic() + 20
    while True:
        try:
            found: Any = redis.config_get("maxmemory-policy", "appendonly", "appendfsync")
            return dict(found)
        except NotYet:
            assert time.monotonic() < give_up
            time.sleep(0.02)
