"""Hold the log to the rule of copies: one firing that came by two ways is one event."""

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import ingestd.log.copies
from ingestd.log.copies import APART_MS
from ingestd.log.writer import NotWrittenError, Stored, Writer
from shared.event import NewEvent
from shared.reader import Reader
from tests.shared.faulty_vfs import Fault, faulty_disk
from tests.shared.made import new

WAYS = (None, "settings", "plugin")


def fired(at: int, way: str | None, event_id: str | None = None, **fields: Any) -> NewEvent:
    """Return an event that came by a way: the same body as every other, unless told otherwise."""
    sender = None if way is None else msgspec.Raw(b'{"pid":1,"via":"%b"}' % way.encode())
    known = {"timestamp": at, "received_at": at, "payload": b'{"prompt":"go on"}', **fields}
    return new(event_id=event_id, sender=sender, **known)


def ids(stored: list[Stored]) -> list[int]:
    """Return where each event is."""
    return [where.id for where in stored]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "events.db"


def together(path: Path, events: list[NewEvent]) -> list[int]:
    """Append all in one commit."""
    writer = Writer(path)
    found = writer.append(events)
    writer.close()
    return ids(found)


def apart(path: Path, events: list[NewEvent]) -> list[int]:
    """Append each in a commit of its own."""
    writer = Writer(path)
    found = [writer.append([event])[0] for event in events]
    writer.close()
    return ids(found)


def across_restarts(path: Path, events: list[NewEvent]) -> list[int]:
    """Append each in a process of its own, as far as the log can tell."""
    return [together(path, [event])[0] for event in events]


ALL = pytest.mark.parametrize("append", [together, apart, across_restarts])
Append = Callable[[Path, list[NewEvent]], list[int]]


@ALL
@pytest.mark.parametrize(
    ("first", "second"),
    [
        (fired(5_000, "settings", "a"), fired(5_003, "plugin", "b")),
        (fired(5_003, "plugin", "b"), fired(5_000, "settings", "a")),
        (fired(5_000, None), fired(5_000 + APART_MS, "plugin", "b")),
        (fired(5_000 + APART_MS, "plugin", "b"), fired(5_000, None)),
    ],
)
def test_a_firing_that_came_by_two_ways_is_one_event(
    path: Path, append: Append, first: NewEvent, second: NewEvent
) -> None:
    """Settings and plugin both installed is an easy mistake; it must not double every prompt."""
    assert append(path, [first, second]) == [1, 1]
    log = Reader(path)
    assert [event.timestamp for event in log.after(0)] == [first.event.timestamp]
    log.close()


@ALL
@pytest.mark.parametrize(
    "second",
    [
        fired(5_003, "settings", "b"),
        fired(5_001 + APART_MS, "plugin", "b"),
        fired(4_999 - APART_MS, "plugin", "b"),
        fired(5_003, "plugin", "b", payload=b'{"prompt":"go on" }'),
        fired(5_003, "plugin", "b", session_id="other"),
        fired(5_003, "plugin", "b", hook_event_type="Stop"),
        fired(5_003, "backfill", "backfill:b"),
    ],
)
def test_what_only_looks_like_a_copy_is_an_event(
    path: Path, append: Append, second: NewEvent
) -> None:
    """The same prompt typed twice is two prompts, and a count of one would be a lie."""
    assert append(path, [fired(5_000, "settings", "a"), second]) == [1, 2]


@ALL
def test_two_posts_that_say_nothing_of_their_way_are_two(path: Path, append: Append) -> None:
    """An http hook carries no id: without a second way nothing hints at a copy."""
    assert append(path, [fired(5_000, None), fired(5_000, None)]) == [1, 2]


@pytest.mark.parametrize("append", [together, apart])
def test_one_event_takes_in_one_copy_by_each_way(path: Path, append: Append) -> None:
    """Two firings by two ways are two events, in whatever order the four arrive."""
    events = [
        fired(5_000, "settings", "s1"),
        fired(5_000, "plugin", "p1"),
        fired(5_010, "plugin", "p2"),
        fired(5_010, "settings", "s2"),
        fired(5_011, None),
    ]
    assert append(path, events) == [1, 1, 2, 2, 1]


@ALL
def test_a_copy_that_comes_again_is_still_that_copy(path: Path, append: Append) -> None:
    """Its answer was lost, so it was spooled: it must not become an event by being late."""
    events = [
        fired(5_000, "settings", "s1"),
        fired(5_000, "plugin", "p1"),
        fired(5_000, "plugin", "p1"),
        fired(5_000, "settings", "s1"),
    ]
    assert append(path, events) == [1, 1, 1, 1]


def test_a_copy_of_what_was_not_written_is_an_event(path: Path) -> None:
    """What a failed commit took in is in no log, so nothing may be known by it."""
    with faulty_disk() as disk:
        writer = Writer(path, vfs=disk.name)
        disk.fail(Fault(operation="sync"))
        with pytest.raises(NotWrittenError):
            writer.append([fired(5_000, "settings", "a"), fired(5_000, "plugin", "b")])
        disk.lift()
        assert writer.append([fired(5_000, "plugin", "b")]) == [Stored(1, duplicate=False)]
        assert writer.append([fired(5_000, "settings", "a")]) == [Stored(1, duplicate=True)]
        writer.close()


def test_a_copy_of_what_was_forgotten_is_an_event(path: Path) -> None:
    """Retention deletes rows that are still remembered; a duplicate of nothing would be lost."""
    writer = Writer(path)
    writer.append([fired(5_000, "settings", "a"), new(9, timestamp=9_000)])
    assert writer.forget(6_000) == 1
    assert writer.append([fired(5_000, "plugin", "b")]) == [Stored(3, duplicate=False)]
    writer.close()


