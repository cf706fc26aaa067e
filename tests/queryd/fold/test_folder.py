"""Test the folding thread over real files: whatever happens to them, the views are the log's."""

import logging
import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any

import apsw
import msgspec
import pytest

import queryd.fold.folder
import queryd.fold.folding
import queryd.search.indexer
from ingestd.log import retention
from ingestd.log.writer import Writer
from queryd.fold.folder import FOLD_INTERVAL_S, FOLD_SHARE, Folder, FoldPace, FoldState
from queryd.fold.folding import VERSION, Views
from queryd.fold.forgetting import BATCH
from queryd.search.index import STEP_EVENTS, TextIndex
from queryd.search.index import VERSION as SEARCH_VERSION
from queryd.search.indexer import Indexer
from queryd.sessions.processes import this_host
from queryd.sessions.read import SessionFilter, one_session, sessions_page
from queryd.sessions.state import PROCESS_ENDED
from queryd.store.fact import Fact
from queryd.store.fact import fact_of as decode_fact
from queryd.store.store import ViewReader, ViewsNotReadyError
from shared.event import Event
from shared.files import wal_of
from shared.process import pid_domain
from shared.reader import Reader
from shared.schema import VERSION as LOG_VERSION
from shared.schema import NewerLogError
from tests.queryd.folded_views import dump_file, fold_log, index_log
from tests.running import DEADLINE_S, ROOT, wait_for
from tests.shared.events import new


class Log:
    """Hold a log and its writer; each event has a session, a tool and a number."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "events.db"
        self.views_path = folder / "views.db"
        self.search_path = folder / "search.db"
        self.count = 0
        self._writer = Writer(self.path, synchronous="NORMAL")

    def append(self, count: int = 1, **fields: Any) -> None:
        """Append events that no other log has."""
        stamped = {"received_at": time.time_ns() // 1_000_000 + len(self.path.parts), **fields}
        made = [
            new(number, **{"session_id": f"s{number % 5}", **stamped})
            for number in range(self.count, self.count + count)
        ]
        self.count = self._writer.append(made)[-1].id

    def forget(self, count: int) -> None:
        """Forget the oldest events."""
        assert self._writer.delete_before(2**50, limit=count) == count

    def restart(self) -> None:
        """Go on in a new file, as after the old one was taken away."""
        self.close()
        self._writer = Writer(self.path, synchronous="NORMAL")
        self.count = 0

    def close(self) -> None:
        """Close the log."""
        self._writer.close()


class Folding:
    """A running Folder, with a count of its notifications."""

    def __init__(self, log: Log) -> None:
        self._log = log
        self.changes = 0
        self.folder = Folder(log.path, log.views_path, log.search_path, self._on_change)

    def wait_until_folded(self) -> None:
        """Wait until the whole log is folded and indexed, and compare both with rebuilt ones."""
        paths = {self._log.views_path: fold_log, self._log.search_path: index_log}
        for path, fold in paths.items():
            expected = fold(self._log.path)
            with suppress(AssertionError):
                wait_for(partial(_holds, path, expected))
            assert _held(path) == expected
        self.wait_for_state("live", self._log.count)

    def wait_for_state(self, state: str, folded_id: int) -> FoldState:
        """Wait for a state at a place in the log, and return it."""
        wait_for(lambda: _has_state(self.folder.state, state, folded_id))
        return self.folder.state

    def _on_change(self) -> None:
        self.changes += 1


def _held(path: Path) -> dict[str, list[Any]] | None:
    try:
        return dump_file(path)
    except apsw.Error:
        return None  # it is being replaced


def _holds(path: Path, expected: dict[str, list[Any]]) -> bool:
    return _held(path) == expected


def _has_state(state: FoldState, name: str, folded_id: int) -> bool:
    return (state.state, state.folded_id) == (name, folded_id)


@pytest.fixture(autouse=True)
def short_intervals(monkeypatch: pytest.MonkeyPatch) -> None:
    """Poll ten times as often as queryd does."""
    for name in ("POLL_S", "MAINTENANCE_S", "RETRY_S"):
        monkeypatch.setattr(queryd.fold.folder, name, 0.1)
        monkeypatch.setattr(queryd.search.indexer, name, 0.1)
    monkeypatch.setattr(queryd.search.indexer, "INTERVAL_S", 0.01)


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Log]:
    with closing(Log(tmp_path)) as made:
        yield made


@contextmanager
def folding(log: Log) -> Iterator[Folding]:
    """Fold until the block ends."""
    running = Folding(log)
    running.folder.start()
    try:
        yield running
    finally:
        running.folder.stop()


def test_existing_events_are_folded_in_batches_before_new_ones(
    log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    """First use on an old log, and every day after it."""
    monkeypatch.setattr(queryd.fold.folder, "BATCH", 40)
    log.append(130)
    with folding(log) as running:
        running.wait_until_folded()
        assert running.changes == 4
        log.append(3)
        running.folder.wake()
        running.wait_until_folded()
        assert running.changes == 5
        assert running.folder.state == FoldState(state="live", folded_id=133)


def test_a_wake_is_handled_before_the_next_poll(log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    """A row must change with its event, and not within the second."""
    monkeypatch.setattr(queryd.fold.folder, "POLL_S", 10 * DEADLINE_S)
    with folding(log) as running:
        for _ in range(5):
            running.wait_for_state("live", log.count)
            log.append()
            running.folder.wake()
        running.wait_until_folded()


def test_one_event_is_folded_without_waiting_for_an_interval(
    log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A status waits for its fold; at 200 events a second each one had the whole interval to wait.

    With an interval this long, an event that waited for it would never be folded.
    """
    monkeypatch.setattr(queryd.fold.folder, "POLL_S", 10 * DEADLINE_S)
    monkeypatch.setattr(queryd.fold.folder, "FOLD_INTERVAL_S", 3_600.0)
    with folding(log) as running:
        for number in range(1, 6):
            running.wait_for_state("live", log.count)
            log.append()
            running.folder.wake()
            running.wait_for_state("live", number)
        assert running.changes == 5


