"""Hold the steps from a damaged log to a new one: each can be the last of its process."""

import shutil
from contextlib import closing
from pathlib import Path

import apsw
import msgspec
import pytest

from ingestd.log import replacement as recoveries
from ingestd.log.replacement import MARGIN, UNCERTAIN_MARGIN
from ingestd.log.salvage import Salvage
from ingestd.log.writer import LogDamagedError, Writer
from shared.damage import damage_marker, take_damage_report
from shared.files import wal_of
from shared.reader import NotReadableError, Reader
from shared.recoveries import Recovery, journal_of
from tests.shared.damage import event, garbage, garbage_in_wal, make_log, pages_of
from tests.shared.events import integrity, new

COUNT = 400


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "events.db"
    make_log(path, COUNT)
    return path


def uuid(path: Path) -> str | None:
    with closing(Reader(path)) as reader:
        return reader.uuid()


def set_aside(writer: Writer, last_id: int = COUNT) -> Recovery:
    writer.set_aside("a test", now_ms=1_796_000_000_000, last_id=last_id)
    return writer.recoveries()[0]


def test_a_new_log_is_the_same_log_with_higher_ids(log: Path) -> None:
    before = uuid(log)
    data = log.read_bytes()
    with closing(Writer(log)) as writer:
        found = set_aside(writer)
        assert writer.uuid() == before
        (stored,) = writer.append([new(1)])
        assert stored.id == COUNT + MARGIN + 1
        assert writer.last_given_id() == stored.id
    assert found.set_aside == "events-damaged-20261130T005320Z.db"
    assert log.with_name(found.set_aside).read_bytes() == data
    assert integrity(log) == "ok"


def test_no_two_logs_are_set_aside_under_one_name(log: Path) -> None:
    with closing(Writer(log)) as writer:
        first = set_aside(writer)
        second = set_aside(writer, writer.last_given_id())
    assert first.set_aside != second.set_aside
    assert all(log.with_name(it.set_aside).exists() for it in (first, second))


def test_an_unfinished_recovery_is_continued(log: Path) -> None:
    """Damage may come again before the rows of the first are over."""
    with closing(Writer(log)) as writer:
        first = set_aside(writer)
        writer.carry(first, [], 300)
        set_aside(writer, writer.last_given_id())
        newest, again = writer.recoveries()
    assert (again.set_aside, again.done_at, again.rows_carried) == (first.set_aside, None, 0)
    assert newest.floor > again.floor


def test_the_wal_is_kept_with_the_log_it_belongs_to(tmp_path: Path) -> None:
    path = tmp_path / "events.db"
    with closing(Writer(path)) as writer:
        writer.append([event(number) for number in range(50)])
        size = wal_of(path).stat().st_size
        found = set_aside(writer, 50)
    aside = path.with_name(found.set_aside)
    assert wal_of(aside).stat().st_size == size
    with closing(Salvage(aside)) as salvage:
        assert len([row for row in salvage.rows() if row]) == 50


@pytest.mark.parametrize("step", ["planned", "moved", "WAL moved", "made"])
def test_the_next_start_finishes_what_a_kill_interrupted(tmp_path: Path, step: str) -> None:
    path = tmp_path / "events.db"
    make_log(path, COUNT, checkpoint=False)
    recoveries.plan_unopened(path, "a test", now_ms=0)
    journal = msgspec.json.decode(journal_of(path).read_bytes(), type=recoveries.Journal)
    aside = path.with_name(journal.recoveries[0].set_aside)
    if step != "planned":
        path.rename(aside)
    if step in {"WAL moved", "made"}:
        wal_of(path).rename(wal_of(aside))
    if step == "made":
        planned = journal_of(path).read_bytes()
        recoveries.complete(path)
        journal_of(path).write_bytes(planned)
    with closing(Writer(path)) as writer:
        assert writer.last_id() == 0
        assert [it.set_aside for it in writer.recoveries()] == [aside.name]
    assert not journal_of(path).exists()
    with closing(Salvage(aside)) as salvage:
        assert len([row for row in salvage.rows() if row]) == COUNT


def test_a_missing_log_is_not_taken_for_an_empty_one_during_recovery(log: Path) -> None:
    """Views of an empty log would be deleted, and a year of events folded again."""
    recoveries.plan_unopened(log, "a test", now_ms=0)
    log.rename(log.with_name("elsewhere.db"))
    with closing(Reader(log)) as reader, pytest.raises(NotReadableError, match="being started"):
        reader.last_id()


def test_a_damaged_log_is_refused_as_such_and_stays_as_it_is(log: Path) -> None:
    garbage(log, [1])
    data = log.read_bytes()
    with pytest.raises(LogDamagedError):
        Writer(log)
    assert log.read_bytes() == data
    recoveries.plan_unopened(log, "a test", now_ms=0)
    with closing(Writer(log)) as writer:
        (stored,) = writer.append([new(1)])
        assert stored.id == COUNT + UNCERTAIN_MARGIN + 1
        assert writer.recoveries()[0].last_id is None


