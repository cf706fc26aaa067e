"""Hold the search to one promise: paging through it gives each match once, newest first.

However the log is cut into tables and steps, however far the views are, whenever time is up.
"""

import tempfile
from collections.abc import Callable, Iterator, Sequence
from itertools import count, repeat
from pathlib import Path
from typing import Any

import apsw
import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from queryd.search import find as finding
from queryd.search import index as text
from queryd.search.find import END, EventQuery, SearchResult, UnsearchedRange, find, find_next
from queryd.search.index import VERSION as SEARCH_VERSION
from queryd.search.index import TextIndex
from queryd.search.matching import matching
from queryd.search.query import ALL, TextQuery, parse
from queryd.store.store import Row, Value, ViewReader, ViewsNotReadyError
from shared.filter import EVERYTHING, Filter
from tests.queryd.search.search_tables import SearchTables, open_search_tables
from tests.queryd.search.strategies import EVENTS, FILTERS, GOOD_QUERIES


@pytest.fixture(scope="module", autouse=True)
def _small_steps() -> Iterator[None]:
    """Cut everything small, so that few events make many tables and steps."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(text, "SHARD_BITS", 3)
        patch.setattr(finding, "UNINDEXED_STEP", 3)
        patch.setattr(finding, "SCAN_STEP", 5)
        patch.setattr(finding, "REPLAY_STEP", 4)
        yield


@pytest.fixture
def one(tmp_path: Path) -> Iterator[SearchTables]:
    """Open a log and its views."""
    with open_search_tables(tmp_path) as made:
        yield made


def say(word: str, **fields: Any) -> dict[str, Any]:
    """Return the fields of a prompt."""
    return {"payload": b'{"prompt":"%s"}' % word.encode(), **fields}


def ids(found: SearchResult) -> list[int]:
    return [event.id or 0 for event in found.events]


def pages(
    one: SearchTables,
    wanted: EventQuery,
    *,
    limit: int = 2,
    clock: Callable[[], float] = lambda: 0.0,
) -> list[SearchResult]:
    """Read page after page to the end."""
    found = [find(one.log, one.views, one.text, wanted, limit=limit, clock=clock)]
    while (before := found[-1].next_before) is not None:
        assert len(found[-1].events) <= limit
        assert before < wanted.before
        wanted = msgspec.structs.replace(wanted, before=before)
        found.append(find(one.log, one.views, one.text, wanted, limit=limit, clock=clock))
    return found


def steps(
    one: SearchTables, wanted: EventQuery, clock: Callable[[], float] = lambda: 0.0
) -> list[int]:
    """Read step after step, oldest first, to the end."""
    found: list[int] = []
    while wanted.after < wanted.before - 1:
        events, reached = find_next(one.log, one.views, one.text, wanted, clock=clock)
        assert reached > wanted.after
        assert all(wanted.after < (event.id or 0) <= reached for event in events)
        found += [event.id or 0 for event in events]
        wanted = EventQuery(
            text=wanted.text, filter=wanted.filter, after=reached, before=wanted.before
        )
    return found


def expected(one: SearchTables, wanted: EventQuery) -> list[int]:
    """Return what must be found, oldest first: every event of the log, matched in memory."""
    found = matching(one.log.after(0, limit=1_000), wanted.text, wanted.filter)
    return [event.id or 0 for event in found if wanted.after < (event.id or 0) < wanted.before]


CLOCKS = st.lists(st.sampled_from([0.0, 0.0, 0.001, 1.0]), min_size=1, max_size=9)


def ticking(pauses: Sequence[float]) -> Callable[[], float]:
    """Return a clock that goes on by one pause after the other, again and again."""
    times = count()
    now = 0.0

    def tick() -> float:
        nonlocal now
        now += pauses[next(times) % len(pauses)]
        return now

    return tick


@given(
    events=st.lists(EVENTS, max_size=40),
    folded=st.lists(st.integers(1, 15), max_size=4),
    indexed=st.lists(st.integers(1, 15), max_size=4),
    query=GOOD_QUERIES.map(parse),
    wanted=FILTERS,
    ends=st.tuples(st.integers(0, 8), st.one_of(st.just(END), st.integers(1, 45))),
    limit=st.integers(1, 12),
    pauses=CLOCKS,
)
@settings(max_examples=150, deadline=None)
def test_paging_gives_each_match_once_newest_first(
    events: list[dict[str, Any]],
    folded: list[int],
    indexed: list[int],
    query: TextQuery,
    wanted: Filter,
    ends: tuple[int, int],
    limit: int,
    pauses: list[float],
) -> None:
    """The index, the log behind it, and memory must find the very same events.

    The views and the full text may each be anywhere in the log.
    """
    with tempfile.TemporaryDirectory() as folder, open_search_tables(Path(folder)) as one:
        one.append(*events)
        for fold, batches in ((one.fold_views, folded), (one.add_text, indexed)):
            reached = fold(through=0)
            for batch in batches:
                reached = fold(through=reached + batch, step=4)
                assert reached <= one.count
        asked = EventQuery(text=query, filter=wanted, after=ends[0], before=ends[1])
        must = expected(one, asked)
        found = pages(one, asked, limit=limit, clock=ticking(pauses))
        assert [rowid for page in found for rowid in ids(page)] == must[::-1]
        assert all(page.unsearched is None for page in found)
        forward = EventQuery(
            text=query, filter=wanted, after=ends[0], before=min(ends[1], one.count + 1)
        )
        assert steps(one, forward, ticking(pauses)) == must


@given(
    total=st.integers(1, 60),
    folded=st.integers(0, 30),
    fresh=st.integers(0, 12),
    limit=st.integers(1, 12),
    pauses=CLOCKS,
)
@settings(max_examples=80, deadline=None)
def test_skipped_events_are_reported(
    total: int, folded: int, fresh: int, limit: int, pauses: list[float]
) -> None:
    """While views are rebuilt, the middle of the log is not searched; the page shows that."""
    with (
        pytest.MonkeyPatch.context() as patch,
        tempfile.TemporaryDirectory() as folder,
        open_search_tables(Path(folder)) as one,
    ):
        patch.setattr(finding, "UNINDEXED", fresh)
        one.append(*repeat(say("npm"), total))
        folded = one.fold(through=folded)
        found = pages(one, EventQuery(text=parse("npm")), limit=limit, clock=ticking(pauses))
        gaps = [page.unsearched for page in found if page.unsearched is not None]
        missed = [rowid for gap in gaps for rowid in range(gap.after + 1, gap.before)]
        seen = [rowid for page in found for rowid in ids(page)]
        assert seen == sorted(seen, reverse=True)
        assert sorted(seen + missed) == list(range(1, total + 1))
        assert missed == list(range(folded + 1, max(folded, total - fresh) + 1))


def test_the_result_names_the_range_that_was_not_searched(one: SearchTables) -> None:
    """The page draws it between the newest events and the indexed ones."""
    one.append(*repeat(say("npm"), 10))
    one.fold(through=4)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(finding, "UNINDEXED", 3)
        found = find(
            one.log, one.views, one.text, EventQuery(text=parse("npm")), limit=5, clock=lambda: 0.0
        )
    assert (ids(found), found.next_before, found.unsearched) == (
        [10, 9, 8, 4, 3],
        3,
        UnsearchedRange(4, 8),
    )


class CountingReader(ViewReader):
    """Count questions to the full text, and go away after some."""

    asked = 0
    left = 1_000

    def fetch(self, sql: str, values: Sequence[Value] | dict[str, Value] = ()) -> list[Row]:
        """Answer as the views do."""
        self.left -= 1
        if self.left < 0:
            raise ViewsNotReadyError("gone")
        self.asked += " MATCH " in sql
        return super().fetch(sql, values)


def test_a_search_stops_after_its_time_budget(one: SearchTables) -> None:
    """No query may hold a thread for seconds: it answers how far it came, and is asked again."""
    one.append(*repeat(say("npm"), 40))
    one.fold()
    text_reader = CountingReader(one.search_path, SEARCH_VERSION)
    asked = EventQuery(text=parse("nowhere"))
    found = find(one.log, one.views, text_reader, asked, limit=5, clock=ticking([1.0]))
    assert (found.events, found.next_before, text_reader.asked) == ([], 40, 1)
    found = find(one.log, one.views, text_reader, asked, limit=5, clock=lambda: 0.0)
    assert (found.events, found.next_before, text_reader.asked) == ([], None, 1 + 6)
    text_reader.close()


def test_a_time_range_is_searched_only_in_its_hours(
    one: SearchTables, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An hour of last year is a few rows; the tables of all other hours are left alone."""
    monkeypatch.setattr(finding, "BUDGET_S", 60.0)  # the test counts reads, not time
    hour = 3_600_000
    one.append(*(say("npm", timestamp=place * hour) for place in range(40)))
    one.fold()
    text_reader = CountingReader(one.search_path, SEARCH_VERSION)
    span = Filter(since=10 * hour, until=11 * hour)
    asked = EventQuery(text=parse("npm"), filter=span)
    found = find(one.log, one.views, text_reader, asked, limit=5)
    assert (ids(found), found.next_before, text_reader.asked) == ([12, 11], None, 1)
    span = Filter(since=100 * hour)
    asked = EventQuery(text=parse("npm"), filter=span)
    found = find(one.log, one.views, text_reader, asked, limit=5)
    assert (ids(found), found.next_before, text_reader.asked) == ([], None, 1)
    text_reader.close()


