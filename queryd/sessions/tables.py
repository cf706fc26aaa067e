"""The tables of sessions and subagents, and how a state is stored in them."""

from collections.abc import Sequence
from typing import Any, Final, TypeVar

import msgspec

from queryd.sessions.quiet import quiet_at
from queryd.sessions.state import FINISHED, Agent, Session
from queryd.store.conditions import json_list
from queryd.store.periods import DAY_MS
from queryd.store.store import DamagedError, Database

T = TypeVar("T")

LONG_SESSION_MS: Final = 2 * DAY_MS
IS_LONG: Final = f"last_event_at - first_event_at > {LONG_SESSION_MS}"
"""Few sessions are: those that were active in an old range are found without all newer ones."""
TABLES: Final = f"""
    CREATE TABLE sessions (
        id INTEGER PRIMARY KEY,          -- its first event
        session_id TEXT NOT NULL UNIQUE,
        revision INTEGER NOT NULL,       -- grows with every change, for the session feed
        source_app TEXT,
        model_name TEXT,
        status TEXT NOT NULL,            -- as of its last event; never quiet, see quiet_at
        quiet_at INTEGER,                -- ms; null when silence does not make it quiet
        host TEXT,
        pid INTEGER,
        pid_domain TEXT,                 -- PID namespace; null when unknown
        process_ended INTEGER NOT NULL DEFAULT 0, -- its process was not found
        first_event_at INTEGER NOT NULL,
        last_event_at INTEGER NOT NULL,
        last_event_id INTEGER NOT NULL,
        event_count INTEGER NOT NULL,
        tool_count INTEGER NOT NULL,
        failure_count INTEGER NOT NULL,
        state BLOB NOT NULL              -- MessagePack of `Session`
    ) STRICT;
    CREATE INDEX sessions_changed ON sessions (revision, id);
    CREATE INDEX sessions_newest ON sessions (last_event_at, id, first_event_at);
    CREATE INDEX sessions_long ON sessions (last_event_at, id, first_event_at) WHERE {IS_LONG};
    CREATE INDEX sessions_of_project ON sessions (source_app, last_event_at, id, first_event_at);
    CREATE INDEX sessions_of_project_status ON sessions (source_app, status, last_event_at, id);
    CREATE INDEX sessions_of_model ON sessions (model_name, last_event_at, id, first_event_at);
    CREATE INDEX sessions_of_status ON sessions (status, last_event_at, id);
    CREATE INDEX sessions_busy ON sessions (last_event_at, id)
        WHERE status = 'working' AND quiet_at IS NULL AND NOT process_ended;
    CREATE INDEX sessions_quiet ON sessions (quiet_at) WHERE quiet_at IS NOT NULL;
    CREATE INDEX sessions_process_ended ON sessions (last_event_at, id) WHERE process_ended;
    CREATE INDEX sessions_process_ended_of_project
        ON sessions (source_app, last_event_at, id) WHERE process_ended;
    CREATE INDEX sessions_on_host ON sessions (host, pid_domain, pid)
        WHERE pid IS NOT NULL AND status <> 'ended' AND NOT process_ended;
    CREATE INDEX sessions_last ON sessions (last_event_id);
    CREATE TABLE agents (
        id INTEGER PRIMARY KEY,          -- in the order of their first events
        session_id TEXT NOT NULL,
        agent_id TEXT NOT NULL,
        live INTEGER NOT NULL,           -- neither done nor ended nor failed
        last_event_at INTEGER NOT NULL,
        last_event_id INTEGER NOT NULL,
        state BLOB NOT NULL              -- MessagePack of `Agent`
    ) STRICT;
    CREATE UNIQUE INDEX agents_of_session ON agents (session_id, agent_id);
    CREATE INDEX agents_live ON agents (session_id) WHERE live;
    CREATE INDEX agents_last ON agents (last_event_id);
    CREATE TABLE session_words (         -- which states hold text from which events
        event_id INTEGER NOT NULL,
        session_id TEXT NOT NULL,
        agent_id TEXT NOT NULL,          -- '' for the session itself
        PRIMARY KEY (event_id, session_id, agent_id)
    ) STRICT, WITHOUT ROWID;
"""


def session_of(state: bytes) -> Session:
    """Decode a stored session."""
    return _decoded(_SESSION, state)


def agent_of(state: bytes) -> Agent:
    """Decode a stored subagent."""
    return _decoded(_AGENT, state)


def stored_states(database: Database, sql: str, keys: Sequence[object]) -> list[bytes]:
    """Return the states that a query finds by a list of keys."""
    return [state for (state,) in database.fetch(sql, (json_list(keys),))]


def session_values(session: Session, revision: int) -> tuple[Any, ...]:
    """Return the values of a session for `SAVE_SESSION`."""
    return (
        session.first_event_id,
        session.session_id,
        revision,
        session.source_app,
        session.model_name,
        session.status,
        quiet_at(session),
        session.host,
        session.pid,
        session.pid_domain,
        session.first_event_at,
        session.last_event_at,
        session.last_event_id,
        session.event_count,
        session.tool_count,
        session.failure_count,
        ENCODER.encode(session),
    )


def agent_values(agent: Agent) -> tuple[Any, ...]:
    """Return the values of a subagent for `SAVE_AGENT`."""
    return (
        agent.session_id,
        agent.agent_id,
        agent.base_status not in FINISHED,
        agent.last_event_at,
        agent.last_event_id,
        ENCODER.encode(agent),
    )


def _decoded(decoder: msgspec.msgpack.Decoder[T], state: bytes) -> T:
    try:
        return decoder.decode(state)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise DamagedError(f"cannot read a stored state: {error}") from error


ENCODER: Final = msgspec.msgpack.Encoder()
_SESSION: Final = msgspec.msgpack.Decoder(Session)
_AGENT: Final = msgspec.msgpack.Decoder(Agent)

LOAD_SESSIONS: Final = """
    SELECT state FROM sessions WHERE session_id IN (SELECT value FROM json_each(?))
"""
LOAD_LIVE_AGENTS: Final = """
    SELECT state FROM agents WHERE live AND session_id IN (SELECT value FROM json_each(?))
"""
LOAD_AGENTS: Final = """
    SELECT state FROM agents WHERE (session_id, agent_id) IN (
        SELECT value ->> 0, value ->> 1 FROM json_each(?)
    )
"""
SAVE_SESSION: Final = """
    INSERT INTO sessions (
        id, session_id, revision, source_app, model_name, status, quiet_at, host, pid,
        pid_domain, first_event_at, last_event_at, last_event_id, event_count, tool_count,
        failure_count, state
    ) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (session_id) DO UPDATE SET
        revision = excluded.revision, source_app = excluded.source_app,
        model_name = excluded.model_name, status = excluded.status, quiet_at = excluded.quiet_at,
        host = excluded.host, pid = excluded.pid, pid_domain = excluded.pid_domain,
        process_ended = 0,
        first_event_at = excluded.first_event_at, last_event_at = excluded.last_event_at,
        last_event_id = excluded.last_event_id, event_count = excluded.event_count,
        tool_count = excluded.tool_count, failure_count = excluded.failure_count,
        state = excluded.state
"""
SAVE_AGENT: Final = """
    INSERT INTO agents (session_id, agent_id, live, last_event_at, last_event_id, state)
    VALUES (?, ?, ?, ?, ?, ?)
    ON CONFLICT (session_id, agent_id) DO UPDATE SET live = excluded.live,
        last_event_at = excluded.last_event_at, last_event_id = excluded.last_event_id,
        state = excluded.state
"""
