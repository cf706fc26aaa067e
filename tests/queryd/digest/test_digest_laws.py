"""Hold digests to their laws: adjacent ranges add up, and files are counted as by a plain scan."""

import re
import tempfile
from contextlib import closing
from pathlib import Path
from typing import Final

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from queryd.calls import file_changes
from queryd.digest.read import ALL, COUNTS, DigestCounts
from queryd.digest.routes import read_digest
from queryd.digest.rows import DigestFigures, DigestReport
from queryd.fold.folding import VERSION, Views
from queryd.sessions.lane_rows import TimeRange
from queryd.store.fact import fact_of
from queryd.store.store import ViewReader
from queryd.store.view import Deleted
from tests.queryd.folded_views import Bodies, empty_views, events_of
from tests.queryd.session_strategies import event_sequences

SUMS: Final = (
    *("prompts", "finished", "failed", "interrupted", "failed_calls"),
    *("lines_added", "lines_removed"),
)


def digest_of(views: ViewReader, first: int, last: int) -> DigestReport:
    return read_digest(views, TimeRange(first, last), ALL, limit=200, now=last + 1)


def figures(total: DigestFigures) -> dict[str, float]:
    return {name: getattr(total, name) for name in SUMS} | {
        "cost": round((total.cost_usd or 0) * 1e9)
    }


def added(*totals: DigestFigures) -> dict[str, float]:
    each = [figures(it) for it in totals]
    return {name: sum(it[name] for it in each) for name in (*SUMS, "cost")}


@settings(max_examples=25, deadline=None)
@given(event_sequences())
def test_adjacent_ranges_add_up_in_total_and_by_session(bodies: Bodies) -> None:
    """No prompt, turn, failure, line or cost is lost at a boundary, or counted on both sides."""
    times = sorted({at for at, _ in bodies})
    first, end = times[0] - 1, times[-1] + 2
    with tempfile.TemporaryDirectory() as folder:
        path = empty_views(Path(folder))
        with closing(Views(path)) as views:
            views.fold([fact_of(event) for event in events_of(bodies)])
        with closing(ViewReader(path, VERSION)) as reader:
            whole = digest_of(reader, first, end - 1)
            assert_adds_up(whole.total, whole)
            for middle in {*times, *(at + 1 for at in times)}:
                parts = digest_of(reader, first, middle - 1), digest_of(reader, middle, end - 1)
                assert_adds_up(whole.total, *parts)


def assert_adds_up(total: DigestFigures, *parts: DigestReport) -> None:
    """Compare a total with the digests of its parts, and each of them with its sessions."""
    assert figures(total) == added(*(it.total for it in parts))
    counts = [it.total.files_changed for it in parts]
    assert max(counts) <= total.files_changed <= sum(counts)
    for digest in parts:
        assert figures(digest.total) == added(*digest.sessions)
        assert digest.total.files_changed == sum(it.files_changed for it in digest.sessions)
        assert not digest.has_more


changes = st.tuples(
    st.sampled_from(["s1", "s2"]), st.sampled_from(["/a", "/b"]), st.integers(0, 12)
)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(changes, min_size=1, max_size=14),
    st.tuples(st.integers(0, 13), st.integers(0, 13)),
    st.tuples(st.integers(0, 14), st.integers(0, 14)),
    st.booleans(),
)
def test_files_are_counted_once_in_any_order_and_after_deletions(
    drawn: list[tuple[str, str, int]],
    bounds: tuple[int, int],
    deleted: tuple[int, int],
    payload_only: bool,  # noqa: FBT001 - drawn
) -> None:
    """Events arrive late, and retention deletes any part of the log."""
    base = 1_700_000_000_000
    bodies: Bodies = [
        (
            base + at,
            {
                "session_id": session,
                "hook_event_name": "PostToolUse",
                "tool_name": "Write",
                "tool_use_id": f"c{number}",
                "tool_input": {"file_path": path, "content": "x\n"},
                "tool_response": {"type": "create"},
            },
        )
        for number, (session, path, at) in enumerate(drawn)
    ]
    first, last = base + min(bounds), base + max(bounds)
    ids = Deleted(first_id=min(deleted), last_id=max(deleted), payload_only=payload_only)
    remaining = [it for number, it in enumerate(drawn, start=1) if not ids.has(number)]
    with tempfile.TemporaryDirectory() as folder:
        path = empty_views(Path(folder))
        with closing(Views(path)) as views:
            for event in events_of(bodies):
                views.fold([fact_of(event)])

        def counted() -> tuple[int, int]:
            with closing(ViewReader(path, VERSION)) as reader:
                total = digest_of(reader, first, last).total
            return total.files_changed, total.lines_added

        def expected(kept: list[tuple[str, str, int]]) -> tuple[int, int]:
            within = [it for it in kept if first <= base + it[2] <= last]
            return len({(session, path) for session, path, _ in within}), len(within)

        assert counted() == expected(drawn)
        with closing(Views(path)) as views, views.database.transaction():
            assert file_changes.VIEW.forget is not None
            file_changes.VIEW.forget(views.database, ids)
        assert counted() == expected(remaining)


def test_figures_are_whole_numbers_of_known_names() -> None:
    """A new figure must be added to the law, or be named as one that does not add up."""
    others = {"files_changed", "cost_usd", "cost_source"}
    assert {it.name for it in msgspec.structs.fields(DigestFigures)} == {*SUMS, *others}


@pytest.mark.parametrize("one", COUNTS, ids=lambda it: it.names[0])
def test_figures_are_read_from_indexes_alone(one: DigestCounts) -> None:
    """Turns hold long texts: a year of them has 300 MB, and its index 10 MB."""
    in_total = f"SELECT {one.sql} AND source_app IN (?)"
    by_session = f"SELECT session_id, {one.sql} AND session_id IN ('a', 'b') GROUP BY session_id"
    with tempfile.TemporaryDirectory() as folder:
        path = empty_views(Path(folder))
        with closing(ViewReader(path, VERSION)) as views:
            for sql in (in_total, by_session):
                values = ("",) * sql.count("?")
                plan = [row[3] for row in views.fetch(f"EXPLAIN QUERY PLAN {sql}", values)]
                assert [it for it in plan if re.match("SEARCH .* USING COVERING INDEX", it)], plan
                assert not [it for it in plan if "TEMP B-TREE" in it or "SCAN" in it], plan
