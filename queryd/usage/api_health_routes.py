"""Answer how well the API answers: `/api/api-health`.

In: a range. Out: requests, errors by kind, durations of answers and cache use, by model and over
time. Only telemetry reports durations.
"""

from collections.abc import Mapping, Sequence
from operator import itemgetter

import msgspec
from litestar import get
from litestar.di import NamedDependency

from queryd.http.openapi import REFUSED
from queryd.http.parameters import Time
from queryd.http.time_ranges import Range, bounds
from queryd.store.periods import MINUTE_MS, bucket_for
from queryd.store.readers import Readers
from queryd.store.sketch import Sketch
from queryd.store.store import ViewReader
from queryd.usage.api_errors import errors_by_kind
from queryd.usage.read_usage import (
    AnswerDurations,
    UsageGroup,
    UsageSelection,
    UsageTotals,
    durations_by_model,
    first_at,
    sums,
)
from queryd.usage.routes import hit_ratio


class DurationQuantiles(msgspec.Struct, frozen=True):
    """Give quantiles of a duration in ms; within 1 %, and exact below 50 ms."""

    p50_ms: int | None
    p90_ms: int | None
    p99_ms: int | None


class ApiErrorRow(msgspec.Struct, frozen=True):
    """Count the errors of a kind."""

    kind: str
    count: int
    last_at: int
    event_id: int
    """The last of them."""


class ModelHealth(msgspec.Struct, frozen=True, kw_only=True):
    """Show how well one model answers."""

    model: str | None
    requests: int
    errors: int
    latency: DurationQuantiles | None
    ttft: DurationQuantiles | None
    cache_hit_ratio: float | None


class ApiHealthPoint(msgspec.Struct, frozen=True):
    """Count a bucket's requests and errors."""

    at: int
    until: int
    """The last ms of the bucket."""
    requests: int
    errors: int


class ApiHealth(msgspec.Struct, frozen=True, kw_only=True):
    """Show how well the API answered in a range; times are ms since the epoch."""

    since: int
    until: int
    requests: int
    """Only those with an answer."""
    errors: int
    """Requests that failed after all retries."""
    retries_exhausted: int
    """How many of those the client retried until it gave up."""
    by_error: Sequence[ApiErrorRow]
    """The most frequent first."""
    latency: DurationQuantiles | None
    """From a request to the end of its answer."""
    ttft: DurationQuantiles | None
    """From a request to the first token of its answer."""
    cache_hit_ratio: float | None
    by_model: Sequence[ModelHealth]
    """The one with the most requests first."""
    bucket_ms: int
    series: Sequence[ApiHealthPoint]
    """Without empty buckets."""


@get("/api/api-health", responses=REFUSED)
async def show_api_health(
    readers: NamedDependency[Readers],
    range: Range = None,  # noqa: A002 - its name in the address
    since: Time = None,
    until: Time = None,
) -> ApiHealth:
    """Return how well the API answered in a range."""

    def read(views: ViewReader) -> ApiHealth:
        # Not before: a request that waited for its turn would end before the newest request.
        first, last = bounds(range, since, until)
        with views.snapshot():
            earliest = first_at(views) if first is None else first
            start = last if earliest is None else min(earliest, last)
            return api_health(views, UsageSelection(first=start, end=last + 1))

    return await readers.views(read)


def api_health(views: ViewReader, selection: UsageSelection) -> ApiHealth:
    """Return how well the API answered."""
    bucket_ms = MINUTE_MS * bucket_for(selection.first // MINUTE_MS, -(-selection.end // MINUTE_MS))
    by_model = {
        model: total for (model,), total in sums(views, selection, UsageGroup(model=True)).items()
    }
    total = UsageTotals.from_totals(by_model.values())
    durations = durations_by_model(views, selection.first, selection.end)
    whole = AnswerDurations()
    for each in durations.values():
        whole.durations.include(each.durations)
        whole.ttfts.include(each.ttfts)
    return ApiHealth(
        since=selection.first,
        until=selection.end - 1,
        requests=total.requests,
        errors=total.errors,
        retries_exhausted=total.given_up,
        by_error=[
            ApiErrorRow(*row) for row in errors_by_kind(views, selection.first, selection.end)
        ],
        latency=_quantiles(whole.durations),
        ttft=_quantiles(whole.ttfts),
        cache_hit_ratio=hit_ratio(total),
        by_model=_models(by_model, durations),
        bucket_ms=bucket_ms,
        series=_series(views, selection, bucket_ms),
    )


def _models(
    by_model: Mapping[str, UsageTotals], durations: Mapping[str, AnswerDurations]
) -> list[ModelHealth]:
    no_answers = AnswerDurations()
    return [
        ModelHealth(
            model=model or None,
            requests=by_model[model].requests,
            errors=by_model[model].errors,
            latency=_quantiles(durations.get(model, no_answers).durations),
            ttft=_quantiles(durations.get(model, no_answers).ttfts),
            cache_hit_ratio=hit_ratio(by_model[model]),
        )
        for model in sorted(by_model, key=lambda it: (-by_model[it].requests, it))
    ]


def _quantiles(sketch: Sketch) -> DurationQuantiles | None:
    return None if sketch.max_ms is None else DurationQuantiles(*sketch.quantiles(0.5, 0.9, 0.99))


def _series(views: ViewReader, selection: UsageSelection, bucket_ms: int) -> list[ApiHealthPoint]:
    totals = sums(views, selection, UsageGroup(bucket_ms=bucket_ms))
    return [
        ApiHealthPoint(at, at + bucket_ms - 1, total.requests, total.errors)
        for (at,), total in sorted(totals.items(), key=itemgetter(0))
    ]
