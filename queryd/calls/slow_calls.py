"""Find the slowest calls of a tool.

The maxima in the roll-up show in which minutes they started, so a year's calls are not scanned.
"""

from typing import Final, NamedTuple

import msgspec

from queryd.calls.figures import CallSelection
from queryd.calls.rollup import ROLLUP
from queryd.store.conditions import Condition
from queryd.store.periods import MINUTE_MS
from queryd.store.rollup_reads import read, slices_of
from queryd.store.store import Row, ViewReader


class SlowCall(msgspec.Struct, frozen=True):
    """One of the slowest calls; times are ms since the epoch."""

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


class _Peak(NamedTuple):
    """A period with one of the largest maxima; its start is a minute."""

    max_ms: int
    start: int
    level: int


class _SearchRange(NamedTuple):
    """Minutes to search, in periods up to a level."""

    first: int
    end: int
    longest: int


def slowest(
    views: ViewReader, selection: CallSelection, tool: str, *, limit: int
) -> list[SlowCall]:
    """Return the calls that took longest; of equally long ones the latest first."""
    ranges = (
        [(selection.first, selection.end)]
        if selection.session_id
        else [(start, start + 1) for start in _peak_minutes(views, selection, tool, limit)]
    )
    rows = [
        row
        for first, end in ranges
        for row in _slow_calls(views, selection, tool, first, end, limit)
    ]
    rows.sort(key=lambda row: row[:3], reverse=True)
    return [SlowCall(*row[3:]) for row in rows[:limit]]


def _peak_minutes(views: ViewReader, selection: CallSelection, tool: str, limit: int) -> list[int]:
    """Return the minutes of the longest calls.

    The n longest calls lie in the n periods with the largest maxima. So the search goes from four
    weeks down to minutes, at each level only into those periods.
    """
    longest = len(ROLLUP.levels) - 1
    whole = _SearchRange(selection.first, selection.end, longest)
    peaks = _largest(views, selection, tool, [whole], limit)
    for level in range(longest, 0, -1):
        shorter = [it for it in peaks if it.level < level]
        ranges = [
            _SearchRange(it.start, it.start + ROLLUP.levels[level].size, level - 1)
            for it in peaks
            if it.level == level
        ]
        shorter += _largest(views, selection, tool, ranges, limit)
        peaks = sorted(shorter, reverse=True)[:limit]
    return [it.start for it in peaks]


def _largest(
    views: ViewReader, selection: CallSelection, tool: str, ranges: list[_SearchRange], limit: int
) -> list[_Peak]:
    conditions = [Condition("tool_name", (tool,)), *selection.cell_conditions]
    kind = selection.kind_for("tool_name")
    peaks: list[_Peak] = []
    for first, end, longest in ranges:
        for where in slices_of(views, ROLLUP, first, end, kind=kind, longest=longest).rolled_up:
            least = peaks[-1].max_ms if len(peaks) == limit else 0
            rows = read(
                views,
                ROLLUP,
                where,
                ("max(max_ms)", "start"),
                conditions,
                then="AND max_ms >= ? GROUP BY start ORDER BY 1 DESC, 2 DESC LIMIT ?",
                values=(least, limit),
            )
            peaks += [_Peak(int(max_ms), int(start), where.level) for max_ms, start in rows]
            peaks = sorted(peaks, reverse=True)[:limit]
    return peaks


def _slow_calls(
    views: ViewReader, selection: CallSelection, tool: str, first: int, end: int, limit: int
) -> list[Row]:
    condition, values = selection.call_condition()
    # A plus keeps SQLite from the tool's index, in favour of the session's.
    plus = "+" if selection.session_id else ""
    return views.fetch(
        f"SELECT {_COLUMNS} FROM calls"
        f" WHERE {plus}tool_name = ? AND {plus}started_at >= ? AND {plus}started_at < ?"
        f" AND duration_ms IS NOT NULL AND {condition}"
        " ORDER BY duration_ms DESC, started_at DESC, id DESC LIMIT ?",
        (tool, first * MINUTE_MS, end * MINUTE_MS, *values, limit),
    )


_COLUMNS: Final = """
    duration_ms, started_at, id,
    session_id, tool_use_id, nullif(agent_id, ''), agent_type, source_app, model_name, target,
    outcome, started_at, duration_ms, waiting_ms, first_event_id, last_event_id
"""
