"""Load the sessions and subagents that a batch of events can change, and save them."""

from collections.abc import Iterable, Iterator, Sequence

from queryd.sessions import ask_outcomes
from queryd.sessions.agents import agents_of, is_compaction
from queryd.sessions.event import SessionEvent, text_of
from queryd.sessions.state import Agent, Ask, Session
from queryd.sessions.tables import (
    LOAD_AGENTS,
    LOAD_LIVE_AGENTS,
    LOAD_SESSIONS,
    SAVE_AGENT,
    SAVE_SESSION,
    agent_of,
    agent_values,
    session_of,
    session_values,
    stored_states,
)
from queryd.sessions.text_sources import sources
from queryd.store.fact import MAIN, CallTransition
from queryd.store.store import Database


class LoadedSessions:
    """The sessions and subagents that a batch of events can change."""

    def __init__(self, database: Database, facts: Sequence[SessionEvent]) -> None:
        self._database = database
        ids = sorted({fact.event.session_id for fact in facts})
        named = sorted({(fact.event.session_id, it) for fact in facts for it in agents_of(fact)})
        self._sessions = {
            session.session_id: session
            for session in map(session_of, stored_states(database, LOAD_SESSIONS, ids))
        }
        self._agents: dict[str, dict[str, Agent]] = {}
        for sql, keys in ((LOAD_LIVE_AGENTS, ids), (LOAD_AGENTS, named)):
            for state in stored_states(database, sql, keys):
                agent = agent_of(state)
                self._agents.setdefault(agent.session_id, {}).setdefault(agent.agent_id, agent)
        self._changed: dict[tuple[str, str], Agent] = {}
        self._ask_records: list[ask_outcomes.AskRecord] = []
        self._explained: list[CallTransition] = []
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
                span_since=fact.event.timestamp,
            )
        return session

    def agent(self, session: Session, fact: SessionEvent) -> Agent | None:
        """Return the subagent that sent an event; a new one for its first event."""
        if not fact.agent_id or is_compaction(fact):
            return None
        known = self._agents.setdefault(session.session_id, {})
        agent = known.get(fact.agent_id)
        if agent is None:
            agent = known[fact.agent_id] = Agent(
                session_id=session.session_id,
                agent_id=fact.agent_id,
                base_status="working",
                base_reason=None,
                status="working",
                status_reason=None,
                status_since=fact.event.timestamp,
                first_event_id=fact.id,
                last_event_id=fact.id,
                first_event_at=fact.event.timestamp,
                last_event_at=fact.event.timestamp,
                span_since=fact.event.timestamp,
            )
            session.agent_count += 1
        agent.agent_type = agent.agent_type or text_of(fact.payload.get("agent_type"))
        self.touch(agent)
        return agent

    def known_agent(self, fact: SessionEvent, agent_id: str) -> Agent | None:
        agent = self._agents.get(fact.event.session_id, {}).get(agent_id)
        if agent is not None:
            self.touch(agent)
        return agent

    def agents(self, session: Session) -> Iterable[Agent]:
        return self._agents.get(session.session_id, {}).values()

    def record_asks(self, session: Session, before: Sequence[Ask], fact: SessionEvent) -> None:
        """Keep how asks stand, given those that were open before an event."""
        self._explained += ask_outcomes.explain(session, fact.transitions)
        self._ask_records += ask_outcomes.record_asks(session, before, fact)

    def touch(self, agent: Agent) -> None:
        self._changed[agent.session_id, agent.agent_id] = agent

    def save(self) -> None:
        ((revision,),) = self._database.fetch("SELECT ifnull(max(revision), 0) + 1 FROM sessions")
        self._database.run_many(
            SAVE_SESSION, [session_values(it, revision) for it in self._sessions.values()]
        )
        self._database.run_many(SAVE_AGENT, [agent_values(it) for it in self._changed.values()])
        ask_outcomes.save(self._database, self._ask_records, self._explained)
        self._save_sources()

    def _save_sources(self) -> None:
        """Keep which events the texts came from, so that deleting an event finds them."""
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


def _key_of(actor: Session | Agent) -> tuple[str, str]:
    return actor.session_id, MAIN if isinstance(actor, Session) else actor.agent_id
