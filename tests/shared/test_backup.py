"""Test copies of a log that is written meanwhile, and what stays of those that failed."""

import shutil
import stat
import subprocess
import sys
from pathlib import Path

import apsw
import pytest

from ingestd.log.writer import Writer
from shared.backup import BackupError, back_up, check_log
from shared.reader import Reader
from tests.processes.mounts import mounted
from tests.running import ROOT
from tests.shared.events import integrity, new

LARGE = b'{"text":"%s"}' % (b"x" * 20_000)
EVENTS = 2_000
"""40 MB: several steps of a copy."""


def nothing(_done: int, _total: int) -> None:
    """Show no progress."""


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "events.db"
    writer = Writer(path, synchronous="NORMAL")
    writer.append([new(number, payload=LARGE) for number in range(EVENTS)])
    writer.close()
    return path


@pytest.fixture
def log(template: Path, tmp_path: Path) -> Path:
    (tmp_path / "data").mkdir()
    return Path(shutil.copy(template, tmp_path / "data" / "events.db"))


def test_a_backup_of_a_busy_log_is_consistent_and_finishes(log: Path, tmp_path: Path) -> None:
    """A copy that starts over at each commit never ends on a busy machine."""
    writer, target = Writer(log), tmp_path / "copy.db"
    steps: list[tuple[int, int]] = []

    def append(done: int, total: int) -> None:
        assert not steps or done > steps[-1][0], "it started over"
        writer.append([new(EVENTS + len(steps), payload=LARGE)])
        steps.append((done, total))

    found = back_up(log, target, overwrite=False, progress=append)
    assert len(steps) > 3
    assert steps[-1][0] == steps[-1][1] == target.stat().st_size
    assert found.events == EVENTS
    assert found.uuid == writer.uuid() == Reader(target).uuid()
    assert writer.last_id() == EVENTS + len(steps)
    writer.close()
    assert integrity(target) == "ok"
    assert stat.S_IMODE(target.stat().st_mode) == 0o600


def test_a_copy_is_one_file_that_is_read_where_nothing_can_be_written(
    log: Path, tmp_path: Path
) -> None:
    """It may be on a read-only disk, or sent elsewhere without what lay beside it."""
    writer = Writer(log)
    writer.append([new(EVENTS, payload=LARGE)])  # in the WAL alone
    target = tmp_path / "backups" / "copy.db"
    target.parent.mkdir()
    back_up(log, target, overwrite=False, progress=nothing)
    writer.close()
    assert [path.name for path in target.parent.iterdir()] == ["copy.db"]
    assert check_log(target).events == EVENTS + 1
    assert [path.name for path in target.parent.iterdir()] == ["copy.db"]
    connection = apsw.Connection(str(target), flags=apsw.SQLITE_OPEN_READONLY)
    assert connection.pragma("journal_mode") == "delete"
    connection.close()


def test_an_existing_backup_is_replaced_only_on_request(log: Path, tmp_path: Path) -> None:
    """A backup that destroys the backup of yesterday is worse than none."""
    target = tmp_path / "copy.db"
    target.write_bytes(b"mine")
    with pytest.raises(BackupError, match="exists"):
        back_up(log, target, overwrite=False, progress=nothing)
    assert target.read_bytes() == b"mine"
    assert back_up(log, target, overwrite=True, progress=nothing).events == EVENTS
    assert integrity(target) == "ok"


def test_a_file_created_meanwhile_is_not_replaced(log: Path, tmp_path: Path) -> None:
    """Two copies to one name at once: the second must not take the place of the first."""
    target = tmp_path / "copy.db"

    def create(_done: int, _total: int) -> None:
        target.write_bytes(b"another's")

    with pytest.raises(BackupError, match="exists"):
        back_up(log, target, overwrite=False, progress=create)
    assert target.read_bytes() == b"another's"
    assert {path.name for path in tmp_path.iterdir()} == {"data", "copy.db"}


def test_an_interrupted_copy_leaves_nothing(log: Path, tmp_path: Path) -> None:
    """Half a copy under the final name would be taken for a whole one on the worst day."""

    def interrupt(_done: int, _total: int) -> None:
        raise KeyboardInterrupt

    for overwrite in (False, True):
        with pytest.raises(KeyboardInterrupt):
            back_up(log, tmp_path / "copy.db", overwrite=overwrite, progress=interrupt)
    assert [path.name for path in tmp_path.iterdir()] == ["data"]


def test_a_damaged_log_makes_no_copy(log: Path, tmp_path: Path) -> None:
    """A copy is checked before it is called one, or the last good one is replaced by it."""
    with log.open("r+b") as file:
        file.seek(30 * 4096)
        file.write(b"\xa5" * 4096 * 40)
    with pytest.raises(BackupError, match=r"damaged|malformed"):
        back_up(log, tmp_path / "copy.db", overwrite=False, progress=nothing)
    assert [path.name for path in tmp_path.iterdir()] == ["data"]


def test_a_disk_that_fills_gives_one_line_and_leaves_nothing(log: Path, tmp_path: Path) -> None:
    """It must not leave the disk full either."""
    small = tmp_path / "small"
    small.mkdir()
    with mounted(small, "size=4m"):
        with pytest.raises(BackupError, match=f"^the disk of {small} is full$"):
            back_up(log, small / "copy.db", overwrite=False, progress=nothing)
        assert list(small.iterdir()) == []


def test_a_full_disk_is_reported_in_one_line_and_leaves_no_file(log: Path, tmp_path: Path) -> None:
    """A quota or a limit of the shell, where nothing may be mounted."""
    words = [
        "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (4_000_000,) * 2)",
        "import sys; from connect.__main__ import main; sys.exit(main(sys.argv[1:]))",
    ]
    done = subprocess.run(
        [sys.executable, "-c", "\n".join(words), "backup", str(tmp_path / "copy.db")],
        env={"HOOKWATCH_DATA": str(log.parent)},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert done.stderr.startswith(f"hookwatch backup: {log} cannot be copied to {tmp_path}: ")
    assert [path.name for path in tmp_path.iterdir()] == ["data"]


def test_where_there_is_no_log_there_is_nothing_to_copy(tmp_path: Path) -> None:
    """An empty copy would pass for a good one."""
    with pytest.raises(BackupError, match="there is no log"):
        back_up(tmp_path / "events.db", tmp_path / "copy.db", overwrite=False, progress=nothing)
    assert list(tmp_path.iterdir()) == []
