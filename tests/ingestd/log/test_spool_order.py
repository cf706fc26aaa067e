"""List spools that hooks write to: the order is that of firing."""

import os
import threading
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

import ingestd.log.spool_order
from ingestd.log.spool_order import PID_DISTANCE, is_written_in_place, names_in_order
from shared.spool import waiting

TICK_NS = 4_000_000
FIRED_MS = 1_795_800_000_000


def write(folder: Path, name: str, at_ns: int = 0) -> str:
    path = folder / f"{name}-{uuid4()}.event"
    path.touch()
    if at_ns:
        os.utime(path, ns=(at_ns, at_ns))
    return path.name


@given(ticks=st.lists(st.integers(0, 3), min_size=1, max_size=40), first_pid=st.integers(2, 40_000))
def test_hooks_of_one_tick_of_the_clock_are_in_order_of_their_pids(
    tmp_path_factory: pytest.TempPathFactory, ticks: list[int], first_pid: int
) -> None:
    """A file system's clock ticks every 4 ms, and hooks come faster; pids start over at some."""
    folder = tmp_path_factory.mktemp("spool")
    at_ns, pids, names = FIRED_MS * 1_000_000, count(first_pid), []
    for tick in ticks:
        at_ns += tick * TICK_NS
        names.append(write(folder, str(next(pids) % 32_768), at_ns))
    assert names_in_order(folder) == names


def test_events_that_could_not_be_sent_are_in_order_of_the_times_in_their_names(
    tmp_path: Path,
) -> None:
    """Their files may be written later than they fired, and be copied."""
    names = [
        write(tmp_path, f"{FIRED_MS}.000001", 3),
        write(tmp_path, f"{FIRED_MS}.000002", 2),
        write(tmp_path, "12", (FIRED_MS + 1) * 1_000_000),
        write(tmp_path, f"{FIRED_MS + 2}", 1),
    ]
    assert names_in_order(tmp_path) == names
    assert [is_written_in_place(name) for name in names] == [False, False, True, False]
    assert PID_DISTANCE < 32_768 / 2 + 1


def test_a_list_has_no_event_without_those_before_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A folder is read piece by piece: what is written meanwhile may be in a piece or not."""
    last = [write(tmp_path, "1")]

    def misses_one(folder: Path) -> Iterator[os.DirEntry[str]]:
        passed = list(waiting(folder))
        last.append(write(folder, str(len(last) + 1)))
        last.append(write(folder, str(len(last) + 1)))
        yield from passed
        yield from (entry for entry in waiting(folder) if entry.name == last[-1])

    monkeypatch.setattr(ingestd.log.spool_order, "waiting", misses_one)
    names = names_in_order(tmp_path)
    assert names == last[: len(names)]
    assert len(names) >= 3


def test_hooks_that_come_while_the_spool_is_read_are_each_listed_once_in_order(
    tmp_path: Path,
) -> None:
    total, backlog = 3_000, 1_000
    written = [write(tmp_path, str(number)) for number in range(backlog)]
    writer = threading.Thread(
        target=lambda: written.extend(
            write(tmp_path, str(number)) for number in range(backlog, total)
        )
    )
    writer.start()
    taken: list[str] = []
    while len(taken) < total:
        for name in names_in_order(tmp_path):
            (tmp_path / name).unlink()
            taken.append(name)
    writer.join()
    assert taken == written
