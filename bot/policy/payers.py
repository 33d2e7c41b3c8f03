"""Under whom a question is entered, and whose budgets it needs room in."""

from bot.conversation.ids import ThreadKey
from bot.policy.tokens import is_channel, person
from bot.usage.budgets import Who


def who(thread: ThreadKey, actor: str, persona: str) -> Who:
    """`persona` is a name. Direct messages are no channel; what a program asks counts for its token."""
    if is_channel(thread.channel):
        return Who(person(actor), persona=persona, token=thread.channel)
    return Who(person(actor), "" if thread.direct else thread.channel, persona)
