"""The name and picture the bot posts under. Slack may not let it show a persona's; its words matter more.

(Slack docs: chat:write.customize, a scope that whoever installs an app may decline.)
"""

import time
from dataclasses import dataclass, field

from bot.slack.ui import answer_controls as views
from bot.turns.state import Face

NOT_AGAIN_FOR = 600.0  # seconds that a face is not shown after Slack refused it


@dataclass(slots=True)
class Faces:
    _refused: dict[Face, float] = field(default_factory=dict)

    def of(self, face: Face) -> dict[str, str]:
        """Arguments for a post. Empty: as the app."""
        refused_until = self._refused.get(face, 0.0)
        return {} if time.monotonic() < refused_until else views.face(face)

    def refuse(self, face: Face) -> None:
        """What Slack did not take with this face, it took without."""
        self._refused[face] = time.monotonic() + NOT_AGAIN_FOR
