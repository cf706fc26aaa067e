"""Add up the requests of each session and each subagent, source by source.

In: what events did to requests. Out: a row a session, subagents included, and a row a subagent.
Every figure is a sum of whole numbers, so the order of the log does not matter.
"""

from collections.abc import Iterable, Sequence
from typing import Final

import msgspec

from queryd.store.fact import Fact
from queryd.store.request import Request, RequestTransition
from queryd.store.store import Database, Value
from queryd.store.view import Deleted, View, delete_by_session
from queryd.usage.event import RequestChanges

_BREAK: Final = "\n"
_COLUMNS: Final = """
        requests INTEGER NOT NULL,
        unpriced INTEGER NOT NULL,
        input INTEGER NOT NULL,
        output INTEGER NOT NULL,
        cache_read INTEGER NOT NULL,
        cache_creation INTEGER NOT NULL,
        nanos INTEGER NOT NULL,              -- each request once, from its best source
        otlp_requests INTEGER NOT NULL,
        otlp_nanos INTEGER NOT NULL,
        transcript_requests INTEGER NOT NULL,
        transcript_unpriced INTEGER NOT NULL,
        transcript_nanos INTEGER NOT NULL,
        transcript_alone INTEGER NOT NULL,   -- requests that telemetry did not report
        first_at INTEGER NOT NULL,
        last_at INTEGER NOT NULL,
        first_otlp_at INTEGER,
        model_name TEXT,                     -- of the last request
        source_app TEXT,
        last_event_id INTEGER NOT NULL,
        model_names TEXT NOT NULL            -- of all requests ever, each between two line breaks
"""
TABLES: Final = f"""
    CREATE TABLE spending (
        session_id TEXT PRIMARY KEY,
        {_COLUMNS}
    ) STRICT;
    CREATE INDEX spending_most
        ON spending (nanos, session_id, first_at, last_at, source_app, model_names);
    CREATE INDEX spending_lately
        ON spending (last_at, first_at, nanos, session_id, source_app, model_names);
    CREATE TABLE spending_of_agents (
        session_id TEXT NOT NULL,
        agent_id TEXT NOT NULL,
        {_COLUMNS},
        PRIMARY KEY (session_id, agent_id)
    ) STRICT, WITHOUT ROWID;
"""


class Spending(msgspec.Struct):
    """Hold sums of requests, or what is added to them; costs are nano-dollars."""

    requests: int = 0
    unpriced: int = 0
    input: int = 0
    output: int = 0
    cache_read: int = 0
    cache_creation: int = 0
    nanos: int = 0
    otlp_requests: int = 0
    otlp_nanos: int = 0
    transcript_requests: int = 0
    transcript_unpriced: int = 0
    transcript_nanos: int = 0
    transcript_alone: int = 0
    first_at: int = 2**62
    last_at: int = 0
    first_otlp_at: int | None = None
    model_name: str | None = None
    source_app: str | None = None
    last_event_id: int = 0
    model_names: str = ""


def model_entry(model_name: str) -> str:
    """Return a model's entry in `model_names`; an entry is found as a part of the text."""
    return f"{_BREAK}{model_name.replace(_BREAK, ' ')}{_BREAK}"


def fold(
    database: Database, facts: Sequence[Fact], request_changes: Sequence[RequestChanges]
) -> None:
    """Add what changed to the sums."""
    sessions: dict[str, Spending] = {}
    agents: dict[tuple[str, str], Spending] = {}
    others: set[str] = set()
    for fact, changes in zip(facts, request_changes, strict=True):
        for transition in changes.transitions:
            for request, sign in _signed(transition):
                _add(sessions.setdefault(request.session_id, Spending()), request, sign, fact.id)
                if request.agent_id:
                    key = request.session_id, request.agent_id
                    _add(agents.setdefault(key, Spending()), request, sign, fact.id)
                if request.session_id != fact.event.session_id:
                    others.add(request.session_id)
    if sessions:
        database.define("with_names", _with_names, 2)
        database.run_many(_save("spending", 1), (_row((key,), it) for key, it in sessions.items()))
        database.run_many(
            _save("spending_of_agents", 2), (_row(key, it) for key, it in agents.items())
        )
    if others:
        _touch_sessions(database, others)


