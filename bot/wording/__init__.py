"""What people read from the bot: results, reports and problems as text, in the language of the reader."""

from bot.wording import en
from bot.wording.words import Words

LOCALES = {"en": en.WORDS}
DEFAULT_LOCALE = "en"


def of(locale: str) -> Words:
    """The words of a language, such as "en" or "en-GB"; English where there are none."""
    return LOCALES.get(locale.partition("-")[0], LOCALES[DEFAULT_LOCALE])
