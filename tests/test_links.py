"""What the documents link to is there: files, headings and pictures; and no page or picture is lost."""

import re
from collections import Counter
from functools import cache
from pathlib import Path

import pytest
from markdown_it import MarkdownIt
from markdown_it.token import Token

ROOT = Path(__file__).parent.parent
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])
ELSEWHERE = re.compile(r"[a-z]+:", re.IGNORECASE)
README_LINES = 150


def name(page: Path) -> str:
    return str(page.relative_to(ROOT))


@cache
def tokens(page: Path) -> list[Token]:
    return MarkdownIt("commonmark").enable("table").parse(page.read_text("utf-8"))


@cache
def links(page: Path) -> list[str]:
    """Where links and pictures of a page lead."""
    inner = [token for line in tokens(page) for token in line.children or ()]
    found = [token.attrGet("href") or token.attrGet("src") for token in inner if token.type in ("link_open", "image")]
    return [str(each) for each in found if each]


@cache
def anchors(page: Path) -> set[str]:
    """The headings of a page, as GitHub names them in addresses."""
    lines = tokens(page)
    heads = [lines[i + 1].content for i, token in enumerate(lines) if token.type == "heading_open"]
    found: Counter[str] = Counter()
    names = set()
    for head in heads:
        slug = re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-")
        names.add(f"{slug}-{found[slug]}" if found[slug] else slug)
        found[slug] += 1
    return names


def leads_nowhere(page: Path, link: str) -> bool:
    path, _, anchor = link.partition("#")
    there = (page.parent / path).resolve() if path else page
    if not there.is_relative_to(ROOT) or not there.exists():
        return True
    return bool(anchor) and anchor not in anchors(there)


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_each_link_leads_somewhere(page: Path) -> None:
    assert [link for link in links(page) if not ELSEWHERE.match(link) and leads_nowhere(page, link)] == []


def test_what_leads_nowhere_is_found() -> None:
    readme = ROOT / "README.md"

    assert not leads_nowhere(readme, "docs/operate.md#the-log")
    assert [leads_nowhere(readme, link) for link in ("docs/lost.md", "docs/operate.md#lost", "#lost", "../x")] == [
        True
    ] * 4


def test_every_page_and_picture_is_reached_from_the_readme() -> None:
    seen, ahead = set[Path](), [ROOT / "README.md"]
    while ahead:
        page = ahead.pop()
        if page in seen:
            continue
        seen.add(page)
        if page.suffix == ".md":
            paths = [link.partition("#")[0] for link in links(page) if not ELSEWHERE.match(link)]
            ahead += [(page.parent / path).resolve() for path in paths if path]

    pictures = [path for path in (ROOT / "docs").rglob("*") if path.suffix in (".png", ".webp", ".gif")]
    assert [name(path) for path in [*PAGES, *pictures] if path not in seen] == []


def test_the_readme_is_read_in_two_minutes() -> None:
    assert len((ROOT / "README.md").read_text("utf-8").splitlines()) < README_LINES