class Clock:
    """A time that a test moves."""

    now = 100.0

    def __call__(self) -> float:
        """Return the time."""
        return self.now


@pytest.mark.parametrize(
    ("used_s", "after_s"), [(0.0, 0.0), (0.001, 0.005), (0.06, FOLD_INTERVAL_S)]
)
def test_folds_follow_each_other_at_what_they_cost(used_s: float, after_s: float) -> None:
    """A cheap one lets the next start soon, and none waits longer than the interval."""
    clock, cpu = Clock(), Clock()
    pace = FoldPace(clock, cpu)
    clock.now = 200.0
    pace.start()
    cpu.now += used_s
    clock.now += 0.02  # other threads and processes ran too, which is no cost of folding
    assert pace.next_start() == pytest.approx(200.0 + after_s)


@pytest.mark.parametrize("per_second", [1, 50, 200, 1_000, 5_000, 20_000])
def test_the_busier_the_log_the_more_events_a_fold_has(per_second: int) -> None:
    """At any rate folding has at most as many folds as at the fixed interval, or a fifth of a core.

    The work of a fold is that of an event and a transaction, as measured.
    """
    clock, cpu = Clock(), Clock()
    pace = FoldPace(clock, cpu)
    folds = folded = 0
    while clock.now < 110.0:
        waiting = int((clock.now - 100.0) * per_second) - folded
        if waiting == 0:
            clock.now += 1 / per_second  # it waits for a wake, and not for an interval
            continue
        pace.start()
        cost_s = 0.0008 + 0.00004 * waiting
        cpu.now += cost_s
        clock.now += cost_s
        folded += waiting
        folds += 1
        clock.now = max(clock.now, pace.next_start())
    span_s = clock.now - 100.0
    assert folded >= per_second * 9.9 - 1
    cheapest = folded * 0.00004 + span_s / FOLD_INTERVAL_S * 0.0008
    assert cpu.now - 100.0 <= max(cheapest * 1.05, FOLD_SHARE * span_s)
    if per_second <= 50:
        assert folds == folded


def test_new_events_are_folded_even_without_a_wake(log: Log) -> None:
    """The watch on the log is fast, not certain."""
    with folding(log) as running:
        running.wait_for_state("live", 0)
        log.append(2)
        running.wait_until_folded()


def test_the_fold_continues_after_the_last_folded_event(log: Log) -> None:
    """A restart of queryd must not fold a year again, nor any event a second time."""
    log.append(10)
    with folding(log) as running:
        running.wait_until_folded()
    log.append(5)
    with closing(sqlite3.connect(log.views_path)) as connection:
        connection.execute("PRAGMA application_id = 5")
    with folding(log) as running:
        running.wait_until_folded()
    with closing(sqlite3.connect(log.views_path)) as connection:
        assert connection.execute("PRAGMA application_id").fetchone() == (5,)


