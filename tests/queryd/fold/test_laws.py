"""Hold the folding to its laws, over event_sequences of events no client ever took."""

import tempfile
from collections import Counter
from collections.abc import Iterable
from itertools import pairwise
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from queryd.fold.folding import Views
from queryd.store.fact import fact_of
from shared.event import Event, is_record
from tests.queryd.folded_views import (
    Bodies,
    calls_of,
    dump,
    empty_views,
    events_of,
    sessions_of,
)
from tests.queryd.session_strategies import event_sequences
from tests.running import sample_bodies

EXAMPLES = 150


def folded_in(batches: Iterable[list[Event]], path: Path, *, reopen: bool) -> Views:
    """Fold batch after batch; reopen the views between them, as after a restart."""
    views = Views(path)
    for batch in batches:
        if reopen:
            views.close()
            views = Views(path)
        views.fold([fact_of(event) for event in batch])
    return views


@settings(max_examples=EXAMPLES, deadline=None)
@given(event_sequences(), st.data(), st.booleans())
def test_folding_in_any_batches_gives_the_same_views(
    bodies: Bodies,
    data: st.DataObject,
    reopen: bool,  # noqa: FBT001 - drawn
) -> None:
    """A restart, a burst, a rebuild: no reader must notice."""
    events = events_of(bodies)
    cuts = data.draw(st.sets(st.integers(1, len(events)), min_size=3))
    ends = sorted({0, *cuts, len(events)})
    with tempfile.TemporaryDirectory() as folder:
        at_once = folded_in([events], empty_views(Path(folder), "one.db"), reopen=False)
        batches = [events[start:end] for start, end in pairwise(ends)]
        by_batches = folded_in(batches, empty_views(Path(folder), "many.db"), reopen=reopen)
        try:
            assert dump(by_batches.database) == dump(at_once.database)
            assert at_once.skipped == by_batches.skipped == 0
        finally:
            at_once.close()
            by_batches.close()


def test_folding_captured_sessions_one_by_one_gives_the_same_views() -> None:
    """Events of one call arrive among others, in different batches."""
    event_sequences = [
        [(1_000 * number, body) for number, body in enumerate(bodies)]
        for bodies in by_session(sample_bodies())
    ]
    longest = max(map(len, event_sequences))
    mixed = [it[at] for at in range(longest) for it in event_sequences if at < len(it)]
    events = events_of(mixed)
    with tempfile.TemporaryDirectory() as folder:
        at_once = folded_in([events], empty_views(Path(folder), "one.db"), reopen=False)
        one_by_one = folded_in(
            [[it] for it in events], empty_views(Path(folder), "many.db"), reopen=False
        )
        try:
            assert dump(one_by_one.database) == dump(at_once.database)
            assert at_once.skipped == one_by_one.skipped == 0
        finally:
            at_once.close()
            one_by_one.close()


def by_session(bodies: list[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    """Return bodies session by session."""
    found: dict[str, list[dict[str, Any]]] = {}
    for body in bodies:
        found.setdefault(body["session_id"], []).append(body)
    return list(found.values())


@settings(max_examples=EXAMPLES, deadline=None)
@given(event_sequences())
def test_no_order_of_events_gives_an_impossible_figure(bodies: Bodies) -> None:
    """Simultaneous events come in either order, and some repeatedly: no call counts again."""
    events = events_of(bodies)
    with tempfile.TemporaryDirectory() as folder:
        views = folded_in([events], empty_views(Path(folder)), reopen=False)
        try:
            calls = calls_of(views, now=events[-1].timestamp)
            sessions = sessions_of(views, now=events[-1].timestamp)
            files = views.database.fetch(
                "SELECT min(read_count, write_count, edit_count, lines_added, lines_removed),"
                " read_count + write_count + edit_count FROM files"
            )
            turns = Counter(row[0] for row in views.database.fetch("SELECT session_id FROM turns"))
        finally:
            views.close()
    assert len({(call.session_id, call.tool_use_id) for call in calls}) == len(calls)
    for call in calls:
        assert (call.duration_ms or 0) >= 0
        assert (call.waiting_ms or 0) >= 0
        assert call.ended_at is None or call.ended_at >= call.started_at
        is_open = call.outcome in {"running", "waiting", "no_result"}
        assert is_open == (call.ended_at is None)
    by_session = Counter(call.session_id for call in calls)
    failed = Counter(call.session_id for call in calls if call.outcome == "failed")
    for session_id, row in sessions.items():
        of_session = [event for event in events if event.session_id == session_id]
        own = [event for event in of_session if not is_record(event.hook_event_type)]
        assert row.event_count == len(own)
        assert row.tool_count == by_session[session_id]
        assert row.failure_count == failed[session_id]
        assert row.turn_count == turns[session_id]
        assert row.compaction_count >= 0
        counted = own or of_session
        assert row.first_event_at == min(event.timestamp for event in counted)
        assert row.last_event_at == max(event.timestamp for event in counted)
        assert (row.status == "ended") == (row.ended_at is not None)
    assert all(least >= 0 and touches > 0 for least, touches in files)
    # A late word may take back a success that its batch reported.
    assert sum(touches for _, touches in files) <= len(calls)
