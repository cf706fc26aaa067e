"""Test that an export decoded in parts gives what it gives when it is decoded as a whole."""

import json
from typing import Any
from unittest import mock

import msgspec
import pytest
from google.protobuf.message import DecodeError
from hypothesis import given, settings
from hypothesis import strategies as st

import ingestd.otlp.export
from ingestd.intake import decode as intake
from ingestd.otlp import json_parts
from ingestd.otlp.export import TOO_LARGE, OtlpRecord, of_json_body, of_protobuf_body
from ingestd.otlp.message import MalformedError, of_json, of_protobuf
from ingestd.otlp.signals import RESOURCE, SCOPE, SIGNALS
from shared.errors import Refusal
from tests.ingestd.exports import json_records, log_export, pairs, protobuf, protobuf_records

LOGS = SIGNALS["/v1/logs"]
PIECE_BYTES = 24
"""So small that a few records are many pieces."""

texts = st.sampled_from(["", "a", '"', "\\", "}],[{", "é", "\n", "😀", "x" * 60, '\\"{'])
values = st.recursive(
    texts.map(lambda text: {"stringValue": text}) | st.just({"intValue": "7"}),
    lambda inner: st.lists(inner, max_size=3).map(lambda them: {"arrayValue": {"values": them}}),
    max_leaves=12,
)
attributes = st.lists(
    st.tuples(texts, values).map(lambda pair: {"key": pair[0], "value": pair[1]}), max_size=3
)
records = st.fixed_dictionaries(
    {}, optional={"attributes": attributes, "body": values, "timeUnixNano": st.just("5")}
)
scopes = st.fixed_dictionaries(
    {}, optional={
        "logRecords": st.lists(records, max_size=6) | st.none(),
        "scope": st.fixed_dictionaries({}, optional={"name": texts, "attributes": attributes}),
        "schemaUrl": texts,
    },
)  # fmt: skip
resources = st.fixed_dictionaries(
    {}, optional={
        "scopeLogs": st.lists(scopes, max_size=3),
        "resource": st.fixed_dictionaries({}, optional={"attributes": attributes}) | st.none(),
    },
)  # fmt: skip
exports = st.fixed_dictionaries(
    {}, optional={"more": values, "resourceLogs": st.lists(resources, max_size=3)}
)


@st.composite
def shuffled(draw: st.DrawFn) -> Any:
    """Return an export whose keys have any order: what belongs to all records may come last."""
    return _shuffled(draw, draw(exports))


def _shuffled(draw: st.DrawFn, value: Any) -> Any:
    if isinstance(value, list):
        return [_shuffled(draw, one) for one in value]
    if isinstance(value, dict):
        return {key: _shuffled(draw, value[key]) for key in draw(st.permutations(list(value)))}
    return value


@st.composite
def damaged(draw: st.DrawFn, body: bytes) -> bytes:
    for _ in range(draw(st.integers(0, 2))):
        at, cut = draw(st.integers(0, len(body))), draw(st.integers(0, 3))
        put = draw(st.binary(max_size=3) | st.sampled_from([b"{", b"}", b"[", b"]", b",", b'"']))
        body = body[:at] + put + body[at + cut :]
    return body


def whole_json(body: bytes) -> list[Any]:
    """Return the records of a JSON export that is decoded as a whole."""
    found: list[Any] = []
    for resource in msgspec.json.decode(body).get("resourceLogs") or ():
        fields = of_json(RESOURCE, resource.get("resource") or {})
        for scope in resource.get("scopeLogs") or ():
            scope_fields = of_json(SCOPE, scope.get("scope") or {})
            found += [
                (fields, scope_fields, of_json(LOGS.record, record))
                for record in scope.get("logRecords") or ()
            ]
    return found


def whole_protobuf(body: bytes) -> list[Any]:
    """Return the records of a protobuf export that is decoded as a whole."""
    request: Any = LOGS.request.FromString(body)
    return [
        (of_protobuf(resource.resource), of_protobuf(scope.scope), of_protobuf(record))
        for resource in request.resource_logs
        for scope in resource.scope_logs
        for record in scope.log_records
    ]


def content_of(found: list[OtlpRecord]) -> list[Any]:
    return [(one.origin.resource, one.origin.scope, one.fields) for one in found]


@settings(max_examples=200, deadline=None)
@given(data=st.data(), separators=st.sampled_from([(",", ":"), (" , ", " :\n")]))
def test_json_in_parts_has_the_records_of_the_whole(
    data: st.DataObject, separators: tuple[str, str]
) -> None:
    """Also where brackets and quotes are within strings, and where a piece was guessed wrongly."""
    export = data.draw(shuffled())
    body = json.dumps(export, separators=separators, ensure_ascii=False).encode()
    with mock.patch.object(json_parts, "PIECE_BYTES", PIECE_BYTES):
        assert content_of(json_records(LOGS, body)) == whole_json(body)


@settings(max_examples=500, deadline=None)
@given(data=st.data())
def test_json_in_parts_is_refused_where_the_whole_is_malformed(data: st.DataObject) -> None:
    """Half an export must not be taken for a whole one, whichever part is damaged."""
    body = data.draw(damaged(json.dumps(data.draw(shuffled()), separators=(",", ":")).encode()))
    with mock.patch.object(json_parts, "PIECE_BYTES", PIECE_BYTES):
        try:
            found = json_records(LOGS, body)
        except Refusal:
            return
    msgspec.json.decode(body)
    if all(record.fields is not None for record in found):
        assert content_of(found) == whole_json(body)
        return
    with pytest.raises((MalformedError, AttributeError, TypeError)):
        whole_json(body)


