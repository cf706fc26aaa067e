"""Find single calls of a tool: the slowest, the last that failed, and clusters of failures.

In: a tool, and which of its calls are selected. Out: calls. The roll-up says where to look, so that
no answer walks through all calls of a year.
"""

from collections import defaultdict
from typing import Final

import msgspec

from queryd.calls.figures import CallSelection
from queryd.calls.rollup import ROLLUP
from queryd.store.conditions import Condition
from queryd.store.periods import MINUTE_MS
from queryd.store.rollup_reads import read, slices_of
from queryd.store.store import Row, ViewReader

ERROR_CHARACTERS: Final = 2_000


class Failure(msgspec.Struct, frozen=True):
    """Show a call that failed."""

    at: int
    """ms since the epoch: when it failed or, if that is unknown, when it started."""
    error: str | None
    """Its first 2,000 characters; null when none was reported."""
    event_id: int
    """The last event of the call."""


class SlowCall(msgspec.Struct, frozen=True):
    """Show one call; times are ms since the epoch."""

    session_id: str
    tool_use_id: str
    agent_id: str | None
    """null for the main thread."""
    agent_type: str | None
    source_app: str | None
    model_name: str | None
    target: str | None
    outcome: str
    started_at: int
    duration_ms: int
    waiting_ms: int | None
    first_event_id: int
    last_event_id: int


class FailureCluster(msgspec.Struct, frozen=True):
    """Show failures with the same error."""

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


def last_failure(
    views: ViewReader, selection: CallSelection, tool: str, first: int, end: int
) -> Failure | None:
    """Return the last call of a tool that failed, of those that started in these minutes."""
    condition, values = selection.of_calls()
    rows = views.fetch(
        f"SELECT ifnull(ended_at, started_at), substr(error, 1, {ERROR_CHARACTERS}), last_event_id"
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
    return Failure(*rows[0]) if rows else None


def is_known(views: ViewReader, tool: str) -> bool:
    """Return whether the log has any call of a tool."""
    return bool(views.fetch("SELECT 1 FROM calls WHERE tool_name = ? LIMIT 1", (tool,)))


def slowest(views: ViewReader, selection: CallSelection, tool: str, most: int) -> list[SlowCall]:
    """Return the calls of a tool that took longest, of the equally long ones the latest first."""
    places = (
        [(selection.first, selection.end)]
        if selection.session_id
        else [(start, start + 1) for start in _peaks(views, selection, tool, most)]
    )
    found = [
        row for first, end in places for row in _slow(views, selection, tool, first, end, most)
    ]
    found.sort(key=lambda row: row[:3], reverse=True)
    return [SlowCall(*row[3:]) for row in found[:most]]


def failure_clusters(
    views: ViewReader, selection: CallSelection, tool: str, most: int
) -> tuple[list[FailureCluster], int]:
    """Return the failures of a tool by error, the most frequent first.

    Beside them: how many kinds of failure there are.
    """
    found: dict[str | None, _Cluster] = defaultdict(_Cluster)
    for key, session_id, started_at in _failures(views, selection, tool):
        cluster = found[key]
        cluster.count += 1
        cluster.sessions.add(session_id)
        cluster.last_at = max(cluster.last_at, started_at)
    ordered = sorted(found, key=lambda key: (-found[key].count, -found[key].last_at, key or ""))
    return [_cluster(views, selection, tool, key, found[key]) for key in ordered[:most]], len(found)


class _Cluster(msgspec.Struct):
    count: int = 0
    sessions: set[str] = msgspec.field(default_factory=set)
    last_at: int = 0


def _failures(views: ViewReader, selection: CallSelection, tool: str) -> list[Row]:
    """Return error key, session and beginning; SQL that counts sessions is 4 times slower."""
    condition, values = selection.of_calls()
    return views.fetch(
        "SELECT error_key, session_id, started_at FROM calls"
        " WHERE tool_name = ? AND outcome = 'failed'"
        f" AND started_at >= ? AND started_at < ? AND {condition}",
        (tool, selection.first * MINUTE_MS, selection.end * MINUTE_MS, *values),
    )


def _cluster(
    views: ViewReader, selection: CallSelection, tool: str, key: str | None, cluster: _Cluster
) -> FailureCluster:
    condition, values = selection.of_calls()
    error, event_id, session_id = views.fetch(
        f"SELECT substr(error, 1, {ERROR_CHARACTERS}), last_event_id, session_id FROM calls"
        " WHERE tool_name = ? AND outcome = 'failed' AND started_at = ? AND error_key IS ?"
        f" AND {condition} ORDER BY id DESC LIMIT 1",
        (tool, cluster.last_at, key, *values),
    )[0]
    return FailureCluster(
        key, error, cluster.count, len(cluster.sessions), cluster.last_at, event_id, session_id
    )


def _peaks(views: ViewReader, selection: CallSelection, tool: str, most: int) -> list[int]:
    """Return the minutes that hold the longest calls.

    The longest calls lie in the periods with the largest maxima, of as many periods as calls. So
    the search goes from four weeks down to minutes, and at each level only into those.
    """
    longest = len(ROLLUP.levels) - 1
    peaks = _largest(views, selection, tool, [(selection.first, selection.end, longest)], most)
    for level in range(longest, 0, -1):
        done = [peak for peak in peaks if peak[2] < level]
        parts = [
            (start, start + ROLLUP.levels[level].size, level - 1)
            for _, start, of_level in peaks
            if of_level == level
        ]
        peaks = sorted(done + _largest(views, selection, tool, parts, most), reverse=True)[:most]
    return [start for _, start, _ in peaks]


def _largest(
    views: ViewReader,
    selection: CallSelection,
    tool: str,
    parts: list[tuple[int, int, int]],
    most: int,
) -> list[tuple[int, int, int]]:
    """Return (maximum, first minute, level) of the periods with the largest maxima.

    Each part to search is a first minute, an end, and the longest level to read.
    """
    conditions = [Condition("tool_name", (tool,)), *selection.of_cells]
    found: list[tuple[int, int, int]] = []
    for first, end, longest in parts:
        slices = slices_of(
            views, ROLLUP, first, end, kind=selection.kind_for("tool_name"), longest=longest
        )
        for where in slices.rolled_up:
            least = found[-1][0] if len(found) == most else 0
            rows = read(
                views,
                ROLLUP,
                where,
                ("max(max_ms)", "start"),
                conditions,
                then="AND max_ms >= ? GROUP BY start ORDER BY 1 DESC, 2 DESC LIMIT ?",
                values=(least, most),
            )
            found += [(int(max_ms), int(start), where.level) for max_ms, start in rows]
            found = sorted(found, reverse=True)[:most]
    return found


def _slow(
    views: ViewReader, selection: CallSelection, tool: str, first: int, end: int, most: int
) -> list[Row]:
    condition, values = selection.of_calls()
    plus = (
        "+" if selection.session_id else ""
    )  # keeps from the tool's index, in favour of the session's
    return views.fetch(
        "SELECT duration_ms, started_at, id, session_id, tool_use_id, nullif(agent_id, ''),"
        " agent_type, source_app, model_name, target, outcome, started_at, duration_ms, waiting_ms,"
        " first_event_id, last_event_id FROM calls"
        f" WHERE {plus}tool_name = ? AND {plus}started_at >= ? AND {plus}started_at < ?"
        f" AND duration_ms IS NOT NULL AND {condition}"
        " ORDER BY duration_ms DESC, started_at DESC, id DESC LIMIT ?",
        (tool, first * MINUTE_MS, end * MINUTE_MS, *values, most),
    )
