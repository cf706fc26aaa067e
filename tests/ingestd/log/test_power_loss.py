"""Cut the power at every write of a run, and hold the log that is left to its promise.

The promise, exactly. After the power is back the log opens by itself, is sound, and is as it was
after some transaction: never a hole, never half a batch, no event altered or under another id.

- FULL: after the last transaction that was acknowledged, or the one that was under way.
- NORMAL: after any from the last checkpoint on. A checkpoint starts with a sync of the WAL, and so
  does a WAL that starts over; what was acknowledged before is there, and what came after may be
  missing from its end.

An id that was lost with its event (NORMAL) is given again; ids of a log with FULL never are.
"""

import hashlib
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from itertools import count, islice
from pathlib import Path
from typing import Any

import apsw
import msgspec
import pytest

import ingestd.log.checkpoints
import ingestd.log.writer
from ingestd.log.writer import NotWrittenError, Writer
from shared.durability import Synchronous, set_synchronous
from shared.event import Event, NewEvent
from shared.reader import Reader
from tests.running import wait_for
from tests.shared.events import integrity, new, stored
from tests.shared.faulty_vfs import faulty_disk
from tests.shared.power_loss_vfs import (
    Loss,
    OperationRecorder,
    SimulatedDisk,
    Sync,
    at_random,
    backwards,
    everything,
    is_larger_than_a_sector,
    last_alone,
    last_torn,
    nothing,
    recorded_disk,
)

NEVER = 10**9
EVERYTHING = 10_000
SIZES = (10, 300, 3_000, 9_000, 20_000)
FURTHER = new(EVERYTHING, event_id="further")


class Transaction(msgspec.Struct, frozen=True):
    """One transaction of the run, by the operations it falls between, and the log after it."""

    started: int
    acknowledged: int
    log: tuple[Event, ...]
    newest_id: int


NO_LOG = Transaction(started=0, acknowledged=0, log=(), newest_id=0)


