"""Fold a log into the tables of the search, without the folder's thread."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from ingestd.log.writer import Writer
from queryd.fold.folding import VERSION, Views, facts_of
from queryd.store.store import ViewReader
from shared.reader import Reader
from tests.queryd.folded_views import empty_views
from tests.shared.events import empty_log, new


def fold(log_path: Path, views_path: Path, *, through: int | None = None, step: int = 1_000) -> int:
    """Fold new events of the log; return the last folded id."""
    if not views_path.exists():
        empty_views(views_path.parent)
    with closing(Views(views_path)) as views, closing(Reader(log_path)) as log:
        while events := log.after(views.folded_id, limit=step, through=through):
            views.fold(facts_of(events))
        return views.folded_id


class SearchTables:
    """A log and its views in a folder."""

    def __init__(self, folder: Path) -> None:
        self.log_path = empty_log(folder)
        self.views_path = folder / "views.db"
        self.writer = Writer(self.log_path, synchronous="NORMAL")
        self.log = Reader(self.log_path)
        self.views = ViewReader(self.views_path, VERSION)
        self.count = 0

    def append(self, *events: dict[str, Any]) -> None:
        """Append events with these fields."""
        self.writer.append(
            [new(self.count + place, **each) for place, each in enumerate(events, 1)]
        )
        self.count += len(events)

    def fold(self, *, through: int | None = None, step: int = 1_000) -> int:
        """Fold new events, up to `through`."""
        return fold(self.log_path, self.views_path, through=through, step=step)

    def close(self) -> None:
        """Close everything."""
        self.views.close()
        self.log.close()
        self.writer.close()


@contextmanager
def open_search_tables(folder: Path) -> Iterator[SearchTables]:
    """Open a log and its views, and close them."""
    tables = SearchTables(folder)
    try:
        yield tables
    finally:
        tables.close()
