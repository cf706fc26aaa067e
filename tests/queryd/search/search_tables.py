"""Fold a log into the tables of the search, without the folder's thread."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from ingestd.log.writer import Writer
from queryd.fold.folding import VERSION, Views, facts_of
from queryd.search.index import VERSION as SEARCH_VERSION
from queryd.search.index import TextIndex
from queryd.store.store import ViewReader
from shared.reader import Reader
from tests.queryd.folded_views import empty_views
from tests.shared.events import empty_log, new


def fold(log_path: Path, *, through: int | None = None, step: int = 1_000) -> int:
    """Fold new events of the log; return the last folded id."""
    views_path = log_path.with_name("views.db")
    if not views_path.exists():
        empty_views(views_path.parent)
    with closing(Views(views_path)) as views, closing(Reader(log_path)) as log:
        while events := log.after(views.folded_id, limit=step, through=through):
            views.fold(facts_of(events))
        return views.folded_id


def add_text(log_path: Path, *, through: int | None = None, step: int = 1_000) -> int:
    """Index the text of new events; return the last indexed id."""
    path = log_path.with_name("search.db")
    with closing(TextIndex(path)) as index, closing(Reader(log_path)) as log:
        while events := log.after(index.folded_id, limit=step, through=through):
            index.add(events)
        return index.folded_id


class SearchTables:
    """A log, its views and its full text in a folder."""

    def __init__(self, folder: Path) -> None:
        self.log_path = empty_log(folder)
        self.views_path = folder / "views.db"
        self.search_path = folder / "search.db"
        self.writer = Writer(self.log_path, synchronous="NORMAL")
        self.log = Reader(self.log_path)
        self.views = ViewReader(self.views_path, VERSION)
        self.text = ViewReader(self.search_path, SEARCH_VERSION)
        self.count = 0

    def append(self, *events: dict[str, Any]) -> None:
        """Append events with these fields."""
        self.writer.append(
            [new(self.count + place, **each) for place, each in enumerate(events, 1)]
        )
        self.count += len(events)

    def fold(self, *, through: int | None = None, step: int = 1_000) -> int:
        """Fold new events and index their text, up to `through`."""
        self.add_text(through=through, step=step)
        return self.fold_views(through=through, step=step)

    def fold_views(self, *, through: int | None = None, step: int = 1_000) -> int:
        return fold(self.log_path, through=through, step=step)

    def add_text(self, *, through: int | None = None, step: int = 1_000) -> int:
        return add_text(self.log_path, through=through, step=step)

    def close(self) -> None:
        """Close everything."""
        self.views.close()
        self.text.close()
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
