"""Know again an event that came by two ways: settings and plugin, or an http hook and the plugin.

In: events that have no tool call to be known by. Out: which of them an earlier one may already be.
Each way gives its copy an event id of its own; what they share is the body, byte for byte, and the
time, within 2 s. Left to `writer`: to look into the log, and to compare the bodies themselves.

One event takes in one copy by each other way. The same way twice is two events: somebody wrote the
same prompt again. All this is remembered for the newest events; for older ones, and those of an
earlier process, the log is asked, which does not tell what an event has taken in before.

However many events share a body and a time, each is compared with a few: those that a copy by its
way could still belong to are kept together, in order.
"""

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Final, TypeVar

import msgspec

from shared.event import NewEvent, is_record

APART_MS: Final = 2_000
REMEMBERED: Final = 16_384
"""Events without a tool call; at 5,000 a second that is 3 s, and 5 MB."""
COMPARED: Final = 64
"""How many events of the same body, and of the same ways, are looked at in each span of 2 s."""
MOST_WAYS: Final = 8
"""By which one event may come; there are three."""
MADE_ELSEWHERE: Final = "backfill"
"""A way whose bodies are made of other sources, and so can be no copies."""

K = TypeVar("K")
Key = tuple[str, str, int]


class Seen(msgspec.Struct, gc=False, eq=False):
    """Hold one stored event, and by which ways it came."""

    id: int
    timestamp: int
    received_at: int
    ways: dict[str | None, str | None]
    """The event id by which each way's copy is known."""


class Draft(msgspec.Struct, frozen=True, gc=False):
    """Hold what an event that is to be stored is compared by."""

    key: Key
    timestamp: int
    received_at: int
    way: str | None
    event_id: str | None


class Copies:
    """Remember the newest events; `newest_ms` is when the log's newest was taken."""

    def __init__(self, newest_ms: int | None) -> None:
        self._seen: dict[Key, Seen | _SameBody] = {}
        """Hardly any body comes a second time; for the one event of a body a group is too much."""
        self._order: deque[tuple[Key, Seen]] = deque()
        self._told_until = newest_ms
        """An event of up to this time may have a twin that only the log knows."""
        self._newest = newest_ms

    def drafts(self, events: Sequence[NewEvent]) -> list[Draft | None]:
        """Return what each event is compared by; None of one that can have no copy."""
        return [None if new.event.tool_use_id is not None else _draft(new) for new in events]

    def any_suspect(self, drafts: Iterable[Draft | None]) -> bool:
        """Tell whether any may be stored already, by what is remembered, or only the log knows."""
        fresh: set[Key] = set()
        for draft in drafts:
            if draft is None:
                continue
            if draft.key in self._seen or draft.key in fresh or self.is_old(draft):
                return True
            fresh.add(draft.key)
        return False

    def is_old(self, draft: Draft) -> bool:
        """Tell whether the log must be asked as well."""
        return self._told_until is not None and draft.timestamp - APART_MS <= self._told_until

    def like(self, draft: Draft, logged: Iterable[Seen]) -> list[Seen]:
        """Return the events this one may be a copy of, the earliest first."""
        same = self._seen.get(draft.key)
        known = {seen.id: seen for seen in logged}
        if isinstance(same, Seen):
            known[same.id] = same
        elif same is not None:
            known = {rowid: same.by_rowid.get(rowid, seen) for rowid, seen in known.items()}
            known |= {seen.id: seen for seen in same.candidates(draft)}
        near = (seen for seen in known.values() if _near(seen, draft))
        return sorted(near, key=lambda seen: seen.id)

    def remember(self, draft: Draft, rowid: int) -> None:
        """Take note of an event that was stored."""
        ways = {draft.way: draft.event_id}
        self._add(draft.key, Seen(rowid, draft.timestamp, draft.received_at, ways))

    def absorb(self, draft: Draft, into: Seen) -> None:
        """Take note that this event is that one, come by another way."""
        same = self._seen.get(draft.key)
        if isinstance(same, _SameBody) and into.id in same.by_rowid:
            same.absorb(draft, into)
        elif same is into:
            into.ways[draft.way] = draft.event_id
        else:
            into.ways[draft.way] = draft.event_id
            self._add(draft.key, into)

    def forget(self) -> None:
        """Forget everything, for what was noted last did not come to be; the log knows the rest."""
        self._seen.clear()
        self._order.clear()
        self._told_until = self._newest

    def _add(self, key: Key, seen: Seen) -> None:
        same = self._seen.get(key)
        if same is None:
            self._seen[key] = seen
        else:
            if isinstance(same, Seen):
                same = self._seen[key] = _SameBody(same)
            same.add(seen)
        self._order.append((key, seen))
        if self._newest is None or seen.received_at > self._newest:
            self._newest = seen.received_at
        if len(self._order) > REMEMBERED:
            self._let_go(*self._order.popleft())

    def _let_go(self, key: Key, seen: Seen) -> None:
        same = self._seen[key]
        if isinstance(same, _SameBody):
            same.remove(seen)
        if isinstance(same, Seen) or not same.by_rowid:
            del self._seen[key]
        # A sender's clock may be ahead; that must not make all that comes look old.
        until = min(seen.timestamp, seen.received_at)
        self._told_until = until if self._told_until is None else max(self._told_until, until)


