"""English."""

from bot.wording.en import commands, forms, help, personas
from bot.wording.en.preferences import PREFERENCES
from bot.wording.words import Words

WORDS = Words({**commands.SENTENCES, **personas.SENTENCES, **forms.SENTENCES, **help.SENTENCES}, PREFERENCES)
