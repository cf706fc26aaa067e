"""Fold the values that events can be filtered by, and the rowids and event counts of each hour."""

from collections.abc import Sequence
from typing import Final

import msgspec

from queryd.store.fact import Fact
from queryd.store.store import Database
from queryd.store.view import Deleted, View

HOUR_MS: Final = 3_600_000
KINDS: Final = ("event_type", "source_app", "tool_name", "agent_id")

TABLES: Final = """
    CREATE TABLE filter_values (
        kind TEXT NOT NULL,
        value TEXT NOT NULL,
        count INTEGER NOT NULL,
        last_event_at INTEGER NOT NULL,
        last_event_id INTEGER NOT NULL,
        PRIMARY KEY (kind, value)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX filter_values_newest ON filter_values (kind, last_event_id);
    CREATE TABLE hours (
        hour INTEGER PRIMARY KEY,  -- since the epoch
        first_id INTEGER NOT NULL, -- smallest and largest rowid of what happened in it
        last_id INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX hours_last ON hours (last_id);
    CREATE TABLE event_type_hours (
        hour INTEGER NOT NULL,     -- since the epoch
        event_type TEXT NOT NULL,
        count INTEGER NOT NULL,
        PRIMARY KEY (hour, event_type)
    ) STRICT, WITHOUT ROWID;
"""


class _ValueCount(msgspec.Struct):
    count: int = 0
    last_event_at: int = 0
    last_event_id: int = 0


def fold(database: Database, facts: Sequence[Fact]) -> None:
    counts: dict[tuple[str, str], _ValueCount] = {}
    hours: dict[int, tuple[int, int]] = {}
    type_counts: dict[tuple[int, str], int] = {}
    for fact in facts:
        event = fact.event
        hour = event.timestamp // HOUR_MS
        first, last = hours.get(hour, (fact.id, fact.id))
        hours[hour] = min(first, fact.id), max(last, fact.id)
        type_key = (hour, event.hook_event_type)
        type_counts[type_key] = type_counts.get(type_key, 0) + 1
        for kind, value in (
            ("event_type", event.hook_event_type),
            ("source_app", event.source_app),
            ("tool_name", event.tool_name),
            ("agent_id", event.agent_id),
        ):
            if value is None:
                continue
            total = counts.get((kind, value))
            if total is None:
                total = counts[kind, value] = _ValueCount()
            total.count += 1
            total.last_event_at = max(total.last_event_at, event.timestamp)
            total.last_event_id = fact.id
    database.run_many(
        _SAVE_VALUE, [(*key, *msgspec.structs.astuple(total)) for key, total in counts.items()]
    )
    database.run_many(_SAVE_HOUR, [(hour, *ends) for hour, ends in hours.items()])
    database.run_many(_SAVE_TYPE_COUNT, [(*key, count) for key, count in type_counts.items()])


_SAVE_VALUE: Final = """
    INSERT INTO filter_values VALUES (?, ?, ?, ?, ?)
    ON CONFLICT DO UPDATE SET count = count + excluded.count,
        last_event_at = max(last_event_at, excluded.last_event_at),
        last_event_id = excluded.last_event_id
"""
_SAVE_HOUR: Final = """
    INSERT INTO hours VALUES (?, ?, ?)
    ON CONFLICT DO UPDATE SET first_id = min(first_id, excluded.first_id),
        last_id = max(last_id, excluded.last_id)
"""
_SAVE_TYPE_COUNT: Final = """
    INSERT INTO event_type_hours VALUES (?, ?, ?)
    ON CONFLICT DO UPDATE SET count = count + excluded.count
"""


def _forget(database: Database, deleted: Deleted) -> None:
    if deleted.payload_only:
        return
    database.run_many(_FORGET_VALUE, [(kind, *deleted.ids) for kind in KINDS])
    # Only hours before the start of the log: a later one may have other events.
    database.run("DELETE FROM hours WHERE last_id < ?", (deleted.log_first_id,))


_FORGET_VALUE: Final = """
    DELETE FROM filter_values WHERE kind = ? AND last_event_id >= ? AND last_event_id <= ?
"""
VIEW: Final = View(tables=TABLES, forget=_forget)
