"""Read the whole log, a slice at a time, and raise when it is damaged.

In: a log that is read and written meanwhile. Out: the bytes each slice read, so that the caller can
rest in between; or DamageFoundError with the reason. A slice is one statement, and so sees one
state of the log; between two, no snapshot is held that would block a checkpoint.

Only damage counts: a page that SQLite calls malformed, an index that does not match its table,
invalid text, a broken freelist. Errors that a retry may solve are raised unchanged.
"""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any, Final

import apsw
import msgspec

from ingestd.log.pages import Pages
from ingestd.log.salvage import freelist, is_json
from shared.damage import DAMAGE, DamageFoundError
from shared.event_keys import id_key, tool_key
from shared.files import identity
from shared.schema import version_of

BUSY_MS: Final = 1_000
ROWS: Final = 64
SLICE_BYTES: Final = 128 * 1024
ENTRIES: Final = 256
ENTRY_BYTES: Final = 64
"""About the size of an index entry, with what is read of the table for it."""
FRAME_REST_S: Final = 0.0002
"""Between two frames of the WAL, whose checksums are computed in Python."""


class _Index(msgspec.Struct, frozen=True):
    """Describe an index of the events: its columns, and whether these are numbers."""

    name: str
    columns: tuple[str, ...]
    of_numbers: bool = False
    is_table: bool = False
    """Whether it is a table with the ids of events, which SQLite does not maintain by itself."""


_INDEXES: Final = (
    _Index("events_session", ("session_id",)),
    _Index("events_type", ("hook_event_type",)),
    _Index("events_timestamp", ("timestamp",), of_numbers=True),
)
_TABLES: Final = (
    _Index("event_keys", ("hash",), of_numbers=True, is_table=True),
    _Index("event_ids", ("event_id",), is_table=True),
    _Index(
        "tool_events",
        ("tool_use_id", "hook_event_type", "session_id", "agent_id"),
        is_table=True,
    ),
)


