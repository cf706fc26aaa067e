"""Hold the search by time to one promise: paging gives each match once, in the order of time.

However late events arrive, however they lie in blocks and tables, whenever time is up.
"""

import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing
from itertools import repeat
from pathlib import Path
from random import Random
from typing import Any

import apsw
import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from queryd.fold.folding import Views
from queryd.search import find_by_time as finding
from queryd.search import index as text
from queryd.search import time_blocks
from queryd.search.find_by_time import TimeQuery, TimeResult, find_by_time
from queryd.search.index import VERSION as SEARCH_VERSION
from queryd.search.matching import matching
from queryd.search.query import TextQuery, parse
from queryd.store.periods import HOUR_MS
from queryd.store.store import ViewsNotReadyError
from shared.event import Event
from shared.filter import Filter
from shared.time_order import EARLIEST, LATEST, EventPosition
from tests.queryd.search.search_tables import SearchTables, open_search_tables
from tests.queryd.search.strategies import EVENTS, FILTERS, GOOD_QUERIES
from tests.queryd.search.test_find import CLOCKS, CountingReader, say, ticking


@pytest.fixture(scope="module", autouse=True)
def _small_steps() -> Iterator[None]:
    """Cut everything small, so that few events make many tables, blocks and groups."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(text, "SHARD_BITS", 3)
        patch.setattr(time_blocks, "BLOCK_BITS", 2)
        patch.setattr(finding, "FIRST_GROUP", 1)
        patch.setattr(finding, "GROUP_IDS", 4)
        patch.setattr(finding, "UNINDEXED_STEP", 3)
        patch.setattr(finding, "SCAN_STEP", 5)
        yield


@pytest.fixture
def one(tmp_path: Path) -> Iterator[SearchTables]:
    """Open a log and its views."""
    with open_search_tables(tmp_path) as made:
        yield made


def pages(
    one: SearchTables,
    query: TimeQuery,
    *,
    limit: int = 2,
    clock: Callable[[], float] = lambda: 0.0,
) -> list[TimeResult]:
    """Read page after page to the end."""
    found: list[TimeResult] = []
    while True:
        page = find_by_time(one.log, one.views, one.text, query, limit=limit, clock=clock)
        found.append(page)
        assert len(page.events) <= limit
        if page.next is None:
            return found
        name = "after" if query.forward else "before"
        assert query.window.has(page.next)
        query = msgspec.structs.replace(query, **{name: page.next})


def delete_from_log(one: SearchTables, through: int) -> None:
    """Delete events as retention does."""
    with closing(apsw.Connection(str(one.log_path))) as log:
        log.execute("DELETE FROM events WHERE id <= ?", (through,)).fetchall()
        log.execute(
            """
            INSERT INTO deletions (first_id, last_id, deleted_at, payload_only)
            VALUES (1, ?, 0, 0)
            """,
            (through,),
        ).fetchall()


def ids(*found: TimeResult) -> list[int]:
    return [event.id or 0 for page in found for event in page.events]


def expected(one: SearchTables, query: TimeQuery) -> list[int]:
    """Return what must be found: every event of the log, matched in memory and sorted."""
    found = matching(one.log.after(0, limit=1_000), query.text, query.filter)
    positions = sorted(EventPosition(event.timestamp, event.id or 0) for event in found)
    inside = [it.id for it in positions if query.after < it < query.before]
    return inside if query.forward else inside[::-1]


PLACES = st.builds(
    EventPosition, st.integers(0, 7).map(lambda part: part * 1_700_000), st.integers(0, 45)
)


@given(
    events=st.lists(EVENTS, max_size=40),
    folded=st.lists(st.integers(1, 15), max_size=4),
    indexed=st.lists(st.integers(1, 15), max_size=4),
    query=GOOD_QUERIES.map(parse),
    wanted=FILTERS,
    after=st.one_of(st.just(EARLIEST), PLACES),
    before=st.one_of(st.just(LATEST), PLACES),
    forward=st.booleans(),
    limit=st.integers(1, 12),
    pauses=CLOCKS,
)
@settings(max_examples=200, deadline=None)
def test_paging_gives_each_match_once_in_the_order_of_time(
    events: list[dict[str, Any]],
    folded: list[int],
    indexed: list[int],
    query: TextQuery,
    wanted: Filter,
    after: EventPosition,
    before: EventPosition,
    forward: bool,  # noqa: FBT001 - drawn by hypothesis
    limit: int,
    pauses: list[float],
) -> None:
    """Blocks, the log behind them, and memory must find the very same events.

    Most events share their time with others, and most arrive late.
    """
    with tempfile.TemporaryDirectory() as folder, open_search_tables(Path(folder)) as one:
        one.append(*events)
        for fold, batches in ((one.fold_views, folded), (one.add_text, indexed)):
            reached = fold(through=0)
            for batch in batches:
                reached = fold(through=reached + batch, step=4)
        asked = TimeQuery(text=query, filter=wanted, after=after, before=before, forward=forward)
        found = pages(one, asked, limit=limit, clock=ticking(pauses))
        assert ids(*found) == expected(one, asked)
        assert all(page.unsearched is None for page in found)


def test_a_cursor_stays_valid_while_late_events_arrive(one: SearchTables) -> None:
    """An event that arrives on a page already read moves none of those that follow."""
    one.append(*(say("npm", timestamp=place * 1_000) for place in range(10)))
    one.fold()
    query = TimeQuery(text=parse("npm"))
    first = find_by_time(one.log, one.views, one.text, query, limit=4)
    assert ids(first) == [10, 9, 8, 7]
    one.append(say("npm", timestamp=8_500), say("npm", timestamp=2_500))
    one.fold()
    assert first.next == EventPosition(6_000, 7)
    rest = msgspec.structs.replace(query, before=first.next)
    assert ids(*pages(one, rest, limit=4)) == [6, 5, 4, 12, 3, 2, 1]


def test_a_cursor_outlives_its_event(one: SearchTables) -> None:
    """Retention may delete the last event of a page before the next one is requested."""
    one.append(*(say("npm", timestamp=place * 1_000) for place in range(10)))
    one.fold()
    for query in (TimeQuery(), TimeQuery(text=parse("npm"))):
        first = find_by_time(one.log, one.views, one.text, query, limit=4)
        assert first.next == EventPosition(6_000, 7)
    delete_from_log(one, 7)
    for query in (TimeQuery(), TimeQuery(text=parse("npm"))):
        rest = msgspec.structs.replace(query, before=EventPosition(6_000, 7))
        assert ids(*pages(one, rest, limit=4)) == []
    late = TimeQuery(before=EventPosition(6_000, 7))
    one.append(say("npm", timestamp=2_500))
    assert ids(*pages(one, late, limit=4)) == [11]


def test_a_search_stops_after_its_time_budget(one: SearchTables) -> None:
    """No query may hold a thread for seconds: it returns where the next one continues."""
    one.append(*(say("npm", timestamp=place * HOUR_MS) for place in range(40)))
    one.fold()
    query = TimeQuery(text=parse("nowhere"))
    found = find_by_time(one.log, one.views, one.text, query, limit=5, clock=ticking([1.0]))
    assert (found.events, found.next) == ([], EventPosition(38 * HOUR_MS + 1, 0))
    found = find_by_time(one.log, one.views, one.text, query, limit=5, clock=lambda: 0.0)
    assert (found.events, found.next) == ([], None)


def test_a_rare_match_takes_few_queries_however_many_events_there_are(
    one: SearchTables, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Cost is a law: eight times the events, and a few queries more."""
    monkeypatch.setattr(text, "SHARD_BITS", 16)
    monkeypatch.setattr(finding, "BUDGET_S", 60.0)  # the test counts reads, not time
    asked = []
    for events in (128, 896):
        one.append(*repeat(say("npm"), events))
        one.fold()
        reader = CountingReader(one.search_path, SEARCH_VERSION)
        found = find_by_time(one.log, one.views, reader, TimeQuery(text=parse("nowhere")), limit=5)
        assert (found.events, found.next) == ([], None)
        asked.append(reader.asked)
        reader.close()
    assert asked[1] <= asked[0] + 3


