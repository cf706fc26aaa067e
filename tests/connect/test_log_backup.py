"""Test `hookwatch backup` and `hookwatch restore` at the prompt, without daemons."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from contextlib import closing
from typing import TYPE_CHECKING

import apsw
import pytest

from ingestd.log.writer import Writer
from shared.backup import contents_of
from shared.reader import Reader
from shared.schema import VERSION
from tests.running import ROOT
from tests.shared.events import integrity, new

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.connect.claude import Claude


WITH_A_LOG = ("-wal", "-shm")


def write(log: Path, *numbers: int) -> None:
    """Append events to a log."""
    log.parent.mkdir(parents=True, exist_ok=True)
    writer = Writer(log)
    writer.append([new(it, timestamp=1_764_331_200_000 + 60_000 * it) for it in numbers])
    writer.close()


def numbers_in(log: Path) -> dict[int | None, bytes]:
    """Return what a log holds, by id."""
    with closing(Reader(log)) as reader:
        return {event.id: bytes(event.payload) for event in reader.after(0)}


def names(folder: Path) -> set[str]:
    """Return what lies in a folder, but for what a reader of the log leaves there."""
    return {path.name for path in folder.iterdir()} - {
        "events.lock",
        "events.db.restoring.lock",
        "events.db-shm",
        "events.db-wal",
    }


def set_aside(folder: Path) -> list[Path]:
    """Return the logs that were set aside in a folder, without their WALs."""
    return [it for it in folder.glob("events.db.replaced-*") if it.name[-4:] not in WITH_A_LOG]


@pytest.fixture
def log(claude: Claude) -> Path:
    return claude.data / "events.db"


def test_a_backup_reports_its_contents_and_replaces_only_with_consent(
    claude: Claude, log: Path, tmp_path: Path
) -> None:
    """The next one of every night must be asked to replace that of the night before."""
    write(log, 1, 2)
    copy = tmp_path / "copy.db"
    ran = claude.run("backup", str(copy), TZ="UTC")
    assert (ran.code, ran.err) == (0, "")
    pattern = rf"Copied 2 events, 2025-11-28 \d\d:\d1 to 2025-11-28 \d\d:\d2 \(.+ kB\) to {copy}\n"
    assert re.fullmatch(pattern, ran.out)
    before = copy.read_bytes()
    again = claude.run("backup", str(copy))
    assert (again.code, again.out) == (2, "")
    line = f"{copy} exists. Choose another name, or replace it with --force."
    assert again.err == f"hookwatch backup: {line}\n"
    assert copy.read_bytes() == before
    write(log, 3)
    assert claude.run("backup", "--force", str(copy)).code == 0
    assert len(numbers_in(copy)) == 3


def test_a_bar_is_drawn_at_a_terminal_and_nowhere_else(
    claude: Claude, log: Path, tmp_path: Path
) -> None:
    """A gigabyte takes seconds, in which a silent command looks like a hung one."""
    write(log, 1)
    ours, theirs = os.openpty()
    try:
        done = subprocess.run(
            [sys.executable, "-m", "connect", "backup", str(tmp_path / "copy.db")],
            cwd=ROOT,
            env={**claude.environment, "TERM": "xterm"},
            stdout=subprocess.PIPE,
            stderr=theirs,
            check=True,
        )
        drawn = os.read(ours, 65_536)
    finally:
        os.close(ours)
        os.close(theirs)
    assert b"Checking" in drawn
    assert done.stdout.startswith(b"Copied 1 event, ")
    assert claude.run("backup", "--force", str(tmp_path / "copy.db")).err == ""


def test_a_backup_without_a_log_or_onto_the_log_is_refused(claude: Claude, log: Path) -> None:
    """`--force` must not reach that far."""
    assert claude.run("backup", str(claude.home / "copy.db")).code == 2
    write(log, 1)
    ran = claude.run("backup", "--force", str(log))
    assert (ran.code, ran.err) == (2, f"hookwatch backup: {log} is the log itself.\n")
    ran = claude.run("backup", str(claude.home))
    assert (ran.code, "is a folder" in ran.err) == (2, True)
    assert list(claude.home.glob("*.db")) == []


def test_a_restore_keeps_the_old_log_and_gives_the_copy_a_new_uuid_and_higher_ids(
    claude: Claude, log: Path, tmp_path: Path
) -> None:
    """A reader that knew either log must take no event of the other for one that it knew."""
    copy = tmp_path / "copy.db"
    write(log, 1, 2)
    claude.run("backup", str(copy))
    write(log, 3, 4, 5)
    before = numbers_in(log)
    old = contents_of(log).uuid
    ran = claude.run("restore", "--yes", str(copy))
    assert (ran.code, ran.err) == (0, "")
    (aside,) = set_aside(claude.data)
    assert re.search(r"restores  .*\n +2 events, .*\n +replaces  .*\n +5 events, ", ran.out)
    assert ran.out.splitlines()[-2].startswith("Restored 2 events, ")
    assert ran.out.splitlines()[-1].startswith(f"The previous log is {aside}: 5 events, ")
    assert names(claude.data) == {"events.db", aside.name}
    assert numbers_in(aside) == before
    assert contents_of(aside).uuid == old
    assert contents_of(log).uuid not in {None, old}
    write(log, 6)
    assert sorted(numbers_in(log), key=str) == [1, 2, 6]
    assert integrity(log) == integrity(aside) == "ok"


def test_a_restore_without_a_yes_changes_nothing(claude: Claude, log: Path, tmp_path: Path) -> None:
    """It is asked because a mistyped name would put last year's sessions on the screen."""
    write(log, 1)
    claude.run("backup", str(tmp_path / "copy.db"))
    before = log.read_bytes()
    for types in (None, "", "n\n"):
        ran = claude.run("restore", str(tmp_path / "copy.db"), answer=types)
        assert (ran.code, "Nothing was changed." in ran.err) == (2, True)
    assert log.read_bytes() == before
    assert names(claude.data) == {"events.db"}
    assert claude.run("restore", str(tmp_path / "copy.db"), answer="y\n").code == 0


