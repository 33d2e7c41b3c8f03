"""Commands to what may be used, as values."""

from bot.commands.budget_model import SetBudget
from bot.conversation.places import Direct
from bot.usage.budgets import OFF, Owner


def test_a_budget_of_a_persona_names_it() -> None:
    assert SetBudget(Owner("persona", "Bard"), None, OFF, Direct()).name == "Bard"
