"""Test which times an event may have, and what becomes of a stored one that it cannot have."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from ingestd.log.writer import Writer
from shared.reader import Reader
from shared.times import AHEAD_MS, EARLIEST_MS, is_plausible
from tests.shared.events import new

NOW = 1_795_000_000_000
STRAY = [0, NOW // 1_000, NOW * 1_000, NOW * 1_000_000, NOW + AHEAD_MS + 1, EARLIEST_MS - 1]
RIGHT = [EARLIEST_MS, NOW - 90 * 86_400_000, NOW, NOW + AHEAD_MS]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "events.db"


@pytest.fixture
def writer(path: Path) -> Iterator[Writer]:
    with closing(Writer(path)) as opened:
        yield opened


def shown(path: Path) -> list[int]:
    """Return the times that readers see."""
    with closing(Reader(path)) as log:
        return [event.timestamp for event in log.after(0)]


def in_column(writer: Writer) -> list[int]:
    """Return the times that filters and retention go by."""
    sql = "SELECT timestamp FROM events ORDER BY id"
    rows: list[tuple[Any, ...]] = writer._opened().execute(sql).fetchall()  # noqa: SLF001 - the column
    return [at for (at,) in rows]


def store(writer: Writer, *timestamps: int) -> None:
    events = enumerate(timestamps)
    writer.append([new(number, timestamp=at, received_at=NOW) for number, at in events])


@pytest.mark.parametrize("at", STRAY)
def test_an_implausible_stored_time_is_shown_as_the_arrival_time(
    path: Path, writer: Writer, at: int
) -> None:
    """Old logs hold seconds and nanoseconds; no page may show an event of the year 58,000."""
    assert not is_plausible(at, NOW)
    store(writer, at)
    assert shown(path) == [NOW]
    with closing(Reader(path)) as log:
        assert log.page(limit=1)[0].timestamp == NOW


@pytest.mark.parametrize("at", RIGHT)
def test_a_stored_time_that_may_be_stays(path: Path, writer: Writer, at: int) -> None:
    """A backfill is months old when it arrives."""
    assert is_plausible(at, NOW)
    store(writer, at)
    writer.correct_times(NOW)
    assert shown(path) == in_column(writer) == [at]


def test_stored_times_are_corrected_a_step_at_a_time(writer: Writer) -> None:
    """So that filters and retention, which go by the index, see what is shown."""
    store(writer, *STRAY, *RIGHT)
    counts = []
    while corrected := writer.correct_times(NOW, limit=2):
        counts.append(corrected)
    assert sum(counts) == len(STRAY)
    assert max(counts) <= 4  # two of either kind
    assert in_column(writer) == [NOW] * len(STRAY) + RIGHT


def test_after_the_repair_nothing_is_scanned_again(writer: Writer) -> None:
    """It is asked every second, for years."""
    assert writer.correct_times(NOW) == 0
    statements: list[str] = []
    writer._opened().trace_v2(  # noqa: SLF001 - SQLite's own record
        1, lambda traced: statements.append(traced["sql"])
    )
    assert writer.correct_times(NOW) == 0
    assert statements == []


def test_where_the_clock_of_arrival_was_wrong_times_stay(path: Path, writer: Writer) -> None:
    """A machine without a battery starts in 1970: its events' own times are the better ones."""
    writer.append([new(1, timestamp=NOW, received_at=5_000)])
    while writer.correct_times(NOW):
        pass
    assert shown(path) == in_column(writer) == [NOW]


def test_retention_uses_the_corrected_time(writer: Writer) -> None:
    """Of the far future it would never be deleted; of 1970, at once."""
    store(writer, NOW * 1_000, NOW // 1_000, NOW - 5_000)
    writer.append([new(9, timestamp=NOW + 9_000, received_at=NOW + 9_000)])
    while writer.correct_times(NOW):
        pass
    assert writer.delete_before(NOW) == 1
    assert in_column(writer) == [NOW, NOW, NOW + 9_000]
    assert writer.delete_before(NOW + 1) == 2
