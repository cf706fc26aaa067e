"""Test the counts that a session's sparkline is drawn from."""

from collections import Counter
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingestd.intake.decode import RequestMetadata, decode_one
from queryd.fold.folding import Views
from queryd.sessions.details import count_activity
from queryd.sessions.rows import SessionRow
from queryd.sessions.state import ACTIVITY_STEP_MS, ACTIVITY_STEPS, Session
from queryd.store.fact import fact_of
from tests.queryd.folded_views import sessions_of
from tests.queryd.hook_bodies import T0, of_agent, post, pre, prompt, row_after

YEAR_MS = 365 * 86_400_000
moments = st.integers(T0, T0 + 3 * ACTIVITY_STEPS * ACTIVITY_STEP_MS)


def row_of_times(path: Path, *times: tuple[int, int]) -> SessionRow:
    """Return the row of a session whose events happened, and were received, at these times."""
    views = Views(path / "views.db")
    try:
        for number, (at, received_at) in enumerate(times, start=1):
            body = msgspec.json.encode({"session_id": "s1", "hook_event_name": "Stop"})
            event = decode_one(body, RequestMetadata(fired_at=at))[0].event
            views.fold(
                [fact_of(msgspec.structs.replace(event, id=number, received_at=received_at))]
            )
        return sessions_of(views, now=T0)["s1"]
    finally:
        views.close()


def test_events_are_counted_in_steps_of_two_minutes() -> None:
    """A row's picture must show a burst where it was, subagents' share of it included."""
    row = row_after(
        prompt(), pre(), (60, post()), (121, of_agent(pre("Read", "t2"))), (600, prompt())
    )
    # T0 is 80 s into a step.
    assert [*row.activity] == [*[0] * 24, 2, 2, 0, 0, 0, 1]
    assert row.activity_until % ACTIVITY_STEP_MS == 0
    assert 0 < row.activity_until - row.last_event_at <= ACTIVITY_STEP_MS


@given(st.lists(moments, min_size=1))
def test_the_counts_are_those_of_the_last_hour_in_any_order(times: list[int]) -> None:
    """Spooled events come late and mixed: what is drawn must not hang on the order they came in."""
    session = Session(session_id="s1")
    for at in times:
        count_activity(session, at)
    steps = Counter(at // ACTIVITY_STEP_MS for at in times)
    last = max(steps)
    assert session.activity == [steps[last - ago] for ago in reversed(range(ACTIVITY_STEPS))]
    assert session.activity_step == last


@pytest.mark.parametrize("ahead_ms", [ACTIVITY_STEP_MS, YEAR_MS, 8_000 * YEAR_MS])
def test_a_clock_that_runs_ahead_does_not_empty_the_hour(tmp_path: Path, ahead_ms: int) -> None:
    """One event of a wrong clock would else push every right one out, until that time comes."""
    ahead = (T0 + ahead_ms, T0 + 1)
    row = row_of_times(tmp_path, (T0, T0), ahead, (T0 + 2, T0 + 2))
    assert [*row.activity] == [*[0] * 29, 3]
    assert row.activity_until - T0 <= ACTIVITY_STEP_MS


def test_an_event_from_before_the_hour_is_not_in_it(tmp_path: Path) -> None:
    """A replayed log of yesterday is no activity of today."""
    row = row_of_times(tmp_path, (T0, T0), (T0 - YEAR_MS, T0 + 1), (0, T0 + 1))
    assert [*row.activity] == [*[0] * 29, 1]
    assert row.event_count == 3
