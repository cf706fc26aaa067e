"""Read the values that events can be filtered by, and how far the views are."""

from collections.abc import Sequence
from typing import Final

import msgspec

from queryd.calls.rollup import AGENT, MODEL
from queryd.store.periods import HOUR_MS
from queryd.store.store import ViewReader

MAX_VALUES: Final = 500
"""Of a kind, the most recent ones. A filter may use others too."""


class ValueCount(msgspec.Struct, frozen=True):
    """How many events have a value."""

    value: str
    count: int


class SessionCount(msgspec.Struct, frozen=True):
    """How many events a session has, its project, and when its last event happened."""

    value: str
    count: int
    source_app: str | None
    last_event_at: int


class FilterValues(msgspec.Struct, frozen=True, kw_only=True):
    """The 500 most recent values of each kind, counted over the `counted` indexed events."""

    counted: int
    event_types: Sequence[ValueCount]
    source_apps: Sequence[ValueCount]
    tool_names: Sequence[ValueCount]
    agent_ids: Sequence[ValueCount]
    sessions: Sequence[SessionCount]
    model_names: Sequence[str]
    """Models that called tools, by name; the same for types of agents."""
    agent_types: Sequence[str]


class ProjectActivity(msgspec.Struct, frozen=True):
    """When a project's last event happened, ms since the epoch."""

    source_app: str
    last_event_at: int


class EventTypeActivity(msgspec.Struct, frozen=True):
    """When the last event of a type happened, and how many there are."""

    event_type: str
    last_event_at: int
    count: int
    """Of all indexed events."""
    count_24h: int
    """In this hour and the 23 before it."""


def filter_values(views: ViewReader) -> FilterValues:
    """Return the values, most frequent first, and sessions, newest first."""
    with views.snapshot():
        types = _counts(views, "event_type")
        return FilterValues(
            counted=sum(it.count for it in types),
            event_types=types,
            source_apps=_counts(views, "source_app"),
            tool_names=_counts(views, "tool_name"),
            agent_ids=_counts(views, "agent_id"),
            sessions=[SessionCount(*row) for row in views.fetch(_SESSIONS, (MAX_VALUES,))],
            model_names=[row[0] for row in views.fetch(_MODELS, (MODEL, MAX_VALUES))],
            agent_types=[row[0] for row in views.fetch(_AGENT_TYPES, (AGENT, MAX_VALUES))],
        )


def recent_projects(views: ViewReader) -> list[ProjectActivity]:
    return [ProjectActivity(*row) for row in views.fetch(_SOURCES, (MAX_VALUES,))]


def received_types(views: ViewReader, now: int) -> list[EventTypeActivity]:
    """Return every event type received, most recent first."""
    hour = now // HOUR_MS
    last_day: dict[str, int] = dict(views.fetch(_COUNTS_24H, (hour - 23, hour)))
    return [
        EventTypeActivity(event_type, last_event_at, count, last_day.get(event_type, 0))
        for event_type, last_event_at, count in views.fetch(_EVENT_TYPES, (MAX_VALUES,))
    ]


def cursor(views: ViewReader) -> dict[str, int]:
    """Return the last rowid folded, `folded_id`, and how many events were `skipped`."""
    ((folded_id, skipped),) = views.fetch("SELECT folded_id, skipped FROM cursor")
    return {"folded_id": folded_id, "skipped": skipped}


def oldest_hour(views: ViewReader) -> tuple[int, int] | None:
    """Return the smallest and largest rowid of the first hour in which anything happened."""
    found = views.fetch("SELECT first_id, last_id FROM hours ORDER BY hour LIMIT 1")
    return (int(found[0][0]), int(found[0][1])) if found else None


def holes_after(views: ViewReader, rowid: int) -> int:
    """Return how many deleted events have a larger id."""
    ((count,),) = views.fetch(_HOLES, (rowid,))
    return int(count)


def _counts(views: ViewReader, kind: str) -> list[ValueCount]:
    counts = [ValueCount(*row) for row in views.fetch(_VALUES, (kind, MAX_VALUES))]
    return sorted(counts, key=lambda it: (-it.count, it.value))


_HOLES: Final = "SELECT ifnull(sum(last_id - first_id + 1), 0) FROM holes WHERE first_id > ?"
_VALUES: Final = """
    SELECT value, count FROM filter_values WHERE kind = ? ORDER BY last_event_id DESC LIMIT ?
"""
_SESSIONS: Final = """
    SELECT session_id, event_count, source_app, last_event_at FROM sessions
    ORDER BY last_event_at DESC, id DESC LIMIT ?
"""
_MODELS: Final = """
    SELECT model_name FROM rollup_cell WHERE kind = ? AND model_name != '' ORDER BY 1 LIMIT ?
"""
_AGENT_TYPES: Final = """
    SELECT agent_type FROM rollup_cell WHERE kind = ? AND agent_type != '' ORDER BY 1 LIMIT ?
"""
_SOURCES: Final = """
    SELECT value, last_event_at FROM filter_values WHERE kind = 'source_app'
    ORDER BY last_event_at DESC LIMIT ?
"""
_EVENT_TYPES: Final = """
    SELECT value, last_event_at, count FROM filter_values WHERE kind = 'event_type'
    ORDER BY last_event_at DESC, value LIMIT ?
"""
_COUNTS_24H: Final = """
    SELECT event_type, sum(count) FROM event_type_hours WHERE hour BETWEEN ? AND ?
    GROUP BY event_type
"""
