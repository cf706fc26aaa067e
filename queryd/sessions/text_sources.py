"""Know from which events the texts in a stored state came, and clear those of deleted events.

Names stay while the session does: its project, models, tools and agent types.
"""

from collections.abc import Iterator
from typing import Final

from queryd.sessions.state import Actor, Agent, Session
from queryd.store.view import Deleted

_OF_ACTOR: Final = ("base_reason", "status_reason", "last_answer")
_OF_SESSION: Final = (*_OF_ACTOR, "cwd", "title", "last_prompt", "end_reason")
_OF_AGENT: Final = (*_OF_ACTOR, "description")


def sources(actor: Session | Agent) -> set[int]:
    """Return the events from which the texts of a state came."""
    return set(_sources(actor))


def clear_text(actor: Session | Agent, deleted: Deleted) -> None:
    """Remove from a state what came from deleted events."""
    for name in _names(actor):
        if deleted.has(getattr(actor, f"{name}_id")):
            setattr(actor, name, None)
    if not deleted.payload_only:  # a call whose start is deleted counts as new when it ends
        actor.running = [it for it in actor.running if not deleted.has(it.event_id)]
    for running in actor.running:
        if deleted.has(running.event_id):
            running.target = None
    if isinstance(actor, Session):
        _clear_session(actor, deleted)


def _clear_session(session: Session, deleted: Deleted) -> None:
    if session.title is None:
        session.title, session.title_id = session.last_prompt, session.last_prompt_id
    for ask in (*session.asks, *session.answered):
        if deleted.has(ask.event_id):
            ask.text = ask.tool_name or ask.kind
            ask.title = ask.detail = None
    for launch in session.launches:
        if deleted.has(launch.event_id):
            launch.description = None
    if deleted.has(session.tasks_id):
        for task in session.tasks:
            task.words = task.type or "task"
    if session.before_compaction is not None:
        status, _, event_id = session.before_compaction
        if deleted.has(event_id):
            session.before_compaction = (status, None, 0)


def _sources(actor: Session | Agent) -> Iterator[int]:
    for name in _names(actor):
        if getattr(actor, name) is not None and (event_id := getattr(actor, f"{name}_id")):
            yield event_id
    for running in actor.running:
        yield running.event_id
    if isinstance(actor, Session):
        for ask in (*actor.asks, *actor.answered):
            yield ask.event_id
        for launch in actor.launches:
            yield launch.event_id
        if actor.tasks:
            yield actor.tasks_id
        if actor.before_compaction is not None and actor.before_compaction[2]:
            yield actor.before_compaction[2]


def _names(actor: Actor) -> tuple[str, ...]:
    return _OF_SESSION if isinstance(actor, Session) else _OF_AGENT
