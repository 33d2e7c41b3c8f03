"""What it costs a turn to hide from the model what it must not be told.

    python -m bench.redaction

Conversations of several lengths, as all of their words are looked through for one request, in processor time; and an
answer of 1,300 characters with two placeholders, restored as it comes in pieces of four characters.
"""

import time
from collections.abc import Callable

from bot.conversation.messages import Message
from bot.redaction.find import Mode
from bot.redaction.own import none
from bot.redaction.restore import Restored
from bot.turns.redact import redact

SAYING = (
    "How would you put number three to a customer who has read neither the contract nor our letter of last week? "
    "We spoke on 2026-11-30 about order 4711-0815, commit 9fceb02d0ae598e95dc970b74767f19372d61af8 and "
    "https://example.org/a. "
)
TELLING = SAYING + "Ask carla.doe@example.org or +49 170 1234567. "
ANSWER = "Write to [EMAIL_1], or call [PHONE_1]. " + "It says that what was ordered is delivered in parts. " * 24
LENGTHS = (1, 10, 50, 200)
ROUNDS = 60


def measured(work: Callable[[], object]) -> float:
    """The median of many rounds, in microseconds."""
    times = []
    for _ in range(ROUNDS):
        began = time.thread_time_ns()
        work()
        times.append(time.thread_time_ns() - began)
    return sorted(times)[ROUNDS // 2] / 1000


def hidden(messages: list[Message], mode: Mode) -> float:
    return measured(lambda: redact(messages[:-1], messages[-1:], {}, {}, mode, none))


def answered() -> float:
    told = redact([], [Message("1.0", "U1", TELLING)], {}, {}, "personal", none)
    pieces = [ANSWER[start : start + 4] for start in range(0, len(ANSWER), 4)]

    def read() -> str:
        reading = Restored(told.values)
        return "".join([*map(reading.feed, pieces), reading.rest()])

    return measured(read)


def main() -> None:
    print("| messages | characters | `secrets`, µs | `personal`, µs |", "|---:" * 4 + "|", sep="\n")
    for length in LENGTHS:
        messages = [Message(f"{n}.0", "U1", TELLING if n % 5 == 0 else SAYING) for n in range(length)]
        characters = sum(len(message.text) for message in messages)
        secrets, personal = hidden(messages, "secrets"), hidden(messages, "personal")
        print(f"| {length} | {characters:,} | {secrets:,.0f} | {personal:,.0f} |")
    print(f"\nAn answer, restored: {answered():,.0f} µs")


if __name__ == "__main__":
    main()
