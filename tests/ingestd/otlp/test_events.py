"""Test what a record of OpenTelemetry becomes: its type, its columns, its payload, its time."""

import base64
import json
from datetime import datetime
from typing import Any

import msgspec
import pytest

from ingestd.intake.decode import now_ms
from ingestd.otlp.events import events_of
from ingestd.otlp.message import MalformedError
from ingestd.otlp.signals import SIGNALS
from shared.errors import Refusal
from shared.event import Event
from tests.ingestd.exports import (
    exports,
    json_records,
    log_export,
    pairs,
    protobuf,
    protobuf_records,
)


def events(export: Any, path: str = "/v1/logs") -> list[Event]:
    """Return the events of an export in OTLP's JSON."""
    signal = SIGNALS[path]
    body = export if isinstance(export, bytes) else json.dumps(export).encode()
    records = json_records(signal, body)
    return [made.event for record in records for made in events_of(signal.kind, record)]


def in_both(export: Any, path: str = "/v1/logs") -> list[Event]:
    """Return the events of an export, which must be the same in protobuf."""
    signal = SIGNALS[path]
    found = events(export, path)
    records = protobuf_records(signal, protobuf(path, export))
    others = [made.event for record in records for made in events_of(signal.kind, record)]
    assert list(map(reported_fields, others)) == list(map(reported_fields, found))
    return found


def reported_fields(event: Event) -> dict[str, Any]:
    """Return an event without when it came; its payload as text."""
    return {
        **msgspec.structs.asdict(event),
        "timestamp": 0 if event.timestamp == event.received_at else event.timestamp,
        "received_at": 0,
        "sender": None,
        "payload": bytes(event.payload),
    }


def payload_of(export: Any, path: str = "/v1/logs") -> dict[str, Any]:
    """Return the payload of an export's only event."""
    (event,) = in_both(export, path)
    found: dict[str, Any] = json.loads(bytes(event.payload))
    return found


def test_a_captured_request_becomes_one_flat_event() -> None:
    """Whole: this is what the views of cost and context read."""
    found = [
        event for export in exports("/v1/logs") for event in events(export.body)
        if event.hook_event_type == "api_request" and event.agent_id
    ]  # fmt: skip
    event = found[0]
    assert (event.session_id, event.model_name) == (
        json.loads(bytes(event.payload))["session.id"],
        "claude-opus-5-5",
    )
    assert bytes(event.sender or b"") == b'{"via":"otlp"}'
    payload = json.loads(bytes(event.payload))
    when = msgspec.convert(payload["event.timestamp"], datetime)
    assert event.timestamp == round(when.timestamp() * 1000)
    assert list(payload)[-2:] == ["resource", "scope"]
    assert payload["resource"]["service.name"] == "claude-code"
    assert payload["scope"]["name"] == "com.anthropic.claude_code.events"
    for name in ("input_tokens", "output_tokens", "cost_usd_micros", "duration_ms", "ttft_ms"):
        assert type(payload[name]) is int, name
    assert type(payload["cost_usd"]) is float


def test_a_captured_data_point_is_a_metric() -> None:
    """Whole: name, unit, kind, temporality and value are beside the attributes."""
    (cost, *_) = [
        event for export in exports("/v1/metrics") for event in events(export.body, "/v1/metrics")
        if b"cost.usage" in bytes(event.payload)
    ]  # fmt: skip
    payload = json.loads(bytes(cost.payload))
    assert cost.hook_event_type == "metric"
    assert cost.model_name == payload["model"] == "claude-opus-5-5"
    assert {name: payload[name] for name in ("name", "unit", "kind", "temporality")} == {
        "name": "claude_code.cost.usage",
        "unit": "USD",
        "kind": "sum",
        "temporality": "delta",
    }
    assert payload["is_monotonic"] is True
    assert 0 < payload["value"] < 1
    assert 0 < cost.timestamp - payload["start_time"] < 3_600_000


def test_a_captured_span_has_its_times_and_its_place_in_the_trace() -> None:
    """How long a person was waited for is in spans alone."""
    spans = [e for export in exports("/v1/traces") for e in events(export.body, "/v1/traces")]
    payloads = [json.loads(bytes(span.payload)) for span in spans]
    assert {span.hook_event_type for span in spans} == {"span"}
    assert {span.tool_use_id for span in spans} == {None}  # many to a call; the payload has it
    ids = {payload["span_id"] for payload in payloads}
    assert len(ids) == len(payloads) == 33
    first = payloads[0]
    assert first["name"] == "claude_code.llm_request"
    assert (first["kind"], first["status"]) == ("internal", "unset")
    assert (first["start_time"], first["end_time"]) == (1795368116230, 1795368116307.373)
    assert spans[0].timestamp == 1795368116307
    assert first["events"] == [
        {
            "time": 1795368116239.658,
            "name": "gen_ai.request.attempt",
            "attributes": {"attempt": 1},
        }
    ]


