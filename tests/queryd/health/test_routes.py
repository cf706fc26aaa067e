"""Ask queryd whether all of it works, while it does and while it does not."""

import errno
import json
import os
import time
import warnings
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from litestar.exceptions.base_exceptions import LitestarDeprecationWarning
from litestar.testing import TestClient

from queryd.app import QueryApp
from queryd.fold.folding import VERSION
from queryd.store.readers import Readers
from queryd.store.store import ViewReader
from shared.reader import Reader
from shared.settings import Settings
from tests.running import Answer, Hookwatch, hookwatch, wait_for
from tests.sse import event_stream

DAY_MS = 86_400_000
DEAD = {
    "alive": False,
    "can_write": None,
    "unsaved": None,
    "events_per_second": None,
    "last_id": None,
    "error": f"[Errno {errno.ECONNREFUSED}] {os.strerror(errno.ECONNREFUSED)}",
    "spool": None,
}


def health(running: Hookwatch) -> dict[str, Any]:
    """Return what is reported now."""
    answer = running.queryd.get("/api/health")
    assert answer.status == 200, answer.body
    reported: dict[str, Any] = answer.json()
    return reported


def folded(running: Hookwatch, last_id: int) -> dict[str, Any]:
    """Return what is reported once all up to an event is in the stream and in the views."""

    def is_there() -> bool:
        reported = health(running)
        return bool(reported["last_id"] == reported["views"]["folded_id"] == last_id)

    wait_for(is_there)
    return health(running)


def test_an_empty_installation_reports_unknown_values(tmp_path: Path) -> None:
    """The page must distinguish a quiet installation from a broken one."""
    config = tmp_path / "claude"
    with hookwatch(tmp_path / "data", "queryd", CLAUDE_CONFIG_DIR=str(config)) as running:
        reported = health(running)
        assert (reported["status"], reported["last_id"], reported["ingestd"]) == (
            "degraded",
            0,
            DEAD,
        )
        log = reported["log"]
        assert log.pop("disk_free_bytes") > 0
        assert log.pop("views_bytes") > 0
        assert log.pop("search_bytes") > 0
        assert log == {
            "exists": False,
            "uuid": None,
            "recoveries": [],
            "db_bytes": 0,
            "wal_bytes": 0,
            "events": 0,
            "first_event_at": None,
            "last_event_at": None,
            "error": None,
        }
        assert reported["views"] == {
            "state": "live",
            "folded_id": 0,
            "last_id": 0,
            "events_per_second": None,
            "skipped": 0,
            "error": None,
        }
        assert reported["search"] == {
            "state": "live",
            "indexed_id": 0,
            "last_id": 0,
            "skipped": 0,
            "error": None,
        }
        assert reported["lag"] == {
            "stream": None,
            "views": None,
            "views_behind": 0,
            "search_behind": 0,
        }
        assert (reported["sources"], reported["received"]["types"]) == ([], [])
        assert "SessionStart" in reported["received"]["never"]
        assert "WorktreeCreate" not in reported["received"]["never"]
        assert reported["gaps"] == {
            "long_running": 0,
            "no_result": 0,
            "interrupted": 0,
            "running_examples": [],
            "no_result_examples": [],
            "interrupted_examples": [],
        }
        assert reported["installed"]["state"] == "absent"
        assert reported["restarted_by"] is None
        assert reported["processes"]["ingestd"] is None
        assert reported["processes"]["queryd"]["memory_bytes"] > 1_000_000


def test_the_oldest_event_is_the_one_that_happened_first(both: Hookwatch) -> None:
    """A backfill stores the past today: "oldest 7 min ago" hid that it worked."""
    now = time.time_ns() // 1_000_000
    for ago in (0, 7 * DAY_MS, 90 * DAY_MS, 5_000):
        event = {"session_id": "s", "hook_event_type": "Stop", "timestamp": now - ago}
        assert both.ingestd.post(event).status == 200
    log = folded(both, 4)["log"]
    assert log["first_event_at"] == now - 90 * DAY_MS
    assert log["last_event_at"] >= now


