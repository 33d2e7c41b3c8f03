"""Settings: what may be used and spent, and whose days and months count."""

from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator

from bot.run import written
from bot.run.config.kept import Kept


class UsageSettings(Kept):
    time_zone: Annotated[str, AfterValidator(written.time_zone)] = "UTC"
    """Time zone in which days and months begin in what is counted, such as `Europe/Berlin`."""

    report_people: Literal["names", "pseudonyms", "off"] = "off"
    """How people are shown in reports to admins: by their `names`, by `pseudonyms` that change every month, or not at
    all (`off`). Everybody sees their own use."""

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)
