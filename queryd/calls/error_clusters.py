"""Read the failed calls of a tool: the last one, and clusters of calls with the same error."""

from heapq import nsmallest
from typing import Final, NamedTuple

import msgspec

from queryd.calls.figures import CallSelection
from queryd.store.periods import MINUTE_MS
from queryd.store.store import Row, ViewReader

ERROR_CHARS: Final = 2_000


class CallFailure(msgspec.Struct, frozen=True):
    """A call that failed."""

    at: int
    """ms since the epoch: when it failed or, if that is unknown, when it started."""
    error: str | None
    """Its first 2,000 characters; null when none was reported."""
    event_id: int
    """The last event of the call."""


class ErrorCluster(msgspec.Struct, frozen=True):
    """Failed calls with the same error."""

    error_key: str | None
    """The error without numbers, names and places; null when none was reported."""
    error: str | None
    """The last one, its first 2,000 characters."""
    count: int
    sessions: int
    """How many sessions had them."""
    last_at: int
    """ms since the epoch: when the last of the calls started."""
    last_event_id: int
    last_session_id: str


class _ClusterTotals(NamedTuple):
    key: str | None
    calls: int
    sessions: int
    last_at: int


def last_failure(
    views: ViewReader, selection: CallSelection, tool: str, first: int, end: int
) -> CallFailure | None:
    """Return the last failed call of a tool, of those that started in these minutes."""
    condition, values = selection.call_condition()
    rows = views.fetch(
        f"SELECT ifnull(ended_at, started_at), substr(error, 1, {ERROR_CHARS}), last_event_id"
        " FROM calls WHERE tool_name = ? AND outcome = 'failed'"
        f" AND started_at >= ? AND started_at < ? AND {condition}"
        " ORDER BY started_at DESC, id DESC LIMIT 1",
        (
            tool,
            max(first, selection.first) * MINUTE_MS,
            min(end, selection.end) * MINUTE_MS,
            *values,
        ),
    )
    return CallFailure(*rows[0]) if rows else None


def error_clusters(
    views: ViewReader, selection: CallSelection, tool: str, *, limit: int
) -> tuple[list[ErrorCluster], int]:
    """Return the largest clusters, the largest first, and how many clusters there are."""
    clusters = [_ClusterTotals(*row) for row in _clusters(views, selection, tool)]
    largest = nsmallest(limit, clusters, key=lambda it: (-it.calls, -it.last_at, it.key or ""))
    return [_cluster(views, selection, tool, it) for it in largest], len(clusters)


def _clusters(views: ViewReader, selection: CallSelection, tool: str) -> list[Row]:
    """Return error key, calls, sessions and the last start of each cluster."""
    condition, values = selection.call_condition()
    first, end = selection.first * MINUTE_MS, selection.end * MINUTE_MS
    return views.fetch(
        "SELECT error_key, count(*), count(DISTINCT session_id), max(started_at)"
        f" FROM calls {_index_for(views, selection, tool)}"
        " WHERE tool_name = ? AND outcome = 'failed' AND started_at >= ? AND started_at < ?"
        f" AND {condition} GROUP BY error_key",
        (tool, first, end, *values),
    )


def _index_for(views: ViewReader, selection: CallSelection, tool: str) -> str:
    """Return the index to count clusters by, as SQL."""
    if selection.session_id:
        return ""
    # In one SELECT with both, SQLite scans the whole index.
    bounds = "SELECT {}(started_at) FROM calls WHERE tool_name = :tool AND outcome = 'failed'"
    ((first, last),) = views.fetch(
        f"SELECT ({bounds.format('min')}), ({bounds.format('max')})", {"tool": tool}
    )
    if first is None:
        return ""
    inside = min(selection.end * MINUTE_MS, last) - max(selection.first * MINUTE_MS, first)
    # Sorted by error, all failures are counted in a third of the time that sorting them takes.
    return f"INDEXED BY {'calls_alike' if inside * 3 > last - first else 'calls_failed'}"


def _cluster(
    views: ViewReader, selection: CallSelection, tool: str, totals: _ClusterTotals
) -> ErrorCluster:
    condition, values = selection.call_condition()
    error, event_id, session_id = views.fetch(
        f"SELECT substr(error, 1, {ERROR_CHARS}), last_event_id, session_id FROM calls"
        " WHERE tool_name = ? AND outcome = 'failed' AND started_at = ? AND error_key IS ?"
        f" AND {condition} ORDER BY id DESC LIMIT 1",
        (tool, totals.last_at, totals.key, *values),
    )[0]
    return ErrorCluster(
        totals.key, error, totals.calls, totals.sessions, totals.last_at, event_id, session_id
    )
