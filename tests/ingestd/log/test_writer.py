"""Test the promises of the Writer one by one; `test_log_laws` tests them all at once."""

import os
import stat
from contextlib import closing
from pathlib import Path

import apsw
import msgspec
import pytest

import ingestd.log.checkpoints
import ingestd.log.writer
from ingestd.log.writer import AppendResult, LogBusyError, LogDamagedError, NotWrittenError, Writer
from shared.event import Event
from shared.reader import Reader
from tests.running import wait_for
from tests.shared.events import integrity, new, stored
from tests.shared.faulty_vfs import Fault, faulty_disk

FRESH_1 = AppendResult(1, duplicate=False)
LARGE = b'{"text":"%s"}' % (b"x" * 40_000)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "events.db"


def test_an_event_is_read_as_it_was_written(path: Path) -> None:
    """Every field has a column; one that was forgotten would be lost without a word."""
    event = new(
        event_id="e",
        session_id="s",
        hook_event_type="PreToolUse",
        timestamp=1,
        received_at=2,
        source_app="shop",
        model_name="m",
        tool_name="Bash",
        tool_use_id="t",
        agent_id="a",
        summary="sum",
        sender=msgspec.Raw(b'{ "pid":1 }'),
        payload='{ "a" : "ü\\u0000\\u2028" ,\r\n "b":1e400}'.encode(),
    )
    writer = Writer(path)
    assert writer.append([event]) == [FRESH_1]
    assert writer.one(1) == stored(event, 1)
    writer.close()
    assert Reader(path).one(1) == stored(event, 1)
    unset = {"id", "payload_clipped", "unsaved_id"}
    assert all(
        getattr(event.event, name) not in (None, 0, "")
        for name in Event.__struct_fields__
        if name not in unset
    )


def test_the_files_are_for_the_user_alone(path: Path) -> None:
    """Payloads hold source code and prompts, and other people have accounts on the machine."""
    before = os.umask(0)
    try:
        writer = Writer(path)
        writer.append([new()])
        reader = Reader(path)
        assert reader.last_id() == 1
        modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()}
        reader.close()
        writer.close()
    finally:
        os.umask(before)
    names = {"events.db", "events.db-shm", "events.db-wal", "events.lock"}
    assert modes == dict.fromkeys(names, 0o600)


@pytest.mark.parametrize(
    ("before", "again"),
    [
        ({"event_id": "e"}, {"event_id": "e", "session_id": "other"}),
        ({"tool_use_id": "t"}, {"tool_use_id": "t"}),
        ({"tool_use_id": "t", "agent_id": "a"}, {"tool_use_id": "t", "agent_id": "a"}),
        ({"tool_use_id": "t", "event_id": "1"}, {"tool_use_id": "t", "event_id": "2"}),
    ],
)
def test_the_same_event_is_stored_once(
    path: Path, before: dict[str, object], again: dict[str, object]
) -> None:
    """A retry, a replayed spool, two hooks that report one call: each is one event."""
    writer = Writer(path)
    assert writer.append([new(1, **before)]) == [FRESH_1]  # type: ignore[arg-type]  # a case's
    assert writer.append([new(2, **again)]) == [AppendResult(1, duplicate=True)]  # type: ignore[arg-type]
    writer.close()
    writer = Writer(path)
    assert writer.append([new(3, **again)]) == [AppendResult(1, duplicate=True)]  # type: ignore[arg-type]
    assert writer.one(1) == stored(new(1, **before), 1)  # type: ignore[arg-type]
    writer.close()


@pytest.mark.parametrize(
    ("before", "other"),
    [
        ({}, {}),
        ({"event_id": "e"}, {"event_id": "f"}),
        ({"tool_use_id": "t"}, {"tool_use_id": "u"}),
        ({"tool_use_id": "t"}, {"tool_use_id": "t", "agent_id": "a"}),
        ({"tool_use_id": "t"}, {"tool_use_id": "t", "session_id": "other"}),
        ({"tool_use_id": "t"}, {"tool_use_id": "t", "hook_event_type": "PostToolUse"}),
        ({"event_id": "t"}, {"tool_use_id": "t"}),
    ],
)
def test_similar_events_are_stored_separately(
    path: Path, before: dict[str, object], other: dict[str, object]
) -> None:
    """The same command can run two times: these are two calls."""
    writer = Writer(path)
    writer.append([new(1, **before)])  # type: ignore[arg-type]  # a case's fields
    assert writer.append([new(1, **other)]) == [AppendResult(2, duplicate=False)]  # type: ignore[arg-type]
    writer.close()


