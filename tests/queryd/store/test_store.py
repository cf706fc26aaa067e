"""Test the views' file: private, disposable, and rebuilt by the process that finds it damaged."""

import asyncio
import os
import stat
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import apsw
import pytest

import queryd.store.store
import shared.checkpoints
from queryd.sessions.tables import session_of
from queryd.store.readers import Readers
from queryd.store.store import (
    DamagedError,
    Database,
    ViewReader,
    ViewsNotReadyError,
    discard,
    is_damage,
    is_transient,
    open_to_fold,
)
from shared.files import identity, wal_of
from tests.running import wait_for
from tests.shared.faulty_vfs import Fault, faulty_disk

TABLES = "CREATE TABLE numbers (number INTEGER PRIMARY KEY, text TEXT) STRICT;"
VERSION = 7
COUNT = 2_000
HOLD_S = 30
ALL = "SELECT number, text FROM numbers ORDER BY number"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "views.db"


@pytest.fixture
def reader(path: Path) -> Iterator[ViewReader]:
    with closing(ViewReader(path, VERSION)) as made:
        yield made


def fill(path: Path, *, count: int = COUNT, version: int = VERSION) -> None:
    """Make views of many pages, all of them in the database and not in its WAL."""
    with closing(open_to_fold(path, TABLES, version)) as views, views.transaction():
        views.run_many("INSERT INTO numbers VALUES (?, ?)", [(n, "x" * 100) for n in range(count)])


def held(path: Path) -> list[int]:
    """Return what the folding process finds on opening."""
    with closing(open_to_fold(path, TABLES, VERSION)) as views:
        return [number for number, _ in views.fetch(ALL)]


def garbage(path: Path) -> None:
    """Replace everything, as an editor that was let loose on it."""
    path.write_bytes(b"no database at all\n" * 1_000)


