"""English."""

from bot.wording.en import answers, api, commands, forms, help, personas
from bot.wording.en.preferences import PREFERENCES
from bot.wording.words import Words

_ROOMS = (answers, api, commands, personas, forms, help)
WORDS = Words({code: said for room in _ROOMS for code, said in room.SENTENCES.items()}, PREFERENCES)
