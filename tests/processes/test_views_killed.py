"""Kill and restart queryd while it folds, and run two of them: the views are the log's in the end.

What they are held against are views that are made anew, in one go, of the same log.
"""

import json
import random
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import apsw
import pytest

from tests.processes.log import ids, integrity
from tests.queryd.folded_views import dump_file, fold_log, index_log
from tests.running import DaemonProcess, Hookwatch, free_ports, hookwatch, sample_bodies, wait_for
from tests.sse import event_stream

KILLS = 10
STOPS = 3
ROUNDS = 4
"""How often every captured session is taken, each time as another one."""


def bodies() -> Iterator[dict[str, Any]]:
    """Yield what Claude Code sent, of sessions side by side."""
    dice = random.Random(7)
    for number in range(ROUNDS):
        by_session: dict[str, list[dict[str, Any]]] = {}
        for body in sample_bodies():
            session_id = f"{body['session_id']}-{number}"
            by_session.setdefault(session_id, []).append({**body, "session_id": session_id})
        while by_session:
            session_id = dice.choice(list(by_session))
            yield by_session[session_id].pop(0)
            if not by_session[session_id]:
                del by_session[session_id]


def batches(dice: random.Random) -> Iterator[list[dict[str, Any]]]:
    """Yield it all in small batches of random size."""
    waiting = list(bodies())
    while waiting:
        size = dice.randint(1, 20)
        yield waiting[:size]
        del waiting[:size]


def post(ingestd: DaemonProcess, batch: list[dict[str, Any]]) -> None:
    """Post a batch, all of which must be taken."""
    assert ingestd.post(batch).json()["accepted"] == len(batch)


def views_of(queryd: DaemonProcess) -> dict[str, Any]:
    """Return how far its views are."""
    views: dict[str, Any] = queryd.get("/api/health").json()["views"]
    return views


def all_is_folded(running: Hookwatch, queryd: DaemonProcess, state: str = "live") -> None:
    """Wait until the views are at the log's end, and hold them against new ones."""
    last_id = ids(running.log_path)[-1]
    wait_for(lambda: views_of(queryd)["folded_id"] == last_id)
    wait_for(lambda: views_of(queryd)["state"] == state)
    assert views_of(queryd)["skipped"] == 0
    wait_for(lambda: queryd.get("/api/health").json()["search"]["indexed_id"] == last_id)
    for path, fold in (("views.db", fold_log), ("search.db", index_log)):
        assert dump_file(running.data / path) == fold(running.log_path)
        assert integrity(running.data / path) == "ok"


def test_views_are_right_after_ten_kills(both: Hookwatch) -> None:
    """The cursor moves with what was folded, so no moment is a bad one to die in."""
    dice = random.Random(1)
    waiting = list(batches(dice))
    kills = sorted(dice.sample(range(len(waiting)), KILLS))
    for number, batch in enumerate(waiting):
        post(both.ingestd, batch)
        if number in kills:
            both.queryd.kill()
            both.queryd.start()
    all_is_folded(both, both.queryd)


def test_views_are_right_after_stops_and_starts(both: Hookwatch) -> None:
    """An upgrade, a reboot, a lunch: what comes meanwhile is folded afterwards."""
    dice = random.Random(3)
    waiting = list(batches(dice))
    each = len(waiting) // (STOPS + 1)
    for number in range(STOPS + 1):
        for batch in waiting[number * each : (number + 1) * each]:
            post(both.ingestd, batch)
        assert both.queryd.stop() == 0
        for batch in waiting[:3]:
            post(both.ingestd, [{**body, "session_id": f"away {number}"} for body in batch])
        both.queryd.start()
    all_is_folded(both, both.queryd)


@contextmanager
def second_queryd(running: Hookwatch) -> Iterator[DaemonProcess]:
    """Run another queryd over the same folder."""
    (port,) = free_ports(1)
    daemon = DaemonProcess(
        "queryd", port, {**running.environment, "HOOKWATCH_QUERY_PORT": str(port)}
    )
    try:
        daemon.start()
        yield daemon
    finally:
        daemon.kill()


def test_one_of_two_queryds_folds_and_the_other_replaces_it(both: Hookwatch) -> None:
    """A second one for a colleague, or one that was forgotten: neither may spoil the views."""
    first = both.queryd
    waiting = list(batches(random.Random(4)))
    with second_queryd(both) as second, event_stream(second.port) as stream:
        for batch in waiting[: len(waiting) // 2]:
            post(both.ingestd, batch)
        all_is_folded(both, first)
        all_is_folded(both, second, "following")
        for asked in ("/api/sessions?limit=1000", "/api/filters", "/api/sessions/active"):
            assert first.get(asked).json() == second.get(asked).json()
        first.kill()
        for batch in waiting[len(waiting) // 2 :]:
            post(both.ingestd, batch)
        all_is_folded(both, second)
        post(both.ingestd, [{"session_id": "after", "hook_event_name": "UserPromptSubmit"}])
        rows = (json.loads(it.data) for it in stream.messages() if it.name == "session")
        assert next(row for row in rows if row["session_id"] == "after")["status"] == "working"
        first.start()
        all_is_folded(both, first, "following")


def test_views_deleted_while_queryd_serves_are_rebuilt(both: Hookwatch) -> None:
    """They are disposable. A reader must wait meanwhile, and no more."""
    for batch in batches(random.Random(5)):
        post(both.ingestd, batch)
    all_is_folded(both, both.queryd)
    for file in both.data.glob("views.db*"):
        file.unlink()
    seen = set()

    def is_back() -> bool:
        answer = both.queryd.get("/api/sessions?limit=1000")
        seen.add(answer.status)
        return answer.status == 200 and len(answer.json()["sessions"]) == sessions

    sessions = len({body["session_id"] for body in bodies()})
    wait_for(is_back)
    all_is_folded(both, both.queryd)
    assert seen <= {200, 503}


def test_queryd_serves_the_log_while_views_fail(tmp_path: Any) -> None:
    """The log is there to be read whatever becomes of them, and the page shows the error."""
    (tmp_path / "data" / "views.db").mkdir(parents=True)
    with hookwatch(tmp_path / "data") as running:
        post(running.ingestd, sample_bodies()[:5])
        wait_for(lambda: running.queryd.get("/api/health").json()["last_id"] == 5)
        assert len(running.queryd.get("/api/events").json()["events"]) == 5
        wait_for(lambda: views_of(running.queryd)["state"] == "failing")
        assert views_of(running.queryd)["error"]
        answer = running.queryd.get("/api/sessions")
        assert (answer.status, answer.json()["error"]["code"]) == (503, "views_not_ready")
        (running.data / "views.db").rmdir()
        all_is_folded(running, running.queryd)


def test_a_dump_of_missing_views_fails(both: Hookwatch) -> None:
    """Should the path change, each comparison here would look at nothing."""
    post(both.ingestd, sample_bodies()[:5])
    all_is_folded(both, both.queryd)
    with pytest.raises(apsw.CantOpenError):
        dump_file(both.data / "nothing.db")
