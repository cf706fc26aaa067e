"""Write events to the spool: those not stored before a stop, and those that cannot be stored.

In: events, without their secrets. Out: files that `spool` stores at the next start, in the order of
arrival; or files in the folder of rejected ones, for the user to inspect.
"""

import os
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final
from uuid import uuid4

import msgspec

from ingestd.intake.decode import spooled_head
from shared.event import NewEvent
from shared.spool import DROPPED, EVENT_SUFFIX, HALF_WRITTEN, MAX_BYTES, MAX_EVENTS, REJECTED
from shared.spool import waiting as waiting_files

PREFIX: Final = "held:"
"""Prefix of the id that an event without one gets, so that it is stored once."""


def spool_events(folder: Path, events: Sequence[NewEvent]) -> int:
    """Write the events, the oldest first, and return how many are in the spool now.

    Those without room are counted as dropped, as forwarders do. An event that a forwarder spooled
    after its 500 is not written again.
    """
    ids, size = _ids_and_size(folder)
    count, written, after = len(ids), 0, 0
    with suppress(OSError):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for new in events:
            if new.event_id in ids:
                written += 1
                continue
            content = _content(new)
            count, size = count + 1, size + len(content)
            if count > MAX_EVENTS or size > MAX_BYTES:
                break
            after = max(after, new.event.received_at)  # keeps the order if the clock was set back
            _write(folder, f"{after:013d}-{written:06d}", content)
            written += 1
    if written < len(events):
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC
        with suppress(OSError), os.fdopen(os.open(folder / DROPPED, flags, 0o600), "ab") as dropped:
            dropped.write(b"." * (len(events) - written))
    return written


def set_aside(folder: Path, new: NewEvent) -> Path:
    """Write an event to the folder of rejected files; raise OSError."""
    rejected = folder / REJECTED
    rejected.mkdir(mode=0o700, parents=True, exist_ok=True)
    return _write(rejected, f"{new.event.received_at:013d}", _content(new))


def _ids_and_size(folder: Path) -> tuple[set[str], int]:
    """Return the ids of the events that wait, which their names end with, and their size."""
    ids, size = set(), 0
    for entry in waiting_files(folder):
        with suppress(OSError):
            size += entry.stat(follow_symlinks=False).st_size
            ids.add(entry.name.removesuffix(EVENT_SUFFIX).partition("-")[2])
    return ids, size


def _content(new: NewEvent) -> bytes:
    if new.event_id is None:
        new = msgspec.structs.replace(new, event_id=f"{PREFIX}{uuid4()}")
    return spooled_head(new) + b"\n" + bytes(new.event.payload)


def _write(folder: Path, name: str, content: bytes) -> Path:
    """Write a file atomically."""
    path = folder / f"{name}-{uuid4()}{EVENT_SUFFIX}"
    half = folder / f"{HALF_WRITTEN}{path.name}"
    try:
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
        with os.fdopen(os.open(half, flags, 0o600), "wb") as file:
            file.write(content)
        half.rename(path)
    except OSError:
        half.unlink(missing_ok=True)
        raise
    return path
