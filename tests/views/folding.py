"""Fold captured bodies through a real log and real views, all at once or event by event."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec

from ingestd.decode import Sent, decode_one
from queryd.views.batch import fact_of
from queryd.views.calls import COLUMNS, call_of
from queryd.views.folding import Views
from queryd.views.rows import AgentRow, CallRow, SessionRow, agent_row, call_row, session_row
from queryd.views.sessions import agent_of, session_of
from queryd.views.store import Database
from shared.event import Event

Bodies = list[tuple[int, dict[str, Any]]]


class Folded(msgspec.Struct):
    """Hold what came out."""

    sessions: dict[str, SessionRow]
    calls: list[CallRow]
    agents: list[AgentRow]


def fold_step_by_step(bodies: Bodies) -> Iterator[SessionRow]:
    """Yield, after each event, the row of its session as of that moment."""
    with _views() as views:
        for event in events_of(bodies):
            views.fold([fact_of(event)])
            yield sessions_of(views, now=event.timestamp)[event.session_id]


def fold_all(bodies: Bodies) -> Folded:
    """Fold all of it at once."""
    events = events_of(bodies)
    with _views() as views:
        views.fold([fact_of(event) for event in events])
        now = events[-1].timestamp
        agents = views.database.fetch("SELECT state FROM agents ORDER BY id")
        return Folded(
            sessions=sessions_of(views, now=now),
            calls=calls_of(views),
            agents=[agent_row(agent_of(state), now=now, gone=False) for (state,) in agents],
        )


def events_of(bodies: Bodies) -> list[Event]:
    """Return bodies as the events ingestd makes of them, numbered as the log would."""
    return [
        msgspec.structs.replace(
            decode_one(msgspec.json.encode(body), Sent(fired_at=at))[0].event, id=number
        )
        for number, (at, body) in enumerate(bodies, start=1)
    ]


def sessions_of(views: Views, *, now: int) -> dict[str, SessionRow]:
    """Return every session's row as of a time."""
    states = views.database.fetch("SELECT state FROM sessions ORDER BY id")
    sessions = [session_of(state) for (state,) in states]
    return {it.session_id: session_row(it, [], now=now, gone=False) for it in sessions}


def calls_of(views: Views) -> list[CallRow]:
    """Return every call, in the order in which they were first heard of."""
    rows = views.database.fetch(f"SELECT {COLUMNS} FROM calls ORDER BY id")
    return [call_row(call_of(row)) for row in rows]


@contextmanager
def _views() -> Iterator[Views]:
    with tempfile.TemporaryDirectory() as folder:
        views = Views(Path(folder) / "views.db")
        try:
            yield views
        finally:
            views.close()


def dump(database: Database) -> dict[str, list[Any]]:
    """Return all that the views hold, but for the revisions, which count steps of folding."""
    tables = database.fetch(
        "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table'"
        " AND name NOT LIKE 'sqlite_%' ORDER BY name"
    )
    held: dict[str, list[Any]] = {}
    for (table,) in tables:
        columns = [
            name
            for (name,) in database.fetch("SELECT name FROM pragma_table_info(?)", (table,))
            if name != "revision"
        ]
        rows = database.fetch(f"SELECT {', '.join(columns)} FROM {table} ORDER BY 1, 2")
        held[table] = [tuple(_readable(value) for value in row) for row in rows]
    return held


def _readable(value: Any) -> Any:
    """Decode what is stored as MessagePack, so that a difference can be read."""
    return msgspec.msgpack.decode(value) if isinstance(value, bytes) else value
