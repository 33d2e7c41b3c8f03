"""The fake of the preferences keeps what the tests of the real ones ask of them."""

import inspect

import pytest

from tests.commands.fakes import FakePrefs
from tests.store import test_preferences as real

OF_REDIS = {"shelf", "monkeypatch"}
"""Fixtures of tests that look into Redis, or disturb it."""


@pytest.fixture
def prefs() -> FakePrefs:
    return FakePrefs(real.DEFAULTS)


@pytest.fixture
def other(prefs: FakePrefs) -> FakePrefs:
    """A second replica sees the same."""
    return prefs


KEPT = {
    name: test
    for name, test in vars(real).items()
    if name.startswith("test_") and OF_REDIS.isdisjoint(inspect.signature(test).parameters)
}
globals().update(KEPT)


def test_there_is_something_to_keep() -> None:
    assert len(KEPT) > 20