@settings(max_examples=500, deadline=None)
@given(data=st.data())
def test_protobuf_in_parts_has_the_records_of_the_whole(data: st.DataObject) -> None:
    """And is refused where the whole is. Groups, which OTLP never had, are refused as well."""
    body = protobuf("/v1/logs", _without_more(data.draw(exports)))
    body = data.draw(damaged(body))
    try:
        found = content_of(protobuf_records(LOGS, body))
    except Refusal as refusal:
        if "invalid tag" not in refusal.detail.message:
            with pytest.raises(DecodeError):
                LOGS.request.FromString(body)
        return
    assert found == whole_protobuf(body)


def _without_more(export: Any) -> Any:
    return {key: value for key, value in export.items() if key != "more"}


def test_fields_behind_the_records_of_protobuf_belong_to_all() -> None:
    """Protobuf allows any order, and a message in several parts."""
    export = log_export({"timeUnixNano": "5"}, {"timeUnixNano": "6"})
    body = protobuf("/v1/logs", export)
    late = LOGS.request()
    named: Any = late
    named.resource_logs.add().resource.attributes.add(key="k").value.string_value = "v"
    resource = named.resource_logs[0].SerializeToString()
    inner = LOGS.request.FromString(body)
    first: Any = inner
    text = first.resource_logs[0].SerializeToString() + resource
    moved = b"\x0a" + bytes([len(text)]) + text
    found = protobuf_records(LOGS, moved)
    assert [record.origin.resource for record in found] == [{"attributes": {"k": "v"}}] * 2
    assert content_of(found) == whole_protobuf(moved)


def test_a_key_may_be_escaped_and_repeated() -> None:
    """JSON allows both; the last one counts, as for every decoder."""
    body = rb"""{"resourceLogs": [{"scopeLogs": [{"logRecords": [{"timeUnixNano": "1"}]}]}],
        "resource\u004cogs": [{"scopeLogs": [{"logRecords": [{"timeUnixNano": "2"}]}]}]}"""
    (record,) = json_records(LOGS, body)
    assert record.fields == {"time_unix_nano": 2}


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"{", "Input data was truncated"),
        (b'{"resourceLogs"', "Input data was truncated"),
        (b'{"resourceLogs":[', "Input data was truncated"),
        (b'{"resourceLogs":[{]}', "JSON is malformed: expected a key (byte 18)"),
        (b'{"resourceLogs":[]]', "JSON is malformed: expected ',' or '}' (byte 18)"),
        (b'{"resourceLogs":[]} 1', "JSON is malformed: trailing characters (byte 20)"),
        (b'{"resourceLogs" []}', "JSON is malformed: expected ':' (byte 16)"),
        (b'{"resourceLogs":[,]}', "JSON is malformed: invalid character (byte 17)"),
        (b'{"a":"\xff"}', "not UTF-8 (byte 6)"),
        (b'{"a":' + b"[" * 9999, "JSON is nested too deeply"),
        (b'{"resourceLogs":[5]}', "body: expected `object`, got `int`"),
        (b'{"resourceLogs":5}', "resourceLogs: expected `array | null`, got `int`"),
    ],
)
def test_malformed_json_is_refused_with_its_position(body: bytes, message: str) -> None:
    """The author of an exporter has nothing else to go by."""
    with pytest.raises(Refusal) as raised:
        json_records(LOGS, body)
    assert raised.value.detail.message == message


@pytest.mark.parametrize("decode", [of_json_body, of_protobuf_body])
def test_decoding_pauses_at_every_64_kib_or_record(decode: Any) -> None:
    """Whatever an export is made of, hooks are answered in between."""
    many = [{"attributes": pairs({"a": "b" * 100})}] * 3_000
    large = [{"attributes": pairs({"a": 'b"\n' * 100_000})}] * 2
    sender = pairs({"service.name": "x"})
    spread = [
        {"resource": {"attributes": sender}, "scopeLogs": [{"logRecords": many[:2]}] * 2}
    ] * 700
    exported: list[dict[str, Any]] = [
        log_export(*many),
        log_export(*large),
        {"resourceLogs": spread},
    ]
    for export in exported:
        body = json.dumps(export).encode()
        if decode is of_protobuf_body:
            body = protobuf("/v1/logs", export)
        steps = sum(1 for _ in decode(LOGS, body))
        # Protobuf's lengths let a record be skipped unread.
        pieces = 0 if decode is of_protobuf_body else len(body) // (2 * intake.PIECE_BYTES)
        assert steps >= pieces + sum(
            len(scope["logRecords"])
            for each in export["resourceLogs"]
            for scope in each["scopeLogs"]
        )


@pytest.mark.parametrize("decode", [of_json_body, of_protobuf_body])
def test_a_record_over_the_limit_is_not_decoded(decode: Any) -> None:
    """One of 30 MB held every hook for 50 to 170 ms, and Claude Code cuts contents at 60 kB."""
    small, large = {"attributes": pairs({"a": "b"})}, {"attributes": pairs({"a": "b" * 300_000})}
    export = log_export(small, large, small, large, large, small)
    body = json.dumps(export).encode()
    if decode is of_protobuf_body:
        body = protobuf("/v1/logs", export)
    whole = [one for one in decode(LOGS, body) if one is not None]
    assert [one.fields is None for one in whole] == [False] * 6
    with (
        mock.patch.object(json_parts, "RECORD_BYTES", 200_000),
        mock.patch.object(ingestd.otlp.export, "RECORD_BYTES", 200_000),
    ):
        found = [one for one in decode(LOGS, body) if one is not None]
    assert [one.reason for one in found] == ["", TOO_LARGE, "", TOO_LARGE, TOO_LARGE, ""]
    assert [found[place].fields for place in (0, 2, 5)] == [whole[0].fields] * 3
