"""Compare the tail with the whole list: it returns all events after a place, or None."""

import asyncio

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from queryd.live.frame import frame
from queryd.live.tail import Tail, Wake
from shared.event import Event
from tests.shared.events import new, stored


def event(rowid: int, size: int = 10) -> Event:
    return stored(new(rowid, payload=b'"%s"' % (b"x" * size)), rowid)


@given(
    start=st.integers(0, 5),
    batches=st.lists(
        st.lists(st.tuples(st.integers(1, 3), st.integers(0, 400)), max_size=5), max_size=6
    ),
    limit=st.sampled_from([0, 500, 1_500, 100_000]),
)
@settings(max_examples=300, deadline=None)
def test_the_tail_returns_all_events_after_a_place_or_none(
    start: int, batches: list[list[tuple[int, int]]], limit: int
) -> None:
    """A list with a hole would be a gap on every stream that is a little behind."""
    tail = Tail(limit_bytes=limit)
    tail.reset(start)
    rowid, whole = start, []
    for batch in batches:
        events = []
        for gap, size in batch:  # rowids skip where a duplicate was
            rowid += gap
            events.append(event(rowid, size))
        tail.extend([frame(each) for each in events])
        whole += events
        held = 0
        for place in range(rowid + 2):
            found = tail.after(place)
            if found is None:
                assert held == 0  # once a place is held, all later ones are
                continue
            assert found == [frame(each) for each in whole if (each.id or 0) > place]
            held = max(held, sum(len(made.data) for made in found), 1)
        assert held <= max(limit, 1)
        assert tail.after(rowid) == []
        assert tail.last_id == rowid


def test_asks_that_may_be_over_are_read_from_the_log() -> None:
    """A client that comes back would be shown an ask as waiting that was answered meanwhile."""
    tail = Tail()
    tail.reset(0)
    request = msgspec.structs.replace(event(2), hook_event_type="PermissionRequest")
    tail.extend([frame(event(1)), frame(request)])
    assert len(tail.after(0) or []) == 2  # it has just been asked
    tail.extend([frame(event(3))])
    assert tail.after(0) is tail.after(1) is None
    assert len(tail.after(2) or []) == 1


def test_a_tail_within_its_limit_contains_everything() -> None:
    """Else every stream would read the log for each event."""
    tail = Tail()
    tail.reset(3)
    tail.extend([frame(event(rowid)) for rowid in range(4, 100)])
    assert len(tail.after(3) or []) == 96
    assert tail.after(2) is None


def test_another_log_starts_empty() -> None:
    """Rowids of two logs do not compare."""
    tail = Tail()
    tail.reset(0)
    tail.extend([frame(event(1)), frame(event(2))])
    generation = tail.generation
    tail.reset(1)
    assert tail.generation == generation + 1
    assert (tail.last_id, tail.after(1), tail.after(0)) == (1, [], None)


def test_a_wake_between_read_and_wait_is_not_missed() -> None:
    """It is why the next wake is taken before looking."""

    async def main() -> None:
        wake = Wake()
        first, same = wake.upcoming(), wake.upcoming()
        assert first is same
        wake.now()
        await asyncio.wait_for(first.wait(), 10)
        assert not wake.upcoming().is_set()

    asyncio.run(main())


def test_every_change_of_the_tail_wakes_all_readers() -> None:
    """A stream that sleeps through a replaced log would sleep for ever."""

    async def main() -> None:
        tail = Tail()
        for is_new in (True, False):
            waiting = [asyncio.create_task(tail.wake.upcoming().wait()) for _ in range(3)]
            await asyncio.sleep(0)
            if is_new:
                tail.reset(0)
            else:
                tail.extend([frame(event(1))])
            assert await asyncio.wait_for(asyncio.gather(*waiting), 10) == [True] * 3

    asyncio.run(main())
