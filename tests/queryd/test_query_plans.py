"""Hold every query of every route, of the fold and of the writer to indexes.

Each route is asked with each parameter that the API's document names, alone, with each other one
and with all of them; each statement that SQLite runs meanwhile is explained. A table that grows
with the log may be searched, never scanned: a scan is quick today and takes seconds in a year.
"""

import asyncio
import itertools
import re
import warnings
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from random import Random
from typing import Any, Final
from urllib.parse import quote, urlencode

import apsw
import msgspec
import pytest
from litestar.exceptions.base_exceptions import LitestarDeprecationWarning

import queryd.fold.folder
import queryd.search.indexer
from bench.generator.log import make_log
from bench.log_values import LogValues, read_log_values
from bench.queries import KINDS, QueryContext
from ingestd.log.writer import Writer
from queryd.app import QueryApp
from queryd.fold.folding import VERSION
from queryd.search.find import EventQuery, find, find_next
from queryd.search.find_by_time import TimeQuery, find_by_time
from queryd.search.index import VERSION as SEARCH_VERSION
from queryd.search.query import parse
from queryd.store.store import ViewReader
from shared.filter import Filter
from shared.guard import Message
from shared.reader import Reader
from shared.settings import Settings
from tests.shared.asgi import ask, scope
from tests.shared.events import new

END_MS: Final = 1_795_000_000_000
TIMEOUT_S: Final = 100
SMALL: Final = {
    "cursor": "one row",
    "log": "one row",
    "keyed": "one row",
    "text_shards": "a row for 65,536 events",
    "sqlite_schema": "a row a table and index",
    "rollup_cell": "a row a tool, project, model and agent type that were seen together",
    "kinds": "a row a kind of error of the API",
    "limits": "a row a limit of the account",
    "price_list": "one row",
    "text_0_config": "a row a setting of a table of full text",
    "CONSTANT": "no table: a row made of values",
    "json_each": "the values that a statement is given",
    "pragma_application_id": "one row",
}
"""Tables that a statement may scan, and why they stay small."""
BOUNDED: Final = {
    r"FROM events ORDER BY id( DESC)? LIMIT 1$": "the first row, or the last",
    r"EXISTS \(SELECT 1 FROM event_ids\) OR EXISTS \(": "the first rows",
    r"FROM hours ORDER BY hour LIMIT 1$": "the first row",
    r"FROM deletions ORDER BY number LIMIT 64\)": "the first rows",
    r"FROM recoveries ORDER BY number DESC$": "one row for each time that the log was damaged",
    r"FROM sessions ORDER BY last_event_at DESC, id DESC LIMIT \?$": "the same of sessions",
    r"FROM calls (INDEXED BY calls_running )?WHERE outcome = 'running'": (
        "an index of the calls that run, or were never closed, alone"
    ),
    r"FROM spending INDEXED BY spending_most": (
        "by cost until the page is full, where that is shorter than by time;"
        " a filter by a rare project or model walks them all"
    ),
}
"""Statements that start a scan, and why it ends early."""

TEXT_TABLE: Final = r"\btext_(\d+_new|\d+|old)"
Statement = tuple[str, str]
"""The name of a database's file, and SQL."""


class Recorder:
    """Collect what is run on every connection of this process."""

    def __init__(self) -> None:
        self.statements: set[Statement] = set()

    def hook(self, connection: apsw.Connection) -> None:
        """Trace a connection; APSW calls this for each new one."""
        name = Path(connection.filename).name
        if name in {"events.db", "views.db", "search.db"}:
            connection.trace_v2(
                apsw.SQLITE_TRACE_STMT, lambda event: self._record(name, event["sql"])
            )

    def _record(self, name: str, sql: str) -> None:
        # A trigger's statements are comments; tables of full text differ by their number alone.
        if sql and not sql.startswith("--"):
            self.statements.add((name, re.sub(TEXT_TABLE, "text_0", " ".join(sql.split()))))


@contextmanager
def recorded() -> Iterator[Recorder]:
    """Record what is run inside."""
    recorder = Recorder()
    apsw.connection_hooks.append(recorder.hook)
    try:
        yield recorder
    finally:
        apsw.connection_hooks.remove(recorder.hook)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("plans")
    make_log(made / "events.db", 2_500, seed=1, end_ms=END_MS, words=30_000)
    return made


