"""Find events in years of them: by words, by values, by time, newest first.

In: a query, a filter, a place. Out: the events found and where to go on. No search takes long: it
goes through the log in steps, and when its time is up it answers what it has, with the place it
came to. What is newer than the views is read from the log and matched here; only while the views
are far behind, being made, something is left out, and then the answer says what.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from typing import Final

import msgspec

from queryd.search.live import matching
from queryd.search.query import ALL, Query
from queryd.views.store import ViewReader, ViewsNotReadyError
from queryd.views.text import bounds_of, table_of
from shared.event import Event
from shared.filter import Filter
from shared.reader import Reader

BUDGET_S: Final = 0.01
FRESH: Final = 2_000
"""How many of the log's newest events are looked at that the views have not taken in yet."""
FRESH_STEP: Final = 100
SCAN_STEP: Final = 2_000
REPLAY_STEP: Final = 500
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
        """Tell whether it is all of some sessions: the log has an index of its own for that."""
        return self.query == ALL and bool(self.filter.session_id)

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
    if wanted.is_of_sessions or not (wanted.is_listed or wanted.is_timed):
        return _plain(log, wanted, limit)
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
        if wanted.query == ALL:
            return _plain(log, wanted, limit)
        raise


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
    read = log.after(place, through=through, limit=REPLAY_STEP)
    if len(read) == REPLAY_STEP:
        through = read[-1].id or through
    return matching(read, wanted.query, wanted.filter), through


def _plain(log: Reader, wanted: Wanted, limit: int) -> Found:
    """Return a page as the log alone finds it."""
    found = log.page(
        limit=limit + 1,
        before=wanted.before,
        after=wanted.after,
        wanted=wanted.filter,
    )
    page = found[:limit]
    return Found(page, page[-1].id if len(found) > limit else None)


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
            yield from self._scanned(after, before)

    def gap_above(self, rowid: int) -> Gap | None:
        """Return what was passed over before the search came to a rowid."""
        gap = self._unsearched
        return gap if gap is not None and gap.before > rowid else None

    def forward(self) -> Iterator[Step]:
        """Yield steps from the oldest on, through what the views hold."""
        end = min(self._wanted.before, self._folded_id + 1)
        if self._wanted.after < end - 1:
            after, before = self._folded_bounds()
            yield from self._indexed(after, before, order="ASC")
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
                if len(ids) < limit:
                    low, high = (low, low + 1) if order == "DESC" else (high - 1, high)
                elif order == "DESC":
                    high = ids[-1]
                else:
                    low = ids[-1]
                yield self._events(ids), high if order == "DESC" else low

    def _ids(self, table: str, expression: str, low: int, high: int, order: str) -> list[int]:
        sql = (
            f"SELECT rowid FROM {table} WHERE {table} MATCH ? AND rowid > ? AND rowid < ?"
            f" ORDER BY rowid {order} LIMIT ?"
        )
        found = self._views.fetch(sql, (expression, low, high, self.room))
        return [rowid for (rowid,) in found]

    def _events(self, ids: Sequence[int]) -> list[Event]:
        """Fetch events; those the log has deleted, or the filter does not mean, are left out."""
        events = {event.id: event for event in self._log.several(ids)}
        return [
            events[rowid]
            for rowid in ids
            if rowid in events and self._wanted.filter.matches(events[rowid])
        ]

    def _scanned(self, after: int, before: int) -> Iterator[Step]:
        """Look at the log's own rows, where only the time matters."""
        while before > after + 1:
            low, limit = max(after, before - 1 - SCAN_STEP), self.room
            found = self._log.page(
                limit=limit, before=before, after=low, wanted=self._wanted.filter
            )
            before = (found[-1].id or 0) if len(found) == limit else low + 1
            yield found, before
