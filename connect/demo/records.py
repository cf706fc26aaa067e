"""Records beside hooks: the status line's input, and events of OpenTelemetry.

With the same fields in the same order as Claude Code's.
"""

from __future__ import annotations

import socket
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Literal

from msgspec import Struct

if TYPE_CHECKING:
    from connect.demo.bodies import Body
    from connect.demo.story import StoryEvent

CLIENT_VERSION = "2.1.330"
RecordKind = Literal["status_line", "api_request", "api_error", "api_retries_exhausted"]
RESOURCE: Body = {
    "host.arch": "amd64",
    "os.type": "linux",
    "os.version": "6.18.44",
    "service.name": "claude-code",
    "service.version": CLIENT_VERSION,
}
SCOPE: Body = {"name": "com.anthropic.claude_code.events", "version": CLIENT_VERSION}
USER_ID = "1a66057c058f499bdb1b1b13c2cc27706e9118fc3b5518bba92fca4e6fb0b21e"
DOUBLES = frozenset({"cost_usd"})


class DemoRecord(Struct, frozen=True):
    """A record; of an event of OpenTelemetry the body is its attributes."""

    kind: RecordKind
    at_ms: int
    session_id: str
    body: Body


def telemetry(kind: RecordKind, at_ms: int, sequence: int, hook: Body, fields: Body) -> DemoRecord:
    """Return an event of OpenTelemetry, of the session and the prompt of a hook body."""
    attributes: Body = {
        "user.id": USER_ID,
        "session.id": hook["session_id"],
        "anthropic.provider": "firstParty",
        "terminal.type": "xterm-256color",
        "event.name": kind,
        "event.timestamp": iso(at_ms),
        "event.sequence": sequence,
    }
    if "prompt_id" in hook:
        attributes["prompt.id"] = hook["prompt_id"]
    return DemoRecord(kind, at_ms, hook["session_id"], attributes | fields)


def client(event: StoryEvent) -> dict[str, str | int | bool | None]:
    """Describe the client of an event, as our forwarder does."""
    return {
        "project_dir": event.body["cwd"],
        "client_version": CLIENT_VERSION,
        "entrypoint": "cli" if event.attended else "sdk-cli",
        "attended": event.attended,
        "host": socket.gethostname(),
        "user": "dev",
    }


def export(record: DemoRecord) -> Body:
    """Return the body of an OTLP/HTTP request with one log record."""
    nanoseconds = f"{record.at_ms}000000"
    log_record = {
        "timeUnixNano": nanoseconds,
        "observedTimeUnixNano": nanoseconds,
        "body": {"stringValue": f"claude_code.{record.kind}"},
        "attributes": _attributes(record.body),
        "droppedAttributesCount": 0,
    }
    resource = {"attributes": _attributes(RESOURCE), "droppedAttributesCount": 0}
    scope_logs = {"scope": SCOPE, "logRecords": [log_record]}
    return {"resourceLogs": [{"resource": resource, "scopeLogs": [scope_logs]}]}


def iso(at_ms: int) -> str:
    when = datetime.fromtimestamp(at_ms / 1000, UTC)
    return f"{when:%Y-%m-%dT%H:%M:%S}.{at_ms % 1000:03d}Z"


def _attributes(fields: Body) -> list[Body]:
    return [{"key": name, "value": _value(name, value)} for name, value in fields.items()]


def _value(name: str, value: Any) -> Body:  # noqa: ANN401 - any JSON
    # Claude Code writes integers as numbers, unlike OTLP's JSON mapping.
    if isinstance(value, bool):
        return {"boolValue": value}
    if name in DOUBLES:
        return {"doubleValue": value}
    return {"intValue": value} if isinstance(value, int) else {"stringValue": value}