@pytest.fixture(scope="module")
def statements(folder: Path) -> Iterable[Statement]:
    """Ask everything, write, fold and forget; return what was run."""
    with pytest.MonkeyPatch.context() as patch, recorded() as recorder:
        for name in ("POLL_S", "MAINTENANCE_S"):
            patch.setattr(queryd.fold.folder, name, 0.1)
            patch.setattr(queryd.search.indexer, name, 0.1)
        without_views(folder)
        asyncio.run(asyncio.wait_for(ask_everything(folder), TIMEOUT_S))
        return recorder.statements


def without_views(folder: Path) -> None:
    """Search while there are no views: then the log itself is read."""
    with (
        closing(Reader(folder / "events.db")) as log,
        closing(ViewReader(folder / "views.db", VERSION)) as views,
        closing(ViewReader(folder / "search.db", SEARCH_VERSION)) as text,
    ):
        filters = [
            Filter(),
            Filter(session_id=("a",)),
            Filter(session_id=("a", "b")),
            Filter(tool_name=("Bash",)),
            Filter(session_id=("a",), event_type=("Stop",), since=1, until=2),
            Filter(since=1, until=2),
        ]
        for wanted in filters:
            find(log, views, text, EventQuery(filter=wanted), limit=10)
            find_by_time(log, views, text, TimeQuery(filter=wanted), limit=10)
            for query in ("", "npm"):
                asked = EventQuery(filter=wanted, text=parse(query), before=2_501)
                find_next(log, views, text, asked)


async def ask_everything(folder: Path) -> None:
    """Run queryd's app, and ask it all there is to ask."""
    settings = Settings(data=folder)
    with warnings.catch_warnings():
        # Litestar takes the page's path, which one of its two routes lacks, for a query parameter.
        warnings.simplefilter("ignore", LitestarDeprecationWarning)
        app = QueryApp(settings)
    facts = read_log_values(settings.log_path)
    async with app.litestar.lifespan():
        await folded(app, facts.last_id)
        with closing(Writer(settings.log_path, synchronous="NORMAL")) as writer:
            last_id = writer.append([last_event(facts)])[-1].id
            await folded(app, last_id)
            for path in [*made_paths(facts), *documented_paths(app, facts)]:
                await answered(app, path)
            for query in stream_queries(app, facts):
                await streamed(app, query, last_id)
            assert writer.delete_before(2**50, limit=100) == 100
            while not writer.delete_payloads(END_MS - 86_400_000)[1]:
                pass
            await forgotten(settings)
            writer.append([last_event(facts), new(1)])
            await folded(app, last_id + 1)


def last_event(facts: LogValues) -> Any:
    """Return an event that each stream's filter admits, so that each ends."""
    return new(
        1,
        session_id=facts.session_ids[0],
        agent_id=facts.agent_ids[0],
        tool_name=facts.tool_names[0],
        source_app=facts.projects[0],
        hook_event_type="PreToolUse",
        tool_use_id="toolu_last",
        timestamp=END_MS,
        received_at=END_MS,
        payload=msgspec.json.encode({"tool_input": {"command": "npm test"}}),
    )


def values_of(facts: LogValues) -> dict[str, list[str]]:
    """Return values for each parameter of any route; a new parameter needs some here."""
    return {
        "after": ["0"],
        "after_at": ["1"],
        "agent_id": [facts.agent_ids[0], "nobody"],
        "agent_type": [*facts.agent_types[:1], ""],
        "as": ["markdown", "html", "jsonl", "trace"],
        "before": [str(facts.last_id)],
        "before_at": [str(END_MS)],
        "batch": ["1"],
        "fields": ["line", "all"],
        "changed_after": ["7"],
        "kind": ["failed", "edits", "asked"],
        "by": ["day", "hour", "model", "project", "session", "agent_type"],
        "cursor": [],
        "direction": ["forward", "backward"],
        "event_type": ["PreToolUse", "Stop"],
        "events": ["all"],
        "last-event-id": [],
        "limit": ["3"],
        "mcp_server": ["", "github"],
        "model": [*facts.models[:1], ""],
        "model_name": [*facts.models[:2]],
        "order": ["happened", "received"],
        "outcome": ["failed", "running"],
        "prompt_id": ["", "p"],
        "q": ["npm"],
        "range": ["24h"],
        "session_id": [facts.session_ids[0], facts.session_ids[1]],
        "sessions": ["all"],
        "since": [str(END_MS - 86_400_000)],
        "source_app": [*facts.projects[:2]],
        "status": ["working", "quiet", "ended", "done"],
        "tool_name": [*facts.tool_names[:2]],
        "turn": ["1", "-1"],
        "turn_id": ["7"],
        "until": [str(END_MS + 1)],
        "utc_offset_minutes": ["330"],
        "without_source_app": ["nothing"],
    }


