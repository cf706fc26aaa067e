"""Hold that damage of the log is noticed wherever it is, and nothing else passes for damage."""

import threading
from contextlib import closing
from pathlib import Path

import apsw
import pytest

from ingestd.log.check import LogCheck
from ingestd.log.writer import Writer
from shared.damage import DamageFoundError
from shared.files import wal_of
from shared.schema import MIGRATIONS, migrate
from tests.shared.damage import (
    event,
    garbage,
    garbage_in_wal,
    make_log,
    page_count,
    pages_of,
)
from tests.shared.faulty_vfs import Fault, faulty_disk

COUNT = 1_000
INDEXES = (
    "events_session",
    "events_type",
    "events_timestamp",
)
TABLES = ("event_keys", "event_ids", "tool_events")


def check(path: Path) -> int:
    """Return how many bytes a whole check has read."""
    return sum(LogCheck(path).slices())


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "events.db"
    make_log(path, COUNT)
    return path


def test_a_sound_log_passes(log: Path) -> None:
    assert check(log) > COUNT * 300


def test_a_log_of_which_much_was_deleted_passes(log: Path) -> None:
    writer = Writer(log)
    while writer.delete_before(1_500, limit=200):
        pass
    assert check(log) > 0
    writer.close()
    assert check(log) > 0


def test_a_log_that_is_written_meanwhile_passes(tmp_path: Path) -> None:
    """No slice sees two states: each is one statement."""
    path = tmp_path / "events.db"
    writer = Writer(path, synchronous="NORMAL")
    writer.append([event(number) for number in range(400)])
    stop = threading.Event()

    def write() -> None:
        number = 400
        while not stop.is_set() and number < 900:
            writer.append([event(number)])
            writer.delete_before(1_000 + number - 300, limit=1)
            number += 1

    thread = threading.Thread(target=write)
    thread.start()
    try:
        while thread.is_alive():
            check(path)
    finally:
        stop.set()
        thread.join()
        writer.close()


@pytest.mark.parametrize("kind", ["leaf", "internal", "overflow"])
def test_garbage_in_the_table_is_detected(log: Path, kind: str) -> None:
    garbage(log, [pages_of(log, "events", kind)[-1]])
    with pytest.raises(DamageFoundError):
        check(log)


@pytest.fixture
def old_log(tmp_path: Path) -> Path:
    """Return a log of which half was written when it had no table of keys."""
    path = tmp_path / "events.db"
    with closing(apsw.Connection(str(path))) as connection:
        connection.pragma("journal_mode", "wal")
        migrate(connection, MIGRATIONS[:3])
        connection.execute(
            "WITH RECURSIVE numbers (value) AS (SELECT 1 UNION ALL SELECT value + 1 FROM numbers"
            " LIMIT 1000) INSERT INTO events (timestamp, received_at, session_id, hook_event_type,"
            " tool_use_id,"
            " event_id, payload) SELECT value, value, 's', 'PreToolUse', 'old-' || value,"
            " 'old-' || value, '{}' FROM numbers"
        ).fetchall()
    make_log(path, COUNT)
    return path


def test_a_log_with_tables_of_old_ids_passes(old_log: Path) -> None:
    assert check(old_log) > COUNT * 300


@pytest.mark.parametrize("table", TABLES)
def test_a_missing_key_is_detected(old_log: Path, table: str) -> None:
    """Without it a retry of the event would be stored again."""
    with closing(apsw.Connection(str(old_log))) as connection:
        (entry,) = connection.execute(f"SELECT id FROM {table} LIMIT 1 OFFSET 100").fetchall()
        connection.execute(f"DELETE FROM {table} WHERE id = ?", entry).fetchall()
    with pytest.raises(DamageFoundError, match=f"event_keys .* has no entry of row {entry[0]}"):
        check(old_log)


def test_a_log_of_which_a_user_deleted_events_passes(old_log: Path) -> None:
    """Keys of events that are gone match nothing."""
    with closing(apsw.Connection(str(old_log))) as connection:
        connection.execute("DELETE FROM events WHERE id % 3 = 0").fetchall()
    assert check(old_log) > 0


