"""Find the row of an event that was sent before under the same id, or of the same tool use.

In: the rows of events about to be stored, and the log's writing connection. Out: the row that holds
one already. Left to `writer`: the transactions.

`event_keys` holds a hash of each id and tool use, in the order of the hashes: an entry of every
commit would be on another page. So the newest keys are in memory only, and are merged into the
table some thousands at a time, between two hooks. `keyed` holds the last id whose keys are all in
tables; at a start the events past it are read again.

Events from before `event_keys` have their texts in `tool_events` and `event_ids`, which were the
log's unique indexes. The ids of backfilled events are in `event_ids` as well, for they are also
looked up by ranges of text.
"""

from collections.abc import Iterable, Sequence
from typing import Any, Final

import apsw
import msgspec

from shared.event_keys import id_key, tool_key
from shared.history import is_backfilled

MERGE_AT: Final = 4_096
"""Keys in memory before they are merged: 1 MB, and 10 ms to read their events at a start."""
MERGED_KEYS: Final = 256
"""In one transaction: 1 ms, of which most is writing as many pages."""
SURPLUS: Final = 8 * MERGE_AT
"""Keys in memory from which appends merge some too: 5 MB, and 80 ms at a start."""

Row = tuple[Any, ...]
Keys = tuple[int | None, int | None]
"""The key of an event's own id, and the one of its tool use."""

TYPE: Final = 3
"""Places in a row: the columns of `events` after its id."""
SESSION: Final = 2
TOOL_USE: Final = 7
AGENT: Final = 8
EVENT_ID: Final = 10


class EventKeys:
    """Hold the newest keys of one log; opened anew with its connection."""

    def __init__(self, connection: apsw.Connection) -> None:
        self._recent: dict[int, int | tuple[int, ...]] = {}
        """The row of each key, or several: numbers alone cost the garbage collector nothing."""
        self._merging: dict[int, int | tuple[int, ...]] = {}
        """Keys that are merged at present; in the table they may be as well."""
        self._queue: list[tuple[int, int]] = []
        """What of them is left, in descending order."""
        self._merging_to = 0
        rows: list[Row] = connection.execute(_UNKEYED).fetchall()
        self.last_id = 0
        for rowid, *columns in rows:
            self.add(rowid, keys_of(tuple(columns)))
        self._has_texts = bool(_first(connection, _HAS_TEXTS, ()))
        """Whether events from before `event_keys`, or backfilled ones, must be looked up too."""

    def __len__(self) -> int:
        return len(self._recent) + len(self._merging)

    def are_recent(self, keys: Sequence[Keys]) -> bool:
        """Return whether any key is in memory, or occurs twice among these."""
        flat = {key for pair in keys for key in pair if key is not None}
        return (
            len(flat) + sum(pair.count(None) for pair in keys) < 2 * len(keys)
            or not self._recent.keys().isdisjoint(flat)
            or not self._merging.keys().isdisjoint(flat)
        )

    def are_stored(
        self, connection: apsw.Connection, rows: Sequence[Row], keys: Sequence[Keys]
    ) -> bool:
        """Return whether a table has any of these keys."""
        flat = [key for pair in keys for key in pair if key is not None]
        if _first(connection, _ANY_KEY, (_json(flat),)) is not None:
            return True
        if not self._has_texts:
            return False
        tools = [(row[TOOL_USE], row[TYPE]) for row in rows if row[TOOL_USE] is not None]
        ids = [row[EVENT_ID] for row in rows if row[EVENT_ID] is not None]
        return _first(connection, _ANY_TEXT, (_json(tools), _json(ids))) is not None

    @property
    def insert_new(self) -> str:
        """Return SQL that stores a row with its keys unless a table has any of these."""
        return _INSERT_UNLESS_TEXT if self._has_texts else _INSERT_UNLESS_KEY

    def add_all(self, first_id: int, keys: Sequence[Keys]) -> None:
        """Add the keys of rows with consecutive ids."""
        recent = self._recent
        rowid = first_id
        for rowid, pair in enumerate(keys, first_id):
            for key in pair:
                if key is not None:
                    recent[key] = rowid
        self.last_id = rowid

    def add(self, rowid: int, keys: Keys) -> None:
        """Add the keys of a row that was stored."""
        self.last_id = rowid
        for key in keys:
            if key is not None:
                before = _rowids(self._recent, key)
                self._recent[key] = (*before, rowid) if before else rowid

    def remove(self, rowid: int, keys: Keys) -> None:
        """Remove the keys of the last row, which was rolled back: another gets its id."""
        self.last_id = rowid - 1
        self.drop((key, rowid) for key in keys if key is not None)

    def drop(self, pairs: Iterable[tuple[int, int]]) -> None:
        """Remove keys of rows that were deleted."""
        for key, rowid in pairs:
            for rows in (self._recent, self._merging):
                others = tuple(it for it in _rowids(rows, key) if it != rowid)
                if others:
                    rows[key] = others
                else:
                    rows.pop(key, None)

    def row_of_id(self, connection: apsw.Connection, event_id: str | None) -> int | None:
        """Return the row of an event with that id."""
        if event_id is None:
            return None
        key = id_key(event_id)
        known = self._compared(connection, key, _SAME_ID, (event_id,))
        return _first(connection, _BY_ID, (key, event_id)) if known is None else known

    def row_of_tool_event(self, connection: apsw.Connection, row: Row) -> int | None:
        """Return the row of an event of the same tool use, type, session and agent."""
        if row[TOOL_USE] is None:
            return None
        texts = (row[TOOL_USE], row[TYPE], row[SESSION], row[AGENT] or "")
        key = tool_key(row[TYPE], row[TOOL_USE])
        known = self._compared(connection, key, _SAME_TOOL_EVENT, texts)
        return _first(connection, _BY_TOOL_EVENT, (key, *texts)) if known is None else known

    @property
    def is_due(self) -> bool:
        """Return whether keys are to be merged."""
        return bool(self._queue) or len(self._recent) >= MERGE_AT

    def merge(
        self, connection: apsw.Connection, *, limit: int = MERGED_KEYS
    ) -> list[tuple[int, int]]:
        """Write some keys into the table, in the caller's transaction; return them for `merged`.

        Those of events deleted meanwhile are left out.
        """
        if not self._queue:
            self._merging, self._recent = self._recent, {}
            self._merging_to = self.last_id
            self._queue = [
                (key, rowid)
                for key in sorted(self._merging, reverse=True)
                for rowid in _rowids(self._merging, key)
            ]
        if not self._queue:
            return []
        part = self._queue[: -limit - 1 : -1]
        left = [pair for pair in part if pair[1] in _rowids(self._merging, pair[0])]
        connection.executemany(_STORE_KEY, left).fetchall()
        if len(part) == len(self._queue):
            connection.execute("UPDATE keyed SET last_id = ?", (self._merging_to,)).fetchall()
        return part

    def merged(self, part: Sequence[tuple[int, int]]) -> None:
        """Forget keys that are on disk now."""
        del self._queue[len(self._queue) - len(part) :]
        if not self._queue:
            self._merging = {}

    def _compared(
        self, connection: apsw.Connection, key: int, sql: str, texts: tuple[str, ...]
    ) -> int | None:
        for rowid in (*_rowids(self._merging, key), *_rowids(self._recent, key)):
            if connection.execute(sql, (rowid, *texts)).fetchall():
                return rowid
        return None


