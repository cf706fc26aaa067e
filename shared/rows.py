"""Turn a row of the log into an event: the one place that knows the order of the columns."""

from typing import Any, Final

import msgspec

from shared.event import Event
from shared.times import AHEAD_MS, EARLIEST_MS


def event_of(row: tuple[Any, ...]) -> Event:
    """Return the event of one row of `SELECT`."""
    (
        rowid,
        timestamp,
        received_at,
        session_id,
        hook_event_type,
        source_app,
        model_name,
        tool_name,
        tool_use_id,
        agent_id,
        summary,
        sender,
        payload,
    ) = row
    # `times.is_plausible`, without the call: old logs hold times in any unit, until
    # `Writer.correct_times` has run. If our own clock was wrong, there is no better time.
    if received_at >= EARLIEST_MS and not EARLIEST_MS <= timestamp <= received_at + AHEAD_MS:
        timestamp = received_at
    # Field by field, for it runs for every event: a dict doubled its time.
    return Event(
        id=rowid,
        timestamp=timestamp,
        received_at=received_at,
        session_id=session_id,
        hook_event_type=hook_event_type,
        source_app=source_app,
        model_name=model_name,
        tool_name=tool_name,
        tool_use_id=tool_use_id,
        agent_id=agent_id,
        summary=summary,
        sender=None if sender is None else msgspec.Raw(sender),
        payload=msgspec.Raw(payload),
        payload_bytes=len(payload),
    )


COLUMNS: Final = (
    "id",
    "timestamp",
    "received_at",
    "session_id",
    "hook_event_type",
    "source_app",
    "model_name",
    "tool_name",
    "tool_use_id",
    "agent_id",
    "summary",
)
"""Of `events`, in the order of its rows, up to those that hold JSON."""

# As blobs SQLite returns the JSON as bytes, without a str in between.
SELECT: Final = (
    f"SELECT {', '.join(COLUMNS)}, CAST(sender AS BLOB), CAST(payload AS BLOB) FROM events"
)
