"""Make the views anew: `python -m queryd rebuild`.

In: the settings. Out: views made of the log from its beginning to where it ended when asked, and
how far they are, on the terminal. A queryd that runs makes them itself; otherwise this does.
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
from queryd.search.read_values import cursor
from queryd.store.store import ViewReader, ViewsNotReadyError, discard
from queryd.usage.prices import read_prices
from shared.errors import SettingsError
from shared.reader import NotReadableError, Reader
from shared.settings import Settings

LOOK_S: Final = 0.1
LINE_S: Final = 2.0
"""How often a line is written where no bar can be drawn."""
STUCK_S: Final = 15.0
"""A queryd that folds shows it within a second, and each batch takes less than one."""


class Shown(Protocol):
    """Take how many events are folded."""

    def __call__(self, folded: int) -> None:
        """Show it."""


def rebuild(settings: Settings) -> None:
    """Make the views anew and return when they are; raise SettingsError when that cannot be."""
    prices = read_prices(settings.prices)
    version = version_of(tables_with(prices))
    first_id, last_id = _ends(settings)
    total = last_id - first_id + 1
    try:
        discard(settings.views_path)
    except OSError as error:
        raise SettingsError(f"{settings.views_path}: {error.strerror or error}") from None
    folder = Folder(settings.log_path, settings.views_path, lambda: None, prices)
    folder.start()
    try:
        with closing(ViewReader(settings.views_path, version)) as views, _showing(total) as show:
            for folded_id in _progress(folder, views):
                show(min(max(folded_id - first_id + 1, 0), total))
                if folded_id >= last_id:
                    return
    finally:
        folder.stop()


def _ends(settings: Settings) -> tuple[int, int]:
    """Return the first and the last event of the log."""
    if not settings.log_path.exists():
        raise SettingsError(f"{settings.log_path}: there is no log")
    try:
        with closing(Reader(settings.log_path)) as log:
            first = log.first()
            return (first.id or 1 if first else 1), log.last_id()
    except NotReadableError as error:
        raise SettingsError(f"{settings.log_path}: {error}") from None


def _progress(folder: Folder, views: ViewReader) -> Iterator[int]:
    """Yield the last event that is folded, again and again, whoever folds."""
    moved_at, folded_id = time.monotonic(), 0
    while True:
        try:
            now_folded = cursor(views)["folded_id"]
        except ViewsNotReadyError:
            now_folded = 0  # whoever folds has not begun
        state = folder.state
        if state.state == "failing":
            raise SettingsError(f"the views cannot be made: {state.error}")
        if now_folded != folded_id:
            moved_at, folded_id = time.monotonic(), now_folded
        elif state.state == "following" and time.monotonic() - moved_at > STUCK_S:
            raise SettingsError("the queryd that runs does not make the views: restart it")
        yield folded_id
        time.sleep(LOOK_S)


@contextmanager
def _showing(total: int) -> Iterator[Shown]:
    """Draw a bar, or write plain lines where the output is no terminal."""
    console = Console()
    if console.is_terminal:
        with _bar(console) as bar:
            task = bar.add_task("folding", total=total)
            yield lambda folded: bar.update(task, completed=folded)
    else:
        yield _Lines(total)


def _bar(console: Console) -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("events"),
        _Rate(),
        TimeRemainingColumn(),
        console=console,
    )


class _Rate(ProgressColumn):
    """Show events a second."""

    def render(self, task: Task) -> Text:
        """Return them; nothing while they are not known."""
        speed = task.finished_speed or task.speed
        return Text("" if speed is None else f"{speed:,.0f}/s")


class _Lines:
    """Write a line now and then, and one at the end."""

    def __init__(self, total: int) -> None:
        self._total = total
        self._began = time.monotonic()
        self._said = -LINE_S

    def __call__(self, folded: int) -> None:
        took = time.monotonic() - self._began
        done = folded >= self._total
        if took - self._said < LINE_S and not done:
            return
        self._said = took
        rate = folded / took if took else 0.0
        left = f", {(self._total - folded) / rate:.0f} s left" if rate and not done else ""
        sys.stdout.write(f"folded {folded} of {self._total} events, {rate:.0f}/s{left}\n")
        sys.stdout.flush()
