"""Keep the ended spans of each status; the open one is part of its session's or agent's state."""

from collections.abc import Sequence
from typing import Final

from queryd.store.fact import Fact, SessionChange
from queryd.store.store import Database
from queryd.store.view import Deleted, View, clear_by_event, delete_by_event

REASON_CHARS: Final = 200

TABLES: Final = """
    CREATE TABLE spans (
        session_id TEXT NOT NULL,
        agent_id TEXT NOT NULL,      -- '' for the main thread
        since INTEGER NOT NULL,
        until INTEGER NOT NULL,      -- the next one's since, or when it became quiet
        status TEXT NOT NULL,
        reason TEXT,
        event_id INTEGER NOT NULL,   -- the event that ended it
        reason_id INTEGER,           -- the event the reason came from
        PRIMARY KEY (session_id, agent_id, since)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX spans_of_event ON spans (event_id);
    CREATE INDEX spans_of_reason ON spans (reason_id) WHERE reason_id IS NOT NULL;
"""


def fold(
    database: Database, facts: Sequence[Fact], session_changes: Sequence[SessionChange]
) -> None:
    """Store the spans that facts ended."""
    rows = [
        (
            fact.event.session_id,
            span.agent_id,
            span.since,
            span.until,
            span.status,
            span.reason and span.reason[:REASON_CHARS],
            fact.id,
            (span.reason_id or None) if span.reason else None,
        )
        for fact, changes in zip(facts, session_changes, strict=True)
        for span in changes.ended_states
    ]
    if rows:
        database.run_many("INSERT INTO spans VALUES (?, ?, ?, ?, ?, ?, ?, ?)", rows)


def _delete_events(database: Database, deleted: Deleted) -> None:
    clear_by_event(database, "spans", "reason_id", "reason = NULL, reason_id = NULL", deleted)
    if not deleted.payload_only:
        delete_by_event(database, "spans", "event_id", deleted)


VIEW: Final = View(tables=TABLES, forget=_delete_events)
