"""Show an import's progress: a bar on a terminal, elsewhere a line every ten seconds."""

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

from connect.backfill.counts import ImportCounts

BAR_INTERVAL_S: Final = 0.1
LINE_INTERVAL_S: Final = 10.0


class ImportProgress:
    def __init__(self, total_bytes: int, stream: TextIO) -> None:
        self._total_bytes = total_bytes
        self._stream = stream
        self._updated_at = time.monotonic()
        self._bar = _bar(stream) if stream.isatty() else None
        self._task = None if self._bar is None else self._bar.add_task("Reading", total=total_bytes)

    def __enter__(self) -> Self:
        if self._bar is not None:
            try:
                self._bar.start()
            except BaseException:  # Ctrl-C, with the cursor hidden already
                self._bar.stop()
                raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._bar is not None:
            self._bar.stop()

    def update(self, counts: ImportCounts) -> None:
        now = time.monotonic()
        interval_s = LINE_INTERVAL_S if self._bar is None else BAR_INTERVAL_S
        if now - self._updated_at < interval_s:
            return
        self._updated_at = now
        if self._bar is not None and self._task is not None:
            self._bar.update(self._task, completed=counts.bytes_read)
        else:
            print(self._line(counts), file=self._stream, flush=True)

    def _line(self, counts: ImportCounts) -> str:
        percent = 100 * counts.bytes_read // max(1, self._total_bytes)
        return f"{percent}%: {counts.sessions:,} sessions, {counts.events:,} events"


def _bar(stream: TextIO) -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
        console=Console(file=stream),
        transient=True,
    )
