"""Fold the values that events can be filtered by, and the rowids and event counts of each hour."""

from collections.abc import Sequence
from typing import Final, TypeVar

import msgspec

from queryd.store.fact import Fact
from queryd.store.periods import HOUR_MS
from queryd.store.store import Database
from queryd.store.view import Deleted, View

Key = TypeVar("Key")
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


class _Count(msgspec.Struct, gc=False):
    count: int
    last_event_at: int
    first_id: int
    last_id: int


def fold(database: Database, facts: Sequence[Fact]) -> None:
    values: dict[tuple[str, str], _Count] = {}
    hours: dict[int, _Count] = {}
    types: dict[tuple[int, str], _Count] = {}
    for (hour, *event_values), count in _grouped(facts).items():
        _include(hours, hour, count)
        _include(types, (hour, event_values[0] or ""), count)
        for kind, value in zip(KINDS, event_values, strict=True):
            if value is not None:
                _include(values, (kind, value), count)
    database.run_many(
        _SAVE_VALUE,
        [(*key, it.count, it.last_event_at, it.last_id) for key, it in values.items()],
    )
    database.run_many(_SAVE_HOUR, [(hour, it.first_id, it.last_id) for hour, it in hours.items()])
    database.run_many(_SAVE_TYPE_COUNT, [(*key, it.count) for key, it in types.items()])


_Group = tuple[int, str, str | None, str | None, str | None]


def _grouped(facts: Sequence[Fact]) -> dict[_Group, _Count]:
    """Count events by hour and all values: a batch has few combinations, which are added up."""
    groups: dict[_Group, _Count] = {}
    for fact in facts:
        event = fact.event
        at = event.timestamp
        group = (
            at // HOUR_MS,
            event.hook_event_type,
            event.source_app,
            event.tool_name,
            event.agent_id,
        )
        count = groups.get(group)
        if count is None:
            groups[group] = _Count(1, at, fact.id, fact.id)
            continue
        count.count += 1
        count.last_id = fact.id
        count.last_event_at = max(count.last_event_at, at)
    return groups


def _include(counts: dict[Key, _Count], key: Key, more: _Count) -> None:
    total = counts.get(key)
    if total is None:
        counts[key] = _Count(more.count, more.last_event_at, more.first_id, more.last_id)
        return
    total.count += more.count
    total.last_event_at = max(total.last_event_at, more.last_event_at)
    total.first_id = min(total.first_id, more.first_id)
    total.last_id = max(total.last_id, more.last_id)


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
