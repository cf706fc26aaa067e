"""Look up in the log which row an event may be in already; each query reads a bounded range."""

from typing import Any, Final

import apsw
import msgspec

from ingestd.log.dedup.recent import WINDOW_MS, IndexEntry, via_of
from shared.event import Event, NewEvent
from shared.history import MATCHED_BY_TIME, PAST_PREFIX, PREFIX, first_id, id_range, is_backfilled

ROWS_COMPARED: Final = 256
"""Rows of the log an event is compared with, the nearest before it and the nearest after it: within
2 s there may be any number of others. Deliveries of one firing come within some ms."""
ROWS_MATCHED: Final = 32
"""Of those, how many with the same body."""


def has_payload(connection: apsw.Connection, rowid: int, payload: str) -> bool:
    return bool(connection.execute(_HAS_PAYLOAD, (rowid, payload)).fetchall())


def same_body(connection: apsw.Connection, row: tuple[Any, ...]) -> list[IndexEntry]:
    """Return the log's events of the same body and time, by any `via`."""
    timestamp, _, session_id, event_type, *_, payload = row
    values = (timestamp, WINDOW_MS, session_id, event_type, payload, ROWS_COMPARED, ROWS_MATCHED)
    rows: list[tuple[Any, ...]] = connection.execute(_SAME_BODY, values).fetchall()
    return [
        IndexEntry(rowid, when, received_at, {via_of(sender): event_id})
        for rowid, when, received_at, event_id, sender in rows
    ]


def newest_received_at(connection: apsw.Connection) -> int | None:
    newest = "SELECT received_at FROM events ORDER BY id DESC LIMIT 1"
    rows: list[tuple[Any, ...]] = connection.execute(newest).fetchall()
    return int(rows[0][0]) if rows else None


def has_backfilled(connection: apsw.Connection) -> bool:
    rows: list[tuple[Any, ...]] = connection.execute(
        _HAS_BACKFILLED, (PREFIX, PAST_PREFIX)
    ).fetchall()
    return bool(rows[0][0])


def backfilled_rows(connection: apsw.Connection, new: NewEvent) -> list[int]:
    """Return backfilled events that may be the same as a hook's, the nearest first."""
    event = new.event
    if event.hook_event_type not in MATCHED_BY_TIME or is_backfilled(new.event_id):
        return []
    first, past = id_range(event.hook_event_type, event.timestamp)
    values = (first, past, event.session_id, event.agent_id or "", _prompt_id(event))
    at = (event.timestamp, first_id(event.hook_event_type, event.timestamp), ROWS_COMPARED)
    rows: list[tuple[Any, ...]] = connection.execute(_BACKFILLED, (*values, *at)).fetchall()
    return [row[0] for row in rows]


def _prompt_id(event: Event) -> str | None:
    """Return the prompt that both must share; a session may end under the next prompt's id."""
    if event.agent_id is not None or event.hook_event_type not in _WITH_PROMPT:
        return None
    try:
        prompt_id = _PROMPT.decode(event.payload).prompt_id
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    return prompt_id if isinstance(prompt_id, str) else None


class _PromptFields(msgspec.Struct):
    prompt_id: Any = None


_HAS_PAYLOAD: Final = "SELECT 1 FROM events WHERE id = ? AND payload = ?"

_SAME_BODY: Final = """
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

_HAS_BACKFILLED: Final = """
    SELECT EXISTS (SELECT 1 FROM event_ids WHERE event_id >= ? AND event_id < ?)
"""

_BACKFILLED: Final = """
    WITH near AS (
        SELECT * FROM (
            SELECT id FROM event_ids WHERE event_id >= ?1 AND event_id < ?7
            ORDER BY event_id DESC LIMIT ?8
        )
        UNION ALL
        SELECT * FROM (
            SELECT id FROM event_ids WHERE event_id >= ?7 AND event_id < ?2
            ORDER BY event_id LIMIT ?8
        )
    )
    SELECT id FROM near CROSS JOIN events USING (id)
    WHERE session_id = ?3 AND ifnull(agent_id, '') = ?4
    AND (?5 IS NULL OR ?5 =
        ifnull(CASE WHEN json_valid(payload) THEN payload ->> '$.prompt_id' END, ?5))
    ORDER BY abs(timestamp - ?6) LIMIT 20
"""

_WITH_PROMPT: Final = frozenset({"UserPromptSubmit", "Stop", "StopFailure"})
_PROMPT: Final = msgspec.json.Decoder(_PromptFields)
