"""Match events that are not indexed yet by the rules of the index.

Their texts go into a full-text table in memory with the definition of the index.
"""

from collections.abc import Iterable, Sequence
from typing import Final

from queryd.search.query import ALL, TextQuery
from queryd.search.text import COLUMNS, Row, definition, row_of
from queryd.store.payload import decode
from queryd.store.store import Database
from shared.event import Event
from shared.filter import Filter


class Matcher:
    """Match a batch of events against any number of queries."""

    def __init__(self) -> None:
        self._database = Database.in_memory()
        self._database.run(definition("live", options="content='', columnsize=0,"))

    def load(self, rows: Iterable[Row]) -> None:
        """Replace the batch."""
        with self._database.transaction():
            self._database.run("INSERT INTO live (live) VALUES ('delete-all')")
            self._database.run_many(_INSERT, ((place, *row) for place, row in enumerate(rows)))

    def hits(self, query: TextQuery) -> set[int]:
        """Return the positions, in the batch, of the matches."""
        rows = self._database.fetch(
            "SELECT rowid FROM live WHERE live MATCH ?", (query.expression(),)
        )
        return {place for (place,) in rows}

    def close(self) -> None:
        """Free the memory. Closing again is harmless."""
        self._database.close()


def matching(events: Sequence[Event], query: TextQuery, event_filter: Filter) -> list[Event]:
    """Return the events that match both a query and a filter, in their order."""
    events = [event for event in events if event_filter.matches(event)]
    if query == ALL or not events:
        return list(events)
    matcher = Matcher()
    try:
        matcher.load(row_of(event, decode(bytes(event.payload))) for event in events)
        hits = matcher.hits(query)
    finally:
        matcher.close()
    return [event for place, event in enumerate(events) if place in hits]


_INSERT: Final = f"INSERT INTO live (rowid, {', '.join(COLUMNS)}) VALUES (?{', ?' * len(COLUMNS)})"
