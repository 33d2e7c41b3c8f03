"""The table of rights that people read."""

from pathlib import Path

from bot import wording
from bot.policy.roles import ACTS, LOOK_UPS
from bot.wording import rights

DOCUMENT = Path(__file__).parents[2] / "docs" / "rights.md"


def table(name: str) -> str:
    text = DOCUMENT.read_text("utf-8")
    return text.partition(f"<!-- {name} -->")[2].partition(f"<!-- /{name} -->")[0].strip()


def test_the_document_is_made_from_the_table() -> None:
    """Renew it with `scripts/docs`."""
    assert table("rights") == rights.as_markdown(wording.of("en"))


def test_the_document_names_each_look_up_and_what_its_failure_means() -> None:
    assert table("look-ups") == rights.look_ups(wording.of("en"))
    assert len(table("look-ups").splitlines()) == 2 + len(LOOK_UPS)


def test_every_act_has_a_row() -> None:
    assert len(rights.as_markdown(wording.of("en")).splitlines()) == 2 + len(ACTS)
