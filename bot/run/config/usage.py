"""Settings: what may be used and spent, and whose days and months count."""

from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BeforeValidator
from pydantic_settings import NoDecode

from bot.run import written
from bot.run.config.kept import Kept
from bot.run.config.kinds import UserId
from bot.usage.budgets import Amount, Defaults, Numbers

Budget = Annotated[Amount | None, NoDecode, BeforeValidator(written.budget)]


class UsageSettings(Kept):
    budget_person_day: Budget = None
    """How much one person may use in a day: US dollars (`2.00`), or `50000 tokens`. This and the following hold where
    nobody has set anything else in Slack: docs/budgets.md."""
    budget_person_month: Budget = None
    """The same for a month."""
    budget_channel_day: Budget = None
    """How much may be used in one channel in a day; direct messages are none."""
    budget_channel_month: Budget = None
    """The same for a month."""
    budget_workspace_day: Budget = None
    """How much a whole workspace may use in a day."""
    budget_workspace_month: Budget = None
    """The same for a month."""
    budget_exempt: Annotated[frozenset[UserId], NoDecode, BeforeValidator(written.words)] = frozenset()
    """Ids of people (`U…`) for whom no budget holds, by commas. What they use is counted all the same."""
    unpriced: Literal["count", "refuse"] = "count"
    """A model without a known price: its tokens are counted (`count`), or it is not asked (`refuse`).
    `/threadbot unpriced` changes it."""
    time_zone: Annotated[str, AfterValidator(written.time_zone)] = "UTC"
    """Time zone in which days and months begin in what is counted, such as `Europe/Berlin`."""

    report_people: Literal["names", "pseudonyms", "off"] = "off"
    """How people are shown in reports to admins: by their `names`, by `pseudonyms` that change every month, or not at
    all (`off`). Everybody sees their own use."""

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)

    @property
    def allowance(self) -> Defaults:
        """What people may use where nobody has set anything else."""
        return Defaults(
            Numbers(self.budget_person_day, self.budget_person_month),
            Numbers(self.budget_channel_day, self.budget_channel_month),
            Numbers(self.budget_workspace_day, self.budget_workspace_month),
            self.budget_exempt,
        )
