"""Turn story time into play time: at the asked rate overall, with the story's own rhythm within.

Comes in: moments with story times, a rate. Goes out: each moment with the seconds since the start
at which it is due.
"""

from __future__ import annotations

from itertools import chain, islice
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from connect.demo.story import Moment

# Story time is stretched or squeezed a window at a time. Shorter, and the rhythm of asks and waits
# would be lost; longer, and a minute's rate would be far from the asked one.
WINDOW_SECONDS = 5.0


def paced(moments: Iterator[Moment], rate: float) -> Iterator[tuple[float, Moment]]:
    """Give every moment its due time: each window of events takes exactly as long as it must."""
    size = max(1, round(rate * WINDOW_SECONDS))
    begin = 0.0
    upcoming = list(islice(moments, size))
    while upcoming:
        window, upcoming = upcoming, list(islice(moments, size))
        end = begin + len(window) / rate
        yield from zip(_spread(window, upcoming, begin, end), window, strict=True)
        begin = end


def _spread(
    window: list[Moment], upcoming: list[Moment], begin: float, end: float
) -> Iterator[float]:
    """Map the window's story times onto its play time; it reaches to the next one's first."""
    first_ms = window[0].at_ms
    last_ms = next(chain(upcoming, window[-1:])).at_ms
    span_ms = max(1, last_ms - first_ms)
    for moment in window:
        yield begin + (end - begin) * (moment.at_ms - first_ms) / span_ms
