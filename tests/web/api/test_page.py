"""What the API says of itself is what it is, and needs nothing from outside."""

import json
import re
from pathlib import Path

from bot.web.api import app, page

ROOT = Path(__file__).parent.parent.parent.parent


def test_the_description_is_made_from_the_code() -> None:
    """Make it anew: python -m bot openapi > docs/openapi.json"""
    assert (ROOT / "docs" / "openapi.json").read_text("utf-8") == app.description()


def test_the_page_shows_every_operation_and_fetches_nothing() -> None:
    about = json.loads(app.description())
    shown = page.page(about)

    for path, methods in about["paths"].items():
        for method, operation in methods.items():
            assert f"<b>{method.upper()}</b> <code>{path}</code>" in shown
            assert f'id="{operation["operationId"]}"' in shown
    assert re.findall(r'(?:src|href)="([^"#][^"]*)"', shown) == ["openapi.json"]
    assert "<script" not in shown


def test_what_a_reference_names_is_there() -> None:
    about = app.description()

    named = set(re.findall(r'"#/components/schemas/(\w+)"', about))
    assert named <= json.loads(about)["components"]["schemas"].keys()
    assert {"EntryReply", "Details"} <= named