def _signed(transition: RequestTransition) -> Iterable[tuple[Request, int]]:
    if transition.before is not None:
        yield transition.before, -1
    if transition.after is not None:
        yield transition.after, 1


def _add(sums: Spending, request: Request, sign: int, event_id: int) -> None:
    sums.last_event_id = event_id
    sums.nanos += sign * (request.cost_nanos or 0)
    if sign > 0:
        sums.model_names = _with_names(sums.model_names, model_entry(request.model_name or ""))
        sums.first_at = min(sums.first_at, request.at)
        if request.at >= sums.last_at:
            sums.last_at = request.at
            sums.model_name = request.model_name
        sums.source_app = request.source_app or sums.source_app
    if request.source == "status_line":
        return
    sums.requests += sign
    sums.unpriced += sign * (request.cost_nanos is None)
    sums.input += sign * request.input
    sums.output += sign * request.output
    sums.cache_read += sign * request.cache_read
    sums.cache_creation += sign * request.cache_creation
    if request.in_transcript:
        sums.transcript_requests += sign
        sums.transcript_unpriced += sign * (request.transcript_nanos is None)
        sums.transcript_nanos += sign * (request.transcript_nanos or 0)
        sums.transcript_alone += sign * (not request.in_otlp)
    if request.in_otlp:
        sums.otlp_requests += sign
        sums.otlp_nanos += sign * (request.otlp_nanos or 0)
        if sign > 0:
            at = request.at
            sums.first_otlp_at = at if sums.first_otlp_at is None else min(sums.first_otlp_at, at)


def _with_names(names: str, added: str) -> str:
    """Return the union of two texts of names, in order."""
    if added in names:
        return names
    both = {*names[1:-1].split(_BREAK), *added[1:-1].split(_BREAK)} if names else {added[1:-1]}
    return f"{_BREAK}{_BREAK.join(sorted(both))}{_BREAK}"


def _row(key: tuple[str, ...], sums: Spending) -> tuple[Value, ...]:
    return (*key, *msgspec.structs.astuple(sums))


def _save(table: str, keys: int) -> str:
    marks = ", ".join("?" * (keys + len(Spending.__struct_fields__)))
    summed = Spending.__struct_fields__[: Spending.__struct_fields__.index("first_at")]
    adding = ", ".join(f"{name} = {name} + excluded.{name}" for name in summed)
    return f"""
        INSERT INTO {table} VALUES ({marks}) ON CONFLICT DO UPDATE SET {adding},
            first_at = min(first_at, excluded.first_at),
            model_name = iif(excluded.last_at >= last_at, excluded.model_name, model_name),
            last_at = max(last_at, excluded.last_at),
            first_otlp_at = coalesce(min(first_otlp_at, excluded.first_otlp_at),
                first_otlp_at, excluded.first_otlp_at),
            source_app = coalesce(excluded.source_app, source_app),
            last_event_id = excluded.last_event_id,
            model_names = with_names(model_names, excluded.model_names)
    """


def _touch_sessions(database: Database, session_ids: set[str]) -> None:
    """Send new rows of the sessions that an event of another session changed."""
    database.run_many(
        """
        UPDATE sessions SET revision = (SELECT max(revision) + 1 FROM sessions)
        WHERE session_id = ?
        """,
        [(session_id,) for session_id in sorted(session_ids)],
    )


def _forget(database: Database, deleted: Deleted) -> None:
    for table in ("spending", "spending_of_agents"):
        delete_by_session(database, table, deleted)


VIEW: Final = View(tables=TABLES, forget=_forget)
