"""Index the newest events by their body: which event may be another delivery of one of them.

In: events that are to be stored, and those that were. Out: the events of the same body and time
that have no delivery by the same `via` yet, the earliest first.
"""

from collections import deque
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Final, TypeVar

import msgspec

from shared.event import NewEvent, is_record

WINDOW_MS: Final = 2_000
INDEXED_EVENTS: Final = 16_384
"""Events without a tool call; at 5,000 a second that is 3 s, and 5 MB."""
GROUP_COMPARED: Final = 64
"""Indexed events of one body and the same deliveries an event is compared with, in each 2 s."""
MAX_DELIVERIES: Final = 8
"""Of one event; three are known."""
BACKFILL: Final = "backfill"
"""A `via` whose bodies are built from transcripts, so they equal no hook's body."""

K = TypeVar("K")
Key = tuple[str, str, int]


class Candidate(msgspec.Struct, frozen=True, gc=False):
    """Hold what an event to be stored is compared by."""

    key: Key
    timestamp: int
    received_at: int
    via: str | None
    event_id: str | None


class IndexEntry(msgspec.Struct, gc=False, eq=False):
    """Hold one stored event and its deliveries."""

    id: int
    timestamp: int
    received_at: int
    deliveries: dict[str | None, str | None]
    """The event id of each delivery, by its `via`."""


class RecentEvents:
    """Index the newest events; `newest_ms` is when the log's newest was received."""

    def __init__(self, newest_ms: int | None) -> None:
        self._entries: dict[Key, IndexEntry | _PayloadGroup] = {}
        """Most bodies arrive once; a group for a single event would cost too much."""
        self._order: deque[tuple[Key, IndexEntry]] = deque()
        self._logged_until = newest_ms
        """An event of up to this time may match a row that is not indexed."""
        self._newest = newest_ms

    def may_match(self, candidates: Iterable[Candidate | None]) -> bool:
        """Return whether any may be stored already, by the index or in older rows of the log."""
        keys: set[Key] = set()
        for candidate in candidates:
            if candidate is None:
                continue
            key = candidate.key
            if key in self._entries or key in keys or self.is_older(candidate):
                return True
            keys.add(key)
        return False

    def is_older(self, candidate: Candidate) -> bool:
        """Return whether the log may hold a match that is not indexed."""
        until = self._logged_until
        return until is not None and candidate.timestamp - WINDOW_MS <= until

    def matches(self, candidate: Candidate, logged: Iterable[IndexEntry]) -> list[IndexEntry]:
        """Return the events, indexed or `logged`, that a candidate may be, the earliest first."""
        indexed = self._entries.get(candidate.key)
        entries = {entry.id: entry for entry in logged}
        if isinstance(indexed, IndexEntry):
            entries[indexed.id] = indexed
        elif indexed is not None:
            # The index knows the deliveries, which the log does not.
            entries = {rowid: indexed.by_rowid.get(rowid, it) for rowid, it in entries.items()}
            entries |= {entry.id: entry for entry in indexed.compared(candidate)}
        matching = (entry for entry in entries.values() if _is_match(entry, candidate))
        return sorted(matching, key=lambda entry: entry.id)

    def add(self, candidate: Candidate, rowid: int) -> None:
        deliveries = {candidate.via: candidate.event_id}
        entry = IndexEntry(rowid, candidate.timestamp, candidate.received_at, deliveries)
        self._add(candidate.key, entry)

    def merge(self, candidate: Candidate, entry: IndexEntry) -> None:
        """Add a delivery to the event it matched, which may be one of the log's."""
        indexed = self._entries.get(candidate.key)
        if isinstance(indexed, _PayloadGroup) and entry.id in indexed.by_rowid:
            indexed.merge(candidate, entry)
            return
        entry.deliveries[candidate.via] = candidate.event_id
        if indexed is not entry:
            self._add(candidate.key, entry)

    def clear(self) -> None:
        self._entries.clear()
        self._order.clear()
        self._logged_until = self._newest

    def _add(self, key: Key, entry: IndexEntry) -> None:
        indexed = self._entries.get(key)
        if indexed is None:
            self._entries[key] = entry
        else:
            if isinstance(indexed, IndexEntry):
                indexed = self._entries[key] = _PayloadGroup(indexed)
            indexed.add(entry)
        self._order.append((key, entry))
        if self._newest is None or entry.received_at > self._newest:
            self._newest = entry.received_at
        if len(self._order) > INDEXED_EVENTS:
            self._evict(*self._order.popleft())

    def _evict(self, key: Key, entry: IndexEntry) -> None:
        indexed = self._entries[key]
        if isinstance(indexed, _PayloadGroup):
            indexed.remove(entry)
        if isinstance(indexed, IndexEntry) or not indexed.by_rowid:
            del self._entries[key]
        # A sender's clock may be ahead; that must not make every new event look old.
        until = min(entry.timestamp, entry.received_at)
        self._logged_until = until if self._logged_until is None else max(self._logged_until, until)


