"""Where something stands in a text that is to be hidden."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Span:
    """`kind` is a word in capitals that stands in its place; of those that overlap, the one with the lowest `rank`
    names both. A `secret` never comes back."""

    start: int
    end: int
    kind: str
    rank: int = 0
    secret: bool = False


def apart(spans: Iterable[Span]) -> list[Span]:
    """Spans that do not overlap, in their order, and cover what these cover. What overlaps a secret is left out for it,
    so that no part of a secret comes back with something else."""
    spans = list(spans)
    secrets = [_joined(some) for some in _clusters(span for span in spans if span.secret)]
    found: list[Span] = []
    for some in _clusters([*secrets, *(span for span in spans if not span.secret)]):
        inside = [span for span in some if span.secret]
        if inside:
            free = [span for span in some if not any(_overlap(span, secret) for secret in inside)]
            found += sorted([*inside, *map(_joined, _clusters(free))], key=lambda span: span.start)
        else:
            found.append(_joined(some))
    return found


def _clusters(spans: Iterable[Span]) -> Iterator[Sequence[Span]]:
    """Spans that overlap, directly or through others, together."""
    cluster: list[Span] = []
    end = 0
    for span in sorted(spans, key=lambda span: span.start):
        if cluster and span.start >= end:
            yield cluster
            cluster = []
        cluster.append(span)
        end = max(end, span.end) if len(cluster) > 1 else span.end
    if cluster:
        yield cluster


def _joined(spans: Sequence[Span]) -> Span:
    gravest = min(spans, key=lambda span: span.rank)
    start, end = spans[0].start, max(span.end for span in spans)
    return Span(start, end, gravest.kind, gravest.rank, gravest.secret)


def _overlap(one: Span, other: Span) -> bool:
    return one.start < other.end and other.start < one.end