@pytest.mark.parametrize("index", [*INDEXES, *TABLES])
@pytest.mark.parametrize("kind", ["leaf", "internal"])
def test_garbage_in_an_index_is_detected(old_log: Path, index: str, kind: str) -> None:
    pages = pages_of(old_log, index, kind)
    if not pages:
        pytest.fail("the log is too small for an index of two levels")
    garbage(old_log, [pages[-1]])
    with pytest.raises(DamageFoundError):
        check(old_log)


@pytest.mark.parametrize("index", INDEXES)
def test_an_index_that_does_not_match_its_table_is_detected(log: Path, index: str) -> None:
    """Each page of it is sound: only the comparison shows it."""
    page = pages_of(log, index, "leaf")[1]
    connection = apsw.Connection(str(log))
    before = log.read_bytes()[(page - 1) * 4096 : page * 4096]
    connection.execute("UPDATE events SET session_id = 'other', timestamp = 5").fetchall()
    connection.execute("UPDATE events SET hook_event_type = 'X', tool_use_id = NULL").fetchall()
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    connection.close()
    pages = pages_of(log, index, "leaf")
    with log.open("r+b") as file:
        file.seek((pages[1] - 1) * 4096)
        file.write(before)
    with pytest.raises(DamageFoundError, match="events_"):
        check(log)


def test_garbage_in_the_schema_is_detected(log: Path) -> None:
    garbage(log, [1])
    with pytest.raises(DamageFoundError):
        check(log)


def test_garbage_in_the_freelist_is_detected(log: Path) -> None:
    connection = apsw.Connection(str(log))
    connection.execute("DELETE FROM events WHERE id <= 600").fetchall()
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    connection.close()
    assert check(log) > 0
    trunk = int.from_bytes(log.read_bytes()[32:36])
    garbage(log, [trunk])
    with pytest.raises(DamageFoundError, match="freelist"):
        check(log)


def test_garbage_in_every_seventh_page_is_detected(log: Path) -> None:
    garbage(log, range(1, page_count(log) + 1, 7))
    with pytest.raises(DamageFoundError):
        check(log)


def test_garbage_in_the_wal_is_detected(tmp_path: Path) -> None:
    path = tmp_path / "events.db"
    writer = Writer(path, synchronous="NORMAL")
    writer.append([event(number) for number in range(300)])
    frames = (wal_of(path).stat().st_size - 32) // (24 + 4096)
    garbage_in_wal(path, range(frames))
    with pytest.raises(DamageFoundError):
        check(path)
    writer.close()


def test_garbage_in_a_text_is_detected(log: Path) -> None:
    """SQLite itself does not look at what a text holds."""
    log.write_bytes(log.read_bytes().replace(b'"text": "xxx', b'"text": "x\xff\xfe'))
    with pytest.raises(DamageFoundError):
        check(log)


def test_a_read_error_is_no_damage(log: Path) -> None:
    """It passes: a log that is set aside for it would be carried over for nothing."""
    with faulty_disk() as disk:
        disk.fail(Fault(operation="read"))
        with pytest.raises(apsw.Error) as raised:
            sum(LogCheck(log, vfs=disk.name).slices())
    assert not isinstance(raised.value, DamageFoundError)


def test_a_disk_that_reads_garbage_is_damage(log: Path) -> None:
    with faulty_disk() as disk:
        disk.fail(Fault(operation="read", garbage=True, skip=40))
        with pytest.raises(DamageFoundError):
            sum(LogCheck(log, vfs=disk.name).slices())


def test_a_locked_log_is_no_damage(log: Path) -> None:
    writer = Writer(log)
    other = apsw.Connection(str(log))
    other.execute("BEGIN IMMEDIATE").fetchall()
    assert check(log) > 0
    other.close()
    writer.close()


def test_no_log_is_no_damage(tmp_path: Path) -> None:
    assert list(LogCheck(tmp_path / "none.db").slices()) == []
