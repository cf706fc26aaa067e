"""Match events that no index holds yet, by the very rules of the index.

In: events in hand, and a query. Out: those that it finds, and where in their texts. The texts are
put into a table of full text in memory, of the same definition as the index's own.
"""

from collections import OrderedDict
from collections.abc import Iterable, Sequence
from typing import Final

from queryd.live.frame import Frame
from queryd.search.query import ALL, Query
from queryd.search.text import COLUMNS, Row, definition, row_of
from queryd.store.payload import decode
from queryd.store.store import Database
from shared.event import Event
from shared.filter import Filter

BATCHES: Final = 8
"""Batches whose answers are kept: streams that are level ask about one and the same."""


class Matcher:
    """Hold the texts of some events, and answer which of them a query finds."""

    def __init__(self) -> None:
        self._database = Database.in_memory()
        self._database.run(definition("live", options="content='', columnsize=0,"))

    def load(self, rows: Iterable[Row]) -> None:
        """Take in the texts of events, in place of those before."""
        with self._database.transaction():
            self._database.run("INSERT INTO live (live) VALUES ('delete-all')")
            self._database.run_many(_INSERT, ((place, *row) for place, row in enumerate(rows)))

    def hits(self, query: Query) -> set[int]:
        """Return the places, in what was loaded, of the events that are found."""
        found = self._database.fetch(
            "SELECT rowid FROM live WHERE live MATCH ?", (query.expression(),)
        )
        return {place for (place,) in found}

    def close(self) -> None:
        """Let go of the texts. Closing twice is harmless."""
        self._database.close()


def matching(events: Sequence[Event], query: Query, wanted: Filter) -> list[Event]:
    """Return the events that both a query and a filter select, in their order."""
    events = [event for event in events if wanted.matches(event)]
    if query == ALL or not events:
        return list(events)
    matcher = Matcher()
    try:
        matcher.load(row_of(event, decode(bytes(event.payload))) for event in events)
        hits = matcher.hits(query)
    finally:
        matcher.close()
    return [event for place, event in enumerate(events) if place in hits]


class LiveSearch:
    """Select frames for the streams: a batch's texts are read once, each query asked once."""

    def __init__(self) -> None:
        self._matcher: Matcher | None = None
        self._loaded: Sequence[Frame] = ()
        self._batches: OrderedDict[tuple[int, ...], tuple[Sequence[Frame], _Hits]] = OrderedDict()

    def select(self, frames: Sequence[Frame], query: Query) -> list[Frame]:
        """Return the frames of the events that a query finds, in their order."""
        if query == ALL or not frames:
            return list(frames)
        hits = self._hits_of(frames)
        found = hits.get(query)
        if found is None:
            found = hits[query] = self._ask(frames, query)
        return [frame for place, frame in enumerate(frames) if place in found]

    def _hits_of(self, frames: Sequence[Frame]) -> "_Hits":
        """Return what is known of a batch; it is kept, so its objects' ids stay theirs."""
        key = tuple(map(id, frames))
        _, hits = self._batches.setdefault(key, (frames, {}))
        self._batches.move_to_end(key)
        if len(self._batches) > BATCHES:
            self._batches.popitem(last=False)
        return hits

    def _ask(self, frames: Sequence[Frame], query: Query) -> set[int]:
        if self._matcher is None:
            self._matcher = Matcher()
        if list(map(id, self._loaded)) != list(map(id, frames)):
            self._loaded = ()  # in case loading fails
            self._matcher.load(_row_of_frame(frame) for frame in frames)
            self._loaded = frames
        return self._matcher.hits(query)


_Hits = dict[Query, set[int]]
_INSERT: Final = f"INSERT INTO live (rowid, {', '.join(COLUMNS)}) VALUES (?{', ?' * len(COLUMNS)})"


def _row_of_frame(frame: Frame) -> Row:
    if isinstance(frame.searched, tuple):
        return frame.searched
    return row_of(frame.searched, decode(bytes(frame.searched.payload)))
