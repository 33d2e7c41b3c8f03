"""Three trades of which the scripted brain knows a little: translating, editing, and reading code."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from threadbot_sandbox import roles
from threadbot_sandbox.talk import Said

_INTO = re.compile(
    r"\b(?:in|into|to) (?:formal |informal |plain )?(?P<language>German|French|Spanish)\b", re.IGNORECASE
)
_TRANSLATE = re.compile(
    r"^(?:please )?(?:translate|say|put|write)(?: this| that| it| the following| my text)?"
    r"(?: (?:in|into|to) (?:formal |informal |plain )?\w+)?\s*[:,]?\s*",
    re.IGNORECASE,
)
_WORDS: dict[str, dict[str, str]] = {
    "good morning": {"german": "guten Morgen", "french": "bonjour", "spanish": "buenos días"},
    "good evening": {"german": "guten Abend", "french": "bonsoir", "spanish": "buenas noches"},
    "thank you": {"german": "danke", "french": "merci", "spanish": "gracias"},
    "thanks": {"german": "danke", "french": "merci", "spanish": "gracias"},
    "please": {"german": "bitte", "french": "s'il vous plaît", "spanish": "por favor"},
    "hello": {"german": "hallo", "french": "bonjour", "spanish": "hola"},
    "goodbye": {"german": "auf Wiedersehen", "french": "au revoir", "spanish": "adiós"},
    "yes": {"german": "ja", "french": "oui", "spanish": "sí"},
    "no": {"german": "nein", "french": "non", "spanish": "no"},
    "and": {"german": "und", "french": "et", "spanish": "y"},
    "today": {"german": "heute", "french": "aujourd'hui", "spanish": "hoy"},
    "tomorrow": {"german": "morgen", "french": "demain", "spanish": "mañana"},
    "team": {"german": "Team", "french": "équipe", "spanish": "equipo"},
    "friends": {"german": "Freunde", "french": "amis", "spanish": "amigos"},
    "everybody": {"german": "alle", "french": "tout le monde", "spanish": "todos"},
    "welcome": {"german": "willkommen", "french": "bienvenue", "spanish": "bienvenidos"},
}
_KNOWN = re.compile(rf"\b(?:{'|'.join(_WORDS)})\b", re.IGNORECASE)

_HOME = {word.lower(): english for english, there in _WORDS.items() for word in there.values() if word != english}
_FOREIGN = re.compile(rf"\b(?:{'|'.join(map(re.escape, _HOME))})\b", re.IGNORECASE)

_EDIT = re.compile(
    r"^(?:please )?(?:edit|correct|improve|proofread|polish|fix|shorten|tidy)(?: (?:this|that|my|the|following|text"
    r"|message|up))*\s*[:,]?\s*",
    re.IGNORECASE,
)
_ASKS = re.compile(r"(?:how|what|who|why|when|where|which|is|are|do|does|can|could|should|will|would)\b", re.IGNORECASE)
_TYPOS = {"teh": "the", "recieve": "receive", "seperate": "separate", "definately": "definitely", "helo": "hello"}
_TYPOS |= {"untill": "until", "wich": "which", "adress": "address", "tommorow": "tomorrow", "becuase": "because"}

_CODE = re.compile(
    r"```|^\s*(?:def|class|function|import|from|return|SELECT|if|for)\b|[;{}]\s*$|\w\s*=\s*\w", re.MULTILINE
)
_SMELLS = (
    (re.compile(r"except\s*:"), "bug", "a bare `except:` also swallows what nobody meant to catch"),
    (re.compile(r"[=!]=\s*None\b"), "suggestion", "compare with `None` by `is`"),
    (re.compile(r"\beval\("), "risk", "`eval` runs whatever it is given"),
    (re.compile(r"def \w+\([^)\n]*=\s*(?:\[\]|\{\})"), "bug", "a mutable default is shared by all calls"),
    (re.compile(r"(?i)\b(?:password|secret|token|api_key)\s*=\s*[\"']"), "risk", "a secret stands in the code"),
    (re.compile(r"(?i)[\"'](?:select|insert|update|delete)\b[^\"'\n]*[\"']\s*[+%]"), "risk", "a glued query"),
    (re.compile(r"\bTODO\b|\bFIXME\b"), "suggestion", "something is still to be done here"),
    (re.compile(r"/\s*len\("), "bug", "an empty input divides by zero"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Trade:
    """`work` makes an answer of a request, or None where there is nothing to work on; `known` is what else fits."""

    name: str
    fits: re.Pattern[str]
    work: Callable[[Said, str | None], str | None]


def trade_of(instructions: str) -> Trade | None:
    """The trade that the instructions begin with."""
    opening = "\n".join(roles.sentences(instructions)[:2])
    return next((trade for trade in _TRADES if trade.fits.search(opening)), None)


def _translated(said: Said, known: str | None) -> str:
    asked = [*(each.text for each in said.people), said.whole]
    wishes = [into["language"] for text in asked for into in _INTO.finditer(text)]
    text = _TRANSLATE.sub("", said.whole, count=1).strip()
    if not wishes and _FOREIGN.search(said.whole):
        return _FOREIGN.sub(lambda word: _cased(_HOME[word[0].lower()], word[0]), said.whole) + _note("English")
    if not wishes:
        return "Into which language? I am a script, and know a few words of German, French and Spanish."
    language = wishes[-1].lower()
    if not text:
        return f"Send me the text that you want in {language.title()}."
    done = _KNOWN.sub(lambda word: _cased(_WORDS[word[0].lower()][language], word[0]), text)
    return done + _note(language.title())


def _note(language: str) -> str:
    return f"\n\n---\n- I am a script with {len(_WORDS)} words of {language}: the rest stands as it was."


def _cased(word: str, like: str) -> str:
    return word[0].upper() + word[1:] if like[0].isupper() else word


def _edited(said: Said, known: str | None) -> str | None:
    text, asked = _EDIT.subn("", said.whole, count=1)
    if not text.strip() or "```" in text or (known and not asked):
        return None
    done, changes = text.strip(), list[str]()
    for change, reason in _EDITS:
        if (new := change(done)) != done:
            done, changes = new, [*changes, f"- {reason}"]
    if not changes:
        return f"{done}\n\n---\nThe text was fine, as far as a script can see."
    return f"{done}\n\n---\n**What I changed**\n" + "\n".join(changes)


def _spelled(text: str) -> str:
    return re.sub(r"[A-Za-z]+", lambda word: _cased(_TYPOS.get(word[0].lower(), word[0]), word[0]), text)


def _sentenced(text: str) -> str:
    text = re.sub(r"\bi\b", "I", text)
    text = re.sub(r"(^|[.!?] )([a-z])", lambda begin: begin[1] + begin[2].upper(), text)
    if re.search(r"[.!?:…)\"”`]$", text):
        return text
    return f"{text}?" if _ASKS.match(text.rpartition(". ")[2]) else f"{text}."


_EDITS: tuple[tuple[Callable[[str], str], str], ...] = (
    (lambda text: re.sub(r"(?<=\S)[ \t]{2,}(?=\S)", " ", text), "One space between words is enough."),
    (_spelled, "Spelling."),
    (lambda text: re.sub(r"\b(\w+)( \1\b)+", r"\1", text, flags=re.IGNORECASE), "A word stood twice."),
    (_sentenced, "A sentence begins with a capital and ends with a mark."),
)


def _reviewed(said: Said, known: str | None) -> str | None:
    code = "\n".join([said.whole, *(text for _, text in said.files)])
    if not _CODE.search(code):
        return None if known else "**No verdict yet**: I see no code. Paste it, or a diff."
    found = [f"- **{kind}**: {what}." for smell, kind, what in _SMELLS if smell.search(code)]
    if not found:
        return "**May be merged**, as far as a script can see: it knows a few patterns, and none is in this code."
    serious = any("**bug**" in each or "**risk**" in each for each in found)
    verdict = "Should not be merged yet" if serious else "May be merged after small changes"
    return f"**{verdict}.**\n\n" + "\n".join(found)


_TRADES = (
    Trade("a translator", re.compile(r"\btranslat(?:or|e)\b", re.IGNORECASE), _translated),
    Trade("an editor", re.compile(r"\b(?:editor|proofread)", re.IGNORECASE), _edited),
    Trade("a code reviewer", re.compile(r"\breview(?:s|er)? code\b|\bcode review", re.IGNORECASE), _reviewed),
)
