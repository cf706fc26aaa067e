"""Hold retention to its promises of the log: what is deleted, what is recorded, what is left."""

import re
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import closing
from itertools import pairwise
from pathlib import Path
from random import Random

import apsw
import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingestd.log.retention import ANY_TIME_MS, RUN_IDS, SLICE_EVENTS, runs, used_bytes
from ingestd.log.writer import Writer
from shared.checkpoints import checkpoint_all
from shared.deletions import Deletion
from shared.event import NewEvent
from shared.files import wal_of
from shared.reader import Reader
from tests.running import wait_for
from tests.shared.events import integrity, new


@pytest.fixture
def writer(tmp_path: Path) -> Iterator[Writer]:
    with closing(Writer(tmp_path / "events.db", synchronous="NORMAL", busy_ms=2_000)) as opened:
        yield opened


def with_times(times: Sequence[int], *, size: int = 100) -> list[NewEvent]:
    """Return events of these times, each with a word of its own in every column of text."""
    return [
        new(
            number,
            timestamp=at,
            received_at=10_000,
            summary=f"summary{number:05}x",
            sender=msgspec.Raw(b'{"host":"host%05dx"}' % number),
            payload=b'{"word":"payload%05dx","filler":"%s"}' % (number, b"y" * size),
        )
        for number, at in enumerate(times, start=1)
    ]


def deletions(path: Path) -> list[Deletion]:
    with closing(Reader(path)) as log:
        return log.deletions_after(0, limit=10_000)


def ids(path: Path) -> list[int]:
    with closing(Reader(path)) as log:
        return [event.id or 0 for event in log.after(0, limit=10_000)]


def deleted_ids(found: Sequence[Deletion]) -> list[int]:
    return [it for run in found for it in range(run.first_id, run.last_id + 1)]


@settings(max_examples=60, deadline=None)
@given(times=st.lists(st.integers(0, 40), min_size=2, max_size=40), data=st.data())
def test_the_record_contains_exactly_the_deleted_ids(
    tmp_path_factory: pytest.TempPathFactory, times: list[int], data: st.DataObject
) -> None:
    """The views forget by it: an id too few stays for ever, one too many hides an event."""
    path = tmp_path_factory.mktemp("log") / "events.db"
    with closing(Writer(path, synchronous="NORMAL")) as writer:
        writer.append(with_times(times))
        for before in data.draw(st.lists(st.integers(0, 41), max_size=5)):
            limit = data.draw(st.integers(1, 10))
            while writer.delete_before(before, limit=limit):
                pass
    found = deletions(path)
    assert sorted([*deleted_ids(found), *ids(path)]) == list(range(1, len(times) + 1))
    assert not any(it.payload_only for it in found)
    assert all(one.number < other.number for one, other in pairwise(found))


@given(st.sets(st.integers(1, 3_000)))
def test_runs_are_spans_without_a_gap_and_of_a_bounded_size(some: set[int]) -> None:
    """A reader takes some at a time, and each must be little work."""
    found = list(runs(some))
    assert sorted(it for first, last in found for it in range(first, last + 1)) == sorted(some)
    assert all(last - first < RUN_IDS for first, last in found)
    assert len(list(runs(range(1, RUN_IDS + 1)))) == 1


def test_a_deletion_is_one_short_transaction_however_much_is_due(
    tmp_path: Path, writer: Writer
) -> None:
    """It runs between two hooks. A large payload goes with fewer beside it."""
    writer.append(with_times(range(300)))
    assert writer.delete_before(ANY_TIME_MS) == SLICE_EVENTS
    writer.append(with_times([1, 1, 1], size=400_000))
    assert [writer.delete_before(2), writer.delete_before(2), writer.delete_before(2)] == [1, 1, 0]
    assert len(ids(tmp_path / "events.db")) == 300 - SLICE_EVENTS + 1


def test_the_size_limit_holds_for_any_order_of_times(tmp_path: Path, writer: Writer) -> None:
    """A limit in days does not protect from a full disk; the oldest are deleted first."""
    path = tmp_path / "events.db"
    times = Random(1).sample(range(1_000), 1_000)
    writer.append(with_times(times, size=2_000))
    limit = 1_000_000
    with closing(apsw.Connection(str(path))) as log:
        assert used_bytes(log) > 2 * limit
        while writer.delete_beyond(limit):
            pass
        assert 0.7 * limit < used_bytes(log) <= limit
    left = ids(path)
    kept = {times[it - 1] for it in left}
    deleted = {times[it - 1] for it in deleted_ids(deletions(path)) if it != 1_000}
    assert min(kept - {times[-1]}) > max(deleted)
    assert left[-1] == 1_000


