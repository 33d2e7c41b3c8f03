"""What reads strangers' files really tries to get out, from inside the fence, and cannot."""

import json
import logging
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from bot.conversation.attachments import Words
from bot.documents import fence
from bot.documents.process import Reader

ROOT = Path(__file__).parents[2]
PROBE = """
import json, os, socket, sys
sys.path.append({root!r})
from bot.documents import child
import ctypes, hashlib, random, resource, signal, subprocess, threading, time, zlib
TARGET = {target!r}
LIBC = ctypes.CDLL(None)
WORD = ctypes.create_string_buffer(128)
fences = child.shut_in({kind!r}, 512 * 1024 * 1024, 10)
sys.stdin.buffer.read()
told = {{}}
for attempt in {attempts!r}:
    try:
        told[attempt] = f"got out: {{eval(attempt)!r}}"
    except BaseException as held:
        told[attempt] = f"held: {{type(held).__name__}}"
told["fences"] = fences
sys.stdout.buffer.write(json.dumps({{"text": json.dumps(told), "share": 1, "fences": fences}}).encode())
"""
LINUX = pytest.mark.skipif(sys.platform != "linux", reason="fences are Linux's")


async def tried(folder: Path, attempts: list[str], target: str = "", kind: str = "pdf") -> dict[str, str]:
    """What became of each attempt by a child that is shut in as the real one is; skipped where it cannot be."""
    program = folder / "probe.py"
    program.write_text(PROBE.format(root=str(ROOT), target=target, kind=kind, attempts=attempts))
    read = await Reader(10_000, program=program).read(b"any")
    assert isinstance(read, Words)
    outcomes = json.loads(read.text)
    if "seccomp" not in outcomes.pop("fences"):
        pytest.skip("this kernel has no seccomp filters")
    assert list(outcomes) == attempts
    return dict(outcomes)


def got_out(outcomes: dict[str, str]) -> dict[str, str]:
    return {attempt: outcome for attempt, outcome in outcomes.items() if not outcome.startswith("held")}


ON_FILES = [
    "open(TARGET).read()",
    "os.stat(TARGET)",
    "os.listdir('/')",
    "open(TARGET, 'w').write('x')",
    "os.unlink(TARGET)",
    "os.rename(TARGET, TARGET + '2')",
    "os.chmod(TARGET, 0o777)",
    "os.symlink(TARGET, TARGET + '3')",
    "os.link(TARGET, TARGET + '4')",
    "os.mkdir(TARGET + '5')",
    "os.truncate(TARGET, 0)",
    "os.open(TARGET, os.O_PATH)",
    "os.open('/proc/self/environ', os.O_RDONLY)",
    "os.dup(0)",
    "os.pipe()",
    "os.memfd_create('x')",
    "LIBC.syscall(ctypes.c_long(425), 8, WORD) >= 0 or 1 / 0",  # io_uring would do it on our behalf
]
ON_THE_NETWORK = [
    "socket.create_connection(('127.0.0.1', int(TARGET)), timeout=1)",
    "socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'x', ('127.0.0.1', int(TARGET)))",
    "socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)",
    "socket.socket(socket.AF_NETLINK, socket.SOCK_RAW)",
    "socket.socketpair()",
    "socket.getaddrinfo('localhost', 80, socket.AF_INET, socket.SOCK_STREAM)[0] and socket.socket()",
]
ON_PROCESSES = [
    "os.fork() or os._exit(0)",
    "os.posix_spawn('/bin/true', ['true'], {})",
    "subprocess.run(['/bin/true'])",
    "threading.Thread(target=print).start()",
    "LIBC.unshare(0x10000000) == 0 or 1 / 0",
    "LIBC.setns(0, 0) == 0 or 1 / 0",
    "resource.setrlimit(resource.RLIMIT_CPU, (99, 99))",
    "os.setuid(0)",
    "os.execv('/bin/true', ['true'])",
]
ON_THE_PARENT = [
    "open(f'/proc/{os.getppid()}/environ').read()",
    "open(f'/proc/{TARGET}/environ').read()",
    "open(f'/proc/{TARGET}/mem', 'rb').read(1)",
    "os.readlink(f'/proc/{TARGET}/fd/0')",
    "LIBC.ptrace(ctypes.c_long(0x4206), ctypes.c_long(int(TARGET)), None, None) == 0 or 1 / 0",  # PTRACE_SEIZE
    "os.kill(int(TARGET), 0)",
    "signal.pidfd_send_signal(os.pidfd_open(int(TARGET)), 0)",
    "LIBC.process_vm_readv(int(TARGET), WORD, 1, WORD, 1, 0) >= 0 or 1 / 0",
    "os.sched_setaffinity(int(TARGET), {0})",
    "resource.prlimit(int(TARGET), resource.RLIMIT_NOFILE)",
]
COMPUTING = {
    "len(bytearray(50_000_000))": "50000000",
    "zlib.decompress(zlib.compress(b'x'))": "b'x'",
    "hashlib.md5(b'').hexdigest()": "'d41d8cd98f00b204e9800998ecf8427e'",
    "random.SystemRandom().random() < 1": "True",
    "time.sleep(0.001)": "None",
    "'Käse'.encode('cp1250').decode('iso8859_2')": "'Käse'",
}


