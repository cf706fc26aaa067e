"""Record what SQLite does to a disk, and make every disk that a power cut may leave.

SQLite relies on this much of the disk below it, and a test may take away all the rest
(https://sqlite.org/atomiccommit.html, chapter 2; `unixSync` and `unixOpen` in its os_unix.c):

- What was written to a file before a sync of it is there. Writes and truncates since may be there
  or not, in any order, and of a write only some sectors. A file may have grown without its data:
  then it holds zeros, or whatever the disk held before.
- A write changes no byte beside it (SQLITE_IOCAP_POWERSAFE_OVERWRITE, the default on unix).
- A created file has its name, and a deleted one has lost it, once the folder was synced. SQLite
  syncs the folder with the first sync of a journal or WAL it opened, never with the database's.
- On macOS a sync leaves data in the drive's own cache, which loses it in any order like anything
  else; only a full one (F_FULLFSYNC) empties that cache.

The shared memory (`-shm`) is no part of the disk: it never survives.
"""

import itertools
import random
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import apsw
import msgspec

SECTOR_BYTES: Final = 512


class Write(msgspec.Struct, frozen=True):
    """Bytes written to a file; the file is a number, for a name may come to mean another."""

    file: int
    offset: int
    data: bytes


class Growth(Write, frozen=True):
    """What a file holds where it grew and the data was lost; where it had bytes they stay."""


class Truncate(msgspec.Struct, frozen=True):
    """A file cut to a size."""

    file: int
    size: int


class Create(msgspec.Struct, frozen=True):
    """A name given to a new file."""

    name: str
    file: int


class Delete(msgspec.Struct, frozen=True):
    """A name taken away."""

    name: str


class Sync(msgspec.Struct, frozen=True):
    """A sync of a file, of its folder, or of both."""

    file: int | None
    folder: bool = False
    full: bool = False
    """Through the drive's cache as well, on macOS."""


Change = Write | Truncate | Create | Delete
Operation = Change | Sync
Loss = Callable[[Sequence[Change]], list[Change]]
"""Choose what reaches the disk of the changes that were not synced, in the order it does."""


class OperationRecorder:
    """Hold what was done to the files of one folder, in order; `name` is what `vfs=` takes."""

    def __init__(self, name: str, folder: Path) -> None:
        self.name = name
        self.operations: list[Operation] = []
        self.found = {file.name: file.read_bytes() for file in sorted(folder.iterdir())}
        """The files that were there before the run."""
        self.named = list(self.found)
        """The name each file was created with, by its number."""
        self.lock = threading.Lock()
        """Held over an operation and its record: the record has the true order of two threads."""
        self._files = {name: number for number, name in enumerate(self.named)}

    def opened(self, name: str) -> int:
        """Return a file's number; one without is new."""
        with self.lock:
            if name not in self._files:
                self._files[name] = number = len(self.named)
                self.named.append(name)
                self.operations.append(Create(name, number))
            return self._files[name]

    def deleted(self, name: str, *, folder_synced: bool) -> None:
        """Record that a name was taken away; the caller holds the lock."""
        if self._files.pop(name, None) is not None:
            self.operations.append(Delete(name))
        if folder_synced:
            self.operations.append(Sync(None, folder=True))

    def is_of(self, operation: Write | Truncate | Sync, suffix: str) -> bool:
        """Return whether an operation is of a file whose name ends so."""
        return operation.file is not None and self.named[operation.file].endswith(suffix)

    def writes_to(self, suffix: str) -> int:
        """Return how often files of such a name were written to until now."""
        done = tuple(self.operations)  # the checkpoint thread goes on adding to them
        return sum(isinstance(it, Write) and self.is_of(it, suffix) for it in done)


@contextmanager
def recorded_disk(folder: Path, *, default: bool = False) -> Iterator[OperationRecorder]:
    """Register a VFS that records; as the default it serves connections that name none.

    It is unregistered at the end, so every connection to it must be closed.
    """
    recorder = OperationRecorder(f"recorded-{next(_NUMBERS)}", folder)
    before = apsw.vfs_names()[0]
    vfs = _Vfs(recorder, default=default)
    try:
        yield recorder
    finally:
        vfs.unregister()
        apsw.set_default_vfs(before)  # SQLite takes whichever was registered last