def _rowids(rows: dict[int, int | tuple[int, ...]], key: int) -> tuple[int, ...]:
    found = rows.get(key, ())
    return (found,) if isinstance(found, int) else found


def keys_of(row: Row) -> Keys:
    event_id, tool_use_id = row[EVENT_ID], row[TOOL_USE]
    return (
        None if event_id is None else id_key(event_id),
        None if tool_use_id is None else tool_key(row[TYPE], tool_use_id),
    )


def store(connection: apsw.Connection, rowid: int, row: Row) -> None:
    """Write the keys of a row that is not among the newest, in the transaction that stores it."""
    keys = [(key, rowid) for key in keys_of(row) if key is not None]
    connection.executemany(_STORE_KEY, keys).fetchall()
    store_backfilled(connection, [(rowid, row)])


def store_backfilled(connection: apsw.Connection, rows: Iterable[tuple[int, Row]]) -> None:
    """Write the ids of backfilled events among these, in the transaction that stores them."""
    ids = [(row[EVENT_ID], rowid) for rowid, row in rows if is_backfilled(row[EVENT_ID])]
    if ids:
        connection.executemany(_STORE_ID, ids).fetchall()


def forget(connection: apsw.Connection, ids: Sequence[int]) -> list[tuple[int, int]]:
    """Delete the keys of rows, in the transaction that deletes these; return them for `drop`."""
    forgotten: list[tuple[int, int]] = []
    for rowid in ids:
        rows: list[Row] = connection.execute(_ONE, (rowid,)).fetchall()
        for row in rows:
            pairs = [(key, rowid) for key in keys_of(row) if key is not None]
            connection.executemany(_FORGET_KEY, pairs).fetchall()
            forgotten += pairs
            if row[EVENT_ID] is not None:
                connection.execute(_FORGET_ID, (row[EVENT_ID], rowid)).fetchall()
            if row[TOOL_USE] is not None:
                texts = (row[TOOL_USE], row[TYPE], row[SESSION], row[AGENT] or "", rowid)
                connection.execute(_FORGET_TOOL_EVENT, texts).fetchall()
    return forgotten


