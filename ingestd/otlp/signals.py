"""Describe the three signals of OTLP, each with its route and its request type."""

from collections.abc import Mapping
from typing import Any, Final, Literal

import msgspec
from google.protobuf.descriptor import Descriptor
from google.protobuf.message import Message
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
)
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import InstrumentationScope
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord
from opentelemetry.proto.metrics.v1.metrics_pb2 import Metric
from opentelemetry.proto.resource.v1.resource_pb2 import Resource
from opentelemetry.proto.trace.v1.trace_pb2 import Span

Kind = Literal["logs", "metrics", "traces"]


class Signal(msgspec.Struct, frozen=True):
    """Describe one signal: a request contains resources, these scopes, these records."""

    kind: Kind
    request: type[Message]
    resources: str
    scopes: str
    records: str
    record: Descriptor
    rejected: str
    """The field of the answer's JSON for the number of rejected records."""


SIGNALS: Final[Mapping[str, Signal]] = {
    "/v1/logs": Signal(
        "logs",
        ExportLogsServiceRequest,
        "resource_logs",
        "scope_logs",
        "log_records",
        LogRecord.DESCRIPTOR,
        "rejectedLogRecords",
    ),
    "/v1/metrics": Signal(
        "metrics",
        ExportMetricsServiceRequest,
        "resource_metrics",
        "scope_metrics",
        "metrics",
        Metric.DESCRIPTOR,
        "rejectedDataPoints",
    ),
    "/v1/traces": Signal(
        "traces",
        ExportTraceServiceRequest,
        "resource_spans",
        "scope_spans",
        "spans",
        Span.DESCRIPTOR,
        "rejectedSpans",
    ),
}
RESOURCE: Final[Descriptor] = Resource.DESCRIPTOR
SCOPE: Final[Descriptor] = InstrumentationScope.DESCRIPTOR

Fields = dict[str, Any]
"""The fields that are set in a message, by protobuf's names."""
