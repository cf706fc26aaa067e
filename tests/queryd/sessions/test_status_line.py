"""Test that a status line adds details to a session and keeps its status."""

import json
from contextlib import closing
from pathlib import Path
from typing import Any

import msgspec
import pytest

from ingestd.intake.decode import RequestMetadata, decode_one
from ingestd.intake.status_line import decode_status_line
from queryd.fold.folding import Views
from queryd.search.text import FIELDS, row_of
from queryd.sessions.rows import SessionRow
from queryd.store.fact import fact_of
from shared.event import Event
from tests.queryd.folded_views import dump, sessions_of
from tests.queryd.hook_bodies import T0, Body, ask, end, event, pre, prompt, start, stop, task
from tests.running import SAMPLES

LINE = (SAMPLES / "statusline.jsonl").read_bytes().split(b"\n")[5]
REPORTED = json.loads(LINE)
SECOND = 1_000
MINUTE = 60 * SECOND
STATES: dict[str, tuple[Body, ...]] = {
    "working": (start(), prompt(), pre()),
    "needs_permission": (prompt(), pre(), ask()),
    "done": (prompt(), stop()),
    "background": (prompt(), stop(tasks=[task("b1", "Build")])),
    "failed": (prompt(), event("StopFailure", error="rate_limit")),
    "ended": (prompt(), stop(), end()),
}


def hook(body: Body, at: int, number: int) -> Event:
    """Return a hook event of the session."""
    text = msgspec.json.encode({"session_id": "s1", "cwd": "/home/dev/shop", **body})
    return msgspec.structs.replace(
        decode_one(text, RequestMetadata(fired_at=at))[0].event, received_at=at, id=number
    )


def status(at: int, number: int, **fields: Any) -> Event:
    """Return a status line of the session."""
    text = json.dumps({**REPORTED, "session_id": "s1", **fields}).encode()
    decoded = decode_status_line(text, RequestMetadata(fired_at=at)).event
    return msgspec.structs.replace(decoded, received_at=at, id=number)


def rows(path: Path, *events: Event, now: int) -> tuple[SessionRow, dict[str, list[Any]]]:
    """Fold events one by one; return the session's row, and all that the views hold."""
    with closing(Views(path / "views.db")) as views:
        for one in events:
            views.fold([fact_of(one)])
        return sessions_of(views, now=now)["s1"], dump(views.database)


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("later_ms", [1, 10 * MINUTE])
def test_a_status_line_changes_no_state(tmp_path: Path, state: str, later_ms: int) -> None:
    """It is drawn when a window is resized: a session that is done must not seem at work."""
    events = [hook(body, T0 + n * SECOND, n + 1) for n, body in enumerate(STATES[state])]
    now = T0 + len(events) * SECOND + later_ms
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    before, held = rows(tmp_path / "a", *events, now=now)
    after, holds = rows(tmp_path / "b", *events, status(now, len(events) + 1), now=now)
    reported = {"model_name", "client_version", "last_event_id", "record_count", "cwd", "title"}
    assert before.status in {state, "quiet"}
    for field in SessionRow.__struct_fields__:
        if field not in reported:
            assert getattr(after, field) == getattr(before, field), field
    assert held["spans"] == holds["spans"]
    assert held["turns"] == holds["turns"]
    assert held["calls"] == holds["calls"]


def test_silence_stays_silence_whatever_is_drawn(tmp_path: Path) -> None:
    """An Esc sends no event: that a session went quiet is all there is to see of it."""
    drawn = [status(T0 + n * MINUTE, n + 2) for n in range(1, 8)]
    row, _ = rows(tmp_path, hook(prompt(), T0, 1), *drawn, now=T0 + 8 * MINUTE)
    assert row.status == "quiet"
    assert row.last_event_at == T0
    assert row.event_count == sum(row.activity) == 1


def test_it_reports_the_model_the_name_and_the_version(tmp_path: Path) -> None:
    """Hooks of a session in print mode or without SessionStart never name the model."""
    line = status(T0 + SECOND, 2, session_name="Till", version="2.2.0")
    row, _ = rows(tmp_path, hook(prompt("Fix it"), T0, 1), line, now=T0)
    assert (row.model_name, row.title) == ("claude-opus-5-5", "Till")


def test_a_session_may_be_known_by_its_status_line_alone(tmp_path: Path) -> None:
    """Someone connects the status line and no hooks: it is there, and does nothing."""
    row, _ = rows(tmp_path, status(T0, 1), now=T0 + MINUTE)
    assert (row.status, row.status_reason, row.event_count) == ("done", "no prompt yet", 0)
    assert (row.first_event_at, row.last_event_at, row.status_since) == (T0, T0, T0)
    assert row.source_app == "proj"


def test_hooks_that_come_after_the_first_status_line_start_the_session(tmp_path: Path) -> None:
    """Hooks and status line run side by side: either may be first."""
    row, _ = rows(tmp_path, status(T0, 1), hook(pre(), T0 + SECOND, 2), now=T0 + SECOND)
    assert (row.status, row.status_since, row.event_count) == ("working", T0 + SECOND, 1)
    assert (row.first_event_at, row.last_event_at) == (T0 + SECOND, T0 + SECOND), "of its own doing"


def test_a_status_line_is_found_by_its_values_and_not_by_its_words() -> None:
    """Hundreds of them would else hide every other event with the project's path in it."""
    row = row_of(status(T0, 1), REPORTED)
    assert row[0]
    assert row[1:] == ("",) * len(FIELDS)
