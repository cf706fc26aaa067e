"""Damage the log with real garbage, and see that both daemons get over it by themselves."""

import json
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import apsw
import pytest

from shared.reader import NotReadableError, Reader
from tests.processes.log import ids, integrity, rows
from tests.processes.viewer import viewer
from tests.running import Hookwatch, hookwatch, wait_for
from tests.shared.damage import (
    garbage,
    garbage_in_wal,
    make_log,
    page_count,
    pages_of,
)

COUNT = 1_500


@contextmanager
def damaged(data: Path, pages: list[int]) -> Iterator[Hookwatch]:
    """Run both daemons over a log that is damaged before they start."""
    garbage(data / "events.db", pages)
    with hookwatch(data) as running:
        yield running


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    folder.mkdir(mode=0o700)
    make_log(folder / "events.db", COUNT)
    return folder


def recovery(running: Hookwatch, *, is_done: bool = True) -> dict[str, Any]:
    """Return the newest recovery as ingestd reports it; empty while there is none, or none done."""
    found: list[dict[str, Any]] = running.ingestd.get("/health").json()["damage"]["recoveries"]
    return found[0] if found and (found[0]["done_at"] is not None or not is_done) else {}


def post(running: Hookwatch, text: str) -> int:
    """Post an envelope, and return the id that it got."""
    body = {
        "session_id": "later",
        "hook_event_type": "UserPromptSubmit",
        "timestamp": 1_795_367_996_267,
        "payload": {"prompt": text},
    }
    answer = running.ingestd.post(body)
    assert answer.status == 200, answer.body
    return int(answer.json()["id"])


def kinds_of_damage(path: Path) -> dict[str, list[int]]:
    """Return the pages of each kind of damage."""
    return {
        "table": [pages_of(path, "events", "leaf")[7]],
        "newest": [pages_of(path, "events", "leaf")[-1]],
        "root": pages_of(path, "events", "internal")[:1],
        "index": [pages_of(path, "events_session", "leaf")[1]],
        "schema": [1],
        "every seventh": list(range(1, page_count(path) + 1, 7)),
    }


@pytest.mark.parametrize("kind", ["table", "newest", "root", "index", "schema", "every seventh"])
def test_each_event_is_in_the_new_log_or_counted_as_lost(data: Path, kind: str) -> None:
    path = data / "events.db"
    pages = kinds_of_damage(path)[kind]
    with damaged(data, pages) as running:
        first = post(running, "while it is damaged")
        found = wait_for(lambda: recovery(running))
        second = post(running, "after it")
        kept = ids(path)
        assert integrity(path) == "ok"
        carried = [rowid for rowid in kept if rowid <= COUNT]
        assert found["rows_carried"] >= len(carried)
        if found["rows_lost"] is not None:
            assert len(carried) + found["rows_lost"] >= COUNT
        if kind in {"root", "index", "schema"}:
            assert len(carried) == COUNT
        assert second > first > COUNT
        assert {first, second} <= set(kept)
        aside = data / found["set_aside"]
        assert aside.stat().st_size >= len(pages) * 4096
        names = {it.name for it in data.iterdir()}
        assert not {it for it in names if it.startswith("events.db-") and "recovery" in it}
        event_ids = dict(rows(path, "SELECT id, event_id FROM events"))
        assert all(event_ids[rowid] == f"event-{rowid - 1}" for rowid in carried)
        wait_for(lambda: running.queryd.get("/api/events?limit=1").status == 200)
        shown = running.queryd.get("/api/events?limit=2").json()["events"]
        assert [it["id"] for it in shown] == [second, first]