class LogCheck:
    """Own one read-only connection; used by one thread at a time."""

    def __init__(self, path: Path, *, vfs: str | None = None) -> None:
        self._path = path
        self._vfs = vfs

    def slices(self) -> Iterator[int]:
        """Yield the bytes that each slice read; raise DamageFoundError.

        The check ends when the log is replaced meanwhile.
        """
        file = identity(self._path)
        if file is None:
            return
        try:
            with self._connected() as connection:
                for size in self._all(connection):
                    yield size
                    if identity(self._path) != file:
                        return
        except DAMAGE as error:
            raise DamageFoundError(str(error)) from error

    @contextmanager
    def _connected(self) -> Iterator[apsw.Connection]:
        connection = apsw.Connection(
            os.fspath(self._path), flags=apsw.SQLITE_OPEN_READONLY, vfs=self._vfs
        )
        try:
            connection.set_busy_timeout(BUSY_MS)
            functions: dict[str, Callable[..., int]] = {"id_key": id_key, "tool_key": tool_key}
            for name, function in functions.items():
                connection.create_scalar_function(name, function, deterministic=True)
            yield connection
        finally:
            with suppress(apsw.Error):  # it only read, so a close loses nothing
                connection.close(force=True)

    def _all(self, connection: apsw.Connection) -> Iterator[int]:
        if version_of(connection) == 0:
            return
        yield self._small_tables(connection)
        yield self._freelist(connection)
        yield from self._table(connection)
        for index in (*_INDEXES, *_TABLES):
            yield from self._index(connection, index)

    def _small_tables(self, connection: apsw.Connection) -> int:
        names = "SELECT name FROM sqlite_schema WHERE type = 'table'"
        large = {"events", *(it.name for it in _TABLES)}
        total = 0
        for (name,) in connection.execute(names).fetchall():
            if name in large:
                continue
            rows = connection.execute(f'SELECT rowid FROM "{name}"')
            total += sum(1 for _ in rows)
        return total * ENTRY_BYTES

    def _freelist(self, connection: apsw.Connection) -> int:
        """Follow the freelist, which SQLite itself reads only when it needs a page."""
        if not connection.pragma("freelist_count"):
            return 0
        size = 0
        for _ in range(2):  # again after a failure, for this reader is not SQLite's own
            connection.execute("BEGIN").fetchall()
            try:
                connection.execute("SELECT 1 FROM sqlite_schema").fetchall()  # takes the snapshot
                pages = Pages(
                    self._path, vfs=self._vfs or "", rest=lambda: time.sleep(FRAME_REST_S)
                )
                with closing(pages):
                    trunks = [good for _, good in freelist(pages)]
                    size = pages.size * (len(trunks) // 1000 + 1)
            finally:
                connection.execute("COMMIT").fetchall()
            if all(trunks):
                return size
        raise DamageFoundError("the freelist is damaged")

    def _table(self, connection: apsw.Connection) -> Iterator[int]:
        """Read rows with their texts, and check that each is in every index."""
        newest = connection.execute("SELECT ifnull(max(id), 0) FROM events").fetchall()
        end = newest[0][0]  # newer rows are left to the next check
        last = 0
        while True:
            size, before = 0, last
            rows = connection.execute(_ROWS, (last, end, ROWS))
            for rowid, valid, *present, payload, texts in rows:
                _check_row(rowid, valid, present, payload, texts)
                if rowid <= last:
                    raise DamageFoundError(f"the ids of the table do not ascend at {rowid}")
                last = rowid
                size += len(payload) + len(texts) + ENTRY_BYTES
                if size >= SLICE_BYTES:
                    rows.close(force=True)
                    break
            if last == before:
                return
            yield size

    def _index(self, connection: apsw.Connection, index: _Index) -> Iterator[int]:
        """Walk an index, and check its order, and that each entry of SQLite's has its row."""
        names = ", ".join(index.columns)
        keys = ", ".join(f"CAST({it} AS BLOB)" for it in index.columns)
        source = (
            f"{index.name} AS entry"
            if index.is_table
            else f"events AS entry INDEXED BY {index.name}"
        )
        first = f"""
            SELECT id, EXISTS (SELECT 1 FROM events AS row NOT INDEXED WHERE row.id = entry.id),
                {names if index.of_numbers else keys}, {names}
            FROM {source} WHERE 1
        """
        order = f"ORDER BY {names}, id LIMIT {ENTRIES}"
        width = len(index.columns)
        marks = ", ".join("?" * width)
        place: tuple[Any, ...] = ()
        before: tuple[Any, ...] = ()
        while True:
            if place:
                same = f"{first} AND ({names}) = ({marks}) AND id > ? {order}"
                rows = connection.execute(same, place).fetchall()
                if len(rows) < ENTRIES:
                    beyond = f"{first} AND ({names}) > ({marks}) {order}"
                    rows += connection.execute(beyond, place[:-1]).fetchall()
            else:
                rows = connection.execute(f"{first} {order}").fetchall()
            for rowid, has_row, *values in rows:
                key = (*values[:width], rowid)
                if not has_row and not index.is_table:  # a user may delete events by hand
                    raise DamageFoundError(f"{index.name} has an entry without a row: {rowid}")
                if before and key <= before:
                    raise DamageFoundError(f"the entries of {index.name} do not ascend at {rowid}")
                before = key
                place = (*values[width:], rowid)
            if not rows:
                return
            yield len(rows) * ENTRY_BYTES


def _check_row(rowid: int, valid: int, present: list[int], payload: bytes, texts: bytes) -> None:
    for name, is_there in zip((*(it.name for it in _INDEXES), *_KEYED), present, strict=True):
        if not is_there:
            raise DamageFoundError(f"{name} has no entry of row {rowid}")
    try:
        payload.decode()
        texts.decode()
    except UnicodeDecodeError as error:
        raise DamageFoundError(f"row {rowid} holds invalid text: {error}") from error
    # SQLite's JSON parser is a little stricter than the one that decodes events.
    if not valid and not is_json(payload):
        raise DamageFoundError(f"the payload of row {rowid} is not JSON")


def _present(index: _Index) -> str:
    """Return SQL for whether a row is in an index."""
    same = " AND ".join(f"entry.{it} = events.{it}" for it in index.columns)
    return f"""EXISTS (
        SELECT 1 FROM events AS entry INDEXED BY {index.name}
        WHERE {same} AND entry.id = events.id
    )"""


def _keyed(column: str, key: str, table: _Index) -> str:
    """Return SQL for whether a row is found by a key: by its hash, or an old one by its text."""
    same = " AND ".join(f"{it} = ifnull(events.{it}, '')" for it in table.columns)
    return f"""(
        events.{column} IS NULL OR events.id > (SELECT last_id FROM keyed)
        OR EXISTS (SELECT 1 FROM event_keys AS entry WHERE hash = {key} AND entry.id = events.id)
        OR EXISTS (SELECT 1 FROM {table.name} AS entry WHERE {same} AND entry.id = events.id)
    )"""


_KEYED: Final = {
    "event_keys (event_id)": _keyed("event_id", "id_key(events.event_id)", _TABLES[1]),
    "event_keys (tool_use_id)": _keyed(
        "tool_use_id", "tool_key(events.hook_event_type, events.tool_use_id)", _TABLES[2]
    ),
}
_ROWS: Final = f"""
    SELECT id, json_valid(payload), {", ".join((*map(_present, _INDEXES), *_KEYED.values()))},
        CAST(payload AS BLOB),
        CAST(concat_ws(' ', session_id, hook_event_type, source_app, model_name, tool_name,
            tool_use_id, agent_id, summary, event_id, sender) AS BLOB)
    FROM events WHERE id > ? AND id <= ? ORDER BY id LIMIT ?
"""
