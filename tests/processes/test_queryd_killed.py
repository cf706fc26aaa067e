"""Kill and restart queryd, replace its log under it, start it before there is one."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from tests.processes.load import event_load
from tests.processes.log import ids, integrity
from tests.processes.viewer import viewer
from tests.running import DaemonProcess, Hookwatch, hookwatch, wait_for
from tests.sse import event_stream, hello

KILLS = 5
BETWEEN = 60
"""Events seen between two kills."""


BODY = {"session_id": "s", "hook_event_name": "UserPromptSubmit"}


def post(ingestd: DaemonProcess, count: int) -> None:
    """Post hook bodies one by one, each of which must be taken."""
    for _ in range(count):
        answer = ingestd.post(BODY)
        assert (answer.status, answer.body) == (200, b"")


def test_a_client_that_resumes_sees_every_id_once_through_five_kills(both: Hookwatch) -> None:
    """A page left open for a week outlives many a queryd, and must neither skip nor repeat."""
    with viewer(both.queryd.port) as watching, event_load(both.ingestd.port) as posting:
        for _ in range(KILLS):
            watching.more(BETWEEN)
            both.queryd.kill()
            posting.more(BETWEEN)
            both.queryd.start()
        watching.more(BETWEEN)
        posting.finish()
        stored = ids(both.log_path)
        assert len(stored) == len(posting.acknowledged)
        assert watching.reaches(stored[-1]) == stored
        assert len(watching.hellos) == KILLS + 1
        assert posting.refusals == []


def test_both_daemons_may_stop_and_start_in_any_order(both: Hookwatch) -> None:
    """They are upgraded and restarted by hand, in whatever order comes to mind.

    With queryd down first, ingestd is the last to close the log and takes the WAL away with it;
    then the daemon that starts first finds a log without one.
    """
    ingest, query = both.ingestd, both.queryd
    wal = both.log_path.with_name("events.db-wal")
    orders = [
        ((ingest, query), (ingest, query)),
        ((ingest, query), (query, ingest)),
        ((query, ingest), (ingest, query)),
        ((query, ingest), (query, ingest)),
    ]
    with viewer(query.port) as watching, event_load(ingest.port) as posting:
        for stops, starts in orders:
            watching.more(BETWEEN)
            assert [daemon.stop() for daemon in stops] == [0, 0]
            assert wal.exists() == (stops[0] is ingest)
            for daemon in starts:
                daemon.start()
        watching.more(BETWEEN)
        posting.finish()
        stored = ids(both.log_path)
        assert len(stored) == len(posting.acknowledged)
        assert watching.reaches(stored[-1]) == stored
    assert integrity(both.log_path) == "ok"


def test_queryd_may_start_before_there_is_a_folder_or_a_log(tmp_path: Path) -> None:
    """A new user starts things in any order; the page must come alive with the first event."""
    data = tmp_path / "not" / "there" / "yet"
    with hookwatch(data, "queryd") as running:
        assert not running.log_path.exists()
        assert running.queryd.get("/api/events").json() == {
            "events": [],
            "next_before": None,
            "next": None,
            "snippets": [],
            "unsearched": None,
            "log": None,
        }
        assert running.queryd.get("/api/filters").json() == {
            "counted": 0,
            "event_types": [],
            "source_apps": [],
            "tool_names": [],
            "agent_ids": [],
            "sessions": [],
            "model_names": [],
            "agent_types": [],
        }
        with event_stream(running.queryd.port) as stream:
            assert next(stream.messages()).json() == hello(last_id=0, after=0)
            running.ingestd.start()
            post(running.ingestd, 2)
            assert [event["stream_id"] for event in stream.events(2)] == ["1", "2"]


def test_a_stream_continues_after_a_checkpoint(both: Hookwatch) -> None:
    """A checkpoint that empties the WAL changes every file that queryd watches."""
    with event_stream(both.queryd.port) as stream:
        for first in (1, 4, 7):
            post(both.ingestd, 3)
            with closing(sqlite3.connect(both.log_path)) as connection:
                # Busy, should a reader be in the middle of it: then again.
                wait_for(
                    lambda: connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0] == 0
                )
            assert both.log_path.with_name("events.db-wal").stat().st_size == 0
            expected = [str(first), str(first + 1), str(first + 2)]
            assert [event["stream_id"] for event in stream.events(3)] == expected


def delete_all(log: Path) -> None:
    """Remove the log as a user who wants to start anew."""
    for file in log.parent.glob("events.db*"):
        file.unlink()


def move_all(log: Path) -> None:
    """Put the log away whole."""
    away = log.parent / "old"
    away.mkdir()
    for file in log.parent.glob("events.db*"):
        file.rename(away / file.name)


def move_database(log: Path) -> None:
    """Put away the one file that a user knows of, and forget those beside it."""
    log.rename(log.with_name("old.db"))


@pytest.mark.parametrize("replace", [delete_all, move_all, move_database])
def test_a_replaced_log_is_followed_from_its_start(
    both: Hookwatch, replace: Callable[[Path], None]
) -> None:
    """Rowids of two logs do not compare: a client must know, or it would wait for ever.

    A second `hello` reports it; the first events of the new log are not missed. One that was away
    meanwhile knows by a `last_id` below its own place.
    """
    post(both.ingestd, 8)
    with event_stream(both.queryd.port, "/stream?after=0") as stream:
        assert len(stream.events(8)) == 8
        replace(both.log_path)
        again = next(it for it in stream.messages() if it.name == "hello")
        assert (again.name, again.id) == ("hello", "0")
        assert again.json() == hello(last_id=0, after=0)
        wait_for(both.log_path.exists)
        for _ in range(3):
            # With the old WAL left beside the new file the first append may fail: it is held then.
            statuses = {200, 500} if replace is move_database else {200}
            assert both.ingestd.post(BODY).status in statuses
        saved = (event for event in iter(lambda: stream.events(1)[0], None) if event["id"])
        assert [next(saved)["stream_id"] for _ in range(3)] == ["1", "2", "3"]
    with event_stream(both.queryd.port, **{"Last-Event-ID": "8"}) as stream:
        assert next(stream.messages()).json() == hello(last_id=3, after=3)
        post(both.ingestd, 1)
        assert [event["stream_id"] for event in stream.events(1)] == ["4"]
    listed = both.queryd.get("/api/events").json()["events"]
    assert [event["id"] for event in listed] == ids(both.log_path)[::-1] == [4, 3, 2, 1]
    assert integrity(both.log_path) == "ok"
