"""Who may what?"""

from collections.abc import Collection


def may_steer(user: str, askers: Collection[str], *, admin: bool) -> bool:
    """Stop an answer, or have it written anew: whoever asked for it, and admins."""
    return admin or user in askers
