"""`python -m bot check --deploy`: is the place right in which the bot runs? One line for each part, with what to do.

A problem is what the bot cannot work with, or what loses messages; a warning is what will hurt one day.
"""

import os
import socket
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from bot.errors import SettingsError, StartError
from bot.run import addresses, health
from bot.run.config import Kept, Settings
from bot.slack.manifest import OPTIONAL, SCOPES

State = Literal["ok", "warning", "problem"]
SPARE = 5.0  # seconds between the end of the grace and the platform's kill
FULL = 0.8  # of the memory that Redis may use
APART = 5.0  # seconds between two clocks that nothing suffers from
REFUSED_AFTER = 300.0  # seconds: what Slack has signed is no older than that


@dataclass(frozen=True, slots=True)
class Finding:
    state: State
    about: str
    said: str

    def __str__(self) -> str:
        return f"{self.state:8} {self.about}: {self.said}"


@dataclass(frozen=True, slots=True)
class Platform:
    """How many seconds a process has after SIGTERM there, unless `more` is set."""

    name: str
    seconds: float
    more: str


PLATFORMS = {
    "KUBERNETES_SERVICE_HOST": Platform("Kubernetes", 30, "terminationGracePeriodSeconds (deploy/kubernetes: 40)"),
    "DYNO": Platform("Heroku", 30, "a lower SHUTDOWN_GRACE: these 30 s are fixed"),
    "RENDER": Platform("Render", 30, "maxShutdownDelaySeconds"),
    "RAILWAY_ENVIRONMENT_ID": Platform("Railway", 0, "RAILWAY_DEPLOYMENT_DRAINING_SECONDS"),
    "FLY_APP_NAME": Platform("Fly", 5, "kill_timeout"),
    "INVOCATION_ID": Platform("systemd", 90, "TimeoutStopSec"),
}
DOCKER = Platform("Docker", 10, "stop_grace_period (compose.yaml: 35s), or docker stop --time")


def redis(facts: Mapping[str, Any], settings: Kept) -> list[Finding]:
    """`facts` are what the server tells of itself; what it keeps to itself is missing."""
    if not facts:
        return [Finding("problem", "Redis", "it tells nothing of itself; put REDIS_URL right first")]
    return [_policy(facts), _persistence(facts), _memory(facts), _role(facts), _tls(settings)]


def _policy(facts: Mapping[str, Any]) -> Finding:
    policy = facts.get("maxmemory-policy", facts.get("maxmemory_policy"))
    if policy == "noeviction":
        return Finding("ok", "Redis policy", "noeviction")
    if policy is None:
        return Finding("warning", "Redis policy", "it does not tell; see that maxmemory-policy is noeviction")
    return Finding("problem", "Redis policy", f"{policy} lets it forget messages; set maxmemory-policy noeviction")


def _persistence(facts: Mapping[str, Any]) -> Finding:
    about = "Redis persistence"
    if "err" in (facts.get("aof_last_write_status"), facts.get("rdb_last_bgsave_status")):
        return Finding("problem", about, "its last write to its disk failed; look at its log and its disk")
    if facts.get("aof_enabled"):
        return Finding("ok", about, "append-only file")
    if "aof_enabled" not in facts:
        return Finding("warning", about, "it does not tell; see that it keeps an append-only file")
    if facts.get("save"):
        return Finding("warning", about, "snapshots only: a crash loses minutes; set appendonly yes")
    return Finding("warning", about, "none: a restart of Redis forgets everything; set appendonly yes")


def _memory(facts: Mapping[str, Any]) -> Finding:
    about, used = "Redis memory", float(facts.get("used_memory", 0))
    most = float(facts.get("maxmemory", 0) or 0)
    told = f"{used / 1e6:.0f} MB used"
    if not used:
        return Finding("warning", about, "it does not tell; watch it: a full Redis takes no questions in")
    if not most:
        return Finding("warning", about, f"{told}, without a limit: set maxmemory below what its machine has")
    state: State = "problem" if used >= most else "warning" if used >= FULL * most else "ok"
    advice = "" if state == "ok" else "; give it more, or lower HISTORY_DAYS"
    return Finding(state, about, f"{told} of {most / 1e6:.0f} MB{advice}")


def _role(facts: Mapping[str, Any]) -> Finding:
    if facts.get("role") == "slave":
        return Finding("problem", "Redis role", "it is a replica, which takes no writes; write the master's address")
    return Finding("ok", "Redis role", "it takes writes")