def cut_short(path: Path) -> None:
    """Take the end away, as a full disk in the middle of a copy."""
    os.truncate(path, path.stat().st_size // 2 // 4096 * 4096)


def overwritten(path: Path) -> None:
    """Fill all pages but the first with noise, as a disk that is dying."""
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xa5" * (path.stat().st_size - 4096))


DAMAGE = pytest.mark.parametrize("damage", [garbage, cut_short, overwritten])


def test_the_files_are_private_to_the_user(path: Path) -> None:
    """They hold prompts and answers, as the log does."""
    with closing(open_to_fold(path, TABLES, VERSION)) as views:
        views.run("INSERT INTO numbers VALUES (1, 'x')")
        for file in (path, wal_of(path), path.with_name("views.db-shm")):
            assert stat.S_IMODE(file.stat().st_mode) == 0o600, file


def test_views_of_this_version_are_kept(path: Path) -> None:
    """A restart that folded years of events again would show nothing for minutes."""
    fill(path, count=3)
    assert held(path) == [0, 1, 2]


def test_views_of_another_version_are_rebuilt(path: Path) -> None:
    """An upgrade changes tables, and a downgrade changes them back: neither may ask for help."""
    fill(path, version=VERSION + 1)
    assert held(path) == []
    fill(path, count=1)
    assert held(path) == [0]


@DAMAGE
def test_damaged_views_do_not_stop_the_fold(path: Path, damage: Callable[[Path], None]) -> None:
    """The damage is found on opening, and the views are new, or it raises where it is read.

    What must not be is an error that no one knows what to do about.
    """
    fill(path)
    damage(path)
    try:
        found = held(path)
    except (apsw.CorruptError, apsw.NotADBError):
        discard(path)
        found = held(path)
    assert found == []


def test_a_wal_without_its_database_is_not_used_by_new_views(path: Path) -> None:
    """A user who deletes only the file leaves the WAL: pages of deleted views."""
    first = open_to_fold(path, TABLES, VERSION)
    with first.transaction():
        first.run("INSERT INTO numbers VALUES (1, 'gone')")
    path.unlink()
    assert wal_of(path).exists()
    assert held(path) == []
    first.close()
    assert held(path) == []


HOLDING = """
import sqlite3, sys
views = sqlite3.connect(f"file:{sys.argv[1]}?mode=ro", uri=True)
print(views.execute("SELECT count(*) FROM numbers").fetchone()[0], flush=True)
sys.stdin.read()
"""


def test_old_views_of_another_process_do_not_mix_with_new_ones(path: Path) -> None:
    """Beside the file lie its WAL and its index, which a second queryd keeps open for long."""
    first = open_to_fold(path, TABLES, VERSION)
    first.run_many("INSERT INTO numbers VALUES (?, 'gone')", [(number,) for number in range(99)])
    command = [sys.executable, "-c", HOLDING, str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"99\n"
        first.close()
        discard(path)
        fill(path, count=3)
        assert held(path) == [0, 1, 2]


def test_a_reader_reports_missing_views_and_reads_them_later(
    path: Path, reader: ViewReader
) -> None:
    """A page is served from the first moment, and the views come when they come."""
    with pytest.raises(ViewsNotReadyError, match="not made yet"):
        reader.fetch(ALL)
    assert not path.exists()
    fill(path, count=2)
    assert [number for number, _ in reader.fetch(ALL)] == [0, 1]


def test_a_reader_waits_for_views_of_its_version(path: Path, reader: ViewReader) -> None:
    """During an upgrade the older queryd may still fold: its tables are not to be guessed at."""
    fill(path, version=VERSION + 1)
    with pytest.raises(ViewsNotReadyError, match="another version"):
        reader.fetch(ALL)
    assert path.exists()
    fill(path, count=1)
    assert len(reader.fetch(ALL)) == 1


@DAMAGE
def test_a_reader_deletes_damaged_views_and_reads_new_ones(
    path: Path, reader: ViewReader, damage: Callable[[Path], None]
) -> None:
    """The fold may never read the damaged page; the reader that does must not wait."""
    fill(path)
    damage(path)
    with pytest.raises(ViewsNotReadyError, match="damaged"):
        reader.fetch(ALL)
    assert not path.exists()
    fill(path, count=3)
    assert len(reader.fetch(ALL)) == 3


@DAMAGE
def test_views_damaged_under_a_reader_are_deleted(
    path: Path, reader: ViewReader, damage: Callable[[Path], None]
) -> None:
    """Its connection has pages of its own in memory: it must come by the damage all the same."""
    fill(path)
    assert reader.fetch("SELECT number FROM numbers LIMIT 1") == [(0,)]
    damage(path)
    with pytest.raises(ViewsNotReadyError):
        reader.fetch(ALL)
    assert not path.exists()
    fill(path, count=3)
    assert len(reader.fetch(ALL)) == 3


def test_a_reader_does_not_delete_new_views(path: Path, reader: ViewReader) -> None:
    """Four threads may meet one damage; the last of them would throw away what is being made."""
    fill(path)
    reader.fetch(ALL)
    path.unlink()
    fill(path, count=3)
    made = identity(path)
    reader.discard()
    assert identity(path) == made
    assert len(reader.fetch(ALL)) == 3


def test_a_state_that_cannot_be_decoded_is_damage(tmp_path: Path) -> None:
    """SQLite checks no content: a long text's page of noise reads as a long text of noise."""
    with pytest.raises(DamagedError) as raised:
        session_of(b"\xa5" * 5_000)
    assert is_damage(raised.value)
    path = tmp_path / "views.db"
    fill(path, count=1)
    readers = Readers(
        tmp_path / "events.db", path, VERSION, search_path=tmp_path / "search.db", search_version=1
    )

    def read(views: ViewReader) -> None:
        views.fetch(ALL)
        session_of(b"\xa5" * 5_000)

    with pytest.raises(ViewsNotReadyError, match="damaged"):
        asyncio.run(readers.views(read))
    readers.close()
    assert not path.exists()


def test_a_reader_reopens_replaced_views(path: Path, reader: ViewReader) -> None:
    """The old file lives on without a name as long as it is open, and answers as if nothing was."""
    fill(path, count=5)
    assert len(reader.fetch(ALL)) == 5
    discard(path)
    with pytest.raises(ViewsNotReadyError, match="not made yet"):
        reader.fetch(ALL)
    fill(path, count=2)
    assert len(reader.fetch(ALL)) == 2


def test_a_snapshot_sees_one_state(path: Path, reader: ViewReader) -> None:
    """A session's row and its calls are read one after the other, and must be of one moment."""
    fill(path, count=2)
    with reader.snapshot():
        assert len(reader.fetch(ALL)) == 2
        with closing(open_to_fold(path, TABLES, VERSION)) as views:
            views.run("INSERT INTO numbers VALUES (9, 'x')")
        assert len(reader.fetch(ALL)) == 2
    assert len(reader.fetch(ALL)) == 3


def test_a_snapshot_of_replaced_views_is_refused(path: Path, reader: ViewReader) -> None:
    """Half of an answer out of one file and half out of another fits together nowhere."""
    fill(path, count=2)

    def read() -> None:
        with reader.snapshot():
            reader.fetch(ALL)
            discard(path)
            fill(path, count=1)
            reader.fetch(ALL)

    with pytest.raises(ViewsNotReadyError):
        read()
    assert len(reader.fetch(ALL)) == 1


def test_a_reader_writes_nothing(path: Path, reader: ViewReader) -> None:
    """There is one writer; a second would repeat events."""
    fill(path, count=1)
    with pytest.raises(ViewsNotReadyError, match="readonly"):
        reader.fetch("DELETE FROM numbers")
    assert held(path) == [0]


def test_closing_a_reader_again_is_harmless(path: Path, reader: ViewReader) -> None:
    """And reading opens it again."""
    fill(path, count=1)
    reader.fetch(ALL)
    reader.close()
    reader.close()
    assert len(reader.fetch(ALL)) == 1


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_a_transaction_that_raises_is_rolled_back(path: Path, error: type[BaseException]) -> None:
    """The cursor stands in it: a half that stayed would be folded a second time."""

    def half(views: Database) -> None:
        with views.transaction():
            views.run("INSERT INTO numbers VALUES (1, 'x')")
            raise error

    with closing(open_to_fold(path, TABLES, VERSION)) as views:
        with pytest.raises(error):
            half(views)
        assert views.fetch(ALL) == []
        with views.transaction():
            views.run("INSERT INTO numbers VALUES (2, 'x')")
    assert held(path) == [2]


@pytest.mark.parametrize("skip", range(4))
def test_a_transaction_is_atomic_on_a_failing_disk(path: Path, skip: int) -> None:
    """Whichever write it is that fails, and whether or not half of it reached the disk."""
    fill(path, count=3)
    rows = [(number, "y" * 4_000) for number in range(10, 20)]

    def write(views: Database) -> None:
        with views.transaction():
            views.run_many("INSERT INTO numbers VALUES (?, ?)", rows)

    with faulty_disk() as disk:
        with closing(Database(apsw.Connection(str(path), vfs=disk.name))) as views:
            views.run("PRAGMA cache_size = 1")
            disk.fail(Fault(operation="write", skip=skip, short=True))
            with pytest.raises(apsw.Error) as raised:
                write(views)
            assert disk.hits > 0
            assert is_transient(raised.value)
            disk.lift()
            assert [number for number, _ in views.fetch(ALL)] == [0, 1, 2]
            with views.transaction():
                views.run("INSERT INTO numbers VALUES (3, 'z')")
        assert held(path) == [0, 1, 2, 3]


def test_a_failed_checkpoint_does_not_undo_the_commit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """If it raised after the commit, the same events would be folded again."""

    def fail(_path: Path) -> None:
        raise OSError("the disk does not sync")

    monkeypatch.setattr(shared.checkpoints, "_sync", fail)
    monkeypatch.setattr(queryd.store.store, "CHECKPOINT_PAGES", 1)
    monkeypatch.setattr(queryd.store.store, "LONGEST_WAL", 1)
    with closing(open_to_fold(tmp_path / "views.db", "CREATE TABLE one (it)", 1)) as views:
        with views.transaction():
            views.run("INSERT INTO one VALUES (1)")
        assert views.fetch("SELECT it FROM one") == [(1,)]
        assert "the disk does not sync" in caplog.text


class HeldSync:
    """Hold each checkpoint at the disk's sync until it is released."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.started = threading.Semaphore(0)
        self.released = threading.Event()
        self.is_holding = False
        monkeypatch.setattr(shared.checkpoints, "_sync", self._sync)

    def _sync(self, _path: Path) -> None:
        self.started.release()
        self.is_holding = True
        self.released.wait(HOLD_S)
        self.is_holding = False


def wal_header(path: Path) -> bytes:
    """Return the part of a WAL that changes when it starts over."""
    return wal_of(path).read_bytes()[:32]


def test_a_commit_waits_for_no_checkpoint(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A status waited up to 60 ms for the 64 MB of WAL that had come together before it.

    The sync of this checkpoint does not end before the commits.
    """
    monkeypatch.setattr(queryd.store.store, "CHECKPOINT_PAGES", 100)
    sync = HeldSync(monkeypatch)
    with closing(open_to_fold(path, TABLES, VERSION)) as views:
        views.checkpoint_in_thread()
        for number in range(120):
            with views.transaction():
                views.run("INSERT INTO numbers VALUES (?, 'a')", (number,))
        assert sync.started.acquire(timeout=HOLD_S)
        assert sync.is_holding
        size = path.stat().st_size
        with views.transaction():
            views.run("INSERT INTO numbers VALUES (1000, 'b')")
        assert held_in(path) == 121
        assert sync.is_holding
        assert path.stat().st_size == size
        sync.released.set()
        wait_for(lambda: path.stat().st_size > size)


def test_the_wal_starts_over_after_a_checkpoint_beside_commits(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was committed during a pass is moved by the next; else the WAL would only ever grow."""
    monkeypatch.setattr(queryd.store.store, "CHECKPOINT_PAGES", 100)
    sync = HeldSync(monkeypatch)
    with closing(open_to_fold(path, TABLES, VERSION)) as views:
        views.checkpoint_in_thread()
        for number in range(200):
            with views.transaction():
                views.run("INSERT INTO numbers VALUES (?, 'a')", (number,))
        assert sync.started.acquire(timeout=HOLD_S)
        header = wal_header(path)
        sync.released.set()

        def starts_over() -> bool:
            with views.transaction():
                views.run("UPDATE numbers SET text = text || 'b' WHERE number = 1")
            return wal_header(path) != header

        wait_for(starts_over)


def test_a_wal_that_outgrew_its_bound_is_checkpointed_by_a_commit(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With commits back to back the thread never moves the last of them."""
    monkeypatch.setattr(queryd.store.store, "CHECKPOINT_PAGES", 50)
    with closing(open_to_fold(path, TABLES, VERSION)) as views:
        views.checkpoint_in_thread()
        for number in range(2_000):
            with views.transaction():
                views.run("INSERT INTO numbers VALUES (?, 'a')", (number,))
        assert wal_of(path).stat().st_size <= 50 * 4096 * (queryd.store.store.LONGEST_WAL + 1)


def test_catching_up_leaves_the_wal_to_its_bound(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A page that is written again and again is moved to the file once in that much."""
    monkeypatch.setattr(queryd.store.store, "CHECKPOINT_PAGES", 50)
    with closing(open_to_fold(path, TABLES, VERSION)) as views:
        size = path.stat().st_size
        grown_at = 0
        while path.stat().st_size == size:
            with views.transaction():
                views.run("INSERT INTO numbers VALUES (?, ?)", (grown_at, "x" * 3_000))
            grown_at += 1
            pages = wal_of(path).stat().st_size // 4096
        assert pages >= 50 * queryd.store.store.LONGEST_WAL


def held_in(path: Path) -> int:
    with closing(ViewReader(path, VERSION)) as views:
        return len(views.fetch(ALL))
