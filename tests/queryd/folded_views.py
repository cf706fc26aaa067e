"""Fold captured bodies through a real log and real views, all at once or event by event."""

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import apsw
import msgspec

from ingestd.intake.decode import RequestMetadata, decode_one
from queryd.calls.fold import COLUMNS, call_of
from queryd.calls.open_calls import OUTCOME, WAITED_MS
from queryd.fold.folding import VERSION, Views
from queryd.search.index import VERSION as SEARCH_VERSION
from queryd.search.index import TextIndex, table_of
from queryd.sessions.rows import AgentRow, CallRow, SessionRow, agent_row, call_row, session_row
from queryd.sessions.tables import agent_of, session_of
from queryd.store.fact import Fact, fact_of
from queryd.store.readers import Readers
from queryd.store.store import Database, ViewReader
from shared.event import Event
from shared.reader import Reader

Bodies = list[tuple[int, dict[str, Any]]]


class Folded(msgspec.Struct):
    """The rows that events were folded into."""

    sessions: dict[str, SessionRow]
    calls: list[CallRow]
    agents: list[AgentRow]


def fold_step_by_step(bodies: Bodies) -> Iterator[SessionRow]:
    """Yield, after each event, the row of its session as of then."""
    with folding_views() as views:
        for event in events_of(bodies):
            views.fold([fact_of(event)])
            yield sessions_of(views, now=event.timestamp)[event.session_id]


def fold_all(bodies: Bodies) -> Folded:
    """Fold all events at once."""
    events = events_of(bodies)
    with folding_views() as views:
        views.fold([fact_of(event) for event in events])
        return _folded(views, now=events[-1].timestamp)


def fold_one_by_one(bodies: Bodies) -> Folded:
    """Fold one event at a time, as they arrive live."""
    events = events_of(bodies)
    with folding_views() as views:
        for event in events:
            views.fold([fact_of(event)])
        return _folded(views, now=events[-1].timestamp)


def folded_facts(facts: Sequence[Fact], *, now: int) -> Folded:
    """Fold facts one by one."""
    with folding_views() as views:
        for fact in facts:
            views.fold([fact])
        return _folded(views, now=now)


@contextmanager
def reader_over(bodies: Bodies) -> Iterator[ViewReader]:
    """Return a reader of views into which bodies were folded one by one."""
    with tempfile.TemporaryDirectory() as folder:
        path = empty_views(Path(folder))
        with closing(Views(path)) as views:
            for event in events_of(bodies):
                views.fold([fact_of(event)])
        with closing(ViewReader(path, VERSION)) as reader:
            yield reader


def events_of(bodies: Bodies) -> list[Event]:
    """Return bodies as the events ingestd makes of them, numbered as the log would."""
    return [
        msgspec.structs.replace(
            decode_one(msgspec.json.encode(_timed(body, at)), RequestMetadata(fired_at=at))[
                0
            ].event,
            id=number,
        )
        for number, (at, body) in enumerate(bodies, start=1)
    ]


def _timed(body: dict[str, Any], at: int) -> dict[str, Any]:
    """Add a time to an envelope without one; a hook body has none."""
    return {"timestamp": at, **body} if "hook_event_type" in body else body


def sessions_of(views: Views, *, now: int) -> dict[str, SessionRow]:
    """Return every session's row as of a time."""
    states = views.database.fetch("SELECT state FROM sessions ORDER BY id")
    sessions = [session_of(state) for (state,) in states]
    return {it.session_id: session_row(it, [], now=now, process_ended=False) for it in sessions}


def calls_of(views: Views, *, now: int) -> list[CallRow]:
    """Return every call as of a time, in the order of their first events."""
    rows = views.database.fetch(
        f"SELECT {OUTCOME}, {WAITED_MS}, {COLUMNS} FROM calls ORDER BY id", (now,)
    )
    return [call_row(call_of(tuple(row)), *current) for *current, row in _split(rows)]


def _split(rows: Sequence[Sequence[Any]]) -> Iterator[tuple[Any, Any, Sequence[Any]]]:
    for outcome, waiting_ms, *row in rows:
        yield outcome, waiting_ms, row


def _folded(views: Views, *, now: int) -> Folded:
    agents = views.database.fetch("SELECT state FROM agents ORDER BY id")
    return Folded(
        sessions=sessions_of(views, now=now),
        calls=calls_of(views, now=now),
        agents=[agent_row(agent_of(state), now=now, process_ended=False) for (state,) in agents],
    )


@contextmanager
def folding_views() -> Iterator[Views]:
    """Give empty views to fold into."""
    with (
        tempfile.TemporaryDirectory() as folder,
        closing(Views(empty_views(Path(folder)))) as views,
    ):
        yield views


def empty_views(folder: Path, name: str = "views.db") -> Path:
    """Return the path of empty views, copied from a template."""
    path = folder / name
    path.write_bytes(_empty_views())
    return path


@cache
def _empty_views() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "views.db"
        Views(path).close()
        return path.read_bytes()


def dump(database: Database) -> dict[str, list[Any]]:
    """Return all rows of the views, without the columns about the fold itself."""
    tables = database.fetch(
        "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table'"
        " AND name NOT LIKE 'sqlite_%' ORDER BY name"
    )
    held: dict[str, list[Any]] = {}
    for (table,) in tables:
        columns = [
            name
            for (name,) in database.fetch("SELECT name FROM pragma_table_info(?)", (table,))
            if name not in {"revision", "tidied"}
        ]
        listed = ", ".join(columns)
        rows = database.fetch(f"SELECT {listed} FROM {table} ORDER BY {listed}")
        held[table] = [tuple(map(_readable, columns, row)) for row in rows]
    for number, *_ in held.get("text_shards", ()):
        held[table_of(number)] = _words(database, table_of(number))
    return held


def _readable(column: str, value: Any) -> Any:
    """Decode MessagePack, so that differences are readable."""
    return msgspec.msgpack.decode(value) if column == "state" else value


def _words(database: Database, table: str) -> list[Any]:
    """Return every word of a full-text table, and its position."""
    database.run(f"CREATE VIRTUAL TABLE temp.words USING fts5vocab(main, {table}, instance)")
    words = database.fetch("SELECT doc, col, offset, term FROM temp.words ORDER BY 1, 2, 3")
    database.run("DROP TABLE temp.words")
    return words


def fold_log(log_path: Path) -> dict[str, list[Any]]:
    """Fold a log in one go, and return all rows of the views."""
    with closing(Reader(log_path)) as log, folding_views() as views:
        assert views.belongs_to(log)
        while facts := [fact_of(event) for event in log.after(views.folded_id, limit=1_000)]:
            views.fold(facts)
        return dump(views.database)


def index_log(log_path: Path) -> dict[str, list[Any]]:
    """Index a log in one go, and return all rows of the full text."""
    with (
        tempfile.TemporaryDirectory() as folder,
        closing(Reader(log_path)) as log,
        closing(TextIndex(Path(folder) / "search.db")) as index,
    ):
        assert index.belongs_to(log)
        while events := log.after(index.folded_id, limit=1_000):
            index.add(events)
        return dump(index.database)


def readers_of(folder: Path) -> Readers:
    """Return readers of the files in a data folder."""
    return Readers(
        folder / "events.db",
        folder / "views.db",
        VERSION,
        search_path=folder / "search.db",
        search_version=SEARCH_VERSION,
    )


def dump_file(path: Path) -> dict[str, list[Any]]:
    """Return all rows of the file of the views or of the full text; it may be open elsewhere."""
    with closing(Database(apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READONLY))) as views:
        return dump(views)
