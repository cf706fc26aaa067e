"""Read the tool calls of lanes: a mark for each, or bins for a lane with too many."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Final, NamedTuple

from queryd.calls.open_calls import OUTCOME
from queryd.sessions.lane_rows import CallBin, CallMark, TimeRange
from queryd.store.conditions import json_list
from queryd.store.store import Value, ViewReader

MAX_LANE_MARKS: Final = 400
MAX_MARKS: Final = 3_000
"""In an answer, to keep it below 1 MB."""
BINS: Final = 80
TARGET_CHARS: Final = 120


class LaneCalls(NamedTuple):
    """The calls of lanes, by session and agent."""

    calls: dict[tuple[str, str], list[CallMark]]
    bins: dict[tuple[str, str], list[CallBin]]


def lane_calls(
    views: ViewReader, time_range: TimeRange, session_ids: Sequence[str], now: int
) -> LaneCalls:
    """Return the calls of each lane, or bins where there are too many."""
    bounds: dict[str, Value] = {
        "ids": json_list(session_ids),
        "since": time_range.since,
        "until": time_range.until,
    }
    counts = views.fetch(_COUNT_CALLS, bounds)
    left = MAX_MARKS
    marked, binned = [], []
    for count, session_id, agent_id in sorted(counts):
        if count <= min(left, MAX_LANE_MARKS):
            left -= count
            marked.append((session_id, agent_id))
        else:
            binned.append((session_id, agent_id))
    width = max(1, -(-(time_range.until - time_range.since + 1) // BINS))
    calls: dict[tuple[str, str], list[CallMark]] = defaultdict(list)
    selected = {**bounds, "lanes": json_list(marked), "1": now}
    for session_id, agent_id, *row in views.fetch(_MARKS, selected):
        calls[session_id, agent_id].append(CallMark(*row))
    bins: dict[tuple[str, str], list[CallBin]] = defaultdict(list)
    for session_id, agent_id, number, count, failed in views.fetch(
        _BINS, {**bounds, "lanes": json_list(binned), "width": width}
    ):
        at = time_range.since + number * width
        bins[session_id, agent_id].append(CallBin(at, at + width, count, failed))
    return LaneCalls(calls, bins)


_IN_RANGE: Final = """
    calls.session_id IN (SELECT value FROM json_each(:ids))
    AND started_at <= :until AND ifnull(ended_at, :until) >= :since
"""
_COUNT_CALLS: Final = f"""
    SELECT count(*), session_id, agent_id FROM calls WHERE {_IN_RANGE}
    GROUP BY session_id, agent_id
"""
_OF_LANES: Final = """
    (session_id, agent_id) IN (SELECT value ->> 0, value ->> 1 FROM json_each(:lanes))
"""
_MARKS: Final = f"""
    SELECT session_id, agent_id, id, tool_name, substr(target, 1, {TARGET_CHARS}), {OUTCOME},
        started_at, ended_at, duration_ms, first_event_id
    FROM calls WHERE {_IN_RANGE} AND {_OF_LANES} ORDER BY started_at, id
"""
_BINS: Final = f"""
    SELECT session_id, agent_id, max(0, started_at - :since) / :width, count(*),
        sum(outcome = 'failed')
    FROM calls WHERE {_IN_RANGE} AND {_OF_LANES} GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
"""
