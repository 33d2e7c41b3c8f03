"""The small line under an answer: what the reader has to know of it, and what it took."""

from bot.conversation.tokens import Usage
from bot.policy.preferences import Rules
from bot.ports import Finished, Interrupted
from bot.turns.generate import End, Generated, Stopped, TimedOut
from bot.turns.history import Recalled
from bot.turns.state import Taken

ENDED = {
    "length": "cut at the length limit",
    "content_filter": "stopped by the provider's content filter",
    None: "the model's server broke off before the end",
}


def footer(style: str, taken: Taken, *, persona: str | None = None, notes: tuple[str, ...] = ()) -> str | None:
    """The line; None for style "off" unless there is a note that the reader needs.

    `persona` is who answered, if that is worth telling.
    """
    if style == "off":
        return " · ".join(notes) or None
    who = [persona] if persona else []
    about = [taken.model] if style == "full" else []
    used, paid = _tokens(style, taken.usage), _dollars(taken.cost)
    return " · ".join([*notes, *who, *about, used, paid, f"{taken.seconds:.1f} s"])


def notes(generated: Generated, rules: Rules, recalled: Recalled) -> tuple[str, ...]:
    """What the reader has to know: how the answer ended, who stood in for whom, what the model has not seen."""
    found = list(_about_the_end(generated.end))
    if rules.gone and rules.gone_at in ("thread", "person"):  # a place's is for who manages it
        found.append(f"“{rules.gone}” is deleted, {rules.persona.name} answers")
    found += generated.ask.file_notes
    if recalled.unread:
        found.append("some earlier messages could not be read")
    if left_out := generated.ask.left_out + recalled.left_out:
        found.append(f"{left_out} earlier message{'s' if left_out > 1 else ''} left out")
    return tuple(found)


def _about_the_end(end: End) -> tuple[str, ...]:
    match end:
        case Stopped():
            return ("stopped",)
        case TimedOut():
            return ("incomplete: the answer took too long",)
        case Interrupted(why):
            return (f"incomplete: {why}",)
        case Finished("stop" | "tool_calls" | "function_call"):
            return ()
        case Finished(reason):
            return (ENDED.get(reason, f"ended early: {reason}"),)


def _tokens(style: str, usage: Usage | None) -> str:
    if usage is None:
        return "tokens unknown"
    about = "≈ " if usage.estimated else ""
    if style == "compact":
        return f"{about}{usage.total:,} tokens"
    cached = f" ({usage.cached:,} cached)" if usage.cached else ""
    return f"{about}{usage.input:,} in{cached} + {usage.output:,} out = {usage.total:,} tokens"


def _dollars(cost: float | None) -> str:
    if cost is None:
        return "cost unknown"
    return f"${cost:.4f}" if cost >= 0.0001 else "< $0.0001" if cost else "$0"
