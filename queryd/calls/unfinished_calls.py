"""Count tool calls without an end, with a few examples; not those that wait for the user.

A killed client, a missing hook and a lost request all have this effect.
"""

from collections.abc import Sequence
from typing import Final

import msgspec

from queryd.calls.figures import CallSelection, slices
from queryd.calls.open_calls import OUTCOME
from queryd.calls.rollup import ROLLUP
from queryd.store.periods import DAY_MS, MINUTE_MS
from queryd.store.rollup_reads import read
from queryd.store.store import ViewReader

MIN_RUNNING_MS: Final = 15 * MINUTE_MS
EXAMPLES: Final = 5
SCANNED_CALLS: Final = 5_000
"""The newest calls, which are searched for interrupted ones: those have no index."""


class OpenCall(msgspec.Struct, frozen=True):
    """A call without an end."""

    session_id: str
    source_app: str | None
    tool_name: str
    target: str | None
    """Its first 200 characters."""
    started_at: int
    """ms since the epoch."""
    event_id: int
    """The last event of the call."""


class UnfinishedCalls(msgspec.Struct, frozen=True, kw_only=True):
    """Calls without an end."""

    long_running: int
    """Running for more than 15 minutes, as their live processes say."""
    no_result: int
    """Started in the last 24 hours, and silent since, without a live process that works."""
    interrupted: int
    """Started in the last 24 hours and still open when their turn ended."""
    running_examples: Sequence[OpenCall]
    """The newest five."""
    no_result_examples: Sequence[OpenCall]
    interrupted_examples: Sequence[OpenCall]


def unfinished_calls(views: ViewReader, now: int) -> UnfinishedCalls:
    opened = views.fetch(_OPEN, (now,))
    running = [
        row for outcome, *row in opened if outcome == "running" and row[4] < now - MIN_RUNNING_MS
    ]
    lost = [row for outcome, *row in opened if outcome == "no_result" and row[4] >= now - DAY_MS]
    return UnfinishedCalls(
        long_running=len(running),
        no_result=len(lost),
        interrupted=_interrupted_in_a_day(views, now),
        running_examples=[OpenCall(*row) for row in running[:EXAMPLES]],
        no_result_examples=[OpenCall(*row) for row in lost[:EXAMPLES]],
        interrupted_examples=[
            OpenCall(*row)
            for row in views.fetch(_INTERRUPTED, (SCANNED_CALLS, now - DAY_MS, EXAMPLES))
        ],
    )


def _interrupted_in_a_day(views: ViewReader, now: int) -> int:
    selection = CallSelection(first=(now - DAY_MS) // MINUTE_MS, end=now // MINUTE_MS + 1)
    return sum(
        count
        for where in slices(views, selection, selection.kind_for())
        for (count,) in read(views, ROLLUP, where, ["ifnull(sum(interrupted), 0)"])
    )


_COLUMNS: Final = "session_id, source_app, tool_name, substr(target, 1, 200), started_at"
_OPEN: Final = f"""
    SELECT {OUTCOME}, {_COLUMNS}, last_event_id FROM calls INDEXED BY calls_running
    WHERE outcome = 'running' ORDER BY started_at DESC, id DESC
"""
_INTERRUPTED: Final = f"""
    SELECT {_COLUMNS}, last_event_id FROM calls
    WHERE id > (SELECT max(id) FROM calls) - ? AND outcome = 'interrupted' AND started_at >= ?
    ORDER BY id DESC LIMIT ?
"""
