"""Settings: many workspaces, into which people install the app by a click."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator
from pydantic_settings import NoDecode

from bot.run import written
from bot.run.config.kept import Kept
from bot.run.config.kinds import ChannelId, Secret, TeamId, WorkspaceId


class InstallSettings(Kept):
    slack_client_id: Secret | None = None
    """Client id of the Slack app. With the client secret, and without `SLACK_BOT_TOKEN`, people install the app into
    their workspaces at `/slack/install`."""
    slack_client_id_file: Path | None = None
    """File that holds it in its place."""
    slack_client_secret: Secret | None = None
    """Client secret of the Slack app."""
    slack_client_secret_file: Path | None = None
    """File that holds it in its place."""
    public_url: Annotated[str, written.url("https", "http"), AfterValidator(written.public_base)] | None = None
    """Address at which people's browsers reach the bot, where it is not the one they ask for."""
    workspaces: Annotated[frozenset[WorkspaceId], NoDecode, BeforeValidator(written.words)] = frozenset()
    """Ids of the teams and organisations (`T…`, `E…`) that may install the app, by commas; `*`: all. Where it is
    empty, each waits until you approve it (`python -m bot workspaces approve`)."""

    operator_workspace: TeamId | None = None
    """Id of your own workspace (`T…`, `E…`), which may always install the app: its admins are asked by a message with
    buttons about each that waits."""
    operator_channel: ChannelId | None = None
    """Id of a channel there (`C…`) in which that is asked, in place of each admin's direct messages."""

    operator_models: Literal["where-none", "fallback", "never"] = "where-none"
    """When workspaces that install the app are answered by the models of your settings, on your bill: `where-none`,
    those that have set no server and key of their own; `fallback`, also where their own does not answer; `never`."""
    own_model_hosts: Annotated[frozenset[str], NoDecode, BeforeValidator(written.words)] = frozenset()
    """Hosts, by commas, that workspaces may name as their own server although they are not public; by http too.
    Any other has to be a public one, by https."""

    def may_install(self, workspace: str) -> bool | None:
        """None where the operator decides of each."""
        if workspace == self.operator_workspace:
            return True
        if not self.workspaces:
            return None
        return "*" in self.workspaces or workspace in self.workspaces
