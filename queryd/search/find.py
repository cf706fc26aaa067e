"""Find events in years of them: by words, by values, by time, newest first or oldest first.

In: a query, a filter, a place. Out: the events found and where to go on. No search takes long: it
goes through the log in steps, and when its time is up it answers what it has, with the place it
came to. What is newer than the views is read from the log and matched here; only while the views
are far behind, being made, something is left out, and then the answer says what. Without views a
filter reads the log itself, a range of rows a step.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from typing import Final

import msgspec

from queryd.search.index import bounds_of, table_of
from queryd.search.matching import matching
from queryd.search.query import ALL, Query
from queryd.store.store import ViewReader, ViewsNotReadyError
from shared.event import Event
from shared.filter import Filter
from shared.reader import Reader

BUDGET_S: Final = 0.01
FRESH: Final = 2_000
"""How many of the log's newest events are looked at that the views have not taken in yet."""
FRESH_STEP: Final = 100
SCAN_STEP: Final = 2_000
"""Rowids that one step looks at in the log, where no index helps: some 2 ms."""
REPLAY_STEP: Final = 500
REPLAY_BYTES: Final = 1024 * 1024
"""Payloads that a step of a replay reads: 500 events of 32 KiB would take 16 MB and 100 ms."""
HOUR_MS: Final = 3_600_000
END: Final = 2**63 - 1

Clock = Callable[[], float]
Step = tuple[Sequence[Event], int]
"""Events found, and the rowid up to which all was looked at, included."""


class Gap(msgspec.Struct, frozen=True):
    """Name events that were not searched, for the views are still being made: rowids, excluded."""

    after: int
    before: int


class Found(msgspec.Struct, frozen=True):
    """Hold a page of what was found, newest first; `next_before` is null at the end."""

    events: Sequence[Event]
    next_before: int | None
    unsearched: Gap | None = None


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """Say what is looked for, and between which rowids, both excluded."""

    query: Query = ALL
    filter: Filter = Filter()
    after: int = 0
    before: int = END

    @property
    def is_listed(self) -> bool:
        """Tell whether the full text can find it: by a word, or by a value."""
        times = {"since": None, "until": None}
        return self.query != ALL or msgspec.structs.replace(self.filter, **times) != Filter()

    @property
    def is_of_sessions(self) -> bool:
        """Tell whether it is all of some sessions: the log has an index of its own for that.

        Any further filter would have to look at every event of the session.
        """
        sessions = Filter(session_id=self.filter.session_id)
        return self.query == ALL and self.filter == sessions != Filter()

    @property
    def is_timed(self) -> bool:
        """Tell whether it matters when an event happened."""
        return self.filter.since is not None or self.filter.until is not None


def find(
    log: Reader,
    views: ViewReader,
    wanted: Wanted,
    *,
    limit: int,
    clock: Clock = time.monotonic,
) -> Found:
    """Return a page of events, newest first; raise ViewsNotReadyError if words cannot be found."""
    began = clock()
    if not (wanted.is_listed or wanted.is_timed):
        return _plain(log.page(limit=limit + 1, before=wanted.before, after=wanted.after), limit)
    if wanted.is_of_sessions:
        return _plain(
            log.of_sessions(
                wanted.filter.session_id, limit=limit + 1, before=wanted.before, after=wanted.after
            ),
            limit,
        )
    try:
        with views.snapshot():
            search = _Search(log, views, wanted, room=limit + 1)
            found: list[Event] = []
            for events, reached in search.backward():
                found += events
                search.room = limit + 1 - len(found)
                if len(found) > limit:
                    last = found[limit - 1].id or 0
                    return Found(found[:limit], last, search.gap_above(last))
                if reached > wanted.after + 1 and clock() - began > BUDGET_S:
                    return Found(found, reached, search.gap_above(reached))
            return Found(found, None, search.gap_above(0))
    except ViewsNotReadyError:
        if wanted.query != ALL:
            raise
        return _unindexed(log, wanted, limit, clock)


def find_next(
    log: Reader, views: ViewReader, wanted: Wanted, *, clock: Clock = time.monotonic
) -> Step:
    """Return the next events in order, some `REPLAY_STEP` at the most, and how far was looked.

    Without views, and past them, the log is read and matched here.
    """
    began = clock()
    place = wanted.after
    try:
        with views.snapshot():
            for events, reached in _Search(log, views, wanted, room=REPLAY_STEP).forward():
                place = reached
                if events or clock() - began > BUDGET_S:
                    return events, reached
    except ViewsNotReadyError:
        place = wanted.after  # views that went away meanwhile may have shown nothing of all
    through = wanted.before - 1
    while place < through:
        events, place = _read_on(log, wanted, place, through)
        if events or clock() - began > BUDGET_S:
            return events, place
    return (), max(place, through)


def _plain(found: list[Event], limit: int) -> Found:
    """Return a page of what the log itself found, asked for one more than the page holds."""
    page = found[:limit]
    return Found(page, page[-1].id if len(found) > limit else None)


def _unindexed(log: Reader, wanted: Wanted, limit: int, clock: Clock) -> Found:
    """Return a page of what the log's rows hold, as far as the time allows."""
    began = clock()
    found: list[Event] = []
    for events, reached in _scan(
        log, wanted.filter, wanted.after, wanted.before, lambda: limit + 1
    ):
        found += events
        if len(found) > limit:
            return Found(found[:limit], found[limit - 1].id)
        if reached > wanted.after + 1 and clock() - began > BUDGET_S:
            return Found(found, reached)
    return Found(found, None)


