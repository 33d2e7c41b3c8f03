"""What the reader of an answer has to know of it: how it ended, who stood in for whom, what the model has not seen."""

from bot.conversation.notes import Note
from bot.conversation.pieces import Finished, Interrupted
from bot.policy import triggers
from bot.policy.preferences import POLICY, Rules
from bot.turns.generate import End, Full, Generated, OutOfBudget, Stopped, TimedOut
from bot.turns.history import Recalled

ENDED = {"length": "ended.length", "content_filter": "ended.filtered", None: "ended.broken-off"}
"""By the reason that the model gave, in the API's word."""


def notes(generated: Generated, rules: Rules, recalled: Recalled, *, direct: bool = False) -> tuple[Note, ...]:
    found = [*_about_the_end(generated.end)]
    if generated.age is not None:
        found.append(Note("kept", {"count": int(generated.age // 60)}))
    if (route := generated.route) and route.instead:
        found.append(
            Note("stood-in", {"model": route.model, "wanted": route.instead, "why": Note(f"because.{route.why}")})
        )
    if rules.gone and rules.gone_at in ("thread", "person"):  # a place's is for who manages it
        found.append(Note("persona-gone", {"gone": rules.gone, "answers": rules.persona.name}))
    found += generated.ask.file_notes
    if unread := generated.ask.unread_quotes:
        found.append(Note("quotes-unread", {"count": unread}))
    if hidden := generated.ask.hidden_count:
        found.append(Note("hidden", {"count": hidden}))
    if recalled.unread:
        found.append(Note("newest-unread" if recalled.newest else "earlier-unread"))
    if recalled.locked:
        found.append(Note("earlier-locked", {"count": recalled.locked}))
    if left_out := generated.ask.left_out + recalled.left_out:
        found.append(Note("left-out", {"count": left_out}))
    begun = any(message.role == "assistant" for message in recalled.messages)
    if not direct and not begun and triggers.follows(rules) and rules.origins[POLICY.name] != "thread":
        found.append(Note("follows"))
    return tuple(found)


def _about_the_end(end: End) -> tuple[Note, ...]:
    match end:
        case Stopped():
            return (Note("ended.stopped"),)
        case TimedOut():
            return (Note("ended.timed-out"),)
        case Interrupted(why):
            return (Note(f"ended.{why}"),)
        case Finished("stop" | "tool_calls" | "function_call"):
            return ()
        case OutOfBudget(budget):
            return (Note(f"ended.budget.{budget.kind}.{budget.span}"),)
        case Full(messages):
            return (Note("ended.full", {"count": messages}),)
        case Finished(reason):
            return (Note(ENDED.get(reason, "ended.early")),)
