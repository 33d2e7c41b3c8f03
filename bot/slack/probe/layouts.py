"""All that we lay out for Slack, validated by Slack without showing it to anybody (Slack docs: blocks.validate)."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from bot import wording
from bot.commands.reports import ForAdmins, InForce, Overview, Personas, Reasons
from bot.conversation.ids import ThreadKey
from bot.personas.builtin import built_in
from bot.policy.preferences import Access, Defaults, rule
from bot.privacy.handling import Handling
from bot.slack.api.client import Lane, SlackClient
from bot.slack.api.errors import Refused
from bot.slack.outbound import content
from bot.slack.ui import block_kit, home_view, notices, persona_modal, thread_modals, workspace_modals
from bot.turns.state import Control, Shown
from bot.usage.ledger import Spent
from bot.wording.text import Text, Verbatim

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Example:
    """A turn that nobody has asked for."""

    newest: str = "1700000000.000100"


NAMED = Example()
NOT_THERE = frozenset({"unknown_method", "method_deprecated", "feature_disabled"})
ANSWER = """# Heading

Some **bold**, _italic_ and `code` with a [link](https://example.com).

1. one
2. two

| a | b |
|---|---|
| 1 | 2 |

---

```python
print("hello")
```
"""


def layouts() -> dict[str, Json]:
    """By what they are: a message or a view, as the arguments of `blocks.validate` name it."""
    messages = {name: {"message": message} for name, message in _messages()}
    return messages | {name: {"view": view} for name, view in _views()}


async def problems(client: SlackClient) -> tuple[int, list[str]]:
    """How many layouts Slack has looked at, and what it would refuse. Raises Unavailable and Closed."""
    found, looked = list[str](), 0
    for name, layout in layouts().items():
        try:
            await client.call("blocks.validate", lane=Lane.LOOKUP, **layout)
        except Refused as refusal:
            if refusal.code in NOT_THERE:
                return 0, []
            found.append(f"{name}: {refusal.code}{''.join(f'; {reason}' for reason in refusal.reasons)}")
        looked += 1
    return looked, found


def _messages() -> Iterator[tuple[str, Json]]:
    words = wording.of(wording.DEFAULT_LOCALE)
    under = (Control.AGAIN, Control.CONTINUE, Control.PERSONA, Control.RATE)
    yield "an answer", content.whole(Shown(ANSWER, "model · $0.0012", under), NAMED)
    yield "an answer that grows", content.whole(Shown("one two", None, (Control.STOP,), growing=True), NAMED)
    yield "an apology", content.whole(Shown(words.label("model.busy"), None, (Control.RETRY,), kind="notice"), NAMED)
    said = Text((words.say("home.about"), Verbatim("a: 1\nb: 2"), words.say("home.use")))
    yield "a private answer", block_kit.answer(said, words.say("more"))
    persona = built_in()["assistant"]
    yield "a thread to try a persona in", {"text": persona.name, "blocks": home_view.hello(persona, words)}


def _views() -> Iterator[tuple[str, Json]]:
    words, personas = wording.of(wording.DEFAULT_LOCALE), list(built_in().values())
    thread, draft = ThreadKey("slack", "T0", "C0", NAMED.newest), persona_modal.filled(personas[0], based_on=1)
    yield "the form of a new persona", persona_modal.form(persona_modal.EMPTY, words)
    yield "all fields of a persona", persona_modal.form(persona_modal.with_all_fields(draft), words)
    yield "who is answered", workspace_modals.access(Access(guests=True, denied_users=frozenset({"U0"})), words)
    yield "the model of the workspace", workspace_modals.model(words)
    yield "the form of a persona", persona_modal.form(draft, words, "warning")
    yield "the form for a file", persona_modal.import_form(persona_modal.Draft({}), words)
    yield "the choice of a persona", thread_modals.pick(thread, Personas(personas, personas[0].name), words)
    yield "the form for a reason", thread_modals.reason(thread, NAMED.newest, words)
    yield "a notice", notices.loading("notice.wait", words)
    what = Handling(("api.example.org",), "all", "a-model", names=True, days=30)
    yield "Home", home_view.view(Overview("2026-01", personas[0], None, personas, Spent(1), None, what), words)
    days = {"2026-01-01": Spent(1), "2026-01-02": Spent(2)}
    admins = ForAdmins(Spent(1), days, {"footer": "full"}, {"C0": {"policy": "follow"}}, (), Reasons((), named=False))
    in_force = InForce(rule([], Defaults("", {}), Access()), ("a-model", "another"), minute=3, at_once=1)
    seen = Overview("2026-01", personas[0], None, personas, Spent(1), admins, what, in_force=in_force)
    yield "Home of admins", home_view.view(seen, words)
