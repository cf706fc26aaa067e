"""Write the log's file: `python -m bench generate --log PATH [--events N]`.

`made.json` beside it describes it; the bench posts only into logs that have one.
"""

import argparse
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from operator import itemgetter
from pathlib import Path
from random import Random
from typing import Final

import apsw
import msgspec

from bench.generator.calendar import HOUR_MS, Plan, plans
from bench.generator.records import Row
from bench.generator.sessions import Project, SessionGenerator
from bench.generator.texts import WORDS_OF_A_WORLD, worlds
from shared.event_keys import tool_key
from shared.files import create_private, make_folder
from shared.schema import migrate

WINDOW_MS: Final = 6 * HOUR_MS
ROWS_A_TRANSACTION: Final = 50_000
ENDING: Final = 0.93
"""The share of sessions that send SessionEnd; the others were killed."""


class LogMetadata(msgspec.Struct, frozen=True, kw_only=True):
    events: int
    sessions: int
    seed: int
    first_ms: int
    end_ms: int
    payload_bytes: int
    file_bytes: int
    took_s: float

    def __str__(self) -> str:
        """Sum it up in a line."""
        return (
            f"{self.events:,} events of {self.sessions:,} sessions in {self.took_s:,.0f} s "
            f"({self.events / self.took_s:,.0f}/s), {self.payload_bytes / self.events:,.0f} bytes "
            f"a body, {self.file_bytes / 1e6:,.0f} MB in all"
        )


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--log", type=Path, required=True, help="the file to make")
    parser.add_argument("--events", type=int, default=5_000_000, help="500 sessions of 27 a day")
    parser.add_argument("--days", type=float, default=None, help="over so many days instead")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--end", type=int, default=None, help="ms since the epoch; default now")


def generate(options: argparse.Namespace) -> int:
    """Make a log and return 0; return 2 where there is one already."""
    if options.log.exists():
        print(f"{options.log} is there already", file=sys.stderr)
        return 2
    end_ms = time.time_ns() // 1_000_000 if options.end is None else options.end
    made = make_log(
        options.log, options.events, seed=options.seed, end_ms=end_ms, days=options.days
    )
    print(made)
    return 0


def make_log(
    log: Path,
    events: int,
    *,
    seed: int,
    end_ms: int,
    days: float | None = None,
    words: int = WORDS_OF_A_WORLD,
) -> LogMetadata:
    """Make a log, whole or not at all; the same arguments make the same rows."""
    started = time.perf_counter()
    make_folder(log.parent)
    create_private(log)
    planned = plans(_random(seed, "plans"), events, end_ms=end_ms, days=days)
    rows = _rows(planned, seed=seed, end_ms=end_ms, words=words)
    try:
        with closing(apsw.Connection(str(log))) as connection:
            payload_bytes = _insert_all(connection, rows, events)
    except BaseException:
        log.unlink()
        raise
    metadata = LogMetadata(
        events=events,
        sessions=len(planned),
        seed=seed,
        first_ms=planned[0].start_ms,
        end_ms=end_ms,
        payload_bytes=payload_bytes,
        file_bytes=log.stat().st_size,
        took_s=time.perf_counter() - started,
    )
    metadata_path(log).write_bytes(msgspec.json.encode(metadata))
    return metadata


def metadata_path(log: Path) -> Path:
    return log.with_name("made.json")


def read_metadata(log: Path) -> LogMetadata:
    """Return the metadata of a generated log; refuse any other: it may be a user's."""
    path = metadata_path(log)
    if not path.is_file():
        raise SystemExit(
            f"{log} was not made by `python -m bench generate`: there is no {path.name}"
        )
    return msgspec.json.decode(path.read_bytes(), type=LogMetadata)


def projects(seed: int, *, words: int = WORDS_OF_A_WORLD) -> list[Project]:
    """Return the projects, every second one of the same world."""
    texts = worlds(seed, words=words)
    return [
        Project(name, name[:4].strip("-").upper(), texts[number % len(texts)])
        for number, name in enumerate(PROJECTS)
    ]


def generate_session(known: list[Project], plan: Plan, rng: Random) -> SessionGenerator:
    """Generate the session of a plan; a few projects have most of them."""
    project = known[int(rng.random() ** 2 * len(known))]
    ends = rng.random() < ENDING
    return SessionGenerator(project, rng, start_ms=plan.start_ms, events=plan.events, ends=ends)


