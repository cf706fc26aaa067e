"""Hold the full text to be the log's, however it and the views are killed, damaged or behind."""

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any, Final

import apsw
import pytest

import queryd.fold.folder
import queryd.search.catch_up
import queryd.search.index
import queryd.search.indexer
import queryd.search.text
from ingestd.log.writer import Writer
from queryd.fold.folder import Folder
from queryd.fold.folding import VERSION
from queryd.search.catch_up import NEAR
from queryd.search.find import EventQuery, find
from queryd.search.index import VERSION as SEARCH_VERSION
from queryd.search.index import TextIndex
from queryd.search.query import parse
from queryd.store.store import ViewReader, ViewsNotReadyError
from shared.event import Event
from shared.files import wal_of
from shared.reader import Reader
from tests.queryd.folded_views import dump_file, fold_log, index_log
from tests.running import DEADLINE_S, ROOT, SAMPLES, wait_for
from tests.shared.events import integrity, new


class Data:
    """A data folder with a log."""

    def __init__(self, folder: Path) -> None:
        self.log_path = folder / "events.db"
        self.views_path = folder / "views.db"
        self.search_path = folder / "search.db"
        self.count = 0
        self._writer = Writer(self.log_path, synchronous="NORMAL")

    def append(self, count: int = 1) -> None:
        """Append prompts, each with a word of its own."""
        numbers = range(self.count + 1, self.count + count + 1)
        self._writer.append([new(it, payload=b'{"prompt":"npm word%d"}' % it) for it in numbers])
        self.count += count

    def found(self, text: str) -> list[int | None]:
        """Return the ids that a search finds, newest first."""
        with (
            closing(Reader(self.log_path)) as log,
            closing(ViewReader(self.views_path, VERSION)) as views,
            closing(
                ViewReader(self.search_path, SEARCH_VERSION, name="the full text")
            ) as text_reader,
        ):
            query = EventQuery(text=parse(text))
            result = find(log, views, text_reader, query, limit=1_000, clock=lambda: 0.0)
            return [event.id for event in result.events]

    def is_right(self) -> bool:
        """Return whether views and full text are those of the log."""
        try:
            views, text = dump_file(self.views_path), dump_file(self.search_path)
        except apsw.Error:
            return False
        return views == fold_log(self.log_path) and text == index_log(self.log_path)

    def close(self) -> None:
        self._writer.close()


def _text_reader(path: Path) -> ViewReader:
    return ViewReader(path, SEARCH_VERSION, name="the full text")


@pytest.fixture
def data(tmp_path: Path) -> Iterator[Data]:
    with closing(Data(tmp_path)) as made:
        yield made


@pytest.fixture(autouse=True)
def short_intervals(monkeypatch: pytest.MonkeyPatch) -> None:
    """Poll ten times as often as queryd does."""
    for module in (queryd.fold.folder, queryd.search.indexer):
        for name in ("POLL_S", "MAINTENANCE_S", "RETRY_S"):
            monkeypatch.setattr(module, name, 0.1)
    monkeypatch.setattr(queryd.search.indexer, "INTERVAL_S", 0.01)


@contextmanager
def folding(data: Data) -> Iterator[Folder]:
    """Fold and index until the block ends."""
    folder = Folder(data.log_path, data.views_path, data.search_path, lambda: None)
    folder.start()
    try:
        yield folder
    finally:
        folder.stop()


