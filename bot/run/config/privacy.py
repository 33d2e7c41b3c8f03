"""Settings: what becomes of what is kept of people."""

from typing import Annotated

from pydantic import Field

from bot.run.config.kept import Kept


class PrivacySettings(Kept):
    notice: bool = True
    """Whoever asks for the first time is told, in private and once, what becomes of what they write."""
    uninstall_grace_days: Annotated[float, Field(ge=0, le=365)] = 7.0
    """Days until what is kept is removed after the app was uninstalled, a channel was left, archived or deleted, or a
    person was deactivated; unless they are back by then."""
