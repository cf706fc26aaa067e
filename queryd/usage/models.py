"""Keep the model of each session: few events name it.

In: facts. Out: the model of each fact's session at that time; a row a session.
"""

from collections.abc import Sequence
from typing import Final

from queryd.store.conditions import json_list
from queryd.store.fact import Fact
from queryd.store.request import is_main
from queryd.store.store import Database
from queryd.store.view import Deleted, View, delete_by_session
from queryd.usage.records import API_REQUEST, USAGE
from queryd.usage.windows import SUFFIX
from shared.event import STATUS_LINE, is_record

TABLES: Final = """
    CREATE TABLE models (
        session_id TEXT PRIMARY KEY,
        model_name TEXT NOT NULL,
        last_event_id INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
"""


def fold(database: Database, facts: Sequence[Fact]) -> list[str | None]:
    """Store the model of each session; return the one that each event's session used."""
    current = _load(database, {fact.event.session_id for fact in facts})
    changed: dict[str, tuple[str, int]] = {}
    names: list[str | None] = []
    for fact in facts:
        session_id = fact.event.session_id
        before = current.get(session_id)
        reported = _reported_model(fact, before)
        # A subagent may use a model of its own.
        is_current = not fact.agent_id and (not fact.is_backfilled or before is None)
        if reported is not None and reported != before and is_current:
            current[session_id] = reported
            changed[session_id] = (reported, fact.id)
        names.append(reported or current.get(session_id))
    database.run_many(
        "INSERT OR REPLACE INTO models VALUES (?, ?, ?)",
        [(session_id, *reported) for session_id, reported in changed.items()],
    )
    return names


def _load(database: Database, session_ids: set[str]) -> dict[str, str]:
    rows = database.fetch(
        """
        SELECT session_id, model_name FROM models
        WHERE session_id IN (SELECT value FROM json_each(?))
        """,
        (json_list(sorted(session_ids)),),
    )
    return dict(rows)


def _reported_model(fact: Fact, current: str | None) -> str | None:
    """Return the model that an event reports; that of a PreModelSwitch may still be refused."""
    reported = fact.event.model_name or None
    if reported is None or fact.event.hook_event_type == "PreModelSwitch":
        return None
    if is_record(fact.event.hook_event_type):
        return _model_in_record(fact, reported, current)
    return reported


def _model_in_record(fact: Fact, reported: str, current: str | None) -> str | None:
    """Return the model of the main thread, where a record reports it.

    Other models write titles and summaries. Requests do not name the window: `[1m]` stays.
    """
    kind = fact.event.hook_event_type
    if kind == STATUS_LINE:
        return reported
    source = fact.payload.get("query_source")
    is_of_main = is_main(source if isinstance(source, str) else None)
    if kind not in {API_REQUEST, USAGE} or not is_of_main:
        return None
    return current if current == reported + SUFFIX else reported


def _forget(database: Database, deleted: Deleted) -> None:
    delete_by_session(database, "models", deleted)


VIEW: Final = View(tables=TABLES, forget=_forget)
