"""Keep the errors of the API, each once, whichever sources report it.

In: `api_error` and `api_retries_exhausted` of telemetry, StopFailure of hooks. Out: a row an error;
which errors each event added or removed. Telemetry reports every request that failed for good, a
hook that a turn did: where telemetry reported an error of a turn, the hook's is the same one.
"""

import re
from collections.abc import Sequence
from typing import Final

import msgspec

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
        kind TEXT NOT NULL,            -- '' for retries that were given up
        message TEXT,
        by_hook INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX api_errors_at ON api_errors (at, kind, id);
    CREATE INDEX api_errors_of_session ON api_errors (session_id, at);
"""
MESSAGE_CHARS: Final = 400
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
    """Take each error; drop a hook's where telemetry has the same. Return what each event did."""
    relevant = [fact for fact in facts if fact.event.hook_event_type in _RECORDS]
    failures = [failed for fact in relevant if (failed := _failed(fact)) is not None]
    if not failures:
        return [()] * len(facts)
    changes: dict[int, list[tuple[int, ApiError]]] = {}
    known = _known(database, {failed.session_id for failed in failures})
    new: dict[int, ApiError] = {}
    removed: list[int] = []
    for failed in failures:
        turn = known.setdefault((failed.session_id, failed.prompt_id), [])
        if failed.by_hook and any(not it.by_hook for it in turn):
            continue
        if failed.kind and not failed.by_hook:
            for hooks in [it for it in turn if it.by_hook]:
                turn.remove(hooks)
                changes.setdefault(failed.id, []).append((-1, hooks))
                removed.append(hooks.id)
                new.pop(hooks.id, None)
        changes.setdefault(failed.id, []).append((1, failed))
        new[failed.id] = failed
        if failed.kind:
            turn.append(failed)
    database.run_many("DELETE FROM api_errors WHERE id = ?", [(number,) for number in removed])
    database.run_many(
        f"INSERT INTO api_errors ({_COLUMNS}) VALUES"
        f" ({', '.join('?' * len(ApiError.__struct_fields__))})",
        map(msgspec.structs.astuple, new.values()),
    )
    return [changes.get(fact.id, ()) for fact in facts]


def errors_by_kind(views: ViewReader, first: int, end: int) -> list[Row]:
    """Return kind, count, time and id of the last, the most frequent first; times in ms."""
    return views.fetch(
        "SELECT kind, count(*), max(at), id FROM api_errors"
        " WHERE at >= ? AND at < ? AND kind <> '' GROUP BY kind ORDER BY 2 DESC, 1",
        (first, end),
    )


def kind_of(status_code: int | None, message: str | None) -> str:
    """Name an error of the API as hooks name it, by its status or else by what it says."""
    if status_code is not None:
        named = _BY_STATUS.get(status_code)
        return named or ("server_error" if status_code >= 500 else "invalid_request")
    for pattern, kind in _BY_TEXT:
        if pattern.search(message or ""):
            return kind
    return "unknown"


def _failed(fact: UsageEvent) -> ApiError | None:
    given = fact.payload
    match fact.event.hook_event_type:
        case "api_error":
            message = text(given.get("error"))
            kind = kind_of(amount(given.get("status_code")), message)
        case "api_retries_exhausted":
            kind, message = "", text(given.get("error"))
        case "StopFailure":
            kind = text(given.get("error")) or "unknown"
            message = text(given.get("last_assistant_message")) or text(given.get("error_details"))
        case _:
            return None
    reported_type = text(given.get("agent.name")) or fact.agent_type
    return ApiError(
        id=fact.id,
        at=fact.event.timestamp,
        session_id=fact.event.session_id,
        prompt_id=text(given.get("prompt.id")) or text(given.get("prompt_id")),
        agent_type=(reported_type or SUBAGENT) if fact.agent_id else "",
        source_app=fact.source_app,
        model_name=text(given.get("model")) or fact.model_name,
        kind=kind[:MESSAGE_CHARS],
        message=message and message[:MESSAGE_CHARS],
        by_hook=fact.event.hook_event_type not in {API_ERROR, RETRIES_EXHAUSTED},
    )


def _known(
    database: Database, session_ids: set[str]
) -> dict[tuple[str, str | None], list[ApiError]]:
    found: dict[tuple[str, str | None], list[ApiError]] = {}
    rows = database.fetch(
        f"SELECT {_COLUMNS} FROM api_errors"
        " WHERE session_id IN (SELECT value FROM json_each(?)) AND kind <> ''",
        (msgspec.json.encode(sorted(session_ids)).decode(),),
    )
    for row in rows:
        failed = ApiError(**dict(zip(ApiError.__struct_fields__, row, strict=True)))
        found.setdefault((failed.session_id, failed.prompt_id), []).append(failed)
    return found


def _forget(database: Database, deleted: Deleted) -> None:
    if deleted.payload_only:
        # A hook's kind is its own word; that of telemetry is one of ours.
        words = "message = NULL, kind = iif(by_hook, 'unknown', kind)"
        clear_by_event(database, "api_errors", "id", words, deleted)
    else:
        delete_by_event(database, "api_errors", "id", deleted)


_RECORDS: Final = frozenset({API_ERROR, RETRIES_EXHAUSTED, "StopFailure"})
_BY_TEXT: Final = (
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
