"""Fold where in the log the events of each hour are, so that a search can go by time.

The log's ids are in the order of arrival. A block is `BLOCK_IDS` consecutive ids; a row of
`time_blocks` has the first and the last time, and id, of a block's events of one hour. Events that
arrive late have rows of their own, so a row spans an hour at most, however mixed its block is.
"""

from collections.abc import Sequence
from typing import Final

from queryd.store.fact import Fact
from queryd.store.periods import HOUR_MS
from queryd.store.store import Database
from queryd.store.view import Deleted, View

BLOCK_BITS: Final = 8
TABLES: Final = """
    CREATE TABLE time_blocks (
        block INTEGER NOT NULL,    -- id >> 8
        hour INTEGER NOT NULL,     -- since the epoch
        first_at INTEGER NOT NULL, -- ms, of the block's events of that hour
        last_at INTEGER NOT NULL,
        first_id INTEGER NOT NULL,
        last_id INTEGER NOT NULL,
        PRIMARY KEY (block, hour)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX time_blocks_first ON time_blocks (first_at);
    CREATE INDEX time_blocks_last ON time_blocks (last_at);
"""


def fold(database: Database, facts: Sequence[Fact]) -> None:
    rows: dict[tuple[int, int], list[int]] = {}
    for fact in facts:
        at, rowid = fact.event.timestamp, fact.id
        row = rows.setdefault((rowid >> BLOCK_BITS, at // HOUR_MS), [at, at, rowid, rowid])
        row[0] = min(row[0], at)
        row[1] = max(row[1], at)
        row[3] = rowid
    database.run_many(_SAVE, [(*key, *row) for key, row in rows.items()])


_SAVE: Final = """
    INSERT INTO time_blocks VALUES (?, ?, ?, ?, ?, ?)
    ON CONFLICT DO UPDATE SET first_at = min(first_at, excluded.first_at),
        last_at = max(last_at, excluded.last_at), last_id = excluded.last_id
"""


def _forget(database: Database, deleted: Deleted) -> None:
    if not deleted.payload_only:
        # Only blocks before the start of the log: a later one may have other events.
        database.run(
            "DELETE FROM time_blocks WHERE block < ?", (deleted.log_first_id >> BLOCK_BITS,)
        )


VIEW: Final = View(tables=TABLES, forget=_forget)
