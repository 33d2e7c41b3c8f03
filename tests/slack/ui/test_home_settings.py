"""What applies in the workspace, on the Home tab."""

from typing import Any

import pytest

from bot import wording
from bot.commands.model import Choose
from bot.commands.reports import ForAdmins, InForce, Reasons
from bot.conversation.places import Direct
from bot.personas.persona import Persona
from bot.policy.preferences import PREFERENCES, Access, Rules
from bot.slack.ui import home_settings
from bot.usage.ledger import Spent
from tests.responder import shown
from threadbot_sandbox.slack.blocks import checked

ENGLISH = wording.of("en")
VALUES: dict[str, Any] = {name: row.default for name, row in PREFERENCES.items()} | {"model": "small-model"}
NOBODY = Access()
RULES = Rules(Persona("default", ""), VALUES, dict.fromkeys(VALUES, "settings"))


def admins(access: Access = NOBODY, **chosen: Any) -> ForAdmins:
    return ForAdmins(Spent(), {}, chosen, {}, (), Reasons((), named=False), access)


def blocks(seen: InForce, by: ForAdmins | None) -> list[dict[str, Any]]:
    found = list(home_settings.blocks(seen, by, ENGLISH))
    assert checked(found, most=100, surface="home")
    return found


def menus(seen: InForce, by: ForAdmins) -> dict[str, dict[str, Any]]:
    found = [block["accessory"] for block in blocks(seen, by) if "accessory" in block]
    return {each["action_id"]: each for each in found}


def test_who_may_change_nothing_reads_it() -> None:
    found = blocks(InForce(RULES, minute=3), None)

    assert not [block for block in found if "accessory" in block]
    assert "Model: `small-model` – _from the operator's settings_" in shown(found)
    assert "When I speak: I answer when I am mentioned" in shown(found)
    assert "Footer: compact" in shown(found)
    assert "How often people may ask: 3 questions a minute" in shown(found)
    assert "Guests" not in shown(found)


def test_an_admin_has_a_control_for_each() -> None:
    found = menus(InForce(RULES, ("small-model", "other")), admins(Access(guests=True), footer="off"))

    assert list(found) == ["home_set_model", "home_set_policy", "home_set_footer", "home_budgets", "home_access"]
    assert [each["value"] for each in found["home_set_model"]["options"]] == ["*", "small-model", "other"]
    assert found["home_set_model"]["initial_option"]["value"] == "*"
    assert found["home_set_footer"]["initial_option"]["text"]["text"] == "Off"
    assert "Guests are answered." in shown(blocks(InForce(RULES), admins(Access(guests=True))))


@pytest.mark.parametrize(
    ("models", "chosen", "control"),
    [((), {}, "button"), (("x" * 160,), {}, "button"), (("a",), {"model": "gone"}, "static_select")],
)
def test_a_model_is_chosen_from_a_menu_or_written(
    models: tuple[str, ...], chosen: dict[str, Any], control: str
) -> None:
    [model] = [m for a, m in menus(InForce(RULES, models), admins(**chosen)).items() if "model" in a]

    assert model["type"] == control
    assert "gone" in str(model) or "model" not in chosen


def test_slack_takes_a_menu_of_any_number_of_models() -> None:
    models = tuple(f"model-{n}" for n in range(500))

    assert len(menus(InForce(RULES, models), admins(model="one-more"))["home_set_model"]["options"]) == 100


@pytest.mark.parametrize(
    ("action", "value", "choice"),
    [
        ("home_set_footer", "off", Choose("footer", "off", "workspace", Direct())),
        ("home_set_footer", "*", Choose("footer", None, "workspace", Direct())),
        ("home_set_model", "gpt", Choose("model", "gpt", "workspace", Direct())),
        ("home_set_footer", "large", None),
        ("home_set_policy", "", None),
        ("home_set_readers", "all", None),
        ("other", "*", None),
    ],
)
def test_a_menu_asks_for_what_was_chosen(action: str, value: str, choice: Choose | None) -> None:
    assert home_settings.chosen(action, value) == choice
