"""Search the log by text, by values and by time, newest or oldest first.

A search runs in steps and stops after `BUDGET_S`; it then returns what it has, and the rowid at
which the next one continues. Events that are not indexed yet are read from the log and matched
here. While the index is far behind, most of those are skipped, and the result names them. Without
it a filter reads the log itself, a range of rows a step.

The views have the rowids of each hour, the full text everything else.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from typing import Final

import msgspec

from queryd.search.index import bounds_of, table_of
from queryd.search.matching import matching
from queryd.search.query import ALL, TextQuery
from queryd.store.periods import HOUR_MS
from queryd.store.store import ViewReader, ViewsNotReadyError
from shared.event import Event
from shared.filter import Filter
from shared.reader import Reader

BUDGET_S: Final = 0.01
UNINDEXED: Final = 2_000
"""How many of the newest events that are not indexed yet are matched here."""
UNINDEXED_STEP: Final = 100
SCAN_STEP: Final = 2_000
"""Rowids that one step reads where no index helps: some 2 ms."""
REPLAY_STEP: Final = 500
REPLAY_BYTES: Final = 1024 * 1024
"""Limits the payloads of one replay step: 500 events of 32 KiB are 16 MB and take 100 ms."""
END: Final = 2**63 - 1

Clock = Callable[[], float]
SearchStep = tuple[Sequence[Event], int]
"""The matches of a step, and the last rowid that it covered."""


class UnsearchedRange(msgspec.Struct, frozen=True):
    """The rowids, both excluded, between which events are not indexed yet and were skipped."""

    after: int
    before: int


class SearchResult(msgspec.Struct, frozen=True):
    """A page of matches, newest first; `next_before` is None at the end."""

    events: Sequence[Event]
    next_before: int | None
    unsearched: UnsearchedRange | None = None


class EventQuery(msgspec.Struct, frozen=True, kw_only=True):
    """A text and a filter to match, between two rowids, both excluded."""

    text: TextQuery = ALL
    filter: Filter = Filter()
    after: int = 0
    before: int = END

    @property
    def uses_index(self) -> bool:
        """Return whether the index can answer it: it has text, or values to filter by."""
        times = {"since": None, "until": None}
        return self.text != ALL or msgspec.structs.replace(self.filter, **times) != Filter()

    @property
    def is_by_session(self) -> bool:
        """Return whether it selects by session alone, for which the log has an index.

        With any further filter that index would have to read each event of the session.
        """
        sessions = Filter(session_id=self.filter.session_id)
        return self.text == ALL and self.filter == sessions != Filter()

    @property
    def has_time_range(self) -> bool:
        return self.filter.since is not None or self.filter.until is not None


def find(
    log: Reader,
    views: ViewReader,
    text: ViewReader,
    query: EventQuery,
    *,
    limit: int,
    clock: Clock = time.monotonic,
) -> SearchResult:
    """Return a page of events, newest first.

    Raise ViewsNotReadyError for a text while there are no views or no full text.
    """
    started = clock()
    if not (query.uses_index or query.has_time_range):
        return _plain(log.page(limit=limit + 1, before=query.before, after=query.after), limit)
    if query.is_by_session:
        return _plain(
            log.of_sessions(
                query.filter.session_id, limit=limit + 1, before=query.before, after=query.after
            ),
            limit,
        )
    try:
        with views.snapshot(), text.snapshot():
            search = _Search(log, views, text, query, room=limit + 1)
            matches: list[Event] = []
            for events, reached in search.backward():
                matches += events
                search.room = limit + 1 - len(matches)
                if len(matches) > limit:
                    last = matches[limit - 1].id or 0
                    return SearchResult(matches[:limit], last, search.unsearched_above(last))
                if reached > query.after + 1 and clock() - started > BUDGET_S:
                    return SearchResult(matches, reached, search.unsearched_above(reached))
            return SearchResult(matches, None, search.unsearched_above(0))
    except ViewsNotReadyError:
        if query.text != ALL:
            raise
        return _unindexed(log, query, limit, clock)


def find_next(
    log: Reader,
    views: ViewReader,
    text: ViewReader,
    query: EventQuery,
    *,
    clock: Clock = time.monotonic,
) -> SearchStep:
    """Return the next matches in order, about `REPLAY_STEP` at most, and how far it searched.

    Without an index, and past its end, it reads the log and matches here.
    """
    started = clock()
    place = query.after
    try:
        with views.snapshot(), text.snapshot():
            search = _Search(log, views, text, query, room=REPLAY_STEP)
            for events, reached in search.forward():
                place = reached
                if events or clock() - started > BUDGET_S:
                    return events, reached
    except ViewsNotReadyError:
        place = query.after  # a file was replaced; its steps may have missed events
    through = query.before - 1
    while place < through:
        events, place = _read_on(log, query, place, through)
        if events or clock() - started > BUDGET_S:
            return events, place
    return (), max(place, through)


def _plain(matches: list[Event], limit: int) -> SearchResult:
    """Return a page; `matches` has one event more if there is a next page."""
    page = matches[:limit]
    return SearchResult(page, page[-1].id if len(matches) > limit else None)


def _unindexed(log: Reader, query: EventQuery, limit: int, clock: Clock) -> SearchResult:
    started = clock()
    matches: list[Event] = []
    for events, reached in _scan(log, query.filter, query.after, query.before, lambda: limit + 1):
        matches += events
        if len(matches) > limit:
            return SearchResult(matches[:limit], matches[limit - 1].id)
        if reached > query.after + 1 and clock() - started > BUDGET_S:
            return SearchResult(matches, reached)
    return SearchResult(matches, None)


def _scan(
    log: Reader, event_filter: Filter, after: int, before: int, room: Callable[[], int]
) -> Iterator[SearchStep]:
    """Filter the log's rows from the newest back, a range of rowids a step."""
    while before > after + 1:
        newest = log.previous_id(before)
        if newest is None or newest <= after:
            return
        low, limit = max(after, newest - SCAN_STEP), room()
        page = log.page(limit=limit, before=newest + 1, after=low, wanted=event_filter)
        before = (page[-1].id or 0) if len(page) == limit else low + 1
        yield page, before


