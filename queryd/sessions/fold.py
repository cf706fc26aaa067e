"""Fold events into sessions and their subagents.

In: facts, with what they did to turns and calls. Out: a row a session, a row a subagent. What an
event means is in `queryd/sessions/rules.py`; here rows are loaded and stored.
"""

from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from typing import Any, Final, TypeVar

import msgspec

from queryd.sessions.clearing import clear_words, sources
from queryd.sessions.lanes import ActorState, ended
from queryd.sessions.rules import SessionEvent, apply, count_transitions, start, take_record
from queryd.sessions.state import FINISHED, Actor, Agent, Session, set_status
from queryd.store.fact import MAIN, CallChanges, EndedState, Fact, SessionChange, TurnChange
from queryd.store.store import DamagedError, Database
from queryd.store.view import Deleted, View, delete_by_event, delete_by_session
from shared.event import NO_SESSION, is_record

T = TypeVar("T")

NO_CHANGE: Final = SessionChange()

MINUTE_MS: Final = 60_000
QUIET_MS: Final = 5 * MINUTE_MS
"""A session that works says something more often than this..."""
QUIET_RUNNING_MS: Final = 15 * MINUTE_MS
"""...but while a call runs, which may take 10 minutes by the client's own limit."""
QUIET_ASKING_MS: Final = 24 * 60 * MINUTE_MS
"""What is asked may stand over night."""

TABLES: Final = """
    CREATE TABLE sessions (
        id INTEGER PRIMARY KEY,          -- the first event of the session
        session_id TEXT NOT NULL UNIQUE,
        revision INTEGER NOT NULL,       -- grows with every change, for who follows them
        source_app TEXT,
        model_name TEXT,
        status TEXT NOT NULL,            -- as of its last event; time alone makes it quiet
        quiet_at INTEGER,                -- ms; null when silence means nothing
        host TEXT,
        pid INTEGER,
        pid_domain TEXT,                 -- where the pid means that process; null when unknown
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
    CREATE INDEX sessions_of_project ON sessions (source_app, last_event_at, id, first_event_at);
    CREATE INDEX sessions_of_project_status ON sessions (source_app, status, last_event_at, id);
    CREATE INDEX sessions_of_model ON sessions (model_name, last_event_at, id, first_event_at);
    CREATE INDEX sessions_of_status ON sessions (status, last_event_at, id);
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
    CREATE TABLE session_words (         -- which states hold words of which events
        event_id INTEGER NOT NULL,
        session_id TEXT NOT NULL,
        agent_id TEXT NOT NULL,          -- '' for the session itself
        PRIMARY KEY (event_id, session_id, agent_id)
    ) STRICT, WITHOUT ROWID;
"""


class _Sender(msgspec.Struct):
    """What the forwarder knew of the process that fired a hook."""

    pid: Any = None
    pid_domain: Any = None
    host: Any = None
    client_version: Any = None


def fold(
    database: Database,
    facts: Sequence[Fact],
    model_names: Sequence[str | None],
    turn_changes: Sequence[TurnChange],
    call_changes: Sequence[CallChanges],
) -> list[SessionChange]:
    """Take each fact into its session and its subagent; return what that changed."""
    results = zip(facts, model_names, turn_changes, call_changes, strict=True)
    events = [_event_of(*result) for result in results]
    sessions = _Sessions(database, [event for event in events if not _is_of_no_session(event)])
    changes = [
        NO_CHANGE if _is_of_no_session(event) else _take(sessions, event) for event in events
    ]
    sessions.save()
    return changes


def _event_of(
    fact: Fact, model_name: str | None, turn: TurnChange, calls: CallChanges
) -> SessionEvent:
    return SessionEvent(
        event=fact.event,
        payload=fact.payload,
        id=fact.id,
        agent_id=fact.agent_id,
        is_backfilled=fact.is_backfilled,
        model_name=model_name,
        turn_started=turn.started,
        turn_over=turn.ended,
        transitions=calls.transitions,
        asks_for=calls.asks_for,
    )


