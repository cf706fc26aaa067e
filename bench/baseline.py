"""Serve ingestd's routes without a database: what the log costs is the difference.

`python -m bench.baseline PORT`. Everything but the append is the real thing.
"""

import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import uvicorn

from ingestd.app import IngestApp, with_lifespan
from ingestd.counters import Counters
from ingestd.intake.redact import Redact
from ingestd.log.writer import AppendResult
from ingestd.pace import Pace
from shared.event import NewEvent
from shared.guard import Guard
from shared.settings import Settings
from shared.start import UVICORN, listen, run_or_explain


class NoCommits:
    """Answer at once that everything is stored."""

    last_id = 0

    async def append(self, events: Sequence[NewEvent]) -> list[AppendResult]:
        """Store nothing."""
        return [AppendResult(1, duplicate=False)] * len(events)

    async def append_batch(self, events: Sequence[NewEvent], _pace: Pace) -> list[AppendResult]:
        """Store nothing of a batch either."""
        return await self.append(events)


def _serve() -> None:
    settings = Settings(ingest_port=int(sys.argv[1]))
    app = IngestApp(
        NoCommits(),  # type: ignore[arg-type]  # only appends are used here
        Counters(),
        log_path=Path("none"),
        body_bytes=settings.body_bytes,
        redact=Redact(),
    )

    @asynccontextmanager
    async def running() -> AsyncIterator[None]:
        yield

    guarded = Guard(
        with_lifespan(app, running), settings, bound_to=settings.ingest_host, same_origin=False
    )
    with listen("127.0.0.1", settings.ingest_port, port_setting="PORT") as listener:
        uvicorn.Server(uvicorn.Config(guarded, **UVICORN)).run(sockets=[listener])


if __name__ == "__main__":
    run_or_explain("baseline", lambda _inherited: _serve())
