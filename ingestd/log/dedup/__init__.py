"""Match an event that arrives again under another id, where its keys do not find it.

In: events about to be stored, and the log's writing connection. Out: for each the row that holds it
already, if one does. Left to `keys`: events of the same id or tool use. Left to `writer`: storing.

Two kinds of duplicates have ids of their own:

- One firing delivered by two installations: by settings and plugin, or by an http hook and the
  plugin. Both deliveries have the same body, byte for byte, and the same time, within 2 s. An event
  matches one delivery by each `via`. The same `via` again is another event: the user sent the same
  prompt again.
- A hook's event that arrives after `hookwatch backfill` imported it from a transcript.

The newest events are indexed in memory. Older ones, and those of an earlier process, are looked up
in the log, which does not record what a row has matched before. However many events share a body
and a time, each is compared with a bounded number.
"""

from collections.abc import Sequence
from typing import Final

import apsw
import msgspec

from ingestd.log.dedup.keys import EventKeys, Row
from ingestd.log.dedup.logged import (
    backfilled_rows,
    has_backfilled,
    has_payload,
    newest_received_at,
    same_body,
)
from ingestd.log.dedup.recent import Candidate, RecentEvents, candidate_of
from shared.event import NewEvent
from shared.history import is_backfilled

MATCHED_BACKFILLS: Final = 100_000
"""How many backfilled events are remembered to have matched their hook's event."""


class CandidateBatch(msgspec.Struct, frozen=True):
    """Hold what is known of events before they are stored together."""

    candidates: list[Candidate | None]
    """None for an event that can have no second delivery."""
    backfilled: dict[int, int]
    """The row of the backfilled event that matches, by the event's place in the batch."""
    may_match: bool
    """Whether any may be stored already: if not, all can be inserted at once."""


class DuplicateIndex:
    """Match events with the rows of one connection; opened anew with it."""

    def __init__(self, connection: apsw.Connection) -> None:
        self._recent = RecentEvents(newest_received_at(connection))
        self._has_backfilled = has_backfilled(connection)
        self._matched_backfills: dict[int, str | None] = {}

    def batch(self, connection: apsw.Connection, events: Sequence[NewEvent]) -> CandidateBatch:
        """Return what events that are to be stored together are compared by."""
        candidates = [candidate_of(new) for new in events]
        backfilled = self._backfilled(connection, events)
        may_match = bool(backfilled) or self._recent.may_match(candidates)
        return CandidateBatch(candidates, backfilled, may_match)

    def match(
        self,
        connection: apsw.Connection,
        keys: EventKeys,
        batch: CandidateBatch,
        place: int,
        row: Row,
    ) -> int | None:
        """Return the row that holds an event already; None when it needs one of its own."""
        if place in batch.backfilled:
            return batch.backfilled[place]
        candidate = batch.candidates[place]
        if candidate is None:
            return None
        logged = same_body(connection, row) if self._recent.is_older(candidate) else []
        entries = self._recent.matches(candidate, logged)
        if entries and keys.row_of_id(connection, candidate.event_id) is not None:
            return None  # a retry of an event that has a row of its own
        for entry in entries:
            # The key holds a hash only, and retention may have deleted the row since.
            if has_payload(connection, entry.id, row[-1]):
                self._recent.merge(candidate, entry)
                return entry.id
        return None

    def add(self, batch: CandidateBatch, place: int, rowid: int) -> None:
        """Index an event that got a row of its own."""
        candidate = batch.candidates[place]
        if candidate is not None:
            self._recent.add(candidate, rowid)

    def add_all(self, batch: CandidateBatch, first_id: int) -> None:
        """Index events that got rows with consecutive ids."""
        for rowid, candidate in enumerate(batch.candidates, first_id):
            if candidate is not None:
                self._recent.add(candidate, rowid)

    def clear(self) -> None:
        """Empty the index after a rollback; the log holds what was committed."""
        self._recent.clear()
        self._matched_backfills.clear()

    def _backfilled(
        self, connection: apsw.Connection, events: Sequence[NewEvent]
    ) -> dict[int, int]:
        had_backfilled = self._has_backfilled
        if any(is_backfilled(new.event_id) for new in events):
            self._has_backfilled = True
        if not had_backfilled:  # most logs have none, and need no query
            return {}
        rows = ((place, self._backfilled_row(connection, new)) for place, new in enumerate(events))
        return {place: rowid for place, rowid in rows if rowid is not None}

    def _backfilled_row(self, connection: apsw.Connection, new: NewEvent) -> int | None:
        """Return the backfilled event that matches a hook's; each matches one event id."""
        for rowid in backfilled_rows(connection, new):
            matched = self._matched_backfills.get(rowid, _UNMATCHED)
            if matched is _UNMATCHED or (matched is not None and matched == new.event_id):
                if len(self._matched_backfills) >= MATCHED_BACKFILLS:
                    self._matched_backfills.clear()
                self._matched_backfills[rowid] = new.event_id
                return rowid
        return None


_UNMATCHED: Final = object()