def test_a_duplicate_within_a_batch_is_stored_once(path: Path) -> None:
    """A replayed spool may hold both the try and the retry."""
    writer = Writer(path)
    assert writer.append([new(1, event_id="e"), new(2), new(3, event_id="e")]) == [
        FRESH_1,
        AppendResult(2, duplicate=False),
        AppendResult(1, duplicate=True),
    ]
    writer.close()


def test_nothing_to_append_is_no_error(path: Path) -> None:
    """A batch whose every entry was refused comes down to this."""
    writer = Writer(path)
    assert writer.append([]) == []
    writer.close()


@pytest.mark.parametrize(("setting", "level"), [("FULL", 2), ("NORMAL", 1)])
def test_the_disk_is_synced_as_set(path: Path, setting: str, level: int) -> None:
    """FULL alone survives power loss; SQLite's own default would be a guess about the build."""
    with faulty_disk() as disk:
        writer = Writer(path, synchronous=setting, vfs=disk.name)  # type: ignore[arg-type]
        disk.fail(Fault(operation="sync"))
        if level == 2:
            with pytest.raises(NotWrittenError):
                writer.append([new(1)])
        else:
            assert writer.append([new(1)]) == [FRESH_1]
        disk.lift()
        writer.close()


def test_a_reader_in_the_middle_of_a_read_does_not_hold_up_a_close(path: Path) -> None:
    """The WAL cannot all be moved then: it stays, and the log is whole with it."""
    writer = Writer(path)
    writer.append([new(1)])
    reader = apsw.Connection(str(path))
    reader.execute("BEGIN").fetchall()
    assert reader.execute("SELECT count(*) FROM events").fetchall() == [(1,)]
    writer.append([new(2)])
    writer.close()
    assert reader.execute("SELECT count(*) FROM events").fetchall() == [(1,)]
    assert Reader(path).last_id() == 2
    reader.close()
    assert integrity(path) == "ok"


def test_rowids_are_never_reused(path: Path) -> None:
    """A reader's place is a rowid: a reused one would be skipped."""
    writer = Writer(path)
    writer.append([new(number) for number in range(5)])
    writer.close()
    connection = apsw.Connection(str(path))
    connection.execute("DELETE FROM events").fetchall()
    connection.close()
    writer = Writer(path)
    assert writer.append([new(9)]) == [AppendResult(6, duplicate=False)]
    writer.close()


def test_expired_events_are_deleted_in_steps_except_the_newest(path: Path) -> None:
    """A laptop's disk is finite; but readers find the log's end by its newest event."""
    writer = Writer(path)
    writer.append([new(number, timestamp=100 - number) for number in range(6)])
    assert [writer.delete_before(1_000, limit=2) for _ in range(4)] == [2, 2, 1, 0]
    assert writer.last_id() == 6
    writer.close()
    assert [event.id for event in Reader(path).after(0)] == [6]


def test_a_lock_of_another_process_has_its_own_error(path: Path) -> None:
    """Busy is over in milliseconds, a full disk is not: the two are tried again differently."""
    writer = Writer(path)
    writer.append([new(1)])
    other = apsw.Connection(str(path))
    other.execute("BEGIN IMMEDIATE").fetchall()
    with pytest.raises(LogBusyError, match="the log is locked by another process"):
        writer.append([new(2)])
    other.execute("ROLLBACK").fetchall()
    assert writer.append([new(2)]) == [AppendResult(2, duplicate=False)]
    other.close()
    writer.close()


def test_a_deleted_log_is_replaced_by_a_new_one(path: Path) -> None:
    """Else events would go on into a file without a name and die with the process."""
    writer = Writer(path)
    writer.append([new(1)])
    assert not writer.reopen_if_replaced()
    for file in path.parent.iterdir():
        file.unlink()
    assert writer.reopen_if_replaced()
    assert writer.append([new(2)]) == [FRESH_1]
    writer.close()
    assert [event.timestamp for event in Reader(path).after(0)] == [1_002]