def _rows(planned: list[Plan], *, seed: int, end_ms: int, words: int) -> Iterator[list[Row]]:
    """Yield the rows of all sessions in the order they came, some hours at a time."""
    known, rng = projects(seed, words=words), _random(seed, "courses")
    waiting: list[Row] = []
    window_ms = planned[0].start_ms + WINDOW_MS
    for plan in planned:
        if plan.start_ms >= window_ms:
            waiting.sort(key=itemgetter(0))
            while plan.start_ms >= window_ms:
                window_ms += WINDOW_MS
            due = sum(row[0] < plan.start_ms for row in waiting)
            yield waiting[:due]
            waiting = waiting[due:]
        waiting += _until(generate_session(known, plan, rng).rows, plan.start_ms, end_ms)
    waiting.sort(key=itemgetter(0))
    yield waiting


def _until(rows: list[Row], start_ms: int, end_ms: int) -> list[Row]:
    """Press a session that would go on after the end into the time there is."""
    last_ms = rows[-1][0]
    if last_ms <= end_ms:
        return rows
    share = (end_ms - start_ms) / (last_ms - start_ms)
    times = [start_ms + int((row[0] - start_ms) * share) for row in rows]
    return [(at_ms, at_ms, *row[2:]) for at_ms, row in zip(times, rows, strict=True)]


def _insert_all(connection: apsw.Connection, windows: Iterator[list[Row]], events: int) -> int:
    """Insert all rows without a journal: what a crash leaves behind is deleted, not mended."""
    connection.pragma("journal_mode", "off")
    connection.pragma("synchronous", "off")
    connection.pragma("cache_size", -1_500_000)
    migrate(connection)
    connection.execute(_GATHER_KEYS)
    done, size, started = 0, 0, time.perf_counter()
    gathered: list[Row] = []
    for window in windows:
        gathered += window
        if len(gathered) >= ROWS_A_TRANSACTION:
            size += _insert(connection, gathered)
            done += len(gathered)
            gathered.clear()
            _show(done, events, started)
    size += _insert(connection, gathered)
    _show(done + len(gathered), events, started)
    print(file=sys.stderr)
    # As ingestd leaves them: at a start it reads the events that have none.
    connection.execute(_STORE_KEYS)
    connection.pragma("journal_mode", "wal")
    return size


def _insert(connection: apsw.Connection, rows: list[Row]) -> int:
    with connection:
        connection.executemany(INSERT, rows)
        first_id = connection.last_insert_rowid() - len(rows) + 1
        connection.executemany(
            _ADD_KEY,
            (
                (tool_key(row[TYPE], row[TOOL_USE]), rowid)
                for rowid, row in enumerate(rows, first_id)
                if row[TOOL_USE] is not None
            ),
        )
    return sum(len(row[-1]) for row in rows)


def _show(done: int, events: int, started: float) -> None:
    per_second = done / (time.perf_counter() - started)
    print(f"\r{done:,} of {events:,} events, {per_second:,.0f}/s", end="", file=sys.stderr)


def _random(seed: int, of: str) -> Random:
    return Random(f"{seed}/{of}")  # noqa: S311 - no secret


INSERT: Final = """
    INSERT INTO events (timestamp, received_at, session_id, hook_event_type, source_app,
                        model_name, tool_name, tool_use_id, agent_id, payload)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
TYPE: Final = 3
TOOL_USE: Final = 7
"""Places in a row."""
_GATHER_KEYS: Final = "CREATE TEMP TABLE gathered (hash INTEGER, id INTEGER)"
_ADD_KEY: Final = "INSERT INTO gathered VALUES (?, ?)"
_STORE_KEYS: Final = """
    INSERT INTO event_keys SELECT hash, id FROM gathered ORDER BY hash, id;
    UPDATE keyed SET last_id = (SELECT max(id) FROM events);
    DROP TABLE gathered
"""
PROJECTS: Final = (
    *("shop-api", "billing", "web-frontend", "mobile-app", "search-index", "auth-service"),
    *("data-pipeline", "infra", "docs-site", "payments", "notifications", "admin-panel"),
    *("recommender", "etl-jobs", "design-system", "cli-tools", "ml-models", "gateway"),
    *("inventory", "analytics"),
)
