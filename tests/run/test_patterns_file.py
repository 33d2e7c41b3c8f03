"""The file of own patterns, and the one line that the operator reads where it is wrong."""

from pathlib import Path

import pytest

from bot.errors import SettingsError
from bot.run import config
from tests.run.test_config import ENOUGH


@pytest.fixture(autouse=True)
def enough(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in ENOUGH.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("REDACT_PATTERNS_FILE", "patterns.yaml")


def test_its_patterns_find_what_they_say() -> None:
    Path("patterns.yaml").write_text("staff: 'E-\\d{6}'\n", "utf-8")

    [span] = config.load().own_patterns("ask E-123456")

    assert (span.kind, span.start, span.end) == ("STAFF", 4, 12)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (None, "cannot read patterns.yaml"),
        (b"\xff\xfe\xfa", "cannot read patterns.yaml"),
        (b"", "write NAME: pattern"),
        (b"- a\n- b\n", "write NAME: pattern"),
        (b"staff: [", "is no YAML"),
        (b"staff: '(x'\n", "staff: RE2 does not take the pattern"),
        (b"a: " + b"x" * 400_000, "more than"),
    ],
)
def test_a_wrong_one_is_one_line(content: bytes | None, told: str) -> None:
    if content is not None:
        Path("patterns.yaml").write_bytes(content)

    with pytest.raises(SettingsError, match=told) as refused:
        config.load()

    assert str(refused.value).startswith("REDACT_PATTERNS_FILE: ")
    assert "\n" not in str(refused.value)


def test_without_one_nothing_more_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("REDACT_PATTERNS_FILE")

    assert list(config.load().own_patterns("E-123456")) == []
