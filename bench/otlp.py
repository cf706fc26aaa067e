"""Post hooks while exports of 1 MB arrive back to back: they must not keep each other waiting.

Each export is different: a duplicate would be stored in no time.
"""

import gzip
import json
from typing import Any, Final

from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest

from bench.background import RequestOf, measure_alone, measure_during, send_back_to_back

RECORDS: Final = 800
ENCODINGS: Final = ("json", "protobuf", "json, gzip")
SERIAL: Final = b"00000000-0000-4000-8000-serial-number"


def measure_otlp(seconds: float) -> list[tuple[str, str]]:
    """Return the latencies of single hooks, without exports and beside those of each encoding."""
    rows = [("POST, 1 connection, no exports", measure_alone(seconds))]
    for encoding in ENCODINGS:
        posts, background = measure_during("bench.otlp", encoding, seconds)
        size = f"{background.size_bytes / 1_000_000:.2f} MB each"
        figure = (
            f"{posts}; beside {background.per_second:.1f} exports/s of {RECORDS} records, {size}"
        )
        rows.append((f"POST, 1 connection, exports back to back, {encoding}", figure))
    return rows


def export(encoding: str) -> bytes:
    """Return an export of log records whose session is `SERIAL`."""
    if encoding.startswith("json"):
        return json.dumps(_export(), separators=(",", ":")).encode()
    request = ExportLogsServiceRequest()
    scope = request.resource_logs.add().scope_logs.add()
    for number in range(RECORDS):
        record = scope.log_records.add(time_unix_nano=_TIME_NS + number)
        record.body.string_value = "claude_code.api_request"
        for key, value in _attributes(number).items():
            kind = "string_value" if isinstance(value, str) else "int_value"
            setattr(record.attributes.add(key=key).value, kind, value)
    return request.SerializeToString()


def _export() -> dict[str, Any]:
    records = [
        {
            "timeUnixNano": str(_TIME_NS + number),
            "body": {"stringValue": "claude_code.api_request"},
            "attributes": [
                {
                    "key": key,
                    "value": {"stringValue" if isinstance(value, str) else "intValue": value},
                }
                for key, value in _attributes(number).items()
            ],
        }
        for number in range(RECORDS)
    ]
    return {"resourceLogs": [{"scopeLogs": [{"logRecords": records}]}]}


def _attributes(number: int) -> dict[str, str | int]:
    return {**_ATTRIBUTES, "event.sequence": number, "request_id": f"req_{number:024}"}


def _requests(encoding: str) -> RequestOf:
    template = export(encoding)

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
