"""Hold the log to one event a firing, however many installations deliver it."""

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import ingestd.log.dedup.recent
from ingestd.log.dedup.recent import WINDOW_MS
from ingestd.log.writer import AppendResult, NotWrittenError, Writer
from shared.event import NewEvent
from shared.reader import Reader
from tests.shared.events import new
from tests.shared.faulty_vfs import Fault, faulty_disk

VIAS = (None, "settings", "plugin")


def fired(at: int, via: str | None, event_id: str | None = None, **fields: Any) -> NewEvent:
    """Return an event of one delivery; all have the same body unless `fields` differ."""
    sender = None if via is None else msgspec.Raw(b'{"pid":1,"via":"%b"}' % via.encode())
    known = {"timestamp": at, "received_at": at, "payload": b'{"prompt":"go on"}', **fields}
    return new(event_id=event_id, sender=sender, **known)


def ids(stored: list[AppendResult]) -> list[int]:
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


def one_by_one(path: Path, events: list[NewEvent]) -> list[int]:
    """Append each in a commit of its own."""
    writer = Writer(path)
    found = [writer.append([event])[0] for event in events]
    writer.close()
    return ids(found)


def across_restarts(path: Path, events: list[NewEvent]) -> list[int]:
    """Append each as if from a process of its own."""
    return [together(path, [event])[0] for event in events]


ALL = pytest.mark.parametrize("append", [together, one_by_one, across_restarts])
Append = Callable[[Path, list[NewEvent]], list[int]]


@ALL
@pytest.mark.parametrize(
    ("first", "second"),
    [
        (fired(5_000, "settings", "a"), fired(5_003, "plugin", "b")),
        (fired(5_003, "plugin", "b"), fired(5_000, "settings", "a")),
        (fired(5_000, None), fired(5_000 + WINDOW_MS, "plugin", "b")),
        (fired(5_000 + WINDOW_MS, "plugin", "b"), fired(5_000, None)),
    ],
)
def test_a_firing_that_two_installations_deliver_is_one_event(
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
        fired(5_001 + WINDOW_MS, "plugin", "b"),
        fired(4_999 - WINDOW_MS, "plugin", "b"),
        fired(5_003, "plugin", "b", payload=b'{"prompt":"go on" }'),
        fired(5_003, "plugin", "b", session_id="other"),
        fired(5_003, "plugin", "b", hook_event_type="Stop"),
        fired(5_003, "backfill", "backfill:b"),
    ],
)
def test_an_event_that_only_resembles_a_duplicate_is_stored(
    path: Path, append: Append, second: NewEvent
) -> None:
    """The same prompt sent again is a second prompt, and must be counted."""
    assert append(path, [fired(5_000, "settings", "a"), second]) == [1, 2]


@ALL
def test_two_posts_without_a_via_are_two_events(path: Path, append: Append) -> None:
    """An http hook sends no id: without another `via` nothing shows a duplicate."""
    assert append(path, [fired(5_000, None), fired(5_000, None)]) == [1, 2]


@pytest.mark.parametrize("append", [together, one_by_one])
def test_an_event_matches_one_delivery_by_each_via(path: Path, append: Append) -> None:
    """Two firings with two deliveries each are two events, in whatever order the four arrive."""
    events = [
        fired(5_000, "settings", "s1"),
        fired(5_000, "plugin", "p1"),
        fired(5_010, "plugin", "p2"),
        fired(5_010, "settings", "s2"),
        fired(5_011, None),
    ]
    assert append(path, events) == [1, 1, 2, 2, 1]


@ALL
def test_a_retried_delivery_matches_its_event(path: Path, append: Append) -> None:
    """Its answer was lost, so it was spooled: it must not be stored again."""
    events = [
        fired(5_000, "settings", "s1"),
        fired(5_000, "plugin", "p1"),
        fired(5_000, "plugin", "p1"),
        fired(5_000, "settings", "s1"),
    ]
    assert append(path, events) == [1, 1, 1, 1]


def test_a_duplicate_of_an_event_that_was_rolled_back_is_stored(path: Path) -> None:
    """No log holds the events of a failed commit, so nothing may match them."""
    with faulty_disk() as disk:
        writer = Writer(path, vfs=disk.name)
        disk.fail(Fault(operation="sync"))
        with pytest.raises(NotWrittenError):
            writer.append([fired(5_000, "settings", "a"), fired(5_000, "plugin", "b")])
        disk.lift()
        assert writer.append([fired(5_000, "plugin", "b")]) == [AppendResult(1, duplicate=False)]
        assert writer.append([fired(5_000, "settings", "a")]) == [AppendResult(1, duplicate=True)]
        writer.close()


def test_a_duplicate_of_a_deleted_event_is_stored(path: Path) -> None:
    """Retention deletes rows that are still indexed; a duplicate of nothing would be lost."""
    writer = Writer(path)
    writer.append([fired(5_000, "settings", "a"), new(9, timestamp=9_000)])
    assert writer.delete_before(6_000) == 1
    assert writer.append([fired(5_000, "plugin", "b")]) == [AppendResult(3, duplicate=False)]
    writer.close()


