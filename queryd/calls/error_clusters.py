"""Read the failed calls of a tool: the last one, and clusters of calls with the same error."""

from collections import defaultdict
from typing import Final

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


class _ClusterTotals(msgspec.Struct):
    count: int = 0
    sessions: set[str] = msgspec.field(default_factory=set)
    last_at: int = 0


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
    clusters: dict[str | None, _ClusterTotals] = defaultdict(_ClusterTotals)
    for key, session_id, started_at in _failures(views, selection, tool):
        totals = clusters[key]
        totals.count += 1
        totals.sessions.add(session_id)
        totals.last_at = max(totals.last_at, started_at)
    largest = sorted(clusters.items(), key=lambda it: (-it[1].count, -it[1].last_at, it[0] or ""))
    return [_cluster(views, selection, tool, key, totals) for key, totals in largest[:limit]], len(
        clusters
    )


def _failures(views: ViewReader, selection: CallSelection, tool: str) -> list[Row]:
    """Return error key, session and start; SQL that counts sessions is 4 times slower."""
    condition, values = selection.call_condition()
    return views.fetch(
        "SELECT error_key, session_id, started_at FROM calls"
        " WHERE tool_name = ? AND outcome = 'failed'"
        f" AND started_at >= ? AND started_at < ? AND {condition}",
        (tool, selection.first * MINUTE_MS, selection.end * MINUTE_MS, *values),
    )


def _cluster(
    views: ViewReader,
    selection: CallSelection,
    tool: str,
    key: str | None,
    totals: _ClusterTotals,
) -> ErrorCluster:
    condition, values = selection.call_condition()
    error, event_id, session_id = views.fetch(
        f"SELECT substr(error, 1, {ERROR_CHARS}), last_event_id, session_id FROM calls"
        " WHERE tool_name = ? AND outcome = 'failed' AND started_at = ? AND error_key IS ?"
        f" AND {condition} ORDER BY id DESC LIMIT 1",
        (tool, totals.last_at, key, *values),
    )[0]
    return ErrorCluster(
        key, error, totals.count, len(totals.sessions), totals.last_at, event_id, session_id
    )