def test_an_exception_inside_leaves_the_log_as_it_was(path: Path) -> None:
    """A mistake of ours in the middle of a batch must not leave half of it, nor a held lock."""
    writer = Writer(path)
    broken = new(2, timestamp=2**70)
    with pytest.raises(OverflowError):
        writer.append([new(1), broken])
    assert writer.append([new(3)]) == [FRESH_1]
    writer.close()


def test_the_folder_may_not_be_writable(tmp_path: Path) -> None:
    """The daemon must report it in one line at its start, not fail later."""
    with pytest.raises(NotWrittenError):
        Writer(tmp_path / "no" / "events.db")


def test_a_file_that_is_no_database_is_refused_and_unchanged(path: Path) -> None:
    """It is the user's file."""
    path.write_bytes(b"not a database, but long enough to look at" * 50)
    before = path.read_bytes()
    with pytest.raises(NotWrittenError):
        Writer(path)
    assert path.read_bytes() == before


def test_a_newer_log_is_refused(path: Path) -> None:
    """An older Hookwatch would lose what a newer one added."""
    Writer(path).close()
    connection = apsw.Connection(str(path))
    connection.pragma("user_version", 99)
    connection.close()
    with pytest.raises(NotWrittenError):
        Writer(path)


def test_closing_again_is_harmless(path: Path) -> None:
    """Shutdown runs through more than one hand."""
    writer = Writer(path)
    writer.close()
    writer.close()


def test_the_wal_is_checkpointed_during_appends(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without it the WAL grows for as long as ingestd runs, and each read gets slower."""
    monkeypatch.setattr(ingestd.log.checkpoints, "DUE_PAGES", 10)
    writer = Writer(path)
    empty = path.stat().st_size
    writer.append([new(payload=LARGE)])
    wait_for(lambda: path.stat().st_size > empty)
    writer.close()


def test_a_failing_checkpoint_loses_no_event(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It moves pages that are safe in the WAL already; it will be tried again."""
    monkeypatch.setattr(ingestd.log.checkpoints, "DUE_PAGES", 1)
    with faulty_disk() as disk:
        writer = Writer(path, synchronous="NORMAL", vfs=disk.name)
        disk.fail(Fault(operation="sync"))
        writer.append([new(1)])
        wait_for(lambda: disk.hits)
        assert writer.append([new(2)]) == [AppendResult(2, duplicate=False)]
        disk.lift()
        writer.close()
    assert [event.id for event in Reader(path).after(0)] == [1, 2]
    assert integrity(path) == "ok"


def test_a_wal_that_outgrew_its_bound_is_checkpointed_by_the_writer(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Under load without a pause the thread never catches up, and the WAL would fill the disk."""
    monkeypatch.setattr(ingestd.log.checkpoints, "DUE_PAGES", 10**9)  # the thread does nothing
    monkeypatch.setattr(ingestd.log.writer, "CATCH_UP_PAGES", 64)
    writer = Writer(path)
    for number in range(100):
        writer.append([new(number, payload=LARGE)])
    wal = path.with_name("events.db-wal").stat().st_size
    writer.close()
    assert wal < 100 * 4096  # 100 such events are 1,100 pages
    assert len(Reader(path).after(0)) == 100


def test_a_page_that_was_read_wrongly_is_read_again(tmp_path: Path) -> None:
    """Once is enough of a disk's mistake: what is on it is sound."""
    path = tmp_path / "events.db"
    with closing(Writer(path)) as writer:
        writer.append([new(number) for number in range(500)])
    with faulty_disk() as disk, closing(Writer(path, vfs=disk.name)) as writer:
        disk.fail(Fault(operation="read", garbage=True, times=1))
        for _ in range(2):
            with pytest.raises(LogDamagedError):
                writer.append([new(500)])
        writer.release_cache()
        assert writer.append([new(500)])[0].id == 501


def test_an_event_whose_sync_failed_is_not_there_after_a_clean_restart(path: Path) -> None:
    """Its sender got an error, and may have sent it elsewhere."""
    with faulty_disk() as disk:
        writer = Writer(path, vfs=disk.name)
        disk.fail(Fault(operation="sync"))
        with pytest.raises(NotWrittenError):
            writer.append([new()])
        disk.lift()
        writer.close()
        writer = Writer(path, vfs=disk.name)
        writer.close()
    reader = Reader(path)
    assert reader.after(0) == []
    reader.close()
