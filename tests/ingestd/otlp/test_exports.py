"""Test that what Claude Code exported is stored as events, in every encoding, and once."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from shared.event import Event
from shared.reader import Reader
from tests.ingestd.exports import ENCODINGS, Export, exports
from tests.running import DaemonProcess, Hookwatch, hookwatch

# Counted in the captured files by their event names, data points and spans.
TYPES = {
    "hook_registered": 2368,
    "hook_execution_start": 229,
    "hook_execution_complete": 229,
    "plugin_loaded": 114,
    "api_request": 82,
    "mcp_server_connection": 72,
    "assistant_response": 53,
    "user_prompt": 40,
    "managed_settings_resolved": 38,
    "tool_decision": 37,
    "tool_result": 34,
    "subagent_completed": 4,
    "api_error": 4,
    "skill_activated": 2,
    "retention_sweep": 1,
    "api_retries_exhausted": 1,
    "metric": 433,
    "span": 33,
}


def post(daemon: DaemonProcess, export: Export, encoding: str) -> None:
    """Send an export, which must be taken whole."""
    body, headers = export.sent(encoding)
    answer = daemon.ask("POST", export.path, body, headers)
    assert answer.status == 200
    assert answer.body == (b"{}" if encoding.startswith("json") else b"")
    assert answer.headers["content-type"] == headers["Content-Type"]


def stored(running: Hookwatch) -> list[Event]:
    """Return the log."""
    log = Reader(running.log_path)
    try:
        return log.after(0, limit=100_000)
    finally:
        log.close()


def content_of(event: Event) -> tuple[Any, ...]:
    """Return all of an event but when it came and its place."""
    return (
        event.session_id,
        event.hook_event_type,
        event.timestamp,
        event.model_name,
        event.tool_name,
        event.tool_use_id,
        event.agent_id,
        event.sender and bytes(event.sender),
        bytes(event.payload),
    )


@pytest.fixture(scope="module")
def as_json(tmp_path_factory: pytest.TempPathFactory) -> list[Event]:
    """Return the log of all captured exports, sent as they were captured."""
    with hookwatch(tmp_path_factory.mktemp("json"), "ingestd") as running:
        for export in exports():
            post(running.ingestd, export, "json")
        return stored(running)


def test_every_record_is_an_event(as_json: list[Event]) -> None:
    """Everything about a session is in one log: nothing that was exported may be missing."""
    assert Counter(event.hook_event_type for event in as_json) == TYPES


def test_an_export_keeps_its_order(as_json: list[Event]) -> None:
    """Rowids are the order in which all views read: a decision comes before its result."""
    numbers: dict[str, list[int]] = {}
    for event in as_json:
        payload = json.loads(bytes(event.payload))
        if "event.sequence" in payload:
            numbers.setdefault(event.session_id, []).append(payload["event.sequence"])
    assert len(numbers) == 39
    assert all(found == sorted(set(found)) for found in numbers.values())


def test_requests_have_their_reported_cost(as_json: list[Event]) -> None:
    """Every figure of cost is a sum of these."""
    payloads = [json.loads(bytes(e.payload)) for e in as_json if e.hook_event_type == "api_request"]
    text = "".join(export.body.decode() for export in exports("/v1/logs"))
    micros = [
        int(part.split("}")[0]) for part in text.split('"cost_usd_micros","value":{"intValue":')[1:]
    ]
    assert len(micros) == 82
    assert sum(payload["cost_usd_micros"] for payload in payloads) == sum(micros)
    assert sum(payload["cost_usd"] for payload in payloads) == pytest.approx(sum(micros) / 1e6)


@pytest.mark.parametrize("encoding", ENCODINGS[1:])
def test_every_encoding_gives_the_same_events(
    as_json: list[Event], tmp_path: Path, encoding: str
) -> None:
    """The encoding must not change what is stored, or which records are duplicates.

    Sent again as JSON, nothing more is stored: a retry may use another encoding.
    """
    with hookwatch(tmp_path, "ingestd") as running:
        for export in exports():
            post(running.ingestd, export, encoding)
        events = stored(running)
        assert [content_of(event) for event in events] == [content_of(event) for event in as_json]
        for export in exports():
            post(running.ingestd, export, "json")
        assert len(stored(running)) == len(events)
        figures = running.ingestd.get("/metrics").body.decode()
    assert 'hookwatch_otlp_records_total{signal="logs"} 6616' in figures
    assert f'hookwatch_events_total{{result="duplicate"}} {len(events)}' in figures


def test_an_export_retried_after_kill_9_is_stored_once(tmp_path: Path) -> None:
    """An exporter whose answer was lost sends it again, to a daemon that remembers nothing."""
    first, second, *_ = exports("/v1/logs")
    with hookwatch(tmp_path, "ingestd") as running:
        post(running.ingestd, first, "json")
        count = len(stored(running))
        running.ingestd.kill()
        running.ingestd.start()
        post(running.ingestd, first, "protobuf")
        assert len(stored(running)) == count
        post(running.ingestd, second, "protobuf")
        assert len(stored(running)) > count


def test_telemetry_needs_the_token_as_hooks_do(tmp_path: Path) -> None:
    """It holds prompts and answers: no other user may write to the log."""
    token = "0123456789abcdef"
    export = next(exports("/v1/traces"))
    with hookwatch(tmp_path, "ingestd", HOOKWATCH_TOKEN=token) as running:
        body, headers = export.sent("protobuf")
        assert running.ingestd.ask("POST", export.path, body, headers).status == 401
        headers["Authorization"] = f"Bearer {token}"
        assert running.ingestd.ask("POST", export.path, body, headers).status == 200
