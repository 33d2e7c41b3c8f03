"""What comes of a command: codes and values, which `wording` turns into text."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from bot.commands.budget_model import AskForMore, Cheaper, Decide, LiftFuse
from bot.commands.model import Delete
from bot.commands.privacy_model import ForgetMe
from bot.commands.reports import Report
from bot.commands.usage_model import ShowUsage
from bot.commands.workspace_model import AdmitWorkspace

Code = Literal[
    "refused.admins", "refused.managers", "refused.members", "refused.members-or-starter",
    "refused.workspace", "refused.asker", "refused.starter",
    "report", "not-admitted", "unchecked",
    "stopped", "stop.nothing",
    "regenerating", "regenerate.busy", "regenerate.old", "regenerate.unknown",
    "continuing", "continue.complete", "continue.old", "continue.unknown",
    "rated", "rate.off", "rate.unknown",
    "usage.sent", "usage.not-sent", "usage.nothing", "usage.not-named",
    "following", "not-following", "follow.direct", "follow.muted", "follow.not",
    "chosen", "chosen.in-thread", "choose.not-here", "choose.limited",
    "model.list", "model.list.unknown", "model.not-offered", "model.not-proved",
    "persona.unknown", "persona.no-version", "persona.invalid", "persona.of-settings", "persona.of-product",
    "persona.saved", "persona.unchanged", "persona.overtaken", "persona.taken", "persona.copied", "persona.restored",
    "persona.hidden", "persona.deleted", "persona.deleted-anyway", "persona.in-use",
    "token.name", "token.taken", "token.made", "token.unknown", "token.revoked", "token.allowed", "token.denied",
    "form", "try", "suggestion.asked", "suggestion.again",
    "more.asked", "more.again", "more.over", "more.nobody", "more.unknown", "more.decided",
    "more.once", "more.period", "more.no",
    "budget.set", "budget.off", "budget.reset", "limit.set", "limit.off", "limit.reset", "fuse.lifted", "fuse.whole",
    "forget.sure", "forget.under-way", "forget.held", "forget.nowhere", "forget.busy",
    "context.on", "context.off",
    "exported", "export.later", "export.no-file",
    "forgotten.me", "forgotten.words", "forgotten.thread", "forgotten.here",
    "admins.appointed", "admins.changed", "admit.same", "admit.manager",
    "workspace.approved", "workspace.refused", "workspace.decided", "workspace.unknown", "workspace.elsewhere",
    "server.set", "server.forgotten", "server.none", "server.operators", "server.not-proved",
    "server.no-address", "server.no-models", "server.no-key",
    "time-zone.now", "time-zone.set", "time-zone.reset", "time-zone.unknown",
    "admit.switched", "admit.denied", "admit.undenied", "admit.allowed", "admit.unallowed", "admit.everybody",
]  # fmt: skip
"""What came of a command. Each has its words in `wording`."""


@dataclass(frozen=True, slots=True)
class Offer:
    """A command that can be given next, with one click."""

    command: Delete | ForgetMe | ShowUsage | AskForMore | Cheaper | Decide | LiftFuse | AdmitWorkspace


@dataclass(frozen=True, slots=True)
class Result:
    """What came of a command: a code, the values that its sentence names, and what it shows beside that, if anything.

    `changed`: something is different now.
    """

    code: Code
    values: Mapping[str, object] = field(default_factory=dict)
    shows: Report | None = None
    offers: tuple[Offer, ...] = ()
    changed: bool = False

    @property
    def refused(self) -> bool:
        return self.code.startswith("refused.")


def report(shows: Report) -> Result:
    """What was asked for, and nothing beside it."""
    return Result("report", shows=shows)