VALUES: list[tuple[Any, Any]] = [
    ({"stringValue": "ü😀\u2028"}, "ü😀\u2028"),
    ({"stringValue": ""}, ""),
    ({"boolValue": False}, False),
    ({"intValue": 7}, 7),
    ({"intValue": "7"}, 7),
    ({"intValue": "-9223372036854775808"}, -(2**63)),
    ({"intValue": 9223372036854775807}, 2**63 - 1),
    ({"intValue": 0}, 0),
    ({"doubleValue": 1}, 1.0),
    ({"doubleValue": 0.063973}, 0.063973),
    ({"doubleValue": 1e300}, 1e300),
    ({"doubleValue": "NaN"}, "NaN"),
    ({"doubleValue": "-Infinity"}, "-Infinity"),
    ({"bytesValue": base64.b64encode(b"\xff\x00?>").decode()}, "/wA/Pg=="),
    ({"arrayValue": {"values": [{"intValue": 1}, {"stringValue": "a"}, {}]}}, [1, "a", None]),
    ({"arrayValue": {}}, []),
    (
        {"kvlistValue": {"values": [{"key": "a", "value": {"kvlistValue": {"values": []}}}]}},
        {"a": {}},
    ),
    ({}, None),
]


@pytest.mark.parametrize(("value", "meant"), VALUES)
def test_a_value_keeps_its_type(value: Any, meant: Any) -> None:
    """A number reported as a string would be added up as text; both encodings must agree on it."""
    found = payload_of(log_export(**{"event.name": "x", "v": value}))["v"]
    assert found == meant
    assert type(found) is type(meant)


@pytest.mark.parametrize(
    ("value", "meant"),
    [
        ({"doubleValue": "0.5"}, 0.5),
        ({"intValue": 3.0}, 3),
        ({"bytesValue": "_wA_Pg"}, "/wA/Pg=="),
        ({"stringValue": None, "intValue": 1}, 1),
        ({"newValue": 1}, None),
        ({"newValue": 1, "intValue": 2}, 2),
    ],
)
def test_json_is_read_as_leniently_as_by_protobuf(value: Any, meant: Any) -> None:
    """Exporters write numbers in both ways, and next year's have kinds of values of their own."""
    (event,) = events(log_export(**{"event.name": "x", "v": value}))
    assert json.loads(bytes(event.payload))["v"] == meant


@pytest.mark.parametrize(
    "value",
    [
        {"intValue": "seven"},
        {"intValue": 1.5},
        {"intValue": True},
        {"intValue": 2**63},
        {"intValue": "9" * 5_000},
        {"doubleValue": "much"},
        {"doubleValue": True},
        {"boolValue": "true"},
        {"stringValue": 7},
        {"bytesValue": "a"},
        {"arrayValue": 1},
        {"arrayValue": {"values": {}}},
        {"kvlistValue": {"values": [{"key": 1}]}},
        {"intValue": 1, "stringValue": "1"},
        "bare",
    ],
)
def test_an_invalid_value_is_refused(value: Any) -> None:
    """Half a record would be reported as a whole one."""
    broken = {"attributes": [{"key": "v", "value": value}]}
    with pytest.raises(MalformedError):
        events(log_export(broken))


@pytest.mark.parametrize(
    ("record", "kind"),
    [
        ({"attributes": pairs({"event.name": "api_request"})}, "api_request"),
        ({"attributes": pairs({"event.name": "claude_code.api_request"})}, "api_request"),
        ({"attributes": pairs({"event.name": "PreToolUse"})}, "pretooluse"),
        ({"eventName": "com.shop.paid"}, "com.shop.paid"),
        ({"body": {"stringValue": "claude_code.user_prompt"}}, "user_prompt"),
        ({"body": {"stringValue": "The server is up"}}, "log"),
        ({"attributes": pairs({"event.name": {"intValue": 7}})}, "log"),
        ({}, "log"),
    ],
)
def test_a_record_is_of_the_type_of_its_event(record: Any, kind: str) -> None:
    """Always in lower case: no record may pass for a hook and change a session."""
    (event,) = in_both(log_export(record))
    assert event.hook_event_type == kind


def test_a_body_is_kept_unless_it_repeats_the_type() -> None:
    """Other programs report the event in the body; Claude Code repeats the event's name there."""
    record = {"attributes": pairs({"event.name": "x"}), "body": {"stringValue": "claude_code.x"}}
    assert "body" not in payload_of(log_export(record))
    record["body"] = {"kvlistValue": {"values": pairs({"a": "b"})}}
    assert payload_of(log_export(record))["body"] == {"a": "b"}


