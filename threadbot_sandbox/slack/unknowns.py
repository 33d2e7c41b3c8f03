"""What nobody outside of Slack has shown, each as the documents or the field reports let one expect.

Tests turn them over, one by one: the bot has to do well either way, and its probe has to tell.
"""

from dataclasses import dataclass
from typing import Literal

Where = Literal["post", "edit", "stream"]


@dataclass(slots=True)
class Unknowns:
    streams: str | None = None
    """The code that streams are refused with; None: they are taken."""
    stream_buttons: bool = True
    """Blocks that come with a stream's first chunk are shown while it grows."""
    late_rendering: bool = False
    """What a stream has shown is rendered once more, after an edit that comes right after its end."""
    stream_bytes: bool = False
    """The text of streams is counted in bytes."""
    markdown_bytes: bool = False
    """The text of Markdown blocks is counted in bytes."""
    tables: int = 1
    """So many tables a message takes. 0: a table is shown as text."""
    translated: bool = True
    """The blocks of a message are counted once Slack has translated its Markdown."""
    edit_bytes: int | None = 4_000
    """So many bytes the `text` of an edit may have."""
    splits: bool = True
    """Long text without blocks becomes several messages."""
    previews: frozenset[Where] = frozenset()
    """In what links bring a preview though it is not wanted."""
    status: str | None = None
    """The code that a status is refused with."""
    metadata_kept: bool = True
    """An edit without metadata leaves it as it was."""
    edited_by_text: bool = True
    """An edit that has a `text` beside its blocks is marked as one."""
    edited_by_blocks: bool = False
    """So is an edit of blocks alone."""
    thumbs_in_edits: bool = True
    """An edit may bring buttons for feedback."""
