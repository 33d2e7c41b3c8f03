"""All that the core asks of the outside world, and the World that holds one of each.

Edges conform by shape. Every method may raise `Unavailable`; what else may escape is said where it does.
"""

from bot.ports.admission import Admission
from bot.ports.answers import Answers
from bot.ports.archive import Archive, Erasures
from bot.ports.budgets import Budgets
from bot.ports.chat import Chat, Directory, Later, Transcript
from bot.ports.choices import Ledger, Prefs
from bot.ports.files import FileReader, Files, FileStore
from bot.ports.inbox import History, Inbox, Queue
from bot.ports.model import Model
from bot.ports.tokens import Tokens
from bot.ports.turn_limits import TurnLimits
from bot.ports.world import Guard, Limits, Refusals, World, Worlds

__all__ = [
    "Admission",
    "Answers",
    "Archive",
    "Budgets",
    "Chat",
    "Directory",
    "Erasures",
    "FileReader",
    "FileStore",
    "Files",
    "Guard",
    "History",
    "Inbox",
    "Later",
    "Ledger",
    "Limits",
    "Model",
    "Prefs",
    "Queue",
    "Refusals",
    "Tokens",
    "Transcript",
    "TurnLimits",
    "World",
    "Worlds",
]