def _read_on(log: Reader, query: EventQuery, place: int, through: int) -> SearchStep:
    """Return the next matches among the log's rows, and how far it searched."""
    oldest = log.next_id(place)
    if oldest is None or oldest > through:
        return (), through
    # SQLite filters without reading payloads; matching a text needs them.
    by_sql = query.filter if query.text == ALL else Filter()
    step = SCAN_STEP if query.text == ALL else REPLAY_STEP
    reached = min(through, oldest + step - 1)
    events = log.after(
        oldest - 1, through=reached, limit=REPLAY_STEP, limit_bytes=REPLAY_BYTES, wanted=by_sql
    )
    if len(events) == REPLAY_STEP or is_full(events):
        reached = events[-1].id or reached
    return matching(events, query.text, query.filter), reached


def is_full(events: Sequence[Event]) -> bool:
    # The read stopped at the limit, so there may be more rows.
    return sum(event.payload_bytes for event in events) >= REPLAY_BYTES


def last_id_of(derived: ViewReader) -> int:
    """Return the last event in a file that is derived from the log."""
    ((folded_id,),) = derived.fetch("SELECT folded_id FROM cursor")
    return int(folded_id)


class _Search:
    """Search in steps, within one snapshot of each file."""

    def __init__(
        self, log: Reader, views: ViewReader, text: ViewReader, query: EventQuery, *, room: int
    ) -> None:
        self._log = log
        self._views = views
        self._text = text
        self._query = query
        needed = [text] * query.uses_index + [views] * query.has_time_range
        self._indexed_id = min(map(last_id_of, needed), default=0)
        """The last event in all files that the query needs: each has its own cursor."""
        self.room = room
        """How many more matches the page can take."""
        self._skipped: UnsearchedRange | None = None

    def backward(self) -> Iterator[SearchStep]:
        """Yield steps from newest to oldest."""
        yield from self._newest()
        after, before = self._indexed_bounds()
        if self._query.uses_index:
            yield from self._indexed(after, before, order="DESC")
        else:
            yield from _scan(self._log, self._query.filter, after, before, lambda: self.room)

    def unsearched_above(self, rowid: int) -> UnsearchedRange | None:
        """Return the events that the search skipped on its way to a rowid."""
        skipped = self._skipped
        return skipped if skipped is not None and skipped.before > rowid else None

    def forward(self) -> Iterator[SearchStep]:
        """Yield steps from oldest to newest, up to the last indexed event."""
        end = min(self._query.before, self._indexed_id + 1)
        if self._query.after < end - 1:
            after, before = self._indexed_bounds()
            if self._query.uses_index:
                yield from self._indexed(after, before, order="ASC")
            else:
                while after < before - 1:
                    events, after = _read_on(self._log, self._query, after, before - 1)
                    yield events, after
            yield (), end - 1

    def _newest(self) -> Iterator[SearchStep]:
        """Match events that are not indexed yet: the newest `UNINDEXED` of them."""
        after, before = max(self._query.after, self._indexed_id), self._query.before
        last_id = self._log.last_id()
        floor = max(after, last_id - UNINDEXED)
        before = min(before, last_id + 1)
        while before > floor + 1:
            read = self._log.page(limit=UNINDEXED_STEP, before=before, after=floor)
            before = (read[-1].id or 0) if len(read) == UNINDEXED_STEP else floor + 1
            yield matching(read, self._query.text, self._query.filter), before
        if before > after + 1:
            self._skipped = UnsearchedRange(after, before)

    def _indexed_bounds(self) -> tuple[int, int]:
        """Return the rowids, both excluded, between which indexed events may match."""
        after, before = self._query.after, min(self._query.before, self._indexed_id + 1)
        since, until = self._query.filter.since, self._query.filter.until
        if not self._query.has_time_range:
            return after, before
        ((first, last),) = self._views.fetch(
            "SELECT min(first_id), max(last_id) FROM hours WHERE hour BETWEEN ? AND ?",
            ((since or 0) // HOUR_MS, (END if until is None else until) // HOUR_MS),
        )
        if first is None:
            return after, after
        return max(after, first - 1), min(before, last + 1)

    def _indexed(self, after: int, before: int, *, order: str) -> Iterator[SearchStep]:
        """Query the full-text tables, one a step; one with many hits takes several steps."""
        expression = self._query.text.expression(self._query.filter)
        shards = self._text.fetch(f"SELECT number FROM text_shards ORDER BY number {order}")
        for (number,) in shards:
            first, end = bounds_of(number)
            low, high = max(after, first - 1), min(before, end)
            while low < high - 1:
                limit = self.room
                ids = self._ids(table_of(number), expression, low, high, order)
                if order == "DESC":
                    high = ids[-1] if len(ids) == limit else low + 1
                    yield self._matches(self._log.several(ids)[::-1]), high
                    continue
                events = self._log.several(ids, limit_bytes=REPLAY_BYTES)
                low = ids[-1] if len(ids) == limit else high - 1
                if is_full(events):
                    low = events[-1].id or low
                yield self._matches(events), low

    def _ids(self, table: str, expression: str, low: int, high: int, order: str) -> list[int]:
        sql = (
            f"SELECT rowid FROM {table} WHERE {table} MATCH ? AND rowid > ? AND rowid < ?"
            f" ORDER BY rowid {order} LIMIT ?"
        )
        rows = self._text.fetch(sql, (expression, low, high, self.room))
        return [rowid for (rowid,) in rows]

    def _matches(self, events: Sequence[Event]) -> list[Event]:
        """Apply the filter exactly: the index ignores times and case."""
        return [event for event in events if self._query.filter.matches(event)]