class SimulatedDisk:
    """Follow the operations of a run: what is safe by now, and what a power cut may still take."""

    def __init__(self, found: dict[str, bytes], *, drive_cache: bool = False) -> None:
        self.at_risk: list[Change] = []
        """What was done and not synced, in order."""
        self._drive_cache = drive_cache
        self._in_drive: set[int] = set()
        """Which of these changes, by identity, a plain sync brought into the drive's cache."""
        self._names = {name: number for number, name in enumerate(found)}
        self._contents = {number: bytearray(data) for number, data in enumerate(found.values())}

    def do(self, operation: Operation) -> None:
        """Take the next operation of the run."""
        if not isinstance(operation, Sync):
            self.at_risk.append(operation)
            return
        safe = {id(it) for it in self.at_risk if _is_synced(it, operation)}
        if self._drive_cache:
            safe = self._through_the_cache(operation, safe)
        _apply([it for it in self.at_risk if id(it) in safe], self._names, self._contents)
        self.at_risk = [it for it in self.at_risk if id(it) not in safe]

    def _through_the_cache(self, sync: Sync, synced: set[int]) -> set[int]:
        if not sync.full:
            self._in_drive |= synced
            return set()
        # A full sync empties the cache, whatever file it is of; the folder's comes after and plain.
        names = {id(it) for it in _of_names(self.at_risk)} & synced
        safe = (synced - names) | self._in_drive
        self._in_drive = names - safe
        return safe

    def after_power_loss(self, loss: Loss) -> dict[str, bytes]:
        """Return the files by name, as they are when the power is back."""
        names = dict(self._names)
        reached = loss(self.at_risk)
        changed = {it.file for it in reached if isinstance(it, Write | Truncate)}
        contents = {
            file: bytearray(data) if file in changed else data
            for file, data in self._contents.items()
        }
        _apply(reached, names, contents)
        return {name: bytes(contents.get(file, b"")) for name, file in names.items()}


def nothing(_at_risk: Sequence[Change]) -> list[Change]:
    """Lose all that was not synced."""
    return []


def everything(at_risk: Sequence[Change]) -> list[Change]:
    """Lose nothing."""
    return list(at_risk)


def backwards(at_risk: Sequence[Change]) -> list[Change]:
    """Lose nothing, but let the oldest write reach the disk last."""
    return [*_of_names(at_risk), *reversed(_of_contents(at_risk))]


def last_alone(at_risk: Sequence[Change]) -> list[Change]:
    """Lose every write but the newest."""
    return [*_of_names(at_risk), *_of_contents(at_risk)[-1:]]