def test_the_folder_starts_without_a_log(tmp_path: Path) -> None:
    """Daemons are started in any order."""
    log = Log(tmp_path)
    log.close()
    delete(log.path)
    with folding(log) as running:
        assert running.folder.opened.wait(DEADLINE_S)
        running.wait_for_state("live", 0)
        log.restart()
        log.append(3)
        running.wait_until_folded()
    log.close()


def delete(path: Path) -> None:
    """Remove a database and what stands beside it."""
    for file in path.parent.glob(f"{path.name}*"):
        file.unlink()


def move_away(path: Path) -> None:
    """Move a database somewhere else, with what stands beside it."""
    (path.parent / "old").mkdir()
    for file in path.parent.glob(f"{path.name}*"):
        file.rename(path.parent / "old" / file.name)


@pytest.mark.parametrize("remove", [delete, move_away])
@pytest.mark.parametrize("again", [3, 20, 60])
def test_views_of_a_removed_log_are_rebuilt(
    log: Log, remove: Callable[[Path], None], again: int
) -> None:
    """Rowids of two logs do not compare, whether the new one is shorter or longer than the old."""
    log.append(20)
    with folding(log) as running:
        running.wait_until_folded()
        remove(log.path)
        log.restart()
        log.append(again, session_id="another log's")
        running.folder.wake()
        running.wait_until_folded()


def test_a_log_replaced_between_reads_is_noticed(log: Log) -> None:
    """The same while queryd was down: the last event that was folded is another's now."""
    log.append(20)
    with folding(log) as running:
        running.wait_until_folded()
    delete(log.path)
    log.restart()
    log.append(20, session_id="another log's", received_at=5)
    with folding(log) as running:
        running.wait_until_folded()


def test_deleted_views_are_rebuilt(log: Log) -> None:
    """Users delete the views to have them rebuilt."""
    log.append(20)
    with folding(log) as running:
        for _ in range(3):
            running.wait_until_folded()
            delete(log.views_path)
            log.append()
        running.wait_until_folded()


def test_damaged_views_are_rebuilt(log: Log) -> None:
    """No one has to notice, stop queryd, and know which file to delete."""
    log.append(500)
    with folding(log) as running, closing(ViewReader(log.views_path, VERSION)) as reader:
        running.wait_until_folded()
        for file in (log.views_path, wal_of(log.views_path)):
            with file.open("r+b") as opened:
                opened.seek(4096)
                opened.write(b"\xa5" * max(0, file.stat().st_size - 4096))
        log.append()
        with pytest.raises(ViewsNotReadyError):
            sessions_page(reader, SessionFilter(), limit=9, after=None, now=0)
        running.wait_until_folded()
        rows, _ = sessions_page(reader, SessionFilter(), limit=9, after=None, now=0)
        assert sum(row.event_count for row in rows) == 501


def test_views_damaged_while_queryd_was_down_are_rebuilt(log: Log) -> None:
    """A crash of the machine can leave anything."""
    log.append(500)
    with folding(log) as running:
        running.wait_until_folded()
    log.views_path.write_bytes(b"garbage" * 1_000)
    with folding(log) as running:
        running.wait_until_folded()


def test_the_log_is_folded_once_it_can_be_read_again(log: Log) -> None:
    """As while an older queryd meets the log of a newer ingestd."""
    log.append(5)

    def set_version(version: int) -> None:
        with closing(sqlite3.connect(log.path)) as connection:
            connection.execute(f"PRAGMA user_version = {version}")

    set_version(LOG_VERSION + 1)
    with folding(log) as running:
        wait_for(lambda: running.folder.state.state == "failing")
        assert running.folder.state.error == str(NewerLogError(LOG_VERSION + 1))
        assert running.folder.opened.is_set()
        set_version(LOG_VERSION)
        running.wait_until_folded()
        assert running.folder.state.error is None


def test_views_are_folded_once_they_can_be_written_again(log: Log) -> None:
    """On a full disk, queryd serves the log meanwhile and reports the reason."""
    log.append(5)
    log.views_path.mkdir()
    with folding(log) as running:
        wait_for(lambda: running.folder.state.state == "failing")
        assert running.folder.state.error
        log.views_path.rmdir()
        running.wait_until_folded()


