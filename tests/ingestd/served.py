"""Hold the whole app of ingestd over a real log, without a server."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ingestd.app import IngestApp
from ingestd.counters import Counters
from ingestd.intake.redact import Redact
from ingestd.log.commits import Commits
from ingestd.log.held import HeldEvents
from ingestd.log.writer import Writer
from shared.event import Event
from shared.reader import Reader
from tests.shared.asgi import Response, ask

BODY_BYTES = 1_000_000


class ServedApp:
    """Ask the app, and look into its log."""

    def __init__(self, app: IngestApp, counters: Counters, path: Path) -> None:
        self.app = app
        self.counters = counters
        self._path = path

    def post(self, path: str, body: bytes, **headers: str | bytes) -> Response:
        """Post one body; `content_type` is the header of that name."""
        named = [(name.replace("_", "-"), value) for name, value in headers.items()]
        return asyncio.run(ask(self.app, "POST", path, headers=named, body=body))

    def log(self) -> list[Event]:
        """Return all events."""
        reader = Reader(self._path)
        try:
            return reader.after(0, limit=1_000_000)
        finally:
            reader.close()


@contextmanager
def served(
    path: Path, *, body_bytes: int = BODY_BYTES, vfs: str | None = None
) -> Iterator[ServedApp]:
    """Run the app over a log of its own."""
    writer = Writer(path, synchronous="NORMAL", vfs=vfs)
    counters = Counters()
    held = HeldEvents(limit_events=1_000, limit_bytes=10**7)
    commits = Commits(writer, held, counters, busy_ms=0)
    try:
        yield ServedApp(
            IngestApp(commits, counters, log_path=path, body_bytes=body_bytes, redact=Redact()),
            counters,
            path,
        )
    finally:
        writer.close()