def test_without_views_text_queries_are_refused_and_filters_work(one: SearchTables) -> None:
    """A list must not be empty because an index is missing."""
    one.append(say("npm", tool_name="Bash"), say("npm"))
    with pytest.raises(ViewsNotReadyError):
        find(one.log, one.views, one.text, EventQuery(text=parse("npm")), limit=5)
    bash = EventQuery(filter=Filter(tool_name=("Bash",)))
    assert ids(find(one.log, one.views, one.text, bash, limit=5)) == [1]
    assert ids(find(one.log, one.views, one.text, EventQuery(), limit=1)) == [2]
    assert steps(one, EventQuery(text=parse("npm"), before=3)) == [1, 2]


@pytest.mark.parametrize("left", range(14))
def test_a_replay_loses_nothing_when_the_full_text_disappears(one: SearchTables, left: int) -> None:
    """It may be rebuilt at any moment; a stream must send every event."""
    one.append(*(say("npm" if place % 3 else "test") for place in range(30)))
    one.fold(through=25)
    text_reader = CountingReader(one.search_path, SEARCH_VERSION)
    text_reader.left = left
    one.text, usual = text_reader, one.text
    asked = EventQuery(text=parse("npm"), before=31)
    assert steps(one, asked) == expected(one, asked)
    text_reader.close()
    usual.close()


