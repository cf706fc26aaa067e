"""Delete events from sessions and subagents."""

from collections.abc import Iterable
from typing import Final

from queryd.sessions.tables import (
    ENCODER,
    LOAD_AGENTS,
    LOAD_SESSIONS,
    agent_of,
    session_of,
    stored_states,
)
from queryd.sessions.text_sources import clear_text
from queryd.store.fact import MAIN
from queryd.store.store import Database
from queryd.store.view import Deleted, delete_by_event, delete_by_session


def sessions_last_seen_in(database: Database, first_id: int, last_id: int) -> list[str]:
    """Return the sessions that have their last event in a range of ids."""
    rows = database.fetch(
        "SELECT session_id FROM sessions WHERE last_event_id >= ? AND last_event_id <= ?",
        (first_id, last_id),
    )
    return [session_id for (session_id,) in rows]


def delete_events(database: Database, deleted: Deleted) -> None:
    """Delete sessions without an event in the log; clear the deleted texts of all others."""
    holders = set(database.fetch(_HOLDERS, deleted.ids))
    delete_by_event(database, "session_words", "event_id", deleted)
    delete_by_session(database, "sessions", deleted)
    if not deleted.payload_only:
        delete_by_event(database, "ask_outcomes", "event_id", deleted)
    if not deleted.payload_only:
        delete_by_event(database, "agents", "last_event_id", deleted)
    session_ids = {session_id for session_id, _ in holders} | deleted.shortened.keys()
    _clear_sessions(database, sorted(session_ids), deleted)
    _clear_agents(database, [list(key) for key in sorted(holders) if key[1] != MAIN], deleted)


def _clear_sessions(database: Database, session_ids: Iterable[str], deleted: Deleted) -> None:
    ((revision,),) = database.fetch("SELECT ifnull(max(revision), 0) + 1 FROM sessions")
    for session_id in session_ids:
        for state in stored_states(database, LOAD_SESSIONS, [session_id]):
            session = session_of(state)
            clear_text(session, deleted)
            session.last_event_id = deleted.shortened.get(session_id, session.last_event_id)
            row = (revision, session.last_event_id, ENCODER.encode(session), session_id)
            database.run(_UPDATE_SESSION, row)


def _clear_agents(database: Database, keys: list[list[object]], deleted: Deleted) -> None:
    for state in stored_states(database, LOAD_AGENTS, keys):
        agent = agent_of(state)
        clear_text(agent, deleted)
        row = (ENCODER.encode(agent), agent.session_id, agent.agent_id)
        database.run(_UPDATE_AGENT, row)


_HOLDERS: Final = """
    SELECT session_id, agent_id FROM session_words WHERE event_id >= ? AND event_id <= ?
"""
_UPDATE_SESSION: Final = """
    UPDATE sessions SET revision = ?, last_event_id = ?, state = ? WHERE session_id = ?
"""
_UPDATE_AGENT: Final = "UPDATE agents SET state = ? WHERE session_id = ? AND agent_id = ?"
