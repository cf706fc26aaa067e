"""Map story time to play time: at the requested rate, with the story's own rhythm."""

from __future__ import annotations

from itertools import chain, islice
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from connect.demo.story import StoryEvent

# Story time is scaled a window at a time. A shorter window would lose the rhythm of requests and
# waits; with a longer one, the rate over a minute would be far from the requested one.
WINDOW_SECONDS = 5.0


def paced(events: Iterator[StoryEvent], rate: float) -> Iterator[tuple[float, StoryEvent]]:
    """Yield every event with the seconds after the start at which it is due."""
    size = max(1, round(rate * WINDOW_SECONDS))
    start = 0.0
    upcoming = list(islice(events, size))
    while upcoming:
        window, upcoming = upcoming, list(islice(events, size))
        end = start + len(window) / rate
        yield from zip(_due_times(window, upcoming, start, end), window, strict=True)
        start = end


def _due_times(
    window: list[StoryEvent], upcoming: list[StoryEvent], start: float, end: float
) -> Iterator[float]:
    """Scale the window's story times to its play time, up to the first of the next window."""
    first_ms = window[0].at_ms
    last_ms = next(chain(upcoming, window[-1:])).at_ms
    span_ms = max(1, last_ms - first_ms)
    for event in window:
        yield start + (end - start) * (event.at_ms - first_ms) / span_ms
