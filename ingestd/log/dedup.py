"""Find the row that an event has already, where the unique indexes do not tell.

In: events about to be stored, and the log's writing connection. Out: for each the row it is in
already, if it is: it came by another way as well (`copies`), or a transcript told of it before its
hook was heard (`history`). Left to `writer`: storing the others, in the transaction that asks.
"""

from collections.abc import Sequence
from typing import Any, Final

import apsw
import msgspec

from ingestd.log.copies import APART_MS, Copies, Draft, Seen, way_of
from shared.event import Event, NewEvent
from shared.history import PAST_PREFIX, PREFIX, TWINNED, first_id, id_range, is_backfilled

COMPARED: Final = 256
"""Rows of the log an event is compared with, the nearest before it and the nearest after it: within
2 s there may be any number of others. Copies of one firing are some ms apart."""
MOST_COPIES: Final = 32
"""Of those, how many with the same body."""
MOST_TWINS: Final = 100_000
"""How many events of transcripts are remembered to have met their hook."""


class Look(msgspec.Struct, frozen=True):
    """Hold what is known of events before they are stored."""

    drafts: list[Draft | None]
    """What each is compared by."""
    twins: dict[int, int]
    """The row of each, by its place, that a transcript told of before."""
    suspect: bool
    """Whether any may be stored already: then they are to be stored one by one."""


class Twice:
    """Know again what was stored; of one connection, and made anew with it."""

    def __init__(self, connection: apsw.Connection) -> None:
        self._copies = Copies(_newest(connection))
        self._has_history = _has_history(connection)
        self._twins_taken: dict[int, str | None] = {}

    def look(self, connection: apsw.Connection, events: Sequence[NewEvent]) -> Look:
        """Look at events that are to be stored together."""
        drafts = self._copies.drafts(events)
        twins = self._twins(connection, events)
        return Look(drafts, twins, bool(twins) or self._copies.any_suspect(drafts))

    def original(
        self, connection: apsw.Connection, look: Look, place: int, row: tuple[Any, ...]
    ) -> int | None:
        """Return the row that an event has already; None when it needs one of its own."""
        if place in look.twins:
            return look.twins[place]
        draft = look.drafts[place]
        if draft is None:
            return None
        logged = _like(connection, row) if self._copies.is_old(draft) else []
        found = self._copies.like(draft, logged)
        if found and connection.execute(_KNOWN, (draft.event_id,)).fetchall():
            return None  # a retry of one that has a row of its own
        for seen in found:
            if connection.execute(_SAME, (seen.id, row[-1])).fetchall():
                self._copies.absorb(draft, seen)
                return seen.id
        return None

    def remember(self, look: Look, place: int, rowid: int) -> None:
        """Take note of an event that got a row of its own."""
        draft = look.drafts[place]
        if draft is not None:
            self._copies.remember(draft, rowid)

    def forget(self) -> None:
        """Forget what was noted, for it did not come to be; the log knows the rest."""
        self._copies.forget()
        self._twins_taken.clear()

    def _twins(self, connection: apsw.Connection, events: Sequence[NewEvent]) -> dict[int, int]:
        """Return which events `hookwatch backfill` has told before their hook was heard.

        A log without any of those is asked nothing.
        """
        had_history = self._has_history
        if any(is_backfilled(new.event_id) for new in events):
            self._has_history = True
        if not had_history:
            return {}
        found = ((place, self._twin(connection, new)) for place, new in enumerate(events))
        return {place: rowid for place, rowid in found if rowid is not None}

    def _twin(self, connection: apsw.Connection, new: NewEvent) -> int | None:
        """Return the row in which a transcript told the same; each row stands for one hook."""
        for rowid in _alike(connection, new):
            taken_by = self._twins_taken.get(rowid, _NOBODY)
            if taken_by is _NOBODY or (taken_by is not None and taken_by == new.event_id):
                if len(self._twins_taken) >= MOST_TWINS:
                    self._twins_taken.clear()
                self._twins_taken[rowid] = new.event_id
                return rowid
        return None