def test_restores_in_the_same_second_use_different_names(
    claude: Claude, log: Path, tmp_path: Path
) -> None:
    """A log that is set aside is never written over."""
    write(log, 1)
    claude.run("backup", str(tmp_path / "copy.db"))
    for count in range(1, 5):
        assert claude.run("restore", "--yes", str(tmp_path / "copy.db")).code == 0
        assert len(set_aside(claude.data)) == count


def test_the_old_logs_wal_stays_with_the_old_log(claude: Claude, log: Path, tmp_path: Path) -> None:
    """Where a reader keeps it from being emptied; left there it would be applied to the copy."""
    write(log, 1)
    claude.run("backup", str(tmp_path / "copy.db"))
    with closing(apsw.Connection(str(log))) as reader:
        reader.execute("BEGIN; SELECT count(*) FROM events").fetchall()
        write(log, *range(2, 500))
        assert (claude.data / "events.db-wal").stat().st_size
        assert claude.run("restore", "--yes", str(tmp_path / "copy.db")).code == 0
        (aside,) = set_aside(claude.data)
        assert len(numbers_in(log)) == 1
        assert len(numbers_in(aside)) == 499
    assert integrity(log) == integrity(aside) == "ok"


def test_an_unreadable_log_is_kept_and_replaced_and_ids_skip_ahead(
    claude: Claude, log: Path, tmp_path: Path
) -> None:
    """That is the day a backup is for."""
    write(log, 1)
    claude.run("backup", str(tmp_path / "copy.db"))
    log.write_bytes(b"garbage\n" * 1_000)
    ran = claude.run("restore", "--yes", str(tmp_path / "copy.db"))
    assert (ran.code, ran.err) == (0, "")
    assert "cannot be read" in ran.out
    (aside,) = set_aside(claude.data)
    assert aside.read_bytes() == b"garbage\n" * 1_000
    write(log, 2)
    assert sorted(numbers_in(log), key=str) == [1, 1_000_000_002]


