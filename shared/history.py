"""Tell what the log holds of a past that is told twice: by hooks, and by transcripts on disk.

In: a reader's log; what `hookwatch backfill` is about to send. Out: which of it is there already.
Its event ids are made here, for the writer knows by them that a hook's event came second: a range
of ids is a range of time.
"""

import json
from collections.abc import Collection, Sequence
from typing import Final

import msgspec

from shared.reader import Reader

PREFIX: Final = "backfill:"
PAST_PREFIX: Final = "backfill;"
"""The first text after all that begin with `PREFIX`."""
ALIKE_MS: Final = 2_000
"""A transcript's line is written within some 100 ms of the hook's firing."""
END_MS: Final = 10_000
"""The client sums up what a session cost, and then takes its time to end."""
TWINNED: Final = frozenset(
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
"""Events that nothing but who, what and when tells apart; a tool's has its tool use."""


class Trace(msgspec.Struct, frozen=True):
    """Hold what tells one event from its like."""

    id: int
    session_id: str
    agent_id: str | None
    timestamp: int
    prompt_id: str | None


class HistoryReader(Reader):
    """Ask the log what it knows of a past; used by one thread at a time."""

    def known_ids(self, event_ids: Collection[str]) -> set[str]:
        """Return those of the senders' event ids that are stored."""
        sql = "SELECT event_id FROM events WHERE event_id IN (SELECT value FROM json_each(?))"
        return {event_id for (event_id,) in self._fetch(sql, (json.dumps([*event_ids]),))}

    def known_tool_events(self, tool_use_ids: Collection[str]) -> set[tuple[str, str]]:
        """Return tool use and type of the tool events that are stored, whatever their session."""
        sql = """
            SELECT tool_use_id, hook_event_type FROM events
            WHERE tool_use_id IN (SELECT value FROM json_each(?))
        """
        return set(self._fetch(sql, (json.dumps([*tool_use_ids]),)))

    def told_by_hooks(self, event_type: str, since: int, until: int) -> list[Trace]:
        """Return events of a type, and of a time, that did not come from transcripts."""
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
        """Return when a session's hooks last told something; 0 when they never did."""
        sql = """
            SELECT ifnull(max(timestamp), 0) FROM events
            WHERE session_id = ? AND hook_event_type GLOB '[A-Z]*'
            AND (event_id IS NULL OR event_id < ? OR event_id >= ?)
        """
        for (timestamp,) in self._fetch(sql, (session_id, PREFIX, PAST_PREFIX)):
            return int(timestamp)
        return 0


def timed_id(event_type: str, at: int, key: str) -> str:
    """Return the id of an event that a transcript tells of; ids of one type sort by their time."""
    return f"{PREFIX}{event_type}:{at:013d}:{key}"[:200]


def id_range(event_type: str, at: int) -> tuple[str, str]:
    """Return the first id of a type at about that time, and the first that is past it."""
    slack = END_MS if event_type in {"SessionStart", "SessionEnd"} else ALIKE_MS
    return first_id(event_type, at - slack), first_id(event_type, at + slack + 1)


def first_id(event_type: str, at: int) -> str:
    """Return the text before all ids of a type at a time, and behind those of earlier times."""
    return f"{PREFIX}{event_type}:{max(0, at):013d}:"


def is_backfilled(event_id: str | None) -> bool:
    """Tell whether an event came from a transcript."""
    return event_id is not None and event_id.startswith(PREFIX)


def nearest(traces: Sequence[Trace], at: int) -> Trace | None:
    """Return the one next to a time."""
    return min(traces, key=lambda trace: abs(trace.timestamp - at), default=None)
