"""Keep which states each session and each subagent was in, and for how long.

In: facts, with the spans noted on them that they ended. Out: a row a span. The open span of each is
told by the session's or the subagent's own state.
"""

from collections.abc import Sequence
from typing import Final

from queryd.views.batch import Fact
from queryd.views.store import Database
from queryd.views.view import Forgotten, View

REASON_CHARS: Final = 200

TABLES: Final = """
    CREATE TABLE spans (
        session_id TEXT NOT NULL,
        agent_id TEXT NOT NULL,      -- '' for the main thread
        since INTEGER NOT NULL,
        until INTEGER NOT NULL,      -- the next one's since, or when silence turned to quiet
        status TEXT NOT NULL,
        reason TEXT,
        event_id INTEGER NOT NULL,   -- the event that ended it
        PRIMARY KEY (session_id, agent_id, since)
    ) STRICT, WITHOUT ROWID;
"""


def fold(database: Database, facts: Sequence[Fact]) -> None:
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
        )
        for fact in facts
        for span in fact.ended
    ]
    if rows:
        database.run_many("INSERT INTO spans VALUES (?, ?, ?, ?, ?, ?, ?)", rows)


def _forget(database: Database, gone: Forgotten) -> None:
    database.run("DELETE FROM spans WHERE event_id < ?", (gone.first_id,))


VIEW: Final = View(tables=TABLES, fold=fold, forget=_forget)
