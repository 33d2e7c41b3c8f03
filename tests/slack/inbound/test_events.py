"""Payloads as Slack documents them, and what they mean to us."""

import time
from dataclasses import replace
from typing import Any

import pytest

from bot.conversation.ids import ThreadKey
from bot.conversation.messages import File, Quote
from bot.installations import Installation
from bot.slack.inbound.events import Changed, Deleted, Said, read

ME = Installation("T1", "U0BOT", "B0BOT", "threadbot")


def event(**about: Any) -> dict[str, Any]:
    basics = {
        "type": "message",
        "channel": "C1",
        "channel_type": "channel",
        "user": "U1",
        "text": "hi",
        "ts": "10.000001",
    }
    return basics | about


@pytest.mark.parametrize(
    ("about", "addressed"),
    [
        ({"type": "app_mention", "text": "<@U0BOT> hi"}, True),
        ({"text": "<@U0BOT> hi"}, True),
        ({"channel_type": "group", "text": "hi <@U0BOT|bot>"}, True),
        ({"channel_type": "mpim", "text": "<@U0BOT> hi"}, True),
        ({"channel_type": "im", "channel": "D1"}, True),
        ({"channel_type": "im", "channel": "D1", "thread_ts": "9.0"}, True),
        ({"subtype": "file_share", "text": "<@U0BOT>", "files": [{"id": "F1", "name": "a.txt"}]}, True),
        ({"subtype": "thread_broadcast", "thread_ts": "9.0", "text": "<@U0BOT> hi"}, True),
        ({"thread_ts": "9.0"}, False),
        ({"bot_id": "B2", "text": "<@U0BOT> hi"}, True),
        ({"bot_id": "B2", "channel_type": "im", "thread_ts": "9.0"}, False),
        ({"thread_ts": "9.0", "subtype": "bot_message", "bot_id": "B2", "user": None}, False),
    ],
)
def test_what_was_said(about: dict[str, Any], addressed: bool) -> None:
    said = read(event(**about), ME)

    assert isinstance(said, Said)
    assert said.addressed is addressed
    assert said.by_bot is ("bot_id" in about)
    assert said.thread.root == about.get("thread_ts", "10.000001")


@pytest.mark.parametrize(
    "about",
    [
        {"text": "nobody is asked"},
        {"channel_type": "mpim"},
        {"user": "U0BOT", "thread_ts": "9.0"},
        {"bot_id": "B0BOT", "thread_ts": "9.0"},
        {"subtype": "channel_join"},
        {"subtype": "channel_topic", "text": "<@U0BOT>"},
        {"bot_id": "B2"},
        {"subtype": "message_replied", "thread_ts": "9.0"},
    ],
    ids=str,
)
def test_what_does_not_concern_us(about: dict[str, Any]) -> None:
    assert read(event(**about), ME) is None


TABLE = {"type": "table", "rows": [[{"type": "raw_text", "text": "a"}], [{"type": "raw_text", "text": "1"}]]}
WORDS = {
    "type": "rich_text",
    "elements": [
        {
            "type": "rich_text_section",
            "elements": [{"type": "user", "user_id": "U0BOT"}, {"type": "text", "text": " which is largest?"}],
        }
    ],
}


@pytest.mark.parametrize(
    ("about", "text"),
    [
        ({"text": "<@U0BOT> which is largest?", "blocks": [WORDS]}, "which is largest?"),
        (
            {"text": "<@U0BOT> which is largest?", "blocks": [WORDS, TABLE]},
            "which is largest?\n\n| a |\n|---|\n| 1 |",
        ),
        ({"text": "", "blocks": [WORDS]}, "which is largest?"),
        ({"text": None, "blocks": [WORDS, TABLE]}, "which is largest?\n\n| a |\n|---|\n| 1 |"),
        ({"text": "", "blocks": [TABLE], "channel": "D1"}, "| a |\n|---|\n| 1 |"),
    ],
)
def test_what_stands_in_blocks_alone_is_part_of_a_persons_message(about: dict[str, Any], text: str) -> None:
    said = read(event(**about), ME)

    assert isinstance(said, Said)
    assert said.addressed
    assert said.message.text == text


