"""Rebuild the views and the full text from the log: `python -m queryd rebuild`.

It shows the progress up to the end that the log had at the start. A running queryd rebuilds them;
without one, this process does.
"""

import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Final, Protocol

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TextColumn,
    TimeRemainingColumn,
)
from rich.text import Text

from queryd.fold.folder import Folder
from queryd.fold.folding import tables_with, version_of
from queryd.search.index import VERSION as SEARCH_VERSION
from queryd.search.read_values import cursor
from queryd.store.store import ViewReader, ViewsNotReadyError, discard
from queryd.usage.prices import read_prices
from shared.errors import SettingsError
from shared.reader import NotReadableError, Reader
from shared.settings import Settings

POLL_S: Final = 0.1
LINE_S: Final = 2.0
"""How often to write a line if there is no terminal for a progress bar."""
STUCK_S: Final = 15.0
"""A queryd that folds makes progress within a second."""


class ShowProgress(Protocol):
    def __call__(self, folded: int) -> None: ...


def rebuild(settings: Settings) -> None:
    """Return when the views are up to date; raise SettingsError if they cannot be rebuilt."""
    prices = read_prices(settings.prices)
    version = version_of(tables_with(prices))
    first_id, last_id = _ends(settings)
    total = last_id - first_id + 1
    try:
        discard(settings.views_path)
        discard(settings.search_path)
    except OSError as error:
        raise SettingsError(f"{error.filename}: {error.strerror or error}") from None
    folder = Folder(
        settings.log_path, settings.views_path, settings.search_path, lambda: None, prices
    )
    folder.start()
    try:
        with (
            closing(ViewReader(settings.views_path, version)) as views,
            closing(ViewReader(settings.search_path, SEARCH_VERSION)) as text,
            _showing(total) as show,
        ):
            for folded_id in _progress(folder, views, text):
                show(min(max(folded_id - first_id + 1, 0), total))
                if folded_id >= last_id:
                    return
    finally:
        folder.stop()


def _ends(settings: Settings) -> tuple[int, int]:
    if not settings.log_path.exists():
        raise SettingsError(f"{settings.log_path}: log not found")
    try:
        with closing(Reader(settings.log_path)) as log:
            first = log.first()
            return (first.id or 1 if first else 1), log.last_id()
    except NotReadableError as error:
        raise SettingsError(f"{settings.log_path}: {error}") from None


def _progress(folder: Folder, views: ViewReader, text: ViewReader) -> Iterator[int]:
    """Yield the last event that views and full text have, repeatedly, whichever process folds."""
    moved_at, folded_id = time.monotonic(), 0
    while True:
        try:
            now_folded = min(cursor(views)["folded_id"], cursor(text)["folded_id"])
        except ViewsNotReadyError:
            now_folded = 0  # the fold has not started
        state = folder.state
        if state.state == "failing":
            raise SettingsError(f"cannot rebuild the views: {state.error}")
        if folder.indexer.state.state == "failing":
            raise SettingsError(f"cannot rebuild the full text: {folder.indexer.state.error}")
        if now_folded != folded_id:
            moved_at, folded_id = time.monotonic(), now_folded
        elif state.state == "following" and time.monotonic() - moved_at > STUCK_S:
            raise SettingsError("the running queryd does not rebuild the views: restart it")
        yield folded_id
        time.sleep(POLL_S)


@contextmanager
def _showing(total: int) -> Iterator[ShowProgress]:
    """Draw a progress bar; write plain lines if the output is not a terminal."""
    console = Console()
    if console.is_terminal:
        with _bar(console) as bar:
            task = bar.add_task("folding", total=total)
            yield lambda folded: bar.update(task, completed=folded)
    else:
        yield _PlainProgress(total)


def _bar(console: Console) -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("events"),
        _RateColumn(),
        TimeRemainingColumn(),
        console=console,
    )


class _RateColumn(ProgressColumn):
    """Show events a second."""

    def render(self, task: Task) -> Text:
        speed = task.finished_speed or task.speed
        return Text("" if speed is None else f"{speed:,.0f}/s")


class _PlainProgress:
    """Write a line every `LINE_S`, and one at the end."""

    def __init__(self, total: int) -> None:
        self._total = total
        self._started = time.monotonic()
        self._shown_at = -LINE_S

    def __call__(self, folded: int) -> None:
        took = time.monotonic() - self._started
        done = folded >= self._total
        if took - self._shown_at < LINE_S and not done:
            return
        self._shown_at = took
        rate = folded / took if took else 0.0
        left = f", {(self._total - folded) / rate:.0f} s left" if rate and not done else ""
        sys.stdout.write(f"folded {folded} of {self._total} events, {rate:.0f}/s{left}\n")
        sys.stdout.flush()
