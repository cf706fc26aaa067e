"""How asks ended: by the event that closed them, or by what is known later of their calls."""

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from typing import Final

import msgspec

from queryd.sessions.event import SessionEvent
from queryd.sessions.state import Ask, EndedAsk, Session
from queryd.store.conditions import json_list
from queryd.store.fact import AskOutcome, AskState, CallTransition, Outcome
from queryd.store.firing_order import is_late
from queryd.store.store import Database, ViewReader, ViewsNotReadyError
from shared.event import SESSION_STATE, Event, is_ask

KEPT: Final = 10

TABLES: Final = """
    CREATE TABLE ask_outcomes (
        event_id INTEGER PRIMARY KEY, -- the event that asked
        session_id TEXT NOT NULL,
        tool_use_id TEXT,
        outcome TEXT NOT NULL,
        asked_at INTEGER NOT NULL,
        ended_at INTEGER              -- null while it is open
    ) STRICT;
    CREATE INDEX ask_outcomes_of_call ON ask_outcomes (session_id, tool_use_id)
        WHERE tool_use_id IS NOT NULL;
"""

AskRecord = tuple[int, str, str | None, AskOutcome, int, int | None]
"""A row of `ask_outcomes`."""


def record_asks(session: Session, before: Sequence[Ask], fact: SessionEvent) -> list[AskRecord]:
    """Keep how the asks ended that an event closed; return rows of all that it changed."""
    late = [ask for ask in session.ended_asks[-1:] if ask.event_id == fact.id]
    late += _answered_elicitations(session, fact)
    if session.asks == before and not late:
        return []
    open_ids = {ask.event_id for ask in session.asks}
    closed = [ask for ask in before if ask.event_id not in open_ids]
    replaced = [_ended(ask, fact) for ask in closed if _is_replaced(ask, fact, open_ids)]
    ended = [_ended(ask, fact) for ask in closed if not _is_replaced(ask, fact, open_ids)]
    past = [ask for ask in session.ended_asks if ask.event_id not in open_ids]
    session.ended_asks = [*past, *ended][-KEPT:]
    opened = [ask for ask in session.asks if ask not in before]
    changed: list[Ask | EndedAsk] = [*opened, *late, *replaced, *ended]
    return [_record(session.session_id, ask) for ask in changed]


def add_ended(
    session: Session, ask: Ask, fact: SessionEvent, outcome: AskOutcome | None = None
) -> None:
    """Keep an ask that arrives after what ended it."""
    if outcome is None and fact.asked_outcome is not None:
        outcome = _BY_CALL.get(fact.asked_outcome)
    ended = msgspec.structs.replace(_ended(ask, fact), outcome=outcome or "expired")
    session.ended_asks = [*session.ended_asks, ended][-KEPT:]


def outcome_of_elicitation(fact: SessionEvent) -> AskOutcome:
    return _ACTIONS.get(str(fact.payload.get("action")), "expired")


def _answered_elicitations(session: Session, fact: SessionEvent) -> list[EndedAsk]:
    """Correct questions of servers that a notification ended before their answer arrived."""
    if fact.kind != "ElicitationResult":
        return []
    answered = [
        ask
        for ask in session.ended_asks
        if (ask.kind, ask.tool_name, ask.outcome) == ("question", None, "expired")
        and is_late(fact.event.timestamp, ask.ended_at)
    ]
    for ask in answered:
        ask.outcome = outcome_of_elicitation(fact)
    return answered


def _is_replaced(ask: Ask, fact: SessionEvent, open_ids: Container[int]) -> bool:
    """Return whether the event asks the same with more details: nothing has ended."""
    return fact.id in open_ids and (ask.tool_name is None or ask.source == "registry")