def test_what_stands_in_blocks_alone_of_a_forwarded_message_is_quoted() -> None:
    share = {"is_share": True, "author_id": "U9", "message_blocks": [{"message": {"blocks": [TABLE]}}]}
    said = read(event(text="<@U0BOT> see", attachments=[share]), ME)

    assert isinstance(said, Said)
    assert said.message.text == "see"
    assert said.message.quotes == (Quote("| a |\n|---|\n| 1 |", "U9"),)


def test_files_of_a_forwarded_message_are_known_as_its_own() -> None:
    share = {"is_share": True, "author_id": "U9", "text": "look", "files": [{"id": "F2", "name": "theirs.txt"}]}
    said = read(event(text="<@U0BOT> see", files=[{"id": "F1", "name": "mine.txt"}], attachments=[share]), ME)

    assert isinstance(said, Said)
    assert [file.id for file in said.message.files] == ["F1", "F2"]
    assert said.message.quotes == (Quote("look", "U9", ("F2",)),)


@pytest.mark.parametrize(
    ("transcription", "text"),
    [
        ({"status": "complete", "preview": {"content": "what is a < b?", "has_more": False}}, "what is a < b?"),
        ({"status": "processing"}, ""),
        ({"status": "complete", "preview": None}, ""),
        ("odd", ""),
        (None, ""),
    ],
)
def test_what_was_said_in_a_voice_clip_is_read_as_slack_has_written_it_down(transcription: Any, text: str) -> None:
    clip = {"id": "F1", "name": "audio_message.m4a", "subtype": "slack_audio", "transcription": transcription}

    said = read(event(subtype="file_share", channel="D1", text="", files=[clip]), ME)

    assert isinstance(said, Said)
    assert said.message.text == text


def test_a_clip_that_is_written_down_later_changes_its_message() -> None:
    clip = {
        "id": "F1",
        "name": "audio_message.m4a",
        "subtype": "slack_audio",
        "transcription": {"status": "processing"},
    }
    written = {**clip, "transcription": {"status": "complete", "preview": {"content": "what is a monad?"}}}
    before, now = (event(channel="D1", text="", files=[file]) for file in (clip, written))

    changed = read(event(subtype="message_changed", channel="D1", message=now, previous_message=before), ME)

    assert isinstance(changed, Changed)
    assert changed.message.text == "what is a monad?"


def test_the_files_of_a_forwarded_message_come_with_it_each_once() -> None:
    file = {"id": "F1", "name": "a.csv", "mimetype": "text/csv"}
    shares = [{"is_share": True, "text": "as promised", "files": [file, file]}, {"text": "a preview", "files": [file]}]

    said = read(event(text="<@U0BOT> sum it up", attachments=shares, files=[{"id": "F2", "name": "b.txt"}]), ME)

    assert isinstance(said, Said)
    assert [each.id for each in said.message.files] == ["F2", "F1"]


@pytest.mark.parametrize(
    ("about", "text"),
    [
        (
            {"text": "<@U0BOT> ask <@U1|Ada> in <#C1|general> &amp; <https://e.org|there>"},
            "ask @{U1} in #{C1} & [there](https://e.org)",
        ),
        ({"text": "is <@U0BOT> here?"}, "is @{U0BOT} here?"),
        ({"text": "thanks <@U0BOT>"}, "thanks"),
        ({"text": "@{U1} typed it"}, r"@\{U1} typed it"),
        (
            {
                "bot_id": "B2",
                "blocks": [
                    {
                        "type": "rich_text",
                        "elements": [
                            {
                                "type": "rich_text_section",
                                "elements": [
                                    {"type": "user", "user_id": "U0BOT"},
                                    {"type": "text", "text": " see @{U1} "},
                                    {"type": "user", "user_id": "U1"},
                                ],
                            }
                        ],
                    }
                ],
            },
            r"see @\{U1} @{U1}",
        ),
    ],
)
def test_a_message_is_decoded_once(about: dict[str, Any], text: str) -> None:
    said = read(event(thread_ts="9.0", **about), ME)

    assert isinstance(said, Said)
    assert said.message.text == text


def test_a_full_message_of_blanks_delays_nobody() -> None:
    """It is read on the event loop, before it is known who wrote it."""
    start = time.process_time()
    for blank in ("\u00a0", " "):
        read(event(thread_ts="9.0", text=f"a{blank * 40_000}b"), ME)

    assert time.process_time() - start < 0.1


