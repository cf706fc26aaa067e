"""Read usage records: what telemetry, the status line and transcripts report beside hooks.

In: facts of lower-case types. Out: requests and errors as one source observed them. None counts as
an event of a session: hooks report what happened, records what it used.
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
LARGEST: Final = 2**53
SUBAGENT: Final = "subagent"
"""The type of a subagent whose type is not reported."""


def observation_of(fact: UsageEvent, prices: Prices) -> Observation | None:
    """Return the request that a record reports, if any."""
    match fact.event.hook_event_type:
        case "api_request":
            return _by_telemetry(fact)
        case "usage":
            return _by_transcript(fact, prices)
        case _:
            return None


def amount(value: object) -> int | None:
    """Return a count or a number of ms, which some records write as text; None when it is none."""
    if type(value) is int and 0 <= value < LARGEST:  # nearly always
        return value
    found = number(value)
    return None if found is None or found < 0 else round(found)


def number(value: object) -> float | None:
    """Return a number, which some records write as text; None when it is none, or beyond reason."""
    if isinstance(value, str):
        value = float(value) if _NUMBER.fullmatch(value) else None
    if not isinstance(value, int | float) or isinstance(value, bool):
        return None
    return value if -LARGEST < value < LARGEST else None


def text(value: object) -> str | None:
    """Return a text that says something."""
    return value if isinstance(value, str) and value else None


def fields(value: object) -> dict[str, Any]:
    """Return an object's fields; none for what is no object."""
    return value if isinstance(value, dict) else {}


def time_ms(value: object) -> int | None:
    """Return a time in ms since the epoch that was written as seconds, as ms, or in ISO 8601."""
    found = number(value)
    if found is not None:
        return round(found if found >= _MS_FROM else found * 1000) if found > 0 else None
    try:
        return round(datetime.fromisoformat(value).timestamp() * 1000) if text(value) else None  # type: ignore[arg-type]  # `text` saw to it
    except (ValueError, OverflowError):
        return None


def _by_telemetry(fact: UsageEvent) -> Observation:
    given = fact.payload
    source = text(given.get("query_source"))
    return Observation(
        source="otlp",
        session_id=fact.event.session_id,
        at=fact.event.timestamp,
        agent_id=fact.agent_id,
        agent_type=text(given.get("agent.name")) or _type_in(source) or fact.agent_type,
        request_id=text(given.get("request_id")),
        model_name=text(given.get("model")) or fact.event.model_name,
        usage=TokenUsage(
            input=amount(given.get("input_tokens")) or 0,
            output=amount(given.get("output_tokens")) or 0,
            cache_read=amount(given.get("cache_read_tokens")) or 0,
            cache_creation=amount(given.get("cache_creation_tokens")) or 0,
            cache_creation_5m=amount(given.get("cache_creation_5m_tokens")),
            cache_creation_1h=amount(given.get("cache_creation_1h_tokens")),
        ),
        cost_nanos=_reported_cost(given),
        duration_ms=amount(given.get("duration_ms")),
        ttft_ms=amount(given.get("ttft_ms")),
        query_source=source,
        speed=text(given.get("speed")),
    )


def _reported_cost(given: dict[str, Any]) -> int | None:
    """Return what the client says it cost: dollars are exact, its micro-dollars rounded."""
    usd = number(given.get("cost_usd"))
    if usd is not None:
        return round(usd * 1e9)
    micros = number(given.get("cost_usd_micros"))
    return None if micros is None else round(micros * 1e3)


def _type_in(query_source: str | None) -> str | None:
    """Return `Explore` of `agent:builtin:Explore`."""
    if query_source is None or not query_source.startswith("agent:"):
        return None
    return query_source.rpartition(":")[2] or None


def _by_transcript(fact: UsageEvent, prices: Prices) -> Observation | None:
    given = fact.payload
    counts = fields(given.get("usage"))
    model = text(given.get("model")) or fact.event.model_name
    if model == SYNTHETIC or not counts:
        return None
    usage, at = _usage(counts), fact.event.timestamp
    sidechain = given.get("is_sidechain") is True
    agent_id = fact.agent_id or (text(given.get("agent_id")) or "")
    return Observation(
        source="transcript",
        session_id=fact.event.session_id,
        at=at,
        agent_id=agent_id or (SUBAGENT if sidechain else MAIN),
        agent_type=text(given.get("agent_type")) or fact.agent_type,
        request_id=text(given.get("request_id")),
        message_id=text(given.get("message_id")),
        model_name=model,
        usage=usage,
        cost_nanos=None if model is None else prices.cost_nanos(model, at, usage),
        speed=text(counts.get("speed")),
    )


def _usage(counts: dict[str, Any]) -> TokenUsage:
    """Return what an answer used, as a transcript has it from the API."""
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
"""As seconds this would be in the year 5138, as ms it was in 1973."""
