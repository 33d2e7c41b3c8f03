"""Mail addresses, phone numbers, bank accounts, cards and IP addresses: by their looks, and their checksums where they
have one. Each kind is looked for by itself, so that none swallows a part of another."""

import ipaddress
import re
from collections.abc import Iterator

from bot.redaction.spans import Span

RANKS = ("IBAN", "CARD", "EMAIL", "IP", "PHONE")
_EMAIL = re.compile(
    r"(?<![\w.+%-])[\w.+%'-]{1,64}@(?:[^\W_](?:[\w-]{0,61}[^\W_])?\.){1,8}(?:[^\W\d_]{2,24}|xn--[a-z0-9-]{2,59})(?![\w-])"
)
_IBAN = re.compile(r"(?<![A-Za-z0-9])[A-Za-z]{2}\d{2}(?:[ \u00a0-]?[A-Za-z0-9]){11,30}(?![A-Za-z0-9])")
_CARD = re.compile(r"(?<![\w.+-])[2-6](?:[ \u00a0-]?\d){12,18}(?![\w-])")
_IPV4 = re.compile(r"(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}(?![\w-]|\.\w)")
_IPV6 = re.compile(r"(?<![\w:.])(?=[0-9A-Fa-f.]{0,4}:)[0-9A-Fa-f:.]{3,45}(?:%\w{1,15})?(?![\w:])")
_PHONE = re.compile(
    r"(?<![\w.,+/#$€£-])(?<!\d:)(?:"
    r"\+[1-9](?:[ \u00a0./()-]{0,3}\d){7,14}"
    r"|00[1-9](?:[ \u00a0./()-]{0,3}\d){8,14}"
    r"|\(0?[1-9]\d{1,4}\)[ \u00a0./-]{0,2}\d(?:[ \u00a0./-]?\d){5,9}"
    r"|0[1-9]\d{1,4}[ \u00a0/-]{1,3}\d(?:[ \u00a0-]?\d){4,9}"
    r"|01[5-7]\d{8,9}|07\d{9}"
    r"|[2-9]\d{2}[ \u00a0.-][2-9]\d{2}[ \u00a0.-]\d{4}"
    r")(?![\w-]|[.,:]\d)"
)
_DIGITS = re.compile(r"\D+")
_LENGTHS = {
    **dict.fromkeys(("NO",), 15),
    **dict.fromkeys(("BE",), 16),
    **dict.fromkeys(("DK", "FI", "FO", "GL", "NL"), 18),
    **dict.fromkeys(("MK", "SI"), 19),
    **dict.fromkeys(("AT", "BA", "EE", "KZ", "LT", "LU", "MN", "XK"), 20),
    **dict.fromkeys(("CH", "HR", "LI", "LV"), 21),
    **dict.fromkeys(("BG", "BH", "CR", "DE", "GB", "GE", "IE", "ME", "RS", "VA"), 22),
    **dict.fromkeys(("AE", "GI", "IL", "IQ", "OM", "SO", "TL"), 23),
    **dict.fromkeys(("AD", "CZ", "ES", "MD", "PK", "RO", "SA", "SE", "SK", "TN", "VG"), 24),
    **dict.fromkeys(("LY", "PT", "ST"), 25),
    **dict.fromkeys(("IS", "TR"), 26),
    **dict.fromkeys(("BI", "DJ", "FR", "GR", "IT", "MC", "MR", "SM"), 27),
    **dict.fromkeys(("AL", "AZ", "BY", "CY", "DO", "GT", "HU", "LB", "NI", "PL", "SV"), 28),
    **dict.fromkeys(("BR", "EG", "PS", "QA", "UA"), 29),
    **dict.fromkeys(("JO", "KW", "MU"), 30),
    **dict.fromkeys(("MT", "SC"), 31),
    **dict.fromkeys(("LC",), 32),
    **dict.fromkeys(("RU",), 33),
}
"""How long an IBAN is, by its country (SWIFT, IBAN registry)."""


def find(text: str) -> Iterator[Span]:
    """All of them, in any order; they may overlap."""
    if "@" in text:
        yield from (_span(found.span(), "EMAIL") for found in _EMAIL.finditer(text))
    if not _HAS_DIGIT.search(text) and "::" not in text:
        return
    yield from _ibans(text)
    yield from _cards(text)
    yield from _addresses(text)
    yield from (_span(found.span(), "PHONE") for found in _PHONE.finditer(text) if _is_phone(found[0]))


_HAS_DIGIT = re.compile(r"\d")


def _ibans(text: str) -> Iterator[Span]:
    """A match may go on with a word that follows: it ends where its country says."""
    for found in _IBAN.finditer(text):
        length = _LENGTHS.get(found[0][:2].upper(), 0)
        end, signs = found.start(), 0
        while signs < length and end < found.end():
            signs += text[end].isalnum()
            end += 1
        if signs == length > 0 and _is_iban(text[found.start() : end]) and not text[end : end + 1].isalnum():
            yield _span((found.start(), end), "IBAN")


def _is_iban(written: str) -> bool:
    signs = "".join(sign for sign in written.upper() if sign.isalnum())
    return int("".join(str(int(sign, 36)) for sign in signs[4:] + signs[:4])) % 97 == 1


def _cards(text: str) -> Iterator[Span]:
    for found in _CARD.finditer(text):
        if _is_card(_DIGITS.sub("", found[0])):
            yield _span(found.span(), "CARD")


def _is_card(digits: str) -> bool:
    """Luhn's sum, and not one digit over and over."""
    doubled = (2 * int(digit) - 9 * (digit > "4") for digit in digits[-2::-2])
    return (sum(map(int, digits[-1::-2])) + sum(doubled)) % 10 == 0 and len(set(digits)) > 1


def _addresses(text: str) -> Iterator[Span]:
    """Not those that every machine calls itself, nor masks of networks."""
    patterns = (_IPV4, _IPV6) if text.count(":") > 1 else (_IPV4,)
    for pattern in patterns:
        for found in pattern.finditer(text):
            written = found[0].rstrip(".:") if pattern is _IPV6 and not found[0].endswith("::") else found[0]
            if _is_somebodys(written):
                yield _span((found.start(), found.start() + len(written)), "IP")


def _is_somebodys(written: str) -> bool:
    if written.count(":") == 1:
        return False
    try:
        address = ipaddress.ip_address(written)
    except ValueError:
        return False
    return not (address.is_loopback or address.is_unspecified or written.startswith("255."))


def _is_phone(written: str) -> bool:
    """Not a date, and not one digit over and over."""
    return not _DATE.fullmatch(written) and len(set(_DIGITS.sub("", written))) > 2


_DATE = re.compile(r"\d{1,2}[./-]\d{1,2}[./-]\d{2,4}|0\d[ /-]\d\d[ /-]\d{4}")


def _span(span: tuple[int, int], kind: str) -> Span:
    return Span(*span, kind, rank=RANKS.index(kind))
