"""Show how far it is: a bar on a terminal, a line now and then elsewhere."""

import time
from types import TracebackType
from typing import Final, Self, TextIO

from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    TextColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)

from connect.backfill.counts import Tally

SHOW_SECONDS: Final = 0.1
LINE_SECONDS: Final = 10.0


class Show:
    """Show a run's progress while inside."""

    def __init__(self, total: int, screen: TextIO) -> None:
        self._total = total
        self._screen = screen
        self._shown = time.monotonic()
        self._bar = _bar(screen) if screen.isatty() else None
        self._task = None if self._bar is None else self._bar.add_task("Reading", total=total)

    def __enter__(self) -> Self:
        """Show the bar, where there is a terminal."""
        if self._bar is not None:
            self._bar.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Take the bar away."""
        if self._bar is not None:
            self._bar.stop()

    def progress(self, tally: Tally) -> None:
        """Bring it up to date, not more often than an eye can follow."""
        now = time.monotonic()
        if now - self._shown < (LINE_SECONDS if self._bar is None else SHOW_SECONDS):
            return
        self._shown = now
        if self._bar is not None and self._task is not None:
            self._bar.update(self._task, completed=tally.bytes_read)
        else:
            print(self._line(tally), file=self._screen, flush=True)

    def _line(self, tally: Tally) -> str:
        part = 100 * tally.bytes_read // max(1, self._total)
        return f"{part} %: {tally.sessions:,} sessions, {tally.events:,} events"


def _bar(screen: TextIO) -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
        console=Console(file=screen),
        transient=True,
    )
