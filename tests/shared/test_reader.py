"""Test reading the log while another process creates, writes, replaces and deletes it."""

from pathlib import Path

import apsw
import pytest

from ingestd.log.writer import Writer
from shared.filter import Filter
from shared.reader import NotReadableError, Reader
from shared.schema import VERSION
from tests.shared.events import new, stored


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "events.db"


def test_a_missing_log_reads_as_an_empty_one(path: Path) -> None:
    """Queryd may be started first, on a machine that never saw an event."""
    log = Reader(path)
    assert log.after(0) == []
    assert log.page(limit=10) == []
    assert log.one(1) is None
    assert log.last_id() == 0
    assert log.first() is None
    assert log.data_version() is None
    assert not log.refresh()
    assert not path.exists()


@pytest.mark.parametrize("content", [None, b""], ids=["missing", "without tables"])
def test_a_log_that_appears_later_is_read(path: Path, content: bytes | None) -> None:
    """Ingestd makes the file, then its tables; queryd looks at any moment in between."""
    log = Reader(path)
    if content is not None:
        path.write_bytes(content)
    assert log.last_id() == 0
    writer = Writer(path)
    writer.append([new(1)])
    assert log.after(0) == [stored(new(1), 1)]
    log.close()
    writer.close()


def test_a_replaced_log_is_detected_and_the_new_one_read(path: Path) -> None:
    """A user deletes the folder to start over, and the dashboard must not show old events."""
    Writer(path).close()
    log = Reader(path)
    writer = Writer(path)
    writer.append([new(1), new(2)])
    assert log.last_id() == 2
    assert not log.refresh()
    writer.close()
    for file in path.parent.iterdir():
        file.unlink()
    writer = Writer(path)
    writer.append([new(3)])
    assert log.refresh()
    assert log.after(0) == [stored(new(3), 1)]
    assert not log.refresh()
    log.close()
    writer.close()


def test_a_deleted_log_reads_as_an_empty_one(path: Path) -> None:
    """Until ingestd has created the next one there is nothing to show."""
    Writer(path).close()
    log = Reader(path)
    assert log.data_version() is not None
    path.unlink()
    assert log.refresh()
    assert log.last_id() == 0


def test_a_newer_log_is_refused(path: Path) -> None:
    """An older queryd could misread a newer log; it reports an error instead."""
    Writer(path).close()
    connection = apsw.Connection(str(path))
    connection.pragma("user_version", 7)
    connection.close()
    expected = f"the log has schema version 7, this Hookwatch knows {VERSION}: upgrade Hookwatch"
    with pytest.raises(NotReadableError) as caught:
        Reader(path).last_id()
    assert str(caught.value) == expected


def test_a_reader_is_read_only(path: Path) -> None:
    """Ingestd is the log's only writer, and no mistake of queryd can change that."""
    Writer(path).close()
    log = Reader(path)
    log.last_id()
    connection = log._connection  # noqa: SLF001 - no public call can even try
    assert connection is not None
    with pytest.raises(apsw.ReadOnlyError):
        connection.execute("DELETE FROM events").fetchall()
    log.close()


def test_a_reader_sees_what_was_committed_since(path: Path) -> None:
    """Its connection stays open for days; each read must be of now."""
    writer = Writer(path)
    log = Reader(path)
    for number in range(1, 4):
        before = log.data_version()
        writer.append([new(number)])
        assert log.data_version() != before
        assert log.last_id() == number
    log.close()
    writer.close()


def test_a_reader_holds_nothing_between_reads(path: Path) -> None:
    """A read that was left open would pin the WAL, which then grows without end."""
    writer = Writer(path)
    writer.append([new(number) for number in range(20)])
    log = Reader(path)
    log.after(0, limit=3)
    log.page(limit=3)
    log.one(1)
    connection = apsw.Connection(str(path))
    answer = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    connection.close()
    assert answer == [(0, 0, 0)]
    log.close()
    writer.close()


def test_after_and_page_stay_within_their_bounds(path: Path) -> None:
    """A replay stops where the tail goes on; a page that overlaps the next repeats rows."""
    writer = Writer(path)
    writer.append([new(number, session_id="ab"[number % 2]) for number in range(1, 11)])
    writer.close()
    log = Reader(path)
    wanted = Filter(session_id=("a",))

    def ids(events: list[object]) -> list[object]:
        return [getattr(event, "id", None) for event in events]

    assert ids([*log.after(3, limit=2)]) == [4, 5]
    assert ids([*log.after(3, through=4)]) == [4]
    assert ids([*log.after(3, through=3)]) == []
    assert ids([*log.after(3, through=9, limit=2, wanted=wanted)]) == [4, 6]
    assert ids([*log.page(limit=3)]) == [10, 9, 8]
    assert ids([*log.page(limit=3, before=8)]) == [7, 6, 5]
    assert ids([*log.page(limit=3, after=8)]) == [10, 9]
    assert ids([*log.page(limit=9, before=8, after=3, wanted=wanted)]) == [6, 4]
    log.close()


def test_a_batch_ends_when_its_payloads_reach_a_size(path: Path) -> None:
    """A thousand answers of a megabyte each, read at once, would be a gigabyte of memory."""
    writer = Writer(path)
    writer.append([new(number, payload=b'{"a":"%s"}' % (b"x" * 100)) for number in range(10)])
    writer.close()
    log = Reader(path)
    assert [event.id for event in log.after(0, limit_bytes=300)] == [1, 2, 3]
    assert [event.id for event in log.after(3, limit=2, limit_bytes=300)] == [4, 5]
    assert [event.id for event in log.after(3, limit_bytes=1)] == [4]
    assert len(log.after(0, limit_bytes=1_000_000)) == 10
    log.close()


def test_the_first_event_is_the_oldest_still_held(path: Path) -> None:
    """What was made of forgotten events has to go with them."""
    log = Reader(path)
    assert log.first() is None
    writer = Writer(path)
    writer.append([new(number) for number in range(1, 5)])
    assert log.first() == stored(new(1), 1)
    writer.delete_before(1_003)
    assert log.first() == stored(new(3), 3)
    writer.close()
    log.close()


def test_closing_again_is_harmless(path: Path) -> None:
    """And reading opens it again: queryd's threads close theirs at the end, in any order."""
    Writer(path).close()
    log = Reader(path)
    log.last_id()
    log.close()
    log.close()
    assert log.last_id() == 0
    log.close()
