"""Test the backups of settings: a path once shown holds those settings, or nothing."""

import threading
import time
from collections.abc import Iterator
from itertools import cycle
from pathlib import Path

import pytest

from connect.settings import backup
from connect.settings.files import SettingsFile

NAME = "settings.json"


def settings(text: str) -> SettingsFile:
    path = Path(NAME)
    return SettingsFile(path, path, text, None)


def keep(folder: Path, text: str) -> Path:
    copy = backup.back_up_settings(settings(text), folder, NAME)
    assert copy is not None
    return copy


def clock(monkeypatch: pytest.MonkeyPatch, times: Iterator[str]) -> None:
    monkeypatch.setattr(time, "strftime", lambda _format: next(times))


@pytest.mark.parametrize(
    "times",
    [
        ["20261128-120000"],
        ["20261128-120000", "20261128-120001"],
        ["20261128-120001", "20261128-120000"],
        ["20310101-000000", *["20261128-120000"] * 30],
    ],
    ids=["one second", "two seconds", "set back again and again", "set back once"],
)
def test_a_name_is_never_given_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, times: list[str]
) -> None:
    """A removed copy's name would hold other settings, under the path that was shown for them."""
    clock(monkeypatch, cycle(times))
    backups = [keep(tmp_path, str(number)) for number in range(40)]
    assert len(set(backups)) == 40
    assert {path.read_text() for path in tmp_path.iterdir()} == {str(it) for it in range(30, 40)}
    assert set(tmp_path.iterdir()) == set(backups[-backup.MAX_BACKUPS :])


def test_backups_of_earlier_versions_are_removed_first(tmp_path: Path) -> None:
    """Their names had a number only where two fell into one second."""
    for name in ("20260101-000000", "20260101-000000-1", "20260102-000000"):
        (tmp_path / f"{NAME}.hookwatch-{name}.bak").write_text("old")
    other = tmp_path / f"{NAME}.hookwatch-mine.bak"
    other.write_text("the user's own")
    backups = [keep(tmp_path, "new") for _ in range(backup.MAX_BACKUPS)]
    assert set(tmp_path.iterdir()) == {*backups, other}


def test_concurrent_runs_never_share_a_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two terminals may connect two projects, or the same file, in the same moment."""
    clock(monkeypatch, cycle(["20261128-120000"]))
    backups: list[Path] = []
    start = threading.Barrier(6)

    def run(thread: int) -> None:
        start.wait()
        backups.extend(keep(tmp_path, f"{thread} {number}") for number in range(20))

    threads = [threading.Thread(target=run, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(backups)) == len(backups) == 120
    assert len(list(tmp_path.iterdir())) == backup.MAX_BACKUPS