def test_deleted_events_are_not_found(one: SearchTables) -> None:
    """The log is the truth; a page is filled with what it still holds."""
    one.append(*repeat(say("npm"), 30))
    one.fold()
    log = apsw.Connection(str(one.log_path))
    log.execute("DELETE FROM events WHERE id <= 12 OR id IN (20, 21)").fetchall()
    log.execute(
        """
        INSERT INTO deletions (number, first_id, last_id, deleted_at, payload_only)
        VALUES (1, 1, 12, 0, 0), (2, 20, 21, 0, 0)
        """
    ).fetchall()
    log.close()
    found = pages(one, EventQuery(text=parse("npm")), limit=4)
    assert [rowid for page in found for rowid in ids(page)] == [
        *range(30, 21, -1),
        *range(19, 12, -1),
    ]
    index = TextIndex(one.search_path)
    with_tables = index.database
    assert index.forget(one.log) == 2
    assert index.forget(one.log) == 0
    while index.tidy(one.log):
        assert ids(find(one.log, one.views, one.text, EventQuery(text=parse("npm")), limit=1)) == [
            30
        ]
    kept = with_tables.fetch("SELECT name FROM sqlite_schema WHERE sql LIKE 'CREATE VIRTUAL%'")
    assert sorted(kept) == [("text_1",), ("text_2",), ("text_3",)]
    assert with_tables.fetch("SELECT number FROM text_shards") == [(1,), (2,), (3,)]
    for number, left in ((1, [13, 14, 15]), (2, [16, 17, 18, 19, 22, 23])):
        matches = with_tables.fetch(f"SELECT rowid FROM text_{number} WHERE text_{number} = 'npm'")
        assert [rowid for (rowid,) in matches] == left
    index.close()
    assert pages(one, EventQuery(text=parse("npm")), limit=4)[0].next_before == 27
    one.append(say("npm"))
    one.fold()
    assert ids(find(one.log, one.views, one.text, EventQuery(text=parse("npm")), limit=1)) == [31]


def test_a_query_without_terms_returns_a_page_of_the_log(one: SearchTables) -> None:
    """The list of all events must not wait for an index."""
    one.append(*repeat(say("npm"), 3))
    text_reader = CountingReader(one.search_path, SEARCH_VERSION)
    text_reader.left = 0
    found = find(one.log, one.views, text_reader, EventQuery(text=ALL, filter=EVERYTHING), limit=2)
    assert (ids(found), found.next_before) == ([3, 2], 2)
