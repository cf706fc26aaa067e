"""Answer which tool calls were opened and never closed.

In: a ViewReader. Out: counts and a few examples. A client that was killed, a hook that is missing
and a network that lost a post all look like this.
"""

from collections.abc import Sequence
from typing import Final

import msgspec

from queryd.calls.figures import CallFigures, CallSelection, CallTotals
from queryd.store.periods import MINUTE_MS
from queryd.store.store import ViewReader

LONG_MS: Final = 15 * MINUTE_MS
DAY_MS: Final = 1_440 * MINUTE_MS
EXAMPLES: Final = 5
LOOKED_AT: Final = 5_000
"""The newest calls, of which the interrupted ones are examples: there is no index of those."""


class OpenCall(msgspec.Struct, frozen=True):
    """Show a call that no event closed."""

    session_id: str
    source_app: str | None
    tool_name: str
    target: str | None
    """Its first 200 characters."""
    started_at: int
    """ms since the epoch."""
    event_id: int
    """The last event of the call."""


class Gaps(msgspec.Struct, frozen=True, kw_only=True):
    """Count calls that were opened and never closed."""

    long_running: int
    """Open for longer than 15 minutes."""
    interrupted: int
    """Begun in the last 24 hours and given up, for their turn was over."""
    running_examples: Sequence[OpenCall]
    """The newest five."""
    interrupted_examples: Sequence[OpenCall]


def gaps(views: ViewReader, now: int) -> Gaps:
    """Return what was opened and never closed."""
    selection = CallSelection(first=(now - DAY_MS) // MINUTE_MS, end=now // MINUTE_MS + 1)
    lately = sum(_interrupted(it) for it in CallFigures(views, selection).by_agent_type().values())
    before = now - LONG_MS
    ((long_running,),) = views.fetch(_COUNT_RUNNING, (before,))
    return Gaps(
        long_running=long_running,
        interrupted=lately,
        running_examples=[OpenCall(*row) for row in views.fetch(_RUNNING, (before, EXAMPLES))],
        interrupted_examples=[
            OpenCall(*row) for row in views.fetch(_INTERRUPTED, (LOOKED_AT, now - DAY_MS, EXAMPLES))
        ],
    )


def _interrupted(found: CallTotals) -> int:
    return int(found.interrupted)


_COLUMNS: Final = "session_id, source_app, tool_name, substr(target, 1, 200), started_at"
_COUNT_RUNNING: Final = """
    SELECT count(*) FROM calls INDEXED BY calls_running WHERE outcome = 'running' AND started_at < ?
"""
_RUNNING: Final = f"""
    SELECT {_COLUMNS}, last_event_id FROM calls INDEXED BY calls_running
    WHERE outcome = 'running' AND started_at < ? ORDER BY started_at DESC, id DESC LIMIT ?
"""
_INTERRUPTED: Final = f"""
    SELECT {_COLUMNS}, last_event_id FROM calls
    WHERE id > (SELECT max(id) FROM calls) - ? AND outcome = 'interrupted' AND started_at >= ?
    ORDER BY id DESC LIMIT ?
"""