def _take(sessions: "_Sessions", fact: SessionEvent) -> SessionChange:
    session = sessions.session(fact)
    if is_record(fact.event.hook_event_type):
        return _take_record(sessions, session, fact)
    if session.event_count == 0:
        start(session, fact.event.timestamp)
    had_project = session.source_app is not None
    agent = sessions.agent(session, fact)
    before = _state_of(session), None if agent is None else _state_of(agent)
    _take_sender(session, fact)
    if fact.transitions:
        count_transitions(session, partial(sessions.known_agent, fact), fact)
    apply(session, agent, fact)
    spans = _ended_spans(session, agent, before, fact)
    _link_agent(sessions, session, fact)
    if session.own == "ended" or _is_new_process(fact):
        spans += _end_agents(sessions, session, fact)
    return _change(session, agent, fact, spans, had_project=had_project)


def session_of(state: bytes) -> Session:
    """Return a session as it was stored."""
    return _decoded(_SESSION, state)


def agent_of(state: bytes) -> Agent:
    """Return a subagent as it was stored."""
    return _decoded(_AGENT, state)


def quiet_at(actor: Actor) -> int | None:
    """Return when silence starts to mean that nothing happens any more; None when it never does."""
    match actor.status:
        case "working" if actor.running:
            silence = QUIET_RUNNING_MS
        case "working":
            silence = QUIET_MS
        case "needs_permission" | "needs_input":
            silence = QUIET_ASKING_MS
        case _:
            return None
    return max(actor.last_event_at + silence, actor.not_quiet_before)


def with_process(
    database: Database, host: str, pid_domain: str | None
) -> list[tuple[str, int, int]]:
    """Return session, pid and time of last event of sessions that have not ended.

    Only those whose pid is of this host and of this domain: elsewhere it is another process.
    """
    return [
        (session_id, pid, last_event_at)
        for session_id, pid, last_event_at in database.fetch(
            """
            SELECT session_id, pid, last_event_at FROM sessions
            WHERE host = ? AND pid_domain IS ?
                AND pid IS NOT NULL AND status <> 'ended' AND NOT process_ended
            """,
            (host, pid_domain),
        )
    ]


def mark_ended(database: Database, session_ids: Sequence[str]) -> None:
    """Mark sessions whose process ended; the next event of one removes the mark."""
    with database.transaction():
        database.run_many(
            """
            UPDATE sessions SET process_ended = 1,
                revision = (SELECT max(revision) + 1 FROM sessions)
            WHERE session_id = ?
            """,
            [(session_id,) for session_id in session_ids],
        )


