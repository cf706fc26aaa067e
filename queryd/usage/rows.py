"""Turn stored contexts, costs and tokens into the rows of the API.

In: stored sums and states. Out: rows, each with its source. Unknown values are null, never 0.
"""

from collections.abc import Sequence
from typing import Final

import msgspec

from queryd.store.request import Source
from queryd.usage.contexts import Context, ContextSource
from queryd.usage.spending import Spending
from queryd.usage.status_totals import StatusTotal
from queryd.usage.windows import compact_at, window_of

NANOS: Final = 1_000_000_000
MAX_CLOCK_DIFFERENCE_MS: Final = 5_000
"""The times that telemetry and a status line give one request differ by at most this."""
MAX_DIFFERENCE: Final = 0.01


class ContextUse(msgspec.Struct, frozen=True, kw_only=True):
    """Show how full a context is, and its source; output is not counted."""

    used_tokens: int
    """The prompt of the last answer: input, and what came from and went into the cache."""
    window_tokens: int | None
    used_percent: float | None
    source: ContextSource
    at: int
    """When this was so, ms since the epoch."""
    peak_tokens: int
    """The largest so far."""
    compact_at_tokens: int | None
    """An estimate of where auto-compact starts."""
    exceeds_window: bool
    """More is used than the reported window."""


class Compaction(msgspec.Struct, frozen=True, kw_only=True):
    """Show one compaction; null is unknown."""

    at: int
    before_tokens: int | None
    after_tokens: int | None
    """What was left, as the client reports it; else the first prompt after it."""
    next_tokens: int | None
    """The first prompt after it, with the system prompt."""
    trigger: str | None


class OtherCost(msgspec.Struct, frozen=True):
    """Show the cost by another source."""

    source: Source
    usd: float


class Cost(msgspec.Struct, frozen=True, kw_only=True):
    """Show a cost, its source, and other sources' figures; subagents are included."""

    usd: float | None
    """null: no request of it could be priced."""
    source: Source
    others: Sequence[OtherCost] = ()
    disagrees: bool = False
    """Another complete source reports over 1 % more or less."""
    unpriced_requests: int = 0
    """Requests that are not in `usd`: their model has no known price."""


class Tokens(msgspec.Struct, frozen=True):
    """Count tokens by kind."""

    input: int
    output: int
    cache_read: int
    cache_creation: int


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """Hold the context, cost and tokens of a session or a subagent."""

    context: ContextUse | None = None
    cost: Cost | None = None
    tokens: Tokens | None = None
    model_name: str | None = None
    compactions: Sequence[Compaction] = ()


NO_FIGURES: Final = Figures()


def context_use(context: Context | None, main: Context | None) -> ContextUse | None:
    """Return how full a context is; the main thread's adds the windows that it knows."""
    if context is None or context.used_tokens is None or context.source is None:
        return None
    both = [context] if main is None else [main, context]
    window = window_of(
        context.model_name,
        reported={model: size for it in both for model, size in it.windows.items()},
        with_million={model for it in both for model in it.with_million},
        peak=context.peak_tokens,
    )
    used = context.used_tokens
    return ContextUse(
        used_tokens=used,
        window_tokens=window,
        used_percent=round(100 * used / window, 1) if window else None,
        source=context.source,
        at=context.at,
        peak_tokens=max(context.peak_tokens, used),
        compact_at_tokens=compact_at(window),
        exceeds_window=window is not None and used > window,
    )


def compactions_of(context: Context | None) -> list[Compaction]:
    """Return the reported compactions, oldest first."""
    return [
        Compaction(**msgspec.structs.asdict(it)) for it in (context.compactions if context else ())
    ]


def tokens_of(spending: Spending | None) -> Tokens | None:
    """Return the tokens of all requests; None when none was reported."""
    if spending is None or not spending.requests:
        return None
    return Tokens(spending.input, spending.output, spending.cache_read, spending.cache_creation)


def cost_of(spending: Spending | None, total: StatusTotal | None) -> Cost | None:
    """Return what a session cost.

    By telemetry if it reports all requests, else by the status line's total, else by all requests,
    each from its best source.
    """
    spending = spending or Spending()
    line_nanos = _line_nanos(spending, total)
    by_source = _nanos_by_source(spending, line_nanos)
    is_covered = _is_covered_by_telemetry(spending, total)
    if is_covered and "otlp" in by_source:
        return _cost("otlp", by_source["otlp"], by_source, spending, partial=())
    partial: tuple[Source, ...] = () if is_covered else ("otlp",)
    if line_nanos is not None:
        return _cost("status_line", line_nanos, by_source, spending, partial=partial)
    if not spending.requests:
        return None
    source: Source = "transcript" if spending.transcript_alone else "otlp"
    nanos = spending.nanos if spending.unpriced < spending.requests else None
    return _cost(source, nanos, by_source, spending, partial=partial)


def agent_cost(spending: Spending | None) -> Cost | None:
    """Return what a subagent cost, which only its requests report."""
    return cost_of(spending, None)


def _line_nanos(spending: Spending, total: StatusTotal | None) -> int | None:
    """Return the status line's total; 0 beside requests with a cost means nothing."""
    if total is None or not total.has_total:
        return None
    nanos = total.before + total.latest - total.inherited
    return None if nanos == 0 and spending.nanos > 0 else nanos


def _nanos_by_source(spending: Spending, line_nanos: int | None) -> dict[Source, int]:
    it = spending
    nanos: dict[Source, int] = {}
    if _is_priced(it.otlp_requests, it.unpriced, it.otlp_nanos):
        nanos["otlp"] = it.otlp_nanos
    if line_nanos is not None:
        nanos["status_line"] = line_nanos
    if _is_priced(it.transcript_requests, it.transcript_unpriced, it.transcript_nanos):
        nanos["transcript"] = it.transcript_nanos
    return nanos


def _is_priced(requests: int, unpriced: int, nanos: int) -> bool:
    return requests > 0 and (nanos > 0 or unpriced == 0)


def _is_covered_by_telemetry(spending: Spending, total: StatusTotal | None) -> bool:
    """Return whether telemetry reports all requests of a session that any source reports."""
    if spending.first_otlp_at is None or spending.transcript_alone:
        return False
    grown_at = None if total is None else total.first_grown_at
    return grown_at is None or spending.first_otlp_at <= grown_at + MAX_CLOCK_DIFFERENCE_MS


def _cost(
    source: Source,
    nanos: int | None,
    by_source: dict[Source, int],
    spending: Spending,
    *,
    partial: Sequence[Source],
) -> Cost:
    others = {other: it for other, it in by_source.items() if other != source}
    # An unpriced request is no disagreement.
    complete = [
        it
        for other, it in others.items()
        if other not in partial and not (other == "transcript" and spending.transcript_unpriced)
    ]
    return Cost(
        usd=None if nanos is None else nanos / NANOS,
        source=source,
        others=[OtherCost(other, it / NANOS) for other, it in others.items()],
        disagrees=nanos is not None and any(_differs(nanos, it) for it in complete),
        unpriced_requests=spending.unpriced,
    )


def _differs(one: int, other: int) -> bool:
    return abs(one - other) > MAX_DIFFERENCE * max(one, other)