def explain(session: Session, transitions: Iterable[CallTransition]) -> Iterator[CallTransition]:
    """Correct asks that ended without a reason, by their calls; return what they are known by.

    A call that ran was allowed, whatever a batch or a late decision made of its ask.
    """
    for transition in transitions:
        outcome = _BY_CALL.get(transition.after)
        if outcome is None or transition.call.asked_at is None:
            continue
        for ask in session.ended_asks:
            is_of_call = ask.tool_use_id == transition.call.tool_use_id
            if is_of_call and ask.outcome not in {"open", "allowed"}:
                ask.outcome = outcome
        yield transition


def save(
    database: Database, records: Sequence[AskRecord], explained: Iterable[CallTransition]
) -> None:
    """Store rows, and corrections of those that ended without a reason."""
    database.run_many("INSERT OR REPLACE INTO ask_outcomes VALUES (?, ?, ?, ?, ?, ?)", records)
    database.run_many(
        "UPDATE ask_outcomes SET outcome = ?"
        " WHERE session_id = ? AND tool_use_id = ? AND outcome <> 'allowed'",
        [(_BY_CALL[it.after], it.call.session_id, it.call.tool_use_id) for it in explained],
    )


def states_of_asks(views: ViewReader, events: Iterable[Event]) -> Mapping[int, AskState]:
    """Return how the asks among events stand, by their rowids, as far as it is known."""
    asks = [event.id for event in events if event.id and is_ask(event.hook_event_type)]
    if not asks:
        return {}
    try:
        rows = views.fetch(_STATES, (json_list(asks),))
    except ViewsNotReadyError:
        return {}  # the log is shown all the same
    return {event_id: AskState(outcome, waited_ms) for event_id, outcome, waited_ms in rows}


def _record(session_id: str, ask: Ask | EndedAsk) -> AskRecord:
    key = (ask.event_id, session_id, ask.tool_use_id)
    if isinstance(ask, Ask):
        return *key, "open", ask.at, None
    return *key, ask.outcome, ask.at, ask.ended_at


def _ended(ask: Ask, fact: SessionEvent) -> EndedAsk:
    return EndedAsk(
        kind=ask.kind,
        agent_id=ask.agent_id,
        at=ask.at,
        event_id=ask.event_id,
        tool_name=ask.tool_name,
        tool_use_id=ask.tool_use_id,
        source=ask.source,
        outcome=_outcome(ask, fact),
        ended_at=max(ask.at, fact.event.timestamp),
    )


def _outcome(ask: Ask, fact: SessionEvent) -> AskOutcome:
    match fact.kind:
        case "tool_decision":
            return _DECISIONS.get(str(fact.payload.get("decision")), "expired")
        case "ElicitationResult":
            return outcome_of_elicitation(fact)
        case "PostToolBatch":
            return _outcome_in_batch(ask, fact.transitions)
    return _BY_KIND.get(fact.kind, "expired")


def _outcome_in_batch(ask: Ask, transitions: Iterable[CallTransition]) -> AskOutcome:
    for transition in transitions:
        if transition.call.tool_use_id == ask.tool_use_id:
            return _BY_CALL.get(transition.after, "expired")
    return "expired"


_STATES: Final = """
    SELECT event_id, iif(outcome = 'open' AND ifnull(process_ended, 0), 'expired', outcome),
        ended_at - asked_at
    FROM ask_outcomes LEFT JOIN sessions USING (session_id)
    WHERE event_id IN (SELECT value FROM json_each(?))
"""
_BY_KIND: Final[Mapping[str, AskOutcome]] = {
    "PostToolUse": "allowed",
    "PostToolUseFailure": "allowed",
    "Elicitation": "allowed",  # a server asks only once its call is allowed
    "PermissionDenied": "denied",
    f"{SESSION_STATE}:busy": "allowed",
}
_BY_CALL: Final[Mapping[Outcome, AskOutcome]] = {
    "denied": "denied",
    "succeeded": "allowed",
    "failed": "allowed",
}
_DECISIONS: Final[Mapping[str, AskOutcome]] = {"accept": "allowed", "reject": "denied"}
_ACTIONS: Final[Mapping[str, AskOutcome]] = {"accept": "allowed", "decline": "denied"}
