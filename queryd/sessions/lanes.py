"""Say what is over of a lane of states when an event arrives: the lane of a session, or a subagent.

In: the state of a session or a subagent before an event, and after. Out: the spans that the event
ended. Times run in the order of the log: an earlier time than the last is taken as the last.
"""

from queryd.sessions.state import Actor
from queryd.store.fact import EndedState, Status

ActorState = tuple[Status, str | None, int, int | None, int]
"""Status, reason and the event it came from, when silence started to mean quiet, when last seen."""


def ended(actor: Actor, agent_id: str, before: ActorState, at: int) -> list[EndedState]:
    """Return the spans that an event ended; advance the start of the open one.

    What took no time is left out.
    """
    status, reason, reason_id, quiet_at, last_seen_at = before
    at = max(at, last_seen_at, actor.shown_since)
    is_silent = quiet_at is not None and quiet_at < at
    if not is_silent and (actor.status, actor.status_reason) == (status, reason):
        return []
    since, actor.shown_since = actor.shown_since, at
    if quiet_at is None or not is_silent:
        return _between(agent_id, since, at, status, reason, reason_id)
    silent_from = max(quiet_at, since)
    return [
        *_between(agent_id, since, silent_from, status, reason, reason_id),
        *_between(agent_id, silent_from, at, "quiet", quiet_reason(status)),
    ]


def quiet_reason(status: Status) -> str:
    """Return why a session or subagent that was active counts as quiet."""
    return f"no events since {status}"


def _between(
    agent_id: str, since: int, until: int, status: Status, reason: str | None, reason_id: int = 0
) -> list[EndedState]:
    return [EndedState(agent_id, since, until, status, reason, reason_id)] if since < until else []