KILLED: Final = """
import os, signal, sys
from pathlib import Path
from queryd.fold.folding import Views, facts_of
from queryd.search.index import TextIndex
from shared.files import wal_of
from shared.reader import Reader
folder, first = Path(sys.argv[1]), sys.argv[2]
log = Reader(folder / "events.db")
events = log.after(0, limit=int(sys.argv[3]))
if first == "views":
    Views(folder / "views.db").fold(facts_of(events))
else:
    TextIndex(folder / "search.db").add(events)
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.parametrize("first", ["views", "text"])
def test_a_kill_between_the_two_commits_loses_and_repeats_nothing(data: Data, first: str) -> None:
    """Each file has its own cursor: after a crash either may be ahead."""
    data.append(40)
    for count in (7, 25):
        command = [sys.executable, "-c", KILLED, str(data.log_path.parent), first, str(count)]
        assert subprocess.run(command, cwd=ROOT, check=False).returncode == -signal.SIGKILL
        for path in (data.views_path, data.search_path):
            path.unlink(missing_ok=True) if count == 7 else None
    with folding(data):
        wait_for(data.is_right)
    assert integrity(data.views_path) == integrity(data.search_path) == "ok"


def test_statuses_and_searches_do_not_wait_for_the_index(
    data: Data, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A search reads from the log what the index does not have yet."""
    resume = threading.Event()
    add = TextIndex.add

    def blocked(index: TextIndex, events: Sequence[Event]) -> None:
        assert resume.wait(DEADLINE_S)
        add(index, events)

    monkeypatch.setattr(TextIndex, "add", blocked)
    data.append(20)
    with (
        folding(data) as folder,
        closing(ViewReader(data.search_path, SEARCH_VERSION)) as text,
    ):
        wait_for(lambda: folder.state.folded_id == 20)
        wait_for(lambda: cursor_of(text) == [(0,)])
        assert data.found("npm") == list(range(20, 0, -1))
        assert data.found("word7") == [7]
        assert cursor_of(text) == [(0,)]
        resume.set()
        wait_for(data.is_right)
        assert data.found("npm") == list(range(20, 0, -1))


def cursor_of(text: ViewReader) -> list[Any] | None:
    try:
        return text.fetch("SELECT folded_id FROM cursor")
    except ViewsNotReadyError:
        return None  # its tables are being made


def damage(path: Path) -> None:
    """Overwrite all but the header of a database and of its WAL."""
    for file in filter(Path.exists, (path, wal_of(path))):
        with file.open("r+b") as opened:
            opened.seek(4096)
            opened.write(b"\xa5" * max(0, file.stat().st_size - 4096))


def identity_of(path: Path) -> Any:
    # By the same SQLite: another's close would release the locks of this process.
    with closing(apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READONLY)) as connection:
        return connection.pragma("application_id")


@pytest.mark.parametrize("is_running", [True, False])
def test_a_damaged_full_text_is_rebuilt_alone(data: Data, *, is_running: bool) -> None:
    """Sessions and figures stay: folding years again takes minutes."""
    data.append(600)
    with folding(data):
        wait_for(data.is_right)
        if is_running:
            views = identity_of(data.views_path)
            damage(data.search_path)
            data.append()
            with suppress(ViewsNotReadyError):
                data.found("npm")
            wait_for(data.is_right)
    if not is_running:
        views = identity_of(data.views_path)
        data.search_path.write_bytes(b"garbage" * 1_000)
        with folding(data):
            wait_for(data.is_right)
    assert identity_of(data.views_path) == views
    assert data.found("word600") == [600]


def test_a_reader_that_meets_damage_discards_the_full_text_alone(data: Data) -> None:
    """A page may be broken that the index does not write to."""
    data.append(600)
    with folding(data):
        wait_for(data.is_right)
    damage(data.search_path)
    with pytest.raises(ViewsNotReadyError, match="the full text"):
        data.found("npm")
    assert data.views_path.exists()
    assert not data.search_path.exists()


def test_the_views_of_an_earlier_version_lose_their_full_text(data: Data) -> None:
    """After an upgrade its words would otherwise outlive their events in the old tables."""
    data.append(5)
    shutil.copy(SAMPLES / "data-0.1" / "views.db", data.views_path)
    names = "SELECT name FROM sqlite_schema WHERE name GLOB 'text*'"
    with closing(sqlite3.connect(data.views_path)) as old:
        assert old.execute(names).fetchall()
    with folding(data):
        wait_for(data.is_right)
    with closing(sqlite3.connect(data.views_path)) as upgraded:
        assert upgraded.execute(names).fetchall() == []


