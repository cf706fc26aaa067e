"""Keep the errors of the API, each once, whichever sources report it.

In: `api_error` and `api_retries_exhausted` of telemetry, StopFailure of hooks. Out: a row an error;
which errors each event added or removed. Telemetry reports each failed request and a hook each
failed turn: an error from a hook is dropped when telemetry reports one of the same turn.
"""

import re
from collections.abc import Sequence
from typing import Final

import msgspec

from queryd.store.conditions import json_list
from queryd.store.request import ApiError
from queryd.store.store import Database, Row, ViewReader
from queryd.store.view import Deleted, View, clear_by_event, delete_by_event
from queryd.usage.event import FailureChanges, UsageEvent
from queryd.usage.records import (
    API_ERROR,
    RETRIES_EXHAUSTED,
    SUBAGENT,
    amount,
    text,
)

TABLES: Final = """
    CREATE TABLE api_errors (
        id INTEGER PRIMARY KEY,        -- the event
        at INTEGER NOT NULL,
        session_id TEXT NOT NULL,
        prompt_id TEXT,
        agent_type TEXT NOT NULL,      -- '' for the main thread
        source_app TEXT,
        model_name TEXT,
        kind TEXT NOT NULL,            -- '' for exhausted retries
        message TEXT,
        by_hook INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX api_errors_at ON api_errors (at);
    CREATE INDEX api_errors_of_kind ON api_errors (kind, at, id);
    CREATE INDEX api_errors_of_session ON api_errors (session_id, at);
"""
MAX_MESSAGE_CHARS: Final = 400
_COLUMNS: Final = ", ".join(ApiError.__struct_fields__)
_BY_STATUS: Final = {
    401: "authentication_failed",
    402: "billing_error",
    403: "permission_denied",
    404: "not_found",
    408: "timeout",
    413: "request_too_large",
    429: "rate_limit",
    504: "timeout",
    529: "overloaded",
}


def fold(database: Database, facts: Sequence[UsageEvent]) -> list[FailureChanges]:
    """Add each error, or replace a hook's by that of telemetry; return what each event changed."""
    relevant = [fact for fact in facts if fact.event.hook_event_type in _RECORDS]
    new_errors = [error for fact in relevant if (error := _error_of(fact)) is not None]
    if not new_errors:
        return [()] * len(facts)
    errors = _Errors(database, {error.session_id for error in new_errors})
    for error in new_errors:
        errors.add(error)
    errors.save()
    return [errors.changes.get(fact.id, ()) for fact in facts]


def errors_by_kind(views: ViewReader, first: int, end: int) -> list[Row]:
    """Return kind, count, and time and id of the last error; the most frequent kind first."""
    # Grouped by kind, the errors of a range are sorted, which takes six times the steps.
    return views.fetch(_BY_KIND, {"first": first, "end": end})


def kind_of(status_code: int | None, message: str | None) -> str:
    """Return the name that hooks give an error, by its status or else by its message."""
    if status_code is not None:
        other = "server_error" if status_code >= 500 else "invalid_request"
        return _BY_STATUS.get(status_code, other)
    for pattern, kind in _BY_MESSAGE:
        if pattern.search(message or ""):
            return kind
    return "unknown"


class _Errors:
    """Hold the errors of some sessions."""

    def __init__(self, database: Database, session_ids: set[str]) -> None:
        self._database = database
        self._by_turn = _stored_errors(database, session_ids)
        self._added: dict[int, ApiError] = {}
        self._removed: list[int] = []
        self.changes: dict[int, list[tuple[int, ApiError]]] = {}
        """By event."""

    def add(self, error: ApiError) -> None:
        """Add an error, unless telemetry has reported its turn's."""
        turn = self._by_turn.setdefault((error.session_id, error.prompt_id), [])
        if error.by_hook and any(not it.by_hook for it in turn):
            return
        if error.kind and not error.by_hook:
            for reported_by_hook in [it for it in turn if it.by_hook]:
                turn.remove(reported_by_hook)
                self._remove(reported_by_hook, event_id=error.id)
        self.changes.setdefault(error.id, []).append((1, error))
        self._added[error.id] = error
        if error.kind:
            turn.append(error)

    def save(self) -> None:
        """Write what changed."""
        columns = ApiError.__struct_fields__
        self._database.run_many(
            "DELETE FROM api_errors WHERE id = ?", [(it,) for it in self._removed]
        )
        self._database.run_many(
            f"INSERT INTO api_errors ({_COLUMNS}) VALUES ({', '.join('?' * len(columns))})",
            map(msgspec.structs.astuple, self._added.values()),
        )

    def _remove(self, error: ApiError, *, event_id: int) -> None:
        self.changes.setdefault(event_id, []).append((-1, error))
        self._removed.append(error.id)
        self._added.pop(error.id, None)


