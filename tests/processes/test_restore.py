"""Copy a log and put it back under the running daemons: no acknowledged event may be lost."""

import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path

import apsw
import pytest

from ingestd.log.writer import Writer
from shared.restore import exclusive_ownership, remove_abandoned, stage, swap_in_staged
from tests.processes.load import event_load
from tests.processes.log import event_ids, ids, integrity, rows
from tests.running import ROOT, Hookwatch, hookwatch, wait_for
from tests.shared.events import new
from tests.sse import event_stream

RESTORES = 3
LOCKS = Path("/proc/locks")


def command(running: Hookwatch, *words: str) -> str:
    """Run `hookwatch` successfully and return its output."""
    done = subprocess.run(
        [sys.executable, "-m", "connect", *words],
        cwd=ROOT,
        env={**os.environ, **running.environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def set_aside(running: Hookwatch) -> list[Path]:
    """Return the logs that were set aside, in the order of that."""
    found = running.data.glob("events.db.replaced-*")
    return sorted(it for it in found if it.name[-4:] not in {"-wal", "-shm"})


def uuid(path: Path) -> str:
    """Return a log's UUID."""
    ((found,),) = rows(path, "SELECT uuid FROM log")
    return str(found)


def test_every_acknowledged_event_is_in_the_restored_log_or_in_one_that_was_set_aside(
    both: Hookwatch, tmp_path: Path
) -> None:
    """Sessions go on while a log is put back, and their hooks were answered 200."""
    copy = tmp_path / "copy.db"
    with event_load(both.ingestd.port) as posting:
        posting.more(50)
        command(both, "backup", str(copy))
        assert integrity(copy) == "ok"
        for _ in range(RESTORES):
            posting.more(50)
            assert "Restored " in command(both, "restore", "--yes", str(copy))
        posting.more(50)
        posting.finish()
    assert posting.refusals == []
    copied, logs = event_ids(copy), [*set_aside(both), both.log_path]
    assert len(logs) == RESTORES + 1
    later = [key for path in logs for key in event_ids(path) if key not in set(copied)]
    assert sorted(copied + later) == sorted(posting.acknowledged)
    given = [rowid for path in logs for rowid in ids(path) if rowid > max(ids(copy))]
    assert len(given) == len(set(given)), "an id is two events"
    assert len({uuid(path) for path in logs}) == RESTORES + 1
    assert {integrity(path) for path in logs} == {"ok"}
    assert both.ingestd.stop() == 0


def test_streams_and_views_follow_the_restored_log_from_its_start(
    both: Hookwatch, tmp_path: Path
) -> None:
    """What they show of the log before would pass for a part of the new one."""
    copy = tmp_path / "copy.db"
    both.ingestd.post([{"session_id": "old", "hook_event_name": "Stop", "n": n} for n in range(3)])
    command(both, "backup", str(copy))
    both.ingestd.post([{"session_id": "new", "hook_event_name": "Stop", "n": n} for n in range(5)])
    wait_for(lambda: sessions(both) == {"old": 3, "new": 5})
    with event_stream(both.queryd.port, "/stream?after=0") as stream:
        messages = (it for it in stream.messages() if it.name in {"hello", "message"})
        first = next(messages).json()
        assert [next(messages).id for _ in range(8)] == [str(it) for it in range(1, 9)]
        command(both, "restore", "--yes", str(copy))
        hello = next(messages).json()
        assert first["log"] != hello["log"] == uuid(both.log_path)
        assert hello["after"] == 0
        assert [next(messages).id for _ in range(3)] == ["1", "2", "3"]
        both.ingestd.post({"session_id": "newer", "hook_event_name": "Stop"})
        assert next(messages).id == "9"
    wait_for(lambda: sessions(both) == {"old": 3, "newer": 1})
    assert both.queryd.get("/api/health").json()["log"]["uuid"] == uuid(both.log_path)
    assert [it["id"] for it in both.queryd.get("/api/events").json()["events"]] == [9, 3, 2, 1]


def sessions(running: Hookwatch) -> dict[str, int]:
    """Return how many events each session has, by the views."""
    answer = running.queryd.get("/api/sessions")
    if answer.status != 200:
        return {}
    return {row["session_id"]: row["event_count"] for row in answer.json()["sessions"]}


def test_a_swap_that_was_cut_off_is_finished_by_the_next_start(tmp_path: Path) -> None:
    """Power fails between two renames too; each of these states is one of them."""
    data = tmp_path / "data"
    with hookwatch(data, "ingestd") as running:
        running.ingestd.post([{"session_id": "s", "hook_event_name": "Stop"}] * 2)
        command(running, "backup", str(tmp_path / "copy.db"))
        running.ingestd.post([{"session_id": "s", "hook_event_name": "Stop"}] * 3)
        running.ingestd.kill()
        log = running.log_path
        staged = stage(tmp_path / "copy.db", log)
        assert staged.claim()
        wal = log.with_name("events.db-wal")
        wal.rename(staged.set_aside.with_name(staged.set_aside.name + "-wal"))
        log.rename(staged.set_aside)
        running.ingestd.start()
        assert ids(log) == [1, 2]
        assert ids(staged.set_aside) == [1, 2, 3, 4, 5]
        assert not staged.waits
        assert running.ingestd.post({"session_id": "s", "hook_event_name": "Stop"}).status == 200


def test_a_log_is_restored_only_after_readers_of_the_current_one_finish(tmp_path: Path) -> None:
    """What is only in its WAL would be lost to the log that is set aside, or spoil the new one."""
    log = tmp_path / "events.db"
    writer = Writer(log)
    writer.append([new(1)])
    staged = stage(log, log)
    with closing(apsw.Connection(str(log))) as reader:
        reader.execute("BEGIN; SELECT count(*) FROM events").fetchall()
        writer.append([new(2)])
        assert not writer.reopen_if_replaced()
        writer.append([new(3)])
        assert staged.waits
    assert writer.reopen_if_replaced()
    assert ids(staged.set_aside) == [1, 2, 3]
    assert ids(log) == [1]
    writer.append([new(4)])
    writer.close()
    assert ids(log) == [1, 4]


def test_a_copy_that_was_withdrawn_is_not_put_back(tmp_path: Path) -> None:
    """The command gave up, and reported that nothing was changed."""
    log = tmp_path / "events.db"
    with closing(Writer(log)) as writer:
        writer.append([new(1)])
        staged = stage(log, log)
        assert staged.withdraw()
        assert not writer.reopen_if_replaced()
        assert not staged.claim()
    assert not swap_in_staged(log)
    assert ids(log) == [1]


STAGE = """
import sys
from pathlib import Path
from shared.restore import stage

def pause(done, total):
    print(done, flush=True)
    sys.stdin.readline()

stage(Path(sys.argv[1]), Path(sys.argv[2]), progress=pause)
"""


@contextmanager
def staging(source: Path, log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Run a restore that rests in the middle of its copy, until it is killed or goes on."""
    command = [sys.executable, "-c", STAGE, str(source), str(log)]
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert int(process.stdout.readline()) > 0
        try:
            yield process
        finally:
            process.kill()


def unfinished(log: Path) -> list[str]:
    """Return the copies that lie beside a log and are not whole."""
    return sorted(it.name for it in log.parent.glob(f"{log.name}.restoring-*"))


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    path = tmp_path / "copy.db"
    with closing(Writer(path)) as writer:
        writer.append([new(1)])
    return path


def test_the_next_restore_deletes_leftovers_of_a_killed_one(copy: Path, tmp_path: Path) -> None:
    """A copy of gigabytes that has no use would stay for good, on a disk that may be full."""
    log = tmp_path / "data" / "events.db"
    log.parent.mkdir()
    with staging(copy, log) as process:
        process.kill()
        process.wait()
        assert unfinished(log) != []
    staged = stage(copy, log)
    assert unfinished(log) == []
    assert staged.waits


def test_ingestd_deletes_leftovers_of_a_killed_restore_at_its_start(
    copy: Path, tmp_path: Path
) -> None:
    data = tmp_path / "data"
    data.mkdir(mode=0o700)
    log = data / "events.db"
    with staging(copy, log) as process:
        process.kill()
        process.wait()
        assert unfinished(log) != []
    with hookwatch(data, "ingestd"):
        wait_for(lambda: unfinished(log) == [])


def test_a_restore_that_runs_keeps_its_copy(copy: Path, tmp_path: Path) -> None:
    """Another restore and a start of ingestd look for abandoned copies meanwhile."""
    log = tmp_path / "data" / "events.db"
    log.parent.mkdir()
    not_ours = log.with_name("events.db.restoring-of-mine")
    not_ours.touch()
    with staging(copy, log) as process:
        running = unfinished(log)
        assert len(running) == 2
        remove_abandoned(log)
        stage(copy, log)
        assert unfinished(log) == running
        process.communicate(b"\n" * 100)
        assert process.returncode == 0
    remove_abandoned(log)
    assert unfinished(log) == [not_ours.name]
    assert swap_in_staged(log)
    assert swap_in_staged(log)
    assert ids(log) == [1]


@pytest.mark.skipif(not LOCKS.exists(), reason="there is no /proc/locks on this system")
def test_no_ingestd_starts_while_a_command_swaps_and_no_command_swaps_under_one(
    tmp_path: Path,
) -> None:
    """Two that swap, or one that swaps under a writer, would lose what is written meanwhile."""
    log = tmp_path / "events.db"
    with closing(Writer(log)), exclusive_ownership(log) as is_alone:
        assert not is_alone
    with ThreadPoolExecutor(1) as starting:
        with exclusive_ownership(log) as is_alone:
            assert is_alone
            opened = starting.submit(Writer, log)
            wait_for(lambda: is_waited_for(log.with_suffix(".lock")))
            assert not opened.done()
        opened.result().close()


def is_waited_for(lock: Path) -> bool:
    """Return whether a thread waits for a lock, by the kernel's list of them."""
    inode = f":{lock.stat().st_ino} "
    return any("->" in line and inode in line for line in LOCKS.read_text().splitlines())
