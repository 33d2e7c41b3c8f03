"""Settings: what may be used and spent, and whose days and months count."""

from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import AfterValidator

from bot.run import written
from bot.run.config.kept import Kept


class UsageSettings(Kept):
    time_zone: Annotated[str, AfterValidator(written.time_zone)] = "UTC"
    """Time zone in which days and months begin in what is counted, such as `Europe/Berlin`."""

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)
