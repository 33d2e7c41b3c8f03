"""A backup holds what lasts, and leaves out what must not be copied; a file that is wrong is refused whole."""

import json

import pytest

from bot.errors import StartError
from bot.store import backup, migrations
from bot.store.keys import LASTING


def written(**other: object) -> str:
    about = {
        "threadbot_backup": 1,
        "version": "0.1.0",
        "schema": migrations.NEWEST,
        "made": "2026-12-01",
        "workspaces": {},
    }
    return json.dumps(about | other)


def test_all_that_lasts_is_backed_up_or_left_out_by_name() -> None:
    assert {*backup.NAMES, *backup.LEFT_OUT} == set(LASTING)
    assert {"prefs", "personas", "versions", "access", "audit"} <= set(backup.NAMES)
    assert not {"tokens", "last_used"} & set(backup.NAMES)


def test_a_sound_file_is_read() -> None:
    found = backup.read(written(workspaces={"T1": {"prefs": {"workspace": "{}"}, "audit": ["{}", "{}"]}}))

    assert found.counts() == {"prefs": 1, "audit": 2}


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "this is no backup"),
        ("[]", "this is no backup"),
        ('{"workspaces": {}}', "this is no backup"),
        (written(threadbot_backup=2, version="9.0"), "this backup is of a newer version (9.0"),
        (written(schema=migrations.NEWEST + 1), "this backup is of a newer version"),
        (written(schema=1), "this backup is of a version that is too old"),
        (written(workspaces={"T1:x": {}}), "this backup is damaged at workspaces.T1:x"),
        (written(workspaces={"T1": {"prefs": 3}}), "this backup is damaged at workspaces.T1.prefs"),
        (written(workspaces={"T1": {"tokens": {"a": "b"}}}), "this backup is damaged: there is no tokens"),
        (written()[:-9], "this is no backup"),
    ],
)
def test_a_file_that_is_wrong_is_refused_with_the_reason(text: str, why: str) -> None:
    with pytest.raises(StartError) as refused:
        backup.read(text)

    assert str(refused.value).startswith(why)
