"""Is a request Slack's? Its signature over the raw bytes tells, before anything else of it is looked at.

Source: docs.slack.dev/authentication/verifying-requests-from-slack.
"""

import hashlib
import hmac
import re
from collections.abc import Sequence

MAX_AGE = 300  # seconds, either way: clocks differ

_TIMESTAMP = re.compile(r"[0-9]{1,12}", re.ASCII)
_SIGNATURE = re.compile(r"v0=[0-9a-f]{64}", re.ASCII)


def stamped(timestamps: Sequence[str], signatures: Sequence[str], now: float) -> bool:
    """Whether the headers can be those of a request that was signed just now; nothing is computed yet."""
    if len(timestamps) != 1 or len(signatures) != 1:
        return False
    if not _TIMESTAMP.fullmatch(timestamps[0]) or not _SIGNATURE.fullmatch(signatures[0]):
        return False
    return abs(now - int(timestamps[0])) <= MAX_AGE


def signed(secret: str, timestamp: str, signature: str, body: bytes) -> bool:
    """Whether these bytes were signed with the secret at that time. For headers that are `stamped`."""
    base = b"v0:" + timestamp.encode() + b":" + body
    right = "v0=" + hmac.new(secret.encode(), base, hashlib.sha256).hexdigest()
    return hmac.compare_digest(right, signature)
