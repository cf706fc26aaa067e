"""Test that every log ever written stays readable, and that a migration is all or nothing."""

from collections.abc import Sequence
from pathlib import Path
from uuid import UUID

import apsw
import msgspec
import pytest

from ingestd.log.writer import AppendResult, Writer
from shared.event import Event
from shared.reader import Reader
from shared.schema import MIGRATIONS, VERSION, NewerLogError, migrate, version_of
from tests.shared.events import new

FROZEN_1 = """
    CREATE TABLE events (
        id INTEGER PRIMARY KEY AUTOINCREMENT, timestamp INTEGER NOT NULL,
        received_at INTEGER NOT NULL, session_id TEXT NOT NULL, hook_event_type TEXT NOT NULL,
        source_app TEXT, model_name TEXT, tool_name TEXT, tool_use_id TEXT, agent_id TEXT,
        summary TEXT, event_id TEXT, sender TEXT, payload TEXT NOT NULL
    ) STRICT;
    CREATE INDEX events_session ON events (session_id);
    CREATE INDEX events_type ON events (hook_event_type);
    CREATE INDEX events_timestamp ON events (timestamp);
    CREATE UNIQUE INDEX events_event_id ON events (event_id) WHERE event_id IS NOT NULL;
    CREATE UNIQUE INDEX events_tool_event
        ON events (tool_use_id, hook_event_type, session_id, ifnull(agent_id, ''))
        WHERE tool_use_id IS NOT NULL;
    INSERT INTO events VALUES (7, 1795367996267, 1795367996270, 's1', 'PreToolUse', 'shop-api',
        'claude-x', 'Bash', 'toolu_1', 'a1', 'a summary', 'key-1', '{"pid":3}', '{"cwd":"/ü"}');
    INSERT INTO events VALUES (9, 1795367996300, 1795367996300, 's2', 'Stop', NULL, NULL, NULL,
        NULL, NULL, NULL, NULL, NULL, '{}');
    PRAGMA user_version = 1;
    PRAGMA journal_mode = wal;
"""
"""A log as version 1 wrote it: never edited, for such files lie on people's disks."""

ROWS_1 = [
    Event(
        id=7,
        timestamp=1795367996267,
        received_at=1795367996270,
        session_id="s1",
        hook_event_type="PreToolUse",
        source_app="shop-api",
        model_name="claude-x",
        tool_name="Bash",
        tool_use_id="toolu_1",
        agent_id="a1",
        summary="a summary",
        sender=msgspec.Raw(b'{"pid":3}'),
        payload=msgspec.Raw('{"cwd":"/ü"}'.encode()),
        payload_bytes=13,
    ),
    Event(
        id=9,
        timestamp=1795367996300,
        received_at=1795367996300,
        session_id="s2",
        hook_event_type="Stop",
        payload=msgspec.Raw(b"{}"),
        payload_bytes=2,
    ),
]


@pytest.fixture
def old_log(tmp_path: Path) -> Path:
    path = tmp_path / "events.db"
    connection = apsw.Connection(str(path))
    connection.execute(FROZEN_1).fetchall()
    connection.close()
    return path


def test_a_log_of_version_1_is_read_and_written_on(old_log: Path) -> None:
    """People upgrade; their history comes along, and so do the keys of duplicates."""
    writer = Writer(old_log)
    first, second = writer.append([new(event_id="key-1"), new(1)])
    assert first == AppendResult(7, duplicate=True)
    assert second.id > 9
    assert not second.duplicate
    writer.close()
    assert Reader(old_log).after(0)[:2] == ROWS_1


def test_version_1_is_what_the_first_migration_makes(old_log: Path, tmp_path: Path) -> None:
    """An edited migration would make two kinds of logs of one version."""
    made = apsw.Connection(str(tmp_path / "made.db"))
    migrate(made, MIGRATIONS[:1])
    frozen = apsw.Connection(str(old_log))
    assert _columns(made) == _columns(frozen)
    assert _names(made) == _names(frozen)
    made.close()
    frozen.close()


def test_a_migration_keeps_every_row(old_log: Path) -> None:
    """It runs on years of a user's events."""
    connection = apsw.Connection(str(old_log))
    further = (*MIGRATIONS[:1], "ALTER TABLE events ADD COLUMN extra TEXT", "CREATE TABLE t (x)")
    migrate(connection, further)
    migrate(connection, further)
    assert version_of(connection) == 3
    rows = connection.execute("SELECT id, session_id, extra FROM events").fetchall()
    assert rows == [(7, "s1", None), (9, "s2", None)]
    connection.close()


def test_a_migration_that_fails_leaves_the_log_as_it_was(old_log: Path) -> None:
    """Half a migration could be neither used nor migrated again."""
    connection = apsw.Connection(str(old_log))
    broken = (*MIGRATIONS[:1], "DELETE FROM events; CREATE TABLE t (x)", "CREATE NONSENSE")
    with pytest.raises(apsw.SQLError):
        migrate(connection, broken)
    assert not connection.in_transaction
    connection.close()
    assert Reader(old_log).after(0) == ROWS_1


def test_a_log_has_a_uuid_for_good(old_log: Path, tmp_path: Path) -> None:
    """Readers detect a replaced log by it."""
    assert Reader(old_log).uuid() is None
    uuids = []
    for path in (old_log, old_log, tmp_path / "new.db"):
        writer = Writer(path)
        uuids.append(writer.uuid())
        assert Reader(path).uuid() == uuids[-1]
        writer.close()
    assert uuids[0] == uuids[1] != uuids[2]
    assert all(UUID(uuid).version == 4 for uuid in uuids)
    assert Reader(tmp_path / "none.db").uuid() is None


def test_a_migration_reads_none_of_the_events(old_log: Path) -> None:
    """A hook waits while it runs, and a log may have ten gigabytes."""
    connection = apsw.Connection(str(old_log))
    connection.execute("""
        INSERT INTO events SELECT NULL, timestamp, 0, session_id, 'X', '', '', '', NULL, '', '',
            NULL, NULL, hex(randomblob(2048)) FROM events, json_each('[1,2,3,4,5,6,7,8,9,10]');
    """).fetchall()
    pages = connection.pragma("page_count")
    migrate(connection)
    read = connection.status(apsw.SQLITE_DBSTATUS_CACHE_MISS)[0]
    assert read < 10 < pages
    connection.close()


def test_a_log_ahead_of_us_is_refused_untouched(old_log: Path) -> None:
    """Going backward would lose what the newer version added."""
    connection = apsw.Connection(str(old_log))
    connection.pragma("user_version", VERSION + 1)
    with pytest.raises(NewerLogError) as caught:
        migrate(connection)
    assert str(caught.value) == (
        f"the log has schema version {VERSION + 1}, this Hookwatch knows {VERSION}:"
        " upgrade Hookwatch"
    )
    assert version_of(connection) == VERSION + 1
    connection.close()


def _columns(connection: apsw.Connection) -> Sequence[object]:
    return connection.execute("PRAGMA table_info(events)").fetchall()


def _names(connection: apsw.Connection) -> Sequence[object]:
    return connection.execute("SELECT type, name FROM sqlite_schema ORDER BY name").fetchall()
