"""Settings: the turn and its memory, and who manages the bot."""

from typing import Annotated, Literal

from pydantic import (
    BeforeValidator,
    Field,
)
from pydantic_settings import NoDecode

from bot.personas import params
from bot.run import written
from bot.run.config.kept import Kept
from bot.run.config.kinds import Seconds, UserId


class TurnSettings(Kept):
    turn_timeout: Seconds = 600.0
    """Seconds that one whole answer may take."""
    turn_attempts: Annotated[int, Field(ge=1, le=20)] = 3
    """How often a turn is tried before the person is told that it failed."""
    turns_at_once: Annotated[int, Field(ge=1)] = 1000
    """Answers that one process writes at the same time."""
    shutdown_grace: Annotated[float, Field(ge=0)] = 25.0
    """Seconds that running answers get to finish when the process is told to stop."""
    max_answer_messages: Annotated[int, Field(ge=1, le=100)] = 8
    """Longest answer, in messages of some 11,000 characters; then its readers may let the bot continue."""
    history_tokens: params.Tokens = 16_000
    """Longest conversation sent to the model, in estimated tokens."""
    context_messages: Annotated[int, Field(ge=0, le=1000)] = 400
    """How many messages of a thread are read in Slack where the bot was not there to hear them; `0`: none."""
    context_seconds: Seconds = 2.0
    """Seconds that this reading may take; the newest messages come first."""
    files: Literal["all", "text", "off"] = "all"
    """Which files of a conversation the model sees: `all`, `text` (text and PDF, no pictures) or `off`."""
    file_max_mb: Annotated[float, Field(gt=0, le=1000)] = 20.0
    """Largest file that is fetched from Slack, in megabytes."""
    file_tokens: Annotated[int, Field(ge=1)] = 16_000
    """Longest text of files sent to the model with a conversation, in estimated tokens, beside `HISTORY_TOKENS`."""
    footer: Literal["full", "compact", "off"] = "compact"
    """The line under an answer: `compact` (model and cost), `full` (also tokens and seconds) or `off`."""
    feedback: bool = True
    """Thumbs up and down under an answer. This and the next hold where nobody has chosen otherwise in Slack."""
    policy: Literal["mention", "follow", "follow-until-other", "mute"] = "mention"
    """When the bot speaks in channels: if mentioned; then on in that thread; until someone else is addressed; never."""
    read_from: Literal["admitted", "quoted", "all"] = "admitted"
    """Whose words and files the model is given: of people who may ask and of this workspace's apps; also what these
    people forward or link; or everybody's, with a mark. `/threadbot readers` changes it."""

    admin_users: Annotated[frozenset[UserId], NoDecode, BeforeValidator(written.words)] = frozenset()
    """Ids of people (`U…`) who manage the bot from Slack besides the workspace's admins and owners, by commas."""
