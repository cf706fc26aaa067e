"""Events with the pauses before them, one after the other or side by side."""

from __future__ import annotations

from heapq import merge
from itertools import accumulate
from operator import itemgetter
from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from random import Random

    from connect.demo.bodies import Body

Span = tuple[int, int]


class TimedEvent(Struct, frozen=True):
    wait_ms: int
    """After the event before it."""
    body: Body


def together(*sequences: Iterable[TimedEvent]) -> Iterator[TimedEvent]:
    """Play sequences side by side; each keeps its own order and its own pauses."""
    last_ms = 0
    for at_ms, body in merge(*(_with_times(list(it)) for it in sequences), key=itemgetter(0)):
        yield TimedEvent(at_ms - last_ms, body)
        last_ms = at_ms


def delayed(wait_ms: int, sequence: Iterable[TimedEvent]) -> Iterator[TimedEvent]:
    for event in sequence:
        yield TimedEvent(wait_ms + event.wait_ms, event.body)
        wait_ms = 0


def length_ms(sequence: Iterable[TimedEvent]) -> int:
    return sum(event.wait_ms for event in sequence)


def pause(rng: Random, span: Span) -> int:
    """Return a random pause; short ones are more likely."""
    low, high = span
    return round(rng.triangular(low, high, low))


def _with_times(sequence: list[TimedEvent]) -> list[tuple[int, Body]]:
    times = accumulate(event.wait_ms for event in sequence)
    return list(zip(times, (event.body for event in sequence), strict=True))
