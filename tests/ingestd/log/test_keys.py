"""Hold that an event sent again is found by its keys: exactly, wherever they are, at a low cost."""

import random
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import apsw
import msgspec
import pytest

import ingestd.log.dedup.keys
from ingestd.log.check import LogCheck
from ingestd.log.dedup.keys import EventKeys
from ingestd.log.writer import NotWrittenError, Writer
from shared.event import NewEvent
from shared.history import HistoryReader, timed_id
from shared.schema import MIGRATIONS, VERSION, migrate, version_of
from tests.shared.damage import abandon, merge_keys
from tests.shared.events import integrity, new
from tests.shared.faulty_vfs import Fault, faulty_disk

COUNT = 200


def tool_event(number: int, event_type: str = "PreToolUse", **fields: object) -> NewEvent:
    """Return an event whose ids are in no order, as Claude Code's are."""
    tool_use_id = f"toolu_{random.Random(number).getrandbits(96):024x}"
    known = {"hook_event_type": event_type, "tool_use_id": tool_use_id, **fields}
    return new(number, event_id=f"{event_type}-{number}", **known)


EVENTS = [
    *(tool_event(number) for number in range(COUNT)),
    *(new(number, event_id=f"e{number}") for number in range(COUNT, 2 * COUNT)),
]


def append(writer: Writer, events: list[NewEvent], *, group: int = 32) -> list[bool]:
    """Append events; return for each whether it is a duplicate."""
    return [
        stored.duplicate
        for start in range(0, len(events), group)
        for stored in writer.append(events[start : start + group])
    ]


def make_old_log(path: Path) -> None:
    """Write the log as version 3 did, with two unique indexes."""
    with closing(apsw.Connection(str(path))) as connection:
        connection.pragma("journal_mode", "wal")
        migrate(connection, MIGRATIONS[:3])
        connection.executemany(
            "INSERT INTO events (timestamp, received_at, session_id, hook_event_type, tool_use_id,"
            " event_id, payload) VALUES (?, ?, ?, ?, ?, ?, ?)",
            [
                (
                    it.event.timestamp,
                    it.event.received_at,
                    it.event.session_id,
                    it.event.hook_event_type,
                    it.event.tool_use_id,
                    it.event_id,
                    str(it.event.payload, "utf-8"),
                )
                for it in EVENTS
            ],
        ).fetchall()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "events.db"


@pytest.fixture
def writer(path: Path) -> Iterator[Writer]:
    with closing(Writer(path, synchronous="NORMAL")) as opened:
        yield opened


@pytest.fixture
def _small_merges(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ingestd.log.dedup.keys, "MERGE_AT", 1)
    monkeypatch.setattr(EventKeys.merge, "__kwdefaults__", {"limit": 7})


@pytest.mark.usefixtures("_small_merges")
@pytest.mark.parametrize("slices", [0, 1, 5, 1_000])
@pytest.mark.parametrize("is_killed", [False, True], ids=["running", "killed"])
def test_a_retry_is_found_while_keys_are_merged(
    path: Path, slices: int, *, is_killed: bool
) -> None:
    """Some keys are in the table, others in memory; a process may end between any two slices."""
    writer = Writer(path, synchronous="NORMAL")
    assert not any(append(writer, EVENTS))
    for _ in range(slices):
        if not writer.merge_keys():
            break
    assert not any(append(writer, [tool_event(1_000), new(1_001, event_id="late")]))
    if is_killed:
        abandon(writer)
        writer = Writer(path, synchronous="NORMAL")
    assert all(append(writer, EVENTS))
    assert all(append(writer, EVENTS, group=1))
    assert all(append(writer, [tool_event(1_000), new(1_001, event_id="late")]))
    merge_keys(writer)
    assert all(append(writer, EVENTS))
    assert sum(LogCheck(path).slices()) > 0
    writer.close()
    assert integrity(path) == "ok"


@pytest.mark.parametrize("is_merged", [False, True], ids=["in memory", "in the table"])
def test_events_of_one_hash_are_not_one_event(
    path: Path, monkeypatch: pytest.MonkeyPatch, *, is_merged: bool
) -> None:
    """The texts decide; a hash only names the rows to compare."""
    monkeypatch.setattr(ingestd.log.dedup.keys, "id_key", lambda _id: 5)
    monkeypatch.setattr(ingestd.log.dedup.keys, "tool_key", lambda _type, _id: 5)
    some = EVENTS[:20] + EVENTS[-20:]
    with closing(Writer(path)) as writer:
        for start in range(0, len(some), 8):
            assert not any(append(writer, some[start : start + 8], group=1 + start % 3))
            if is_merged:
                merge_keys(writer)
        assert all(append(writer, some))
    with closing(Writer(path)) as writer:
        assert all(append(writer, some, group=1))
        assert not any(append(writer, [tool_event(99)]))


