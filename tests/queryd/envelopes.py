"""Turn captured telemetry, transcripts and status lines into envelopes, in order of arrival."""

import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from tests.running import SAMPLES

Envelope = dict[str, Any]


def telemetry() -> list[Envelope]:
    """Return every captured log record of telemetry."""
    files = sorted((SAMPLES / "otlp").glob("logs_?.jsonl"))
    bodies = (json.loads(line) for file in files for line in _lines_of(file))
    return [
        _of_record(record, resource["resource"])
        for body in bodies
        for resource in body["resourceLogs"]
        for scope in resource["scopeLogs"]
        for record in scope["logRecords"]
    ]


def transcripts() -> list[Envelope]:
    """Return every captured message's usage; files of forks come after their originals."""
    files = sorted((SAMPLES / "transcripts").rglob("*.jsonl"))
    return [it for file in sorted(files, key=_started) for it in _of_transcript(file)]


def status_lines(*, every_ms: int = 1_000, first_at: int = 1_795_360_000_000) -> list[Envelope]:
    """Return every captured status line; they have no time, so one is sent a second."""
    lines = _lines_of(SAMPLES / "statusline.jsonl")
    return [
        status_line(json.loads(line), first_at + number * every_ms)
        for number, line in enumerate(lines)
    ]


def status_line(body: dict[str, Any], at: int) -> Envelope:
    """Return a status line as an event."""
    return envelope("status_line", body["session_id"], at, body, model_name=body["model"]["id"])


def envelope(kind: str, session_id: str, at: int, payload: Any, **more: Any) -> Envelope:
    """Return an event in the format of `POST /events`."""
    return {
        "hook_event_type": kind,
        "session_id": session_id,
        "timestamp": at,
        "payload": payload,
        **more,
    }


def _of_record(record: dict[str, Any], resource: dict[str, Any]) -> Envelope:
    attributes = {it["key"]: _value(it["value"]) for it in record["attributes"]}
    own = {"resource": {it["key"]: _value(it["value"]) for it in resource["attributes"]}}
    more = {
        column: attributes[name]
        for column, name in (
            ("model_name", "model"),
            ("tool_name", "tool_name"),
            ("tool_use_id", "tool_use_id"),
            ("agent_id", "agent_id"),
        )
        if attributes.get(name)
    }
    at = int(record["timeUnixNano"]) // 1_000_000
    name = attributes["event.name"]
    return envelope(name, attributes["session.id"], at, {**attributes, **own}, **more)


def _value(value: dict[str, Any]) -> Any:
    ((kind, found),) = value.items()
    if kind == "arrayValue":
        return [_value(one) for one in found.get("values", [])]
    return int(found) if kind == "intValue" else found


def _started(file: Path) -> tuple[str, str]:
    """Return the time of a file's own lines: a fork starts with those of its parent."""
    own = [
        line["timestamp"] for line in _lines(file) if line.get("sessionId") and "timestamp" in line
    ]
    return max(own, default=""), str(file)


def _of_transcript(file: Path) -> Iterator[Envelope]:
    """Yield a message's usage with its last line, as `hookwatch backfill` does."""
    messages: dict[str, dict[str, Any]] = {}
    for line in _lines(file):
        if line.get("type") == "assistant":
            messages[line["message"]["id"]] = line
    for line in messages.values():
        agent_id = line.get("agentId") if line["isSidechain"] else None
        payload = {
            "message_id": line["message"]["id"],
            "request_id": line.get("requestId"),
            "model": line["message"]["model"],
            "usage": line["message"]["usage"],
            "is_sidechain": line["isSidechain"],
            **({"agent_id": agent_id} if agent_id else {}),
        }
        at = round(datetime.fromisoformat(line["timestamp"]).timestamp() * 1000)
        more = {"agent_id": agent_id} if agent_id else {}
        model = line["message"]["model"]
        yield envelope("usage", line["sessionId"], at, payload, model_name=model, **more)


def _lines(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in _lines_of(file)]


def _lines_of(file: Path) -> list[str]:
    """Split at newlines alone: texts may contain other characters that end lines in Python."""
    return [line for line in file.read_text("utf-8").split("\n") if line]