def _scan(
    log: Reader, wanted: Filter, after: int, before: int, room: Callable[[], int]
) -> Iterator[Step]:
    """Look at the log's own rows from the newest back, a range of rowids a step."""
    while before > after + 1:
        newest = log.previous_id(before)
        if newest is None or newest <= after:
            return
        low, limit = max(after, newest - SCAN_STEP), room()
        found = log.page(limit=limit, before=newest + 1, after=low, wanted=wanted)
        before = (found[-1].id or 0) if len(found) == limit else low + 1
        yield found, before


def _read_on(log: Reader, wanted: Wanted, place: int, through: int) -> Step:
    """Return the next matches among the log's own rows, and how far they were looked for."""
    oldest = log.next_id(place)
    if oldest is None or oldest > through:
        return (), through
    # Only SQLite skips a row without its payload; words are found in payloads.
    by_sql = wanted.filter if wanted.query == ALL else Filter()
    step = SCAN_STEP if wanted.query == ALL else REPLAY_STEP
    reached = min(through, oldest + step - 1)
    events = log.after(
        oldest - 1, through=reached, limit=REPLAY_STEP, limit_bytes=REPLAY_BYTES, wanted=by_sql
    )
    if len(events) == REPLAY_STEP or is_full(events):
        reached = events[-1].id or reached
    return matching(events, wanted.query, wanted.filter), reached


def is_full(events: Sequence[Event]) -> bool:
    """Tell whether a read ended because its payloads reached `REPLAY_BYTES`."""
    return sum(event.payload_bytes for event in events) >= REPLAY_BYTES


class _Search:
    """Go through the log in steps, inside one snapshot of the views."""

    def __init__(self, log: Reader, views: ViewReader, wanted: Wanted, *, room: int) -> None:
        self._log = log
        self._views = views
        self._wanted = wanted
        ((self._folded_id,),) = views.fetch("SELECT folded_id FROM cursor")
        self.room = room
        """How many more events are of use."""
        self._unsearched: Gap | None = None

    def backward(self) -> Iterator[Step]:
        """Yield steps from the newest back."""
        yield from self._fresh()
        after, before = self._folded_bounds()
        if self._wanted.is_listed:
            yield from self._indexed(after, before, order="DESC")
        else:
            yield from _scan(self._log, self._wanted.filter, after, before, lambda: self.room)

    def gap_above(self, rowid: int) -> Gap | None:
        """Return what was passed over before the search came to a rowid."""
        gap = self._unsearched
        return gap if gap is not None and gap.before > rowid else None

    def forward(self) -> Iterator[Step]:
        """Yield steps from the oldest on, through what the views hold."""
        end = min(self._wanted.before, self._folded_id + 1)
        if self._wanted.after < end - 1:
            after, before = self._folded_bounds()
            if self._wanted.is_listed:
                yield from self._indexed(after, before, order="ASC")
            else:
                while after < before - 1:
                    events, after = _read_on(self._log, self._wanted, after, before - 1)
                    yield events, after
            yield (), end - 1

    def _fresh(self) -> Iterator[Step]:
        """Read what the views have not taken in; of very much of it only the newest."""
        after, before = max(self._wanted.after, self._folded_id), self._wanted.before
        last_id = self._log.last_id()
        floor = max(after, last_id - FRESH)
        before = min(before, last_id + 1)
        while before > floor + 1:
            read = self._log.page(limit=FRESH_STEP, before=before, after=floor)
            before = (read[-1].id or 0) if len(read) == FRESH_STEP else floor + 1
            yield matching(read, self._wanted.query, self._wanted.filter), before
        if before > after + 1:
            self._unsearched = Gap(after, before)

    def _folded_bounds(self) -> tuple[int, int]:
        """Return between which rowids, both excluded, the views may hold what is wanted."""
        after, before = self._wanted.after, min(self._wanted.before, self._folded_id + 1)
        since, until = self._wanted.filter.since, self._wanted.filter.until
        if not self._wanted.is_timed:
            return after, before
        ((first, last),) = self._views.fetch(
            "SELECT min(first_id), max(last_id) FROM hours WHERE hour BETWEEN ? AND ?",
            ((since or 0) // HOUR_MS, (END if until is None else until) // HOUR_MS),
        )
        if first is None:
            return after, after
        return max(after, first - 1), min(before, last + 1)

    def _indexed(self, after: int, before: int, *, order: str) -> Iterator[Step]:
        """Ask the full text, a table a step; a table full of hits takes several."""
        expression = self._wanted.query.expression(self._wanted.filter)
        shards = self._views.fetch(f"SELECT number FROM text_shards ORDER BY number {order}")
        for (number,) in shards:
            first, end = bounds_of(number)
            low, high = max(after, first - 1), min(before, end)
            while low < high - 1:
                limit = self.room
                ids = self._ids(table_of(number), expression, low, high, order)
                if order == "DESC":
                    high = ids[-1] if len(ids) == limit else low + 1
                    yield self._wanted_of(self._log.several(ids)[::-1]), high
                    continue
                events = self._log.several(ids, limit_bytes=REPLAY_BYTES)
                low = ids[-1] if len(ids) == limit else high - 1
                if is_full(events):
                    low = events[-1].id or low
                yield self._wanted_of(events), low

    def _ids(self, table: str, expression: str, low: int, high: int, order: str) -> list[int]:
        sql = (
            f"SELECT rowid FROM {table} WHERE {table} MATCH ? AND rowid > ? AND rowid < ?"
            f" ORDER BY rowid {order} LIMIT ?"
        )
        found = self._views.fetch(sql, (expression, low, high, self.room))
        return [rowid for (rowid,) in found]

    def _wanted_of(self, events: Sequence[Event]) -> list[Event]:
        """Return those that the filter means: the full text knows no times and no capitals."""
        return [event for event in events if self._wanted.filter.matches(event)]