def test_a_tool_use_of_another_session_type_or_agent_is_another_event(writer: Writer) -> None:
    """A fork repeats the tool uses of its original."""
    others: list[dict[str, Any]] = [
        {},
        {"session_id": "fork"},
        {"agent_id": "a1"},
        {"hook_event_type": "PostToolUse"},
    ]
    for round_ in range(3):
        events = [new(1, tool_use_id="t1", **{"hook_event_type": "X", **it}) for it in others]
        assert append(writer, events, group=1) == [round_ > 0] * len(events)
        merge_keys(writer)


def test_a_deleted_event_leaves_no_key(path: Path, writer: Writer) -> None:
    """Neither in the tables nor among those that are merged later."""
    append(writer, EVENTS[:100])
    merge_keys(writer)
    backfilled = [new(n, event_id=timed_id("Stop", 1_000 + n, "x")) for n in range(5)]
    append(writer, [*EVENTS[100:200], *backfilled])
    while writer.delete_before(1_150):
        pass
    merge_keys(writer)
    with closing(apsw.Connection(str(path))) as connection:
        ids = {rowid for (rowid,) in connection.execute("SELECT id FROM events")}
        for table in ("event_keys", "event_ids"):
            assert {it for (it,) in connection.execute(f"SELECT id FROM {table}")} <= ids
    assert not any(append(writer, EVENTS[:50]))
    assert sum(LogCheck(path).slices()) > 0


def test_keys_of_an_append_that_failed_are_not_found(path: Path) -> None:
    with faulty_disk() as disk:
        writer = Writer(path, vfs=disk.name)
        append(writer, EVENTS[:1])
        disk.fail(Fault(operation="write"))
        for group in (1, 2):
            with pytest.raises(NotWrittenError):
                append(writer, EVENTS[1:3], group=group)
        with pytest.raises(NotWrittenError):
            writer.append([EVENTS[0], EVENTS[3]])  # one by one, for one is a duplicate
        disk.lift()
        merge_keys(writer)
        assert append(writer, EVENTS[:4], group=1) == [True, False, False, False]
        abandon(writer)
    with closing(Writer(path)) as writer:
        assert all(append(writer, EVENTS[:4], group=1))
    assert sum(LogCheck(path).slices()) > 0


def test_a_merge_that_failed_is_repeated(path: Path) -> None:
    with faulty_disk() as disk:
        writer = Writer(path, vfs=disk.name)
        append(writer, EVENTS)
        disk.fail(Fault(operation="write", times=1))
        with pytest.raises(NotWrittenError):
            merge_keys(writer)
        merge_keys(writer)
        assert all(append(writer, EVENTS))
        writer.close()
    assert sum(LogCheck(path).slices()) > 0