def test_a_dense_match_reads_few_more_events_than_the_page(
    one: SearchTables, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A page deep in the past must not read what happened after it, nor all before it."""
    order = list(range(400))
    Random(1).shuffle(order)
    # Every event arrives up to 20 places from where it happened.
    order.sort(key=lambda place: place + Random(place).randrange(20))
    one.append(*(say("npm", timestamp=place * 60_000) for place in order))
    one.fold()
    looked_up = count_lookups(one, monkeypatch)
    query = TimeQuery(text=parse("npm"), before=EventPosition(200 * 60_000, 0))
    found = find_by_time(one.log, one.views, one.text, query, limit=5)
    assert [event.timestamp // 60_000 for event in found.events] == [199, 198, 197, 196, 195]
    assert len(looked_up) < 120


def test_a_page_looks_up_few_more_matches_than_it_has(
    one: SearchTables, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A word in every eighth event: groups of blocks grow to what is left, not beyond it."""
    monkeypatch.setattr(text, "SHARD_BITS", 16)
    monkeypatch.setattr(finding, "GROUP_IDS", 2_500)
    words = ["npm", *repeat("pip", 7)]
    one.append(*(say(words[at % 8], timestamp=at * 1_000) for at in range(960)))
    one.fold()
    looked_up = count_lookups(one, monkeypatch)
    found = find_by_time(one.log, one.views, one.text, TimeQuery(text=parse("npm")), limit=50)
    assert len(found.events) == 50
    assert len(looked_up) <= 50 * 1.5


def test_ids_that_the_filter_refuses_are_asked_for_once(
    one: SearchTables, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The full text ignores case: groups that grow, and are then halved, ask it twice."""
    monkeypatch.setattr(text, "SHARD_BITS", 16)
    monkeypatch.setattr(finding, "GROUP_IDS", 8)
    one.append(*(say("npm", tool_name="bash", timestamp=at * 1_000) for at in range(400)))
    one.fold()
    reader = CountingReader(one.search_path, SEARCH_VERSION)
    query = TimeQuery(text=parse("npm"), filter=Filter(tool_name=("Bash",)))
    found = find_by_time(one.log, one.views, reader, query, limit=5, clock=lambda: 0.0)
    reader.close()
    assert (found.events, found.next) == ([], None)
    groups = 400 / (8 - 4)  # a block has 4 events, and a group at least one block
    assert reader.asked <= groups + 2


def test_unindexed_events_outside_the_window_are_not_matched(
    one: SearchTables, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While events arrive, a page deep in the past must not put their texts into a table."""
    matched: list[int] = []

    def counting(events: list[Event], *args: Any) -> list[Event]:
        matched.extend(event.id or 0 for event in events)
        return matching(events, *args)

    monkeypatch.setattr(finding, "matching", counting)
    one.append(*(say("npm", timestamp=place * 1_000) for place in range(20)))
    one.fold(through=10)
    query = TimeQuery(text=parse("npm"), before=EventPosition(12_500, 0))
    found = find_by_time(one.log, one.views, one.text, query, limit=50)
    assert ids(found) == list(range(13, 0, -1))
    assert sorted(matched) == [11, 12, 13]


def count_lookups(one: SearchTables, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Return the list to which every id is added whose row is read for its time."""
    looked_up: list[int] = []
    positions_of = one.log.positions_of

    def counting(rowids: list[int], *args: Any, **kwargs: Any) -> list[EventPosition]:
        looked_up.extend(rowids)
        return positions_of(rowids, *args, **kwargs)

    monkeypatch.setattr(one.log, "positions_of", counting)
    return looked_up


def test_without_views_text_queries_are_refused_and_filters_work(one: SearchTables) -> None:
    """A list must not be empty because an index is missing."""
    one.append(
        *(
            say("npm", timestamp=place % 7, tool_name="Bash" if place % 3 else "Read")
            for place in range(30)
        )
    )
    with pytest.raises(ViewsNotReadyError):
        find_by_time(one.log, one.views, one.text, TimeQuery(text=parse("npm")), limit=5)
    for wanted in (Filter(tool_name=("Bash",)), Filter(session_id=("a",)), Filter(since=2)):
        for forward in (False, True):
            query = TimeQuery(filter=wanted, forward=forward)
            assert ids(*pages(one, query, limit=4, clock=ticking([1.0]))) == expected(one, query)


@given(
    total=st.integers(1, 60),
    folded=st.integers(0, 30),
    fresh=st.integers(0, 12),
    limit=st.integers(1, 12),
)
@settings(max_examples=60, deadline=None)
def test_skipped_events_are_reported(total: int, folded: int, fresh: int, limit: int) -> None:
    """While views are rebuilt, newer events are not searched; each page shows that."""
    with (
        pytest.MonkeyPatch.context() as patch,
        tempfile.TemporaryDirectory() as folder,
        open_search_tables(Path(folder)) as one,
    ):
        patch.setattr(finding, "UNINDEXED", fresh)
        one.append(*repeat(say("npm"), total))
        folded = one.fold(through=folded)
        found = pages(one, TimeQuery(text=parse("npm")), limit=limit)
        missed = list(range(folded + 1, max(folded, total - fresh) + 1))
        for page in found:
            gap = page.unsearched
            assert missed == ([] if gap is None else list(range(gap.after + 1, gap.before)))
        assert sorted(ids(*found) + missed) == list(range(1, total + 1))


def test_blocks_are_deleted_with_their_events(one: SearchTables) -> None:
    """Retention covers them: they must not grow for ever."""
    one.append(*(say("npm", timestamp=place * 1_000) for place in range(20)))
    one.fold()
    assert one.views.fetch("SELECT min(block), count(*) FROM time_blocks") == [(0, 6)]
    delete_from_log(one, 9)
    with closing(Views(one.views_path)) as views:
        assert views.forget(one.log) == 1
    assert one.views.fetch("SELECT min(block), count(*) FROM time_blocks") == [(2, 4)]