def _first(connection: apsw.Connection, sql: str, values: tuple[Any, ...]) -> int | None:
    rows: list[Row] = connection.execute(sql, values).fetchall()
    return int(rows[0][0]) if rows else None


def _json(values: object) -> str:
    return msgspec.json.encode(values).decode()


_INSERT_UNLESS_KEY: Final = """
    INSERT INTO events (timestamp, received_at, session_id, hook_event_type, source_app, model_name,
                        tool_name, tool_use_id, agent_id, summary, event_id, sender, payload)
    SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13
    WHERE NOT EXISTS (SELECT 1 FROM event_keys WHERE hash = ?14)
    AND NOT EXISTS (SELECT 1 FROM event_keys WHERE hash = ?15)
"""
_INSERT_UNLESS_TEXT: Final = f"""
    {_INSERT_UNLESS_KEY}
    AND NOT EXISTS (SELECT 1 FROM event_ids WHERE event_id = ?11)
    AND NOT EXISTS (SELECT 1 FROM tool_events WHERE tool_use_id = ?8 AND hook_event_type = ?4)
"""

_ANY_KEY: Final = "SELECT 1 FROM json_each(?) CROSS JOIN event_keys ON hash = value LIMIT 1"
_ANY_TEXT: Final = """
    SELECT 1 FROM json_each(?1) CROSS JOIN tool_events
    ON tool_use_id = value ->> 0 AND hook_event_type = value ->> 1
    UNION ALL SELECT 1 FROM json_each(?2) CROSS JOIN event_ids ON event_id = value
    LIMIT 1
"""
_HAS_TEXTS: Final = """
    SELECT 1 WHERE EXISTS (SELECT 1 FROM event_ids) OR EXISTS (SELECT 1 FROM tool_events)
"""

_COLUMNS: Final = """
    timestamp, received_at, session_id, hook_event_type, source_app, model_name, tool_name,
    tool_use_id, agent_id, summary, event_id
"""
_UNKEYED: Final = f"""
    SELECT id, {_COLUMNS} FROM events WHERE id > (SELECT last_id FROM keyed) ORDER BY id
"""

_SAME_ID: Final = "SELECT 1 FROM events WHERE id = ? AND event_id = ?"
_SAME_TOOL_EVENT: Final = """
    SELECT 1 FROM events WHERE id = ? AND tool_use_id = ? AND hook_event_type = ?
    AND session_id = ? AND ifnull(agent_id, '') = ?
"""

_BY_ID: Final = """
    SELECT id FROM (
        SELECT id FROM event_keys WHERE hash = ?1
        UNION ALL SELECT id FROM event_ids WHERE event_id = ?2
    ) CROSS JOIN events USING (id) WHERE events.event_id = ?2 LIMIT 1
"""

_BY_TOOL_EVENT: Final = """
    SELECT id FROM (
        SELECT id FROM event_keys WHERE hash = ?1
        UNION ALL SELECT id FROM tool_events
        WHERE tool_use_id = ?2 AND hook_event_type = ?3 AND session_id = ?4 AND agent_id = ?5
    ) CROSS JOIN events USING (id)
    WHERE tool_use_id = ?2 AND hook_event_type = ?3 AND session_id = ?4
    AND ifnull(agent_id, '') = ?5 LIMIT 1
"""

_STORE_KEY: Final = "INSERT OR IGNORE INTO event_keys VALUES (?, ?)"
_STORE_ID: Final = "INSERT OR IGNORE INTO event_ids VALUES (?, ?)"

_ONE: Final = f"SELECT {_COLUMNS} FROM events WHERE id = ?"
_FORGET_KEY: Final = "DELETE FROM event_keys WHERE hash = ? AND id = ?"
_FORGET_ID: Final = "DELETE FROM event_ids WHERE event_id = ? AND id = ?"
_FORGET_TOOL_EVENT: Final = """
    DELETE FROM tool_events WHERE tool_use_id = ? AND hook_event_type = ? AND session_id = ?
    AND agent_id = ? AND id = ?
"""
