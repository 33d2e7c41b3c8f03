"""What the system lets the process that reads strangers' files give up for good, and what of it this kernel has.

Every Unix has limits: nothing more can be opened, be it a file or a socket, and no process begun. Linux has
`no_new_privs`, Landlock (no file, no port, no signal to others) and a seccomp filter that leaves what computing takes:
memory, time, and what is already open. None of it needs rights. Sources: setrlimit(2), prctl(2), landlock(7) and
seccomp(2) of the Linux man-pages; the numbers are those of the kernel's headers `asm/unistd_64.h` and
`asm-generic/unistd.h`.
"""

import ctypes
import os
import platform
import resource
import struct
import sys
from collections.abc import Callable

NAMES = ("no_new_privs", "landlock", "limits", "seccomp")
"""In the order in which they close: Landlock still opens something, and seccomp allows nothing of this any more."""

_SET_DUMPABLE, _SET_SECCOMP, _SET_NO_NEW_PRIVS = 4, 22, 38  # prctl(2)
_FILTER = 2  # SECCOMP_MODE_FILTER

# Landlock: what can be forbidden grew with the versions of its interface.
_CREATE_RULESET, _RESTRICT_SELF = 444, 446  # the same on every architecture
_FILES = {1: 13, 2: 14, 3: 15, 5: 16}  # bits for access to files, from this version on
_PORTS, _OTHERS = 0b11, 0b11  # to bind and to connect, from 4 on; abstract sockets and signals, from 6 on

_LOAD, _EQUAL, _RETURN = 0x20, 0x15, 0x06  # BPF: a word of the call, jump if equal, end
_ALLOW, _REFUSE, _KILL = 0x7FFF0000, 0x00050001, 0x80000000  # refused calls fail with EPERM
_ARCHITECTURES = {"x86_64": (0xC000003E, 0), "aarch64": (0xC00000B7, 1)}
# What computing in memory takes, and to read and write what is open: the numbers on x86_64 and on aarch64.
_CALLS = {
    "read": (0, 63),
    "write": (1, 64),
    "close": (3, 57),
    "fstat": (5, 80),
    "lseek": (8, 62),
    "mmap": (9, 222),
    "mprotect": (10, 226),
    "munmap": (11, 215),
    "brk": (12, 214),
    "mremap": (25, 216),
    "madvise": (28, 233),
    "rt_sigaction": (13, 134),
    "rt_sigprocmask": (14, 135),
    "rt_sigreturn": (15, 139),
    "sigaltstack": (131, 132),
    "restart_syscall": (219, 128),
    "futex": (202, 98),
    "set_robust_list": (273, 99),
    "rseq": (334, 293),
    "membarrier": (324, 283),
    "sched_yield": (24, 124),
    "nanosleep": (35, 101),
    "clock_nanosleep": (230, 115),
    "clock_gettime": (228, 113),
    "gettimeofday": (96, 169),
    "getpid": (39, 172),
    "gettid": (186, 178),
    "getrusage": (98, 165),
    "sysinfo": (99, 179),
    "getrandom": (318, 278),
    "exit": (60, 93),
    "exit_group": (231, 94),
}


def close() -> list[str]:
    """Give up all that can be given up here; returns the names of what was. There is no way back."""
    steps: dict[str, Callable[[], bool]] = {"limits": _limits}
    if sys.platform == "linux":
        steps |= {
            "no_new_privs": lambda: _prctl(_SET_NO_NEW_PRIVS, 1),
            "landlock": _landlock,
            "seccomp": _seccomp,
        }
    return [name for name in NAMES if name in steps and steps[name]()]


def hide() -> bool:
    """Let no other process of this account read our memory and environment, nor a core dump hold them."""
    return sys.platform == "linux" and _prctl(_SET_DUMPABLE, 0)


def _limits() -> bool:
    """Standard input and output stay open. (Root may begin processes in spite of the second.)"""
    for limit, most in ((resource.RLIMIT_NOFILE, 3), (resource.RLIMIT_NPROC, 0)):
        try:
            resource.setrlimit(limit, (most, most))
        except (ValueError, OSError):
            return False
    return True


def _prctl(option: int, *values: object) -> bool:
    numbers = [ctypes.c_ulong(value) if isinstance(value, int) else value for value in values]
    numbers += [ctypes.c_ulong(0)] * (4 - len(numbers))
    return int(ctypes.CDLL(None).prctl(option, *numbers)) == 0


def _syscall(number: int, *values: object) -> int:
    call = ctypes.CDLL(None).syscall
    call.restype = ctypes.c_long
    return int(call(ctypes.c_long(number), *values))


def _landlock() -> bool:
    """Everything that this version of Landlock knows is forbidden; there are no exceptions."""
    version = _syscall(_CREATE_RULESET, None, ctypes.c_size_t(0), ctypes.c_uint32(1))
    if version < 1:
        return False
    bits = max(bits for since, bits in _FILES.items() if version >= since)
    rules = struct.pack("=Q", (1 << bits) - 1)
    rules += struct.pack("=Q", _PORTS) if version >= 4 else b""
    rules += struct.pack("=Q", _OTHERS) if version >= 6 else b""
    ruleset = _syscall(_CREATE_RULESET, rules, ctypes.c_size_t(len(rules)), ctypes.c_uint32(0))
    if ruleset < 0:
        return False
    try:
        return _syscall(_RESTRICT_SELF, ctypes.c_int(ruleset), ctypes.c_uint32(0)) == 0
    finally:
        os.close(ruleset)


def _seccomp() -> bool:
    """Whatever is not on the list is refused; a program that speaks to the kernel as another machine would is ended."""
    known = _ARCHITECTURES.get(platform.machine())
    if known is None or sys.maxsize < 2**32:
        return False
    architecture, column = known
    steps = [(_LOAD, 0, 0, 4), (_EQUAL, 1, 0, architecture), (_RETURN, 0, 0, _KILL), (_LOAD, 0, 0, 0)]
    for numbers in _CALLS.values():
        steps += [(_EQUAL, 0, 1, numbers[column]), (_RETURN, 0, 0, _ALLOW)]
    steps.append((_RETURN, 0, 0, _REFUSE))
    code = ctypes.create_string_buffer(b"".join(struct.pack("=HBBI", *step) for step in steps))
    program = _Program(len(steps), ctypes.cast(code, ctypes.c_void_p))
    return _prctl(_SET_SECCOMP, _FILTER, ctypes.byref(program))


class _Program(ctypes.Structure):
    """`struct sock_fprog`."""

    _fields_ = (("length", ctypes.c_ushort), ("steps", ctypes.c_void_p))
