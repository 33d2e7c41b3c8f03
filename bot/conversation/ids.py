"""The ids of threads and messages, and the order of messages in a thread."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ThreadKey:
    """One Slack thread. `root` is the `ts` of its first message; a DM's top-level message is a root of its own."""

    team: str
    channel: str
    root: str

    def __str__(self) -> str:
        return f"{self.team}/{self.channel}/{self.root}"

    @property
    def direct(self) -> bool:
        """Whether it is in a direct message: one person and the bot."""
        return self.channel.startswith("D")

    @classmethod
    def parse(cls, text: str) -> "ThreadKey":
        team, channel, root = text.split("/")
        return cls(team, channel, root)


def order(ts: str) -> int:
    """A Slack `ts` as whole microseconds: exact in a Redis score (below 2^53), unlike the float it resembles."""
    seconds, _, fraction = ts.partition(".")
    return int(seconds) * 1_000_000 + int((fraction + "000000")[:6])


def just_after(ts: str) -> str:
    """The first place behind a message: Slack gives it to nobody else for all practical purposes."""
    seconds, fraction = divmod(order(ts) + 1, 1_000_000)
    return f"{seconds}.{fraction:06}"
