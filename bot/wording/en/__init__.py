"""English."""

from bot.wording.en import answers, api, budgets, commands, forms, help, install, personas, usage
from bot.wording.en.preferences import PREFERENCES
from bot.wording.words import Words

_ROOMS = (answers, api, budgets, commands, personas, forms, help, usage, install)
WORDS = Words({code: said for room in _ROOMS for code, said in room.SENTENCES.items()}, PREFERENCES)
