"""Compare the queue of held events with a plain list."""

from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from ingestd.log.held import OVERHEAD_BYTES, HeldEvents
from shared.event import NewEvent
from tests.shared.events import new

EVENT_FIELDS = st.fixed_dictionaries(
    {
        "event_id": st.sampled_from([None, None, "e1", "e2"]),
        "hook_event_type": st.sampled_from(["PostToolUse", "tool_decision"]),
        "tool_use_id": st.sampled_from([None, None, "t1"]),
        "agent_id": st.sampled_from([None, "a1"]),
        "payload": st.integers(0, 900).map(lambda size: b'"%s"' % (b"x" * size)),
        "sender": st.sampled_from([None, msgspec.Raw(b'{"pid":1}')]),
    }
)


class UnsavedMachine(RuleBasedStateMachine):
    """Do anything the queue can do; it must always equal the list."""

    @initialize(limit_events=st.integers(0, 6), limit_bytes=st.integers(0, 8_000))
    def start(self, limit_events: int, limit_bytes: int) -> None:
        """Start with an empty queue of some size."""
        self.limits = (limit_events, limit_bytes)
        self.queue = HeldEvents(limit_events=limit_events, limit_bytes=limit_bytes)
        self.held: list[tuple[int, NewEvent]] = []
        self.last = 0

    @rule(fields_of=st.lists(EVENT_FIELDS, max_size=4))
    def keep(self, fields_of: list[dict[str, Any]]) -> None:
        """Take a request's events in, all or none; one that is there already takes no room."""
        events = [new(number, **fields) for number, fields in enumerate(fields_of)]
        fresh: list[NewEvent] = []
        for event in events:
            if not any(_same(event, other) for other in [*self._events(), *fresh]):
                fresh.append(event)
        after = [*self._events(), *fresh]
        fits = len(after) <= self.limits[0] and sum(map(_size, after)) <= self.limits[1]
        assert self.queue.add(events) == fits
        if fits:
            for event in fresh:
                self.last += 1
                self.held.append((self.last, event))

    @rule(count=st.integers(0, 3))
    def save_the_oldest(self, count: int) -> None:
        """Take the oldest, write them, drop them."""
        first = self.queue.first(count)
        assert first == self._shown()[:count]
        self.queue.drop(len(first))
        self.held = self.held[count:]

    @rule(place=st.integers(0, 12), limit=st.integers(0, 4))
    def show(self, place: int, limit: int) -> None:
        """Give a viewer those past the last it was shown."""
        expected = [event.event for event in self._shown() if (event.event.unsaved_id or 0) > place]
        assert self.queue.after(place, limit=limit) == expected[:limit]

    @invariant()
    def the_queue_says_what_the_list_says(self) -> None:
        """Compare all of it, in order."""
        if hasattr(self, "queue"):
            assert len(self.queue) == len(self.held)
            assert self.queue.first(1_000) == self._shown()

    def _events(self) -> list[NewEvent]:
        return [event for _, event in self.held]

    def _shown(self) -> list[NewEvent]:
        return [
            msgspec.structs.replace(
                event, event=msgspec.structs.replace(event.event, unsaved_id=number)
            )
            for number, event in self.held
        ]


TestTheQueueIsAList = UnsavedMachine.TestCase
TestTheQueueIsAList.settings = settings(max_examples=150, stateful_step_count=25, deadline=None)


def test_a_duplicate_within_a_call_is_held_once() -> None:
    """A spool may hold a try and its retry; room for the event is room for both."""
    queue = HeldEvents(limit_events=1, limit_bytes=1_000_000)
    assert queue.add([new(1, event_id="e"), new(2, event_id="e")])
    assert len(queue) == 1


@given(sizes=st.lists(st.integers(0, 3_000), max_size=30))
@settings(max_examples=100, deadline=None)
def test_dropped_events_free_their_space(sizes: list[int]) -> None:
    """A counter that drifts would turn events away from an empty queue."""
    queue = HeldEvents(limit_events=10, limit_bytes=3_000 + 2 + OVERHEAD_BYTES)
    for number, size in enumerate(sizes):
        assert queue.add([new(number, payload=b'"%s"' % (b"x" * size))])
        queue.drop(1)
    assert len(queue) == 0


def _same(one: NewEvent, other: NewEvent) -> bool:
    if one.event_id is not None and one.event_id == other.event_id:
        return True
    keys = [_call(each) for each in (one, other)]
    return keys[0] is not None and keys[0] == keys[1]


def _call(new_event: NewEvent) -> tuple[str | None, ...] | None:
    """Return what a tool event is known by; a record with an id of its own is known by that."""
    event = new_event.event
    is_record = event.hook_event_type == "tool_decision" and new_event.event_id is not None
    if is_record or event.tool_use_id is None:
        return None
    return event.tool_use_id, event.hook_event_type, event.agent_id


def _size(new_event: NewEvent) -> int:
    event = new_event.event
    return OVERHEAD_BYTES + len(event.payload) + len(event.sender or b"")
