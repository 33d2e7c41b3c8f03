"""Every place that holds something of people, as one table: whose it is, and what becomes of it.

Forgetting, the export, retention and the end of an installation work from this table; docs/privacy.md is made from it
(`python -m bot places`). A key that does not stand here fails a test. What is in a key and how long it lives, says
`store/keys.py`.
"""

from dataclasses import dataclass
from functools import partial
from typing import Literal

Of = Literal["thread", "message", "person", "period", "pace", "token", "workspace", "shared"]
"""What the name of a key names behind the family: one key for each of these; `shared` by all workspaces."""
Whose = Literal["speakers", "person", "doers", "nobody"]
"""Of those who speak in a thread; of one person; of those who did or used something; of nobody."""
Fate = Literal["gone", "mine", "pseudonym", "shortened", "stays", "nothing"]
"""What becomes of it: all of it is removed; only what is one's own; the id is replaced by one that nobody can trace
back; what is too old is removed, and the rest lives no longer than is allowed; it stays as it is; it holds nothing that
this concerns."""


@dataclass(frozen=True, slots=True)
class Place:
    """One family of keys, by its name in `store/keys.py`.

    `me` is what happens when a person is forgotten, or was deactivated; `thread` when a thread is, or its channel was
    left, archived or deleted; `retention` when less time is chosen; `uninstall` when the app was uninstalled. What is
    `exported` is a person's own part of it. `words`: it holds what people wrote, or the bot, and not only ids.
    """

    key: str
    of: Of
    whose: Whose = "nobody"
    words: bool = False
    me: Fate = "nothing"
    thread: Fate = "nothing"
    exported: bool = False
    retention: Fate = "nothing"
    uninstall: Fate = "gone"


_in_thread = partial(Place, of="thread", thread="gone", retention="shortened")
_of_person = partial(Place, of="person", whose="person", me="gone", retention="stays")
_for_calls = partial(Place, of="pace")
_shared = partial(Place, of="shared", uninstall="nothing")

PLACES = (
    # what is said in threads
    _in_thread("messages", whose="speakers", words=True, me="mine", exported=True),
    _in_thread("waiting", whose="speakers", me="mine"),
    _in_thread("heard", whose="speakers", me="mine"),
    _in_thread("past", whose="speakers", me="mine"),
    _in_thread("turn", whose="speakers", words=True, me="mine"),
    _in_thread("turns", whose="speakers", me="pseudonym", exported=True),
    _in_thread("votes", whose="speakers", words=True, me="mine", exported=True),
    _in_thread("answers", whose="speakers", words=True, me="mine"),
    _in_thread("talk"),
    _in_thread("chosen"),
    _in_thread("api", whose="speakers", words=True, me="mine", exported=True),
    _in_thread("entries", whose="speakers", me="mine"),
    _in_thread("shown", whose="speakers", words=True, me="mine"),
    _in_thread("draft", whose="speakers", words=True, me="mine"),
    Place("seen", of="message", me="stays", thread="stays", retention="stays"),
    Place("asked", of="message", me="stays", thread="stays", retention="stays"),
    Place("aside", of="workspace", me="stays", thread="mine", retention="stays"),
    Place("reasons", of="workspace", me="stays", thread="mine", retention="stays"),
    # what is known of one person
    _of_person("threads"),
    _of_person("known", exported=True),
    Place("exported", of="person", whose="person", me="stays", retention="stays"),
    Place("erasing", of="person", me="stays", retention="stays"),
    # what was chosen, done and used
    Place("prefs", of="workspace", whose="person", me="mine", exported=True),
    Place("told", of="workspace", whose="person", me="mine", exported=True),
    Place("unread", of="workspace", whose="person", me="stays", exported=True),
    Place("used", of="period", whose="doers", me="pseudonym", exported=True),
    Place("pseudonyms", of="period", me="stays", retention="stays"),
    Place("booked", of="period", me="stays", retention="stays"),
    Place("lifted", of="period", whose="doers", me="stays"),
    Place("noted", of="period", whose="doers", me="stays"),
    Place("minute", of="person", whose="person", me="stays", retention="stays"),
    Place("running", of="person", whose="person", me="stays", retention="stays"),
    Place("limits", of="workspace", whose="person", me="stays"),
    Place("request", of="period", whose="doers", me="stays", retention="stays"),
    Place("holds", of="workspace", whose="doers", me="stays"),
    Place("burnt", of="workspace"),
    Place("blown", of="workspace"),
    Place("due", of="workspace", me="stays"),
    Place("reserved", of="workspace", whose="doers", me="stays"),
    Place("audit", of="workspace", whose="doers", me="pseudonym", exported=True),
    Place("versions", of="workspace", whose="doers", me="pseudonym", exported=True),
    Place("personas", of="workspace"),
    Place("access", of="workspace", whose="doers", me="stays", exported=True),
    # tokens of programs
    Place("tokens", of="workspace", whose="person", me="mine", exported=True),
    Place("last_used", of="workspace", me="stays"),
    Place("owned", of="token", me="stays", thread="stays", retention="stays"),
    Place("reply", of="token", me="stays", thread="stays", retention="stays"),
    # how often Slack is called, and we are
    _for_calls("rate"),
    _for_calls("pace"),
    _for_calls("held"),
    _for_calls("spared"),
    _for_calls("group"),
    # what all workspaces share
    _shared("queue:state", thread="stays", uninstall="mine"),
    _shared("queue:ready", thread="stays", uninstall="mine"),
    _shared("queue:line", thread="stays", uninstall="mine"),
    _shared("queue:leases", thread="stays", uninstall="mine"),
    _shared("queue:stops", thread="stays", uninstall="mine"),
    _shared("queue:wake"),
    _shared("installations", uninstall="mine"),
    _shared("grants", uninstall="stays"),
    _shared("spaces", uninstall="mine"),
    _shared("caps", uninstall="stays"),
    _shared("settled"),
    _shared("granted"),
    _shared("installing"),
    _shared("refreshing"),
    _shared("listening"),
    _shared("erasures", me="stays", thread="stays", uninstall="mine"),
    _shared("erased"),
    _shared("owner", uninstall="stays"),
    _shared("schema"),
    _shared("migrating"),
    _shared("migration"),
    _shared("copied"),
    _shared("learned"),
    _shared("cool"),
    _shared("cooled"),
    _shared("encryption"),
    _shared("probe"),
)


def named(of: Of) -> tuple[Place, ...]:
    """The places that have one key for each of these."""
    return tuple(place for place in PLACES if place.of == of)
