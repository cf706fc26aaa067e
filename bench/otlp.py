"""Post hooks while exports arrive back to back, and batches: they must not keep each other waiting.

Each request is different: a duplicate would be stored in no time. The longest wait for a hook is
the longest turn of the event loop that a request takes.
"""

import gzip
import json
from typing import Any, Final

from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest

from bench import posts
from bench.background import RequestOf, measure_alone, measure_during, send_back_to_back

RECORDS: Final = 800
ENCODINGS: Final = ("json", "protobuf", "json, gzip")
LARGE_BYTES: Final = 32 * 2**20 - 200_000
"""Somewhat less than a body may have."""
LARGE: Final = (
    "exports (json)",
    "exports (protobuf)",
    "exports (protobuf, gzip)",
    "batches (array)",
    "batches (NDJSON)",
)
SERIAL: Final = b"00000000-0000-4000-8000-serial-number"


def measure_otlp(seconds: float) -> list[tuple[str, str]]:
    """Return the latencies of single hooks, without exports and beside those of each encoding."""
    rows = [("POST, 1 connection, no exports", measure_alone(seconds))]
    for encoding in ENCODINGS:
        hooks, background = measure_during("bench.otlp", encoding, seconds)
        size = f"{background.size_bytes / 1_000_000:.2f} MB each"
        figure = (
            f"{hooks}; beside {background.per_second:.1f} exports/s of {RECORDS} records, {size}"
        )
        rows.append((f"POST, 1 connection, exports back to back, {encoding}", figure))
    rows += [
        (f"POST, 1 connection, {kind} of 32 MB back to back", _measure_large(kind, seconds))
        for kind in LARGE
    ]
    return rows


def _measure_large(kind: str, seconds: float) -> str:
    hooks, background = measure_during("bench.otlp", kind, seconds)
    size = f"{background.size_bytes / 2**20:.1f} MiB each"
    return f"{hooks}; beside {background.per_second:.2f}/s, {size}"


def export(encoding: str, *, count: int = RECORDS, text: str = "") -> bytes:
    """Return an export of log records whose session is `SERIAL`; `text` is another attribute."""
    if encoding.startswith("json"):
        return json.dumps(_export(count, text), separators=(",", ":")).encode()
    request = ExportLogsServiceRequest()
    scope = request.resource_logs.add().scope_logs.add()
    for number in range(count):
        record = scope.log_records.add(time_unix_nano=_TIME_NS + number)
        record.body.string_value = "claude_code.api_request"
        for key, value in _attributes(number, text).items():
            kind = "string_value" if isinstance(value, str) else "int_value"
            setattr(record.attributes.add(key=key).value, kind, value)
    return request.SerializeToString()


def large_export(encoding: str, size_bytes: int, *, record_bytes: int = 0) -> tuple[bytes, int]:
    """Return an export of about this size, and the number of its records."""
    text = "a line of text\n" * (record_bytes // 15)
    one = len(export(encoding, count=101, text=text)) - len(export(encoding, count=1, text=text))
    count = 100 * size_bytes // one
    return export(encoding, count=count, text=text), count


def _export(count: int, text: str) -> dict[str, Any]:
    records = [
        {
            "timeUnixNano": str(_TIME_NS + number),
            "body": {"stringValue": "claude_code.api_request"},
            "attributes": [
                {
                    "key": key,
                    "value": {"stringValue" if isinstance(value, str) else "intValue": value},
                }
                for key, value in _attributes(number, text).items()
            ],
        }
        for number in range(count)
    ]
    return {"resourceLogs": [{"scopeLogs": [{"logRecords": records}]}]}


def _attributes(number: int, text: str) -> dict[str, str | int]:
    more = {"text": text} if text else {}
    return {**_ATTRIBUTES, "event.sequence": number, "request_id": f"req_{number:024}", **more}


def _requests(kind: str) -> RequestOf:
    name, _, encoding = kind.rstrip(")").partition(" (")
    if name == "batches":
        return _batches(lines=encoding == "NDJSON")
    if name == "exports":
        return _exports(encoding, large_export(encoding.partition(",")[0], LARGE_BYTES)[0])
    return _exports(kind, export(kind))


def _batches(*, lines: bool) -> RequestOf:
    count = LARGE_BYTES // (len(posts.body(0)) + 1)
    content_type = b"application/x-ndjson" if lines else b"application/json"

    def request_of(serial: int) -> tuple[bytes, int]:
        events = map(posts.body, range(serial * count, (serial + 1) * count))
        body = b"\n".join(events) if lines else b"[%b]" % b",".join(events)
        return posts.post_request(body, content_type), len(body)

    return request_of


def _exports(encoding: str, template: bytes) -> RequestOf:
    def request_of(serial: int) -> tuple[bytes, int]:
        # As long as what it replaces, so that protobuf's lengths stay right.
        body = template.replace(SERIAL, b"%0*d" % (len(SERIAL), serial))
        return _request(encoding, body), len(body)

    return request_of


def _request(encoding: str, body: bytes) -> bytes:
    kind = b"application/json" if encoding.startswith("json") else b"application/x-protobuf"
    packed = gzip.compress(body, 1) if encoding.endswith("gzip") else body
    extra = b"Content-Encoding: gzip\r\n" if encoding.endswith("gzip") else b""
    return (
        b"POST /v1/logs HTTP/1.1\r\nHost: 127.0.0.1\r\n"
        b"Content-Type: %b\r\n%bContent-Length: %d\r\n\r\n%b" % (kind, extra, len(packed), packed)
    )


_TIME_NS: Final = 1_795_368_116_230_000_000
_ATTRIBUTES: Final[dict[str, str | int]] = {
    "user.id": "1a66057c058f499bdb1b1b13c2cc27706e9118fc3b5518bba92fca4e6fb0b21e",
    "session.id": SERIAL.decode(),
    "anthropic.provider": "firstParty",
    "terminal.type": "xterm-256color",
    "event.name": "api_request",
    "event.timestamp": "2026-11-22T17:21:56.230Z",
    "prompt.id": "ab455174-2e42-401f-a752-37fd697b0b4f",
    "model": "claude-opus-5-5",
    "input_tokens": 12,
    "output_tokens": 340,
    "cache_read_tokens": 24_549,
    "cache_creation_tokens": 407,
    "cost_usd_micros": 117_126,
    "duration_ms": 4_100,
    "ttft_ms": 820,
    "speed": "normal",
    "query_source": "repl_main_thread",
    "effort": "medium",
}


if __name__ == "__main__":
    send_back_to_back(_requests)
