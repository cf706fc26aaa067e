"""Find in the log which events of transcripts were reported by hooks, and name backfilled events.

In: a log; the events that `hookwatch backfill` is about to send. Out: which of them are stored. Ids
of backfilled events are built here: by them the writer matches hooks that arrive later, for a range
of ids is a range of time.
"""

import json
from collections.abc import Collection, Sequence
from typing import Final

import msgspec

from shared.event_keys import tool_key
from shared.reader import Reader
from shared.schema import KEYS_SINCE

PREFIX: Final = "backfill:"
PAST_PREFIX: Final = "backfill;"
"""The first text after all that start with `PREFIX`."""
SKEW_MS: Final = 2_000
"""A transcript's line is written within some 100 ms of the hook's firing."""
END_MS: Final = 10_000
"""A client writes the session's cost some seconds before it ends."""
MATCHED_BY_TIME: Final = frozenset(
    {
        "UserPromptSubmit",
        "Stop",
        "StopFailure",
        "SubagentStart",
        "SubagentStop",
        "PostToolBatch",
        "SessionStart",
        "SessionEnd",
        "PreCompact",
        "PostCompact",
    }
)
"""Events identified only by session, agent, type and time; tool events have a tool use id."""


class Trace(msgspec.Struct, frozen=True):
    """Identify a stored event among similar ones."""

    id: int
    session_id: str
    agent_id: str | None
    timestamp: int
    prompt_id: str | None


class HistoryReader(Reader):
    """Find stored events that a backfill would repeat; used by one thread at a time."""

    def known_ids(self, event_ids: Collection[str]) -> set[str]:
        """Return which of the ids of backfilled events are stored."""
        table = "event_ids" if self._has_keys() else "events"
        sql = f"SELECT event_id FROM {table} WHERE event_id IN (SELECT value FROM json_each(?))"
        return {event_id for (event_id,) in self._fetch(sql, (json.dumps([*event_ids]),))}

    def known_tool_events(self, wanted: Collection[tuple[str, str]]) -> set[tuple[str, str]]:
        """Return which pairs of tool use and type are stored, in any session."""
        tool_use_ids = json.dumps([tool_use_id for tool_use_id, _ in wanted])
        if not self._has_keys():
            found = self._fetch(_TOOL_EVENTS_BEFORE_KEYS, (tool_use_ids,))
        else:
            keys = [tool_key(event_type, tool_use_id) for tool_use_id, event_type in wanted]
            found = self._fetch(_TOOL_EVENTS, (tool_use_ids, json.dumps(keys)))
        return {*wanted} & {*found}

    def hook_events(self, event_type: str, since: int, until: int) -> list[Trace]:
        """Return events of a type and a time that were not backfilled."""
        sql = """
            SELECT id, session_id, agent_id, timestamp,
                CASE WHEN json_valid(payload) THEN payload ->> '$.prompt_id' END
            FROM events INDEXED BY events_timestamp
            WHERE timestamp BETWEEN ? AND ? AND hook_event_type = ?
            AND (event_id IS NULL OR event_id < ? OR event_id >= ?)
        """
        values = (since, until, event_type, PREFIX, PAST_PREFIX)
        return [Trace(*row) for row in self._fetch(sql, values)]

    def newest_hook_at(self, session_id: str) -> int:
        """Return the time of a session's newest hook event; 0 without one."""
        sql = """
            SELECT ifnull(max(timestamp), 0) FROM events
            WHERE session_id = ? AND hook_event_type GLOB '[A-Z]*'
            AND (event_id IS NULL OR event_id < ? OR event_id >= ?)
        """
        for (timestamp,) in self._fetch(sql, (session_id, PREFIX, PAST_PREFIX)):
            return int(timestamp)
        return 0

    def _has_keys(self) -> bool:
        """Return whether the log has tables of keys: one that was not migrated has indexes."""
        for (version,) in self._fetch("PRAGMA user_version", ()):
            return int(version) >= KEYS_SINCE
        return False


def timed_id(event_type: str, at: int, key: str) -> str:
    """Return the id of a backfilled event; ids of one type sort by time."""
    return f"{PREFIX}{event_type}:{at:013d}:{key}"[:200]


def id_range(event_type: str, at: int) -> tuple[str, str]:
    """Return the first id of a type near that time, and the first after it."""
    slack = END_MS if event_type in {"SessionStart", "SessionEnd"} else SKEW_MS
    return first_id(event_type, at - slack), first_id(event_type, at + slack + 1)


def first_id(event_type: str, at: int) -> str:
    """Return the text before all ids of a type at a time, and after earlier ones."""
    return f"{PREFIX}{event_type}:{max(0, at):013d}:"


def is_backfilled(event_id: str | None) -> bool:
    return event_id is not None and event_id.startswith(PREFIX)


def nearest(traces: Sequence[Trace], at: int) -> Trace | None:
    return min(traces, key=lambda trace: abs(trace.timestamp - at), default=None)


_TOOL_EVENTS: Final = """
    WITH near AS (
        SELECT id FROM event_keys WHERE hash IN (SELECT value FROM json_each(?2))
        UNION SELECT id FROM tool_events WHERE tool_use_id IN (SELECT value FROM json_each(?1))
        UNION SELECT id FROM events WHERE id > (SELECT last_id FROM keyed)
    )
    SELECT tool_use_id, hook_event_type FROM near CROSS JOIN events USING (id)
    WHERE tool_use_id IN (SELECT value FROM json_each(?1))
"""
_TOOL_EVENTS_BEFORE_KEYS: Final = """
    SELECT tool_use_id, hook_event_type FROM events
    WHERE tool_use_id IN (SELECT value FROM json_each(?))
"""
