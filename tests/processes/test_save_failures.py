"""Take the log away from ingestd: by a lock, by a full disk; and let it forget old events."""

import http.client
import json
import sqlite3
import time
from contextlib import closing
from pathlib import Path
from typing import Any

from tests.processes.log import event_ids, ids, integrity, locked, rows
from tests.processes.mounts import mounted
from tests.running import DEADLINE_S, Answer, DaemonProcess, Hookwatch, hookwatch, wait_for
from tests.sse import event_stream

BUSY = "the log is locked by another process"
NOT_SAVED = {
    "error": {
        "code": "not_saved",
        "message": f"held in memory until the log can be written: {BUSY}",
        "field": None,
    }
}
QUEUE_FULL = {
    "error": {
        "code": "queue_full",
        "message": f"no room for more unsaved events: {BUSY}",
        "field": None,
    }
}
DAY_MS = 86_400_000
REFUSED = 300
"""Events refused one after the other; a line in the log for each would fill another disk."""


def post(ingestd: DaemonProcess, key: str, *, size: int = 0) -> Answer:
    """Post one hook body under a key of its own."""
    body = {"session_id": "s", "hook_event_name": "UserPromptSubmit", "prompt": key + "x" * size}
    return ingestd.post(body, **{"X-Event-Id": key})


def status(ingestd: DaemonProcess) -> tuple[int, str, int, str | None]:
    """Return the state of the log in `/health`."""
    answer = ingestd.get("/health")
    log = answer.json()
    return answer.status, log["status"], log["pending"], log["error"]


def without_times(event: dict[str, Any]) -> dict[str, Any]:
    """Return an event without the times it got on arrival."""
    assert event["timestamp"] == event["received_at"] > 0
    return {name: event[name] for name in event if name not in {"timestamp", "received_at"}}


def test_a_lock_held_too_long_loses_and_hides_no_event(tmp_path: Path) -> None:
    """Another program locks the log: hooks and viewers go on.

    The sender gets a 500 and may retry; the page shows the event at once, marked unsaved;
    when the lock is released it is written, once, and the page is notified.
    """
    with (
        hookwatch(tmp_path / "data", HOOKWATCH_BUSY_MS="50") as both,
        event_stream(both.queryd.port) as stream,
    ):
        messages = (it for it in stream.messages() if it.name not in {"session", "recording"})
        assert next(messages).name == "hello"
        with locked(both.log_path):
            for _ in range(2):  # a retry gets the same answer, and is not held a second time
                answer = post(both.ingestd, "first")
                assert (answer.status, answer.json()) == (500, NOT_SAVED)
            expected = {
                "id": None,
                "session_id": "s",
                "hook_event_type": "UserPromptSubmit",
                "source_app": None,
                "model_name": None,
                "tool_name": None,
                "tool_use_id": None,
                "agent_id": None,
                "summary": None,
                "sender": None,
                "payload": {
                    "session_id": "s",
                    "hook_event_name": "UserPromptSubmit",
                    "prompt": "first",
                },
                "payload_bytes": 77,
                "payload_clipped": False,
                "unsaved_id": 1,
            }
            (held,) = both.ingestd.get("/unsaved").json()["events"]
            assert without_times(held) == expected
            assert both.ingestd.get("/unsaved?after=1").body == b'{"events":[]}'
            assert status(both.ingestd) == (503, "failing", 1, BUSY)

            unsaved = next(messages)
            held["summary"] = "Prompt  first"  # queryd's words; ingestd makes none
            assert (unsaved.name, unsaved.id, unsaved.json()) == ("unsaved", None, held)
            assert both.queryd.get("/api/events").json()["events"] == []
            assert wait_for(lambda: _degraded(both))["ingestd"] == {
                "alive": True,
                "can_write": False,
                "unsaved": 1,
                "events_per_second": 0.0,
                "last_id": 0,
                "error": BUSY,
                "spool": _empty_spool(both),
            }
        found = sorted(
            ((m.name, m.id, m.json()) for m in (next(messages), next(messages))), key=str
        )
        assert found == [
            ("message", "1", {**held, "id": 1, "unsaved_id": None}),
            ("saved", None, {"saved": True}),
        ]
        wait_for(lambda: status(both.ingestd) == (200, "ok", 0, None))
        assert post(both.ingestd, "first").status == 200
        assert post(both.ingestd, "second").status == 200
        assert event_ids(both.log_path) == ["first", "second"]
        assert integrity(both.log_path) == "ok"