def documented_paths(app: QueryApp, facts: LogValues) -> Iterator[str]:
    """Yield each route of the document with each parameter, each two, and all of them."""
    ids = {
        "event_id": "7",
        "unsaved_id": "7",
        "session_id": facts.session_ids[0],
        "name": facts.tool_names[0],
    }
    for path, parameters in routes(app):
        if path == "/stream":
            continue
        there = re.sub(r"\{(\w+)\}", lambda found: quote(ids[found[1]], safe=""), path)
        for query in queries(parameters, values_of(facts)):
            yield f"{there}?{query}"


def stream_queries(app: QueryApp, facts: LogValues) -> Iterator[str]:
    """Yield what a stream is asked for: all from the log's start, its last event admitted."""
    parameters = {name: False for name in dict(routes(app))["/stream"] if name != "after"}
    values = {name: some[:1] for name, some in values_of(facts).items()}
    for query in queries(parameters, values):
        yield f"after=0&{query}"
    for name in ("session_id", "tool_name"):
        yield f"after=0&{urlencode([(name, value) for value in values_of(facts)[name]])}"


def routes(app: QueryApp) -> Iterator[tuple[str, dict[str, bool]]]:
    """Yield each route, and its parameters by name: whether they may be repeated."""
    document = app.litestar.openapi_schema.to_schema()
    for path, item in document["paths"].items():
        if "get" in item and (path == "/stream" or path.startswith("/api/")):
            given = [it for it in item["get"].get("parameters", ()) if it["in"] == "query"]
            yield path, {it["name"]: "array" in str(it["schema"]) for it in given}


def queries(parameters: dict[str, bool], values: dict[str, list[str]]) -> Iterator[str]:
    """Yield query strings: each value, all values of a parameter, each two parameters, and all."""
    several = [
        [(name, value) for value in values[name]]
        for name, is_list in parameters.items()
        if is_list and len(values[name]) > 1
    ]
    single = [[(name, value)] for name in parameters for value in values[name]]
    first = [[(name, values[name][0])] for name in parameters if values[name]]
    pairs = [one + other for one, other in itertools.combinations(first, 2)]
    for pairing in [[], *single, *several, *pairs, [it for one in first for it in one]]:
        yield urlencode(pairing)


def made_paths(facts: LogValues) -> Iterator[str]:
    """Yield what `make bench-years` asks: pages deep in, ranges, searches of every kind."""
    asking = QueryContext(facts, Random(1), {"sessions: deep pages": "WzE3OTUwMDAwMDAwMDAsNTAwXQ"})
    for question in KINDS.values():
        for _ in range(5):
            yield question(asking)
    yield "/api/usage?by=session&range=all&limit=3"


async def answered(app: QueryApp, path: str) -> None:
    """Ask, and hold the answer to be one: two parameters may contradict each other."""
    where, _, query = path.partition("?")
    answer = await ask(app.asgi, "GET", where, headers=[("host", "localhost")], query=query)
    assert answer.status in {200, 400, 404}, (path, answer.body)


async def health(app: QueryApp) -> Any:
    """Return what `/api/health` answers."""
    answer = await ask(app.asgi, "GET", "/api/health", headers=[("host", "localhost")])
    return msgspec.json.decode(answer.body)


async def folded(app: QueryApp, last_id: int) -> None:
    """Wait until the views and the stream have come to an event."""
    while True:
        found = await health(app)
        reached = found["views"]["folded_id"], found["search"]["indexed_id"], found["last_id"]
        if min(reached) >= last_id:
            return
        await asyncio.sleep(0.01)


