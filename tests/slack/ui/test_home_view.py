from typing import Any

import pytest

from bot import wording
from bot.commands.reports import ForAdmins, Overview, Reasons
from bot.personas.persona import Persona, Suggestion
from bot.policy.preferences import Choices, Entry
from bot.privacy.handling import Handling
from bot.slack.ui import home_view as home
from bot.usage.ledger import Reason, Spent
from bot.version import VERSION
from threadbot_sandbox.slack.blocks import checked

ENGLISH = wording.of("en")
CHOICES: Choices = {"persona": "p" * 40, "model": "m" * 200, "policy": "mute"}
HANDLING = Handling(("api.openai.com",), "all", "small-model", names=True, days=30.0)
BARD = Persona("Bard", "Speak in verse.", description="Speaks in <verse> & *prose*", version=3)


def seen(**more: Any) -> Overview:
    basics: dict[str, Any] = {"personas": [BARD], "spent": Spent(), "mine": None, "for_admins": None}
    return Overview(**{"month": "2026-11", "answers": BARD, "handling": HANDLING, **basics, **more})


def words(blocks: list[dict[str, Any]]) -> str:
    return "\n".join(block["text"]["text"] for block in blocks if "text" in block)


def test_what_becomes_of_ones_words_is_said() -> None:
    assert "*What leaves:* the text of the thread" in words(home.view(seen(), ENGLISH)["blocks"])
    assert "for 30 days" in words(home.view(seen(), ENGLISH)["blocks"])


def test_what_people_wrote_is_only_read() -> None:
    assert "Speaks in &lt;verse&gt; &amp; *prose*" in words(home.view(seen(), ENGLISH)["blocks"])


def test_a_price_that_is_not_known_is_said_to_be_unknown() -> None:
    partly = Spent(answers=3, input=1200, output=80, cost=0.0123, unpriced=1)

    assert "3 answers, 1,200 tokens in, 80 out, $0.0123, price of 1 answer unknown" in words(
        home.view(seen(spent=partly), ENGLISH)["blocks"]
    )


def test_a_choice_that_was_made_is_the_one_the_menu_shows() -> None:
    assert menu(mine="Bard")["initial_option"]["value"] == "Bard"
    assert menu(mine="BARD")["initial_option"]["value"] == "Bard"  # it was renamed by its case
    assert menu(mine="p199", personas=MANY)["initial_option"]["value"] == "p199"


def test_to_choose_nobody_is_no_persona() -> None:
    personas = [BARD, Persona("-", "x")]

    values = [option["value"] for option in menu(personas=personas)["options"]]
    assert len(set(values)) == 3


MANY = [Persona(f"p{n:03}", "x") for n in range(200)]


def menu(**more: Any) -> dict[str, Any]:
    view = home.view(seen(**more), ENGLISH)
    assert checked(view["blocks"], most=100, surface="home")
    found: dict[str, Any] = next(block["accessory"] for block in view["blocks"] if "accessory" in block)
    return found


def test_the_last_line_is_the_version() -> None:
    last = home.view(seen(), ENGLISH)["blocks"][-1]

    assert last["elements"][0]["text"] == f"Threadbot {VERSION}"


@pytest.mark.parametrize("many", [0, 1, 30, 300])
def test_slack_takes_it_however_much_there_is(many: int) -> None:
    personas = [Persona(f"p{n:039}", "x", description="d" * 200) for n in range(many)]
    channels = {f"C{n:010}": CHOICES for n in range(many)}
    latest = [Entry("U1", "persona.save", "x" * 40, "b" * 300, "a" * 300, 1763700000.0)] * min(many, 8)
    reason = Reason(1763700000.0, "U1", "C1", False, "down", "w" * 2000, "Bard")
    given = Reasons([reason] * min(many, 3), named=True)
    days = {f"2026-11-{n + 1:02}": Spent(calls=n, cost=n / 3) for n in range(min(many, 30))}
    admins = ForAdmins(Spent(), days, {"persona": "Bard"}, channels, latest, given)
    for drawn in (True, False):
        view = home.view(seen(personas=personas, for_admins=admins), ENGLISH, drawn=drawn)

        assert checked(view["blocks"], most=100, surface="home")


def test_suggested_prompts_are_buttons_of_a_thread_that_tries_a_persona() -> None:
    persona = Persona("Bard", "x", suggestions=tuple(Suggestion(f"t{n}" * 30, "m" * 2000) for n in range(4)))
    blocks = checked(home.hello(persona, ENGLISH))

    assert [button["value"] for button in blocks[-1]["elements"]] == ["m" * 2000] * 4
    assert len(checked(home.hello(persona, ENGLISH, question="m" * 2000))) == 2