def test_damage_that_a_reader_meets_is_recovered_from_while_both_run(tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir(mode=0o700)
    path = data / "events.db"
    make_log(path, COUNT)
    leaf = pages_of(path, "events", "leaf")[7]
    with hookwatch(data) as running, viewer(running.queryd.port) as watching:
        wait_for(lambda: running.ingestd.get("/health").json()["damage"]["checked_at"])
        wait_for(lambda: running.queryd.get("/api/health").json()["views"]["folded_id"] == COUNT)
        garbage(path, [leaf])
        # Those of queryd may have the page in memory.
        with closing(Reader(path)) as reader, pytest.raises(NotReadableError):
            reader.after(0)
        found = wait_for(lambda: recovery(running))
        assert found["rows_lost"] > 0
        newest = post(running, "after it")
        seen = watching.reaches(newest)
        assert [it for it in seen if it > COUNT] == [newest]
        assert len(watching.hellos) == 1  # the same log: the stream did not start again
        wait_for(lambda: running.queryd.get("/api/health").json()["views"]["folded_id"] == newest)
        health = running.queryd.get("/api/health").json()
        assert health["log"]["recoveries"][0]["rows_lost"] == found["rows_lost"]
        stored = rows(running.log_path, "SELECT count(*) FROM events")
        wait_for(lambda: [(running.queryd.get("/api/health").json()["log"]["events"],)] == stored)
        assert len(ids(path)) == COUNT + 1 - found["rows_lost"]
        metrics = running.ingestd.get("/metrics").body.decode().splitlines()
        assert f"hookwatch_log_lost_rows {found['rows_lost']}" in metrics
        assert f"hookwatch_log_recovered_rows {found['rows_carried']}" in metrics
        assert 'hookwatch_log_recoveries{outcome="rows_lost"} 1' in metrics
        checked = next(it for it in metrics if it.startswith("hookwatch_log_check_bytes_total "))
        assert int(checked.split()[1]) > COUNT * 300


@pytest.mark.parametrize("kind", ["trunk", "leaves"])
def test_garbage_in_free_pages_loses_no_event(data: Path, kind: str) -> None:
    """SQLite appends to free pages; what a free leaf holds belongs to no event."""
    path = data / "events.db"
    with closing(apsw.Connection(str(path))) as connection:
        connection.execute("DELETE FROM events WHERE id <= 1000").fetchall()
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    trunks, leaves = free_pages(path)
    kept = set(ids(path))
    with damaged(data, trunks[:1] if kind == "trunk" else leaves) as running:
        posted = [post(running, f"{number} {'x' * 20_000}") for number in range(60)]
        if kind == "trunk":
            found = wait_for(lambda: recovery(running))
            assert found["rows_carried"] >= len(kept)
            posted.append(post(running, "after it"))
        else:
            wait_for(lambda: running.ingestd.get("/health").json()["damage"]["checked_at"])
            assert recovery(running, is_done=False) == {}
        assert set(ids(path)) == {*kept, *posted}
        assert integrity(path) == "ok"
        newest = running.queryd.get("/api/events?limit=1")
        assert [it["id"] for it in newest.json()["events"]] == posted[-1:]
        wait_for(lambda: folded(running) == len(kept) + len(posted))


def free_pages(path: Path) -> tuple[list[int], list[int]]:
    """Return the pages that list free ones, and those that are listed."""
    data = path.read_bytes()
    trunks, leaves, trunk = [], [], int.from_bytes(data[32:36])
    while trunk:
        trunks.append(trunk)
        page = data[(trunk - 1) * 4096 : trunk * 4096]
        numbers = int.from_bytes(page[4:8])
        leaves += [int.from_bytes(page[at : at + 4]) for at in range(8, 8 + 4 * numbers, 4)]
        trunk = int.from_bytes(page[:4])
    return trunks, leaves


def folded(running: Hookwatch) -> int:
    """Return how many events the views count, by session."""
    sessions = running.queryd.get("/api/sessions?limit=100").json().get("sessions", [])
    return sum(it["event_count"] for it in sessions)


def test_a_kill_during_recovery_loses_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    folder.mkdir(mode=0o700)
    path = folder / "events.db"
    make_log(path, 12_000, size=100)
    leaf = pages_of(path, "events", "leaf")[3]
    garbage(path, [leaf])
    with hookwatch(folder) as running, viewer(running.queryd.port) as watching:
        kills = 0
        while kills < 3:
            found = wait_for(lambda: recovery(running, is_done=False))
            if found["done_at"] is not None:
                break
            if found["rows_carried"]:
                running.ingestd.kill()
                kills += 1
                assert rows(path, "SELECT done_at FROM recoveries") == [(None,)]
                running.ingestd.start()
        assert kills
        found = wait_for(lambda: recovery(running))
        kept = ids(path)
        # A reader in order waits for what is carried last.
        assert watching.reaches(kept[-1]) == kept

        wait_for(lambda: folded(running) == len(kept))
        assert len(kept) == found["rows_carried"]
        assert len(kept) + found["rows_lost"] == 12_000
        assert 0 < found["rows_lost"] < 100
        assert integrity(path) == "ok"
        assert len(list(folder.glob("events-damaged-*.db"))) == 1


def test_commits_behind_a_damaged_one_of_the_wal_are_not_forgotten(tmp_path: Path) -> None:
    """SQLite opens such a log without a word, as it was before the damaged commit."""
    folder = tmp_path / "data"
    with hookwatch(folder, "ingestd") as running:
        last = [post(running, f"{number} {'x' * 3000}") for number in range(60)][-1]
        running.ingestd.kill()
        garbage_in_wal(running.log_path, [90])
        running.ingestd.start()
        found = wait_for(lambda: recovery(running))
        assert max(rowid for rowid in ids(running.log_path) if rowid <= last) == last
        assert found["rows_carried"] >= last - 5


def test_a_retry_of_a_carried_event_is_a_duplicate(data: Path) -> None:
    path = data / "events.db"
    with damaged(data, [pages_of(path, "events_session", "leaf")[1]]) as running:
        wait_for(lambda: recovery(running))
        body = {"hook_event_name": "Stop", "session_id": "s"}
        answer = running.ingestd.post(json.dumps([body]).encode(), **{"X-Event-Id": "other"})
        assert answer.json()["accepted"] == 1
        again = running.ingestd.post(body, **{"X-Event-Id": "event-77"})
        assert again.status == 200
        assert rows(path, "SELECT id FROM events WHERE event_id = 'event-77'") == [(78,)]


def test_an_intact_log_is_checked_and_unchanged(data: Path) -> None:
    with hookwatch(data, "ingestd") as running:
        wait_for(lambda: running.ingestd.get("/health").json()["damage"]["checked_at"])
        assert recovery(running, is_done=False) == {}
    assert list(data.glob("*damaged*")) == []


def test_a_clean_stop_needs_no_check_at_the_next_start(data: Path) -> None:
    with hookwatch(data, "ingestd") as running:
        checked_at = wait_for(lambda: running.ingestd.get("/health").json()["damage"]["checked_at"])
        running.ingestd.stop()
        running.ingestd.start()
        damage = running.ingestd.get("/health").json()["damage"]
        assert (damage["checked_at"], damage["checking_since"]) == (checked_at, None)


def test_garbage_in_the_views_is_folded_anew(data: Path) -> None:
    """They hold nothing that the log does not."""
    views = data / "views.db"
    with hookwatch(data, "queryd") as running:

        def sessions() -> Any:
            answer = running.queryd.get("/api/sessions?limit=100")
            return answer.json()["sessions"] if answer.status == 200 else None

        def folded() -> bool:
            found = running.queryd.get("/api/health").json()["views"]
            return bool(found["state"] == "live" and found["folded_id"] == COUNT)

        wait_for(folded)
        expected = sessions()
        assert expected
        running.queryd.kill()
        views.with_name("views.db-wal").unlink(missing_ok=True)
        garbage(views, range(2, page_count(views) + 1, 2))
        running.queryd.start()
        wait_for(lambda: folded() and sessions() == expected)