def _empty_spool(both: Hookwatch) -> dict[str, Any]:
    return {"path": str(both.data / "spool"), "waiting": 0, "dropped": 0, "rejected": 0}


def _degraded(both: Hookwatch) -> dict[str, Any]:
    """Return queryd's health once it knows; empty before, for it asks a few times a second."""
    health: dict[str, Any] = both.queryd.get("/api/health").json()
    return health if health["status"] == "degraded" else {}


def test_a_lock_held_for_a_moment_is_waited_for(tmp_path: Path) -> None:
    """A backup locks the log for some ms: no reason to fail a hook."""
    with hookwatch(tmp_path / "data", "ingestd", HOOKWATCH_BUSY_MS="60000") as running:
        sender = http.client.HTTPConnection("127.0.0.1", running.ingestd.port, timeout=DEADLINE_S)
        body = b'{"session_id":"s","hook_event_name":"Stop"}'
        with closing(sender), locked(running.log_path) as lock:
            sender.request("POST", "/events", body, {"X-Event-Id": "first"})
            # The loop is free while the log is not.
            assert status(running.ingestd) == (200, "ok", 0, None)
            lock.rollback()
            answer = sender.getresponse()
            assert (answer.status, answer.read()) == (200, b"")
        assert event_ids(running.log_path) == ["first"]


def test_past_the_limit_events_are_refused_and_warnings_are_rare(tmp_path: Path) -> None:
    """Memory is no disk: past its bound the sender must know that its event is not held.

    One line a second is enough for the operator; one for each event would bury it.
    """
    with hookwatch(
        tmp_path / "data", "ingestd", HOOKWATCH_BUSY_MS="50", HOOKWATCH_UNSAVED_EVENTS="3"
    ) as running:
        ingestd = running.ingestd
        started = time.monotonic()
        with locked(running.log_path):
            for number in range(3):
                answer = post(ingestd, f"held {number}")
                assert (answer.status, answer.json()) == (500, NOT_SAVED)
            for number in range(REFUSED):
                answer = post(ingestd, f"refused {number}")
                assert (answer.status, answer.json()) == (503, QUEUE_FULL)
            # Some of it may be held, all of it may not: then none is, or its retry would double.
            batch = json.dumps([{"session_id": "s", "hook_event_name": "Stop"}] * 2).encode()
            assert ingestd.post(batch).json() == QUEUE_FULL
            assert status(ingestd) == (503, "failing", 3, BUSY)
        wait_for(lambda: status(ingestd) == (200, "ok", 0, None))
        seconds = time.monotonic() - started
        assert event_ids(running.log_path) == ["held 0", "held 1", "held 2"]
        assert ingestd.stop() == 0
        lines = ingestd.stderr.decode().splitlines()
        assert any("the queue of unsaved events is full" in line for line in lines)
        assert any("cannot write the log" in line for line in lines)
        # Three kinds of warnings, each at most once a second; and a line at start and recovery.
        assert len(lines) <= 3 * (seconds + 1) + 2


def test_held_events_are_written_at_a_stop(tmp_path: Path) -> None:
    """The operator sees "locked", ends the culprit, restarts ingestd: that must not lose events."""
    with hookwatch(tmp_path / "data", "ingestd", HOOKWATCH_BUSY_MS="50") as running:
        with locked(running.log_path):
            assert post(running.ingestd, "held").status == 500
        assert running.ingestd.stop() == 0
        assert event_ids(running.log_path) == ["held"]


