"""Hold the captured exports, and bring them into every encoding an exporter may choose."""

import base64
import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
from google.protobuf import json_format

from ingestd.otlp.export import OtlpRecord, of_json_body, of_protobuf_body
from ingestd.otlp.signals import SIGNALS, Signal
from tests.running import SAMPLES

FOLDER = SAMPLES / "otlp"
FILES = {
    "/v1/logs": [*sorted(FOLDER.glob("logs_[0-9].jsonl")), FOLDER / "logs_default_redaction.jsonl"],
    "/v1/metrics": [FOLDER / "metrics.jsonl", FOLDER / "metrics_cumulative.jsonl"],
    "/v1/traces": [FOLDER / "traces.jsonl"],
}
ENCODINGS = ("json", "protobuf", "json, gzip", "protobuf, gzip")
IDS = {"traceId", "spanId", "parentSpanId"}


class Export(msgspec.Struct, frozen=True):
    """Hold one request as it was captured: JSON."""

    path: str
    body: bytes

    def sent(self, encoding: str) -> tuple[bytes, dict[str, str]]:
        """Return the request's body and headers in an encoding."""
        kind, _, packed = encoding.partition(", ")
        body = self.body if kind == "json" else protobuf(self.path, json.loads(self.body))
        headers = {"Content-Type": f"application/{'x-' * (kind != 'json')}{kind}"}
        if packed:
            return gzip.compress(body), {**headers, "Content-Encoding": "gzip"}
        return body, headers


def exports(path: str | None = None) -> Iterator[Export]:
    """Yield the captured requests in order, of all signals or of one."""
    for route, files in FILES.items():
        if path in {None, route}:
            for file in files:
                yield from (Export(route, line) for line in lines(file))


def lines(file: Path) -> list[bytes]:
    """Return the lines of a file, as they are."""
    return [line for line in file.read_bytes().split(b"\n") if line]


def protobuf(path: str, export: Any) -> bytes:
    """Return an export in protobuf, by Google's own reading of JSON."""
    request = SIGNALS[path].request()
    return json_format.ParseDict(_with_base64(export), request).SerializeToString()


def json_records(signal: Signal, body: bytes) -> list[OtlpRecord]:
    """Return the records of an export in JSON."""
    return [record for record in of_json_body(signal, body) if record is not None]


def protobuf_records(signal: Signal, body: bytes) -> list[OtlpRecord]:
    """Return the records of an export in protobuf."""
    return [record for record in of_protobuf_body(signal, body) if record is not None]


def log_export(*records: Any, resource: Any = None, **attributes: Any) -> dict[str, Any]:
    """Return an export of log records; without any, of one with these attributes."""
    made = records or ({"timeUnixNano": "1000000000", "attributes": pairs(attributes)},)
    of = {} if resource is None else {"resource": {"attributes": pairs(resource)}}
    return {"resourceLogs": [{**of, "scopeLogs": [{"logRecords": list(made)}]}]}


def pairs(attributes: dict[str, Any]) -> list[Any]:
    """Return attributes as OTLP's JSON has them; a value may be given as it has it, too."""
    return [
        {"key": key, "value": {"stringValue": value} if isinstance(value, str) else value}
        for key, value in attributes.items()
    ]


def _with_base64(value: Any) -> Any:
    """Write ids as protobuf's JSON has them: OTLP's has them in hexadecimal digits."""
    if isinstance(value, list):
        return [_with_base64(one) for one in value]
    if not isinstance(value, dict):
        return value
    return {
        key: base64.b64encode(bytes.fromhex(it)).decode() if key in IDS else _with_base64(it)
        for key, it in value.items()
    }