def _error_of(fact: UsageEvent) -> ApiError | None:
    payload = fact.payload
    match fact.event.hook_event_type:
        case "api_error":
            message = text(payload.get("error"))
            kind = kind_of(amount(payload.get("status_code")), message)
        case "api_retries_exhausted":
            kind, message = "", text(payload.get("error"))
        case "StopFailure":
            kind = text(payload.get("error")) or "unknown"
            message = text(payload.get("last_assistant_message")) or text(
                payload.get("error_details")
            )
        case _:
            return None
    reported_type = text(payload.get("agent.name")) or fact.agent_type
    return ApiError(
        id=fact.id,
        at=fact.event.timestamp,
        session_id=fact.event.session_id,
        prompt_id=text(payload.get("prompt.id")) or text(payload.get("prompt_id")),
        agent_type=(reported_type or SUBAGENT) if fact.agent_id else "",
        source_app=fact.source_app,
        model_name=text(payload.get("model")) or fact.model_name,
        kind=kind[:MAX_MESSAGE_CHARS],
        message=message and message[:MAX_MESSAGE_CHARS],
        by_hook=fact.event.hook_event_type not in {API_ERROR, RETRIES_EXHAUSTED},
    )


def _stored_errors(
    database: Database, session_ids: set[str]
) -> dict[tuple[str, str | None], list[ApiError]]:
    errors: dict[tuple[str, str | None], list[ApiError]] = {}
    rows = database.fetch(
        f"SELECT {_COLUMNS} FROM api_errors"
        " WHERE session_id IN (SELECT value FROM json_each(?)) AND kind <> ''",
        (json_list(sorted(session_ids)),),
    )
    for row in rows:
        error = ApiError(**dict(zip(ApiError.__struct_fields__, row, strict=True)))
        errors.setdefault((error.session_id, error.prompt_id), []).append(error)
    return errors


def _forget(database: Database, deleted: Deleted) -> None:
    if deleted.payload_only:
        # A hook's kind is a text of its payload; telemetry's is one of `kind_of`.
        cleared = "message = NULL, kind = iif(by_hook, 'unknown', kind)"
        clear_by_event(database, "api_errors", "id", cleared, deleted)
    else:
        delete_by_event(database, "api_errors", "id", deleted)


_IN_RANGE: Final = "e.kind = kinds.kind AND at >= :first AND at < :end"
_BY_KIND: Final = f"""
    WITH RECURSIVE kinds (kind) AS (
        SELECT (SELECT min(kind) FROM api_errors WHERE kind > '')
        UNION ALL
        SELECT (SELECT min(kind) FROM api_errors WHERE kind > kinds.kind) FROM kinds
        WHERE kind IS NOT NULL
    )
    SELECT last.kind, count, last.at, last.id FROM (
        SELECT kinds.kind, (SELECT count(*) FROM api_errors AS e WHERE {_IN_RANGE}) AS count,
            (SELECT id FROM api_errors AS e WHERE {_IN_RANGE} ORDER BY at DESC, id DESC LIMIT 1)
            AS last_id
        FROM kinds WHERE kinds.kind IS NOT NULL
    ) CROSS JOIN api_errors AS last ON last.id = last_id ORDER BY count DESC, last.kind
"""
_RECORDS: Final = frozenset({API_ERROR, RETRIES_EXHAUSTED, "StopFailure"})
_BY_MESSAGE: Final = (
    (re.compile(r"time[d ]?[- ]?out", re.IGNORECASE), "timeout"),
    (re.compile(r"overload", re.IGNORECASE), "overloaded"),
    (re.compile(r"rate.?limit", re.IGNORECASE), "rate_limit"),
    (re.compile(r"abort|cancel", re.IGNORECASE), "aborted"),
    (
        re.compile(r"connect|socket|network|ECONN|ENOTFOUND|fetch failed", re.IGNORECASE),
        "connection",
    ),
)
VIEW: Final = View(tables=TABLES, forget=_forget)
