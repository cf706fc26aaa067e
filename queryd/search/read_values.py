"""Answer which values there are to filter by, and how far the views are.

In: a ViewReader. Out: counts over all that is folded.
"""

from collections.abc import Sequence
from typing import Final

import msgspec

from queryd.calls.rollup import AGENT, MODEL
from queryd.search.values import HOUR_MS
from queryd.store.store import ViewReader

MOST: Final = 500
"""Values of a kind: those heard of last. One not listed can still be asked for."""


class Count(msgspec.Struct, frozen=True):
    """Count the events that have one value."""

    value: str
    count: int


class SessionCount(msgspec.Struct, frozen=True):
    """Count the events of one session, and tell whose it is and when it last moved."""

    value: str
    count: int
    source_app: str | None
    last_event_at: int


class FilterValues(msgspec.Struct, frozen=True, kw_only=True):
    """Give the values there are to filter by, counted over `counted` events: all that are folded.

    Of each kind the 500 values heard of last are listed.
    """

    counted: int
    event_types: Sequence[Count]
    source_apps: Sequence[Count]
    tool_names: Sequence[Count]
    agent_ids: Sequence[Count]
    sessions: Sequence[SessionCount]
    model_names: Sequence[str]
    """Those that called tools, by name; so are the types of agents."""
    agent_types: Sequence[str]


class Source(msgspec.Struct, frozen=True):
    """Tell when a project was last heard of; ms since the epoch."""

    source_app: str
    last_event_at: int


class HeardType(msgspec.Struct, frozen=True):
    """Tell when a type of event was last heard, and how often."""

    event_type: str
    last_event_at: int
    count: int
    """Of all events that are folded."""
    count_24h: int
    """Of those of this hour and the 23 before it."""


def filter_values(views: ViewReader) -> FilterValues:
    """Return the values there are to filter by, most frequent first; sessions newest first."""
    with views.snapshot():
        types = _counts(views, "event_type")
        return FilterValues(
            counted=sum(found.count for found in types),
            event_types=types,
            source_apps=_counts(views, "source_app"),
            tool_names=_counts(views, "tool_name"),
            agent_ids=_counts(views, "agent_id"),
            sessions=[SessionCount(*row) for row in views.fetch(_SESSIONS, (MOST,))],
            model_names=[row[0] for row in views.fetch(_MODELS, (MODEL, MOST))],
            agent_types=[row[0] for row in views.fetch(_AGENT_TYPES, (AGENT, MOST))],
        )


def newest_sources(views: ViewReader) -> list[Source]:
    """Return when each project was last heard of, the newest first."""
    return [Source(*row) for row in views.fetch(_SOURCES, (MOST,))]


def heard_types(views: ViewReader, now: int) -> list[HeardType]:
    """Return every type of event ever heard, the last heard of first."""
    hour = now // HOUR_MS
    lately: dict[str, int] = dict(views.fetch(_HEARD_LATELY, (hour - 23, hour)))
    return [
        HeardType(event_type, last_event_at, count, lately.get(event_type, 0))
        for event_type, last_event_at, count in views.fetch(_HEARD, (MOST,))
    ]


def cursor(views: ViewReader) -> dict[str, int]:
    """Return how far the views are: `folded_id`, and how many events were `skipped`."""
    ((folded_id, skipped),) = views.fetch("SELECT folded_id, skipped FROM cursor")
    return {"folded_id": folded_id, "skipped": skipped}


def holes_after(views: ViewReader, rowid: int) -> int:
    """Return how many ids past one are of events that the log has deleted."""
    ((count,),) = views.fetch(_HOLES, (rowid,))
    return int(count)


def _counts(views: ViewReader, kind: str) -> list[Count]:
    found = [Count(*row) for row in views.fetch(_VALUES, (kind, MOST))]
    return sorted(found, key=lambda it: (-it.count, it.value))


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
_HEARD: Final = """
    SELECT value, last_event_at, count FROM filter_values WHERE kind = 'event_type'
    ORDER BY last_event_at DESC, value LIMIT ?
"""
_HEARD_LATELY: Final = """
    SELECT event_type, sum(count) FROM heard WHERE hour BETWEEN ? AND ? GROUP BY event_type
"""
