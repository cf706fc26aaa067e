"""Test what holds for any bytes whatever: no mistake of ours, and nothing acknowledged is lost."""

import gzip
import json
import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.ingestd.exports import FILES, exports, protobuf
from tests.ingestd.served import ServedApp, served

SAMPLES = [next(exports(path)) for path in FILES]
SMALL = [
    {"resourceLogs": [{"scopeLogs": [{"logRecords": [
        {"timeUnixNano": "5", "attributes": [{"key": "event.name", "value": {"stringValue": "x"}}],
         "traceId": "00ff", "body": {"arrayValue": {"values": [{"bytesValue": "AA=="}]}}}]}]}]},
    {"resourceMetrics": [{"scopeMetrics": [{"metrics": [
        {"name": "m", "sum": {"dataPoints": [{"asDouble": 1.5, "timeUnixNano": "7"}]}}]}]}]},
    {"resourceSpans": [{"scopeSpans": [{"spans": [
        {"name": "s", "spanId": "ff", "status": {"code": 2}, "startTimeUnixNano": "9"}]}]}]},
]  # fmt: skip
TYPES = [
    "application/json",
    "application/x-protobuf",
    "application/x-protobuf;a=b",
    "text/html",
    "",
]


@pytest.fixture(scope="module")
def ingest(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedApp]:
    with served(tmp_path_factory.mktemp("laws") / "events.db") as app:
        yield app


@st.composite
def bodies(draw: st.DrawFn) -> bytes:
    """Return an export, whole or damaged, or any bytes."""
    if draw(st.booleans()):
        return draw(st.binary(max_size=200))
    index = draw(st.integers(0, 2))
    body = json.dumps(SMALL[index]).encode()
    if draw(st.booleans()):
        body = protobuf(list(FILES)[index], SMALL[index])
    for _ in range(draw(st.integers(0, 3))):
        at = draw(st.integers(0, len(body)))
        cut = draw(st.integers(0, 3))
        body = body[:at] + draw(st.binary(max_size=3)) + body[at + cut :]
    return gzip.compress(body) if draw(st.integers(0, 5)) == 0 else body


@settings(max_examples=1_500, deadline=None)
@given(
    path=st.sampled_from(list(FILES)),
    body=bodies(),
    kind=st.sampled_from(TYPES),
    encoding=st.sampled_from(["", "", "", "gzip", "identity", "zip"]),
)
def test_any_bytes_are_accepted_or_refused(
    ingest: ServedApp, path: str, body: bytes, kind: str, encoding: str
) -> None:
    """Everything on this machine may post to the port; after a 5xx it would retry for ever."""
    answer = ingest.post(path, body, content_type=kind, content_encoding=encoding)
    assert answer.status in {200, 400, 415}
    taken = sum(ingest.counters.received.values())
    assert taken == ingest.counters.events_stored + ingest.counters.duplicates
    assert len(ingest.log()) == ingest.counters.events_stored


@pytest.mark.parametrize("sample", range(3))
def test_a_captured_export_damaged_anywhere_breaks_nothing(ingest: ServedApp, sample: int) -> None:
    """A bit that fell over, a proxy that cut: 400 or 200, and the log can be read."""
    rng = random.Random(sample)
    export = SAMPLES[sample]
    statuses = set()
    for _ in range(150):
        kind = rng.choice(["json", "protobuf"])
        body, headers = export.sent(kind)
        at = rng.randrange(len(body))
        damaged = body[:at] + rng.randbytes(rng.randrange(3)) + body[at + rng.randrange(3) :]
        answer = ingest.post(export.path, damaged, content_type=headers["Content-Type"])
        statuses.add(answer.status)
    assert statuses <= {200, 400}
    for event in ingest.log():
        assert isinstance(json.loads(bytes(event.payload)), dict)


def test_a_json_body_cut_anywhere_is_refused(tmp_path: Path) -> None:
    """Half an export must not be taken for a whole one."""
    body = json.dumps(SMALL[0]).encode()
    with served(tmp_path / "events.db") as ingest:
        for end in range(len(body)):
            assert ingest.post("/v1/logs", body[:end], content_type=TYPES[0]).status == 400
        assert ingest.log() == []
