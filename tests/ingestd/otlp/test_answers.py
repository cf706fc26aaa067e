"""Test that answers to exports follow OTLP/HTTP, good ones and bad ones."""

import asyncio
import gzip
import json
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import apsw
import pytest
from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message
from google.protobuf.proto_builder import MakeSimpleProtoClass
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceResponse
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceResponse,
)
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse

from tests.ingestd.exports import FILES, exports, lines, log_export, pairs, protobuf
from tests.ingestd.served import BODY_BYTES, ServedApp, served
from tests.running import Hookwatch
from tests.shared.asgi import Response, ask

JSON = "application/json"
PROTOBUF = "application/x-protobuf"
ROUTES = tuple(FILES)
STATUS = MakeSimpleProtoClass(
    {"code": FieldDescriptor.TYPE_INT32, "message": FieldDescriptor.TYPE_STRING},
    full_name="tests.Status",
)
GOOD = json.dumps(log_export(**{"event.name": "x"})).encode()
PACKED = gzip.compress(GOOD)


@pytest.fixture
def ingest(tmp_path: Path) -> Iterator[ServedApp]:
    with served(tmp_path / "events.db") as app:
        yield app


def refusal(answer: Response) -> tuple[int, int, str]:
    """Return an answer's status, and code and message of its google.rpc.Status."""
    headers = dict(answer.headers)
    assert headers[b"content-length"] == b"%d" % len(answer.body)
    if headers[b"content-type"] == JSON.encode():
        decoded = json.loads(answer.body)
        assert list(decoded) == ["code", "message"]
        return answer.status, decoded["code"], decoded["message"]
    assert headers[b"content-type"] == PROTOBUF.encode()
    status: Any = STATUS.FromString(answer.body)
    return answer.status, status.code, status.message


@pytest.mark.parametrize("path", ROUTES)
def test_an_export_that_is_fully_accepted_gets_an_empty_answer(
    ingest: ServedApp, path: str
) -> None:
    """OTLP: partial_success must be unset when all was taken."""
    export = next(exports(path))
    answer = ingest.post(path, export.body, content_type="application/json; charset=utf-8")
    assert (answer.status, answer.body) == (200, b"{}")
    assert (b"content-type", b"application/json") in answer.headers
    answer = ingest.post(path, export.sent("protobuf")[0], content_type="Application/X-Protobuf")
    assert (answer.status, answer.body) == (200, b"")
    assert (b"content-type", b"application/x-protobuf") in answer.headers
    assert ingest.counters.duplicates == ingest.counters.events_stored > 0


def two_thirds(path: str) -> Any:
    """Return an export of three records, one of which names a session without end."""
    sessions = ["s", "s" * 513, "t"]
    records = [{"attributes": pairs({"session.id": session})} for session in sessions]
    if path == "/v1/logs":
        return log_export(*records)
    if path == "/v1/traces":
        return {"resourceSpans": [{"scopeSpans": [{"spans": records}]}]}
    metrics = [{"name": "n", "gauge": {"dataPoints": [record]}} for record in records]
    return {"resourceMetrics": [{"scopeMetrics": [{"metrics": metrics}]}]}


REASON = "event.name and session.id may have 512 characters"
RESPONSES: dict[str, tuple[str, str, type[Message]]] = {
    "/v1/logs": ("rejectedLogRecords", "rejected_log_records", ExportLogsServiceResponse),
    "/v1/metrics": ("rejectedDataPoints", "rejected_data_points", ExportMetricsServiceResponse),
    "/v1/traces": ("rejectedSpans", "rejected_spans", ExportTraceServiceResponse),
}


@pytest.mark.parametrize("path", ROUTES)
def test_refused_records_of_an_export_are_counted_in_its_answer(
    ingest: ServedApp, path: str
) -> None:
    """The rest is stored: one record that is wrong must not cost those around it."""
    name, field, response = RESPONSES[path]
    export = two_thirds(path)
    answer = ingest.post(path, json.dumps(export).encode(), content_type=JSON)
    assert answer.status == 200
    assert json.loads(answer.body) == {"partialSuccess": {name: "1", "errorMessage": REASON}}
    answer = ingest.post(path, protobuf(path, export), content_type=PROTOBUF)
    decoded: Any = response.FromString(answer.body)
    assert answer.status == 200
    assert getattr(decoded.partial_success, field) == 1
    assert decoded.partial_success.error_message == REASON
    assert [event.session_id for event in ingest.log()][:2] == ["s", "t"]
    assert ingest.counters.rejected == {"invalid_record": 2}