def last_torn(at_risk: Sequence[Change]) -> list[Change]:
    """Lose the second half of the newest write."""
    *before, last = at_risk
    if not isinstance(last, Write):
        return list(at_risk)
    sectors = list(_sectors(last))
    return [*before, *sectors[: len(sectors) // 2]]


def at_random(seed: int) -> Loss:
    """Lose whole writes, sectors of writes, the data of a grown file, names; in a random order."""

    def loss(at_risk: Sequence[Change]) -> list[Change]:
        chance = random.Random(seed)
        kept_share = chance.choice([0.1, 0.5, 0.9, 0.98])
        reached: list[Change] = []
        for change in _of_contents(at_risk):
            if chance.random() < kept_share:
                reached.append(change)
            elif isinstance(change, Write):
                reached.extend(_damaged(change, chance))
        if chance.random() < 0.5:
            chance.shuffle(reached)
        return [*(it for it in _of_names(at_risk) if chance.random() < 0.5), *reached]

    loss.__name__ = f"at_random({seed})"
    return loss


def is_larger_than_a_sector(operation: Operation) -> bool:
    """Return whether an operation is a write that can be torn."""
    return isinstance(operation, Write) and len(list(_sectors(operation))) > 1


def _damaged(write: Write, chance: random.Random) -> list[Change]:
    """Return what reaches the disk of a write that does not as a whole."""
    sectors = list(_sectors(write))
    kind = chance.choice(["lost", "torn", "cut short", "grown"])
    if kind == "torn":
        return [sector for sector in sectors if chance.random() < 0.5]
    if kind == "cut short":
        return list(sectors[: chance.randrange(len(sectors))])
    if kind == "grown":
        return [Growth(write.file, write.offset, chance.randbytes(len(write.data)))]
    return []


def _sectors(write: Write) -> Iterator[Write]:
    """Cut a write where the disk's sectors end."""
    start = 0
    while start < len(write.data):
        place = write.offset + start
        end = start + SECTOR_BYTES - place % SECTOR_BYTES
        yield Write(write.file, place, write.data[start:end])
        start = end


def _of_names(changes: Sequence[Change]) -> list[Change]:
    return [it for it in changes if isinstance(it, Create | Delete)]


def _of_contents(changes: Sequence[Change]) -> list[Change]:
    return [it for it in changes if isinstance(it, Write | Truncate)]


def _is_synced(change: Change, sync: Sync) -> bool:
    if isinstance(change, Create | Delete):
        return sync.folder
    return change.file == sync.file


def _apply(
    changes: Sequence[Change], names: dict[str, int], contents: dict[int, bytearray]
) -> None:
    for change in changes:
        match change:
            case Create(name, file):
                names[name] = file
            case Delete(name):
                names.pop(name, None)
            case Truncate(file, size):
                content = contents.setdefault(file, bytearray())
                content[size:] = bytes(max(size - len(content), 0))
            case Write(file, offset, data):
                content = contents.setdefault(file, bytearray())
                if isinstance(change, Growth):
                    data = data[max(len(content) - offset, 0) :]
                    offset = max(len(content), offset)
                content.extend(bytes(max(offset - len(content), 0)))
                content[offset : offset + len(data)] = data


class _Vfs(apsw.VFS):
    def __init__(self, recorder: OperationRecorder, *, default: bool) -> None:
        self._real = apsw.vfs_names()[0]  # by name: as the default we would be our own base
        super().__init__(recorder.name, self._real, default)
        self._recorder = recorder

    def xOpen(  # noqa: N802 - SQLite's name
        self, name: str | apsw.URIFilename | None, flags: list[int]
    ) -> apsw.VFSFile:
        return _File(self._recorder, self._real, name, flags)

    def xDelete(self, filename: str, syncdir: bool) -> None:  # noqa: FBT001, N802 - SQLite's
        with self._recorder.lock:
            super().xDelete(filename, syncdir)
            self._recorder.deleted(Path(filename).name, folder_synced=bool(syncdir))


class _File(apsw.VFSFile):
    def __init__(
        self,
        recorder: OperationRecorder,
        real: str,
        name: str | apsw.URIFilename | None,
        flags: list[int],
    ) -> None:
        wanted = flags[0]
        super().__init__(real, name, flags)
        self._recorder = recorder
        path = name.filename() if isinstance(name, apsw.URIFilename) else name
        self._file = None if path is None else recorder.opened(Path(path).name)
        self._syncs_folder = bool(wanted & _SYNCED_WITH_FOLDER and wanted & apsw.SQLITE_OPEN_CREATE)

    def xWrite(self, data: bytes, offset: int) -> None:  # noqa: N802 - SQLite's name
        with self._recorder.lock:
            super().xWrite(data, offset)
            if self._file is not None:
                self._recorder.operations.append(Write(self._file, offset, bytes(data)))

    def xTruncate(self, newsize: int) -> None:  # noqa: N802 - SQLite's name
        with self._recorder.lock:
            super().xTruncate(newsize)
            if self._file is not None:
                self._recorder.operations.append(Truncate(self._file, newsize))

    def xSync(self, flags: int) -> None:  # noqa: N802 - SQLite's name
        # Nothing need reach the real platter: the power is cut in the record alone.
        with self._recorder.lock:
            if self._file is not None:
                full = flags & _KIND_OF_SYNC == apsw.SQLITE_SYNC_FULL
                self._recorder.operations.append(Sync(self._file, self._syncs_folder, full))
        self._syncs_folder = False

    def xDeviceCharacteristics(self) -> int:  # noqa: N802 - SQLite's name
        return apsw.SQLITE_IOCAP_POWERSAFE_OVERWRITE


_SYNCED_WITH_FOLDER: Final = (
    apsw.SQLITE_OPEN_WAL | apsw.SQLITE_OPEN_MAIN_JOURNAL | apsw.SQLITE_OPEN_SUPER_JOURNAL
)
_KIND_OF_SYNC: Final = 0x0F  # without SQLITE_SYNC_DATAONLY
_NUMBERS: Final = itertools.count()
