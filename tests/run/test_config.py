"""What the operator may write, and what they are told when it cannot be."""

from pathlib import Path

import pytest

from bot.errors import SettingsError
from bot.run import config, settings_page

ENOUGH = {"SLACK_BOT_TOKEN": "xoxb-1-hunter2", "SLACK_APP_TOKEN": "xapp-1-hunter2", "OPENAI_API_KEY": "sk-hunter2"}


@pytest.fixture(autouse=True)
def enough(monkeypatch: pytest.MonkeyPatch) -> None:
    """The least that a bot needs."""
    for name in config.Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    for name, value in ENOUGH.items():
        monkeypatch.setenv(name, value)


def refusal(monkeypatch: pytest.MonkeyPatch, **written: str | None) -> str:
    """The line that the operator reads."""
    for name, value in written.items():
        if value is None:
            monkeypatch.delenv(name)
        else:
            monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError) as caught:
        config.load()
    assert caught.value.__cause__ is None, "a traceback would show what was written"
    return str(caught.value)


def test_three_variables_are_enough() -> None:
    settings = config.load()

    assert settings.bot_token == "xoxb-1-hunter2"
    assert settings.openai_model == "gpt-6-luna"
    assert settings.redis_url == "redis://localhost:6379/0"
    assert settings.model_params == {}


@pytest.mark.parametrize(
    ("name", "value", "remedy"),
    [
        ("SLACK_BOT_TOKEN", "xapp-hunter2", "xoxb-"),
        ("SLACK_BOT_TOKEN", "xoxb-hunter2\n", "without spaces"),
        ("SLACK_APP_TOKEN", "xoxb-hunter2", "xapp-"),
        ("SLACK_SIGNING_SECRET", "a hunter2", "without spaces"),
        ("SLACK_API_URL", "https://slack.com/", "/api/"),
        ("SLACK_API_URL", "slack.com/api/", "https://"),
        ("OPENAI_API_KEY", "“sk-hunter2”", "ASCII"),
        ("OPENAI_BASE_URL", "localhost:8080", "http://"),
        ("OPENAI_BASE_URL", "http://localhost:hunter2", "port number"),
        ("OPENAI_BASE_URL", "https://platform.openai.com/", "https://api.openai.com/v1"),
        ("OPENAI_BASE_URL", "https://r.openai.azure.com/openai/deployments/x", "deployments/x?api-version="),
        ("OPENAI_TEMPERATURE", "warm", "number"),
        ("OPENAI_TEMPERATURE", "2.1", "less than or equal to 2"),
        ("OPENAI_TEMPERATURE", "nan", "finite"),
        ("OPENAI_TOP_P", "-0.1", "greater than or equal to 0"),
        ("OPENAI_N", "0", "greater than or equal to 1"),
        ("OPENAI_STOP", '["a", "b", "c", "d", "e"]', "at most 4"),
        ("OPENAI_STOP", "[1]", "string"),
        ("OPENAI_MAX_TOKENS", "0", "greater than or equal to 1"),
        ("OPENAI_PRESENCE_PENALTY", "3", "less than or equal to 2"),
        ("OPENAI_FREQUENCY_PENALTY", "-3", "greater than or equal to -2"),
        ("OPENAI_LOGIT_BIAS", "50256: -100", '{"50256": -100}'),
        ("OPENAI_LOGIT_BIAS", "[1]", "dictionary"),
        ("OPENAI_LOGIT_BIAS", '{"1": 101}', "less than or equal to 100"),
        ("OPENAI_LOGIT_BIAS", '{"token": 1}', "whole numbers"),
        ("ADMIN_USERS", "@ada", "U0123ABCD, separated by commas"),
        ("OPENAI_SEED", "1.5", "whole number"),
        ("OPENAI_REASONING_EFFORT", "hardest", "'none', 'minimal', 'low'"),
        ("OPENAI_STREAM", "perhaps", "true or false"),
        ("OPENAI_CONNECT_TIMEOUT", "0", "greater than 0"),
        ("OPENAI_RETRIES", "11", "less than or equal to 10"),
        ("TURN_TIMEOUT", "inf", "finite"),
        ("TIME_ZONE", "Berlin", "such as Europe/Berlin"),
        ("TIME_ZONE", "../../etc/passwd", "such as Europe/Berlin"),
        ("TURN_ATTEMPTS", "0", "greater than or equal to 1"),
        ("TURNS_AT_ONCE", "0", "greater than or equal to 1"),
        ("LEASE_SECONDS", "0.5", "greater than or equal to 1"),
        ("SHUTDOWN_GRACE", "-1", "greater than or equal to 0"),
        ("HISTORY_DAYS", "0", "greater than 0"),
        ("HISTORY_DAYS", "1e9", "less than or equal to 36500"),
        ("HISTORY_TOKENS", "0", "greater than or equal to 1"),
        ("FOOTER", "none", "'full', 'compact' or 'off'"),
        ("REDIS_URL", "localhost:6379", "redis://"),
        ("REDIS_URL", "http://:hunter2@localhost", "redis+sentinel://"),
        ("REDIS_URL", "redis://:hunter2@localhost:six", "port number"),
        ("REDIS_PREFIX", "two words", "letters, digits"),
        ("PORT", "http", "whole number"),
        ("PORT", "65536", "less than or equal to 65535"),
        ("LOG_LEVEL", "loud", "'debug', 'info', 'warning' or 'error'"),
        ("LOG_FORMAT", "xml", "'text' or 'json'"),
        ("SYSTEM_PROMPT_FILE", "missing.txt", "UTF-8 text file"),
    ],
)
def test_a_wrong_value_is_one_line_with_the_variable_and_the_remedy(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, remedy: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError) as caught:
        config.load()
    line = str(caught.value)

    assert line.startswith(f"{name}: ")
    assert "\n" not in line
    assert remedy in line
    assert "hunter2" not in line