def test_events_unwritten_at_a_stop_are_stored_at_the_next_start(tmp_path: Path) -> None:
    """The operator stops ingestd first, and the culprit after it: events by http are here alone."""
    with hookwatch(tmp_path / "data", "ingestd", HOOKWATCH_BUSY_MS="50") as running:
        ingestd, spool = running.ingestd, running.data / "spool"
        with locked(running.log_path):
            for number in range(20):
                body = {"session_id": "s", "hook_event_name": "Stop", "number": number}
                assert ingestd.post(body).status == 500
            kept = ingestd.get("/unsaved").json()["events"]
            assert ingestd.stop() == 0
            assert ids(running.log_path) == []
            assert spool.stat().st_mode & 0o777 == 0o700
            assert len(list(spool.glob("*.event"))) == 20
        assert b"20 events wait in the spool for the next start" in ingestd.stderr
        ingestd.start()
        found = rows(running.log_path, "SELECT timestamp, received_at, payload FROM events")
        assert found == [
            (event["timestamp"], event["received_at"], compact(event["payload"])) for event in kept
        ]
        assert list(spool.glob("*.event")) == []


def compact(payload: dict[str, Any]) -> str:
    """Return a payload as `DaemonProcess.post` writes it."""
    return json.dumps(payload)


def test_a_background_task_that_fails_ends_ingestd_after_it_saved_what_it_held(
    tmp_path: Path,
) -> None:
    """Without maintenance it would run for months and delete nothing; a supervisor restarts it."""
    settings = {"HOOKWATCH_BUSY_MS": "50", "HOOKWATCH_RETENTION_DAYS": "1"}
    with hookwatch(tmp_path / "data", "ingestd", **settings) as running:
        with locked(running.log_path) as lock:
            assert post(running.ingestd, "held").status == 500
            lock.execute("DROP INDEX events_timestamp")  # as a user may who tunes it
            lock.commit()
        assert running.ingestd.wait() == 1
        line = running.ingestd.stderr.decode().splitlines()[-1]
        assert line.startswith(
            "ingestd: the log maintenance failed: SQLError: no such index: events_timestamp ("
        )
        assert "Traceback" not in running.ingestd.stderr.decode()
        assert event_ids(running.log_path) == ["held"]
        with closing(sqlite3.connect(running.log_path)) as log:
            log.execute("CREATE INDEX events_timestamp ON events (timestamp)")
        running.ingestd.start()
        assert post(running.ingestd, "next").status == 200


def test_a_full_disk_loses_nothing_acknowledged_and_is_written_to_once_there_is_room(
    tmp_path: Path,
) -> None:
    """The disk of a laptop does fill up, and ENOSPC comes at the worst places of a commit."""
    with mounted(tmp_path, "size=8m"):
        ballast = tmp_path / "ballast"
        ballast.write_bytes(bytes(7_000_000))
        with hookwatch(tmp_path / "data", "ingestd") as running:
            ingestd = running.ingestd
            answers = {
                f"{number:03}": post(ingestd, f"{number:03}", size=20_000) for number in range(80)
            }
            taken = [key for key, answer in answers.items() if answer.status == 200]
            held = [key for key, answer in answers.items() if answer.status == 500]
            assert taken
            assert held
            assert sorted(taken + held) == sorted(answers)
            errors = {answers[key].json()["error"]["code"] for key in held}
            assert errors == {"not_saved"}
            assert status(ingestd)[:3] == (503, "failing", len(held))
            assert event_ids(running.log_path) == taken
            kept = ingestd.get("/unsaved").json()["events"]
            assert [event["payload"]["prompt"][:3] for event in kept] == held

            ballast.unlink()
            wait_for(lambda: status(ingestd) == (200, "ok", 0, None))
            assert post(ingestd, held[0]).status == 200
            assert event_ids(running.log_path) == sorted(answers)
            assert integrity(running.log_path) == "ok"


