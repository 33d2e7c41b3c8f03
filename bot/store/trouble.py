"""What Redis, a Sentinel or the way to them says when it does not serve us, and what it means in plain words."""

import re

REFUSALS = {"AuthenticationError", "AuthorizationError", "NoPermissionError"}
"""What redis-py calls them."""


# What the server says (Redis 6.2 wraps what went wrong in a script into a longer sentence), and what it means.
NO_WRITES = {
    r"\bOOM\b|used memory >": "it is full (maxmemory)",
    r"\bREADONLY\b|read only replica": "it is a read-only replica",
    r"\bMISCONF\b": "it cannot save to its disk",
    r"\bNOREPLICAS\b": "it has too few replicas",
}
SENTINEL_PASSWORD = "the Sentinels want a password, or refuse it"
CLUSTER = "it is a node of a Cluster"
REFUSED = "it refuses our password, or what our user may do"
UNTRUSTED = "its certificate is not trusted"
MEANINGS = NO_WRITES | {
    r"CERTIFICATE_VERIFY_FAILED": UNTRUSTED,
    r"WRONG_VERSION_NUMBER|RECORD_LAYER_FAILURE|record layer failure": "it does not speak TLS there",
    r"\bMOVED\b|\bMovedError\b": CLUSTER,
    r"(?s)No master found.*(?:Authentication|NOAUTH|WRONGPASS|NOPERM)": SENTINEL_PASSWORD,
    r"\bLOADING\b": "it is loading its data",
    r"\bUNBLOCKED\b": "it has become a replica",
    r"\bMASTERDOWN\b": "it is a replica that has lost its master",
    r"\bCLUSTERDOWN\b|not covered": "the cluster is down",
    r"No master found": "the Sentinels know no master",
    r"max number of clients": "it has too many clients",
    r"\bBUSY\b": "it is busy with a script",
    r"killed by user": "somebody ended a script there",
}
FORBIDDEN = r"\bNOPERM\b|no permissions to (?:run|access)|user executing the script can't"
"""Of one command; also within a script."""
HOPELESS = (CLUSTER, UNTRUSTED, "it does not speak TLS there", SENTINEL_PASSWORD)
"""No waiting helps."""
ADVICE = {
    "it is full (maxmemory)": "give it more memory (maxmemory), or remove what others keep there",
    "it is a read-only replica": "write the address of its master, or redis+sentinel:// with its Sentinels",
    "it cannot save to its disk": "make room on its disk",
    "it has too few replicas": "bring its replicas back, or lower its min-replicas-to-write",
    "it is a replica that has lost its master": "write the address of its master",
    CLUSTER: "write redis+cluster:// in place of redis:// (rediss+cluster:// with TLS)",
    SENTINEL_PASSWORD: "write it behind the address: ?sentinel_password=… (and &sentinel_username=…)",
    "the Sentinels know no master": "correct the name of the service, or the addresses of the Sentinels",
    UNTRUSTED: "name its CA by SSL_CERT_FILE or ?ssl_ca_certs=, or set REDIS_TLS_VERIFY=false",
    "it does not speak TLS there": "write redis:// in place of rediss://, or the port for TLS",
    "it has too many clients": "raise its maxclients",
}
"""What to write or do, where that is not plain from what is wrong."""


def is_refusal(error: BaseException | None) -> bool:
    """redis-py hides a refused password inside of a ConnectionError."""
    return any(
        each is not None and not REFUSALS.isdisjoint(_kinds(each)) for each in (error, error and error.__cause__)
    )


def is_fault(error: BaseException) -> bool:
    """Whether the server is well, and what failed is a script of ours, or a command on a key of another type."""
    ours = "ResponseError" in _kinds(error) and re.search(r"\bWRONGTYPE\b|\buser_script\b", reason(error))
    return bool(ours) and _known(error) is None


def fault(error: BaseException) -> str:
    """Which code, and in which line of the script. The sentence itself may quote what is stored."""
    code, line = (re.search(sign, reason(error)) for sign in (r"\b[A-Z]{3,20}\b", r"user_script:\d+"))
    return " ".join([type(error).__name__, *(found.group() for found in (code, line) if found)])


def meaning(error: BaseException) -> str:
    """For the operator, in plain words."""
    if meaning := _known(error):
        return meaning
    return "it does not answer" if "TimeoutError" in _kinds(error) else "it cannot be reached"


def _known(error: BaseException) -> str | None:
    if is_refusal(error):
        return REFUSED
    whole = _whole(error)
    found = next((meaning for sign, meaning in MEANINGS.items() if re.search(sign, whole)), None)
    return found or (REFUSED if re.search(FORBIDDEN, whole) else None)


def advice(meaning: str) -> str:
    return ADVICE.get(meaning, "put that right or correct the URL")


def forbidden(error: BaseException | None) -> str | None:
    """What our user may not do: a command, or to touch our keys. None where that is not what is wrong."""
    whole = _whole(error) if error is not None else ""
    if not re.search(FORBIDDEN, whole):
        return None
    command = re.search(r"'([\w|]+)' command", whole)
    return command[1].upper().replace("|", " ") if command else "keys" if "key" in whole else "commands of our scripts"


def reason(error: BaseException) -> str:
    """redis-py takes the code (OOM, LOADING, …) off the server's sentence and keeps it beside it."""
    return _whole(error)[:250]


def _whole(error: BaseException) -> str:
    code = getattr(error, "status_code", None)
    said = re.sub(r"<redis\.[\w.]+\(.*?\)>(?:\)>)*", "", str(error), flags=re.DOTALL)
    return " ".join(filter(None, [f"{type(error).__name__}:", code, said]))


def _kinds(error: BaseException) -> set[str]:
    return {kind.__name__ for kind in type(error).__mro__}