class _PayloadGroup:
    """Hold the events of one body, by their span of 2 s and their deliveries."""

    def __init__(self, first: IndexEntry) -> None:
        self.by_rowid: dict[int, IndexEntry] = {}
        self._spans: dict[int, dict[frozenset[str | None], dict[int, IndexEntry]]] = {}
        self._by_delivery: dict[tuple[str | None, str], dict[int, IndexEntry]] = {}
        self.add(first)

    def compared(self, candidate: Candidate) -> Iterator[IndexEntry]:
        """Yield events that have no delivery by the same `via` yet, or this very delivery."""
        if candidate.event_id is not None:
            same = self._by_delivery.get((candidate.via, candidate.event_id), {})
            yield from islice(same.values(), GROUP_COMPARED)
        span = candidate.timestamp // WINDOW_MS
        for near in (span - 1, span, span + 1):
            for vias, entries in self._spans.get(near, {}).items():
                if candidate.via not in vias:
                    yield from islice(entries.values(), GROUP_COMPARED)

    def add(self, entry: IndexEntry) -> None:
        self.by_rowid[entry.id] = entry
        if len(entry.deliveries) < MAX_DELIVERIES:
            span = self._spans.setdefault(entry.timestamp // WINDOW_MS, {})
            span.setdefault(frozenset(entry.deliveries), {})[entry.id] = entry
        for via, event_id in entry.deliveries.items():
            if event_id is not None:
                self._by_delivery.setdefault((via, event_id), {})[entry.id] = entry

    def merge(self, candidate: Candidate, entry: IndexEntry) -> None:
        self.remove(entry)
        entry.deliveries[candidate.via] = candidate.event_id
        self.add(entry)

    def remove(self, entry: IndexEntry) -> None:
        del self.by_rowid[entry.id]
        if len(entry.deliveries) < MAX_DELIVERIES:
            span = entry.timestamp // WINDOW_MS
            _remove(self._spans[span], frozenset(entry.deliveries), entry)
            if not self._spans[span]:
                del self._spans[span]
        for via, event_id in entry.deliveries.items():
            if event_id is not None:
                _remove(self._by_delivery, (via, event_id), entry)


def candidate_of(new: NewEvent) -> Candidate | None:
    """Return what an event is compared by; None if it can have no second delivery."""
    event = new.event
    if event.tool_use_id is not None or is_record(event.hook_event_type):
        return None  # unique by its tool use, or by the id of its one source
    via = via_of(event.sender)
    if via == BACKFILL:
        return None
    key = (event.session_id, event.hook_event_type, hash(bytes(event.payload)))
    return Candidate(key, event.timestamp, event.received_at, via, new.event_id)


def via_of(sender: bytes | None) -> str | None:
    """Return the `via` of a sender; None for an http hook, which reports none."""
    if sender is None:
        return None
    try:
        return _SENDER.decode(sender).via
    except msgspec.DecodeError:
        return None


def _is_match(entry: IndexEntry, candidate: Candidate) -> bool:
    if abs(entry.timestamp - candidate.timestamp) > WINDOW_MS:
        return False
    if candidate.via not in entry.deliveries:
        return len(entry.deliveries) < MAX_DELIVERIES
    # A retry: the answer was lost, or the spool file outlived its COMMIT.
    return candidate.event_id is not None and entry.deliveries[candidate.via] == candidate.event_id


def _remove(groups: dict[K, dict[int, IndexEntry]], key: K, entry: IndexEntry) -> None:
    del groups[key][entry.id]
    if not groups[key]:
        del groups[key]


class _SenderVia(msgspec.Struct, frozen=True):
    via: str | None = None


_SENDER: Final = msgspec.json.Decoder(_SenderVia)
