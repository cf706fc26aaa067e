"""Search the log in the order in which events happened, from a position in either direction.

Times alone are answered from the log's index of timestamps. A text, or values to filter by, are
searched by `time_blocks`: groups of blocks in the order of their times, and in each group the ids
that the index of text, or the log's of sessions, has. A match is returned once no block that is
left can have an earlier one in that order. Groups grow to what the page still needs, so a rare
value takes few queries, and few rows of a common one are looked up in vain. Events that are not
indexed yet are read from the log first.
"""

import time
from collections.abc import Iterable, Iterator, Sequence
from math import ceil
from typing import Final

import msgspec

from queryd.search.find import (
    BUDGET_S,
    SCAN_STEP,
    UNINDEXED,
    UNINDEXED_STEP,
    Clock,
    UnsearchedRange,
    last_id_of,
)
from queryd.search.index import bounds_of, shard_of, table_of
from queryd.search.matching import matching
from queryd.search.query import ALL, TextQuery
from queryd.store.fact import MAX_ID
from queryd.store.periods import HOUR_MS
from queryd.store.store import ViewReader, ViewsNotReadyError
from shared.event import Event
from shared.filter import Filter
from shared.reader import Reader
from shared.time_order import EARLIEST, LATEST, EventPosition, TimeWindow

FIRST_GROUP: Final = 4
"""Blocks: about as many events as the largest page."""
LAST_GROUP: Final = 4_096
GROUP_IDS: Final = 2_500
"""More ids than this take too long to look up at once: the group is read in parts."""
GROWTH: Final = 4
"""How many times the blocks of the group before a group may have."""
MARGIN: Final = 1.25
"""More blocks than the page needs if matches stay as frequent: another group costs more."""

_Range = tuple[int, int]
"""The first and the last id, both included."""


class TimeQuery(msgspec.Struct, frozen=True, kw_only=True):
    """A text and a filter to match, between two positions, both excluded."""

    text: TextQuery = ALL
    filter: Filter = Filter()
    after: EventPosition = EARLIEST
    before: EventPosition = LATEST
    forward: bool = False
    """From the oldest on, instead of from the newest back."""

    @property
    def values(self) -> Filter:
        """Return the filter without its times, which `window` has."""
        return msgspec.structs.replace(self.filter, since=None, until=None)

    @property
    def window(self) -> TimeWindow:
        since, until = self.filter.since, self.filter.until
        after = self.after if since is None else max(self.after, EventPosition(since - 1, MAX_ID))
        before = self.before if until is None else min(self.before, EventPosition(until + 1, 0))
        return TimeWindow(after, before, self.forward)


class TimeResult(msgspec.Struct, frozen=True):
    """A page of matches in the order of the search; `next` is None at the end."""

    events: Sequence[Event]
    next: EventPosition | None
    unsearched: UnsearchedRange | None = None


def find_by_time(
    log: Reader,
    views: ViewReader,
    text: ViewReader,
    query: TimeQuery,
    *,
    limit: int,
    clock: Clock = time.monotonic,
) -> TimeResult:
    """Return a page of events, from the window's end that the direction starts at.

    Raise ViewsNotReadyError for a text while there are no views or no full text.
    """
    window = query.window
    if query.text == ALL and query.values == Filter():
        return _page(log, log.positions(window, limit=limit + 1), limit)
    try:
        with views.snapshot(), text.snapshot():
            return _Search(log, views, text, query).page(limit, clock)
    except ViewsNotReadyError:
        if query.text != ALL:
            raise
        return _scan(log, query, limit, clock)


def _page(log: Reader, positions: Sequence[EventPosition], limit: int) -> TimeResult:
    """Return a page; `positions` has one more if there is a next page."""
    page = positions[:limit]
    return TimeResult(_events(log, page), page[-1] if len(positions) > limit else None)


def _events(log: Reader, positions: Iterable[EventPosition]) -> list[Event]:
    ids = [position.id for position in positions]
    events = {event.id: event for event in log.several(ids)}
    return [events[rowid] for rowid in ids if rowid in events]


