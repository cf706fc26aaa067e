"""Hold answers to laws of work: SQLite's steps grow with what is asked for, not with the log.

Rows are written into the tables directly: as many as it takes years to collect.
"""

import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import apsw
import pytest

from queryd.calls.error_clusters import error_clusters
from queryd.calls.figures import CallSelection
from queryd.fold.folding import TABLES, VERSION
from queryd.sessions.lane_rows import LaneFilter, TimeRange
from queryd.sessions.read_timeline import lanes_page
from queryd.store.periods import DAY_MS, HOUR_MS, MINUTE_MS, floor_to
from queryd.store.rollup import Rollup
from queryd.store.rollup_reads import slices_of
from queryd.store.rollup_writes import Deltas, add
from queryd.store.store import Database, Value, ViewReader, open_to_fold
from queryd.usage.api_errors import errors_by_kind
from queryd.usage.read_usage import (
    UsageGroup,
    UsageSelection,
    durations_by_model,
    sessions_by_cost,
    sums,
)
from queryd.usage.rollup import ANSWERS_ROLLUP, MONDAY_MS, QUARTER_MS, USAGE_ROLLUP
from queryd.usage.spending import model_entry

START_MS = MONDAY_MS + 2_600 * 7 * DAY_MS
"""The start of four weeks."""
YEAR_MS = 364 * DAY_MS
MODELS = ("opus", "sonnet")
Fill = Callable[[Database], None]


class Work:
    """A reader of views, and the steps that SQLite took for it."""

    def __init__(self, views: ViewReader) -> None:
        self.views = views
        self.steps = self.sorts = 0

    def of(self, read: Callable[[ViewReader], Any]) -> int:
        """Return the steps of a read; the first one opens the views."""
        self.views.fetch("SELECT 1")
        before = self.steps
        read(self.views)
        return self.steps - before

    def count(self, event: dict[str, Any]) -> None:
        """Add a statement's steps and sorts."""
        self.steps += event["stmt_status"]["SQLITE_STMTSTATUS_VM_STEP"]
        self.sorts += event["stmt_status"]["SQLITE_STMTSTATUS_SORT"]


