"""Hold what is read of a damaged log: all that is there, nothing that was deleted, no error."""

import random
from collections.abc import Iterator
from pathlib import Path

import apsw
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingestd.log.pages import read_wal_index
from ingestd.log.salvage import COLUMNS, Row, Salvage, freelist
from ingestd.log.writer import Writer
from shared.files import wal_of
from tests.shared.damage import (
    PAGE_BYTES,
    abandon,
    event,
    fold_wal,
    garbage,
    garbage_in_wal,
    make_log,
    page_count,
    pages_of,
)
from tests.shared.faulty_vfs import faulty_disk

COUNT = 2_000


_OPEN: list[Salvage] = []


@pytest.fixture(autouse=True)
def _closed() -> Iterator[None]:
    yield
    while _OPEN:
        _OPEN.pop().close()


def read(path: Path) -> tuple[list[Row], Salvage]:
    """Return the rows of a log, and what else can be asked."""
    salvage = Salvage(path, index=read_wal_index(path))
    _OPEN.append(salvage)
    rows = [row for row in salvage.rows() if row is not None]
    return rows, salvage


def stored_rows(path: Path) -> list[Row]:
    """Return the rows of a sound log by SQLite itself, the newest first."""
    connection = apsw.Connection(str(path))
    try:
        sql = f"SELECT {', '.join(COLUMNS)} FROM events ORDER BY id DESC"
        return connection.execute(sql).fetchall()
    finally:
        connection.close()


def ids_on(path: Path, leaves: set[int]) -> set[int]:
    """Return the ids of the rows of which a part is on one of these pages, in a sound log."""
    salvage = Salvage(path)
    try:
        lost = set()
        for number in range(1, page_count(path) + 1):
            if number in leaves:
                lost |= {cell.rowid for cell in salvage._tree.leaf(number) or ()}  # noqa: SLF001
        return lost
    finally:
        salvage.close()


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "events.db"
    make_log(path, COUNT)
    return path


def test_the_columns_are_those_of_the_schema(log: Path) -> None:
    connection = apsw.Connection(str(log))
    found = [row[1] for row in connection.execute("PRAGMA table_info(events)").fetchall()]
    connection.close()
    assert found == list(COLUMNS)


def test_a_sound_log_is_read_as_sqlite_reads_it(log: Path) -> None:
    expected = stored_rows(log)
    rows, salvage = read(log)
    assert rows == expected
    assert salvage.gaps == []
    assert salvage.missing(COUNT) == 0
    assert salvage.last_given_id() == COUNT


def test_rows_that_are_only_in_the_wal_are_read(tmp_path: Path) -> None:
    path = tmp_path / "events.db"
    make_log(path, COUNT, checkpoint=False)
    assert wal_of(path).stat().st_size > path.stat().st_size
    rows, _ = read(path)
    assert [row[0] for row in rows] == list(range(COUNT, 0, -1))


def test_a_damaged_leaf_loses_only_its_own_rows(log: Path) -> None:
    leaf = pages_of(log, "events", "leaf")[5]
    missing = ids_on(log, {leaf})
    expected = [row for row in stored_rows(log) if row[0] not in missing]
    garbage(log, [leaf])
    rows, salvage = read(log)
    assert missing
    assert rows == expected
    assert salvage.missing(COUNT) == len(missing)


def test_a_damaged_overflow_page_loses_only_its_own_row(log: Path) -> None:
    overflow = pages_of(log, "events", "overflow")[3]
    garbage(log, [overflow])
    rows, salvage = read(log)
    assert len(rows) == COUNT - 1
    assert salvage.missing(COUNT) == 1


@pytest.mark.parametrize("where", ["root", "schema", "schema and root", "sequence"])
def test_pages_without_rows_lose_no_row(log: Path, where: str) -> None:
    """SQLite reads nothing at all of such a log."""
    expected = stored_rows(log)
    root = pages_of(log, "events", "internal")[0]
    sequence = pages_of(log, "sqlite_sequence")
    pages = {"root": [root], "schema": [1], "schema and root": [1, root], "sequence": sequence}
    garbage(log, pages[where])
    rows, salvage = read(log)
    assert sorted(rows, reverse=True) == expected
    assert salvage.missing(COUNT) == 0
    assert salvage.highest_id() == COUNT


