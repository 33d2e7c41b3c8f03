"""`python -m bot health`: asks the bot that runs beside it how it is, for the health check of a container."""

import http.client

from bot.errors import SettingsError, StartError
from bot.run.config import Settings

ANSWERS_WITHIN = 5.0  # seconds; a Redis that is silent is known to be so after three


def ask(settings: Settings, path: str) -> str:
    """The bot's answer, when it is well. Raises StartError when it is not, SettingsError when it has no port."""
    port = settings.answers_at
    if not port:
        raise SettingsError("PORT: missing; write the port at which the bot is to answer health checks")
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(settings.host, settings.host)
    connection = http.client.HTTPConnection(host, port, timeout=ANSWERS_WITHIN)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        body = answer.read().decode("utf-8", "replace")
    except (OSError, http.client.HTTPException) as error:
        raise StartError(f"nothing answers at port {port} of {host} ({type(error).__name__})") from error
    finally:
        connection.close()
    if answer.status != http.client.OK:
        raise StartError(f"{path} says {answer.status}: {body}")
    return body
