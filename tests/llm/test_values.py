"""No value of a model server's reply passes that is odd in type, range or length."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.conversation.tokens import Usage
from bot.llm import values
from bot.llm.broken import BrokenStream
from bot.llm.values import MAX_TOKENS, usage_of

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=8,
)
ODD = [-1, 1.5, True, "7", [7], {"a": 7}, float("nan"), float("inf"), 10**30, MAX_TOKENS + 1]


@pytest.mark.parametrize(
    ("reported", "usage"),
    [
        ({"prompt_tokens": 7, "completion_tokens": 2}, Usage(7, 2)),
        ({"prompt_tokens": 7, "completion_tokens": 2, "prompt_tokens_details": None}, Usage(7, 2)),
        (
            {"prompt_tokens": 7, "completion_tokens": 2,
             "prompt_tokens_details": {"cached_tokens": 3, "cache_write_tokens": 4}},
            Usage(7, 2, 3, 4),
        ),
        ({"prompt_tokens": 7, "completion_tokens": 2, "prompt_cache_hit_tokens": 3}, Usage(7, 2, 3)),
        ({"prompt_tokens": 7, "completion_tokens": 2, "prompt_cache_hit_tokens": 8}, Usage(7, 2)),
        ({"input_tokens": 7, "output_tokens": 2}, Usage(7, 2)),
        (
            {"input_tokens": 7, "output_tokens": 2, "input_tokens_details": {"cached_tokens": 3},
             "output_tokens_details": {"reasoning_tokens": 1}},
            Usage(7, 2, 3, reasoning=1),
        ),
        (
            {"prompt_tokens": 7, "completion_tokens": 2,
             "cache_read_input_tokens": 3, "cache_creation_input_tokens": 4},
            Usage(7, 2, 3, 4),
        ),
        ({"prompt_tokens": 7, "output_tokens": 2, "completion_tokens": None}, Usage(7, 2)),
        ({"prompt_tokens": None, "completion_tokens": None}, None),
        ({"total_tokens": 9}, None),
        ({"prompt_tokens": "7", "completion_tokens": "2"}, None),
    ],
)  # fmt: skip
def test_usage_is_what_was_reported_and_unknown_is_not_zero(reported: dict[str, Any], usage: Usage | None) -> None:
    assert usage_of(reported) == usage


@pytest.mark.parametrize("field", ["prompt_tokens", "completion_tokens"])
@pytest.mark.parametrize("odd", ODD, ids=repr)
def test_an_odd_total_is_unknown(field: str, odd: Any) -> None:
    assert usage_of({"prompt_tokens": 7, "completion_tokens": 2, field: odd}) is None


@pytest.mark.parametrize("field", ["cached_tokens", "cache_write_tokens"])
@pytest.mark.parametrize("odd", [*ODD, 8], ids=repr)
def test_an_odd_detail_is_left_out(field: str, odd: Any) -> None:
    """8 is more than there was to read."""
    assert usage_of({"prompt_tokens": 7, "completion_tokens": 2, "prompt_tokens_details": {field: odd}}) == Usage(7, 2)


@pytest.mark.parametrize("details", ["many", 7, [1], True], ids=repr)
def test_odd_details_are_left_out(details: Any) -> None:
    assert usage_of({"prompt_tokens": 7, "completion_tokens": 2, "prompt_tokens_details": details}) == Usage(7, 2)


@given(st.dictionaries(st.sampled_from(["prompt_tokens", "completion_tokens", "prompt_tokens_details"]), JSON))
def test_usage_is_a_count_or_nothing(reported: dict[str, Any]) -> None:
    usage = usage_of(reported)

    assert usage is None or all(
        type(count) is int and 0 <= count <= MAX_TOKENS
        for count in (usage.input, usage.output, usage.cached, usage.cache_written)
    )


@pytest.mark.parametrize("name", ["gpt-6-luna", "meta/llama-3:free", "/models/a.gguf", "модель"])
def test_a_models_name_is_taken_over(name: str) -> None:
    assert values.model_of(name) == name


@pytest.mark.parametrize(
    "odd", ["", "a\nb", "a b", "a\x1b[31m", "a\u202eb", "a\u200b", "x" * 201, 7, {"a": 1}, None], ids=repr
)
def test_an_odd_name_is_left_out(odd: Any) -> None:
    assert values.model_of(odd) == ""


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ("stop", "stop"),
        ("length", "length"),
        ("content_filter", "content_filter"),
        (None, None),
        ("", None),
        ("eos_token", "stop"),
        ("STOP", "stop"),
        ("stop_sequence", "stop"),
        ("end_turn", "stop"),
        ("COMPLETE", "stop"),
        ("null", None),
        ("max_tokens", "length"),
        ("MAX_TOKENS", "length"),
        ("model_length", "length"),
        ("content_filter: SAFETY", "content_filter"),
        ("SAFETY", "content_filter"),
        ("refusal", "content_filter"),
        ("tool_use", "tool_calls"),
        ("error", "error"),
        ("network_error", "error"),
        ("insufficient_system_resource", "error"),
        ("abort", "error"),
        ("x" * 10_000, "other"),
        ({"a": 1}, "other"),
        (["stop"], "other"),
        (7, "other"),
    ],
    ids=str,
)
def test_only_known_reasons_pass(said: Any, reason: str | None) -> None:
    assert values.reason_of(said) == reason


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ("rate_limit_exceeded", "rate_limit_exceeded"),
        (429, "429"),
        ("a\n12:00 warning forged", ""),
        ("x" * 65, ""),
        ("naïve", ""),
        ("", ""),
        (10**4000, ""),
        (True, ""),
        ({"a": 1}, ""),
        (None, ""),
    ],
    ids=lambda value: str(value)[:20],
)
def test_a_code_is_a_short_word(said: Any, code: str) -> None:
    assert values.code_of(said) == code
    assert BrokenStream.of({"code": said}).code == code


@pytest.mark.parametrize(
    ("said", "text"),
    [
        ("plain", "plain"),
        ("a\tb\nc\r\nd", "a\tb\nc\nd"),
        ("\x1b[31mred\x07\x00\x7f\x9b", "[31mred"),
        ("half \ud83d pair", "half \ufffd pair"),
        ("the other \ude00 half", "the other \ufffd half"),
        ("in two pieces: \ud83d" + "\ude00", "in two pieces: \U0001f600"),
        ("Grüße 👩‍👩‍👧", "Grüße 👩‍👩‍👧"),
    ],
    ids=ascii,
)
def test_text_has_no_control_characters(said: str, text: str) -> None:
    assert values.clean(values.text_of({"content": said})) == text


@pytest.mark.parametrize(
    ("reported", "cost"),
    [
        ({"cost": 0.0123}, 0.0123),
        ({"cost": 0}, 0.0),
        ({"cost": 0.001, "is_byok": True, "cost_details": {"upstream_inference_cost": 0.02}}, 0.021),
        ({"cost": 0.001, "is_byok": True, "cost_details": None}, None),
        ({"cost": 0.001, "is_byok": False, "cost_details": {"upstream_inference_cost": 0.02}}, 0.001),
        ({"cost": -1}, None),
        ({"cost": "0.1"}, None),
        ({"cost": True}, None),
        ({"cost": float("nan")}, None),
        ({"cost": 1e9}, None),
        ({}, None),
    ],
)
def test_the_cost_that_a_server_states_is_taken_if_it_can_be_one(
    reported: dict[str, object], cost: float | None
) -> None:
    found = values.usage_of({"prompt_tokens": 1, "completion_tokens": 2, **reported})

    assert found is not None
    assert found.cost == cost


def test_reasoning_is_kept_as_part_of_the_output() -> None:
    about = {"prompt_tokens": 1, "completion_tokens": 20, "completion_tokens_details": {"reasoning_tokens": 15}}

    assert values.usage_of(about) == Usage(1, 20, reasoning=15)
