"""Hold the log against a plain list, on a disk that fails.

The promise, exactly. An append that returned is in the log for good. An append that raised
NotWrittenError is not in the log: no reader sees it, neither now nor after Writer and Reader are
reopened, and a retry stores it once. One thing alone can bring it back: a crash of
everything that has the log open, before the next write that works. If a sync had failed, its pages
may be whole in the WAL, and SQLite's recovery takes what is whole. It was never acknowledged, so
no reader is misled. The rule `crash` holds that such a log has every acknowledged event and, past
them, at most some that failed, each once; and a failed `forget` may have been done.
"""

import shutil
import tempfile
from pathlib import Path

import apsw
import msgspec
import pytest
from hypothesis import note, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from ingestd.log.writer import AppendResult, NotWrittenError, Writer
from shared.event import Event, NewEvent
from shared.reader import Reader
from tests.shared.damage import merge_keys
from tests.shared.events import integrity, new, stored
from tests.shared.faulty_vfs import Fault, faulty_disk

EVERYTHING = 10_000

FAULTS = st.builds(
    Fault,
    operation=st.sampled_from(["sync", "write", "truncate", "open"]),
    error=st.sampled_from([apsw.IOError, apsw.FullError]),
    skip=st.just(0) | st.integers(0, 14),
    times=st.sampled_from([None, 1, 2]),
    short=st.booleans(),
)
EVENT_FIELDS = st.fixed_dictionaries(
    {
        "event_id": st.sampled_from([None, None, "e1", "e2", "e3"]),
        "tool_use_id": st.sampled_from([None, None, "t1", "t2"]),
        "hook_event_type": st.sampled_from(["PreToolUse", "PostToolUse", "tool_result"]),
        "session_id": st.sampled_from(["s1", "s2"]),
        "agent_id": st.sampled_from([None, "a1"]),
        "timestamp": st.integers(0, 40),
    }
)


