"""What is tried on code that reads from outside: targets, and JSON of a given shape in which anything may be odd."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st


@dataclass(frozen=True)
class Target:
    """`check` raises what is found: an AssertionError, or whatever the code under it lets escape."""

    name: str
    sent: st.SearchStrategy[Any]
    check: Callable[[Any], object]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.sampled_from(["stop", "a\n"]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=9), inner, max_size=4),
    max_leaves=8,
)


def like(shape: Any) -> st.SearchStrategy[Any]:
    """JSON of this shape, any part of which may be something else or missing."""
    match shape:
        case dict():
            parts = {name: like(part) for name, part in shape.items()}
            same: st.SearchStrategy[Any] = st.fixed_dictionaries({}, optional=parts)
        case list():
            same = st.lists(like(shape[0]), max_size=3)
        case _:
            same = st.just(shape)
    return st.integers(0, 9).flatmap(lambda n: JSON if n == 0 else same)
