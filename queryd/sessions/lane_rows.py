"""The lanes of the timeline: what sessions and their subagents did in a range of time."""

from collections.abc import Sequence

import msgspec

from queryd.store.fact import CallOutcome, Status


class StateSpan(msgspec.Struct, frozen=True):
    """A status from one time to another, in ms since the epoch."""

    status: Status
    since: int
    until: int | None
    """The first ms of the next span; null for the current status."""
    reason: str | None


class CallMark(msgspec.Struct, frozen=True):
    """A tool call on a lane. Times are ms since the epoch; unknown is null."""

    id: int
    tool_name: str
    target: str | None
    outcome: CallOutcome
    started_at: int
    ended_at: int | None
    duration_ms: int | None
    event_id: int
    """Its first event."""


class CallBin(msgspec.Struct, frozen=True):
    """The number of calls that started from `at` to before `until`."""

    at: int
    until: int
    count: int
    failed: int


class AgentLane(msgspec.Struct, frozen=True, kw_only=True):
    """What a subagent did in the range."""

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
    """By start; none where there are bins."""
    bins: Sequence[CallBin]
    """The calls of a lane that has too many to list."""


class Lane(msgspec.Struct, frozen=True, kw_only=True):
    """What a session did in the range: its main thread and its subagents."""

    session_id: str
    project: str | None
    title: str | None
    model_name: str | None
    status: Status
    """As of now, not as of the end of the range."""
    first_event_at: int
    last_event_at: int
    last_event_id: int
    spans: Sequence[StateSpan]
    calls: Sequence[CallMark]
    bins: Sequence[CallBin]
    agents: Sequence[AgentLane]
    """Those of the range, in the order of their first events; at most 40."""
    agent_count: int
    """The number of subagents in the range."""


class TimeRange(msgspec.Struct, frozen=True):
    """A range of time, both ends included."""

    since: int
    until: int


class LaneFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Filter lanes; an empty tuple matches all.

    `status`: the session, or one of its subagents, had such a status within the range.
    """

    session_id: tuple[str, ...] = ()
    source_app: tuple[str, ...] = ()
    model_name: tuple[str, ...] = ()
    status: tuple[Status, ...] = ()
