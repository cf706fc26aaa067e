"""Describe the lanes of the timeline: what sessions and their subagents did in a range of time."""

from collections.abc import Sequence

import msgspec

from queryd.store.fact import Outcome, Status


class StateSpan(msgspec.Struct, frozen=True):
    """Give a time in one state, in ms since the epoch."""

    status: Status
    since: int
    until: int | None
    """The first ms of the next span; null for the state it is in now."""
    reason: str | None


class CallMark(msgspec.Struct, frozen=True):
    """Give when a tool call ran. Times are ms since the epoch; null is unknown."""

    id: int
    tool_name: str
    target: str | None
    outcome: Outcome
    started_at: int
    ended_at: int | None
    duration_ms: int | None
    event_id: int
    """The first event of the call."""


class CallBin(msgspec.Struct, frozen=True):
    """Count the calls that started from one time to before another."""

    at: int
    until: int
    count: int
    failed: int


class AgentLane(msgspec.Struct, frozen=True, kw_only=True):
    """Show what a subagent did in the range."""

    agent_id: str
    agent_type: str | None
    description: str | None
    parent_agent_id: str | None
    """The subagent that launched it; null for the main thread."""
    status: Status
    first_event_at: int
    last_event_at: int
    spans: Sequence[StateSpan]
    """In order, without gaps; those that touch the range."""
    calls: Sequence[CallMark]
    """By their beginning; none where there are bins."""
    bins: Sequence[CallBin]
    """Counts of calls, where a lane has too many to list."""


class Lane(msgspec.Struct, frozen=True, kw_only=True):
    """Show what a session did in the range: its main thread and its subagents."""

    session_id: str
    project: str | None
    title: str | None
    model_name: str | None
    status: Status
    """As of now, not of the range's end."""
    first_event_at: int
    last_event_at: int
    last_event_id: int
    spans: Sequence[StateSpan]
    calls: Sequence[CallMark]
    bins: Sequence[CallBin]
    agents: Sequence[AgentLane]
    """Those of the range, in the order of their first events; at most 40."""
    agent_count: int
    """How many subagents there were in the range."""


class Span(msgspec.Struct, frozen=True):
    """Name a range of time, both ends included."""

    since: int
    until: int


class LaneFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Name the lanes wanted; an empty tuple means "no matter".

    `status`: the session, or one of its subagents, was in such a state within the range.
    """

    session_id: tuple[str, ...] = ()
    source_app: tuple[str, ...] = ()
    model_name: tuple[str, ...] = ()
    status: tuple[Status, ...] = ()