@contextmanager
def views_with(fill: Fill) -> Iterator[Work]:
    """Return views with rows of one's own."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "views.db"
        with closing(open_to_fold(path, TABLES, VERSION)) as database, database.transaction():
            fill(database)
        with closing(ViewReader(path, VERSION)) as views:
            work = Work(views)

            def trace(connection: apsw.Connection) -> None:
                connection.trace_v2(apsw.SQLITE_TRACE_PROFILE, work.count)

            apsw.connection_hooks.append(trace)
            try:
                yield work
            finally:
                apsw.connection_hooks.remove(trace)


def a_year(database: Database) -> None:
    """Sum up requests of two models in every hour of a year."""
    for week in range(52):
        usage, answers = Deltas(USAGE_ROLLUP), Deltas(ANSWERS_ROLLUP)
        first = START_MS + week * 7 * DAY_MS
        for at in range(first, first + 7 * DAY_MS, HOUR_MS):
            for model in MODELS:
                usage[at, ("shop", model, "")][0] += 1
                delta = answers[at, (model,)]
                delta[0] = 7
                delta[1] = {9: 1}
        add(USAGE_ROLLUP, database, usage)
        add(ANSWERS_ROLLUP, database, answers)


@pytest.fixture(scope="module")
def year() -> Iterator[Work]:
    with views_with(a_year) as work:
        yield work


def test_a_years_usage_is_read_by_weeks(year: Work) -> None:
    """By hours it would be 17,000 rows, by days 700."""
    whole = UsageSelection(first=START_MS, end=START_MS + YEAR_MS)
    sums_of_year: dict[Any, Any] = {}

    def read(views: ViewReader) -> None:
        sums_of_year.update(sums(views, whole, UsageGroup(model=True)))

    assert year.of(read) < 60 * 2 * 40
    assert sum(it.otlp_requests for it in sums_of_year.values()) == YEAR_MS // HOUR_MS * 2
    assert year.of(lambda views: durations_by_model(views, whole.first, whole.end)) < 60 * 2 * 20


@pytest.mark.parametrize("rollup", [USAGE_ROLLUP, ANSWERS_ROLLUP], ids=lambda it: it.table)
def test_any_range_of_a_year_is_few_periods(year: Work, rollup: Rollup) -> None:
    """However a range is cut, its ends are the only part that is read by hours."""
    for first in range(START_MS, START_MS + YEAR_MS, 9 * DAY_MS + 5 * HOUR_MS + 7 * QUARTER_MS):
        for end in range(first + DAY_MS, START_MS + YEAR_MS, 31 * DAY_MS + 3 * QUARTER_MS):
            found = slices_of(year.views, rollup, first, end, kind=rollup.full_kind)
            rows = sum(
                (it.end - it.first) // rollup.levels[it.level].size for it in found.rolled_up
            )
            # Weeks and days of the newest four weeks are summed up only when those are over.
            assert rows <= 2 * (3 + 23 + 6 + 3) + 13 + 4 + 7 + 24


def sessions_of_a_year(count: int) -> Fill:
    """Store what sessions cost that started evenly over a year, each ten minutes long."""

    def fill(database: Database) -> None:
        columns = [row[1] for row in database.fetch("PRAGMA table_info(spending)")]
        given = {"session_id", "nanos", "first_at", "last_at", "model_names", "source_app"}
        names = [it for it in columns if it not in {"first_otlp_at", "model_name"}]
        marks = ", ".join("?" if it in given else "0" for it in names)
        order = [it for it in names if it in given]
        rows = []
        for number in range(count):
            at = START_MS + number * YEAR_MS // count
            row: dict[str, Value] = {
                "session_id": f"s{number:07}",
                "nanos": number * 7_919 % count * 1_000,
                "first_at": at,
                "last_at": at + 600_000,
                "source_app": f"p{number % 10}",
                "model_names": model_entry(MODELS[number % 2]),
            }
            rows.append([row[it] for it in order])
        database.run_many(f"INSERT INTO spending ({', '.join(names)}) VALUES ({marks})", rows)
        database.run_many(
            "INSERT INTO requests (session_id, agent_id, agent_type, at, input, output, cache_read,"
            " cache_creation, source, in_otlp, in_transcript, last_event_id)"
            " VALUES ('s', '', '', ?, 0, 0, 0, 0, 'otlp', 1, 0, 1)",
            [(START_MS,), (START_MS + YEAR_MS,)],
        )

    return fill


@pytest.mark.parametrize(
    "filters", [{}, {"model_name": ("opus",)}, {"source_app": ("p3",)}], ids=str
)
def test_a_page_of_sessions_by_cost_reads_the_root_of_all(filters: dict[str, Any]) -> None:
    """Whatever part of the year is asked for: sixteen times the sessions, four times the rows."""

    def steps(work: Work, length: int) -> int:
        first, end = START_MS + YEAR_MS - length, START_MS + YEAR_MS
        selection = UsageSelection(first=first, end=end, **filters)
        return work.of(lambda views: sessions_by_cost(views, selection, limit=50, after=None))

    def most(count: int) -> int:
        with views_with(sessions_of_a_year(count)) as work:
            return max(
                steps(work, YEAR_MS // part) for part in (1, 2, 4, 8, 12, 16, 24, 32, 52, 100, 365)
            )

    assert most(32_000) <= 5.5 * most(2_000)


def lanes(count: int) -> Fill:
    """Store sessions, one every ten minutes, that lasted ten minutes each."""

    def fill(database: Database) -> None:
        database.run_many(
            "INSERT INTO sessions (id, session_id, revision, status, first_event_at, last_event_at,"
            " last_event_id, event_count, tool_count, failure_count, state)"
            " VALUES (?, 's' || ?, 1, 'ended', ?, ?, ?, 1, 0, 0, x'')",
            [
                (it, it, START_MS + it * 600_000, START_MS + (it + 1) * 600_000, it)
                for it in range(1, count)
            ],
        )

    return fill


def test_an_old_hour_is_found_without_the_sessions_since() -> None:
    """The newest session is the first in order, a year away from the hour."""

    def steps(count: int) -> int:
        with views_with(lanes(count)) as work:
            old = TimeRange(START_MS - HOUR_MS, START_MS)
            return work.of(
                lambda views: lanes_page(
                    views, old, LaneFilter(), limit=50, after=None, now=START_MS + YEAR_MS
                )
            )

    assert steps(30_000) == steps(1_000)


def failures(count: int) -> Fill:
    """Store failed calls of one tool, one a minute, of a hundred errors."""

    def fill(database: Database) -> None:
        database.run_many(
            "INSERT INTO calls (id, session_id, tool_use_id, agent_id, tool_name, outcome,"
            " started_at, error_key, error, first_event_id, last_event_id)"
            " VALUES (?, 's' || (? / 3), ?, '', 'Bash', 'failed', ?, 'e' || (? % 100), 'e', ?, ?)",
            [(it, it, it, START_MS + it * MINUTE_MS, it, it, it) for it in range(count)],
        )

    return fill


def test_error_clusters_are_counted_in_the_order_of_an_index() -> None:
    """Of all time, no failure is sorted; of an hour, no other failure is read."""
    with views_with(failures(20_000)) as work:
        first = floor_to(START_MS // MINUTE_MS, 1)

        def clusters(end: int) -> int:
            selection = CallSelection(first=first, end=end)
            return work.of(lambda views: error_clusters(views, selection, "Bash", limit=5))

        assert clusters(first + 20_000) < 25 * 20_000
        assert work.sorts == 0
        assert clusters(first + 60) < 60 * 60
        found, count = error_clusters(
            work.views, CallSelection(first=first, end=first + 20_000), "Bash", limit=2
        )
        assert count == 100
        assert [(it.error_key, it.count, it.sessions) for it in found] == [
            ("e99", 200, 200),
            ("e98", 200, 200),
        ]


def api_errors(count: int) -> Fill:
    """Store errors of the API, one a minute, of four kinds."""

    def fill(database: Database) -> None:
        database.run_many(
            "INSERT INTO api_errors (id, at, session_id, agent_type, kind, by_hook)"
            " VALUES (?, ?, 's', '', 'k' || (? % 4), 0)",
            [(it, START_MS + it * MINUTE_MS, it) for it in range(1, count)],
        )

    return fill


def test_errors_of_the_api_are_counted_in_the_order_of_an_index() -> None:
    """Four steps an error in the range, and none for the others."""
    with views_with(api_errors(20_000)) as work:
        year = (START_MS, START_MS + YEAR_MS)
        assert work.of(lambda views: errors_by_kind(views, *year)) < 5 * 20_000
        hour = (START_MS + HOUR_MS, START_MS + 2 * HOUR_MS)
        assert work.of(lambda views: errors_by_kind(views, *hour)) < 1_000
        assert errors_by_kind(work.views, *hour) == [
            (f"k{119 % 4 - it}", 15, START_MS + (119 - it) * MINUTE_MS, 119 - it)
            for it in reversed(range(4))
        ]