class LogMachine(RuleBasedStateMachine):
    """Do anything a Writer and Readers can do; the log must always equal the list."""

    @initialize()
    def start(self) -> None:
        """Open an empty log on a disk that works as yet."""
        self.folder = Path(tempfile.mkdtemp())
        self.path = self.folder / "events.db"
        self.disk_end = faulty_disk()
        self.disk = self.disk_end.__enter__()
        self.writer = Writer(self.path, vfs=self.disk.name)
        self.reader = Reader(self.path)
        self.rows: list[tuple[int, NewEvent]] = []
        self.number = 0
        self.newest = 0
        self.place = 0
        self.failed: list[NewEvent] = []
        self.ghosts: list[NewEvent] = []
        """What failed since the last write that worked."""
        self.half_forgotten: list[int] = []

    @rule(fields_of=st.lists(EVENT_FIELDS, min_size=1, max_size=6))
    def append(self, fields_of: list[dict[str, object]]) -> None:
        """Append a single event or a batch; on a broken disk it may fail, but then whole."""
        events = []
        for fields in fields_of:
            self.number += 1
            events.append(new(self.number, **fields))  # type: ignore[arg-type]  # an event's fields
        try:
            answer = self.writer.append(events)
        except NotWrittenError as error:
            note(f"not written: {error}")
            assert self.disk.hits
            self.failed = events
            self.ghosts += events
            return
        self.failed = []
        assert answer == [
            self._store(event, result.id) for event, result in zip(events, answer, strict=True)
        ]

    @rule(before=st.integers(0, 45), limit=st.integers(1, 5))
    def forget(self, before: int, limit: int) -> None:
        """Delete what is past its time, the oldest first, never the newest."""
        past = [row for row in self.rows[:-1] if row[1].event.timestamp < before]
        past = sorted(past, key=lambda row: (row[1].event.timestamp, row[0]))[:limit]
        try:
            deleted = self.writer.delete_before(before, limit=limit)
        except NotWrittenError:
            assert self.disk.hits
            self.half_forgotten += [rowid for rowid, _ in past]
            return
        assert deleted == len(past)
        self.rows = [row for row in self.rows if row not in past]
        if past:
            self._written()

    @rule()
    def reopen_the_writer(self) -> None:
        """Restart ingestd, on a disk that works."""
        self.disk.lift()
        self.writer.close()
        self.writer = Writer(self.path, vfs=self.disk.name)
        assert self.writer.last_id() == (self.rows[-1][0] if self.rows else 0)

    @rule()
    def close_the_reader(self) -> None:
        """Let go of the log, so that the writer may be the only one that has it open."""
        self.reader.close()

    @rule(data=st.data(), limit=st.integers(1, 8))
    def read_after(self, data: st.DataObject, limit: int) -> None:
        """Read a page from any place."""
        place = data.draw(st.integers(0, self.newest + 1))
        expected = [event for event in self._events() if (event.id or 0) > place][:limit]
        assert self.reader.after(place, limit=limit) == expected

    @rule(data=st.data(), limit=st.integers(1, 8))
    def read_a_page_newest_first(self, data: st.DataObject, limit: int) -> None:
        """Read a page as the API does, between any two rowids."""
        ends = st.none() | st.integers(0, self.newest + 1)
        before, after = data.draw(ends), data.draw(ends)
        expected = [
            event
            for event in reversed(self._events())
            if (before is None or (event.id or 0) < before)
            and (after is None or (event.id or 0) > after)
        ]
        assert self.reader.page(limit=limit, before=before, after=after) == expected[:limit]

    @rule(limit=st.integers(1, 5))
    def follow(self, limit: int) -> None:
        """Read on from where the last follow ended: each event once, in order."""
        expected = [event for event in self._events() if (event.id or 0) > self.place][:limit]
        assert self.reader.after(self.place, limit=limit) == expected
        if expected:
            self.place = expected[-1].id or 0

    @rule(mode=st.sampled_from(["PASSIVE", "FULL", "RESTART", "TRUNCATE"]))
    def checkpoint(self, mode: str) -> None:
        """Move the WAL's pages from another connection, as the checkpoint thread does."""
        connection = apsw.Connection(str(self.path))
        try:
            connection.execute(f"PRAGMA wal_checkpoint({mode})").fetchall()
        finally:
            connection.close()

    @rule()
    def merge_keys(self) -> None:
        """Write the keys in memory into their table, as the maintenance does."""
        try:
            merge_keys(self.writer)
        except NotWrittenError:
            assert self.disk.hits

    @rule(fault=FAULTS)
    def break_the_disk(self, fault: Fault) -> None:
        """Let an operation fail from now on."""
        self.disk.fail(fault)

    @rule()
    def mend_the_disk(self) -> None:
        """Let everything work again."""
        self.disk.lift()

    @precondition(lambda self: self.failed)
    @rule()
    def try_again(self) -> None:
        """Append what failed once more, on a disk that works: each is stored exactly once."""
        self.disk.lift()
        events, self.failed = self.failed, []
        answer = self.writer.append(events)
        assert answer == [
            self._store(event, result.id) for event, result in zip(events, answer, strict=True)
        ]

    @rule()
    def crash(self) -> None:
        """Recover a copy of the files as they are: what a kill -9 of everything would leave."""
        with tempfile.TemporaryDirectory() as folder:
            for file in (self.path, self.path.with_name("events.db-wal")):
                if file.exists():
                    shutil.copy(file, folder)
            copy = Path(folder) / "events.db"
            log = Reader(copy)
            found = log.after(0, limit=EVERYTHING)
            log.close()
            known = {event.id: event for event in self._events()}
            assert [known[event.id] for event in found if event.id in known] == [
                event for event in found if event.id in known
            ]
            assert known.keys() - {event.id for event in found} <= set(self.half_forgotten)
            ghosts = [event.payload for event in found if event.id not in known]
            assert len(ghosts) == len({bytes(ghost) for ghost in ghosts})
            assert {bytes(ghost) for ghost in ghosts} <= {
                bytes(new_event.event.payload) for new_event in self.ghosts
            }
            assert integrity(copy) == "ok"

    @invariant()
    def the_log_says_what_the_list_says(self) -> None:
        """Compare all of it, by a reader that opened the log just now."""
        if hasattr(self, "writer"):
            log = Reader(self.path)
            try:
                assert log.after(0, limit=EVERYTHING) == self._events()
            finally:
                log.close()

    def teardown(self) -> None:
        """Close everything; the file must be sound."""
        if hasattr(self, "writer"):
            self.disk.lift()
            self.reader.close()
            self.writer.close()
            assert integrity(self.path) == "ok"
            self.disk_end.__exit__(None, None, None)
            shutil.rmtree(self.folder)

    def _events(self) -> list[Event]:
        return [stored(event, rowid) for rowid, event in self.rows]

    def _written(self) -> None:
        self.ghosts, self.half_forgotten = [], []

    def _store(self, event: NewEvent, rowid: int) -> AppendResult:
        """Return the writer's expected result for an event, and add it to the rows if it is new."""
        for stored_id, before in self.rows:
            if event.event_id is not None and before.event_id == event.event_id:
                return AppendResult(stored_id, duplicate=True)
        for stored_id, before in self.rows:
            if event.event.tool_use_id is not None and _tool_event(before) == _tool_event(event):
                if event.event.hook_event_type == "tool_result" and event.event_id is not None:
                    alone = msgspec.structs.replace(event.event, tool_use_id=None)
                    event = msgspec.structs.replace(event, event=alone)  # known by its own id
                    break
                return AppendResult(stored_id, duplicate=True)
        assert rowid > self.newest
        self.newest = rowid
        self.rows.append((rowid, event))
        self._written()
        return AppendResult(rowid, duplicate=False)


