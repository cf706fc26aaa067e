"""Set events in time: a beat is one body and the pause before it; scenes are streams of beats.

Comes in: bodies. Goes out: streams of beats, one after the other or side by side.
"""

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


class Beat(Struct, frozen=True):
    """Hold one event and how long after the one before it happens."""

    wait_ms: int
    body: Body


def together(*scenes: Iterable[Beat]) -> Iterator[Beat]:
    """Play scenes side by side: each keeps its own order and its own pauses."""
    reached_ms = 0
    for at_ms, body in merge(*(_timed(list(scene)) for scene in scenes), key=itemgetter(0)):
        yield Beat(at_ms - reached_ms, body)
        reached_ms = at_ms


def delayed(wait_ms: int, scene: Iterable[Beat]) -> Iterator[Beat]:
    """Start a scene later."""
    for beat in scene:
        yield Beat(wait_ms + beat.wait_ms, beat.body)
        wait_ms = 0


def length_ms(scene: Iterable[Beat]) -> int:
    """Tell how long a scene takes."""
    return sum(beat.wait_ms for beat in scene)


def pause(rng: Random, span: Span) -> int:
    """Draw a pause, short ones being likelier than long ones."""
    low, high = span
    return round(rng.triangular(low, high, low))


def _timed(scene: list[Beat]) -> list[tuple[int, Body]]:
    times = accumulate(beat.wait_ms for beat in scene)
    return list(zip(times, (beat.body for beat in scene), strict=True))
