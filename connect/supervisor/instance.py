"""Let one `hookwatch up` run on a data folder, and others find it.

The file `up.lock` is locked while it runs, and says what runs.
"""

from __future__ import annotations

import fcntl
import os
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Final

import msgspec

from connect.errors import CliError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LOCK_NAME: Final = "up.lock"
MAX_BYTES: Final = 65_536


class RunningInstance(msgspec.Struct, frozen=True, kw_only=True):
    pid: int
    ingest_url: str
    query_url: str
    log: str | None = None
    """Where the output of both daemons goes; null for a terminal."""


@contextmanager
def hold_lock(data: Path, instance: RunningInstance) -> Iterator[None]:
    """Hold the lock of a data folder; raise CliError when another process does."""
    descriptor = os.open(data / LOCK_NAME, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise CliError(_already_running(data, _read(descriptor))) from None
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, msgspec.json.encode(instance), 0)
        try:
            yield
        finally:
            os.ftruncate(descriptor, 0)
    finally:
        os.close(descriptor)


def running_instance(data: Path) -> RunningInstance | None:
    """Return what runs on a data folder, if it was started by `hookwatch up`."""
    with _opened(data) as descriptor:
        if descriptor is None:
            return None
        instance = _read(descriptor)  # an empty file is not locked: that could keep a start away
        return instance if instance is not None and not _is_free(descriptor) else None


def wait_for_end(data: Path) -> None:
    """Wait until no `hookwatch up` runs on a data folder."""
    with _opened(data) as descriptor:
        if descriptor is not None:
            fcntl.flock(descriptor, fcntl.LOCK_SH)


@contextmanager
def _opened(data: Path) -> Iterator[int | None]:
    try:
        descriptor = os.open(data / LOCK_NAME, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        yield None
        return
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _is_free(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    fcntl.flock(descriptor, fcntl.LOCK_UN)
    return True


def _already_running(data: Path, instance: RunningInstance | None) -> str:
    which = "" if instance is None else f" at {instance.query_url}/ (pid {instance.pid})"
    return f"Hookwatch already runs on {data}{which}. Stop it with `hookwatch down`."


def _read(descriptor: int) -> RunningInstance | None:
    with suppress(msgspec.MsgspecError):
        return msgspec.json.decode(os.pread(descriptor, MAX_BYTES, 0), type=RunningInstance)
    return None