def _like(connection: apsw.Connection, row: tuple[Any, ...]) -> list[Seen]:
    """Return what the log has of the same body within the time, whichever way it came."""
    timestamp, _, session_id, event_type, *_, payload = row
    near = (timestamp, APART_MS, session_id, event_type, payload, COMPARED, MOST_COPIES)
    found: list[tuple[Any, ...]] = connection.execute(_LIKE, near).fetchall()
    return [
        Seen(rowid, when, received_at, {way_of(sender): event_id})
        for rowid, when, received_at, event_id, sender in found
    ]


def _newest(connection: apsw.Connection) -> int | None:
    """Return when the newest event was taken."""
    newest = "SELECT received_at FROM events ORDER BY id DESC LIMIT 1"
    rows: list[tuple[Any, ...]] = connection.execute(newest).fetchall()
    return int(rows[0][0]) if rows else None


def _has_history(connection: apsw.Connection) -> bool:
    rows: list[tuple[Any, ...]] = connection.execute(_HISTORY, (PREFIX, PAST_PREFIX)).fetchall()
    return bool(rows[0][0])


def _alike(connection: apsw.Connection, new: NewEvent) -> list[int]:
    """Return rows in which a transcript may have told the same as a hook, the nearest first."""
    event = new.event
    if event.hook_event_type not in TWINNED or is_backfilled(new.event_id):
        return []
    first, past = id_range(event.hook_event_type, event.timestamp)
    values = (first, past, event.session_id, event.agent_id or "", _prompt_id(event))
    at = (event.timestamp, first_id(event.hook_event_type, event.timestamp), COMPARED)
    rows: list[tuple[Any, ...]] = connection.execute(_FIND_TWINS, (*values, *at)).fetchall()
    return [row[0] for row in rows]


def _prompt_id(event: Event) -> str | None:
    """Return the prompt by which twins are told apart; a session may end under the next one's."""
    if event.agent_id is not None or event.hook_event_type not in _OF_A_PROMPT:
        return None
    try:
        prompt_id = _PROMPT.decode(event.payload).prompt_id
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    return prompt_id if isinstance(prompt_id, str) else None


class _Prompt(msgspec.Struct):
    prompt_id: Any = None


_KNOWN: Final = "SELECT 1 FROM events WHERE event_id = ?"

_SAME: Final = "SELECT 1 FROM events WHERE id = ? AND payload = ?"

_LIKE: Final = """
    WITH near AS (
        SELECT * FROM (
            SELECT id FROM events INDEXED BY events_timestamp
            WHERE timestamp BETWEEN ?1 - ?2 AND ?1 ORDER BY timestamp DESC, id DESC LIMIT ?6
        )
        UNION ALL
        SELECT * FROM (
            SELECT id FROM events INDEXED BY events_timestamp
            WHERE timestamp > ?1 AND timestamp <= ?1 + ?2 ORDER BY timestamp, id LIMIT ?6
        )
    )
    SELECT id, timestamp, received_at, event_id, CAST(sender AS BLOB)
    FROM near CROSS JOIN events USING (id)
    WHERE session_id = ?3 AND hook_event_type = ?4
    AND tool_use_id IS NULL AND octet_length(payload) = octet_length(?5) AND payload = ?5
    LIMIT ?7
"""

_HISTORY: Final = """
    SELECT EXISTS (SELECT 1 FROM events WHERE event_id >= ? AND event_id < ?)
"""

_FIND_TWINS: Final = """
    WITH near AS (
        SELECT * FROM (
            SELECT id FROM events WHERE event_id >= ?1 AND event_id < ?7
            ORDER BY event_id DESC LIMIT ?8
        )
        UNION ALL
        SELECT * FROM (
            SELECT id FROM events WHERE event_id >= ?7 AND event_id < ?2
            ORDER BY event_id LIMIT ?8
        )
    )
    SELECT id FROM near CROSS JOIN events USING (id)
    WHERE session_id = ?3 AND ifnull(agent_id, '') = ?4
    AND (?5 IS NULL OR ?5 =
        ifnull(CASE WHEN json_valid(payload) THEN payload ->> '$.prompt_id' END, ?5))
    ORDER BY abs(timestamp - ?6) LIMIT 20
"""

_NOBODY: Final = object()
_OF_A_PROMPT: Final = frozenset({"UserPromptSubmit", "Stop", "StopFailure"})
_PROMPT: Final = msgspec.json.Decoder(_Prompt)