def test_an_attribute_with_the_name_of_our_field_is_kept() -> None:
    """A reader of `resource` must find the resource, and no reported field may be lost."""
    mine = {"event.name": "x", "resource": "mine", "scope": "free"}
    export = log_export({"attributes": pairs(mine)}, resource={"service.name": "s"})
    assert payload_of(export) == {
        "event.name": "x",
        "attribute.resource": "mine",
        "scope": "free",
        "resource": {"service.name": "s"},
    }


def test_other_fields_of_a_record_keep_their_names() -> None:
    """Later features may need it."""
    record = {
        "timeUnixNano": "1795367996193123456",
        "observedTimeUnixNano": 1795367996194000000,
        "severityNumber": 9,
        "severityText": "INFO",
        "attributes": pairs({"event.name": "x"}),
        "droppedAttributesCount": 2,
        "flags": 1,
        "traceId": "05B87D9F34EEA883FE0D9EFA897BDF3E",
        "spanId": "f8e85d289fcbec4e",
        "futureField": {"a": 1},
    }
    (event,) = events(log_export(record))
    assert event.timestamp == 1795367996193
    assert json.loads(bytes(event.payload)) == {
        "event.name": "x",
        "severity_number": 9,
        "severity_text": "INFO",
        "dropped_attributes_count": 2,
        "flags": 1,
        "trace_id": "05b87d9f34eea883fe0d9efa897bdf3e",
        "span_id": "f8e85d289fcbec4e",
        "observed_time": 1795367996194,
    }
    record.pop("futureField")  # Google's reader is stricter than OTLP, which ignores it
    in_both(log_export(record))


AT = 1_700_000_000
AT_MS = AT * 1_000


@pytest.mark.parametrize(
    ("record", "at"),
    [
        ({"timeUnixNano": f"{AT}005000000", "observedTimeUnixNano": f"{AT}009000000"}, AT_MS + 5),
        ({"timeUnixNano": "0", "observedTimeUnixNano": f"{AT}009000000"}, AT_MS + 9),
        ({"attributes": pairs({"event.timestamp": "2023-11-14T22:13:20.234Z"})}, AT_MS + 234),
        ({"timeUnixNano": f"{AT}000"}, None),
        ({"timeUnixNano": "18000000000000000000"}, None),
        ({"attributes": pairs({"event.timestamp": "1970-01-01T02:00:00+02:00"})}, None),
        ({"attributes": pairs({"event.timestamp": "yesterday"})}, None),
        ({"attributes": pairs({"event.timestamp": "1812-01-01T00:00:00"})}, None),
        ({}, None),
    ],
)
def test_a_record_without_a_time_has_that_of_arrival(record: Any, at: int | None) -> None:
    """A record without a time, or in another unit, must not be dated 1970."""
    before = now_ms()
    (event,) = in_both(log_export(record)) if at else events(log_export(record))
    assert event.timestamp == at if at else before <= event.timestamp <= now_ms()


def test_the_session_comes_from_the_record_or_its_process() -> None:
    """Claude Code names it on records; other SDKs on the resource; a foreign program nowhere."""
    (event,) = in_both(log_export(**{"session.id": "s1"}, resource={"session.id": "s2"}))
    assert event.session_id == "s1"
    (event,) = in_both(log_export(x="y", resource={"session.id": "s2"}))
    assert event.session_id == "s2"
    (event,) = in_both(log_export(x="y"))
    assert event.session_id == "otlp"


def test_columns_come_from_attributes() -> None:
    """They are what events are filtered by."""
    named = {"tool_name": "Bash", "tool_use_id": "t1", "agent_id": "a1", "model": "opus"}
    (event,) = in_both(log_export(**{"event.name": "tool_result"}, **named))
    found = (event.tool_name, event.tool_use_id, event.agent_id, event.model_name)
    assert found == ("Bash", "t1", "a1", "opus")
    (event,) = in_both(log_export(**{name: {"intValue": 1} for name in named}))
    assert (event.tool_name, event.tool_use_id, event.agent_id, event.model_name) == (None,) * 4


def test_a_lone_surrogate_does_not_lose_the_export() -> None:
    """JavaScript writes one where it cut a prompt at its limit."""
    body = json.dumps(log_export(**{"event.name": "user_prompt", "prompt": "ab"})).encode()
    (event,) = events(body.replace(b'"ab"', b'"ab\\ud83d"'))
    assert json.loads(bytes(event.payload))["prompt"] == "ab\ufffd"