def test_an_unexpected_error_does_not_end_the_folder(
    log: Log, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A dead thread would leave stale views, while health reports no problem."""
    log.append(5)
    with monkeypatch.context() as patched:
        patched.setattr(Views, "belongs_to", lambda _views, _log: 1 / 0)
        with folding(log) as running:
            wait_for(lambda: running.folder.state.state == "failing")
            assert running.folder.state.error == "division by zero"
            patched.undo()
            running.wait_until_folded()
    assert any(it.exc_info for it in caplog.records if it.levelno >= logging.WARNING)


def test_deleted_events_leave_the_views(log: Log) -> None:
    """The log records its deletions."""
    log.append(10, session_id="old")
    log.append(10)
    with folding(log) as running, closing(ViewReader(log.views_path, VERSION)) as views:
        running.wait_until_folded()
        assert one_session(views, "old", now=0) is not None
        log.forget(10)
        wait_for(lambda: one_session(views, "old", now=0) is None)
        found, _ = sessions_page(views, SessionFilter(), limit=9, after=None, now=0)
        assert len(found) == 5


@contextmanager
def reading(log: Log) -> Iterator[tuple[ViewReader, ViewReader]]:
    """Open readers of the views and of the full text."""
    with (
        closing(ViewReader(log.views_path, VERSION)) as views,
        closing(ViewReader(log.search_path, SEARCH_VERSION)) as text,
    ):
        yield views, text


def finds_marker(text: ViewReader, number: int) -> bool:
    """Return whether the full text has an event's words, or a trace of one that had."""
    names = text.fetch("SELECT name FROM sqlite_schema WHERE name GLOB 'text_*'")
    return "text_old" in str(names) or bool(
        text.fetch("SELECT 1 FROM text_0 WHERE text_0 = ?", (f"word{number}",))
    )


def has_place(indexer: Indexer, indexed_id: int) -> bool:
    return (indexer.state.state, indexer.state.indexed_id) == ("live", indexed_id)


def append_marked(log: Log, count: int) -> None:
    """Append prompts, each with a word of its own."""
    for number in range(log.count + 1, log.count + count + 1):
        log.append(session_id="s", payload=b'{"prompt":"word%d"}' % number)


def test_deletions_made_while_no_process_folds_are_applied_later(log: Log) -> None:
    """Retention goes on while queryd is down; a kill in the middle is one more stop."""
    append_marked(log, 200)
    with folding(log) as running:
        running.wait_until_folded()
    for _ in range(10):
        log.forget(10)
    with (
        closing(Reader(log.path)) as read,
        closing(Views(log.views_path)) as views,
        closing(TextIndex(log.search_path)) as index,
    ):
        assert views.forget(read) == index.forget(read) == 10
        index.tidy(read)  # killed here: the full text is half rebuilt
        assert index.database.fetch("SELECT rebuilt_to FROM text_shards") == [(200,)]
    log.forget(10)
    append_marked(log, 5)
    with folding(log), reading(log) as (views, text):
        for derived in (views, text):
            wait_for(partial(has_cursor, derived, 11, 205))
        wait_for(lambda: not any(finds_marker(text, number) for number in (1, 100, 110)))
        assert all(finds_marker(text, number) for number in (111, 200, 205))


def has_cursor(derived: ViewReader, deletion: int, folded_id: int) -> bool:
    return derived.fetch("SELECT deletion, folded_id FROM cursor") == [(deletion, folded_id)]


def test_the_process_that_takes_over_continues_with_deletions(log: Log) -> None:
    """Two share the views, and only one of them folds and forgets."""
    append_marked(log, 20)
    with folding(log) as first:
        first.wait_until_folded()  # so it has the lock
        with folding(log), reading(log) as (views, text):
            log.forget(5)
            first.folder.stop()
            log.forget(5)
            wait_for(partial(has_cursor, views, 2, 20))
            wait_for(lambda: not any(finds_marker(text, number) for number in range(1, 11)))
            assert finds_marker(text, 11)


def test_views_that_missed_deletions_are_rebuilt(
    log: Log, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The record of deletions is limited; for older ones the views are rebuilt."""
    append_marked(log, 20)
    with folding(log) as running:
        running.wait_until_folded()
    monkeypatch.setattr("ingestd.log.retention.KEPT_MS", -1)
    monkeypatch.setattr(retention, "KEPT_MS", -1)
    for _ in range(3):
        log.forget(1)
    with closing(Reader(log.path)) as read:
        assert read.deletion_numbers() == (3, 3)
    with folding(log) as running, reading(log) as (views, text):
        wait_for(lambda: "the views missed deletions: rebuilding them" in caplog.text)
        wait_for(lambda: "the full text missed deletions: rebuilding it" in caplog.text)
        running.wait_for_state("live", 20)
        wait_for(partial(has_place, running.folder.indexer, 20))
        assert not finds_marker(text, 1)
        assert views.fetch("SELECT count(*) FROM turns") == [(17,)]


def test_a_step_of_applying_deletions_is_bounded(log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between two steps the fold takes what has come: nothing waits for a month to be deleted."""
    append_marked(log, 1_000)
    with folding(log) as running:
        running.wait_until_folded()
    for _ in range(3 * BATCH // 2):
        log.forget(10)
    statements: list[str] = []

    def trace(connection: apsw.Connection) -> None:
        connection.trace_v2(
            apsw.SQLITE_TRACE_STMT, lambda event: statements.append(event["sql"] or "")
        )

    monkeypatch.setattr(apsw, "connection_hooks", [trace])
    with closing(Reader(log.path)) as read, closing(Views(log.views_path)) as views:
        counts = []
        statements.clear()
        while handled := views.forget(read):
            counts.append((handled, len(statements)))
            statements.clear()
        assert [handled for handled, _ in counts] == [BATCH, BATCH // 2]
        assert BATCH < max(count for _, count in counts) <= 100 * BATCH
    with closing(Reader(log.path)) as read, closing(TextIndex(log.search_path)) as index:
        while index.forget(read):
            pass
        steps = 0
        statements.clear()
        while index.tidy(read):
            steps += 1
            assert len(statements) <= 100 * BATCH
            statements.clear()
        assert steps >= 250 / STEP_EVENTS


@pytest.mark.parametrize("live", [True, False])
def test_a_stop_does_not_wait_for_the_next_poll(
    log: Log, monkeypatch: pytest.MonkeyPatch, *, live: bool
) -> None:
    """Ctrl-C gives the terminal back."""
    monkeypatch.setattr(queryd.fold.folder, "POLL_S", 10 * DEADLINE_S)
    log.append(5)
    running = Folding(log)
    running.folder.start()
    if live:
        running.wait_for_state("live", 5)
    stopping = threading.Thread(target=running.folder.stop, name="stop")
    stopping.start()
    stopping.join(DEADLINE_S)
    assert not stopping.is_alive()


def test_a_stop_between_two_polls_is_not_taken_for_a_wake(
    log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Asked whether to stop, then stopped, then done with all wakes: the wait must not start."""
    monkeypatch.setattr(queryd.fold.folder, "POLL_S", DEADLINE_S)
    running = Folding(log)
    stopping = threading.Thread(target=running.folder.stop, name="stop")

    def stop_now(_views: Views) -> bool:
        if not stopping.ident:
            stopping.start()
            wait_for(lambda: vars(running.folder)["_stopping"])
        return True

    monkeypatch.setattr(Views, "in_place", property(stop_now))
    running.folder.start()
    wait_for(lambda: stopping.ident)
    stopping.join(DEADLINE_S / 2)
    assert not stopping.is_alive()


def test_a_stop_interrupts_the_fold_of_a_long_log(
    log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The rest is folded after the next start; nothing is lost by it."""
    monkeypatch.setattr(queryd.fold.folder, "BATCH", 1)
    log.append(3_000)
    with folding(log) as running:
        wait_for(lambda: running.changes > 3)
    assert 0 < running.changes < 3_000
    monkeypatch.setattr(queryd.fold.folder, "BATCH", 1_000)
    with folding(log) as running:
        running.wait_until_folded()


def test_stopping_a_folder_that_never_started_is_harmless(log: Log) -> None:
    """A start that failed half way is cleaned up after like any other."""
    Folding(log).folder.stop()


OTHER = """
import sys, time
from pathlib import Path
from queryd.fold.folder import Folder
log, views, search = map(Path, sys.argv[1:])
folder = Folder(log, views, search, lambda: None)
folder.start()
while folder.state.state != "live":
    time.sleep(0.01)
print("live", flush=True)
sys.stdin.read()
"""


@contextmanager
def other_process(log: Log) -> Iterator[subprocess.Popen[bytes]]:
    """Fold in a process of its own; it is live when the block starts."""
    command = [sys.executable, "-c", OTHER, *map(str, (log.path, log.views_path, log.search_path))]
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == b"live\n"
            yield process
        finally:
            process.kill()


def test_of_two_processes_one_folds_and_the_other_takes_over_when_it_dies(log: Log) -> None:
    """Two folds would double all counts; none, after a crash, would stop them."""
    log.append(10)
    with other_process(log) as first, folding(log) as second:
        wait_for(second.folder.opened.is_set)
        log.append(10)
        second.folder.wake()
        wait_for(lambda: dump_file(log.views_path)["cursor"][0][0] == log.count)
        assert second.folder.state == FoldState(state="following", folded_id=0)
        assert second.changes == 0
        os.kill(first.pid, signal.SIGKILL)
        log.append(10)
        second.wait_until_folded()
        assert second.changes > 0


def sender(pid: int, host: str, domain: str | None) -> msgspec.Raw:
    return msgspec.Raw(msgspec.json.encode({"pid": pid, "host": host, "pid_domain": domain}))


def test_a_session_whose_process_died_is_ended(log: Log) -> None:
    """Kill -9 sends no SessionEnd: the row would say "working" for ever."""
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        try:
            now = time.time_ns() // 1_000_000
            host, domain = this_host(), pid_domain()
            senders = {
                "here": sender(process.pid, host, domain),
                "elsewhere": sender(process.pid, "another-host", domain),
                "in a container": sender(process.pid, host, "linux::pid:[1]"),
                "alive": sender(os.getpid(), host, domain),
            }
            for session, body in senders.items():
                log.append(session_id=session, timestamp=now, sender=body)
            with folding(log) as running, closing(ViewReader(log.views_path, VERSION)) as views:

                def shown(session_id: str) -> tuple[str, str | None]:
                    row = one_session(views, session_id, now=now)
                    assert row is not None
                    return row.status, row.status_reason

                running.wait_until_folded()
                assert shown("here") == ("working", None)
                changes = running.changes
                process.kill()
                process.wait()
                wait_for(lambda: shown("here") == ("ended", PROCESS_ENDED))
                wait_for(lambda: running.changes > changes)
                for session in ("elsewhere", "in a container", "alive"):
                    assert shown(session) == ("working", None)
                ended = SessionFilter(status=("ended",))
                found, _ = sessions_page(views, ended, limit=9, after=None, now=now)
                assert [row.session_id for row in found] == ["here"]
                # Resumed: the same session in another process.
                again = sender(os.getpid(), host, domain)
                log.append(session_id="here", timestamp=now, sender=again)
                running.wait_for_state("live", log.count)
                assert shown("here") == ("working", None)
        finally:
            process.kill()


def test_an_undecodable_event_is_skipped_and_the_next_is_folded(
    log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Read ahead or not: one event must not hold up all that come after it."""

    def fact_of(event: Event, **options: Any) -> Fact:
        if event.id == 7:
            raise ValueError("no view can read this")
        return decode_fact(event, **options)

    monkeypatch.setattr(queryd.fold.folding, "fact_of", fact_of)
    log.append(20)
    with folding(log) as running:
        state = running.wait_for_state("live", 20)
        assert state.skipped == 1


def test_damage_that_cannot_be_removed_does_not_end_the_thread(
    log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The folder was made read-only; once it is not, folding goes on by itself."""
    log.append(20)
    with closing(Views(log.views_path)) as views:
        views.database.run("DELETE FROM cursor")

    def refuse(_path: Path) -> None:
        raise PermissionError("the folder cannot be written")

    with monkeypatch.context() as patch:
        patch.setattr(queryd.fold.folder, "discard", refuse)
        with folding(log) as running:
            wait_for(lambda: running.folder.state.state == "failing")
            patch.undo()
            running.wait_until_folded()


def test_an_unexpected_error_is_logged_once_with_its_traceback(
    log: Log, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """It is tried again every second, and a log of nothing but tracebacks hides all else."""

    def fail(_log: Reader, _after: int) -> list[Fact]:
        raise ValueError("a mistake of ours")

    monkeypatch.setattr(queryd.fold.folder, "RETRY_S", 0.0)
    monkeypatch.setattr(queryd.fold.folder, "read_facts", fail)
    with folding(log) as running:
        wait_for(lambda: len(caplog.records) > 3)
        assert running.folder.state.state == "failing"
    assert [bool(record.exc_info) for record in caplog.records][:3] == [True, False, False]
