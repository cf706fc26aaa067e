"""Run ingestd and queryd until a signal, and stop them in order."""

from __future__ import annotations

import asyncio
import signal
from functools import partial
from typing import TYPE_CHECKING, Final

from connect.launch import daemon_command
from connect.supervisor.daemon import SupervisedDaemon
from shared.settings import require_token, variable
from shared.start import listen

if TYPE_CHECKING:
    from collections.abc import Callable

    from shared.settings import Settings

SIGNALS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def supervise(
    settings: Settings,
    *,
    write: Callable[[str, str], None],
    on_start: Callable[[str | None], None],
) -> None:
    """Run until a signal; raise SettingsError or CliError if a daemon cannot start.

    `on_start` is called once: with None when both answer, or with what keeps one from it.
    """
    asyncio.run(_Supervisor(settings, write, on_start).run())


class _Supervisor:
    def __init__(
        self,
        settings: Settings,
        write: Callable[[str, str], None],
        on_start: Callable[[str | None], None],
    ) -> None:
        self._on_start: Callable[[str | None], None] | None = on_start
        self._stopping = asyncio.Event()
        require_token(settings.ingest_host, settings.token)
        require_token(settings.query_host, settings.token)
        ports = {
            "ingestd": (settings.ingest_host, settings.ingest_port, variable("ingest_port")),
            "queryd": (settings.query_host, settings.query_port, variable("query_port")),
        }
        self._daemons = [
            SupervisedDaemon(
                name,
                daemon_command(name),
                listen=partial(listen, host, port, port_setting=setting),
                write=write,
                on_failing=self._report_start,
            )
            for name, (host, port, setting) in ports.items()
        ]

    async def run(self) -> None:
        loop = asyncio.get_running_loop()
        for number in SIGNALS:
            loop.add_signal_handler(number, self._stop)
        try:
            for daemon in self._daemons:
                daemon.open()
            await self._run_all()
        except BaseExceptionGroup as failures:
            raise failures.exceptions[0] from None
        finally:
            for daemon in self._daemons:
                daemon.close()

    async def _run_all(self) -> None:
        async with asyncio.TaskGroup() as group:
            running = [group.create_task(daemon.run()) for daemon in self._daemons]
            answering = group.create_task(self._wait_for_answers())
            await self._stopping.wait()
            answering.cancel()
            # ingestd last: it takes events as long as possible.
            for task in reversed(running):
                task.cancel()
                await asyncio.wait([task])

    def _stop(self) -> None:
        """Stop in order; at a second signal at once."""
        if self._stopping.is_set():
            for daemon in self._daemons:
                daemon.kill()
        self._stopping.set()

    async def _wait_for_answers(self) -> None:
        for daemon in self._daemons:
            await daemon.answers()
        self._report_start(None)

    def _report_start(self, problem: str | None) -> None:
        on_start, self._on_start = self._on_start, None
        if on_start is not None:
            on_start(problem)
