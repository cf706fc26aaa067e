"""Know which model a session uses, and note it on each fact: few bodies say it themselves.

In: facts. Out: `fact.model_name`; a table with the model of each session.
"""

from collections.abc import Sequence
from typing import Final

import msgspec

from queryd.views.batch import Fact
from queryd.views.store import Database
from queryd.views.view import Forgotten, View
from shared.event import is_record

TABLES: Final = """
    CREATE TABLE models (
        session_id TEXT PRIMARY KEY,
        model_name TEXT NOT NULL,
        last_event_id INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
"""


def fold(database: Database, facts: Sequence[Fact]) -> None:
    """Note the model on each fact, and keep what changed."""
    known = _load(database, {fact.event.session_id for fact in facts})
    changed: dict[str, tuple[str, int]] = {}
    for fact in facts:
        session_id = fact.event.session_id
        told = _told_by(fact)
        # A subagent may use a model of its own.
        is_now = not fact.is_late or session_id not in known
        if told is not None and not fact.agent_id and is_now and told != known.get(session_id):
            known[session_id] = told
            changed[session_id] = (told, fact.id)
        fact.model_name = told or known.get(session_id)
    database.run_many(
        "INSERT OR REPLACE INTO models VALUES (?, ?, ?)",
        [(session_id, *told) for session_id, told in changed.items()],
    )


def _load(database: Database, session_ids: set[str]) -> dict[str, str]:
    rows = database.fetch(
        """
        SELECT session_id, model_name FROM models
        WHERE session_id IN (SELECT value FROM json_each(?))
        """,
        (msgspec.json.encode(sorted(session_ids)).decode(),),
    )
    return dict(rows)


def _told_by(fact: Fact) -> str | None:
    """Return the model an event tells of; a PreModelSwitch names one that may yet be refused."""
    if fact.event.hook_event_type == "PreModelSwitch" or not _is_of_main(fact):
        return None
    return fact.event.model_name or None


def _is_of_main(fact: Fact) -> bool:
    """Tell whether the model of an event is its session's: titles and summaries have others."""
    kind = fact.event.hook_event_type
    if not is_record(kind) or kind == "status_line":
        return True
    return kind == "api_request" and fact.payload.get("query_source") in _MAIN_SOURCES


_MAIN_SOURCES: Final = frozenset({"repl_main_thread", "sdk"})
"""How telemetry calls the main thread: in a terminal, and in print mode."""


def _forget(database: Database, gone: Forgotten) -> None:
    database.run(
        """
        DELETE FROM models WHERE last_event_id < ?1 AND session_id NOT IN
            (SELECT session_id FROM sessions WHERE last_event_id >= ?1)
        """,
        (gone.first_id,),
    )


VIEW: Final = View(tables=TABLES, fold=fold, forget=_forget)
