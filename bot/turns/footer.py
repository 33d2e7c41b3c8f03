"""The small line under an answer: what it took."""

from bot.conversation.tokens import Usage


def footer(
    style: str,
    *,
    model: str,
    usage: Usage | None,
    cost: float | None,
    seconds: float,
    persona: str | None = None,
    notes: tuple[str, ...] = (),
) -> str | None:
    """The small line under an answer; None for style "off" unless there is a note that the reader needs.

    `usage` and `cost` are None when they are not known; `persona` is who answered, if that is worth telling.
    """
    if style == "off":
        return " · ".join(notes) or None
    who = [persona] if persona else []
    about = [model] if style == "full" else []
    return " · ".join([*notes, *who, *about, _tokens(style, usage), _dollars(cost), f"{seconds:.1f} s"])


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
