"""Test that what the measurement of telemetry sends is what it says."""

from bench.otlp import RECORDS, SERIAL, export
from ingestd.otlp.events import events_of
from ingestd.otlp.signals import SIGNALS
from tests.ingestd.exports import json_records, protobuf_records

LOGS = SIGNALS["/v1/logs"]


def test_both_encodings_send_the_same_export_of_1_mb() -> None:
    """Otherwise their figures could not be compared; the serial makes each export another."""
    as_json, as_protobuf = export("json"), export("protobuf")
    assert 1_000_000 < len(as_json) < 1_200_000
    assert as_json.count(SERIAL) == as_protobuf.count(SERIAL) == RECORDS
    payloads = [
        [bytes(made.event.payload) for it in records for made in events_of("logs", it)]
        for records in (json_records(LOGS, as_json), protobuf_records(LOGS, as_protobuf))
    ]
    assert payloads[0] == payloads[1]
    assert len(set(payloads[0])) == RECORDS