async def forgotten(settings: Settings) -> None:
    """Wait until the views have let go of what the log has deleted, and of its words."""
    sql = """
        SELECT deletion FROM cursor WHERE NOT EXISTS (
            SELECT 1 FROM text_shards WHERE deletion IS NOT NULL OR rebuilt_to IS NOT NULL
        ) AND NOT EXISTS (SELECT 1 FROM sqlite_schema WHERE name = 'text_old')
    """
    with (
        closing(Reader(settings.log_path)) as log,
        closing(ViewReader(settings.views_path, VERSION)) as views,
        closing(ViewReader(settings.search_path, SEARCH_VERSION)) as text,
    ):
        last = [log.deletion_numbers()[1:]]
        while views.fetch("SELECT deletion FROM cursor") != last:  # noqa: ASYNC110 - no event
            await asyncio.sleep(0.01)
        while text.fetch(sql) != last:  # noqa: ASYNC110 - it sets no event
            await asyncio.sleep(0.01)


async def streamed(app: QueryApp, query: str, last_id: int) -> None:
    """Read a stream until the log's last event has come, or its hello if it carries none."""
    received = b""
    ended = asyncio.Event()
    end = b"event: hello" if "events=none" in query else b"id: %d\n" % last_id
    asked: Iterator[Message] = iter([{"type": "http.request", "body": b"", "more_body": False}])

    async def receive() -> Message:
        if (first := next(asked, None)) is not None:
            return first
        await ended.wait()
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        nonlocal received
        received += message.get("body", b"")
        if end in received or message.get("status", 200) != 200:
            ended.set()

    await app.asgi(scope("GET", "/stream", [("host", "localhost")], query), receive, send)
    assert end in received, (query, received[:300])


def plan(connection: apsw.Connection, sql: str) -> list[str]:
    """Return the lines of a statement's plan; functions of ours need only be known by name."""
    values: list[None] = []
    while True:
        try:
            return [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {sql}", values)]
        except apsw.BindingsError as error:
            values = [None] * int(re.findall(r"(?:has|uses) (\d+)", str(error))[0])
        except apsw.SQLError as error:
            if (unknown := re.search(r"no such function: (\w+)", str(error))) is None:
                raise
            connection.create_scalar_function(unknown[1], lambda *_: None)


def scans(connection: apsw.Connection, sql: str) -> list[str]:
    """Return the lines of the plan that scan a table which grows."""
    names = {alias: table for table, alias in re.findall(r"(\w+) AS (\w+)", sql)}
    found = []
    for line in plan(connection, sql):
        scanned = re.match(r"SCAN (?:main\.)?(\w+)", line)
        if scanned is None or re.search(r"VIRTUAL TABLE INDEX \d+:M|-ROW VALUES CLAUSE", line):
            continue  # a MATCH of the full text, or the rows of an INSERT
        if names.get(scanned[1], scanned[1]) not in SMALL:
            found.append(line)
    return found


EXPLAINED: Final = re.compile(r"(SELECT|WITH|UPDATE|DELETE|INSERT|REPLACE)\b", re.IGNORECASE)


def test_no_statement_scans_a_table_that_grows(
    folder: Path, statements: Iterable[Statement]
) -> None:
    """An index that no longer fits, or a filter without one, shows here and not in a year."""
    with (
        closing(apsw.Connection(str(folder / "events.db"))) as log,
        closing(apsw.Connection(str(folder / "views.db"))) as views,
        closing(apsw.Connection(str(folder / "search.db"))) as text,
    ):
        databases = {"events.db": log, "views.db": views, "search.db": text}
        used: set[str] = set()
        found = []
        for name, sql in sorted(statements):
            if EXPLAINED.match(sql) and (lines := scans(databases[name], sql)):
                reasons = [reason for reason in BOUNDED if re.search(reason, sql)]
                used.update(reasons)
                if not reasons:
                    found.append((name, sql, lines))
    assert found == [], "\n".join(f"{name}: {sql}\n    {lines}" for name, sql, lines in found)
    assert used == set(BOUNDED), "none of these is run any more"