def test_a_restore_where_there_is_no_log(claude: Claude, log: Path, tmp_path: Path) -> None:
    """On a new machine there is none yet."""
    write(log, 1)
    claude.run("backup", str(tmp_path / "copy.db"))
    ran = claude.run("restore", "--yes", str(tmp_path / "copy.db"), HOOKWATCH_DATA="new")
    assert (ran.code, ran.err) == (0, "")
    assert "which does not exist yet" in ran.out
    assert numbers_in(claude.home / "new" / "events.db") == numbers_in(log)


def test_a_plain_file_copy_is_restored_without_leftovers(
    claude: Claude, log: Path, tmp_path: Path
) -> None:
    """Other tools copy the file of a stopped Hookwatch, and may have put it on a read-only disk."""
    write(log, 1, 2)
    folder = tmp_path / "backups"
    folder.mkdir()
    (folder / "copy.db").write_bytes(log.read_bytes())
    write(log, 3)
    assert claude.run("restore", "--yes", str(folder / "copy.db")).code == 0
    assert sorted(numbers_in(log), key=str) == [1, 2]
    assert [path.name for path in folder.iterdir()] == ["copy.db"]


def other_version(path: Path) -> str:
    write(path, 1)
    with closing(apsw.Connection(str(path))) as connection:
        connection.pragma("user_version", 99)
    return f"this Hookwatch knows {VERSION}: upgrade Hookwatch"


def other_database(path: Path) -> str:
    with closing(apsw.Connection(str(path))) as connection:
        connection.execute("CREATE TABLE notes (text)").fetchall()
        connection.pragma("user_version", 1)
    return "is not a Hookwatch log"


def no_database(path: Path) -> str:
    path.write_bytes(b"my notes\n" * 1_000)
    return "is not a SQLite database"


def damaged(path: Path) -> str:
    write(path, *range(2_000))
    with path.open("r+b") as file:
        file.seek(8 * 4096)
        file.write(b"\xa5" * 4096 * 20)
    return r"is damaged: |malformed"


def absent(_path: Path) -> str:
    return "no file "


@pytest.mark.parametrize("make", [other_version, other_database, no_database, damaged, absent])
def test_a_file_that_is_no_log_is_not_restored(
    claude: Claude, log: Path, tmp_path: Path, make: Callable[[Path], str]
) -> None:
    """The present log is better than a file that turns out to be none."""
    write(log, 1)
    before = log.read_bytes()
    reason = make(tmp_path / "file.db")
    ran = claude.run("restore", "--yes", str(tmp_path / "file.db"))
    assert (ran.code, ran.out, ran.err.count("\n")) == (2, "", 1)
    assert re.search(reason, ran.err)
    assert log.read_bytes() == before
    assert names(claude.data) == {"events.db"}


def test_a_log_of_before_is_brought_forward(claude: Claude, log: Path, tmp_path: Path) -> None:
    """Backups outlive upgrades."""
    old = tmp_path / "old.db"
    write(old, 1)
    with closing(apsw.Connection(str(old))) as connection:
        for (table,) in connection.execute(_TABLES_SINCE).fetchall():
            connection.execute(f"DROP TABLE {table}").fetchall()
        connection.pragma("user_version", 1)
    ran = claude.run("restore", "--yes", str(old))
    assert (ran.code, ran.err) == (0, "")
    assert numbers_in(log) == numbers_in(old)
    assert contents_of(log).uuid is not None
    assert contents_of(old).uuid is None


_TABLES_SINCE = """
    SELECT name FROM sqlite_schema
    WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name != 'events'
"""
