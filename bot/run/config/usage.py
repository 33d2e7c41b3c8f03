"""Settings: what may be used and spent, and whose days and months count."""

from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BeforeValidator, Field
from pydantic_settings import NoDecode

from bot.run import written
from bot.run.config.kept import Kept
from bot.run.config.kinds import UserId
from bot.usage.budgets import Amount, Defaults, Numbers
from bot.usage.limits import Fuse

Count = Annotated[int, Field(ge=1, le=10_000)]
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
    """Ids of people (`U…`) for whom no budget and no limit holds, by commas. What they use is counted all the same."""
    limit_person_minute: Count | None = None
    """Questions of one person that are answered in a minute; what is more waits, for half a minute at most."""
    limit_person_at_once: Count | None = None
    """Questions of one person that are answered at the same time; what is more waits."""
    fuse_calls_hour: Annotated[int, Field(ge=1)] | None = None
    """Questions that go to a model within an hour with which a whole workspace pauses, and its admins are told."""
    fuse_cost_hour: Annotated[float, Field(gt=0, le=1_000_000)] | None = None
    """The same in US dollars."""
    unpriced: Literal["count", "refuse"] = "count"
    """A model without a known price: its tokens are counted (`count`), or it is not asked (`refuse`).
    `/threadbot unpriced` changes it."""
    cheaper_model: str | None = None
    """Model that people whose budget is used up may ask in its place, if it fits into what is left."""
    time_zone: Annotated[str, AfterValidator(written.time_zone)] = "UTC"
    """Time zone in which days and months begin in what is counted, such as `Europe/Berlin`."""

    report_people: Literal["names", "pseudonyms", "off"] = "off"
    """How people are shown in reports to admins: by their `names`, by `pseudonyms` that change every month, or not at
    all (`off`). Everybody sees their own use."""

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)

    @property
    def fuse(self) -> Fuse:
        return Fuse(self.fuse_calls_hour or 0, round((self.fuse_cost_hour or 0.0) * 1_000_000_000))

    @property
    def allowance(self) -> Defaults:
        """What people may use where nobody has set anything else."""
        return Defaults(
            Numbers(
                self.budget_person_day, self.budget_person_month, self.limit_person_minute, self.limit_person_at_once
            ),
            Numbers(self.budget_channel_day, self.budget_channel_month),
            Numbers(self.budget_workspace_day, self.budget_workspace_month),
            self.budget_exempt,
        )