class _Sessions:
    """Hold the sessions and subagents that the facts at hand can touch."""

    def __init__(self, database: Database, facts: Sequence[SessionEvent]) -> None:
        self._database = database
        ids = sorted({fact.event.session_id for fact in facts})
        named = sorted({(fact.event.session_id, it) for fact in facts for it in _agents_of(fact)})
        self._sessions = {
            session.session_id: session
            for session in map(session_of, _states(database, _LOAD_SESSIONS, ids))
        }
        self._agents: dict[str, dict[str, Agent]] = {}
        for sql, keys in ((_LOAD_LIVE_AGENTS, ids), (_LOAD_AGENTS, named)):
            for state in _states(database, sql, keys):
                agent = agent_of(state)
                self._agents.setdefault(agent.session_id, {}).setdefault(agent.agent_id, agent)
        self._changed: dict[tuple[str, str], Agent] = {}
        known: list[Session | Agent] = [*self._sessions.values(), *self._all_agents()]
        self._sources = {_key_of(actor): sources(actor) for actor in known}

    def session(self, fact: SessionEvent) -> Session:
        session_id = fact.event.session_id
        session = self._sessions.get(session_id)
        if session is None:
            session = self._sessions[session_id] = Session(
                session_id=session_id,
                first_event_id=fact.id,
                first_event_at=fact.event.timestamp,
                last_event_at=fact.event.timestamp,
                status_since=fact.event.timestamp,
                shown_since=fact.event.timestamp,
            )
        return session

    def agent(self, session: Session, fact: SessionEvent) -> Agent | None:
        """Return the subagent of an event; a new one when it was not seen before."""
        if not fact.agent_id or _is_compaction(fact):
            return None
        known = self._agents.setdefault(session.session_id, {})
        agent = known.get(fact.agent_id)
        if agent is None:
            agent = known[fact.agent_id] = Agent(
                session_id=session.session_id,
                agent_id=fact.agent_id,
                own="working",
                own_reason=None,
                status="working",
                status_reason=None,
                status_since=fact.event.timestamp,
                first_event_id=fact.id,
                last_event_id=fact.id,
                first_event_at=fact.event.timestamp,
                last_event_at=fact.event.timestamp,
                shown_since=fact.event.timestamp,
            )
            session.agent_count += 1
        agent.agent_type = agent.agent_type or _text(fact.payload.get("agent_type"))
        self.touch(agent)
        return agent

    def known_agent(self, fact: SessionEvent, agent_id: str) -> Agent | None:
        agent = self._agents.get(fact.event.session_id, {}).get(agent_id)
        if agent is not None:
            self.touch(agent)
        return agent

    def agents(self, session: Session) -> Iterable[Agent]:
        return self._agents.get(session.session_id, {}).values()

    def touch(self, agent: Agent) -> None:
        self._changed[agent.session_id, agent.agent_id] = agent

    def save(self) -> None:
        ((revision,),) = self._database.fetch("SELECT ifnull(max(revision), 0) + 1 FROM sessions")
        self._database.run_many(
            _SAVE_SESSION, [_session_row(it, revision) for it in self._sessions.values()]
        )
        self._database.run_many(_SAVE_AGENT, [_agent_row(it) for it in self._changed.values()])
        self._save_sources()

    def _save_sources(self) -> None:
        """Keep which events the words came from, so that these are found when those are deleted."""
        new: list[tuple[int, str, str]] = []
        old: list[tuple[int, str, str]] = []
        changed: list[Session | Agent] = [*self._sessions.values(), *self._changed.values()]
        for actor in changed:
            key = _key_of(actor)
            known, now = self._sources.get(key, set()), sources(actor)
            new += [(event_id, *key) for event_id in now - known]
            old += [(event_id, *key) for event_id in known - now]
        self._database.run_many(
            "DELETE FROM session_words WHERE (event_id, session_id, agent_id) = (?, ?, ?)", old
        )
        self._database.run_many("INSERT OR IGNORE INTO session_words VALUES (?, ?, ?)", new)

    def _all_agents(self) -> Iterator[Agent]:
        for agents in self._agents.values():
            yield from agents.values()


def _is_of_no_session(fact: SessionEvent) -> bool:
    event = fact.event
    return event.session_id == NO_SESSION and is_record(event.hook_event_type)


def _take_record(sessions: _Sessions, session: Session, fact: SessionEvent) -> SessionChange:
    """Apply a telemetry record to a session; it can only end an ask or a refused call."""
    had_project = session.source_app is not None
    agent = sessions.known_agent(fact, fact.agent_id) if fact.agent_id else None
    before = _state_of(session), None if agent is None else _state_of(agent)
    if fact.transitions:
        count_transitions(session, partial(sessions.known_agent, fact), fact)
    take_record(session, agent, fact)
    for actor, state in zip((session, agent), before, strict=True):
        if actor is not None and state is not None:
            _stay_awake(actor, state, fact.event.timestamp)
    has_changed = (_state_of(session), None if agent is None else _state_of(agent)) != before
    spans = _ended_spans(session, agent, before, fact) if has_changed else []
    return _change(session, agent, fact, spans, had_project=had_project)


def _stay_awake(actor: Actor, before: ActorState, at: int) -> None:
    """Let a call that a record ended count as running until then, also in retrospect."""
    _, _, _, was_quiet_at, _ = before
    now_quiet_at = quiet_at(actor)
    if was_quiet_at is not None and now_quiet_at is not None and now_quiet_at < was_quiet_at:
        actor.not_quiet_before = min(at, was_quiet_at)


def _change(
    session: Session,
    agent: Agent | None,
    fact: SessionEvent,
    spans: Sequence[EndedState],
    *,
    had_project: bool,
) -> SessionChange:
    is_project_new = not had_project and session.source_app is not None
    return SessionChange(
        ended_states=spans,
        source_app=session.source_app,
        is_project_new=is_project_new and session.first_event_id != fact.id,
        agent_type=None if agent is None else agent.agent_type,
    )


