"""Convert OpenTelemetry records to events: one for each log record, data point and span.

In: records as `message` decodes them. Out: events, each with everything in its record: attributes
under their own names, and the record's fields beside them. An attribute that has the name of a
field becomes `attribute.<name>`. Left to `receiver`: redaction, and an id.

The type of a log record is its `event.name`, in lower case, so that no record can pass for a hook;
data points are `metric`, spans `span`. Times are ms since the epoch, of spans to the µs.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Final

import msgspec

from ingestd.intake.decode import now_ms
from ingestd.otlp.export import Origin, OtlpRecord
from ingestd.otlp.message import MalformedError
from ingestd.otlp.signals import Fields, Kind
from shared.event import NO_SESSION, Event
from shared.times import is_plausible

NO_NAME: Final = "log"
"""The type of a log record without an event name."""
NAME_CHARS: Final = 512
NS_PER_MS: Final = 1_000_000


class OtlpEvent(msgspec.Struct, frozen=True):
    """Pair an event with its time in nanoseconds, from which its id is derived."""

    event: Event
    at_ns: int
    stray_time: bool
    """Whether that time is implausible: the event has the time of its arrival."""


def events_of(kind: Kind, record: OtlpRecord) -> Iterator[OtlpEvent]:
    """Yield the events of a record; raise MalformedError."""
    if record.fields is None:
        raise MalformedError(record.reason)
    return _CONVERTERS[kind](dict(record.fields), record.origin)


def _log(fields: Fields, origin: Origin) -> Iterator[OtlpEvent]:
    attributes = fields.pop("attributes", {})
    at, observed = fields.pop("time_unix_nano", 0), fields.pop("observed_time_unix_nano", 0)
    name = _event_name(attributes, fields)
    if fields.get("body") in (None, name, _OWN + name):
        fields.pop("body", None)  # it only repeats the type
    if observed not in {0, at}:
        fields["observed_time"] = _ms(observed)
    at_ns = at or observed or _iso_ms(attributes.get("event.timestamp")) * NS_PER_MS
    yield _otlp_event(name.lower(), at_ns, attributes, fields, origin, tool_use=True)


def _metric(fields: Fields, origin: Origin) -> Iterator[OtlpEvent]:
    kind = next((kind for kind in _METRIC_KINDS if kind in fields), None)
    data = dict(fields[kind]) if kind else {}
    points = data.pop("data_points", ())
    own = {
        "name": fields.get("name"),
        "unit": fields.get("unit"),
        "kind": kind,
        "temporality": _TEMPORALITIES.get(data.pop("aggregation_temporality", 0)),
        **data,
    }
    for point in points:
        yield _point(own, dict(point), origin)


def _point(own: Fields, point: Fields, origin: Origin) -> OtlpEvent:
    attributes = point.pop("attributes", {})
    at_ns = point.pop("time_unix_nano", 0)
    value = point.pop("as_int", None)
    point_fields = {
        **own,
        "value": point.pop("as_double", value),
        "start_time": _ms(point.pop("start_time_unix_nano", 0)),
        **_with_times(point),
    }
    return _otlp_event("metric", at_ns, attributes, point_fields, origin)


def _span(fields: Fields, origin: Origin) -> Iterator[OtlpEvent]:
    attributes = fields.pop("attributes", {})
    start, end = fields.pop("start_time_unix_nano", 0), fields.pop("end_time_unix_nano", 0)
    status = fields.pop("status", {})
    span_fields = {
        "name": fields.pop("name", None),
        "kind": _named(_SPAN_KINDS, fields.pop("kind", 0)),
        "start_time": _ms(start),
        "end_time": _ms(end),
        "status": _named(_STATUSES, status.get("code", 0)),
        **({"status_message": status["message"]} if "message" in status else {}),
        **_with_times(fields),
    }
    yield _otlp_event("span", end or start, attributes, span_fields, origin)


def _otlp_event(
    kind: str,
    at_ns: int,
    attributes: Fields,
    own: Fields,
    origin: Origin,
    *,
    tool_use: bool = False,
) -> OtlpEvent:
    received_at = now_ms()
    sources = {"resource": origin.resource.get("attributes"), "scope": origin.scope}
    own |= {name: value for name, value in sources.items() if value}
    payload = msgspec.json.encode(_joined(attributes, own))
    timestamp = at_ns // NS_PER_MS
    if stray := not is_plausible(timestamp, received_at):
        timestamp = received_at
    event = Event(
        session_id=_short(_session(attributes, origin)),
        hook_event_type=_short(kind),
        timestamp=timestamp,
        received_at=received_at,
        model_name=_text(attributes.get("model")),
        tool_name=_text(attributes.get("tool_name")),
        # A call has nested spans, and the log holds one event of a type for each call.
        tool_use_id=_text(attributes.get("tool_use_id")) if tool_use else None,
        agent_id=_text(attributes.get("agent_id")),
        sender=_SENDER,
        payload=msgspec.Raw(payload),
        payload_bytes=len(payload),
    )
    return OtlpEvent(event, at_ns, stray and at_ns != 0)


def _joined(attributes: Fields, own: Fields) -> Fields:
    shadowed = attributes.keys() & own.keys()
    if shadowed:
        attributes = {
            f"attribute.{name}" if name in shadowed else name: value
            for name, value in attributes.items()
        }
    return {**attributes, **own}


def _event_name(attributes: Fields, fields: Fields) -> str:
    """Return the event's name: of its attribute, its field, or a body of Claude Code's."""
    body = _text(fields.get("body")) or ""
    named = _text(attributes.get("event.name")) or _text(fields.get("event_name"))
    return (named or (body if body.startswith(_OWN) else "")).removeprefix(_OWN) or NO_NAME


def _session(attributes: Fields, origin: Origin) -> str:
    process = origin.resource.get("attributes", {})
    return _text(attributes.get("session.id")) or _text(process.get("session.id")) or NO_SESSION


def _short(name: str) -> str:
    if len(name) > NAME_CHARS:
        raise MalformedError(f"event.name and session.id may have {NAME_CHARS} characters")
    return name


def _with_times(fields: Fields) -> Fields:
    """Return fields with their times, also of nested messages, in ms."""
    converted: Fields = {}
    for name, value in fields.items():
        if name.endswith(_TIME):
            converted[name.removesuffix(_UNIX_NANO)] = _ms(value)
        elif isinstance(value, list) and value and isinstance(value[0], dict):
            converted[name] = [_with_times(one) for one in value]
        else:
            converted[name] = value
    return converted


def _ms(ns: int) -> float | None:
    """Return ms, an integer if whole; None for zero, which means unknown."""
    if ns == 0:
        return None
    whole, rest = divmod(ns, NS_PER_MS)
    return round(ns / NS_PER_MS, 3) if rest else whole


def _iso_ms(text: object) -> int:
    """Return the time of an ISO text; 0 if it is invalid."""
    try:
        when = datetime.fromisoformat(text) if isinstance(text, str) else _EPOCH
    except ValueError:
        return 0
    at = when if when.tzinfo else when.replace(tzinfo=UTC)
    return max(0, (at - _EPOCH) // _MS)


def _named(names: tuple[str, ...], number: int) -> str | int:
    return names[number] if 0 <= number < len(names) else number


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


_OWN: Final = "claude_code."
_UNIX_NANO: Final = "_unix_nano"
_TIME: Final = "time_unix_nano"
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MS: Final = timedelta(milliseconds=1)
_SENDER: Final = msgspec.Raw(b'{"via":"otlp"}')
_METRIC_KINDS: Final = ("gauge", "sum", "histogram", "exponential_histogram", "summary")
_TEMPORALITIES: Final = {1: "delta", 2: "cumulative"}
_SPAN_KINDS: Final = ("unspecified", "internal", "server", "client", "producer", "consumer")
_STATUSES: Final = ("unset", "ok", "error")
_CONVERTERS: Final[Mapping[Kind, Callable[[Fields, Origin], Iterator[OtlpEvent]]]] = {
    "logs": _log,
    "metrics": _metric,
    "traces": _span,
}