def test_retention_and_lists_use_the_arrival_time_where_the_time_is_implausible(
    tmp_path: Path,
) -> None:
    """A log of before may hold nanoseconds, which are never past, and seconds, which always are."""
    now = time.time_ns() // 1_000_000
    with hookwatch(tmp_path / "data", "ingestd", HOOKWATCH_RETENTION_DAYS="1") as running:
        running.ingestd.post([{"session_id": "s", "hook_event_name": "Stop"}] * 4)
        running.ingestd.stop()
        with closing(sqlite3.connect(running.log_path)) as log, log:
            log.execute("UPDATE events SET timestamp = ? WHERE id = 1", (now * 1_000_000,))
            log.execute("UPDATE events SET timestamp = ? WHERE id = 2", (now // 1_000,))
            log.execute("UPDATE events SET timestamp = 5 WHERE id = 3")
            log.execute("UPDATE events SET received_at = ? WHERE id IN (1, 3)", (now - 2 * DAY_MS,))
        running.ingestd.start()
        wait_for(lambda: ids(running.log_path) == [2, 4])
        ((timestamp, received_at),) = rows(
            running.log_path, "SELECT timestamp, received_at FROM events WHERE id = 2"
        )
        assert timestamp == received_at >= now


def test_retention_by_size_and_of_payloads_during_posts(tmp_path: Path) -> None:
    """Both are asked for by settings alone, and both daemons act on it."""
    now = time.time_ns() // 1_000_000
    days_ago = now - 3 * 86_400_000

    def prompts(first: int, count: int, at: int) -> list[dict[str, Any]]:
        return [
            {
                "session_id": f"s{number}",
                "hook_event_type": "UserPromptSubmit",
                "timestamp": at + number,
                "payload": {"prompt": f"prompt{number} " + "x" * 5_000},
            }
            for number in range(first, first + count)
        ]

    bounds = {"HOOKWATCH_RETENTION_GB": "0.001", "HOOKWATCH_RETENTION_PAYLOAD_DAYS": "2"}
    with hookwatch(tmp_path / "data", **bounds) as running:
        running.ingestd.post(prompts(1, 3, days_ago))
        emptied = "SELECT count(*) FROM events WHERE payload = '{}'"
        wait_for(lambda: rows(running.log_path, emptied) == [(3,)])
        for first in range(100, 600, 100):
            running.ingestd.post(prompts(first, 100, now - 1_000_000))
        last = "SELECT max(id) FROM events"
        wait_for(lambda: rows(running.log_path, last) == [(503,)])
        used = """
            SELECT (page_count - freelist_count) * page_size <= 1000000
            FROM pragma_page_count, pragma_freelist_count, pragma_page_size
        """
        wait_for(lambda: rows(running.log_path, used) == [(1,)])
        assert rows(running.log_path, emptied) == [(0,)]
        held = rows(running.log_path, "SELECT count(*), min(id), max(id) FROM events")

        def event_count() -> Any:
            return running.queryd.get("/api/health").json()["log"]["events"]

        wait_for(lambda: event_count() == held[0][0] == held[0][2] - held[0][1] + 1)
        listed = "/api/events?limit=1000"
        wait_for(lambda: len(running.queryd.get(listed).json()["events"]) == held[0][0])
        deleted = "/api/sessions/s100"
        wait_for(lambda: running.queryd.get(deleted).status == 404)
        assert running.queryd.get("/api/sessions/s599").status == 200


def test_retention_deletes_older_events_and_keeps_the_newest(tmp_path: Path) -> None:
    """Prompts need not lie around for ever; but a reader finds its place by the last id."""
    now = time.time_ns() // 1_000_000
    two_days_ago = now - 2 * 86_400_000

    def envelopes(*timestamps: int) -> list[dict[str, Any]]:
        return [
            {"session_id": "s", "hook_event_type": "Stop", "timestamp": timestamp}
            for timestamp in timestamps
        ]

    with hookwatch(tmp_path / "data", "ingestd", HOOKWATCH_RETENTION_DAYS="1") as running:
        running.ingestd.post(envelopes(two_days_ago, now, two_days_ago, two_days_ago))
        wait_for(lambda: ids(running.log_path) == [2, 4])
        running.ingestd.post(envelopes(now))
        wait_for(lambda: ids(running.log_path) == [2, 5])
        assert rows(running.log_path, "SELECT timestamp FROM events") == [(now,), (now,)]
        assert integrity(running.log_path) == "ok"