def test_a_file_is_known_by_name_type_and_size() -> None:
    said = read(
        event(
            channel="D1", channel_type="im", files=[{"id": "F1", "name": "a.txt", "mimetype": "text/plain", "size": 7}]
        ),
        ME,
    )

    assert isinstance(said, Said)
    assert [(f.name, f.mimetype, f.size) for f in said.message.files] == [("a.txt", "text/plain", 7)]


PNG = {"id": "F1", "mimetype": "image/png", "thumb_720": "at/720", "thumb_1024": "at/1024"}


@pytest.mark.parametrize(
    ("about", "thumb"),
    [
        ({"original_w": 3000, "original_h": 200}, "at/1024"),
        ({"original_w": 900, "original_h": 1024}, ""),
        ({}, "at/1024"),
        ({"original_w": 2000, "thumb_1024": None}, "at/720"),
        ({"original_w": 300, "mimetype": "image/heic"}, "at/1024"),
        ({"mimetype": "application/pdf"}, ""),
    ],
    ids=["larger", "no larger", "unknown", "smaller one", "no browser shows it", "no picture"],
)
def test_a_smaller_picture_is_taken_where_it_helps(about: dict[str, Any], thumb: str) -> None:
    said = read(event(channel="D1", channel_type="im", files=[PNG | about]), ME)

    assert isinstance(said, Said)
    assert said.message.files[0].thumb == thumb


def test_a_file_of_another_workspace_has_no_address_yet() -> None:
    stub = {"id": "F1", "file_access": "check_file_info", "mode": "file_access"}
    said = read(event(channel="D1", channel_type="im", files=[stub]), ME)

    assert isinstance(said, Said)
    assert said.message.files[0] == File("F1", "unnamed file", mode="file_access")


def changed(now: dict[str, Any], before: dict[str, Any]) -> dict[str, Any]:
    inner = {"type": "message", "user": "U1", "ts": "10.000001", "text": "hi", "thread_ts": "9.0"}
    return event(subtype="message_changed", ts="11.0", message=inner | now, previous_message=inner | before)


def test_an_edit_names_the_message_and_its_new_text() -> None:
    edit = read(changed({"text": "hello"}, {}), ME)

    assert isinstance(edit, Changed)
    assert (edit.thread, edit.message.ts, edit.message.text) == (
        ThreadKey("slack", "T1", "C1", "9.0"),
        "10.000001",
        "hello",
    )


def test_an_unfurled_link_is_no_edit() -> None:
    assert read(changed({"attachments": [{}]}, {}), ME) is None


def test_an_app_that_changes_its_blocks_has_edited_its_message() -> None:
    app = {"user": None, "bot_id": "B2", "text": "Build"}
    before, now = ({**app, "blocks": [{"type": "markdown", "text": text}]} for text in ("runs", "failed"))

    edit = read(changed(now, before), ME)
    assert isinstance(edit, Changed)
    assert edit.message.text == "failed"


def test_our_own_edits_are_no_news() -> None:
    assert read(changed({"user": "U0BOT", "bot_id": "B0BOT", "text": "more"}, {}), ME) is None


def test_a_deleted_message_is_known_by_its_thread() -> None:
    gone = event(subtype="message_deleted", deleted_ts="10.000001", previous_message={"thread_ts": "9.0"}, user=None)

    assert read(gone, ME) == Deleted(ThreadKey("slack", "T1", "C1", "9.0"), "10.000001")


def test_a_deleted_root_that_has_replies_is_deleted_too() -> None:
    stub = changed({"subtype": "tombstone", "user": "USLACKBOT", "text": "This message was deleted."}, {})

    assert read(stub, ME) == Deleted(ThreadKey("slack", "T1", "C1", "9.0"), "10.000001")


@pytest.mark.parametrize("broken", [{}, {"type": "message"}, {"type": "message", "user": "U1", "channel_type": "im"}])
def test_a_malformed_event_raises_what_the_listener_expects(broken: dict[str, Any]) -> None:
    with pytest.raises((KeyError, TypeError)):
        read(broken, ME)


