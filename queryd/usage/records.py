"""Read records: what telemetry, status lines and transcripts report besides hooks.

In: facts of lower-case types. Out: requests and errors as one source reports them. Records repeat
what hooks already reported, so they do not count as events of a session.
"""

import re
from datetime import datetime
from typing import Any, Final

from queryd.store.fact import MAIN
from queryd.store.request import Observation, TokenUsage
from queryd.usage.event import UsageEvent
from queryd.usage.prices import Prices

API_REQUEST: Final = "api_request"
API_ERROR: Final = "api_error"
RETRIES_EXHAUSTED: Final = "api_retries_exhausted"
COMPACTION: Final = "compaction"
USAGE: Final = "usage"
SYNTHETIC: Final = "<synthetic>"
"""The model of a placeholder that the client writes for an error."""
MAX_NUMBER: Final = 2**53
SUBAGENT: Final = "subagent"
"""The type of a subagent whose type is not reported."""


def observation_of(fact: UsageEvent, prices: Prices) -> Observation | None:
    """Return the request that a record reports, if any."""
    match fact.event.hook_event_type:
        case "api_request":
            return _from_telemetry(fact)
        case "usage":
            return _from_transcript(fact, prices)
        case _:
            return None


def amount(value: object) -> int | None:
    """Return a count or a number of ms, which some records write as text; None for others."""
    if type(value) is int and 0 <= value < MAX_NUMBER:  # nearly always
        return value
    parsed = number(value)
    return None if parsed is None or parsed < 0 else round(parsed)


def number(value: object) -> float | None:
    """Return a number, which some records write as text; None for others and for huge ones."""
    if isinstance(value, str):
        value = float(value) if _NUMBER.fullmatch(value) else None
    if not isinstance(value, int | float) or isinstance(value, bool):
        return None
    return value if -MAX_NUMBER < value < MAX_NUMBER else None


def text(value: object) -> str | None:
    """Return a text; None when it is empty or no text."""
    return value if isinstance(value, str) and value else None


def fields(value: object) -> dict[str, Any]:
    """Return the fields of an object; empty for other values."""
    return value if isinstance(value, dict) else {}


def time_ms(value: object) -> int | None:
    """Parse a time in seconds, in ms or in ISO 8601; return ms since the epoch."""
    parsed = number(value)
    if parsed is not None:
        return round(parsed if parsed >= _MS_FROM else parsed * 1000) if parsed > 0 else None
    try:
        return round(datetime.fromisoformat(value).timestamp() * 1000) if text(value) else None  # type: ignore[arg-type]  # checked by `text`
    except (ValueError, OverflowError):
        return None


def _from_telemetry(fact: UsageEvent) -> Observation:
    payload = fact.payload
    source = text(payload.get("query_source"))
    return Observation(
        source="otlp",
        session_id=fact.event.session_id,
        at=fact.event.timestamp,
        agent_id=fact.agent_id,
        agent_type=text(payload.get("agent.name")) or _agent_type_in(source) or fact.agent_type,
        request_id=text(payload.get("request_id")),
        model_name=text(payload.get("model")) or fact.event.model_name,
        usage=TokenUsage(
            input=amount(payload.get("input_tokens")) or 0,
            output=amount(payload.get("output_tokens")) or 0,
            cache_read=amount(payload.get("cache_read_tokens")) or 0,
            cache_creation=amount(payload.get("cache_creation_tokens")) or 0,
            cache_creation_5m=amount(payload.get("cache_creation_5m_tokens")),
            cache_creation_1h=amount(payload.get("cache_creation_1h_tokens")),
        ),
        cost_nanos=_reported_cost(payload),
        duration_ms=amount(payload.get("duration_ms")),
        ttft_ms=amount(payload.get("ttft_ms")),
        query_source=source,
        speed=text(payload.get("speed")),
    )


def _reported_cost(payload: dict[str, Any]) -> int | None:
    """Return the client's own figure: dollars are exact, micro-dollars are rounded."""
    usd = number(payload.get("cost_usd"))
    if usd is not None:
        return round(usd * 1e9)
    micros = number(payload.get("cost_usd_micros"))
    return None if micros is None else round(micros * 1e3)


def _agent_type_in(query_source: str | None) -> str | None:
    """Return `Explore` for `agent:builtin:Explore`."""
    if query_source is None or not query_source.startswith("agent:"):
        return None
    return query_source.rpartition(":")[2] or None


def _from_transcript(fact: UsageEvent, prices: Prices) -> Observation | None:
    payload = fact.payload
    counts = fields(payload.get("usage"))
    model = text(payload.get("model")) or fact.event.model_name
    if model == SYNTHETIC or not counts:
        return None
    usage, at = _usage(counts), fact.event.timestamp
    is_sidechain = payload.get("is_sidechain") is True
    agent_id = fact.agent_id or (text(payload.get("agent_id")) or "")
    return Observation(
        source="transcript",
        session_id=fact.event.session_id,
        at=at,
        agent_id=agent_id or (SUBAGENT if is_sidechain else MAIN),
        agent_type=text(payload.get("agent_type")) or fact.agent_type,
        request_id=text(payload.get("request_id")),
        message_id=text(payload.get("message_id")),
        model_name=model,
        usage=usage,
        cost_nanos=None if model is None else prices.cost_nanos(model, at, usage),
        speed=text(counts.get("speed")),
    )


def _usage(counts: dict[str, Any]) -> TokenUsage:
    split = fields(counts.get("cache_creation"))
    short = amount(split.get("ephemeral_5m_input_tokens"))
    long = amount(split.get("ephemeral_1h_input_tokens"))
    written = amount(counts.get("cache_creation_input_tokens"))
    tools = fields(counts.get("server_tool_use"))
    return TokenUsage(
        input=amount(counts.get("input_tokens")) or 0,
        output=amount(counts.get("output_tokens")) or 0,
        cache_read=amount(counts.get("cache_read_input_tokens")) or 0,
        cache_creation=(short or 0) + (long or 0) if written is None else written,
        cache_creation_5m=short,
        cache_creation_1h=long,
        is_fast=counts.get("speed") == "fast",
        in_us=counts.get("inference_geo") == "us",
        web_searches=amount(tools.get("web_search_requests")) or 0,
    )


_NUMBER: Final = re.compile(r"-?\d{1,15}(?:\.\d{1,15})?")
_MS_FROM: Final = 1e11
"""Larger numbers are ms: as seconds this is in the year 5138, as ms it is in 1973."""