@pytest.mark.parametrize("kind", ["pdf", "text"])
@LINUX
async def test_no_file_is_within_reach(tmp_path: Path, kind: str) -> None:
    target = tmp_path / "secret.env"
    target.write_text("SLACK_BOT_TOKEN=xoxb")

    assert got_out(await tried(tmp_path, ON_FILES, str(target), kind)) == {}
    assert target.read_text() == "SLACK_BOT_TOKEN=xoxb"
    assert sorted(os.listdir(tmp_path)) == ["probe.py", "secret.env"]


@LINUX
async def test_no_network_is_within_reach(tmp_path: Path) -> None:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        port = listening.getsockname()[1]

        assert got_out(await tried(tmp_path, ON_THE_NETWORK, str(port))) == {}


@LINUX
async def test_no_process_can_be_begun_and_no_limit_raised(tmp_path: Path) -> None:
    assert got_out(await tried(tmp_path, ON_PROCESSES)) == {}


@LINUX
async def test_the_parent_is_out_of_sight(tmp_path: Path) -> None:
    assert got_out(await tried(tmp_path, ON_THE_PARENT, str(os.getpid()))) == {}


async def test_what_computing_takes_is_left(tmp_path: Path) -> None:
    outcomes = await tried(tmp_path, list(COMPUTING))

    assert outcomes == {attempt: f"got out: {value}" for attempt, value in COMPUTING.items()}


@LINUX
def test_a_hidden_process_can_be_read_by_nobody_of_its_account() -> None:
    """Not even without any fence: the other process here has none."""
    lines = (
        "import subprocess, sys, os",
        "from bot.documents import fence",
        "hidden = fence.hide()",
        "spy = 'import os; print(len(open(f\"/proc/{os.getppid()}/environ\").read()))'",
        "told = subprocess.run([sys.executable, '-c', spy], capture_output=True, text=True)",
        "print(hidden, 'PermissionError' in told.stderr, repr(told.stdout))",
    )
    plain = ["setpriv", "--bounding-set=-all"] if os.geteuid() == 0 else []  # root may look at everything
    done = subprocess.run(
        [*plain, sys.executable, "-c", "\n".join(lines)], capture_output=True, text=True, cwd=ROOT, check=False
    )

    assert done.stdout == "True True ''\n", done.stderr


async def test_what_holds_here_is_said_once(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)

    await Reader(1).tell_fences()

    [record] = caplog.records
    said = vars(record)["fences"].split(", ") + vars(record)["lacks"].split(", ")
    assert set(said) - {"nothing"} == set(fence.NAMES)
    assert "limits" in vars(record)["fences"]


async def test_a_reader_that_does_not_start_is_said_as_such(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    wild = tmp_path / "wild.py"
    wild.write_text("raise SystemExit(3)")

    await Reader(1, program=wild).tell_fences()

    assert caplog.messages == ["no file can be read"]
