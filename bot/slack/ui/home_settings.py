"""What applies in the workspace, on the Home tab: for admins with controls that change it (Slack docs: app home)."""

from collections.abc import Iterator
from typing import Any

from bot.commands.model import Choose
from bot.commands.reports import ForAdmins, InForce
from bot.conversation.places import Direct
from bot.policy.preferences import FOOTER, MODEL, POLICY, PREFERENCES, OneOf
from bot.slack.ui import block_kit as cards
from bot.wording import budgets, reports
from bot.wording.words import Words

Json = dict[str, Any]

SET, NAME_MODEL, ACCESS, BUDGETS = "home_set", "home_name_model", "home_access", "home_budgets"
SETTINGS = (MODEL.name, POLICY.name, FOOTER.name)
RESET = "*"  # no choice is called so: what the operator has set
MAX_OPTIONS, MAX_VALUE = 98, 150  # beside `RESET` and what was chosen; characters (Slack docs: option object)


def blocks(seen: InForce, admins: ForAdmins | None, words: Words) -> Iterator[Json]:
    """Sentences alone for who may not change anything."""
    yield {"type": "header", "text": cards.plain(words.label("home.settings"))}
    lines = [reports.setting(name, seen.rules, words) for name in SETTINGS]
    limits = budgets.limits(seen.minute, seen.at_once, words)
    if admins is None:
        yield from cards.sections([*lines, limits])
        return
    for name, line in zip(SETTINGS, lines, strict=True):
        yield cards.section(line, _control(name, seen, admins, words))
    yield cards.section(limits, cards.button(words.label("home.budgets"), BUDGETS))
    answered, *more = cards.sections([words.say("access.title"), *reports.who_is_answered(admins.access, words)])
    yield answered | {"accessory": cards.button(words.label("home.change"), ACCESS)}
    yield from more


def _control(name: str, seen: InForce, admins: ForAdmins, words: Words) -> Json:
    """A menu; a button for a form where it is not known what there is to choose from."""
    kind, value = PREFERENCES[name].kind, admins.workspace.get(name)
    offered = kind.shown if isinstance(kind, OneOf) else [each for each in seen.models if len(each) <= MAX_VALUE]
    now = RESET if value is None else kind.spell(value)  # type: ignore[arg-type]
    if not offered or len(now) > MAX_VALUE:
        return cards.button(words.label("home.change"), NAME_MODEL)
    labels = {each: words.sentences.get(f"home.{name}.{each}", each) for each in offered[:MAX_OPTIONS]}
    labels = {RESET: words.label("home.operators"), **labels}
    labels.setdefault(now, now)
    options = {each: {"text": cards.plain(label[: cards.MAX_LABEL]), "value": each} for each, label in labels.items()}
    return {
        "type": "static_select",
        "action_id": f"{SET}_{name}",
        "placeholder": cards.plain(words.label("home.choose-value")),
        "options": list(options.values()),
        "initial_option": options[now],
    }


def chosen(action: str, value: str) -> Choose | None:
    """What a menu asks for; None for what none of ours says."""
    name = action.removeprefix(f"{SET}_")
    if name not in SETTINGS or not value:
        return None
    kind = PREFERENCES[name].kind
    wanted = kind.words.get(value) if isinstance(kind, OneOf) else value
    if value != RESET and wanted is None:
        return None
    return Choose(name, None if value == RESET else wanted, "workspace", Direct())