def _scan(log: Reader, query: TimeQuery, limit: int, clock: Clock) -> TimeResult:
    """Filter the log's rows, a number of them a step."""
    started, window = clock(), query.window
    matches: list[EventPosition] = []
    while len(matches) <= limit:
        step = log.positions(window, limit=SCAN_STEP)
        matches += log.positions_of([it.id for it in step], window, wanted=query.values)
        if len(step) < SCAN_STEP:
            return _page(log, matches, limit)
        window = window.past(step[-1])
        if clock() - started > BUDGET_S and len(matches) <= limit:
            return TimeResult(_events(log, matches), step[-1])
    return _page(log, matches, limit)


class _Block(msgspec.Struct, frozen=True, gc=False):
    block: int
    hour: int
    at: int
    """Its last time; forward, its first."""
    ids: _Range


class _Search:
    """Search within one snapshot of each file."""

    def __init__(self, log: Reader, views: ViewReader, text: ViewReader, query: TimeQuery) -> None:
        self._log = log
        self._views = views
        self._text = text
        self._query = query
        self._window = query.window
        self._by_session = query.text == ALL and query.values == Filter(
            session_id=query.filter.session_id
        )
        needed = [views] if self._by_session else [views, text]
        self._indexed_id = min(map(last_id_of, needed))
        self._matches: set[EventPosition] = set()
        self._skipped: UnsearchedRange | None = None

    def page(self, limit: int, clock: Clock) -> TimeResult:
        started = clock()
        self._add_unindexed()
        for reached in self._groups(limit + 1):
            known = self._window.ordered(
                it for it in self._matches if self._window.precedes(it, reached)
            )
            if len(known) > limit:
                return self._result(known, limit)
            rest = self._window.at(reached)
            # The first blocks may lie across the window's start.
            if self._window.has(rest) and clock() - started > BUDGET_S:
                return TimeResult(_events(self._log, known), rest, self._skipped)
        return self._result(self._window.ordered(self._matches), limit)

    def _result(self, known: Sequence[EventPosition], limit: int) -> TimeResult:
        page = _page(self._log, known, limit)
        return msgspec.structs.replace(page, unsearched=self._skipped)

    def _add_unindexed(self) -> None:
        """Match events that are not indexed yet: the newest `UNINDEXED` of them."""
        last_id = self._log.last_id()
        floor = max(self._indexed_id, last_id - UNINDEXED)
        before = last_id + 1
        while before > floor + 1:
            read = self._log.page(limit=UNINDEXED_STEP, before=before, after=floor)
            before = (read[-1].id or 0) if len(read) == UNINDEXED_STEP else floor + 1
            inside = [event for event in read if self._window.has(_position_of(event))]
            found = matching(inside, self._query.text, self._query.values)
            self._matches.update(map(_position_of, found))
        if floor > self._indexed_id:
            self._skipped = UnsearchedRange(self._indexed_id, floor + 1)

    def _add(self, ids: Sequence[int]) -> None:
        self._matches.update(self._log.positions_of(ids, self._window, wanted=self._query.values))

    def _groups(self, wanted: int) -> Iterator[int]:
        """Add the matches of one group after the other; yield where the next one may start."""
        size, last = FIRST_GROUP, None
        searched, before = 0, len(self._matches)
        while True:
            blocks = self._blocks(size + 1, last)
            group, rest = blocks[:size], blocks[size:]
            ids = self._ids(group)
            while len(ids) > GROUP_IDS and len(group) > 1:
                size = len(group) // 2
                group, rest = group[:size], group[size:]
                ids = self._ids(group)
            self._add(ids)
            if not rest:
                return
            yield rest[0].at
            last = group[-1]
            searched += len(group)
            found = len(self._matches) - before
            size = _next_size(len(group), len(ids), wanted - found, found / searched)

    def _blocks(self, limit: int, last: _Block | None) -> list[_Block]:
        """Return the next blocks that may have events of the window, in the order of `at`."""
        after, before = self._window.after.at, self._window.before.at
        if self._window.forward:
            # A block spans one hour at most: those of earlier hours end before the window.
            place = (_start_of_hour(after), -1, -1) if last is None else _place_of(last)
            rows = self._views.fetch(_FORWARD, (*place, before, after, limit))
        else:
            place = (_start_of_hour(before) + HOUR_MS, -1, -1) if last is None else _place_of(last)
            rows = self._views.fetch(_BACKWARD, (*place, after, before, limit))
        return [_Block(block, hour, at, (first, end)) for block, hour, at, first, end in rows]

    def _ids(self, blocks: Sequence[_Block]) -> list[int]:
        """Return the ids that may match, not many more than `GROUP_IDS`."""
        ids: list[int] = []
        for first, last in _merged(it.ids for it in blocks):
            last = min(last, self._indexed_id)  # noqa: PLW2901 - the rest is in memory
            if first > last:
                continue
            ids += (self._of_sessions if self._by_session else self._of_text)(first, last)
            if len(ids) > GROUP_IDS:
                break
        return ids

    def _of_sessions(self, first: int, last: int) -> list[int]:
        return self._log.ids_of_sessions(
            self._query.filter.session_id, first=first, last=last, limit=GROUP_IDS + 1
        )

    def _of_text(self, first: int, last: int) -> list[int]:
        expression = self._query.text.expression(self._query.values)
        ids: list[int] = []
        shards = self._text.fetch(
            "SELECT number FROM text_shards WHERE number BETWEEN ? AND ? ORDER BY number",
            (shard_of(first), shard_of(last)),
        )
        for (number,) in shards:
            low, end = bounds_of(number)
            table = table_of(number)
            sql = (
                f"SELECT rowid FROM {table} WHERE {table} MATCH ? AND rowid >= ? AND rowid < ?"
                " ORDER BY rowid LIMIT ?"
            )
            bounds = (max(low, first), min(end, last + 1))
            found = self._text.fetch(sql, (expression, *bounds, GROUP_IDS + 1 - len(ids)))
            ids += [rowid for (rowid,) in found]
            if len(ids) > GROUP_IDS:
                break
        return ids


