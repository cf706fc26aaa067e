"""Break the disk under SQLite on demand: the one seam through which tests bring faults in.

A file system of SQLite (a VFS) that passes everything on to the real one, until a test sets which
operation shall fail, how, when, and how often.
"""

import itertools
import random
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Final, Literal

import apsw
import msgspec

Operation = Literal["open", "read", "write", "sync", "truncate"]


class Fault(msgspec.Struct, frozen=True, kw_only=True):
    """Describe a fault: the operation, after how many good ones, how often (None: until lifted)."""

    operation: Operation
    error: type[Exception] = apsw.IOError
    skip: int = 0
    times: int | None = None
    short: bool = False
    """Half of the bytes reach the file before the write fails."""
    garbage: bool = False
    """The read succeeds, with other bytes than were written."""


class FaultyDisk:
    """Hold the fault in force; `name` is what `vfs=` takes."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.hits = 0
        """How often the fault struck."""
        self.reads = 0
        """How many reads there were."""
        self.may_sync = threading.Event()
        """Cleared by a test of a slow disk: every sync waits until it is set again."""
        self.may_sync.set()
        self.random = random.Random(1)
        self._fault: Fault | None = None
        self._passed = 0

    def fail(self, fault: Fault) -> None:
        """Put a fault in force, in place of any other."""
        self._fault, self._passed, self.hits = fault, 0, 0

    def lift(self) -> None:
        """Let everything work again."""
        self._fault = None

    def strike(self, operation: Operation) -> Fault | None:
        """Return the fault if it strikes this operation."""
        fault = self._fault
        if fault is None or fault.operation != operation:
            return None
        self._passed += 1
        if self._passed <= fault.skip or (fault.times is not None and self.hits >= fault.times):
            return None
        self.hits += 1
        return fault


@contextmanager
def faulty_disk() -> Iterator[FaultyDisk]:
    """Register such a VFS until the end; every connection to it must be closed before."""
    disk = FaultyDisk(f"faulty-{next(_NUMBERS)}")
    vfs = _Vfs(disk)
    try:
        yield disk
    finally:
        vfs.unregister()


class _Vfs(apsw.VFS):
    def __init__(self, disk: FaultyDisk) -> None:
        super().__init__(disk.name, "")
        self._disk = disk

    def xOpen(  # noqa: N802 - SQLite's name
        self, name: str | apsw.URIFilename | None, flags: list[int]
    ) -> apsw.VFSFile:
        if fault := self._disk.strike("open"):
            raise fault.error("the open fails")
        return _File(self._disk, name, flags)

    def excepthook(
        self,
        etype: type[BaseException] | None,
        evalue: BaseException | None,
        etraceback: TracebackType | None,
    ) -> bool:
        """Ignore it: SQLite may pass over a fault that the test injected."""
        del etype, evalue, etraceback
        return True


class _File(apsw.VFSFile):
    def __init__(
        self, disk: FaultyDisk, name: str | apsw.URIFilename | None, flags: list[int]
    ) -> None:
        super().__init__("", name, flags)
        self._disk = disk

    def xRead(self, amount: int, offset: int) -> bytes:  # noqa: N802 - SQLite's name
        self._disk.reads += 1
        fault = self._disk.strike("read")
        if fault and not fault.garbage:
            raise fault.error("the read fails")
        data = super().xRead(amount, offset)
        return self._disk.random.randbytes(amount) if fault else data

    def xWrite(self, data: bytes, offset: int) -> None:  # noqa: N802 - SQLite's name
        if fault := self._disk.strike("write"):
            if fault.short:
                super().xWrite(bytes(data)[: len(data) // 2], offset)
            raise fault.error("the write fails")
        super().xWrite(data, offset)

    def xSync(self, flags: int) -> None:  # noqa: ARG002, N802 - SQLite's names
        if fault := self._disk.strike("sync"):
            raise fault.error("the sync fails")
        self._disk.may_sync.wait()
        # No test cuts the power, so nothing need reach the platter: that takes a third of the time.

    def xTruncate(self, newsize: int) -> None:  # noqa: N802 - SQLite's name
        if fault := self._disk.strike("truncate"):
            raise fault.error("the truncate fails")
        super().xTruncate(newsize)

    def excepthook(
        self,
        etype: type[BaseException] | None,
        evalue: BaseException | None,
        etraceback: TracebackType | None,
    ) -> bool:
        """Ignore it: SQLite may pass over a fault that the test injected."""
        del etype, evalue, etraceback
        return True


_NUMBERS: Final = itertools.count()
