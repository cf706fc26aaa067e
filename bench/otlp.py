"""Post hooks while exports of 1 MB arrive back to back: they must not keep each other waiting.

`python -m bench.otlp PORT ENCODING` is the sender, in a process of its own. Out: `begun` on a line
when the first export was taken; when it is told to stop, how many were. No two exports are alike,
for one that came before would be stored in no time.
"""

import asyncio
import gzip
import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from typing import Any, Final

import msgspec
import uvloop
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest

from bench.daemons import LOAD_CORE, ROOT, daemons, pin_to
from bench.posts import END_OF_ANSWER, measure_posts

RECORDS: Final = 800
ENCODINGS: Final = ("json", "protobuf", "json, gzip")
SERIAL: Final = b"00000000-0000-4000-8000-serial-number"


class Exports(msgspec.Struct, frozen=True):
    """Tell what was taken, and how large one export was."""

    per_second: float
    records: int
    size_bytes: int

    def __str__(self) -> str:
        """Sum it up."""
        size = f"{self.size_bytes / 1_000_000:.2f} MB"
        return f"{self.per_second:.1f} exports/s of {self.records} records, {size} each"


class Exporting:
    """Hold what became of the exports; None until they have stopped."""

    exports: Exports | None = None


def measure_otlp(seconds: float) -> list[tuple[str, str]]:
    """Return the latencies of single hooks, without exports and beside those of each encoding."""
    with daemons("ingestd") as running:
        alone = measure_posts(running.ingest_port, connections=1, seconds=seconds)
    rows = [("POST, 1 connection, no exports", f"{alone.per_second:,.0f}/s; {alone.latencies}")]
    for encoding in ENCODINGS:
        with daemons("ingestd") as running, exporting(running.ingest_port, encoding) as told:
            posts = measure_posts(running.ingest_port, connections=1, seconds=seconds)
        figure = f"{posts.per_second:,.0f}/s; {posts.latencies}; beside {told.exports}"
        rows.append((f"POST, 1 connection, exports back to back, {encoding}", figure))
    return rows


@contextmanager
def exporting(port: int, encoding: str) -> Iterator[Exporting]:
    """Let exports arrive, each as soon as the one before was taken, while the block runs."""
    sender = subprocess.Popen(
        [sys.executable, "-m", "bench.otlp", str(port), encoding], cwd=ROOT, stdout=subprocess.PIPE
    )
    told = Exporting()
    try:
        if sender.stdout is None or sender.stdout.readline() != b"begun\n":
            raise RuntimeError("the exports did not begin")
        yield told
    finally:
        sender.send_signal(signal.SIGTERM)
        last, _ = sender.communicate()
    told.exports = msgspec.json.decode(last, type=Exports)


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


async def _send(port: int, encoding: str) -> Exports:
    stopped = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopped.set)
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    template, size, sent = export(encoding), 0, 0
    started = time.perf_counter()
    for serial in count():
        # As long as what it replaces, so that protobuf's lengths stay right.
        body = template.replace(SERIAL, b"%0*d" % (len(SERIAL), serial))
        request = _request(encoding, body)
        size = len(body)
        writer.write(request)
        head = await reader.readuntil(END_OF_ANSWER)
        length = int(head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0])
        answer = await reader.readexactly(length)
        if not head.startswith(b"HTTP/1.1 200") or answer not in {b"", b"{}"}:
            raise RuntimeError(head, answer)
        if serial == 0:
            print("begun", flush=True)
            started = time.perf_counter()
            continue
        sent += 1
        if stopped.is_set():
            break
    writer.close()
    return Exports(sent / (time.perf_counter() - started), RECORDS, size)


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
    pin_to(LOAD_CORE)
    print(msgspec.json.encode(uvloop.run(_send(int(sys.argv[1]), sys.argv[2]))).decode())
