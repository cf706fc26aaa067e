"""Hold the demo's history to the shape of a week's work."""

from __future__ import annotations

import json
from collections import Counter
from datetime import datetime
from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest

from connect.__main__ import main
from connect.cli.demo import USED_BEFORE_HISTORY
from connect.demo.account import Account
from connect.demo.history import history
from connect.demo.usage import UsageMeter
from tests.running import hookwatch, wait_for

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.timeout(180)

MONDAY_MS = round(datetime(2026, 11, 23, 10, 15).astimezone().timestamp() * 1000)
WEDNESDAY_MS = round(datetime(2026, 11, 25, 15, 30).astimezone().timestamp() * 1000)
SUNDAY_MS = round(datetime(2026, 11, 29, 20, 0).astimezone().timestamp() * 1000)
DAY_MS = 86_400_000


def written(*, seed: int = 5, days: int = 7, until_ms: int = WEDNESDAY_MS) -> list[dict[str, Any]]:
    meter = UsageMeter(Account())
    return [json.loads(line) for line in history(seed, days, until_ms, meter)]


@cache
def week() -> list[dict[str, Any]]:
    return written()


def local(timestamp: int) -> datetime:
    return datetime.fromtimestamp(timestamp / 1000).astimezone()


def test_the_same_seed_and_time_give_the_same_history_another_seed_another() -> None:
    """A picture of the demo can be taken again."""
    day = written(days=1)
    assert day == written(days=1)
    other = {it["session_id"] for it in written(seed=6, days=1)}
    assert other.isdisjoint(it["session_id"] for it in day)


def test_a_day_is_the_same_whenever_it_is_written() -> None:
    """Written a second time into the same log, it adds nothing: its ids are known."""
    later = {it["event_id"]: it for it in written(days=3, until_ms=WEDNESDAY_MS + DAY_MS)}
    monday_ms = WEDNESDAY_MS - 2 * DAY_MS
    monday = [it for it in week() if local(it["timestamp"]).date() == local(monday_ms).date()]
    events = [it for it in monday if it["hook_event_type"][0].isupper()]
    assert events
    assert all(later[it["event_id"]]["timestamp"] == it["timestamp"] for it in events)


def test_every_weekday_has_work_and_no_night_has_any() -> None:
    """Charts over a week have a shape only if days differ from nights."""
    events = week()
    hours = Counter(local(it["timestamp"]).hour for it in events)
    assert not set(hours) & {*range(8), 20, 21, 22, 23}
    days = Counter(local(it["timestamp"]).date() for it in events)
    weekdays = [day for day in days if day.weekday() < 5]
    assert len(weekdays) == 6
    assert all(days[day] > 500 for day in weekdays)
    assert all(days[day] < 1_000 for day in days if day.weekday() == 5)
    assert hours[12] + hours[13] < hours[10] + hours[15]


def test_there_is_some_work_just_before_the_demo_even_on_a_sunday() -> None:
    """The timeline opens on the last hours."""
    newest = [
        it
        for it in written(days=1, until_ms=SUNDAY_MS)
        if it["timestamp"] > SUNDAY_MS - 3 * DAY_MS // 24
    ]
    assert len({it["session_id"] for it in newest}) >= 2


def test_history_is_in_order_in_the_past_and_every_id_is_its_own() -> None:
    """A log is read in order, and a repeated id would be dropped."""
    events = [it for it in week() if it["hook_event_type"][0].isupper()]
    assert all(a["timestamp"] <= b["timestamp"] for a, b in pairwise(events))
    assert max(it["timestamp"] for it in week()) <= WEDNESDAY_MS + 1_000
    ids = [it["event_id"] for it in week()]
    assert len(ids) == len(set(ids))


def test_no_session_of_the_past_stays_open() -> None:
    """It would be listed as alive for days."""
    last: dict[str, str] = {}
    for it in week():
        if it["hook_event_type"][0].isupper():
            last[it["session_id"]] = it["hook_event_type"]
    assert set(last.values()) == {"SessionEnd"}


def test_the_week_is_partly_used_whenever_the_history_ends() -> None:
    """A limit that has just been reset shows nothing."""
    for day in range(7):
        account = Account(used_percent=USED_BEFORE_HISTORY)
        until_ms = MONDAY_MS + day * DAY_MS
        for _ in history(5, 7, until_ms, UsageMeter(account)):
            pass
        assert 10 < account.rate_limits()["seven_day"]["used_percentage"] < 99


def test_history_gives_tools_usage_and_sessions_their_shape(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """From the command to the answers that the page draws."""
    with hookwatch(tmp_path / "data") as both:
        url = f"http://127.0.0.1:{both.ingestd.port}"
        played = ["--seed", "5", "--history", "7d", "--duration", "0.1"]
        assert main(["demo", "--into", url, *played]) == 0
        assert "Wrote 7 days of history: " in capsys.readouterr().out

        def is_folded() -> bool:
            views = both.queryd.get("/api/health").json()["views"]
            return bool(views["folded_id"] == views["last_id"])

        wait_for(is_folded)
        models = both.queryd.get("/api/usage?range=7d&by=model").json()
        assert models["total"]["cost_usd"] > 50
        assert {it["key"] for it in models["rows"]} == {
            "claude-opus-5-5",
            "claude-sonnet-4-6",
            "claude-haiku-4-5",
        }
        days = both.queryd.get("/api/usage?range=7d&by=day").json()["rows"]
        assert len([it for it in days if it["cost_usd"] > 5]) >= 4
        projects = both.queryd.get("/api/usage?range=7d&by=project").json()["rows"]
        assert len(projects) == 5
        tools = both.queryd.get("/api/tools/stats?range=7d").json()["tools"]
        assert {"Bash", "Edit", "Agent", "ExitPlanMode"} <= {it["tool_name"] for it in tools}
        bash = both.queryd.get("/api/tools/Bash?range=7d").json()
        assert max(it["count"] for it in bash["failures"]) >= 5
        sessions = both.queryd.get("/api/sessions?limit=500").json()["sessions"]
        assert {it["status"] for it in sessions} == {"ended"}
        limits = both.queryd.get("/api/limits").json()
        assert limits["seven_day"]["used_percent"] > 10
