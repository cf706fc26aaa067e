"""Test that events reported by hooks and by transcripts are stored once."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import msgspec
import pytest

from ingestd.log.writer import Writer
from shared.event import Event, NewEvent
from shared.history import END_MS, SKEW_MS, HistoryReader, timed_id

AT = 1_795_000_000_000


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "events.db"


@pytest.fixture
def writer(path: Path) -> Iterator[Writer]:
    with closing(Writer(path)) as opened:
        yield opened


def new(
    kind: str = "Stop",
    at: int = AT,
    *,
    event_id: str | None = None,
    session_id: str = "s",
    payload: Any = None,
    **fields: Any,
) -> NewEvent:
    body = msgspec.json.encode({"prompt_id": "p"} if payload is None else payload)
    event = Event(
        session_id=session_id,
        hook_event_type=kind,
        timestamp=at,
        received_at=at,
        payload=msgspec.Raw(body),
        **fields,
    )
    return NewEvent(event=event, event_id=event_id)


def backfilled(kind: str = "Stop", at: int = AT, **fields: Any) -> NewEvent:
    """Return an event as backfill sends it."""
    return new(kind, at, event_id=timed_id(kind, at, "uuid"), **fields)


def test_a_hook_matches_an_event_backfilled_before_it(writer: Writer) -> None:
    """A spool drained late must not double a turn."""
    (first,) = writer.append([backfilled()])
    (second,) = writer.append([new(at=AT + 40, event_id="h1")])
    assert (second.id, second.duplicate) == (first.id, True)


def test_a_retry_of_that_hook_finds_it_again_and_another_hook_does_not(writer: Writer) -> None:
    """One row matches one firing: a second answer to the same prompt is a second event."""
    (first,) = writer.append([backfilled()])
    found = writer.append([new(event_id="h1"), new(event_id="h1"), new(event_id="h2")])
    assert [(it.id, it.duplicate) for it in found[:2]] == [(first.id, True)] * 2
    assert not found[2].duplicate


@pytest.mark.parametrize(
    "other",
    [
        new(at=AT + SKEW_MS + 1),
        new(at=AT - SKEW_MS - 1),
        new("StopFailure"),
        new(session_id="t"),
        new(agent_id="a"),
        new(payload={"prompt_id": "q"}),
        new("Notification"),
    ],
)
def test_different_events_are_stored_separately(writer: Writer, other: NewEvent) -> None:
    """A lost event is worse than a duplicate."""
    writer.append([backfilled()])
    (stored,) = writer.append([other])
    assert not stored.duplicate


def test_an_end_may_be_reported_some_seconds_later(writer: Writer) -> None:
    """The client sums up, and then takes its time; the hook's prompt is the next one's."""
    writer.append([backfilled("SessionEnd")])
    (stored,) = writer.append([new("SessionEnd", AT + END_MS, payload={"prompt_id": "next"})])
    assert stored.duplicate


def test_the_nearest_event_in_time_is_the_duplicate(writer: Writer) -> None:
    """Short turns follow each other within the second."""
    ids = [timed_id("Stop", AT + late, f"u{late}") for late in (0, 900)]
    rows = writer.append(
        [new(at=AT + late, event_id=it) for late, it in zip((0, 900), ids, strict=True)]
    )
    (found,) = writer.append([new(at=AT + 930)])
    assert found.id == rows[1].id


def test_a_log_is_asked_again_after_a_restart(path: Path) -> None:
    """Whether it holds a past is known from the log, not from memory."""
    with closing(Writer(path)) as before:
        before.append([backfilled()])
    with closing(Writer(path)) as after:
        (stored,) = after.append([new()])
    assert stored.duplicate


@pytest.mark.parametrize("payload", [[1], "x", {"prompt_id": 7}, {"prompt_id": None}])
def test_a_body_that_names_no_prompt_matches_any(writer: Writer, payload: Any) -> None:
    """Old clients name none; and nothing in a body may stop the append."""
    writer.append([backfilled()])
    (stored,) = writer.append([new(payload=payload)])
    assert stored.duplicate


def test_backfilled_events_are_deduplicated_by_id_only(writer: Writer) -> None:
    """Two answers of one moment are two lines."""
    writer.append([backfilled()])
    found = writer.append([backfilled(), new(event_id=timed_id("Stop", AT, "other"))])
    assert [it.duplicate for it in found] == [True, False]


def test_the_log_returns_the_events_of_hooks(path: Path, writer: Writer) -> None:
    """What is there already is not sent again."""
    with closing(HistoryReader(path)) as reader:
        assert reader.newest_hook_at("s") == 0
        writer.append(
            [
                new(at=AT, event_id="h1"),
                new("PreToolUse", AT + 5, tool_use_id="t1", tool_name="Bash"),
                new("usage", AT + 9_000),
                backfilled(at=AT + 8_000),
            ]
        )
        assert reader.newest_hook_at("s") == AT + 5
        sent = timed_id("Stop", AT + 8_000, "uuid")
        assert reader.known_ids([sent, "backfill:x"]) == {sent}
        wanted = [("t1", "PreToolUse"), ("t1", "PostToolUse"), ("t2", "PreToolUse")]
        assert reader.known_tool_events(wanted) == {("t1", "PreToolUse")}
        (trace,) = reader.hook_events("Stop", AT - 1, AT + 9_000)
        assert (trace.session_id, trace.prompt_id, trace.agent_id) == ("s", "p", None)


def test_a_log_that_is_not_there_has_no_history(tmp_path: Path) -> None:
    """A first run comes before any event."""
    with closing(HistoryReader(tmp_path / "none.db")) as reader:
        assert reader.newest_hook_at("s") == 0
        assert reader.known_ids(["x"]) == set()
        assert reader.hook_events("Stop", 0, AT) == []