def test_every_kind_of_metric_is_kept() -> None:
    """Claude Code has sums; a program beside it may send any kind, and all of it is kept."""
    at = {
        "startTimeUnixNano": "1000000",
        "timeUnixNano": f"{AT}002000000",
        "attributes": pairs({"a": "b"}),
    }
    metrics = [
        {"name": "g", "gauge": {"dataPoints": [{**at, "asInt": "3"}]}},
        {"name": "s", "unit": "s", "sum": {"aggregationTemporality": 2, "dataPoints": [
            {**at, "asDouble": 0, "exemplars": [{"timeUnixNano": "1500000", "asInt": "1"}]}]}},
        {"name": "h", "histogram": {"aggregationTemporality": 1, "dataPoints": [
            {**at, "count": "2", "sum": 5, "bucketCounts": ["1", 1], "explicitBounds": [2.5]}]}},
        {"name": "e", "exponentialHistogram": {"dataPoints": [
            {**at, "count": 1, "scale": -1, "positive": {"offset": 1, "bucketCounts": [1]}}]}},
        {"name": "q", "summary": {"dataPoints": [
            {**at, "count": 1, "sum": 2, "quantileValues": [{"quantile": 0.5, "value": 2}]}]}},
        {"name": "none"},
    ]  # fmt: skip
    export = {"resourceMetrics": [{"scopeMetrics": [{"metrics": metrics}]}]}
    found = in_both(export, "/v1/metrics")
    assert {event.timestamp for event in found} == {AT_MS + 2}
    ours = ("a", "start_time")
    payloads = [json.loads(bytes(event.payload)) for event in found]
    assert all(it["a"] == "b" and it["start_time"] == 1 for it in payloads)
    assert [{k: v for k, v in it.items() if k not in ours} for it in payloads] == [
        {"name": "g", "unit": None, "kind": "gauge", "temporality": None, "value": 3},
        {"name": "s", "unit": "s", "kind": "sum", "temporality": "cumulative", "value": 0.0,
         "exemplars": [{"time": 1.5, "as_int": 1}]},
        {"name": "h", "unit": None, "kind": "histogram", "temporality": "delta", "value": None,
         "count": 2, "sum": 5.0, "bucket_counts": [1, 1], "explicit_bounds": [2.5]},
        {"name": "e", "unit": None, "kind": "exponential_histogram", "temporality": None,
         "value": None, "count": 1, "scale": -1, "positive": {"offset": 1, "bucket_counts": [1]}},
        {"name": "q", "unit": None, "kind": "summary", "temporality": None, "value": None,
         "count": 1, "sum": 2.0, "quantile_values": [{"quantile": 0.5, "value": 2.0}]},
    ]  # fmt: skip


def test_a_failed_span_has_its_error() -> None:
    """Users search for errors."""
    span = {"name": "n", "kind": 3, "status": {"code": 2, "message": "no"}, "startTimeUnixNano": 1}
    export = {"resourceSpans": [{"scopeSpans": [{"spans": [span]}]}]}
    found = payload_of(export, "/v1/traces")
    assert (found["status"], found["status_message"], found["kind"]) == ("error", "no", "client")
    span |= {"kind": 17, "status": {"code": 9}}
    assert payload_of(export, "/v1/traces")["kind"] == 17


@pytest.mark.parametrize("name", ["event.name", "session.id"])
def test_a_name_without_end_is_refused(name: str) -> None:
    """An index of the log holds it, and hooks may not send such a name either."""
    with pytest.raises(MalformedError):
        events(log_export(**{name: "x" * 513}))


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{",
        b"\xff",
        b'{"resourceLogs":{}}',
        b'{"resourceLogs":[5]}',
        b'{"resourceLogs":[{"scopeLogs":[{"logRecords":5}]}]}',
        b'{"resourceLogs":[{"resource":5,"scopeLogs":[{"logRecords":[{}]}]}]}',
        b'{"resourceLogs":[{"scopeLogs":[{"scope":[],"logRecords":[{}]}]}]}',
        b'{"a":' + b"[" * 100_000,
    ],
)
def test_a_body_that_is_no_export_is_refused(body: bytes) -> None:
    """Its sender gets an error."""
    with pytest.raises(Refusal) as found:
        events(body)
    assert found.value.status == 400


@pytest.mark.parametrize(
    "body", [b"{}", b'{"resourceLogs":null}', b'{"resourceLogs":[{}]}', b'{"resourceSpans":[1]}',
             b'{"resourceLogs":[{"scopeLogs":[{"scope":null,"logRecords":null}]}]}']
)  # fmt: skip
def test_an_export_of_nothing_is_one(body: bytes) -> None:
    """OTLP lets an exporter send an empty one."""
    assert events(body) == []
    assert list(protobuf_records(SIGNALS["/v1/logs"], b"")) == []
