"""Know which model a session uses: few bodies say it themselves.

In: facts. Out: the model of each fact's session then; a table with the model of each session.
"""

from collections.abc import Sequence
from typing import Final

import msgspec

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
    """Keep the model of each session; return which one each event's session used then."""
    known = _load(database, {fact.event.session_id for fact in facts})
    changed: dict[str, tuple[str, int]] = {}
    names: list[str | None] = []
    for fact in facts:
        session_id = fact.event.session_id
        reported = _reported_model(fact, known.get(session_id))
        # A subagent may use a model of its own.
        is_now = not fact.is_backfilled or session_id not in known
        if (
            reported is not None
            and not fact.agent_id
            and is_now
            and reported != known.get(session_id)
        ):
            known[session_id] = reported
            changed[session_id] = (reported, fact.id)
        names.append(reported or known.get(session_id))
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
        (msgspec.json.encode(sorted(session_ids)).decode(),),
    )
    return dict(rows)


def _reported_model(fact: Fact, known: str | None) -> str | None:
    """Return the model an event reports; a PreModelSwitch names one that may yet be refused."""
    reported = fact.event.model_name or None
    if reported is None or fact.event.hook_event_type == "PreModelSwitch":
        return None
    if is_record(fact.event.hook_event_type):
        return _in_record(fact, reported, known)
    return reported


def _in_record(fact: Fact, reported: str, known: str | None) -> str | None:
    """Return the model of the main thread, where a record reports it.

    Titles and summaries are written by others, and requests name no window: `[1m]` stays.
    """
    kind = fact.event.hook_event_type
    if kind == STATUS_LINE:
        return reported
    source = fact.payload.get("query_source")
    of_main = is_main(source if isinstance(source, str) else None)
    if kind not in {API_REQUEST, USAGE} or not of_main:
        return None
    return known if known is not None and known == reported + SUFFIX else reported


def _forget(database: Database, deleted: Deleted) -> None:
    delete_by_session(database, "models", deleted)


VIEW: Final = View(tables=TABLES, forget=_forget)