@pytest.mark.parametrize(
    ("name", "remedy"),
    [
        ("SLACK_BOT_TOKEN", "Bot User OAuth Token"),
        ("SLACK_APP_TOKEN", "or SLACK_SIGNING_SECRET for HTTP mode"),
        ("OPENAI_API_KEY", "or set OPENAI_BASE_URL"),
    ],
)
@pytest.mark.parametrize("written", [None, ""], ids=["missing", "empty"])
def test_what_has_to_be_set_is_named(
    monkeypatch: pytest.MonkeyPatch, name: str, remedy: str, written: str | None
) -> None:
    line = refusal(monkeypatch, **{name: written})

    assert line.startswith(f"{name}: missing")
    assert remedy in line
    assert "\n" not in line


def test_each_of_several_wrong_values_has_its_line(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = refusal(monkeypatch, PORT="x", FOOTER="y", SLACK_BOT_TOKEN=None).split("\n")

    assert sorted(line.split(":")[0] for line in lines) == ["FOOTER", "PORT", "SLACK_BOT_TOKEN"]


def test_no_secret_is_printed_with_the_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLACK_SIGNING_SECRET", "also-hunter2")
    monkeypatch.setenv("OPENAI_USER_KEY", "also hunter2")

    assert "hunter2" not in repr(config.load())


@pytest.mark.parametrize("name", [name for name in config.Settings.model_fields if name.upper() not in ENOUGH])
def test_an_empty_variable_counts_as_unset(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    plain = config.load()
    monkeypatch.setenv(name.upper(), "")

    assert config.load() == plain


def test_variables_in_lower_case_count_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("openai_model", "other")

    assert config.load().openai_model == "other"


def test_a_file_beside_the_process_is_read_and_the_environment_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    Path(".env").write_text("OPENAI_MODEL=from-file\nFOOTER=off\nSOMETHING_ELSE=1\n")
    monkeypatch.setenv("FOOTER", "compact")

    settings = config.load()

    assert (settings.openai_model, settings.footer) == ("from-file", "compact")


def test_the_example_file_is_a_working_one() -> None:
    filled = settings_page.as_env().replace("SLACK_BOT_TOKEN=", "SLACK_BOT_TOKEN=xoxb-from-file")
    Path(".env").write_text(filled, "utf-8")

    assert config.load().bot_token == "xoxb-1-hunter2"


def test_every_setting_in_the_example_file_may_be_uncommented_as_it_is() -> None:
    lines = [line.removeprefix("#") for line in settings_page.as_env().splitlines() if not line.startswith("# ")]
    Path(".env").write_text("\n".join(lines), "utf-8")

    assert config.load() == config.load(_env_file=None)


def test_a_file_that_is_no_text_is_one_line() -> None:
    Path(".env").write_bytes("OPENAI_MODEL=größer".encode("latin-1"))

    with pytest.raises(SettingsError, match=r"\.env: .*UTF-8"):
        config.load()


# -- parameters of the model --


@pytest.mark.parametrize(
    ("written", "stops"),
    [('["END", "\\n\\n"]', ["END", "\n\n"]), ("END", ["END"]), ("[not json", ["[not json"]), ("7", ["7"])],
)
def test_stops_are_a_json_list_or_one_string(monkeypatch: pytest.MonkeyPatch, written: str, stops: list[str]) -> None:
    monkeypatch.setenv("OPENAI_STOP", written)

    assert config.load().model_params == {"stop": stops}


def test_biases_are_a_json_object(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_LOGIT_BIAS", '{"50256": -100, "7": 1.5}')

    assert config.load().model_params == {"logit_bias": {"50256": -100, "7": 1.5}}


def test_parameters_that_were_chosen_are_sent_under_their_own_names(monkeypatch: pytest.MonkeyPatch) -> None:
    chosen = {
        "temperature": 0.0,
        "top_p": 0.5,
        "n": 2,
        "presence_penalty": 1.0,
        "frequency_penalty": -1.0,
        "seed": 0,
        "reasoning_effort": "none",
    }
    for name, value in chosen.items():
        monkeypatch.setenv(f"OPENAI_{name.upper()}", str(value))

    assert config.load().model_params == chosen


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("https://api.openai.com/v1", "max_completion_tokens"),
        ("https://eu.api.openai.com/v1", "max_completion_tokens"),
        ("http://localhost:11434/v1", "max_tokens"),
        ("https://myopenai.com/v1", "max_tokens"),
        ("https://openai.company.example/v1", "max_tokens"),
    ],
)
def test_the_length_limit_has_the_name_that_the_server_knows(
    monkeypatch: pytest.MonkeyPatch, url: str, name: str
) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", url)
    monkeypatch.setenv("OPENAI_MAX_TOKENS", "9")

    assert config.load().limit_name == name
    assert config.load().model_params == {"max_tokens": 9}


def test_a_server_of_ones_own_needs_no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY")
    monkeypatch.setenv("OPENAI_BASE_URL", "http://localhost:11434/v1")

    assert config.load().openai_api_key is None


def test_http_mode_needs_no_app_token(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SLACK_APP_TOKEN")
    monkeypatch.setenv("SLACK_SIGNING_SECRET", "8f742231b10e8888abcd99yyyzzz85a5")

    assert config.load().slack_app_token is None


@pytest.mark.parametrize(
    "url",
    [
        "redis://localhost",
        "redis://:p%40ss@redis.example:6380/3",
        "rediss://user:pass@redis.example:6380/0?ssl_cert_reqs=none",
        "unix:///run/redis.sock",
        "unix://user:pass@/run/redis.sock?db=2",
    ],
)
def test_redis_may_be_anywhere(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("REDIS_URL", url)

    assert config.load().redis_url == url


# -- the system prompt --


def test_the_system_prompt_is_ours_theirs_or_a_files(monkeypatch: pytest.MonkeyPatch) -> None:
    assert config.load().prompt == config.DEFAULT_PROMPT

    monkeypatch.setenv("SYSTEM_PROMPT", "Be brief.")
    assert config.load().prompt == "Be brief."

    monkeypatch.delenv("SYSTEM_PROMPT")
    Path("prompt.txt").write_text("Sei kürzer.\n", "utf-8")
    monkeypatch.setenv("SYSTEM_PROMPT_FILE", "prompt.txt")
    assert config.load().prompt == "Sei kürzer."


def test_two_system_prompts_are_one_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    assert refusal(monkeypatch, SYSTEM_PROMPT="Be brief.", SYSTEM_PROMPT_FILE="p").startswith("SYSTEM_PROMPT_FILE: ")


def test_a_prompt_file_that_is_no_text_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    Path("prompt.bin").write_bytes(b"\xff\xfe\x00")
    monkeypatch.setenv("SYSTEM_PROMPT_FILE", "prompt.bin")

    with pytest.raises(SettingsError, match=r"SYSTEM_PROMPT_FILE: cannot read prompt\.bin"):
        config.load()


# -- what is made of them --


def test_the_table_has_a_line_for_each_setting() -> None:
    rows = settings_page.as_markdown().splitlines()[2:]

    assert sorted(row.split("`")[1].lower() for row in rows) == sorted(config.Settings.model_fields)
    assert "SLACK_BOT_TOKEN" in rows[0]  # what everybody has to set comes first
    assert all(row.count("|") == 4 for row in rows)
    assert all(row.split("|")[3].strip() for row in rows)


@pytest.mark.parametrize("written", ["U1,W2", "U1, W2", " U1 W2 "])
def test_admins_are_named_by_their_ids(monkeypatch: pytest.MonkeyPatch, written: str) -> None:
    monkeypatch.setenv("ADMIN_USERS", written)

    assert config.load().admin_users == {"U1", "W2"}


@pytest.mark.parametrize(
    ("url", "verify", "address"),
    [
        ("rediss://h:6380/0", True, "rediss://h:6380/0"),
        ("rediss://h:6380/0", False, "rediss://h:6380/0?ssl_cert_reqs=none"),
        ("rediss+cluster://h?db=0", False, "rediss+cluster://h?db=0&ssl_cert_reqs=none"),
        ("redis://h:6379/0", False, "redis://h:6379/0"),
    ],
)
def test_a_certificate_is_checked_unless_told_otherwise(url: str, verify: bool, address: str) -> None:
    kept = config.Kept(_env_file=None, redis_url=url, redis_tls_verify=verify)

    assert kept.redis_address == address