def test_received_events_appear_in_every_figure(tmp_path: Path) -> None:
    """The page that answers "is it working?" shows nothing but this."""
    now = time.time_ns() // 1_000_000
    old = {
        "session_id": "s",
        "hook_event_type": "X",
        "timestamp": now - 90 * DAY_MS,
        "source_app": "shop",
    }
    call = {"tool_name": "Bash", "tool_input": {"command": "sleep 9"}, "tool_use_id": "t1"}
    opened = {**old, "hook_event_type": "PreToolUse", "timestamp": now - DAY_MS // 2}
    with hookwatch(tmp_path / "data") as running:
        running.ingestd.post([old, {**opened, "payload": call}])
        running.ingestd.post({"hook_event_name": "Stop", "session_id": "t", "cwd": "/w/till"})
        reported = folded(running, 3)
        assert reported["status"] == "ok"
        assert reported["ingestd"] | {"events_per_second": 0.0} == {
            "alive": True,
            "can_write": True,
            "unsaved": 0,
            "events_per_second": 0.0,
            "last_id": 3,
            "error": None,
            "spool": {
                "path": str(tmp_path / "data" / "spool"),
                "waiting": 0,
                "dropped": 0,
                "rejected": 0,
            },
        }
        assert reported["log"]["exists"] is True
        with closing(Reader(running.log_path)) as log:
            assert reported["log"]["uuid"] == log.uuid() is not None
        assert reported["log"]["wal_bytes"] > 0
        assert reported["log"]["events"] == 3
        assert reported["log"]["first_event_at"] == old["timestamp"]
        assert now <= reported["log"]["last_event_at"] <= reported["at"]
        sources = [it["source_app"] for it in reported["sources"]]
        assert sources == ["till", "shop"]
        by_type = {it["event_type"]: it for it in reported["received"]["types"]}
        assert {name: it["count_24h"] for name, it in by_type.items()} == {
            "Stop": 1,
            "PreToolUse": 1,
            "X": 0,
        }
        assert (by_type["X"]["last_event_at"], by_type["X"]["count"]) == (old["timestamp"], 1)
        assert "Stop" not in reported["received"]["never"]
        (example,) = reported["gaps"]["no_result_examples"]
        assert (reported["gaps"]["no_result"], example) == (
            1,
            {
                "session_id": "s",
                "source_app": "shop",
                "tool_name": "Bash",
                "target": "sleep 9",
                "started_at": now - DAY_MS // 2,
                "event_id": 2,
            },
        )
        assert reported["lag"]["stream"]["events"] == 3
        assert (
            0 <= reported["lag"]["stream"]["p50_ms"] <= reported["lag"]["stream"]["max_ms"] < 60_000
        )
        assert reported["lag"]["views"]["events"] >= 1
        assert sum(count or 0 for count in reported["rate"]["counts"]) == 3


def test_ingestd_reports_its_process_until_it_ends(tmp_path: Path) -> None:
    """Two daemons, and only one of them answers: the other's figures must not stand for it."""
    with hookwatch(tmp_path / "data") as running:
        reported = health(running)["processes"]
        assert reported["ingestd"]["pid"] == running.ingestd.get("/health").json()["process"]["pid"]
        assert reported["ingestd"]["pid"] != reported["queryd"]["pid"]
        assert reported["ingestd"]["memory_bytes"] > 1_000_000
        wait_for(
            lambda: all(
                it["cpu_percent"] is not None for it in health(running)["processes"].values()
            )
        )
        running.ingestd.kill()
        reported = health(running)
        assert (reported["status"], reported["ingestd"]) == ("degraded", DEAD)
        assert reported["processes"]["ingestd"] is None
        running.ingestd.start()
        assert health(running)["status"] == "ok"


def test_installed_hooks_and_a_broken_settings_file_are_shown(tmp_path: Path) -> None:
    """It is read while it is being written by hand."""
    config = tmp_path / "claude"
    config.mkdir()
    with hookwatch(tmp_path / "data", "queryd", CLAUDE_CONFIG_DIR=str(config)) as running:
        url = health(running)["ingest_url"]
        assert url == f"http://127.0.0.1:{running.ingestd.port}/events"
        handler = {"type": "http", "url": url}
        text = json.dumps({"env": {"KEY": "hunter2"}, "hooks": {"Stop": [{"hooks": [handler]}]}})
        (config / "settings.json").write_text(text, "utf-8")
        answer = running.queryd.get("/api/health")
        found = answer.json()["installed"]
        assert found["hooks"] == [{"event_type": "Stop", "kind": "http", "some": False}]
        assert b"hunter2" not in answer.body
        (config / "settings.json").write_text(text[:-3], "utf-8")
        assert health(running)["installed"]["state"] == "not_json"


def test_the_token_is_never_shown(tmp_path: Path) -> None:
    """What is on the page ends up in screenshots."""
    token = "0123456789abcdef-secret"
    with hookwatch(tmp_path / "data", HOOKWATCH_TOKEN=token) as running:
        answer = running.queryd.get("/api/health", Authorization=f"Bearer {token}")
        settings = {it["name"]: it["value"] for it in answer.json()["settings"]}
        assert settings["HOOKWATCH_TOKEN"] == "set"
        assert settings["HOOKWATCH_DATA"] == str(tmp_path / "data")
        assert token.encode() not in answer.body
        assert answer.json()["status"] == "ok"


def test_an_open_stream_is_counted(both: Hookwatch) -> None:
    """A page that no one closed is one more to feed."""
    with event_stream(both.queryd.port):
        assert health(both)["streams"] == 1
    wait_for(lambda: health(both)["streams"] == 0)


def test_a_damaged_log_is_reported_without_failing(tmp_path: Path) -> None:
    """The one page that must open then is this one."""
    data = tmp_path / "data"
    data.mkdir(mode=0o700)
    (data / "events.db").write_bytes(b"no database at all" * 1000)
    with hookwatch(data, "queryd") as running:
        reported = health(running)
        assert "not a database" in reported["log"]["error"]
        assert reported["log"]["events"] is None


def test_a_page_of_the_dashboard_may_post_with_its_cookie(tmp_path: Path) -> None:
    """Sample events go the whole way, from the browser through ingestd; no other page's do."""
    token = "0123456789abcdef-secret"
    with hookwatch(tmp_path / "data", HOOKWATCH_TOKEN=token) as running:
        body = json.dumps({"hook_event_name": "Stop", "session_id": "sample-1"}).encode()

        def post(method: str = "POST", of: int = running.queryd.port, **headers: str) -> Answer:
            origin = f"http://127.0.0.1:{of}"
            return running.ingestd.ask(method, "/events", body, {"Origin": origin, **headers})

        cookie = {"Cookie": f"hookwatch_token={token}", "Content-Type": "application/json"}
        asks = {"Access-Control-Request-Method": "POST"}
        preflight = post("OPTIONS", running.queryd.port, **asks)
        assert preflight.status == 204
        for answer in (preflight, post("POST", running.queryd.port, **cookie)):
            assert answer.headers["access-control-allow-credentials"] == "true"
            assert answer.headers["access-control-allow-origin"].endswith(str(running.queryd.port))
        assert post("POST", running.queryd.port, **cookie).status == 200
        assert post().status == 401
        foreign = post("POST", running.ingestd.port, **cookie)
        assert foreign.status == 403
        assert "access-control-allow-credentials" not in foreign.headers


def test_a_project_can_be_excluded_from_the_lists_of_sessions(both: Hookwatch) -> None:
    """Sample sessions that were removed from the screen must not come back with the next page."""
    for number, project in enumerate(["till", "shop", "till", None, "shop"]):
        both.ingestd.post(
            {
                "session_id": f"s{number}",
                "hook_event_type": "Stop",
                "timestamp": time.time_ns() // 1_000_000,
                "source_app": project,
                "payload": {},
            }
        )
    folded(both, 5)
    for route in ("/api/sessions", "/api/sessions/active"):
        parameters = "limit=2&without_source_app=shop"
        first = both.queryd.get(f"{route}?{parameters}").json()
        rest = both.queryd.get(f"{route}?{parameters}&cursor={first['next']}").json()
        shown = [it["session_id"] for it in (*first["sessions"], *rest["sessions"])]
        assert shown == ["s3", "s2", "s0"]
        assert rest["next"] is None


def test_deleted_events_between_others_are_not_counted(tmp_path: Path) -> None:
    """Retention goes by time: after a backfill it deletes what came last."""
    now = time.time_ns() // 1_000_000
    days_ago = now - 3 * DAY_MS
    event = {"session_id": "s", "hook_event_type": "X"}
    times = [now, days_ago, now, days_ago, days_ago, now]
    with hookwatch(tmp_path / "data", HOOKWATCH_RETENTION_DAYS="2") as running:
        running.ingestd.post([{**event, "timestamp": at} for at in times])
        wait_for(lambda: running.queryd.get("/api/health").json()["log"]["events"] == 3)
        first = "SELECT first_id, last_id FROM holes ORDER BY first_id"
        with closing(ViewReader(running.log_path.with_name("views.db"), VERSION)) as views:
            assert views.fetch(first) == [(2, 2), (4, 5)]


def test_a_report_waits_in_the_queue_of_reads_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Beside sixteen clients each wait takes some 60 ms, and there were four."""
    reads: list[Any] = []
    search = Readers.search

    async def counting(readers: Readers, read: Any) -> Any:
        reads.append(read)
        return await search(readers, read)

    monkeypatch.setattr(Readers, "search", counting)
    with warnings.catch_warnings():
        # Litestar takes the page's path, which one of its routes lacks, for a parameter.
        warnings.simplefilter("ignore", LitestarDeprecationWarning)
        app = QueryApp(Settings(data=tmp_path)).litestar
    with TestClient(app) as client:
        reads.clear()
        assert client.get("/api/health").status_code == 200
        assert len(reads) == 1