def test_appends_merge_keys_without_the_maintenance(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Memory stays bounded however long the maintenance does not run."""
    monkeypatch.setattr(ingestd.log.dedup.keys, "MERGE_AT", 64)
    monkeypatch.setattr("ingestd.log.writer.SURPLUS", 128)
    with closing(Writer(path, synchronous="NORMAL")) as writer:
        append(writer, [new(number, event_id=f"m{number}") for number in range(2_000)], group=16)
        assert len(writer._keys) <= 128 + 16  # noqa: SLF001 - what is held in memory


def test_an_old_log_is_migrated_and_its_events_are_found(path: Path) -> None:
    make_old_log(path)
    with closing(HistoryReader(path)) as reader:  # by a newer command beside an older ingestd
        wanted = [(EVENTS[0].event.tool_use_id or "", "PreToolUse"), ("none", "PreToolUse")]
        assert reader.known_tool_events(wanted) == {wanted[0]}
        with closing(Writer(path, synchronous="NORMAL")) as writer:
            assert reader.known_tool_events(wanted) == {wanted[0]}
            assert all(append(writer, EVENTS))
            assert all(append(writer, EVENTS, group=1))
            assert not any(append(writer, [tool_event(1_000), new(1_001, event_id="other")]))
            while writer.delete_before(1_000 + COUNT // 2):
                pass
            assert not any(append(writer, EVENTS[: COUNT // 2]))
            assert all(append(writer, EVENTS))
    assert integrity(path) == "ok"
    assert sum(LogCheck(path).slices()) > 0
    with closing(apsw.Connection(str(path))) as connection:
        for table, at_most in (("tool_events", COUNT // 2), ("event_ids", 3 * COUNT // 2)):
            assert connection.execute(f"SELECT count(*) FROM {table}").fetchall() == [(at_most,)]


@pytest.mark.parametrize("steps", [1, 2, 4, 8, 16])
def test_a_migration_that_is_killed_is_repeated(path: Path, steps: int) -> None:
    """A start may be killed at any point, and the next one finds all or nothing of it."""
    make_old_log(path)
    script = """if True:
        import os, sys, apsw
        from pathlib import Path
        from ingestd.log.writer import Writer
        left = int(sys.argv[2])
        def count(*_):
            global left
            left -= 1
            if left == 0:
                os.kill(os.getpid(), 9)
            return False
        apsw.connection_hooks.append(lambda it: it.set_progress_handler(count, 20))
        Writer(Path(sys.argv[1]))
    """
    killed = subprocess.run([sys.executable, "-c", script, str(path), str(steps)], check=False)
    assert killed.returncode == -9
    with closing(Writer(path, synchronous="NORMAL")) as writer:
        assert all(append(writer, EVENTS))
    assert integrity(path) == "ok"
    with closing(apsw.Connection(str(path))) as connection:
        assert version_of(connection) == VERSION


def statements(writer: Writer, action: Callable[[], object]) -> list[str]:
    """Return the statements that SQLite starts meanwhile."""
    seen: list[str] = []
    connection = writer._opened()  # noqa: SLF001 - SQLite's own count
    connection.trace_v2(apsw.SQLITE_TRACE_STMT, lambda event: seen.append(event["sql"].split()[0]))
    try:
        action()
    finally:
        connection.trace_v2(0, None)
    return seen


def test_an_event_is_stored_by_one_statement(writer: Writer) -> None:
    """Each further one takes microseconds of every hook."""
    append(writer, EVENTS[:40])
    merge_keys(writer)
    assert statements(writer, lambda: writer.append(EVENTS[50:51])) == ["INSERT"]
    grouped = statements(writer, lambda: writer.append(EVENTS[60:92]))
    assert grouped == ["BEGIN", "SELECT", *["INSERT"] * 32, "COMMIT"]


def test_a_commit_writes_as_many_pages_to_a_large_log_as_to_a_small_one(
    path: Path, writer: Writer
) -> None:
    """Ids are in no order: an index of them would write another page for every event."""

    def frames(first: int) -> int:
        before = writer._wal_pages  # noqa: SLF001 - SQLite's own count
        append(writer, [tool_event(number) for number in range(first, first + 512)], group=64)
        return writer._wal_pages - before  # noqa: SLF001

    assert path.exists()
    append(writer, [tool_event(number) for number in range(500)])
    merge_keys(writer)
    small = frames(10_000)
    append(writer, [tool_event(number) for number in range(20_000, 26_000)], group=500)
    merge_keys(writer)
    assert frames(30_000) <= 1.3 * small < 0.5 * 512


@pytest.mark.parametrize("is_old", [False, True], ids=["new", "migrated"])
def test_keys_are_searched_by_index(path: Path, *, is_old: bool) -> None:
    if is_old:
        make_old_log(path)
    seen: set[str] = set()
    with closing(Writer(path, synchronous="NORMAL")) as writer:
        connection = writer._opened()  # noqa: SLF001 - SQLite's own plans
        connection.trace_v2(apsw.SQLITE_TRACE_STMT, lambda event: seen.add(event["sql"]))
        append(writer, EVENTS[:40])
        merge_keys(writer)
        append(writer, EVENTS[:40])
        others = [msgspec.structs.replace(it, event_id=f"by-{it.event_id}") for it in EVENTS[:3]]
        assert all(append(writer, others))  # the same tool uses, by another hook
        append(writer, [tool_event(number) for number in range(1_000, 1_003)], group=1)
        connection.trace_v2(0, None)
        searched = [sql for sql in seen if "event_keys" in sql or "tool_events" in sql]
        assert len(searched) == 5
        for sql in searched:
            numbers = re.findall(r"\?(\d+)", sql)
            count = max(map(int, numbers)) if numbers else sql.count("?")
            plan = connection.execute(f"EXPLAIN QUERY PLAN {sql}", (None,) * count)
            lines = [str(row[3]) for row in plan.fetchall()]
            tables = ("event_keys", "event_ids", "tool_events", "events")
            assert not [it for it in lines if it.startswith("SCAN") and it.split()[1] in tables]
