"""How single settings are read, and which of them are secrets."""

from typing import Annotated

from pydantic import (
    AfterValidator,
    Field,
    SecretStr,
    TypeAdapter,
)

from bot.run import written

Secret = Annotated[SecretStr, AfterValidator(written.one_word)]
Seconds = Annotated[float, Field(gt=0)]
WorkspaceId = Annotated[str, AfterValidator(written.workspace_id)]
TeamId = Annotated[str, AfterValidator(written.team_id)]
ChannelId = Annotated[str, AfterValidator(written.channel_id)]
UserId = Annotated[str, AfterValidator(written.user_id)]
BotToken = Annotated[Secret, written.starts_with("xoxb-", "the Bot User OAuth Token")]
EncryptionKeys = Annotated[SecretStr, AfterValidator(written.encryption_keys)]
AppToken = Annotated[Secret, written.starts_with("xapp-", "an app-level token")]
SECRETS = {
    "slack_bot_token": TypeAdapter[SecretStr](BotToken),
    "slack_app_token": TypeAdapter[SecretStr](AppToken),
    "slack_signing_secret": TypeAdapter[SecretStr](Secret),
    "slack_client_id": TypeAdapter[SecretStr](Secret),
    "slack_client_secret": TypeAdapter[SecretStr](Secret),
    "openai_api_key": TypeAdapter[SecretStr](Secret),
    "openai_user_key": TypeAdapter[SecretStr](SecretStr),
    "metrics_token": TypeAdapter[SecretStr](Secret),
    "encryption_keys": TypeAdapter[SecretStr](EncryptionKeys),
}
"""The settings that are secrets, and how each is checked; `NAME_FILE` may name a file for each."""