def _tool_event(event: NewEvent) -> tuple[object, ...]:
    return (
        event.event.tool_use_id,
        event.event.hook_event_type,
        event.event.session_id,
        event.event.agent_id,
    )


TestTheLogIsAList = LogMachine.TestCase
TestTheLogIsAList.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)


@pytest.mark.parametrize("watched", [True, False], ids=["beside a reader", "alone"])
@pytest.mark.parametrize("times", [1, None], ids=["once", "until lifted"])
@pytest.mark.parametrize(
    "fault",
    [
        *(Fault(operation="write", skip=skip) for skip in range(6)),
        *(Fault(operation="write", skip=skip, short=True) for skip in range(6)),
        Fault(operation="write", error=apsw.FullError),
        Fault(operation="write", error=apsw.FullError, skip=3, short=True),
        Fault(operation="sync"),
        Fault(operation="sync", error=apsw.FullError),
    ],
    ids=lambda fault: f"{fault.operation}-{fault.skip}-{fault.error.__name__}-{fault.short}",
)
def test_a_failed_append_is_not_there_and_the_next_one_is(
    tmp_path: Path, *, fault: Fault, times: int | None, watched: bool
) -> None:
    """An event refused as not saved is retried: had it been stored, it would be stored again.

    Without another connection a writer that closes and opens it is its own crash recovery, which
    takes every whole frame of a failed sync for committed.
    """
    path = tmp_path / "events.db"
    with faulty_disk() as disk:
        writer = Writer(path, vfs=disk.name)
        log = Reader(path)
        writer.append([new(1)])
        if watched:
            assert log.last_id() == 1
        disk.fail(msgspec.structs.replace(fault, times=times))
        with pytest.raises(NotWrittenError):
            writer.append([new(2), new(3)])
        assert disk.hits
        assert _numbers(path) == [1]
        disk.lift()
        assert writer.append([new(2), new(3)]) == [
            AppendResult(2, duplicate=False),
            AppendResult(3, duplicate=False),
        ]
        assert _numbers(path) == [1, 2, 3]
        log.close()
        writer.close()
        assert _numbers(path) == [1, 2, 3]
    assert integrity(path) == "ok"


@pytest.mark.parametrize("operation", ["write", "sync"])
def test_a_crash_loses_nothing(tmp_path: Path, operation: str) -> None:
    """An acknowledged event is on disk; one that failed may come back by the recovery, no other."""
    path = tmp_path / "events.db"
    copy = tmp_path / "crashed"
    copy.mkdir()
    with faulty_disk() as disk:
        writer = Writer(path, vfs=disk.name)
        log = Reader(path)
        writer.append([new(1)])
        assert log.last_id() == 1
        disk.fail(Fault(operation=operation))  # type: ignore[arg-type]  # one of the two
        with pytest.raises(NotWrittenError):
            writer.append([new(2)])
        for name in ("events.db", "events.db-wal"):
            shutil.copy(tmp_path / name, copy)
        disk.lift()
        log.close()
        writer.close()
    assert _numbers(copy / "events.db") in ([1], [1, 2])
    assert integrity(copy / "events.db") == "ok"


def _numbers(path: Path) -> list[int]:
    log = Reader(path)
    try:
        return [event.timestamp - 1_000 for event in log.after(0)]
    finally:
        log.close()
