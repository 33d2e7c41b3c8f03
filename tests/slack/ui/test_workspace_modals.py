"""The forms behind the Home tab of admins."""

from typing import Any

import pytest

from bot import wording
from bot.commands.model import Admit, Choose, SetSwitch
from bot.conversation.places import Direct
from bot.policy.preferences import Access
from bot.slack.ui import workspace_modals as modals
from threadbot_sandbox.slack.blocks import checked

ENGLISH = wording.of("en")
SEEN = Access(guests=True, allowed_users=frozenset({"U1", "U2"}), denied_channels=frozenset({"C1"}))


def sent(seen: Access, **changed: Any) -> dict[str, Any]:
    """The form, as it comes back with these answers."""
    view = modals.access(seen, ENGLISH)
    values = {}
    for block in view["blocks"]:
        if block["type"] == "input":
            element = block["element"]
            held = {name.replace("initial", "selected"): v for name, v in element.items() if name.startswith("initial")}
            values[block["block_id"]] = {"value": changed.get(block["block_id"], held)}
    return view | {"state": {"values": values}}


def test_slack_takes_the_forms() -> None:
    for view in (modals.access(SEEN, ENGLISH), modals.access(Access(), ENGLISH), modals.model(ENGLISH)):
        assert checked(view["blocks"], most=100, surface="modal")
        assert len(view["title"]["text"]) <= 24


def test_what_is_sent_unchanged_changes_nothing() -> None:
    assert list(modals.wanted(sent(SEEN))) == []


def test_only_what_differs_is_asked_for() -> None:
    switches = {"selected_options": [{"value": "dms"}, {"value": "bots"}]}
    people, channels = {"selected_users": ["U2", "U3"]}, {"selected_conversations": list[str]()}

    assert list(modals.wanted(sent(SEEN, switches=switches, allowed_users=people, denied_channels=channels))) == [
        SetSwitch("guests", on=False),
        SetSwitch("bots", on=True),
        Admit("allow", "users", "U3"),
        Admit("allow", "users", "U1", add=False),
        Admit("deny", "channels", "C1", add=False),
    ]


@pytest.mark.parametrize(("written", "name"), [(" gpt ", "gpt"), (None, None), ("", None), (7, "7")])
def test_a_model_is_named_or_taken_back(written: object, name: str | None) -> None:
    view = {"state": {"values": {"model": {"value": {"value": written}}}}}

    assert list(modals.named(view)) == [Choose("model", name, "workspace", Direct())]


@pytest.mark.parametrize(
    "junk", [{}, {"blocks": 7, "state": []}, {"blocks": [None], "state": {"values": {"switches": 3}}}]
)
def test_whatever_comes_back_asks_for_nothing(junk: dict[str, Any]) -> None:
    assert list(modals.wanted(junk)) == []
    assert list(modals.named(junk)) == []
