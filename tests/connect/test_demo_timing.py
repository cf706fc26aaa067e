"""Hold event and pace to their laws: order, rhythm, rate."""

from __future__ import annotations

from itertools import accumulate, islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connect.demo.pace import WINDOW_SECONDS, paced
from connect.demo.story import StoryEvent, generate_story
from connect.demo.timing import TimedEvent, delayed, length_ms, together

SEQUENCES = st.lists(st.lists(st.integers(0, 50), max_size=8), max_size=5)


def scene(name: int, waits: list[int]) -> list[TimedEvent]:
    return [TimedEvent(wait, {"name": name, "number": number}) for number, wait in enumerate(waits)]


@given(SEQUENCES)
def test_parallel_sequences_keep_their_order_and_times(waits: list[list[int]]) -> None:
    """A subagent's events and the main turn's must interleave without disturbing one another."""
    played = list(together(*(scene(name, each) for name, each in enumerate(waits))))
    times = list(accumulate(event.wait_ms for event in played))
    for name, each in enumerate(waits):
        own = [
            (at, event.body["number"])
            for at, event in zip(times, played, strict=True)
            if event.body["name"] == name
        ]
        assert own == [(at, number) for number, at in enumerate(accumulate(each))]
    assert all(event.wait_ms >= 0 for event in played)


@given(st.integers(0, 1000), st.lists(st.integers(0, 50), min_size=1, max_size=8))
def test_a_delayed_sequence_is_longer_by_the_delay_and_otherwise_the_same(
    wait: int, waits: list[int]
) -> None:
    """A delay put before every event would slow the whole scene."""
    late = list(delayed(wait, scene(0, waits)))
    assert late[0].wait_ms == wait + waits[0]
    assert late[1:] == scene(0, waits)[1:]
    assert length_ms(late) == wait + sum(waits)


RATES = st.floats(0.05, 2000)
GAPS = st.lists(st.integers(0, 100_000), min_size=1, max_size=200)


@given(GAPS, RATES)
def test_every_window_has_the_requested_rate_and_time_is_monotonic(
    gaps: list[int], rate: float
) -> None:
    """Who asks for 200 events/s must get them, however the story dawdles."""
    events = [StoryEvent(at, {}, attended=True, model="") for at in accumulate(gaps)]
    size = max(1, round(rate * WINDOW_SECONDS))
    due = [at for at, _ in paced(iter(events), rate)]
    assert due == sorted(due)
    assert len(due) == len(events)
    for start in range(0, len(due), size):
        assert due[start] == pytest.approx(start / rate)
        assert all(at <= (start + size) / rate + 1e-9 for at in due[start : start + size])


def test_the_pauses_of_the_story_are_kept_within_a_window() -> None:
    """Evenly spaced events would look like a test pattern, not like work."""
    events = [StoryEvent(at, {}, attended=True, model="") for at in (0, 10, 900, 1000)]
    assert [at for at, _ in paced(iter(events), 1)] == pytest.approx([0, 0.04, 3.6, 4])


def test_at_the_default_rate_six_sessions_play_about_as_fast_as_they_happen() -> None:
    """Then an ask is open for seconds, as in life, and a duration fits between Pre and Post."""
    events = list(islice(generate_story(7, 6), 6000))
    natural = len(events) * 1000 / events[-1].at_ms
    assert 4 < natural < 6