class _SameBody:
    """Hold the events that share one body, by their span of 2 s and the ways by which they came."""

    def __init__(self, first: Seen) -> None:
        self.by_rowid: dict[int, Seen] = {}
        self._groups: dict[int, dict[frozenset[str | None], dict[int, Seen]]] = {}
        self._by_copy: dict[tuple[str | None, str], dict[int, Seen]] = {}
        self.add(first)

    def candidates(self, draft: Draft) -> Iterator[Seen]:
        """Yield the events that may have come by this way as well, or did in this very copy."""
        if draft.event_id is not None:
            copies = self._by_copy.get((draft.way, draft.event_id), {})
            yield from islice(copies.values(), COMPARED)
        span = draft.timestamp // APART_MS
        for near in (span - 1, span, span + 1):
            for ways, group in self._groups.get(near, {}).items():
                if draft.way not in ways:
                    yield from islice(group.values(), COMPARED)

    def add(self, seen: Seen) -> None:
        self.by_rowid[seen.id] = seen
        self._group(seen)
        for way, event_id in seen.ways.items():
            if event_id is not None:
                self._by_copy.setdefault((way, event_id), {})[seen.id] = seen

    def absorb(self, draft: Draft, into: Seen) -> None:
        self.remove(into)
        into.ways[draft.way] = draft.event_id
        self.add(into)

    def remove(self, seen: Seen) -> None:
        del self.by_rowid[seen.id]
        self._ungroup(seen)
        for way, event_id in seen.ways.items():
            if event_id is not None:
                _drop(self._by_copy, (way, event_id), seen)

    def _group(self, seen: Seen) -> None:
        if len(seen.ways) < MOST_WAYS:
            groups = self._groups.setdefault(seen.timestamp // APART_MS, {})
            groups.setdefault(frozenset(seen.ways), {})[seen.id] = seen

    def _ungroup(self, seen: Seen) -> None:
        if len(seen.ways) < MOST_WAYS:
            span = seen.timestamp // APART_MS
            _drop(self._groups[span], frozenset(seen.ways), seen)
            if not self._groups[span]:
                del self._groups[span]


def _drop(groups: dict[K, dict[int, Seen]], key: K, seen: Seen) -> None:
    del groups[key][seen.id]
    if not groups[key]:
        del groups[key]


def way_of(sender: bytes | None) -> str | None:
    """Return by which way an event came; None of an http hook, which says nothing."""
    if sender is None:
        return None
    try:
        return _SENDER.decode(sender).via
    except msgspec.DecodeError:
        return None


def _draft(new: NewEvent) -> Draft | None:
    event = new.event
    if is_record(event.hook_event_type):
        return None  # told by one source alone, and known by an id of its own
    way = None if event.sender is None else way_of(event.sender)
    if way == MADE_ELSEWHERE:
        return None
    key = (event.session_id, event.hook_event_type, hash(bytes(event.payload)))
    return Draft(key, event.timestamp, event.received_at, way, new.event_id)


def _near(seen: Seen, draft: Draft) -> bool:
    if abs(seen.timestamp - draft.timestamp) > APART_MS:
        return False
    if draft.way not in seen.ways:
        return len(seen.ways) < MOST_WAYS
    # The copy itself once more: its answer was lost, or its file outlived its COMMIT.
    return draft.event_id is not None and seen.ways[draft.way] == draft.event_id


class _Sender(msgspec.Struct, frozen=True):
    via: str | None = None


_SENDER: Final = msgspec.json.Decoder(_Sender)
