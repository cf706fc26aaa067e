"""Start ingestd: `python -m ingestd`.

In: the settings. Out: a server on 127.0.0.1:4000 that runs until SIGTERM or SIGINT, commits what
it accepted and exits within 2 s; or one line on stderr and exit code 2. If a background task fails
it stops in the same way, with one line on stderr and exit code 1.
"""

import asyncio
import socket
import sys
import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Final

import uvicorn

from ingestd.app import IngestApp, with_lifespan
from ingestd.counters import Counters
from ingestd.intake.event_factory import EventFactory
from ingestd.intake.redact import Redact, read_own_patterns
from ingestd.log.check_schedule import CheckSchedule
from ingestd.log.commits import Commits
from ingestd.log.condition import LogCondition
from ingestd.log.held import HeldEvents
from ingestd.log.recovery import DamageState, RecoveryTask, opened_writer
from ingestd.log.spool import Spool
from ingestd.log.writer import NotWrittenError, Writer
from ingestd.pace import Load
from ingestd.registry.watch import Registry
from shared.claude_folder import claude_folder
from shared.errors import SettingsError
from shared.files import make_folder
from shared.guard import Guard
from shared.restore import remove_abandoned
from shared.settings import Retention, Settings, read_settings, variable
from shared.start import UVICORN, announce, open_listener, run_or_explain
from shared.tasks import BackgroundTasks

MAINTAIN_S: Final = 1.0
REST_FACTOR: Final = 4
"""Hooks get the loop for this many times as long as a deletion took."""
TASK_FAILED: Final = 1
"""The exit code of an ingestd that a restart may help."""


def main() -> None:
    run_or_explain("ingestd", _serve)


def _serve(inherited: socket.socket | None) -> None:
    settings = read_settings()
    redact = _redact(settings)
    make_folder(settings.data)
    listener = open_listener(
        inherited,
        settings.ingest_host,
        settings.ingest_port,
        token=settings.token,
        port_setting=variable("ingest_port"),
    )
    condition = LogCondition(settings.log_path)
    with listener, _writer(settings, condition) as writer:
        announce(listener)
        # In a thread: some file systems take seconds to delete gigabytes.
        threading.Thread(target=remove_abandoned, args=(settings.log_path,), daemon=True).start()
        server = _IngestServer(settings, writer, redact, condition)
        server.run(sockets=[listener])
    if server.tasks.failure is not None:
        sys.stderr.write(f"ingestd: {server.tasks.failure}\n")
        sys.exit(TASK_FAILED)


class _IngestServer(uvicorn.Server):
    """Serve until a signal comes or a background task fails."""

    def __init__(
        self, settings: Settings, writer: Writer, redact: Redact | None, condition: LogCondition
    ) -> None:
        self.tasks = BackgroundTasks(self._end)
        app = _app(settings, writer, redact, condition, self)
        super().__init__(uvicorn.Config(app, **UVICORN))

    def _end(self) -> None:
        self.should_exit = True


def _app(
    settings: Settings,
    writer: Writer,
    redact: Redact | None,
    condition: LogCondition,
    server: _IngestServer,
) -> Guard:
    counters = Counters()
    load = Load()
    held = HeldEvents(limit_events=settings.unsaved_events, limit_bytes=settings.unsaved_bytes)
    commits = Commits(
        writer,
        held,
        counters,
        busy_ms=settings.busy_ms,
        spool=settings.spool,
        in_flight=lambda: len(server.server_state.tasks),
    )
    recovery = RecoveryTask(settings.log_path, writer, commits, load, condition)
    check = CheckSchedule(settings.log_path, condition, recovery.set_aside, counters)
    factory = EventFactory(counters, redact)
    registry = Registry(_claude_folders(settings), factory, commits, counters)
    app = IngestApp(
        commits,
        counters,
        log_path=settings.log_path,
        body_bytes=settings.body_bytes,
        redact=redact,
        spool=settings.spool,
        load=load,
        damage=lambda: DamageState(
            checking_since=check.running_since,
            checked_at=check.checked_at,
            recoveries=recovery.recoveries,
        ),
        registry=lambda: registry.state if settings.registry else None,
    )
    spool = Spool(
        settings.spool,
        factory,
        commits,
        counters,
        body_bytes=settings.body_bytes,
        load=load,
    )

    @asynccontextmanager
    async def running() -> AsyncIterator[None]:
        # Before the first connection, so that spooled events are stored before newer ones.
        await spool.drain_if_possible(stopping=lambda: server.should_exit)
        tasks = {
            "the log maintenance": _maintain(commits, settings.retention),
            "the spool": spool.run(),
            "the check of the log": check.run(),
            "the recovery of the log": recovery.run(),
        }
        if settings.registry:
            tasks["the registry of sessions"] = registry.run()
        server.tasks.start(tasks)
        try:
            yield
        finally:
            await server.tasks.stop()
            commits.close()

    return Guard(
        with_lifespan(app, running), settings, bound_to=settings.ingest_host, same_origin=False
    )


async def _maintain(commits: Commits, retention: Retention) -> None:
    """Once a second, reopen a log that was replaced, and delete what is past its retention."""
    while True:
        await asyncio.sleep(MAINTAIN_S)
        started = time.perf_counter()
        while commits.maintain(retention):
            await asyncio.sleep(REST_FACTOR * (time.perf_counter() - started))
            started = time.perf_counter()


def _claude_folders(settings: Settings) -> list[Path]:
    """Return the configuration folders of Claude Code, each once."""
    own = claude_folder()
    further = [folder.expanduser().absolute() for folder in settings.claude_folders]
    return list(dict.fromkeys(further if own is None else [own, *further]))


@contextmanager
def _writer(settings: Settings, condition: LogCondition) -> Iterator[Writer]:
    try:
        writer = opened_writer(settings.log_path, settings.synchronous, condition)
    except NotWrittenError as error:
        raise SettingsError(f"{settings.log_path}: {error}") from None
    try:
        yield writer
    finally:
        writer.close()
        condition.closed()


def _redact(settings: Settings) -> Redact | None:
    if not settings.redact:
        return None
    path = settings.redact_patterns
    return Redact(() if path is None else read_own_patterns(path))


if __name__ == "__main__":
    main()
