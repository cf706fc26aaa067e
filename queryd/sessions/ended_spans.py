"""Find the spans of one status that an event ended.

Times follow the order of the log: an event with an earlier time than the last seen counts as
simultaneous with that.
"""

from queryd.sessions.quiet import quiet_at, quiet_reason
from queryd.sessions.state import Actor
from queryd.store.fact import EndedState, Status

ActorState = tuple[Status, str | None, int, int | None, int]
"""Status, reason and the event it came from, when silence makes it quiet, when last seen."""


def state_of(actor: Actor) -> ActorState:
    """Return what an event may change of a status."""
    return (
        actor.status,
        actor.status_reason,
        actor.status_reason_id,
        quiet_at(actor),
        actor.last_event_at,
    )


def ended_spans(actor: Actor, agent_id: str, before: ActorState, at: int) -> list[EndedState]:
    """Return the spans that an event ended, without empty ones; start the next span."""
    status, reason, reason_id, quiet_from, last_seen_at = before
    at = max(at, last_seen_at, actor.span_since)
    was_quiet = quiet_from is not None and quiet_from < at
    if not was_quiet and (actor.status, actor.status_reason) == (status, reason):
        return []
    since, actor.span_since = actor.span_since, at
    if quiet_from is None or not was_quiet:
        return _span(agent_id, since, at, status, reason, reason_id)
    quiet_from = max(quiet_from, since)
    return [
        *_span(agent_id, since, quiet_from, status, reason, reason_id),
        *_span(agent_id, quiet_from, at, "quiet", quiet_reason(status)),
    ]


def _span(
    agent_id: str, since: int, until: int, status: Status, reason: str | None, reason_id: int = 0
) -> list[EndedState]:
    return [EndedState(agent_id, since, until, status, reason, reason_id)] if since < until else []
