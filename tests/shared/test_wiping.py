"""Hold checkpoints to wiping what no row holds, and to leaving alone all that one does."""

import os
import struct
from contextlib import closing
from pathlib import Path

import apsw
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared import wiping
from shared.checkpoints import checkpoint, open_to_checkpoint
from shared.wiping import HeldFile, wiped
from tests.shared.events import integrity

PAGE = 4096


def with_rows(path: Path, rows: int = 400) -> apsw.Connection:
    """Return a connection to a database in WAL mode whose checkpoints are the test's own."""
    connection = apsw.Connection(str(path))
    connection.pragma("journal_mode", "wal")
    connection.config(apsw.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1)
    connection.wal_autocheckpoint(0)
    connection.execute(
        "CREATE TABLE texts (id INTEGER PRIMARY KEY, text); CREATE INDEX by_text ON texts (text)"
    )
    values = [(number * 2, f"word{number:05}" * (1 + number % 30)) for number in range(rows)]
    connection.executemany("INSERT INTO texts VALUES (?, ?)", values).fetchall()
    connection.executemany(
        "INSERT INTO texts VALUES (?, ?)", [(n + 1, t) for n, t in values]
    ).fetchall()
    return connection


def gaps(path: Path) -> list[bytes]:
    """Return the bytes between pointers and cells of each page that starts like a leaf."""
    data = path.read_bytes()
    found = []
    for start in range(0, len(data), PAGE):
        page, header = data[start : start + PAGE], 100 if start == 0 else 0
        if page[header] in (0x0A, 0x0D):
            cells, content = struct.unpack_from(">HH", page, header + 3)
            found.append(page[header + 8 + 2 * cells : content])
    return found


def test_a_checkpoint_wipes_gaps_and_changes_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "some.db"
    with closing(with_rows(path)) as connection:
        rows = connection.execute("SELECT * FROM texts ORDER BY id").fetchall()
        with closing(open_to_checkpoint(path, "NORMAL")) as checkpointing:
            assert checkpoint(checkpointing, "TRUNCATE")
        assert len(gaps(path)) > 20
        assert not any(gap.strip(b"\0") for gap in gaps(path))
        assert connection.execute("SELECT * FROM texts ORDER BY id").fetchall() == rows
    assert integrity(path) == "ok"


def test_sqlite_itself_leaves_deleted_text_in_gaps(tmp_path: Path) -> None:
    """Else the test above holds nothing."""
    path = tmp_path / "some.db"
    with closing(with_rows(path)) as connection:
        connection.pragma("secure_delete", 1)
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    assert any(b"word" in gap for gap in gaps(path))


@given(st.binary(min_size=512, max_size=512), st.sampled_from([0x02, 0x05, 0x0A, 0x0D, 0x00]))
def test_no_bytes_make_it_raise_or_change_a_cell(page: bytes, kind: int) -> None:
    """A damaged page may be all that is left of its rows."""
    page = bytes([kind]) + page[1:]
    after = wiped(page, first=False)
    assert len(after) == len(page)
    changed = {place for place in range(512) if page[place] != after[place]}
    if changed:
        cells, content = struct.unpack_from(">HH", page, 3)
        pointers = 8 if kind in (0x0A, 0x0D) else 12
        assert min(changed) >= pointers + 2 * cells
        assert max(changed) < content
        assert all(it >= content for it in struct.unpack_from(f">{cells}H", page, pointers))


def test_a_database_beyond_the_bound_is_left_as_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """There a page of a long value may start like one of a table."""
    path = tmp_path / "some.db"
    monkeypatch.setattr(wiping, "_MAX_PAGES", 1)
    with closing(with_rows(path)):
        with closing(open_to_checkpoint(path, "NORMAL")) as checkpointing:
            checkpoint(checkpointing, "PASSIVE")
        assert any(b"word" in gap for gap in gaps(path))


def test_syncs_go_through_the_held_file_of_the_same_database(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Through SQLite's own no hook would be answered while the disk works."""
    synced: list[int] = []
    monkeypatch.setattr(os, "fsync", lambda descriptor: synced.append(os.fstat(descriptor).st_ino))
    path = tmp_path / "some.db"
    with closing(with_rows(path)) as connection:
        held = HeldFile(path)
        with closing(open_to_checkpoint(path, "FULL")) as checkpointing:
            checkpoint(checkpointing, "PASSIVE")
        assert path.stat().st_ino in synced
        held.close()
        synced.clear()
        connection.execute("DELETE FROM texts WHERE id < 100").fetchall()
        with closing(open_to_checkpoint(path, "FULL")) as checkpointing:
            assert checkpoint(checkpointing, "PASSIVE")
        assert path.stat().st_ino not in synced
