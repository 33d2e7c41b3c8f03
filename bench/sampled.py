"""Runs a Python module and looks, every few milliseconds of its processor time, at what it is doing.

    python sampled.py OUT bot run

SIGUSR1 begins the looking and a second one ends it; at the end of the module, OUT holds the stacks and how often each
was seen, as JSON. Unlike cProfile this does not make small functions look dear. Time that C code and the system spend
is counted for the Python function that called them.
"""

import json
import runpy
import signal
import sys
from collections import Counter
from pathlib import Path
from types import FrameType

EVERY = 0.002  # seconds of processor time; the kernel's own tick may make it longer

Place = tuple[str, str]
_seen: Counter[tuple[Place, ...]] = Counter()
_looking = False


def _look(_number: int, frame: FrameType | None) -> None:
    stack: list[Place] = []
    while frame is not None:
        stack.append((frame.f_code.co_filename, frame.f_code.co_qualname))
        frame = frame.f_back
    _seen[tuple(stack)] += 1


def _toggle(_number: int, _frame: FrameType | None) -> None:
    global _looking
    _looking = not _looking
    every = EVERY if _looking else 0.0
    signal.setitimer(signal.ITIMER_PROF, every, every)


def main() -> None:
    out, module = Path(sys.argv[1]), sys.argv[2]
    sys.argv = [module, *sys.argv[3:]]
    signal.signal(signal.SIGPROF, _look)
    signal.signal(signal.SIGUSR1, _toggle)
    for number in (signal.SIGPROF, signal.SIGUSR1):
        signal.siginterrupt(number, False)
    try:
        runpy.run_module(module, run_name="__main__", alter_sys=True)
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0.0)
        out.write_text(json.dumps([[times, stack] for stack, times in _seen.items()]))


if __name__ == "__main__":
    main()