def test_garbage_in_every_seventh_page_loses_only_its_rows(log: Path) -> None:
    pages = set(range(1, page_count(log) + 1, 7))
    hit = ids_on(log, pages & set(pages_of(log, "events", "leaf")))
    garbage(log, pages)
    rows, salvage = read(log)
    found = {row[0] for row in rows}
    # A row with overflow pages is lost with any of them.
    assert not found & hit
    assert all(rowid % 10 == 1 for rowid in set(range(1, COUNT + 1)) - found - hit)
    assert salvage.missing(COUNT) == COUNT - len(found)


@pytest.mark.parametrize("damage", ["none", "root", "schema"])
def test_deleted_rows_stay_deleted(log: Path, damage: str) -> None:
    """Their pages are free, and still hold them."""
    connection = apsw.Connection(str(log))
    connection.execute("DELETE FROM events WHERE id <= 500").fetchall()
    connection.execute("INSERT INTO deletions VALUES (1, 1, 500, 0, 0)").fetchall()
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    connection.close()
    root = pages_of(log, "events", "internal")[0]
    garbage(log, {"none": [], "root": [root], "schema": [1]}[damage])
    rows, salvage = read(log)
    assert [row[0] for row in rows] == list(range(COUNT, 500, -1))
    assert salvage.missing(COUNT) == 0


def test_a_damaged_frame_of_the_wal_does_not_end_it(tmp_path: Path) -> None:
    """SQLite ends a WAL at the first frame that does not check, and forgets what was committed."""
    path = tmp_path / "events.db"
    make_log(path, COUNT, checkpoint=False)
    garbage_in_wal(path, [20, 21])
    rows, salvage = read(path)
    assert salvage.pages.wal_is_damaged
    assert rows[0][0] == COUNT
    assert len(rows) + salvage.missing(COUNT) == COUNT


def test_uncommitted_frames_are_no_part_of_the_log(tmp_path: Path) -> None:
    path = tmp_path / "events.db"
    make_log(path, 200, checkpoint=False)
    with wal_of(path).open("ab") as wal:
        wal.write(random.Random(1).randbytes(3 * 4120))
    rows, _ = read(path)
    assert len(rows) == 200


def test_garbage_in_a_freelist_trunk_is_detected(log: Path) -> None:
    connection = apsw.Connection(str(log))
    connection.execute("DELETE FROM events WHERE id <= 1500").fetchall()
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    connection.close()
    salvage = Salvage(log)
    assert all(good for _, good in freelist(salvage.pages))
    trunk = next(freelist(salvage.pages))[0]
    salvage.close()
    garbage(log, [trunk])
    salvage = Salvage(log)
    assert not all(good for _, good in freelist(salvage.pages))
    salvage.close()


@pytest.mark.parametrize("size", [300, 9_000])
def test_without_page_1_the_highest_id_is_found_by_few_reads(tmp_path: Path, size: int) -> None:
    """Hooks wait for it when ingestd starts: to read 10 GB takes minutes."""
    reads = []
    for count in (500, 4_000):
        path = tmp_path / f"{count}.db"
        make_log(path, count, size=size)
        delete_newest_row(path)
        garbage(path, [1])
        with faulty_disk() as disk:
            salvage = Salvage(path, vfs=disk.name)
            assert salvage.last_given_id() is None
            assert salvage.highest_id() == count
            salvage.close()
            reads.append(disk.reads)
    assert reads[1] <= reads[0]


def delete_newest_row(path: Path) -> None:
    """Leave an id that was given and that no row has."""
    connection = apsw.Connection(str(path))
    connection.execute("DELETE FROM events WHERE id = (SELECT max(id) FROM events)").fetchall()
    connection.close()
    fold_wal(path)


def test_without_the_last_id_every_row_is_checked(tmp_path: Path) -> None:
    path = tmp_path / "events.db"
    make_log(path, COUNT)
    garbage(path, [1, *pages_of(path, "sqlite_sequence")])
    salvage = Salvage(path)
    _OPEN.append(salvage)
    assert salvage.highest_id() == COUNT