def test_freed_space_is_used_again(tmp_path: Path, writer: Writer) -> None:
    """The file does not shrink; it must not grow either while as much goes as comes."""
    path = tmp_path / "events.db"
    writer.append(with_times(range(400), size=2_000))
    with closing(apsw.Connection(str(path))) as log:
        pages = log.pragma("page_count")
        for _ in range(20):
            deleted = 0
            while deleted < 200:
                deleted += writer.delete_before(ANY_TIME_MS, limit=50)
            writer.append(with_times(range(200), size=2_000))
        assert log.pragma("page_count") <= 1.1 * pages
    assert integrity(path) == "ok"


def test_a_bound_below_an_empty_log_leaves_its_newest_event(tmp_path: Path, writer: Writer) -> None:
    """Readers find the log's end by it."""
    writer.append(with_times(range(10)))
    while writer.delete_beyond(1):
        pass
    assert ids(tmp_path / "events.db") == [10]


def emptied(writer: Writer, before: int) -> None:
    while not writer.delete_payloads(before)[1]:
        pass


def test_payloads_go_first_and_their_events_stay(tmp_path: Path, writer: Writer) -> None:
    """Figures and lists still show what happened, without the text."""
    path = tmp_path / "events.db"
    writer.append(with_times([5, 50, 7, 60, 6]))
    emptied(writer, 10)
    with closing(Reader(path)) as log:
        events = log.after(0)
    assert [(bytes(it.payload), it.summary, it.sender) for it in events if it.timestamp < 10] == [
        (b"{}", None, None)
    ] * 3
    assert all(it.summary and it.sender and len(it.payload) > 100 for it in events[1::2])
    assert sorted(deleted_ids(deletions(path))) == [1, 3, 5]
    assert all(it.payload_only for it in deletions(path))
    emptied(writer, 10)
    assert len(deleted_ids(deletions(path))) == 3


def test_an_old_event_that_arrives_late_loses_its_payload_too(
    tmp_path: Path, writer: Writer
) -> None:
    """A backfill stores the oldest events last."""
    path = tmp_path / "events.db"
    writer.append(with_times(range(2_000)))
    emptied(writer, 1_500)
    writer.append(with_times([3, 1_600, 4]))
    emptied(writer, 1_500)
    assert sorted(deleted_ids(deletions(path))) == [*range(1, 1_501), 2_001, 2_003]


def test_a_restart_goes_on_with_what_has_a_payload(tmp_path: Path) -> None:
    """Where the last process stood is not stored: it is found again."""
    path = tmp_path / "events.db"
    with closing(Writer(path, synchronous="NORMAL")) as writer:
        writer.append(with_times(range(200)))
        writer.delete_payloads(150)
    with closing(Writer(path, synchronous="NORMAL")) as writer:
        emptied(writer, 150)
    assert sorted(deleted_ids(deletions(path))) == list(range(1, 151))


def test_a_backfilled_event_stays_one(tmp_path: Path, writer: Writer) -> None:
    """Views that are rebuilt later would let it change the state of a session that is over."""
    sender = msgspec.Raw(b'{"via":"backfill","late":true,"project_dir":"/home/me"}')
    writer.append([new(1, timestamp=1, sender=sender), new(2, timestamp=2)])
    emptied(writer, 10)
    event = Reader(tmp_path / "events.db").one(1)
    assert event is not None
    assert event.sender is not None
    assert msgspec.json.decode(event.sender) == {"via": "backfill", "late": True}
    emptied(writer, 10)
    assert len(deletions(tmp_path / "events.db")) == 1