@pytest.mark.parametrize("indexed", [0, 1, 2, 16_384])
def test_an_event_that_is_no_longer_indexed_is_found_in_the_log(
    path: Path, monkeypatch: pytest.MonkeyPatch, indexed: int
) -> None:
    """A duplicate may wait in the spool for hours."""
    monkeypatch.setattr(ingestd.log.dedup.recent, "INDEXED_EVENTS", indexed)
    writer = Writer(path)
    writer.append([fired(5_000, "settings", "a")])
    for number in range(4):
        writer.append([new(number, timestamp=90_000 + number, received_at=90_000)])
    assert writer.append([fired(5_001, "plugin", "b")]) == [AppendResult(1, duplicate=True)]
    writer.close()


def test_an_invalid_via_is_ignored(path: Path) -> None:
    """Whatever a header holds, the event is stored."""
    odd = new(sender=msgspec.Raw(b'{"via":[1]}'), payload=b"{}", timestamp=5_000)
    assert together(path, [odd, new(payload=b"{}", timestamp=5_000)]) == [1, 2]


FIRINGS = st.lists(
    st.tuples(
        st.integers(0, 3 * WINDOW_MS),  # ms since the one before
        st.sets(st.sampled_from(VIAS), min_size=1),
        st.sampled_from(["go on", "stop"]),
    ),
    min_size=1,
    max_size=12,
)


@given(firings=FIRINGS, indexed=st.sampled_from([0, 1, 3, 1_000]), data=st.data())
@settings(max_examples=60, deadline=None)
def test_any_commits_and_repeats_store_each_firing_once(
    firings: list[tuple[int, set[str | None], str]], indexed: int, data: st.DataObject
) -> None:
    """Each firing is delivered by any `via`, in any commits, each delivery perhaps with a retry.

    An installation delivers every firing, so all have the same deliveries. Only the index knows
    which deliveries an event has matched: past it, firings must differ in body or time.
    """
    vias = sorted(set().union(*(found for _, found, _ in firings)), key=str)
    at, arriving = 10_000, []
    for number, (later, _, prompt) in enumerate(firings):
        at += later if indexed >= len(firings) * len(VIAS) * 2 else later + WINDOW_MS + 1
        for via in vias:
            key = None if via is None else f"{via}{number}"
            payload = b'{"prompt":"%b"}' % prompt.encode()
            event = fired(at, via, key, payload=payload)
            arriving += [(number, event)] * (1 if key is None else data.draw(st.integers(1, 2)))
    previous = ingestd.log.dedup.recent.INDEXED_EVENTS
    ingestd.log.dedup.recent.INDEXED_EVENTS = indexed  # type: ignore[misc]  # so that the index evicts
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
        ingestd.log.dedup.recent.INDEXED_EVENTS = previous  # type: ignore[misc]


@given(
    deliveries=st.lists(
        st.tuples(st.integers(0, 6), st.sampled_from(VIAS), st.sampled_from(["a", "b", "c", None])),
        max_size=14,
    ),
    cuts=st.sets(st.integers(0, 13)),
)
@example(deliveries=[(0, "plugin", "a"), (0, "plugin", "a"), (0, None, None)], cuts=set())
@settings(max_examples=80, deadline=None)
def test_the_log_matches_as_the_rule_does(
    deliveries: list[tuple[int, str | None, str | None]], cuts: set[int]
) -> None:
    """Any events whatever, against the rule written down as a plain list."""
    events = [
        fired(10_000 + half_window * WINDOW_MS // 2, via, None if key is None else f"{via}-{key}")
        for half_window, via, key in deliveries
    ]
    with tempfile.TemporaryDirectory() as folder:
        writer = Writer(Path(folder) / "events.db", synchronous="NORMAL")
        found: list[int] = []
        start = 0
        for end in sorted({*cuts, len(events)}):
            found += ids(writer.append(events[start:end]))
            start = max(start, end)
        writer.close()
    places = {rowid: place for place, rowid in enumerate(dict.fromkeys(found), start=1)}
    assert [places[rowid] for rowid in found] == by_the_rule(events)


def by_the_rule(events: list[NewEvent]) -> list[int]:
    """Return where each event belongs, by comparing it with every one before it."""
    rows: list[tuple[int, dict[str | None, str | None]]] = []
    where = []
    for new_event in events:
        at, key = new_event.event.timestamp, new_event.event_id
        via = ingestd.log.dedup.recent.via_of(new_event.event.sender)
        own = [i for i, (_, vias) in enumerate(rows) if key and key in list(vias.values())[:1]]
        again = [
            i
            for i, (when, vias) in enumerate(rows)
            if abs(when - at) <= WINDOW_MS and (via not in vias or (key and vias[via] == key))
        ]
        place = (own or again or [len(rows)])[0]
        if place == len(rows):
            rows.append((at, {via: key}))
        elif not own:
            rows[place][1][via] = key
        where.append(place + 1)
    return where
