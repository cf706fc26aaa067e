"""Describe an event with the model, project and subagent type of its session at that time."""

from collections.abc import Sequence
from typing import Any

import msgspec

from queryd.store.fact import Fact, SessionChange
from queryd.store.request import ApiError, Observation, RequestTransition
from shared.event import Event


class UsageEvent(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Hold an event and the state of its session."""

    event: Event
    payload: dict[str, Any]
    id: int
    agent_id: str
    model_name: str | None
    source_app: str | None
    """The project."""
    is_project_new: bool
    """This event is the first to name the session's project."""
    agent_type: str | None


class RequestChanges(msgspec.Struct, frozen=True, gc=False):
    """Hold the observation that an event contains, and what it changed."""

    observation: Observation | None = None
    transitions: Sequence[RequestTransition] = ()


FailureChanges = Sequence[tuple[int, ApiError]]
"""Errors of the API that an event added, with 1, or removed, with -1."""


def usage_events(
    facts: Sequence[Fact],
    model_names: Sequence[str | None],
    session_changes: Sequence[SessionChange],
) -> list[UsageEvent]:
    """Return facts with the state of their sessions."""
    return [
        UsageEvent(
            event=fact.event,
            payload=fact.payload,
            id=fact.id,
            agent_id=fact.agent_id,
            model_name=model_name,
            source_app=session.source_app or fact.event.source_app,
            is_project_new=session.is_project_new,
            agent_type=session.agent_type,
        )
        for fact, model_name, session in zip(facts, model_names, session_changes, strict=True)
    ]