def test_an_event_that_cannot_be_indexed_is_skipped_alone(
    data: Data, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Search must not end for good at one event."""

    def refusing(event: Event, payload: Any) -> Any:
        if event.id == 3:
            raise ValueError("a mistake")
        return queryd.search.text.row_of(event, payload)

    data.append(6)
    with monkeypatch.context() as patch:
        patch.setattr(queryd.search.index, "row_of", refusing)
        with folding(data) as folder:
            indexer = folder.indexer
            wait_for(lambda: (indexer.state.indexed_id, indexer.state.skipped) == (6, 1))
            wait_for(lambda: folder.state.folded_id == 6)
    assert data.found("npm") == [6, 5, 4, 2, 1]


def test_a_full_text_that_cannot_be_written_does_not_stop_the_fold(data: Data) -> None:
    """The other way round, health shows the error and searches are refused."""
    data.search_path.mkdir()
    data.append(5)
    with folding(data) as folder:
        wait_for(lambda: folder.indexer.state.state == "failing")
        assert folder.indexer.state.error
        wait_for(lambda: (folder.state.state, folder.state.folded_id) == ("live", 5))
        data.search_path.rmdir()
        wait_for(data.is_right)


class Processes:
    """Record how indexing processes ended."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.results: list[bool] = []
        self._run = queryd.search.catch_up.run_process
        monkeypatch.setattr(queryd.search.indexer, "run_process", self._record)
        monkeypatch.setattr(queryd.search.indexer, "BACKLOG", NEAR + 100)

    def _record(self, *arguments: Any, **options: Any) -> bool:
        self.results.append(self._run(*arguments, **options))
        return self.results[-1]


def test_a_long_log_is_indexed_in_a_process_of_its_own(
    data: Data, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It leaves the interpreter lock to the fold and the streams."""
    processes = Processes(monkeypatch)
    data.append(NEAR + 1_500)
    with folding(data):
        wait_for(data.is_right)
    assert processes.results == [True]


@pytest.mark.parametrize("code", ["raise SystemExit(1)", "import os; os.kill(os.getpid(), 9)"])
def test_a_thread_indexes_when_the_process_fails(
    data: Data, monkeypatch: pytest.MonkeyPatch, code: str
) -> None:
    """Some machines allow no more processes; a loop of failing ones would index nothing."""
    processes = Processes(monkeypatch)
    monkeypatch.setattr(queryd.search.catch_up, "_CODE", code)
    data.append(NEAR + 1_500)
    with folding(data):
        wait_for(data.is_right)
    assert processes.results == [False]


def test_a_stop_ends_the_process(data: Data, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C gives the terminal back, and leaves no process that writes."""
    processes = Processes(monkeypatch)
    monkeypatch.setattr(queryd.search.catch_up, "_CODE", "import time; time.sleep(1000)")
    data.append(NEAR + 1_500)
    with folding(data) as folder:
        wait_for(lambda: folder.state.folded_id == data.count)
    assert processes.results in ([], [True])  # none if it was stopped before its start


PARENT: Final = """
import sys
from pathlib import Path
import queryd.search.catch_up, queryd.search.indexer
from queryd.fold.folder import Folder
queryd.search.indexer.BACKLOG = 100
queryd.search.catch_up._CODE = (
    "import sys, threading; sys.path.insert(0, sys.argv[1]); import queryd.search.catch_up as it;"
    " threading.Thread(target=it._end_with_parent).start(); print('started', flush=True)"
)
folder = Folder(*map(Path, sys.argv[1:]), lambda: None)
folder.start()
sys.stdin.read()
"""


def test_the_process_ends_with_its_parent_and_keeps_the_lock_until_then(data: Data) -> None:
    """Two writers would index everything twice."""
    data.append(200)
    paths = map(str, (data.log_path, data.views_path, data.search_path))
    with subprocess.Popen(
        [sys.executable, "-c", PARENT, *paths],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as parent:
        try:
            assert parent.stdout is not None
            assert parent.stdout.readline() == b"started\n"
        finally:
            os.kill(parent.pid, signal.SIGKILL)
    with folding(data):
        wait_for(data.is_right)