@pytest.mark.parametrize("remembered", [0, 1, 2, 16_384])
def test_what_is_no_longer_remembered_is_looked_up(
    path: Path, monkeypatch: pytest.MonkeyPatch, remembered: int
) -> None:
    """A copy may wait in the spool for hours."""
    monkeypatch.setattr(ingestd.log.copies, "REMEMBERED", remembered)
    writer = Writer(path)
    writer.append([fired(5_000, "settings", "a")])
    for number in range(4):
        writer.append([new(number, timestamp=90_000 + number, received_at=90_000)])
    assert writer.append([fired(5_001, "plugin", "b")]) == [Stored(1, duplicate=True)]
    writer.close()


def test_a_sender_whose_via_is_nonsense_is_one_without(path: Path) -> None:
    """Whatever a header holds, the event is stored."""
    odd = new(sender=msgspec.Raw(b'{"via":[1]}'), payload=b"{}", timestamp=5_000)
    assert together(path, [odd, new(payload=b"{}", timestamp=5_000)]) == [1, 2]


FIRINGS = st.lists(
    st.tuples(
        st.integers(0, 3 * APART_MS),  # ms since the one before
        st.sets(st.sampled_from(WAYS), min_size=1),
        st.sampled_from(["go on", "stop"]),
    ),
    min_size=1,
    max_size=12,
)


@given(firings=FIRINGS, remembered=st.sampled_from([0, 1, 3, 1_000]), data=st.data())
@settings(max_examples=60, deadline=None)
def test_any_commits_and_repeats_store_each_firing_once(
    firings: list[tuple[int, set[str | None], str]], remembered: int, data: st.DataObject
) -> None:
    """Each firing comes by any of the ways, in any commits, each copy perhaps twice.

    As in life, a way that is installed brings every firing: so all come by the same ways. Which
    copies an event has taken in is told by memory alone: past it, firings must not look alike.
    """
    ways = sorted(set().union(*(found for _, found, _ in firings)), key=str)
    at, arriving = 10_000, []
    for number, (later, _, prompt) in enumerate(firings):
        at += later if remembered >= len(firings) * len(WAYS) * 2 else later + APART_MS + 1
        for way in ways:
            key = None if way is None else f"{way}{number}"
            payload = b'{"prompt":"%b"}' % prompt.encode()
            event = fired(at, way, key, payload=payload)
            arriving += [(number, event)] * (1 if key is None else data.draw(st.integers(1, 2)))
    previous = ingestd.log.copies.REMEMBERED
    ingestd.log.copies.REMEMBERED = remembered  # type: ignore[misc]  # to get past what is remembered
    try:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "events.db"
            writer = Writer(path, synchronous="NORMAL")
            rowid_of: dict[int, int] = {}
            while arriving:
                count = data.draw(st.integers(1, len(arriving)))
                commit, arriving = arriving[:count], arriving[count:]
                for (number, _), where in zip(
                    commit, writer.append([event for _, event in commit]), strict=True
                ):
                    assert rowid_of.setdefault(number, where.id) == where.id
            writer.close()
            log = Reader(path)
            assert len(log.after(0)) == len(firings)
            log.close()
    finally:
        ingestd.log.copies.REMEMBERED = previous  # type: ignore[misc]


@given(
    drafts=st.lists(
        st.tuples(st.integers(0, 6), st.sampled_from(WAYS), st.sampled_from(["a", "b", "c", None])),
        max_size=14,
    ),
    cuts=st.sets(st.integers(0, 13)),
)
@example(drafts=[(0, "plugin", "a"), (0, "plugin", "a"), (0, None, None)], cuts=set())
@settings(max_examples=80, deadline=None)
def test_the_log_says_what_the_rule_says(
    drafts: list[tuple[int, str | None, str | None]], cuts: set[int]
) -> None:
    """Any events whatever, against the rule written down as a plain list."""
    events = [
        fired(10_000 + step * APART_MS // 2, way, None if key is None else f"{way}-{key}")
        for step, way, key in drafts
    ]
    with tempfile.TemporaryDirectory() as folder:
        writer = Writer(Path(folder) / "events.db", synchronous="NORMAL")
        found: list[int] = []
        begin = 0
        for end in sorted({*cuts, len(events)}):
            found += ids(writer.append(events[begin:end]))
            begin = max(begin, end)
        writer.close()
    places = {rowid: place for place, rowid in enumerate(dict.fromkeys(found), start=1)}
    assert [places[rowid] for rowid in found] == by_the_rule(events)


def by_the_rule(events: list[NewEvent]) -> list[int]:
    """Return where each event belongs, by comparing it with every one before it."""
    rows: list[tuple[int, dict[str | None, str | None]]] = []
    where = []
    for new_event in events:
        at, key = new_event.event.timestamp, new_event.event_id
        way = ingestd.log.copies.way_of(new_event.event.sender)
        own = [i for i, (_, ways) in enumerate(rows) if key and key in list(ways.values())[:1]]
        again = [
            i
            for i, (when, ways) in enumerate(rows)
            if abs(when - at) <= APART_MS and (way not in ways or (key and ways[way] == key))
        ]
        place = (own or again or [len(rows)])[0]
        if place == len(rows):
            rows.append((at, {way: key}))
        elif not own:
            rows[place][1][way] = key
        where.append(place + 1)
    return where
