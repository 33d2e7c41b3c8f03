"""What encryption costs a turn.

    python -m bench.sealing

One turn writes its question, the whole answer while it waits to be shown, and the answer as history; it reads its
question and the thread's past. Measured is the work on these texts in the process, once plain and once sealed, for
threads of several lengths, in processor time; beside it, how much longer they are in Redis.
"""

import base64
import os
import time
from collections.abc import Callable

from bot.conversation.ids import ThreadKey
from bot.conversation.messages import File, Message
from bot.store import records
from bot.store.seal import PLAIN, Seal
from bot.turns.state import Complete, Record

THREAD = ThreadKey("slack", "T1", "C1", "1763700000.000100")
QUESTION = (
    "How would you put number three to a customer who has read neither the contract nor our letter of last week? " * 2
)
ANSWER = (
    "In short, it says that what was ordered is delivered in parts, and that each part is paid for on arrival. " * 12
)
ASKED = Message("1763700001.000100", "UADA", QUESTION, files=(File("F1", "contract.pdf", "application/pdf", 90_000),))
SAID = Message("1763700001.000100", "", ANSWER, kind="answer")
WHOLE = Complete(ANSWER, ANSWER, "small-model · 900 tokens", Record("answered", ("UADA",), ("1763700001.000100",)))
ROUNDS = 400
PASTS = (0, 20, 100, 400)


def turn(seal: Seal, past: list[str]) -> int:
    """Everything that one turn writes and reads. Returns how many characters it writes."""
    asked = records.write_message(seal, THREAD, ASKED)
    records.messages(seal, THREAD, [asked])
    records.messages(seal, THREAD, past)
    whole = records.write_complete(seal, THREAD, WHOLE)
    said = records.write_message(seal, THREAD, SAID)
    return len(asked) + len(whole) + len(said)


def measured(work: Callable[[], object]) -> float:
    """The median of many rounds, in microseconds."""
    times = []
    for _ in range(ROUNDS):
        began = time.thread_time_ns()
        work()
        times.append(time.thread_time_ns() - began)
    return sorted(times)[ROUNDS // 2] / 1000


def main() -> None:
    key = f"k1:{base64.b64encode(os.urandom(32)).decode()}"
    sealed = Seal(lambda: key)
    print("| messages in the thread | plain, µs | encrypted, µs | more |", "|---:" * 4 + "|", sep="\n")
    for length in PASTS:
        took = []
        for seal in (PLAIN, sealed):
            pair = [records.write_message(seal, THREAD, ASKED), records.write_message(seal, THREAD, SAID)]
            past = pair * (length // 2)
            took.append(measured(lambda seal=seal, past=past: turn(seal, past)))  # type: ignore[misc]
        print(f"| {length} | {took[0]:.0f} | {took[1]:.0f} | {took[1] - took[0]:.0f} |")
    print(f"\nWritten in Redis: ×{turn(sealed, []) / turn(PLAIN, []):.2f}")


if __name__ == "__main__":
    main()