def test_old_records_are_dropped_and_the_last_one_stays(
    tmp_path: Path, writer: Writer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The record must not outgrow the log; by its last number readers see if they missed some."""
    path = tmp_path / "events.db"
    writer.append(with_times([100 if it % 2 else 1 for it in range(40)]))
    writer.delete_before(2, limit=20)
    assert len(deletions(path)) == 20
    monkeypatch.setattr("ingestd.log.retention.KEPT_MS", -1)
    writer.delete_before(ANY_TIME_MS, limit=1)
    with closing(Reader(path)) as log:
        assert log.deletion_numbers() == (21, 21)


def words_in(path: Path) -> set[bytes]:
    """Return the words of events that are anywhere in the log's files."""
    found: set[bytes] = set()
    for file in (path, wal_of(path)):
        data = file.read_bytes()
        found |= set(re.findall(rb"(?:payload|summary|host)\d{5}x", data))
    return found


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_no_text_of_a_deleted_event_remains_in_the_files(seed: int) -> None:
    """A row deleted from a table is not wiped from the disk, least of all one between others.

    SQLite moves rows to other pages when some come or go between them, and leaves copies.
    """
    random = Random(seed)
    times = [random.randrange(1_000) for _ in range(random.randrange(200, 600))]
    events = with_times(times, size=0)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "events.db"
        with closing(Writer(path, synchronous="NORMAL")) as writer:
            for start in range(0, len(times), 50):
                writer.append([padded(it, random) for it in events[start : start + 50]])
                if random.random() < 0.3:
                    wait_for(lambda: checkpoint_all(path, "NORMAL"))
                writer.delete_before(random.randrange(300))
            while writer.delete_before(500):
                pass
            emptied(writer, 700)
            wait_for(lambda: checkpoint_all(path, "NORMAL"))
            kept = {
                b"%s%05dx" % (word, number)
                for number, at in enumerate(times, 1)
                if at >= 700
                for word in (b"payload", b"summary", b"host")
            }
            # The newest stays whatever its age, without a payload.
            assert words_in(path) == kept
            assert integrity(path) == "ok"


def padded(it: NewEvent, random: Random) -> NewEvent:
    """Return an event with a longer payload: part of a page, whole pages, several."""
    filler = b"z" * random.choice([0, 300, 1_500, 4_000, 20_000])
    payload = bytes(it.event.payload).replace(b'"filler":""', b'"filler":"%s"' % filler)
    event = msgspec.structs.replace(it.event, payload=msgspec.Raw(payload))
    return msgspec.structs.replace(it, event=event)


def test_the_wal_is_emptied_during_appends_and_reads(tmp_path: Path, writer: Writer) -> None:
    """A reader that holds its frames is waited for without holding up a hook."""
    path = tmp_path / "events.db"
    writer.append(with_times(range(100)))
    with closing(apsw.Connection(str(path))) as reader:
        reader.execute("BEGIN; SELECT count(*) FROM events").fetchall()
        writer.delete_before(ANY_TIME_MS)
        writer.empty_wal()
        writer.append(with_times([1]))
        assert wal_of(path).stat().st_size
        reader.execute("COMMIT").fetchall()
    wait_for(lambda: wal_of(path).stat().st_size == 0)
    assert writer.append(with_times([2]))[0].id == 102


STATEMENTS = re.compile(r"\s*(SELECT|UPDATE|DELETE|INSERT)\b", re.IGNORECASE)


def test_every_statement_of_retention_uses_an_index(tmp_path: Path) -> None:
    """A log of 10 GB that is scanned once a second takes no hooks meanwhile."""
    statements: set[str] = set()

    def trace(connection: apsw.Connection) -> None:
        connection.trace_v2(apsw.SQLITE_TRACE_STMT, lambda event: statements.add(event["sql"]))

    path = tmp_path / "events.db"
    apsw.connection_hooks.append(trace)
    try:
        with closing(Writer(path, synchronous="NORMAL")) as writer:
            writer.append(with_times(range(600)))
            statements.clear()
            emptied(writer, 550)
            writer.append(with_times([1]))
            emptied(writer, 550)
            writer.delete_before(3)
            writer.delete_beyond(1)
            deletions(path)
            with closing(Reader(path)) as log:
                log.deletion_numbers()
    finally:
        apsw.connection_hooks.remove(trace)
    with closing(apsw.Connection(str(path))) as connection:
        other = ("user_version", "sqlite_schema")  # what opening a log asks
        explained = [
            sql
            for sql in statements
            if STATEMENTS.match(sql) and not any(it in sql for it in other)
        ]
        scans = {
            sql: lines
            for sql in explained
            if (lines := [line for line in plan(connection, sql) if is_scan(line)])
        }
    assert len(explained) == 11
    # It looks at the first 64 rows alone.
    first_rows = "FROM deletions ORDER BY number LIMIT 64"
    assert [it for it in scans if first_rows not in " ".join(it.split())] == []


def is_scan(line: str) -> bool:
    return line.startswith("SCAN") and line != "SCAN CONSTANT ROW"


def plan(connection: apsw.Connection, sql: str) -> list[str]:
    count = 20
    while True:
        try:
            return [
                row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {sql}", [None] * count)
            ]
        except apsw.BindingsError as error:
            count = int(re.findall(r"(?:has|uses) (\d+)", str(error))[0])