def _position_of(event: Event) -> EventPosition:
    return EventPosition(event.timestamp, event.id or 0)


def _next_size(size: int, ids: int, wanted: int, per_block: float) -> int:
    """Return how many blocks the next group has, from the blocks and ids of the last one."""
    # Not so many that they would be looked up in parts: ids may match the text, and not the filter.
    largest = min(size * GROWTH, LAST_GROUP, max(size, size * GROUP_IDS // max(ids, 1)))
    if wanted <= 0:
        return size  # the blocks overlap in time
    if wanted > per_block * largest:
        return largest
    return max(FIRST_GROUP, min(ceil(wanted / per_block * MARGIN), largest))


def _merged(ranges: Iterable[_Range]) -> Iterator[_Range]:
    """Yield the same ids in the fewest ranges, in order."""
    rows = sorted(ranges)
    first, last = rows[0] if rows else (1, 0)
    for low, high in rows[1:]:
        if low > last + 1:
            yield first, last
            first = low
        last = max(last, high)
    if first <= last:
        yield first, last


def _place_of(block: _Block) -> tuple[int, int, int]:
    return block.at, block.block, block.hour


def _start_of_hour(at: int) -> int:
    return at - at % HOUR_MS


_BACKWARD: Final = """
    SELECT block, hour, last_at, first_id, last_id FROM time_blocks
    WHERE (last_at, block, hour) < (?, ?, ?) AND last_at >= ? AND first_at <= ?
    ORDER BY last_at DESC, block DESC, hour DESC LIMIT ?
"""
_FORWARD: Final = """
    SELECT block, hour, first_at, first_id, last_id FROM time_blocks
    WHERE (first_at, block, hour) > (?, ?, ?) AND first_at <= ? AND last_at >= ?
    ORDER BY first_at, block, hour LIMIT ?
"""
