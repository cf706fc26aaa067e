"""Test events as lines and in batches: the same events, whether replayed or live."""

import asyncio
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

import queryd.live.frame
import queryd.live.stream
from queryd.live.frame import (
    BATCH_BYTES,
    BATCH_EVENTS,
    FULL,
    EventFormat,
    FieldSet,
    frame,
    messages,
)
from queryd.live.ingest_monitor import IngestMonitor
from queryd.live.routes import get_unsaved_event
from queryd.live.selection import Choice
from queryd.live.tail import Wake
from queryd.store.payload import decode
from queryd.summaries.event_line import EventLine, event_line
from queryd.summaries.preview import preview
from shared.errors import Refusal
from shared.event import Event
from shared.filter import Filter
from shared.settings import Settings
from tests.queryd.live.test_stream import Client, Query, run, write_at_random
from tests.shared.events import new, stored, unstored
from tests.sse_parser import Dispatched, dispatched

__all__ = ["run"]

SHAPES = [EventFormat(fields, batch) for fields in ("all", "line") for batch in (False, True)]


def shown(event: Event, fields: FieldSet) -> Event | EventLine:
    """Return what a client receives of an event."""
    payload = decode(bytes(event.payload))
    whole = preview(event, payload)
    if fields == "all":
        return whole
    return msgspec.json.decode(msgspec.json.encode(event_line(whole, payload)), type=EventLine)


def read(message: Dispatched, event_format: EventFormat) -> list[Event | EventLine]:
    """Return the events of a message, by its type alone."""
    one: Any = EventLine if event_format.fields == "line" else Event
    if event_format.batch:
        found: list[Event | EventLine] = msgspec.json.decode(message.data, type=list[one])
        return found
    return [msgspec.json.decode(message.data, type=one)]


def events_of(
    client: Client, event_format: EventFormat, name: str = "message"
) -> list[Event | EventLine]:
    """Return every event that a client received."""
    found = [each for each in client.messages() if each.name == name]
    return [event for message in found for event in read(message, event_format)]


@pytest.mark.parametrize("event_format", SHAPES)
@pytest.mark.parametrize("seed", range(3))
def test_replay_and_live_give_each_event_once_in_every_shape(
    run: Callable[..., None], monkeypatch: pytest.MonkeyPatch, event_format: EventFormat, seed: int
) -> None:
    """A page that resumes inside a batch must neither miss nor repeat an event."""
    monkeypatch.setattr(queryd.live.stream, "REPLAY_PAGE", 7)
    monkeypatch.setattr(queryd.live.stream, "KEEP_ALIVE_S", 0.01)  # else a done reader would wait
    monkeypatch.setattr(queryd.live.frame, "BATCH_EVENTS", 3)
    dice = random.Random(seed)

    async def use(query: Query) -> None:
        query.post(dice.randrange(40))
        choices = [Choice(filter=it, format=event_format) for it in (Filter(), Filter(since=1_010))]
        clients = [
            (after, choice, Client(query.streams.open(after, choice)))
            for after in (0, query.count // 2, query.count)
            for choice in choices
        ]
        for _, _, client in clients:
            await client.chunk()
        done = asyncio.Event()

        async def read_on(client: Client) -> None:
            while not (done.is_set() and client.ids()[-1:] == [query.count]):
                await client.chunk()

        reading = [asyncio.create_task(read_on(client)) for _, _, client in clients]
        await write_at_random(query, dice)
        done.set()
        query.tail.wake.now()
        await asyncio.gather(*reading)
        for after, choice, client in clients:
            wanted = query.log.after(after, wanted=choice.filter)
            assert events_of(client, event_format) == [
                shown(event, event_format.fields) for event in wanted
            ]

    run(use, limit_bytes=dice.choice([0, 3_000, 1_000_000]))


def test_a_client_resumes_after_any_batch(run: Callable[..., None]) -> None:
    """`Last-Event-ID` is all that a browser has after a lost connection."""
    event_format = EventFormat("line", batch=True)

    async def use(query: Query) -> None:
        for _ in range(3):
            query.post(400)
        first = Client(query.streams.open(0, Choice(format=event_format)))
        await first.until(1_200)
        assert [len(read(it, event_format)) for it in first.messages()[1:]] == [500, 500, 200]
        for message in first.messages()[1:3]:
            again = Client(query.streams.open(int(message.last_id), Choice(format=event_format)))
            await again.until(1_200)
            rest = events_of(again, event_format)
            assert [it.id for it in rest] == list(range(int(message.last_id) + 1, 1_201))

    run(use)


@pytest.mark.parametrize("size", [10, 3_000, 31_000])
def test_a_batch_is_bounded_in_events_and_bytes(size: int) -> None:
    """A page parses a message in one task."""
    payload = b'{"a":"%s"}' % (b"x" * size)
    frames = [frame(stored(new(payload=payload), rowid)) for rowid in range(1, 1_103)]
    found = dispatched(messages(frames, EventFormat(batch=True)))
    ids = [[event.id for event in read(it, EventFormat(batch=True))] for it in found]
    assert [rowid for part in ids for rowid in part] == list(range(1, 1_103))
    assert [it.last_id for it in found] == [str(part[-1]) for part in ids]
    assert max(map(len, ids)) <= BATCH_EVENTS
    assert max(len(it.data) for it in found) <= BATCH_BYTES + BATCH_EVENTS + 1
    # A message is full when the next event does not fit.
    largest = max(len(it.json) for it in frames)
    total = sum(len(it.json) for it in frames)
    assert len(found) <= 1 + 1_102 / BATCH_EVENTS + total / (BATCH_BYTES - largest)


def test_a_batch_of_one_event_is_an_array() -> None:
    """A client needs no second way to read it."""
    one = frame(stored(new(1), 5))
    assert messages([one], EventFormat("line", batch=True)) == b"id: 5\ndata: [%s]\n\n" % one.line
    assert messages([one], EventFormat("line")) == b"id: 5\ndata: %s\n\n" % one.line
    assert messages([one], FULL) == one.data
    assert messages([], EventFormat(batch=True)) == b""


@pytest.mark.parametrize("event_format", SHAPES)
def test_unsaved_events_have_the_shape_too(
    run: Callable[..., None], event_format: EventFormat
) -> None:
    """They stand in the same list as the saved ones."""
    held = [unstored(number, unsaved_id=number) for number in (1, 2, 3)]

    async def use(query: Query) -> None:
        client = Client(query.streams.open(None, Choice(format=event_format)))
        await client.chunk()
        query.ingest.unsaved = [*map(frame, held)]
        query.tail.wake.now()
        await client.chunk()
        assert events_of(client, event_format, "unsaved") == [
            shown(it, event_format.fields) for it in held
        ]
        assert len(client.messages()) == (2 if event_format.batch else 4)
        assert {it.last_id for it in client.messages()} == {""}

    run(use)


def test_an_unsaved_event_can_be_requested_until_it_is_saved(tmp_path: Path) -> None:
    """Its line has no payload, and it has no id yet."""
    ingest = IngestMonitor(Settings(data=tmp_path), Wake())

    async def ask(unsaved_id: int) -> Event:
        return await get_unsaved_event.fn(ingest, unsaved_id)  # type: ignore[no-any-return]

    event = unstored(1, unsaved_id=3)
    ingest.unsaved = [frame(event)]
    assert asyncio.run(ask(3)) == shown(event, "all")
    with pytest.raises(Refusal):
        asyncio.run(ask(1))
