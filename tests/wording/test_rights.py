"""The table of rights that people read."""

from pathlib import Path

from bot import wording
from bot.policy.roles import ACTS
from bot.wording import rights

DOCUMENT = Path(__file__).parents[2] / "docs" / "rights.md"


def test_the_document_is_made_from_the_table() -> None:
    """Renew it with `scripts/docs`."""
    table = DOCUMENT.read_text("utf-8").partition("<!-- rights -->")[2].partition("<!-- /rights -->")[0]

    assert table.strip() == rights.as_markdown(wording.of("en"))


def test_every_act_has_a_row() -> None:
    assert len(rights.as_markdown(wording.of("en")).splitlines()) == 2 + len(ACTS)
