"""Compare the generated log with real ones: figures of an unrealistic log are worth nothing."""

import argparse
import json
from collections import Counter
from itertools import pairwise
from pathlib import Path
from typing import Any

import apsw
import pytest

from bench.generator.log import add_options, generate, make_log, metadata_path
from bench.generator.texts import WORLDS
from ingestd.intake.decode import RequestMetadata, decode_one
from ingestd.log.dedup.keys import EventKeys
from shared.event import is_record
from shared.schema import VERSION, version_of
from tests.connect.shapes import Shapes
from tests.running import sample_bodies

EVENTS = 2_000
END_MS = 1_795_000_000_000
COLUMNS = (
    "id, timestamp, received_at, session_id, hook_event_type, source_app, model_name, tool_name, "
    "tool_use_id, agent_id, summary, event_id, sender, payload"
)

Row = dict[str, Any]


def make(folder: Path, *, seed: int = 7) -> Path:
    """Make a small log and return where it is."""
    log = folder / "events.db"
    make_log(log, EVENTS, seed=seed, end_ms=END_MS, words=30_000)
    return log


def rows_of(log: Path) -> list[Row]:
    """Return all rows of a log, in the order they came."""
    connection = apsw.Connection(str(log))
    try:
        found = connection.execute(f"SELECT {COLUMNS} FROM events ORDER BY id").fetchall()
        assert version_of(connection) == VERSION
        assert connection.pragma("integrity_check") == "ok"
        assert connection.pragma("journal_mode") == "wal"
    finally:
        connection.close()
    return [dict(zip(COLUMNS.split(", "), row, strict=True)) for row in found]


def hooks_of(rows: list[Row]) -> list[Row]:
    return [row for row in rows if not is_record(row["hook_event_type"])]


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make(tmp_path_factory.mktemp("log"))


@pytest.fixture(scope="module")
def rows(log: Path) -> list[Row]:
    return rows_of(log)


def test_a_log_has_the_requested_number_of_events(rows: list[Row]) -> None:
    """A rate is events by seconds: both must be true."""
    assert [row["id"] for row in rows] == list(range(1, EVENTS + 1))


def test_rows_are_in_order_of_arrival_and_none_is_in_the_future(rows: list[Row]) -> None:
    """Events are appended as they come; the views may rely on it."""
    times = [row["received_at"] for row in rows]
    assert times == sorted(times)
    assert END_MS - 3_600_000 < times[-1] <= END_MS


def test_several_sessions_run_at_once(rows: list[Row]) -> None:
    """One after the other would be kinder to a page cache than life is."""
    sessions = [row["session_id"] for row in rows]
    changes = sum(a != b for a, b in pairwise(sessions))
    assert changes > 2 * len(set(sessions))


def test_columns_are_what_ingestd_would_fill_in(rows: list[Row]) -> None:
    """The log is made without ingestd, and must be the same as through it."""
    for row in hooks_of(rows):
        event = decode_one(row["payload"].encode(), RequestMetadata())[0].event
        for column in ("session_id", "hook_event_type", "source_app", "model_name"):
            assert row[column] == getattr(event, column), column
        for column in ("tool_name", "tool_use_id", "agent_id", "summary", "sender"):
            assert row[column] == getattr(event, column), column
        assert row["event_id"] is None


def test_ingestd_has_no_keys_to_read_again(log: Path, rows: list[Row]) -> None:
    """At the first start over 5,000,000 events without keys no hook was answered for 24 s."""
    connection = apsw.Connection(str(log))
    try:
        keys = EventKeys(connection)
        assert len(keys) == 0
        columns = COLUMNS.split(", ")[1:]
        called = [row for row in rows if row["tool_use_id"] is not None]
        for row in called[:: len(called) // 50]:
            sent_again = tuple(row[column] for column in columns if column != "summary")
            assert keys.row_of_tool_event(connection, sent_again) == row["id"]
    finally:
        connection.close()


def test_bodies_have_the_shapes_of_captured_ones(rows: list[Row]) -> None:
    """Folding reads fields; a body without them would be folded for nothing."""
    shapes = Shapes(sample_bodies())
    faults: Counter[str] = Counter()
    for row in hooks_of(rows):
        faults.update(shapes.faults(json.loads(row["payload"])))
    assert faults == Counter()


def test_every_call_has_its_own_id(rows: list[Row]) -> None:
    """A repeated tool_use_id would be a duplicate, and no row."""
    called = [row["tool_use_id"] for row in rows if row["hook_event_type"] == "PreToolUse"]
    assert len(set(called)) == len(called) > EVENTS / 6


def test_most_calls_end_and_most_sessions_too(rows: list[Row]) -> None:
    """The holes are real, and rare."""
    kinds = Counter(row["hook_event_type"] for row in rows)
    ended = kinds["PostToolUse"] + kinds["PostToolUseFailure"]
    assert 0.9 * kinds["PreToolUse"] < ended < kinds["PreToolUse"]
    assert kinds["SessionEnd"] > 0.75 * len({row["session_id"] for row in rows})
    for name in ("PermissionRequest", "SubagentStart", "SubagentStop", "Stop", "MessageDisplay"):
        assert kinds[name] > 0, name


def test_records_have_the_usage_of_requests(rows: list[Row]) -> None:
    """Usage, limits and errors are requested too; without records those answers take no time."""
    kinds = Counter(row["hook_event_type"] for row in rows)
    for name in ("api_request", "usage", "status_line"):
        assert kinds[name] > EVENTS / 100, name
    requests = [
        json.loads(row["payload"]).get("request_id")
        for row in rows
        if row["hook_event_type"] in {"api_request", "usage"}
    ]
    assert len(set(requests)) == len(requests)


def test_a_common_word_of_one_world_is_unknown_to_the_other(rows: list[Row]) -> None:
    """Two words that never meet are the slowest search; it must be measured."""
    first, second = ({row["id"] for row in rows if word in row["payload"]} for word in WORLDS)
    assert len(first) > EVENTS / 20
    assert len(second) > EVENTS / 20
    assert not first & second


def test_the_same_seed_makes_the_same_log(rows: list[Row], tmp_path: Path) -> None:
    """Figures of two days can be compared only if they are of one log."""
    assert rows_of(make(tmp_path)) == rows


def test_another_seed_makes_another_log(rows: list[Row], tmp_path: Path) -> None:
    """Else the seed would be for nothing."""
    other = {row["session_id"] for row in rows_of(make(tmp_path, seed=8))}
    assert not other & {row["session_id"] for row in rows}


def test_an_existing_log_is_left_alone(
    log: Path, rows: list[Row], capsys: pytest.CaptureFixture[str]
) -> None:
    """It may be a user's."""
    parser = argparse.ArgumentParser()
    add_options(parser)
    assert generate(parser.parse_args(["--log", str(log), "--events", "10"])) == 2
    assert "is there already" in capsys.readouterr().err
    assert rows_of(log) == rows
    assert metadata_path(log).is_file()