def test_a_broken_record_among_good_ones_is_refused_alone(ingest: ServedApp) -> None:
    """In JSON one value may be of a wrong type; its neighbours are none the worse for it."""
    broken = {"attributes": [{"key": "a", "value": {"intValue": "many"}}]}
    export = log_export({"attributes": pairs({"event.name": "x"})}, broken, 5, broken)
    answer = ingest.post("/v1/logs", json.dumps(export).encode(), content_type=JSON)
    assert json.loads(answer.body)["partialSuccess"] == {
        "rejectedLogRecords": "3",
        "errorMessage": "expected an integer, got a string; expected an object, got a number",
    }
    assert [event.hook_event_type for event in ingest.log()] == ["x"]


@pytest.mark.parametrize(
    ("headers", "body", "found"),
    [
        ({"content_type": JSON}, b"", (400, 3, "the body is empty")),
        ({"content_type": JSON}, b"[]", (400, 3, "body: expected `object`, got `array`")),
        ({"content_type": JSON}, b"\xff", (400, 3, "not UTF-8 (byte 0)")),
        (
            {"content_type": JSON},
            json.dumps(log_export(5)).encode(),
            (400, 3, "expected an object, got a number"),
        ),
        (
            {"content_type": JSON},
            b" " * (BODY_BYTES + 1),
            (413, 8, "a body may have 1000000 bytes"),
        ),
        (
            {"content_type": PROTOBUF},
            b" " * (BODY_BYTES + 1),
            (413, 8, "a body may have 1000000 bytes"),
        ),
        (
            {"content_type": "text/plain"},
            GOOD,
            (415, 3, "expected application/json or application/x-protobuf"),
        ),
        ({}, GOOD, (415, 3, "expected application/json or application/x-protobuf")),
        (
            {"content_type": JSON, "content_encoding": "br"},
            GOOD,
            (415, 3, "expected gzip or none"),
        ),
        (
            {"content_type": JSON, "content_encoding": "gzip"},
            GOOD,
            (400, 3, "not a gzip body: Error -3 while decompressing data: incorrect header check"),
        ),
        (
            {"content_type": JSON, "content_encoding": "gzip"},
            PACKED[:-1],
            (400, 3, "the gzip body is incomplete"),
        ),
        (
            {"content_type": JSON, "content_encoding": "gzip"},
            b"",
            (400, 3, "the gzip body is incomplete"),
        ),
        (
            {"content_type": PROTOBUF, "content_encoding": "gzip"},
            gzip.compress(b"\0" * (BODY_BYTES + 1)),
            (413, 8, "a body may unpack to 1000000 bytes"),
        ),
    ],
)
def test_a_bad_export_is_refused_in_otlps_own_form(
    ingest: ServedApp, headers: dict[str, str], body: bytes, found: tuple[int, int, str]
) -> None:
    """Exporters log this and go on; a shape they do not know they would log as a broken server."""
    assert refusal(ingest.post("/v1/logs", body, **headers)) == found
    assert ingest.log() == []


def test_broken_protobuf_is_refused_in_protobuf(ingest: ServedApp) -> None:
    """Also text that is no UTF-8, which no JSON could hold."""
    good = protobuf("/v1/logs", log_export(**{"event.name": "xyz"}))
    for body in (b"\xff", good[:-1], good.replace(b"xyz", b"x\xffz")):
        status, code, message = refusal(ingest.post("/v1/logs", body, content_type=PROTOBUF))
        assert (status, code) == (400, 3)
        assert message
    assert ingest.log() == []
    assert ingest.counters.rejected == {"invalid_protobuf": 3}


def test_another_method_is_refused_in_otlps_own_form(ingest: ServedApp) -> None:
    """A user who opens the address in a browser sees what it accepts."""
    answer = asyncio.run(ask(ingest.app, "GET", "/v1/logs"))
    assert refusal(answer) == (405, 12, "/v1/logs takes POST")


def test_members_of_a_gzip_body_follow_each_other(ingest: ServedApp) -> None:
    """RFC 1952 lets a body be made of several."""
    halves = gzip.compress(GOOD[:20]) + gzip.compress(b"") + gzip.compress(GOOD[20:])
    answer = ingest.post("/v1/logs", halves, content_type=JSON, content_encoding="gzip")
    assert answer.status == 200
    assert len(ingest.log()) == 1


def test_a_bomb_takes_no_more_memory_than_a_body_may(ingest_only: Hookwatch) -> None:
    """260 kB unpack to 256 MB: what comes in small must not grow without a bound."""
    packer = zlib.compressobj(9, zlib.DEFLATED, zlib.MAX_WBITS | 16)
    bomb = b"".join(packer.compress(b"\0" * 2**20) for _ in range(256)) + packer.flush()
    headers = {"Content-Type": PROTOBUF, "Content-Encoding": "gzip"}
    status = Path(f"/proc/{ingest_only.ingestd.pid}/status")
    answer = ingest_only.ingestd.ask("POST", "/v1/traces", bomb, headers)
    assert answer.status == 413
    peak = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
    assert int(peak.split()[1]) < 200_000
    assert ingest_only.ingestd.get("/health").status == 200