class Run:
    """Write to a log on a recorded disk, and note what was acknowledged when."""

    def __init__(
        self,
        path: Path,
        disk: OperationRecorder,
        synchronous: Synchronous,
        found: Transaction = NO_LOG,
    ) -> None:
        self.path = path
        self.disk = disk
        self.states = [found]
        self._synchronous = synchronous
        self._numbers = count(found.newest_id + 1)
        self._writer: Writer | None = None

    def open(self, monkeypatch: pytest.MonkeyPatch, *, due: int, catch_up: int) -> None:
        """Start ingestd's writer, with checkpoints by its thread or inside an append."""
        self.close()
        monkeypatch.setattr(ingestd.log.checkpoints, "DUE_PAGES", due)
        monkeypatch.setattr(ingestd.log.writer, "CATCH_UP_PAGES", catch_up)
        self._writer = Writer(self.path, synchronous=self._synchronous, vfs=self.disk.name)

    def close(self) -> None:
        """Stop it."""
        if self._writer is not None:
            self._writer.close()

    def append(self, *sizes: int) -> None:
        """Append events of these sizes in one transaction."""
        assert self._writer is not None
        events = [self._event(size) for size in sizes]
        started = len(self.disk.operations)
        given = self._writer.append(events)
        acknowledged = len(self.disk.operations)
        appended = [stored(event, it.id) for event, it in zip(events, given, strict=True)]
        self._step(started, acknowledged, (*self.states[-1].log, *appended))

    def forget(self, *, limit: int) -> None:
        """Delete the oldest events, as retention does."""
        assert self._writer is not None
        started = len(self.disk.operations)
        assert self._writer.delete_before(EVERYTHING, limit=limit)
        acknowledged = len(self.disk.operations)
        self._step(started, acknowledged, read(self.path))

    def _event(self, size: int) -> NewEvent:
        number = next(self._numbers)
        payload = b'{"number":%d,"text":"%s"}' % (number, b"%d " % number * (size // 3))
        return new(number, event_id=f"e{number}", payload=payload)

    def _step(self, started: int, acknowledged: int, log: tuple[Event, ...]) -> None:
        newest_id = max([self.states[-1].newest_id, *(event.id or 0 for event in log)])
        self.states.append(Transaction(started, acknowledged, log, newest_id))


def run_a_log(
    path: Path, disk: OperationRecorder, synchronous: Synchronous, monkeypatch: pytest.MonkeyPatch
) -> Run:
    """Append, delete, checkpoint in every way there is, restart, stop."""
    run = Run(path, disk, synchronous)
    run.open(monkeypatch, due=20, catch_up=NEVER)
    for size in SIZES:
        run.append(size)
    run.append(10, 10, 3_000)
    wait_for(lambda: disk.writes_to(".db") > 1)  # the first made the file, more are a checkpoint's
    run.forget(limit=3)
    run.append(10)
    run.open(monkeypatch, due=NEVER, catch_up=16)
    run.append(*SIZES)
    for size in (10, 20_000, 10, 300, 10):
        run.append(size)
    run.forget(limit=2)
    run.open(monkeypatch, due=12, catch_up=30)
    run.append(300)
    with closing(apsw.Connection(str(path), vfs=disk.name)) as reader:
        reader.execute("BEGIN; SELECT count(*) FROM events").fetchall()  # checkpoints stop here
        run.append(10, 3_000)
        run.append(20_000)
        reader.execute("COMMIT").fetchall()
    for _ in range(4):
        run.append(10)
    run.close()
    return run


class Cut(msgspec.Struct, frozen=True):
    """One disk that a power cut may leave of a run."""

    done: int
    """How many operations were done before it."""
    loss: str
    """What was lost of those that were not synced."""
    files: dict[str, bytes]

    def digest(self) -> bytes:
        """Return a digest of the files."""
        digest = hashlib.blake2b()
        for name, content in sorted(self.files.items()):
            digest.update(b"%b %d\n" % (name.encode(), len(content)))
            digest.update(content)
        return digest.digest()


def cuts_of(disk: OperationRecorder, *, drive_cache: bool = False, every: int = 1) -> Iterator[Cut]:
    """Cut the power after each operation, with several losses, or after every n-th."""
    left = SimulatedDisk(disk.found, drive_cache=drive_cache)
    for done, operation in enumerate(disk.operations):
        # Until a sync nothing is safe that was not before: the moment ahead of one asks the most.
        is_sync = isinstance(operation, Sync)
        if is_sync:
            yield from _cut(left, done, nothing, backwards, last_alone, at_random(done))
        left.do(operation)
        if not is_sync and done % every == 0:
            # Half of a single sector is none of it: that was the cut before.
            torn = [last_torn] if is_larger_than_a_sector(operation) else []
            yield from _cut(left, done + 1, everything, *torn, at_random(done))
    yield from _cut(left, len(disk.operations), nothing, everything)


def _cut(left: SimulatedDisk, done: int, *losses: Loss) -> Iterator[Cut]:
    return (Cut(done, loss.__name__, left.after_power_loss(loss)) for loss in losses)


class RecoveryCheck:
    """Start ingestd's writer on what a power cut left."""

    def __init__(self, folder: Path, vfs: str) -> None:
        folder.mkdir()
        self._path = folder / "events.db"
        self._vfs = vfs
        self._recoveries: dict[bytes, tuple[tuple[Event, ...], int]] = {}
        """What a start on the same files gave: a third of the cuts leave what another one left."""

    def restore(self, cut: Cut) -> Path:
        """Put the files there, in place of any others, and return the log's path."""
        for file in self._path.parent.iterdir():
            file.unlink()
        for name, content in cut.files.items():
            self._path.with_name(name).write_bytes(content)
        return self._path

    def check(self, cut: Cut, possible: Sequence[Transaction]) -> Transaction:
        """Hold the log to be that after one of the states, and the writer to go on from there.

        Return that state.
        """
        digest = cut.digest()
        if digest not in self._recoveries:
            self._recoveries[digest] = self._recover(cut)
        found, next_id = self._recoveries[digest]
        state = next((state for state in possible if state.log == found), None)
        assert state is not None, (
            f"the log has {_ids(found)}, it may have {[_ids(state.log) for state in possible]}"
        )
        assert next_id > state.newest_id
        return state

    def _recover(self, cut: Cut) -> tuple[tuple[Event, ...], int]:
        """Return the log that a start finds, and the id of an event that is appended to it."""
        with closing(Writer(self.restore(cut), vfs=self._vfs)) as writer:
            found = read_intact(self._path)
            (further,) = writer.append([FURTHER])
            assert writer.one(further.id) == stored(FURTHER, further.id)
        return found, further.id


def check_run(
    run: Run, cuts: Iterator[Cut], recovery: RecoveryCheck, safe: Callable[[int], int]
) -> int:
    """Hold a run to what is safe after so many operations; return how many cuts there were."""
    checked = 0
    for cut in cuts:
        checked += 1
        try:
            recovery.check(cut, possible_steps(run.states, safe(cut.done), cut.done))
        except BaseException as error:
            error.add_note(f"the power was cut after {cut.done} operations with {cut.loss}")
            raise
    return checked


def possible_steps(states: Sequence[Transaction], safe: int, done: int) -> list[Transaction]:
    """Return the states the log may be at: the last that was acknowledged, or one started since."""
    last = max(number for number, state in enumerate(states) if state.acknowledged <= safe)
    return [state for state in states[last:] if state is states[last] or state.started < done]


def all_of_it(done: int) -> int:
    """Return what FULL promises after so many operations."""
    return done


def last_wal_sync(disk: OperationRecorder, *, drive_cache: bool = False) -> Callable[[int], int]:
    """Return what NORMAL promises: the operations before the last sync of the WAL."""
    syncs = [
        number
        for number, it in enumerate(disk.operations)
        if isinstance(it, Sync) and disk.is_of(it, "-wal") and (it.full or not drive_cache)
    ]
    return lambda done: max((number for number in syncs if number < done), default=0)


def read(path: Path) -> tuple[Event, ...]:
    """Return the whole log."""
    with closing(Reader(path)) as log:
        return tuple(log.after(0, limit=EVERYTHING))


def read_intact(path: Path) -> tuple[Event, ...]:
    """Return the whole log, which SQLite must find no fault with."""
    assert integrity(path) == "ok"
    return read(path)


def _ids(log: Sequence[Event]) -> list[int | None]:
    return [event.id for event in log]


@pytest.mark.parametrize("synchronous", ["FULL", "NORMAL"])
def test_acknowledged_events_survive_a_power_cut_at_any_write(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, synchronous: Synchronous
) -> None:
    """People choose FULL for this one reason, and no disk of ours ever loses its power."""
    with recorded_disk(tmp_path) as disk, faulty_disk() as recovering:
        run = run_a_log(tmp_path / "events.db", disk, synchronous, monkeypatch)
        safe = all_of_it if synchronous == "FULL" else last_wal_sync(disk)
        recovery = RecoveryCheck(tmp_path / "left", recovering.name)
        assert check_run(run, cuts_of(disk), recovery, safe) > 500


@pytest.mark.parametrize("synchronous", ["FULL", "NORMAL"])
def test_a_drive_with_a_cache_of_its_own_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, synchronous: Synchronous
) -> None:
    """On macOS a plain sync leaves everything in that cache; only a full one is worth its name."""
    with recorded_disk(tmp_path) as disk, faulty_disk() as recovering:
        run = run_a_log(tmp_path / "events.db", disk, synchronous, monkeypatch)
        safe = all_of_it if synchronous == "FULL" else last_wal_sync(disk, drive_cache=True)
        recovery = RecoveryCheck(tmp_path / "left", recovering.name)
        assert check_run(run, cuts_of(disk, drive_cache=True, every=5), recovery, safe) > 200


@pytest.mark.parametrize(("synchronous", "values"), [("FULL", (2, 1, 1)), ("NORMAL", (1, 0, 1))])
def test_how_far_a_sync_reaches_is_set_for_every_platform(
    synchronous: Synchronous, values: tuple[int, int, int]
) -> None:
    """SQLite's own defaults depend on how it was built, and leave out macOS."""
    with closing(apsw.Connection(":memory:")) as connection:
        set_synchronous(connection, synchronous)
        pragmas = ("synchronous", "fullfsync", "checkpoint_fullfsync")
        assert tuple(map(connection.pragma, pragmas)) == values


@pytest.mark.parametrize(
    ("synchronous", "promise"), [("NORMAL", "FULL"), ("OFF", "NORMAL")], ids=lambda it: it
)
def test_a_missing_sync_is_detected(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, synchronous: Any, promise: Synchronous
) -> None:
    """A power cut that takes nothing would find every log sound."""
    with recorded_disk(tmp_path) as disk, faulty_disk() as recovering:
        run = run_a_log(tmp_path / "events.db", disk, synchronous, monkeypatch)
        safe = all_of_it if promise == "FULL" else last_wal_sync(disk)
        recovery = RecoveryCheck(tmp_path / "left", recovering.name)
        with pytest.raises((AssertionError, NotWrittenError)):
            check_run(run, cuts_of(disk), recovery, safe)


def test_the_power_may_fail_again_while_the_log_recovers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It seldom fails once only; what was acknowledged before the first time stays."""
    folder, again = tmp_path / "first", tmp_path / "again"
    folder.mkdir()
    with faulty_disk() as recovering:
        with recorded_disk(folder) as disk:
            first = run_a_log(folder / "events.db", disk, "FULL", monkeypatch)
        recovery = RecoveryCheck(tmp_path / "left", recovering.name)
        for cut in islice(cuts_of(disk), 40, None, 300):
            found = recovery.check(cut, possible_steps(first.states, cut.done, cut.done))
            path = RecoveryCheck(again, recovering.name).restore(cut)
            with recorded_disk(again) as disk:
                found = msgspec.structs.replace(found, started=0, acknowledged=0)
                run = Run(path, disk, "FULL", found)
                run.open(monkeypatch, due=NEVER, catch_up=NEVER)
                run.append(300)
                run.close()
            assert check_run(run, cuts_of(disk), recovery, all_of_it) > 30
            shutil.rmtree(again)