def test_the_header_of_a_log_is_read_from_its_pages(log: Path) -> None:
    before = uuid(log)
    garbage(log, pages_of(log, "events", "internal"))
    recoveries.plan_unopened(log, "a test", now_ms=0)
    with closing(Writer(log)) as writer:
        assert writer.uuid() == before
        assert writer.recoveries()[0].last_id == COUNT


def test_a_damaged_wal_is_detected_before_sqlite_drops_it(tmp_path: Path) -> None:
    path = tmp_path / "events.db"
    make_log(path, COUNT, checkpoint=False)
    assert not recoveries.wal_is_damaged(path)
    garbage_in_wal(path, [5])
    assert recoveries.wal_is_damaged(path)


def test_rows_are_carried_over_once_with_their_ids(log: Path) -> None:
    with closing(Writer(log)) as writer:
        found = set_aside(writer)
        with closing(Salvage(log.with_name(found.set_aside))) as salvage:
            rows = [row for row in salvage.rows() if row]
        assert writer.carry(found, rows[:100], 301) == 100
        assert writer.carry(found, rows[:150], 251) == 50
        assert (writer.recoveries()[0].rows_carried, writer.recoveries()[0].carried_to) == (
            150,
            251,
        )
        retry = writer.append([event(390)])  # it is carried already
        assert (retry[0].id, retry[0].duplicate) == (391, True)
        early = writer.append([event(5)])  # it is not yet
        assert not early[0].duplicate
        assert writer.carry(found, rows[150:], 1) == COUNT - 151
        assert writer.append([event(5)])[0].duplicate
        writer.finish(found, 0, 1)
        assert writer.recoveries()[0].done_at == 1


def test_ids_whose_rows_are_lost_are_recorded_as_deleted(log: Path) -> None:
    """By that the views let go of what they hold of them; their record goes on without a gap."""
    with closing(Writer(log)) as writer, closing(Reader(log)) as reader:
        assert writer.delete_before(2**60, limit=2) == 2
        handled = reader.deletion_numbers()[1]
        found = set_aside(writer)
        reader.refresh()
        assert reader.deletion_numbers() == (handled + 1, handled + 1)
        with closing(Salvage(log.with_name(found.set_aside))) as salvage:
            rows = [row for row in salvage.rows() if row]
        assert len(rows) == COUNT - 2
        lost = {300, 301, 7}
        kept = [row for row in rows if row[0] not in lost]
        writer.carry(found, [row for row in kept if int(row[0]) > 200], 201)
        assert deleted(reader, handled) == {300, 301}
        writer.carry(found, [row for row in kept if int(row[0]) <= 200], 4)
        writer.finish(found, 3, 1)
        assert deleted(reader, handled) == {*range(1, COUNT + 1)} - {row[0] for row in kept}


def deleted(log: Reader, number: int) -> set[int]:
    """Return the ids that are recorded as deleted past the number of a deletion."""
    found = log.deletions_after(number, limit=1_000)
    return {
        rowid for it in found if not it.payload_only for rowid in range(it.first_id, it.last_id + 1)
    }


def test_a_reader_waits_for_the_rows_behind_its_place(log: Path) -> None:
    with closing(Writer(log)) as writer, closing(Reader(log)) as reader:
        found = set_aside(writer)
        assert reader.is_whole_after(COUNT)
        assert not reader.is_whole_after(COUNT - 1)
        assert reader.last_given_id() == COUNT
        writer.carry(found, [], 300)
        assert reader.is_whole_after(299)
        assert not reader.is_whole_after(298)
        writer.finish(found, 0, 1)
        assert reader.is_whole_after(0)


def test_a_reader_of_the_damaged_log_waits_once_it_opens_the_new_one(log: Path) -> None:
    """It knew the old log to be whole: a stream that replayed just then skipped the rest."""
    with closing(Writer(log)) as writer, closing(Reader(log)) as reader:
        assert reader.is_whole_after(0)
        found = set_aside(writer)
        assert reader.is_whole_after(0), "the old file is open, and has every row"
        assert reader.refresh()
        assert not reader.is_whole_after(0)
        writer.finish(found, 0, 1)
        assert reader.is_whole_after(0)


def test_a_reader_reports_damage(log: Path) -> None:
    with closing(Reader(log)) as reader:
        reader.last_id()
        assert not take_damage_report(log)
    garbage(log, pages_of(log, "events", "leaf"))
    with closing(Reader(log)) as reader, pytest.raises(NotReadableError):
        reader.after(0)
    assert damage_marker(log).stat().st_mode & 0o777 == 0o600
    assert take_damage_report(log)
    assert not take_damage_report(log)


def test_a_log_deleted_meanwhile_does_not_block(log: Path) -> None:
    recoveries.plan_unopened(log, "a test", now_ms=0)
    log.unlink()
    with closing(Writer(log)) as writer:
        assert writer.append([new(1)])[0].id > COUNT


def test_an_older_log_knows_of_no_recovery(log: Path, tmp_path: Path) -> None:
    older = tmp_path / "older.db"
    shutil.copy(log, older)
    connection = apsw.Connection(str(older))
    connection.execute("DROP TABLE recoveries").fetchall()
    connection.pragma("user_version", 2)
    connection.close()
    with closing(Reader(older)) as reader:
        assert reader.recoveries() == []
        assert reader.is_whole_after(0)
