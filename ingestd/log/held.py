"""Hold events in memory, in order and within limits, while the log cannot be written.

In: events whose append failed. Out: the same events, oldest first, to be retried, and to be shown
as unsaved meanwhile.
"""

from collections import deque
from collections.abc import Sequence
from itertools import islice
from typing import Final

import msgspec

from shared.event import Event, NewEvent, is_record

OVERHEAD_BYTES: Final = 1_024
"""Memory of an event without its payload, about."""


class HeldEvents:
    """Queue events up to a number and a size, without duplicates."""

    def __init__(self, *, limit_events: int, limit_bytes: int) -> None:
        self._limit_events = limit_events
        self._limit_bytes = limit_bytes
        self._queue: deque[NewEvent] = deque()
        self._keys: set[object] = set()
        self._bytes = 0
        self._last_id = 0

    def __len__(self) -> int:
        return len(self._queue)

    def add(self, events: Sequence[NewEvent], *, beyond_limits: bool = False) -> bool:
        """Hold all events or none; return False when they do not fit."""
        fresh = self._fresh(events)
        size = sum(_size_of(new) for new in fresh)
        if not beyond_limits:
            if len(self._queue) + len(fresh) > self._limit_events:
                return False
            if self._bytes + size > self._limit_bytes:
                return False
        self._bytes += size
        for new in fresh:
            self._last_id += 1
            event = msgspec.structs.replace(new.event, unsaved_id=self._last_id)
            self._queue.append(msgspec.structs.replace(new, event=event))
            self._keys |= _keys_of(new)
        return True

    def first(self, limit: int) -> list[NewEvent]:
        """Return the oldest events; they are held until `drop`."""
        return list(islice(self._queue, limit))

    def drop(self, count: int) -> None:
        for _ in range(count):
            new = self._queue.popleft()
            self._bytes -= _size_of(new)
            self._keys.difference_update(_keys_of(new))

    def after(self, unsaved_id: int, *, limit: int) -> list[Event]:
        events = (new.event for new in self._queue if (new.event.unsaved_id or 0) > unsaved_id)
        return [event for event, _ in zip(events, range(limit), strict=False)]

    def _fresh(self, events: Sequence[NewEvent]) -> list[NewEvent]:
        """Return the events that are not held yet, without duplicates."""
        fresh: list[NewEvent] = []
        keys: set[object] = set()
        for new in events:
            own = _keys_of(new)
            if self._keys.isdisjoint(own) and keys.isdisjoint(own):
                fresh.append(new)
                keys |= own
        return fresh


def _keys_of(new: NewEvent) -> set[object]:
    """Return the keys that duplicates share, as in the log's two unique indexes."""
    event = new.event
    keys: set[object] = set()
    if new.event_id is not None:
        keys.add(new.event_id)
        if is_record(event.hook_event_type):
            return keys
    if event.tool_use_id is not None:
        keys.add((event.tool_use_id, event.hook_event_type, event.session_id, event.agent_id))
    return keys


def _size_of(new: NewEvent) -> int:
    return OVERHEAD_BYTES + len(new.event.payload) + len(new.event.sender or b"")
