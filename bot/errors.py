"""What can go wrong, sorted by what happens next.

    BotError            its code names the sentence that people are told
    ├── Unavailable     try again after `.after` seconds; the turn goes back to the inbox
    │   ├── Busy                the model is over its rate: waited for within the turn, if that is not for long
    │   └── Late                the model said nothing in time: asked once more, for a shorter time
    ├── Postponed       the turn waits in the inbox for a while; that is no failure
    ├── Unreadable      what is stored is odd, or a script failed on it: a fault, and no outage that passes by itself
    │   └── Locked              it is encrypted with a key that is not there
    ├── Unanswerable    tell the person and stop; trying again would not help
    │   ├── NotOffered          the model may not be chosen
    │   ├── AllBusy             no model that may answer can be asked for some time; it says until when
    │   ├── TooLong             the prompt can be cut, and sent once more
    │   └── PicturesRefused     the pictures can be left out, and the rest sent once more
    ├── Unchangeable    a message of ours cannot be edited any more: post it anew
    ├── Oversized       a message of ours is too much for one: cut it at `.fits`, and go on in a further one
    ├── Gone            there is nobody to tell: the thread, channel or our right to speak is gone
    └── LeaseLost       another replica owns this turn now: touch nothing, say nothing

    SettingsError       the operator chose something impossible: one line, exit code 2
    StartError          Slack or Redis refused us at the start: one line, exit code 1

What somebody chose and cannot have (`persona.Invalid`, and in `policy/preferences` Conflict, Unknown, InUse, Fixed)
is a BotError too. These carry values and no sentence: `commands` makes a Result of them, and nothing is saved.

Anything else is a bug: logged with its traceback, shown as one plain apology.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with something that was written: a code, and the values that its sentence names."""

    code: str
    values: Mapping[str, object] = field(default_factory=dict)


class BotError(Exception):
    """Something we expected could happen. `sentence` is the code of what people are told, or empty where the general
    sentence will do; `wording` has the words. `detail` is for the log: it may name codes, never texts or secrets."""

    def __init__(self, sentence: str, detail: str = "") -> None:
        super().__init__(detail or sentence)
        self.sentence = sentence
        self.detail = detail or sentence
        self.values: Mapping[str, object] = {}


class Unavailable(BotError):
    def __init__(self, sentence: str, detail: str = "", after: float = 2.0) -> None:
        super().__init__(sentence, detail)
        self.after = after


class Busy(Unavailable):
    pass


class Late(Unavailable):
    pass


class Postponed(BotError):
    """The turn waits in the inbox, for so many seconds; that is no attempt at it."""

    def __init__(self, detail: str, after: float) -> None:
        super().__init__("", detail)
        self.after = after


class Unreadable(BotError):
    def __init__(self, detail: str) -> None:
        super().__init__("memory.unreadable", detail)


class Locked(Unreadable):
    """It is encrypted with a key that we do not have, or not any more. `key` is the id that stands there."""

    def __init__(self, key: str = "") -> None:
        BotError.__init__(self, "memory.locked", "encryption key missing")
        self.key = key


class Unanswerable(BotError):
    pass


class NotOffered(Unanswerable):
    """The model is not among those that may be chosen."""

    def __init__(self) -> None:
        super().__init__("model.missing", "not offered")


class AllBusy(Unanswerable):
    """For so many `seconds`. Its sentence has the time, in UTC."""

    def __init__(self, seconds: float) -> None:
        super().__init__("model.all-busy", f"all ways are cooling, the first for {seconds:.0f} s")
        at = datetime.now(UTC) + timedelta(seconds=seconds)
        self.values = {"time": at.strftime("%H:%M"), "minutes": math.ceil(seconds / 60)}


class TooLong(Unanswerable):
    """The model cannot take that much context. The prompt can be cut and sent once more."""


class PicturesRefused(Unanswerable):
    """The model does not take the pictures. The question can be asked without them."""

    def __init__(self, detail: str) -> None:
        super().__init__("model.no-pictures", detail)


class Gone(BotError):
    pass


class Unchangeable(BotError):
    pass


class Oversized(BotError):
    """`fits` is a size, as `markdown.split` counts it, that is worth trying."""

    def __init__(self, detail: str, fits: int) -> None:
        super().__init__("", detail)
        self.fits = fits


class LeaseLost(BotError):
    def __init__(self, detail: str = "") -> None:
        super().__init__("", detail or "lease lost")


class SettingsError(Exception):
    """One line that names the variable, what is wrong with it and what to write."""


class StartError(Exception):
    """One line that says who refused us at the start, and what to do about it."""