def test_an_export_of_32_mib_is_stored_once(ingest_only: Hookwatch) -> None:
    """It is the largest there may be; its records are identical, and each counts."""
    record = {"attributes": pairs({"event.name": "x", "body": "a" * 60_000})}
    count = 32 * 2**20 // 60_300
    body = json.dumps(log_export(*[record] * count)).encode()
    assert 31 * 2**20 < len(body) <= 32 * 2**20
    headers = {"Content-Type": JSON}
    answer = ingest_only.ingestd.ask("POST", "/v1/logs", body, headers)
    assert (answer.status, answer.body) == (200, b"{}")
    assert ingest_only.ingestd.get("/health").json()["last_id"] == count
    assert ingest_only.ingestd.ask("POST", "/v1/logs", body, headers).status == 200
    assert ingest_only.ingestd.get("/health").json()["last_id"] == count


def test_a_hook_is_stored_and_answered_while_an_export_is_read(ingest: ServedApp) -> None:
    """Claude Code waits for the one and not for the other."""
    records = [{"attributes": pairs({"event.name": f"e{number}"})} for number in range(4_000)]
    export = json.dumps(log_export(*records)).encode()
    hook = b'{"session_id": "s", "hook_event_name": "Stop"}'
    headers = [("Content-Type", JSON)]

    async def both() -> Response:
        sent = ask(ingest.app, "POST", "/v1/logs", headers=headers, body=export)
        exporting = asyncio.create_task(sent)
        await asyncio.sleep(0)
        assert (await ask(ingest.app, "POST", "/events", body=hook)).status == 200
        assert not exporting.done()
        return await exporting

    assert asyncio.run(both()).status == 200
    kinds = [event.hook_event_type for event in ingest.log()]
    assert kinds == ["Stop", *(f"e{number}" for number in range(4_000))]


def test_concurrent_exports_do_not_mix(ingest: ServedApp) -> None:
    """What stands between two records of one process in the log seems to have come between them."""
    bodies = [
        json.dumps(log_export(*[{"attributes": pairs({"event.name": name})}] * 500)).encode()
        for name in "ab"
    ]

    async def both() -> list[Response]:
        headers = [("Content-Type", JSON)]
        asked = [ask(ingest.app, "POST", "/v1/logs", headers=headers, body=it) for it in bodies]
        return await asyncio.gather(*asked)

    assert [answer.status for answer in asyncio.run(both())] == [200, 200]
    kinds = "".join(event.hook_event_type for event in ingest.log())
    assert kinds in {"a" * 500 + "b" * 500, "b" * 500 + "a" * 500}


def test_a_redacted_record_is_still_deduplicated(ingest: ServedApp) -> None:
    """Commands and prompts of telemetry hold secrets as those of hooks do."""
    secret = "ghp_" + "a1" * 20
    export = log_export(**{"event.name": "tool_result", "tool_input": f"push {secret}"})
    for _ in range(2):
        ingest.post("/v1/logs", json.dumps(export).encode(), content_type=JSON)
    ingest.post("/v1/logs", protobuf("/v1/logs", export), content_type=PROTOBUF)
    (event,) = ingest.log()
    assert json.loads(bytes(event.payload))["tool_input"] == "push [redacted: github-token]"


def test_two_records_of_one_call_are_two(ingest: ServedApp) -> None:
    """A hook event of a call is one however many report it; records have ids of their own."""
    call = {"session.id": "s", "event.name": "tool_decision", "tool_use_id": "t"}
    records = [{"attributes": pairs({**call, "decision": it})} for it in ("reject", "accept")]
    for _ in range(2):
        body = json.dumps(log_export(*records)).encode()
        assert ingest.post("/v1/logs", body, content_type=JSON).status == 200
    found = [json.loads(bytes(event.payload)) for event in ingest.log()]
    assert [payload["decision"] for payload in found] == ["reject", "accept"]
    assert {payload["tool_use_id"] for payload in found} == {"t"}
    assert [event.tool_use_id for event in ingest.log()] == ["t", None]


def test_while_the_log_is_unwritable_exporters_get_a_retryable_error(
    tmp_path: Path,
) -> None:
    """OTLP gives an export up at a 500; at a 503 it sends it again, and the ids make it one."""
    path = tmp_path / "events.db"
    with served(path) as ingest:
        other = apsw.Connection(str(path))
        other.execute("BEGIN IMMEDIATE").fetchall()
        answer = ingest.post("/v1/logs", GOOD, content_type=JSON)
        assert refusal(answer)[:2] == (503, 14)
        assert (b"retry-after", b"1") in answer.headers
        other.execute("ROLLBACK").fetchall()
        other.close()
        assert ingest.log() == []


def test_samples_are_the_captured_lines() -> None:
    """They are evidence: a sample that was tidied up proves nothing."""
    found = {path: sum(len(lines(file)) for file in files) for path, files in FILES.items()}
    assert found == {"/v1/logs": 50, "/v1/metrics": 62, "/v1/traces": 3}