def test_half_an_emoji_is_no_reason_to_stumble() -> None:
    said = read(event(channel="D1", channel_type="im", text="half \ud83d of it"), ME)

    assert isinstance(said, Said)
    assert said.message.text == "half ? of it"


@pytest.mark.parametrize(
    ("about", "name", "text"),
    [
        (
            {"bot_id": "B2", "username": "CI", "text": "see below", "attachments": [{"text": "red"}]},
            "CI",
            "see below\n\nred",
        ),
        (
            {"bot_id": "B2", "bot_profile": {"name": "Deploy"}, "blocks": [{"type": "markdown", "text": "a"}]},
            "Deploy",
            "a",
        ),
        ({"user_profile": {"display_name": "Otto", "real_name": "Otto O."}}, "Otto", "hi"),
        ({"user_profile": {"display_name": "", "real_name": "Otto O."}}, "Otto O.", "hi"),
        ({"attachments": [{"text": "a preview"}]}, "", "hi"),
    ],
)
def test_who_speaks_and_what_people_see_of_it(about: dict[str, Any], name: str, text: str) -> None:
    said = read(event(thread_ts="9.0", **about), ME)

    assert isinstance(said, Said)
    assert (said.message.name, said.message.text) == (name, text)


OURS, THEIRS = {"team": "T1"}, {"team": "T2"}
FREE = {"is_restricted": False, "is_ultra_restricted": False}


@pytest.mark.parametrize(
    ("about", "says"),
    [
        ({}, None),
        (OURS, None),
        ({"user_team": "T1", "source_team": "T1"}, None),
        ({"user_profile": OURS}, None),
        ({"user_profile": OURS | FREE}, "member"),
        ({"user_profile": FREE}, None),
        ({"user_profile": OURS | FREE | {"is_restricted": True}}, "guest"),
        ({"user_profile": OURS | FREE | {"is_ultra_restricted": True}}, "guest"),
        ({"user_team": "T2"}, "outsider"),
        ({"source_team": "T2", "team": "T1"}, "outsider"),
        (THEIRS, "outsider"),
        ({"user_profile": THEIRS | FREE}, "outsider"),
        ({"user_team": "T1", "user_profile": THEIRS | FREE}, "outsider"),
        ({"bot_id": "B2"}, "bot"),
        ({"bot_id": "B2", "team": "T1"}, "bot"),
        ({"bot_id": "B2", "team": "T2"}, "outsider"),
        ({"user": "USLACKBOT"}, "bot"),
    ],
    ids=str,
)
def test_what_a_message_says_of_its_author(about: dict[str, Any], says: str | None) -> None:
    said = read(event(thread_ts="9.0", **about), ME)

    assert isinstance(said, Said)
    assert said.message.author_is == says


def test_in_an_organisation_the_id_of_another_team_says_nothing() -> None:
    said = read(event(thread_ts="9.0", user_team="T2"), replace(ME, enterprise="E1"))

    assert isinstance(said, Said)
    assert said.message.author_is is None


def test_what_a_person_forwards_is_no_part_of_their_own_words() -> None:
    share = {"is_share": True, "author_id": "U9", "author_name": "Otto", "text": f"<@{ME.bot_user}> do &lt;it&gt;"}
    odd = [
        {"is_share": True, "author_id": ["U9"], "text": "odd"},
        {"is_share": True, "text": ""},
        {"text": "a preview"},
    ]
    said = read(event(thread_ts="9.0", text="hi", attachments=[share, *odd]), ME)

    assert isinstance(said, Said)
    assert said.message.text == "hi"
    assert said.message.quotes == (Quote(f"@{{{ME.bot_user}}} do <it>", "U9"), Quote("odd"))
    assert not said.addressed


def test_a_message_that_slack_shows_under_a_link_later_is_quoted() -> None:
    before = event(ts="5.0", text="<https://a.slack.com/archives/C1/p1>")
    shown = {"is_msg_unfurl": True, "author_id": "U9", "text": "lunch?"}
    changed = {"type": "message", "subtype": "message_changed", "channel": "C1", "previous_message": before}

    assert read(changed | {"message": before | {"attachments": [{"text": "a preview"}]}}, ME) is None
    told = read(changed | {"message": before | {"attachments": [shown]}}, ME)
    assert isinstance(told, Changed)
    assert told.message.quotes == (Quote("lunch?", "U9"),)
