"""Define the log's tables, and migrate an older log.

In: an open, writable connection. Out: the same log at `VERSION`, its rows unchanged.
"""

from typing import Final

import apsw

MIGRATIONS: Final = (
    """
    CREATE TABLE events (
        id INTEGER PRIMARY KEY AUTOINCREMENT, -- never reused, so a reader's place stays a place
        timestamp INTEGER NOT NULL,           -- ms, when it happened
        received_at INTEGER NOT NULL,         -- ms, when ingestd took it
        session_id TEXT NOT NULL,
        hook_event_type TEXT NOT NULL,
        source_app TEXT,
        model_name TEXT,
        tool_name TEXT,
        tool_use_id TEXT,
        agent_id TEXT,
        summary TEXT,
        event_id TEXT,                        -- the sender's own key; the same in every retry
        sender TEXT,                          -- JSON
        payload TEXT NOT NULL                 -- JSON; last, so reading the others skips its pages
    ) STRICT;
    CREATE INDEX events_session ON events (session_id);
    CREATE INDEX events_type ON events (hook_event_type);
    CREATE INDEX events_timestamp ON events (timestamp);
    CREATE UNIQUE INDEX events_event_id ON events (event_id) WHERE event_id IS NOT NULL;
    -- One tool event is one row, however many hooks, retries and replays report it.
    CREATE UNIQUE INDEX events_tool_event
        ON events (tool_use_id, hook_event_type, session_id, ifnull(agent_id, ''))
        WHERE tool_use_id IS NOT NULL;
    """,
    """
    CREATE TABLE log (
        uuid TEXT NOT NULL -- tells this log from any other: a restored one gets a new one
    ) STRICT;
    INSERT INTO log
        SELECT substr(hex, 1, 8) || '-' || substr(hex, 9, 4) || '-4' || substr(hex, 14, 3) || '-a'
            || substr(hex, 18, 3) || '-' || substr(hex, 21)
        FROM (SELECT lower(hex(randomblob(16))) AS hex);
    -- What retention took, so that others can forget it too. Requests never read it.
    CREATE TABLE deletions (
        number INTEGER PRIMARY KEY AUTOINCREMENT, -- in the order of the deletions
        first_id INTEGER NOT NULL,                -- nothing is left of any id from here
        last_id INTEGER NOT NULL,                 -- to here
        payload_only INTEGER NOT NULL,            -- 1: the events are there, without their payloads
        deleted_at INTEGER NOT NULL               -- ms
    ) STRICT;
    """,
    """
    -- Damaged logs whose rows were carried, or are being carried, into this one.
    CREATE TABLE recoveries (
        number INTEGER PRIMARY KEY,
        found_at INTEGER NOT NULL,     -- ms, when the damage was found
        reason TEXT NOT NULL,
        set_aside TEXT NOT NULL,       -- the damaged file's name, in the same folder
        last_id INTEGER,               -- the highest id given there; null when it is not known
        floor INTEGER NOT NULL,        -- no id past it was given there
        carried_to INTEGER NOT NULL,   -- what could be read from this id on is here
        rows_carried INTEGER NOT NULL,
        rows_lost INTEGER,             -- at most; null while or where it is not known
        done_at INTEGER                -- ms; null until all is carried
    ) STRICT;
    """,
    """
    -- A row of each key (`shared/event_keys.py`) of each event, but of the newest and the oldest.
    CREATE TABLE event_keys (
        hash INTEGER NOT NULL,
        id INTEGER NOT NULL,
        PRIMARY KEY (hash, id)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE keyed (
        last_id INTEGER NOT NULL -- keys of later events are not in a table yet
    ) STRICT;
    INSERT INTO keyed SELECT ifnull(max(id), 0) FROM events;
    -- The two unique indexes become tables, of the events that are in them: to drop them, or to
    -- read them, would take minutes in a log of 10 GB. The b-tree of an index has the format of a
    -- table without rowids whose primary key are its columns and the id.
    PRAGMA writable_schema = ON;
    UPDATE sqlite_schema SET type = 'table', name = 'event_ids', tbl_name = 'event_ids',
        sql = 'CREATE TABLE event_ids (event_id TEXT NOT NULL, id INTEGER NOT NULL,'
            || ' PRIMARY KEY (event_id, id)) STRICT, WITHOUT ROWID'
        WHERE name = 'events_event_id';
    UPDATE sqlite_schema SET type = 'table', name = 'tool_events', tbl_name = 'tool_events',
        sql = 'CREATE TABLE tool_events (tool_use_id TEXT NOT NULL, hook_event_type TEXT NOT NULL,'
            || ' session_id TEXT NOT NULL, agent_id TEXT NOT NULL, id INTEGER NOT NULL, PRIMARY KEY'
            || ' (tool_use_id, hook_event_type, session_id, agent_id, id)) STRICT, WITHOUT ROWID'
        WHERE name = 'events_tool_event';
    PRAGMA writable_schema = RESET;
    """,
)
"""Each entry migrates from the version that is its index to the next; none is ever edited."""

VERSION: Final = len(MIGRATIONS)
_UUID_SINCE: Final = 2
DELETIONS_SINCE: Final = 2
RECOVERIES_SINCE: Final = 3
KEYS_SINCE: Final = 4


class NewerLogError(Exception):
    """Report a log of a newer Hookwatch: migrating back would lose data."""

    def __init__(self, found: int) -> None:
        super().__init__(
            f"the log has schema version {found}, this Hookwatch knows {VERSION}: upgrade Hookwatch"
        )


def migrate(connection: apsw.Connection, migrations: tuple[str, ...] = MIGRATIONS) -> None:
    """Migrate the log to the newest version, all or nothing; raise NewerLogError."""
    found = version_of(connection)
    if found > len(migrations):
        raise NewerLogError(found)
    if found == len(migrations):
        return
    connection.execute("BEGIN IMMEDIATE").fetchall()
    try:
        for script in migrations[found:]:
            connection.execute(script).fetchall()
        connection.pragma("user_version", len(migrations))
        connection.execute("COMMIT").fetchall()
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK").fetchall()
        raise


def uuid_of(connection: apsw.Connection) -> str | None:
    """Return the log's UUID; None for an old log that was not migrated."""
    if version_of(connection) < _UUID_SINCE:
        return None
    for (uuid,) in connection.execute("SELECT uuid FROM log").fetchall():
        return str(uuid)
    return None


def version_of(connection: apsw.Connection) -> int:
    """Return the schema version; 0 for a log without tables."""
    return int(connection.pragma("user_version"))
