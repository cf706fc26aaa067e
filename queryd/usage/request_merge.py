"""Merge the observations of one API request, at most one for each source.

The figures are those of the best source by rank; two small tables hold the exceptions.
"""

from operator import attrgetter
from typing import Final

import msgspec

from queryd.store.request import RANKS, Observation, Request
from queryd.usage.event import UsageEvent
from queryd.usage.records import SUBAGENT

_TOKENS: Final = ("input", "output", "cache_read", "cache_creation")
_CACHE_LIFETIMES: Final = ("cache_creation_5m", "cache_creation_1h")
_COSTS: Final = ("cost_nanos", "otlp_nanos", "transcript_nanos")
_NAMES: Final = ("request_id", "message_id", "agent_type", "source_app")

FILLED_IN: Final = (*_NAMES, *_CACHE_LIFETIMES, *_COSTS)
"""What the next source fills in where the best one does not report it."""
GROWING: Final = (*_TOKENS, *_CACHE_LIFETIMES, *_COSTS, "last_event_id")
"""What changes while a message streams: a transcript repeats it with more output each time."""
_UNREPORTED: Final = (None, "")
_PLACEHOLDERS: Final = (*_UNREPORTED, SUBAGENT)


def request_of(fact: UsageEvent, observation: Observation) -> Request:
    """Return a request with a single observation."""
    usage, source, cost = observation.usage, observation.source, observation.cost_nanos
    return Request(
        id=fact.id,
        request_id=observation.request_id,
        message_id=observation.message_id,
        session_id=observation.session_id,
        agent_id=observation.agent_id,
        agent_type=observation.agent_type or (SUBAGENT if observation.agent_id else ""),
        source_app=fact.source_app,
        model_name=observation.model_name,
        at=observation.at,
        input=usage.input,
        output=usage.output,
        cache_read=usage.cache_read,
        cache_creation=usage.cache_creation,
        cache_creation_5m=usage.cache_creation_5m,
        cache_creation_1h=usage.cache_creation_1h,
        source=source,
        cost_nanos=cost,
        otlp_nanos=cost if source == "otlp" else None,
        transcript_nanos=cost if source == "transcript" else None,
        in_otlp=source == "otlp",
        in_transcript=source == "transcript",
        duration_ms=observation.duration_ms,
        ttft_ms=observation.ttft_ms,
        query_source=observation.query_source,
        speed=observation.speed,
        last_event_id=fact.id,
    )


def merged(stored: Request, observed: Request) -> Request | None:
    """Return a request with one more observation; None when it changes nothing."""
    if _is_observed_by(stored, observed):
        return _grown(stored, observed)
    best, other = sorted((stored, observed), key=lambda it: RANKS[it.source])
    return msgspec.structs.replace(
        best,
        **{name: getattr(other, name) for name in FILLED_IN if _is_missing(best, other, name)},
        id=stored.id,
        in_otlp=stored.in_otlp or observed.in_otlp,
        in_transcript=stored.in_transcript or observed.in_transcript,
        last_event_id=observed.last_event_id,
    )


def is_same_request(stored: Request, observed: Request) -> bool:
    """Match observations of different sources by their token counts: they share no id."""
    return (
        stored.source != "status_line"
        and (stored.request_id is None or observed.request_id is None)
        and not _is_observed_by(stored, observed)
        and bool(_tokens(stored) == _tokens(observed))
    )


def _is_observed_by(stored: Request, observed: Request) -> bool:
    return stored.in_otlp if observed.in_otlp else stored.in_transcript


def _is_missing(best: Request, other: Request, name: str) -> bool:
    return getattr(best, name) in _PLACEHOLDERS and getattr(other, name) not in _UNREPORTED


def _grown(stored: Request, observed: Request) -> Request | None:
    # Telemetry reports a request once, complete.
    is_growing = stored.source == observed.source == "transcript"
    if not is_growing or observed.output <= stored.output:
        return None
    return msgspec.structs.replace(stored, **{name: getattr(observed, name) for name in GROWING})


_tokens: Final = attrgetter(*_TOKENS)