def _tls(settings: Kept) -> Finding:
    about, url = "Redis TLS", settings.redis_url
    if url.startswith("rediss"):
        if settings.redis_tls_verify:
            return Finding("ok", about, "encrypted, and its certificate is checked")
        why = "encrypted, but whoever answers is trusted; REDIS_TLS_VERIFY=true where its certificate is a real one"
        return Finding("warning", about, why)
    if addresses.leave_this_machine(url):
        return Finding("warning", about, "none: others on the network can read along; use rediss:// if you can")
    return Finding("ok", about, "not needed on this machine")


def clock(name: str, ahead: float | None, *, signed: bool = False) -> Finding:
    """How many seconds another's clock is ahead of ours; None where it does not tell. `signed`: Slack's signatures are
    looked at, which are good for five minutes."""
    about = f"Clock and {name}"
    if ahead is None:
        return Finding("warning", about, "it does not tell; see that this machine's clock is set by NTP")
    if abs(ahead) <= APART:
        return Finding("ok", about, "they agree")
    state: State = "problem" if signed and abs(ahead) >= REFUSED_AFTER else "warning"
    return Finding(state, about, f"ours is {abs(ahead):.0f} s {'late' if ahead > 0 else 'early'}; set it by NTP")


def grace(settings: Settings, environment: Mapping[str, str], docker: Path = Path("/.dockerenv")) -> Finding:
    about, wanted = "Grace", settings.shutdown_grace
    found = next((platform for name, platform in PLATFORMS.items() if environment.get(name)), None)
    found = found or (DOCKER if docker.exists() else None)
    own = f"SHUTDOWN_GRACE is {wanted:g} s"
    if found is None:
        return Finding("ok", about, f"{own}; give the process {wanted + SPARE:g} s from SIGTERM to SIGKILL")
    if found.name == "Railway":
        found = Platform(found.name, _number(environment.get(found.more)), found.more)
    if wanted + SPARE <= found.seconds:
        return Finding("ok", about, f"{own}, and {found.name} gives {found.seconds:g} s")
    given = f"{found.name} gives {found.seconds:g} s unless told otherwise"
    return Finding("warning", about, f"{own}, and {given}: see that it is {wanted + SPARE:g} s by {found.more}")


def _number(text: str | None) -> float:
    with suppress(ValueError):
        return float(text or 0)
    return 0.0


def scopes(granted: tuple[str, ...]) -> list[Finding]:
    if not granted:
        return [Finding("warning", "Scopes", "Slack does not tell; compare them with: python -m bot manifest")]
    missing = sorted(SCOPES.keys() - set(granted))
    if not missing:
        return [Finding("ok", "Scopes", f"all {len(SCOPES)} are granted")]
    mend = "add it under OAuth & Permissions and reinstall the app"
    return [
        Finding(
            "warning" if scope in OPTIONAL else "problem", "Scopes", f"{scope} is missing ({SCOPES[scope]}); {mend}"
        )
        for scope in missing
    ]


def ports(settings: Settings) -> list[Finding]:
    port, found = settings.answers_at, list[Finding]()
    if port is None:
        found.append(Finding("warning", "Port", "none, so no probe is answered; set PORT, such as 3000"))
    else:
        found.append(_port(settings, port, "PORT"))
    if settings.metrics_port is not None:
        found.append(
            Finding("problem", "METRICS_PORT", f"it is PORT as well ({port}); choose another")
            if settings.metrics_port == port and port
            else _port(settings, settings.metrics_port, "METRICS_PORT")
        )
    return found


def _port(settings: Settings, port: int, name: str) -> Finding:
    about = name if name != "PORT" else "Port"
    try:
        with socket.create_server(
            (settings.host, port), family=socket.AF_INET6 if ":" in settings.host else socket.AF_INET
        ):
            return Finding("ok", about, f"{port} is free at {settings.host}")
    except OSError as error:
        why = error.strerror or type(error).__name__
    if _is_ours(settings.model_copy(update={"port": port})):
        return Finding("ok", about, f"{port} is in use, by a bot that is alive")
    return Finding("problem", about, f"{port} at {settings.host} cannot be had ({why}); choose another {name}")


def _is_ours(settings: Settings) -> bool:
    try:
        return '"status"' in health.ask(settings, "/livez")
    except (SettingsError, StartError):
        return False


def ahead(facts: Mapping[str, Any]) -> float | None:
    """How many seconds Redis' clock is ahead of ours."""
    told, asked = facts.get("time"), facts.get("asked_at")
    return None if told is None or asked is None else float(told) - float(asked)


def here(settings: Settings) -> list[Finding]:
    """What can be seen on this machine alone."""
    return [grace(settings, os.environ), *ports(settings)]


def ahead_of_us(date: float | None) -> float | None:
    return None if date is None else date - time.time()
