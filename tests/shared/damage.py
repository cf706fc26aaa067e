"""Damage logs for tests, with real garbage over real pages."""

import random
from collections.abc import Iterable
from pathlib import Path

import apsw
import pytest

import ingestd.log.dedup.keys
from ingestd.log.writer import Writer
from shared.event import NewEvent
from shared.files import wal_of
from tests.shared.events import new

PAGE_BYTES = 4096


def make_log(path: Path, count: int, *, checkpoint: bool = True, size: int = 300) -> None:
    """Make a log of so many events; every tenth has a payload on pages of its own."""
    writer = Writer(path, synchronous="NORMAL")
    for start in range(0, count, 200):
        writer.append([event(number, size) for number in range(start, min(start + 200, count))])
    merge_keys(writer)
    if checkpoint:
        writer.close()
        fold_wal(path)
    else:
        abandon(writer)


def event(number: int, size: int = 300) -> NewEvent:
    """Return an event that no other is like."""
    length = 9_000 if number % 10 == 0 else size
    return new(
        number,
        event_id=f"event-{number}",
        session_id=f"session-{number % 17}",
        tool_use_id=f"toolu-{number}" if number % 3 == 0 else None,
        payload=b'{"number": %d, "text": "%s"}' % (number, b"x" * length),
    )


def merge_keys(writer: Writer) -> None:
    """Write all keys in memory into their table."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ingestd.log.dedup.keys, "MERGE_AT", 1)
        while writer.merge_keys():
            pass


def abandon(writer: Writer) -> None:
    """Leave a log as a process that was killed does: the WAL and its index stay."""
    folder, name = writer._path.parent, writer._path.name  # noqa: SLF001 - what a kill leaves
    kept = {it: it.read_bytes() for it in folder.glob(f"{name}*")}
    writer.close()
    for path, data in kept.items():
        path.write_bytes(data)


def fold_wal(path: Path) -> None:
    """Move everything into the database's own file."""
    connection = apsw.Connection(str(path))
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    connection.close()


def garbage(path: Path, pages: Iterable[int], *, seed: int = 1) -> None:
    """Write random bytes over pages of a file."""
    source = random.Random(seed)
    with path.open("r+b") as file:
        for number in pages:
            file.seek((number - 1) * PAGE_BYTES)
            file.write(source.randbytes(PAGE_BYTES))


def garbage_in_wal(path: Path, frames: Iterable[int], *, seed: int = 1) -> None:
    """Write random bytes over the pages of frames of the WAL."""
    source = random.Random(seed)
    with wal_of(path).open("r+b") as file:
        for number in frames:
            file.seek(32 + number * (24 + PAGE_BYTES) + 24)
            file.write(source.randbytes(PAGE_BYTES))


def page_count(path: Path) -> int:
    """Return how many pages a file has."""
    return path.stat().st_size // PAGE_BYTES


def pages_of(path: Path, name: str, kind: str | None = None) -> list[int]:
    """Return the pages of a table or an index; of one kind: internal, leaf, overflow."""
    connection = apsw.Connection(str(path))
    try:
        return [
            int(str(number))
            for number, found in connection.execute(
                "SELECT pageno, pagetype FROM dbstat WHERE name = ?", (name,)
            ).fetchall()
            if kind is None or kind == found
        ]
    finally:
        connection.close()


def ids(path: Path) -> set[int]:
    """Return the ids that a sound log holds."""
    connection = apsw.Connection(str(path))
    try:
        return {
            int(str(rowid)) for (rowid,) in connection.execute("SELECT id FROM events").fetchall()
        }
    finally:
        connection.close()
