"""Each target of `python -m bench.fuzz`, tried briefly."""

import pytest

from bench.fuzz import TARGETS, tried
from bench.shapes import Target


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.name)
def test_nothing_that_strangers_send_breaks_what_reads_it(target: Target) -> None:
    tried(target, 60)