def _state_of(actor: Actor) -> ActorState:
    return (
        actor.status,
        actor.status_reason,
        actor.status_reason_id,
        quiet_at(actor),
        actor.last_event_at,
    )


def _ended_spans(
    session: Session,
    agent: Agent | None,
    before: tuple[ActorState, ActorState | None],
    fact: SessionEvent,
) -> list[EndedState]:
    """Return the spans of states that an event ended."""
    at = fact.event.timestamp
    spans = ended(session, MAIN, before[0], at)
    if agent is not None and before[1] is not None:
        spans += ended(agent, agent.agent_id, before[1], at)
    return spans


def _link_agent(sessions: _Sessions, session: Session, fact: SessionEvent) -> None:
    """Link a subagent to the call that launched it: only the answer to that call names both."""
    agent_id = _launched_by(fact)
    if agent_id is None:
        return
    response = fact.payload["tool_response"]
    launched = msgspec.structs.replace(fact, agent_id=agent_id, payload=response)
    agent = sessions.agent(session, launched)
    if agent is None:
        return
    given = fact.payload.get("tool_input")
    reported = given if isinstance(given, dict) else {}
    agent.tool_use_id = fact.event.tool_use_id
    agent.parent_agent_id = fact.agent_id or None
    agent.description = _text(reported.get("description")) or _text(response.get("description"))
    agent.description_id = fact.id
    agent.agent_type = agent.agent_type or _text(reported.get("subagent_type"))


def _launched_by(fact: SessionEvent) -> str | None:
    """Return the subagent that a call launched, where an event is the answer to such a call."""
    response = fact.payload.get("tool_response")
    if fact.event.hook_event_type != "PostToolUse" or not isinstance(response, dict):
        return None
    return _text(response.get("agentId")) if fact.event.tool_name in {"Agent", "Task"} else None


def _agents_of(fact: SessionEvent) -> set[str]:
    """Return all subagents that a fact can change, also those that were done long ago."""
    ids = {
        fact.agent_id,
        _launched_by(fact),
        *(transition.call.agent_id for transition in fact.transitions),
    }
    return {agent_id for agent_id in ids if agent_id}


def _is_new_process(fact: SessionEvent) -> bool:
    """Return whether a start means that earlier subagents ended: a kill sends no SessionEnd."""
    starts = fact.turn_over and fact.event.hook_event_type == "SessionStart"
    return starts and fact.payload.get("source") != "compact"


def _end_agents(sessions: _Sessions, session: Session, fact: SessionEvent) -> list[EndedState]:
    """End the subagents with their session; return the spans that this ended."""
    spans: list[EndedState] = []
    for agent in sessions.agents(session):
        if agent.own not in FINISHED:
            before = _state_of(agent)
            set_status(agent, "ended", session.end_reason, session.end_reason_id)
            agent.status, agent.status_reason = agent.own, agent.own_reason
            agent.status_reason_id = agent.own_reason_id
            agent.status_since = agent.ended_at = fact.event.timestamp
            spans += ended(agent, agent.agent_id, before, fact.event.timestamp)
            sessions.touch(agent)
    return spans


def _is_compaction(fact: SessionEvent) -> bool:
    """Return whether a SubagentStop is a compaction's, which is of no subagent."""
    return fact.event.hook_event_type == "SubagentStop" and not fact.payload.get("agent_type")


def _take_sender(session: Session, fact: SessionEvent) -> None:
    if fact.event.sender is None:
        return
    try:
        sender = _SENDER.decode(fact.event.sender)
    except msgspec.DecodeError:
        return
    host = _text(sender.host) or session.host
    # `true` is an int to Python, but not to who reads the state again.
    if type(sender.pid) is int and 0 < sender.pid < 2**31:
        # A forwarder on an old kernel names the domain once a process, with its SessionStart.
        is_same = (sender.pid, host) == (session.pid, session.host)
        session.pid_domain = _text(sender.pid_domain) or (session.pid_domain if is_same else None)
        session.pid = sender.pid
    session.host = host
    session.client_version = _text(sender.client_version) or session.client_version


def _session_row(session: Session, revision: int) -> tuple[Any, ...]:
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
        _ENCODER.encode(session),
    )