def test_ids_that_are_in_the_wal_alone_are_found_without_page_1(tmp_path: Path) -> None:
    """Of the count of ids an older version may be left."""
    path = tmp_path / "events.db"
    make_log(path, 500)
    (root,) = pages_of(path, "sqlite_sequence")
    writer = Writer(path, synchronous="NORMAL")
    writer.append([event(number) for number in range(500, 600)])
    abandon(writer)
    frames = [number for number, page in frames_of(path) if page in {1, root}]
    garbage(path, [1])
    garbage_in_wal(path, frames)
    salvage = Salvage(path, index=read_wal_index(path))
    _OPEN.append(salvage)
    assert salvage.last_given_id() is None
    assert salvage.highest_id() == 600


def test_a_damaged_page_number_in_the_wal_adds_no_pages(tmp_path: Path) -> None:
    """Behind a damaged frame the next one's number is not checked: it may be in the billions."""
    path = tmp_path / "events.db"
    make_log(path, 10)
    writer = Writer(path, synchronous="NORMAL")
    writer.append([event(number) for number in range(10, 60)])
    abandon(writer)
    frames = len(frames_of(path))
    with wal_of(path).open("r+b") as file:
        file.seek(32 + 8)
        file.write(b"damaged!")  # the salts of the first frame
        file.seek(32 + 24 + PAGE_BYTES)
        file.write((2**32 - 2).to_bytes(4))
    salvage = Salvage(path, index=read_wal_index(path))
    _OPEN.append(salvage)
    assert 0 < salvage.pages.count <= page_count(path) + frames


def frames_of(path: Path) -> list[tuple[int, int]]:
    """Return the frames of the WAL with the pages they hold."""
    data = wal_of(path).read_bytes()
    starts = range(32, len(data), 24 + 4096)
    return [(number, int.from_bytes(data[at : at + 4])) for number, at in enumerate(starts)]


@given(data=st.data(), seed=st.integers(0, 2**32))
@settings(max_examples=30, deadline=None)
def test_no_garbage_raises(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject, seed: int
) -> None:
    """Whatever a disk makes of the files: each row read is one that was stored."""
    sound, wal, index = _small_log(tmp_path_factory)
    path = tmp_path_factory.mktemp("garbage") / "events.db"
    source = random.Random(seed)
    kept = data.draw(st.integers(0, len(sound)))
    path.write_bytes(_spoilt(sound[:kept], source, data.draw(st.integers(0, 40))))
    wal_of(path).write_bytes(_spoilt(wal, source, data.draw(st.integers(0, 40))))
    path.with_name("events.db-shm").write_bytes(
        _spoilt(index, source, data.draw(st.integers(0, 2)))
    )
    rows, salvage = read(path)
    salvage.last_given_id()
    salvage.highest_id()
    salvage.uuid()
    salvage.missing(120)
    salvage.close()
    assert len({row[0] for row in rows}) == len(rows)
    # A byte within a text may be another; garbage of one byte has no checksum to fail.
    assert {row[0] for row in rows if row[11] == f"event-{row[0] - 1}"} <= set(range(1, 121))


_SMALL: list[tuple[bytes, bytes, bytes]] = []


def _small_log(factory: pytest.TempPathFactory) -> tuple[bytes, bytes, bytes]:
    if not _SMALL:
        path = factory.mktemp("small") / "events.db"
        make_log(path, 60)
        make_log(path, 120, checkpoint=False)
        _SMALL.append(
            (
                path.read_bytes(),
                wal_of(path).read_bytes(),
                path.with_name("events.db-shm").read_bytes(),
            )
        )
    return _SMALL[0]


def _spoilt(sound: bytes, source: random.Random, times: int) -> bytes:
    """Return bytes with garbage at so many places: single bytes, stretches, whole pages."""
    spoilt = bytearray(sound)
    for _ in range(times if spoilt else 0):
        start = source.randrange(len(spoilt))
        length = min(source.choice((1, 1, 2, 50, 4096)), len(spoilt) - start)
        spoilt[start : start + length] = source.randbytes(length)
    return bytes(spoilt)
