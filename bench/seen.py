"""What can be read on the sandbox's page: it is kept beside each picture that is taken of it."""

import re

from playwright.async_api import Locator

VARYING = (
    (re.compile(r"\b20\d\d-\d\d-\d\d \d\d:\d\d\b"), "2026-11-24 10:00"),
    (re.compile(r"\b\d+\.\d s\b"), "0.1 s"),
    (re.compile(r"\breference [0-9a-f]{8}\b"), "reference 7ccff9e7"),
    (re.compile(r"\b\d{1,2}:\d{2}(:\d{2})?( ?[AP]M)?\b"), "10:00"),
    (re.compile(r"\b(Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day, [A-Z]\w+ \d{1,2}\b"), "Today"),
    (re.compile(r"\b[A-Z][a-z]+ \d{1,2}(st|nd|rd|th)?, 20\d\d\b"), "November 24, 2026"),
    (re.compile(r"\btb_[A-Z0-9]+_\w+"), "tb_…"),
    (re.compile(r"\bThreadbot \d+\.\d[\w.]*"), "Threadbot 1.0.0"),
)
"""What differs from day to day, and what stands in its place."""

WORDS = """root => {
  const seen = each => each.checkVisibility({ visibilityProperty: true });
  const fields = [...root.querySelectorAll("input:not([type=checkbox], [type=radio], [type=file]), textarea")];
  const written = fields.filter(seen).map(each => each.value || each.placeholder);
  const menus = [...root.querySelectorAll("select")].filter(seen);
  const chosen = menus.map(each => each.selectedOptions[0]?.textContent ?? "");
  return [root.innerText, ...written, ...chosen].join("\\n");
}"""


async def words(place: Locator) -> str:
    """All that can be read there, a line for each: also what is scrolled away, and what stands in fields."""
    text = str(await place.evaluate(WORDS))
    for pattern, instead in VARYING:
        text = pattern.sub(instead, text)
    return "".join(f"{line}\n" for line in (" ".join(each.split()) for each in text.splitlines()) if line)