def _agent_row(agent: Agent) -> tuple[Any, ...]:
    return (
        agent.session_id,
        agent.agent_id,
        agent.own not in FINISHED,
        agent.last_event_at,
        agent.last_event_id,
        _ENCODER.encode(agent),
    )


def _key_of(actor: Session | Agent) -> tuple[str, str]:
    return actor.session_id, MAIN if isinstance(actor, Session) else actor.agent_id


def _states(database: Database, sql: str, keys: Sequence[object]) -> list[bytes]:
    return [state for (state,) in database.fetch(sql, (msgspec.json.encode(keys).decode(),))]


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def _decoded(decoder: msgspec.msgpack.Decoder[T], state: bytes) -> T:
    try:
        return decoder.decode(state)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise DamagedError(f"a state cannot be read: {error}") from error


_ENCODER: Final = msgspec.msgpack.Encoder()
_SESSION: Final = msgspec.msgpack.Decoder(Session)
_AGENT: Final = msgspec.msgpack.Decoder(Agent)
_SENDER: Final = msgspec.json.Decoder(_Sender)

_LOAD_SESSIONS: Final = """
    SELECT state FROM sessions WHERE session_id IN (SELECT value FROM json_each(?))
"""
_LOAD_LIVE_AGENTS: Final = """
    SELECT state FROM agents WHERE live AND session_id IN (SELECT value FROM json_each(?))
"""
_LOAD_AGENTS: Final = """
    SELECT state FROM agents WHERE (session_id, agent_id) IN (
        SELECT value ->> 0, value ->> 1 FROM json_each(?)
    )
"""
_SAVE_SESSION: Final = """
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
_SAVE_AGENT: Final = """
    INSERT INTO agents (session_id, agent_id, live, last_event_at, last_event_id, state)
    VALUES (?, ?, ?, ?, ?, ?)
    ON CONFLICT (session_id, agent_id) DO UPDATE SET live = excluded.live,
        last_event_at = excluded.last_event_at, last_event_id = excluded.last_event_id,
        state = excluded.state
"""


def of_last_events(database: Database, first_id: int, last_id: int) -> list[str]:
    """Return the sessions whose last event is one of these."""
    rows = database.fetch(
        "SELECT session_id FROM sessions WHERE last_event_id >= ? AND last_event_id <= ?",
        (first_id, last_id),
    )
    return [session_id for (session_id,) in rows]


def _forget(database: Database, deleted: Deleted) -> None:
    """Delete sessions of which the log has no event, and clear the words of all others."""
    holders = set(database.fetch(_HOLDERS, deleted.ids))
    delete_by_event(database, "session_words", "event_id", deleted)
    delete_by_session(database, "sessions", deleted)
    if not deleted.payload_only:
        delete_by_event(database, "agents", "last_event_id", deleted)
    ((revision,),) = database.fetch("SELECT ifnull(max(revision), 0) + 1 FROM sessions")
    for session_id in sorted({it for it, _ in holders} | deleted.shortened.keys()):
        for state in _states(database, _LOAD_SESSIONS, [session_id]):
            session = session_of(state)
            clear_words(session, deleted)
            session.last_event_id = deleted.shortened.get(session_id, session.last_event_id)
            row = (revision, session.last_event_id, _ENCODER.encode(session), session_id)
            database.run(_SHORTEN_SESSION, row)
    named = [list(it) for it in sorted(holders) if it[1] != MAIN]
    for state in _states(database, _LOAD_AGENTS, named):
        agent = agent_of(state)
        clear_words(agent, deleted)
        key = (agent.session_id, agent.agent_id)
        database.run(_CLEAR_AGENT, (_ENCODER.encode(agent), *key))


_HOLDERS: Final = """
    SELECT session_id, agent_id FROM session_words WHERE event_id >= ? AND event_id <= ?
"""
_SHORTEN_SESSION: Final = """
    UPDATE sessions SET revision = ?, last_event_id = ?, state = ? WHERE session_id = ?
"""
_CLEAR_AGENT: Final = "UPDATE agents SET state = ? WHERE session_id = ? AND agent_id = ?"
VIEW: Final = View(tables=TABLES, forget=_forget)
