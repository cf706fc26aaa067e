"""Match events that no index holds yet, by the very rules of the index.

In: events in hand, and a query. Out: those that it finds, and where in their texts. The texts are
put into a table of full text in memory, of the same definition as the index's own.
"""

from collections.abc import Iterable, Sequence
from typing import Final

from queryd.search.query import ALL, Query
from queryd.search.text import COLUMNS, Row, definition, row_of
from queryd.store.payload import decode
from queryd.store.store import Database
from shared.event import Event
from shared.filter import Filter


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


_INSERT: Final = f"INSERT INTO live (rowid, {', '.join(COLUMNS)}) VALUES (?{', ?' * len(COLUMNS)})"
