"""Describe the three signals of OTLP, each with its route and its request type."""

from collections.abc import Mapping
from functools import cache
from typing import Any, Final, Literal

import msgspec
from google.protobuf.descriptor import Descriptor
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass
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


class RequestLevel(msgspec.Struct, frozen=True):
    """Describe one level of a request: its message, and the field that contains its children."""

    message: type[Message]
    child: int
    json_child: str


@cache
def levels_of(signal: Signal) -> tuple[RequestLevel, RequestLevel, RequestLevel]:
    """Return the levels above a signal's records: the request, its resources, their scopes."""
    descriptor: Any = signal.request.DESCRIPTOR
    levels = []
    for name in (signal.resources, signal.scopes, signal.records):
        field = descriptor.fields_by_name[name]
        levels.append(RequestLevel(GetMessageClass(descriptor), field.number, field.camelcase_name))
        descriptor = field.message_type
    request, resource, scope = levels
    return request, resource, scope


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
