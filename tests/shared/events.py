"""Make events for tests: real ones in every respect that the log cares about."""

import tempfile
from functools import cache
from pathlib import Path
from typing import Any

import apsw
import msgspec

from ingestd.log.writer import Writer
from shared.event import Event, NewEvent


def new(number: int = 0, *, event_id: str | None = None, **fields: Any) -> NewEvent:
    """Return an event that is not stored yet; its payload is unique by its number."""
    return NewEvent(event=unstored(number, **fields), event_id=event_id)


def unstored(number: int = 0, **fields: Any) -> Event:
    """Return the event alone."""
    payload = bytes(fields.pop("payload", b'{"number": %d}' % number))
    known = {
        "session_id": "s",
        "hook_event_type": "UserPromptSubmit",
        "timestamp": 1_000 + number,
        "received_at": 2_000 + number,
        **fields,
    }
    return Event(**known, payload=msgspec.Raw(payload), payload_bytes=len(payload))


def stored(event: NewEvent, rowid: int) -> Event:
    """Return the event as the log must give it back."""
    return msgspec.structs.replace(event.event, id=rowid)


def empty_log(folder: Path) -> Path:
    """Return the path of a log without events, made by a copy: it is cheaper.

    All copies have one UUID.
    """
    path = folder / "events.db"
    path.write_bytes(_empty_log())
    return path


@cache
def _empty_log() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "events.db"
        Writer(path).close()
        return path.read_bytes()


def integrity(path: Path) -> str:
    """Return what SQLite finds wrong with a file: `ok` when nothing."""
    connection = apsw.Connection(str(path))
    try:
        return str(connection.pragma("integrity_check"))
    finally:
        connection.close()
