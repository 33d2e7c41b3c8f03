"""What of a thread is one person's own: what the export shows is what forgetting removes."""

from bot.conversation.messages import Message
from bot.policy.readers import without_quotes
from bot.privacy.held import Held, Own, place

ANSWER = "/answer"


def own(held: Held, user: str, *, answers: bool = True, until: int | None = None) -> Own:
    """What this person said, forwarded or not, and how they voted. What waits for an answer is not among it yet.

    With `answers`, what the bot said since their first word: all of it was written with their words in view. `until`:
    only what stood there up to this place. What cannot be read may be theirs, and counts as such. Direct messages are
    theirs as a whole.
    """
    said = {member: message for member, message in held.messages.items() if until is None or place(member) <= until}
    theirs = [member for member, message in said.items() if _is_by(user, member, message)]
    if held.thread.direct and theirs and len(said) == len(held.messages):
        return Own(whole=True)
    begun = min(map(place, theirs), default=None)
    given = [member for member in said if answers and begun is not None and _is_answer_since(begun, member)]
    quoting = {
        member: without_quotes(message, {user})
        for member, message in said.items()
        if message is not None and member not in theirs and any(quote.author == user for quote in message.quotes)
    }
    return Own(
        messages=tuple(member for member in theirs if member not in held.waiting),
        answers=tuple(given),
        quoting=quoting,
        votes=tuple(vote for vote in held.votes if vote.partition("/")[2] == user),
        turns=tuple(newest for newest, askers in held.turns.items() if user in askers),
    )


def _is_by(user: str, member: str, message: Message | None) -> bool:
    return not member.endswith(ANSWER) if message is None else message.kind is None and message.author == user


def _is_answer_since(begun: int, member: str) -> bool:
    return member.endswith(ANSWER) and place(member) >= begun
