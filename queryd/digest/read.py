"""Read a digest from the views: totals by range, then the figures of a page of sessions."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, Final, NamedTuple, TypedDict

from queryd.digest.rows import DigestFigures, DigestSession
from queryd.sessions.lane_rows import LaneFilter, TimeRange
from queryd.sessions.read import SessionFilter, one_session, sessions_page
from queryd.sessions.read_timeline import CHUNK, MAX_SCANNED, sessions_in_range
from queryd.sessions.rows import SessionRow, session_row
from queryd.store.conditions import Condition, all_of, json_list
from queryd.store.store import Value, ViewReader
from queryd.usage.read_usage import (
    UsageGroup,
    UsageSelection,
    UsageTotals,
    sessions_by_cost,
    sums,
    sums_of_sessions,
)
from queryd.usage.routes import CostSource, cost_source, cost_usd

ANSWER_CHARS: Final = 600
MAX_WAITING: Final = 1_000


class DigestFilter(NamedTuple):
    """Select sessions by project; an empty tuple selects all."""

    source_app: tuple[str, ...] = ()
    without_source_app: tuple[str, ...] = ()

    def conditions(self) -> tuple[str, list[Value]]:
        """Return SQL, and its values."""
        return all_of(
            [
                Condition("source_app", self.source_app),
                Condition("ifnull(source_app, '')", self.without_source_app, is_excluding=True),
            ]
        )


class DigestCounts(NamedTuple):
    """A statement that counts rows in a range."""

    names: tuple[str, ...]
    sql: str
    """Columns, table and condition; its values are `values` and the two ends of the range."""
    takes_since_first: bool = False


ALL: Final = DigestFilter()


class _Costs(TypedDict):
    cost_usd: float | None
    cost_source: CostSource | None


def totals(views: ViewReader, within: TimeRange, projects: DigestFilter) -> DigestFigures:
    """Return what happened in a range, in all sessions or in those of some projects."""
    condition, values = projects.conditions()
    counts: dict[str, int] = {}
    for one in COUNTS:
        rows = views.fetch(
            f"SELECT {one.sql} AND {condition}", (*_range_values(one, within), *values)
        )
        counts |= _named(one, rows[0])
    usage = sums(views, _usage_in(within, projects), UsageGroup())
    return DigestFigures(**counts, **_costs(UsageTotals.from_totals(usage.values())))


def waiting_sessions(
    views: ViewReader, within: TimeRange, projects: DigestFilter, *, now: int
) -> list[SessionRow]:
    """Return the sessions that wait for the user now, and did so before the end of a range."""
    selected = SessionFilter(status=("needs_permission", "needs_input"), **projects._asdict())
    rows, _ = sessions_page(views, selected, limit=MAX_WAITING, after=None, now=now)
    return [row for row in rows if row.status_since <= within.until]


def sessions_of(
    views: ViewReader,
    within: TimeRange,
    projects: DigestFilter,
    waiting: Sequence[SessionRow],
    *,
    limit: int,
    now: int,
) -> tuple[list[DigestSession], bool]:
    """Return the sessions with something to report, and whether there are more than `limit`."""
    found = list(
        islice(_sessions(views, within, projects, waiting, limit=limit, now=now), limit + 1)
    )
    ids = {row.session_id for row in waiting}
    page = sorted(
        found[:limit],
        key=lambda it: (it.session_id not in ids, not it.failed, -it.last_event_at),
    )
    return page, len(found) > limit


def first_paragraph(text: str) -> str:
    """Return the first paragraph of a text, shortened to `ANSWER_CHARS`."""
    paragraph = text.strip().split("\n\n", 1)[0].rstrip()
    if len(paragraph) <= ANSWER_CHARS:
        return paragraph
    return paragraph[: ANSWER_CHARS - 1].rstrip() + "…"


def _sessions(
    views: ViewReader,
    within: TimeRange,
    projects: DigestFilter,
    waiting: Sequence[SessionRow],
    *,
    limit: int,
    now: int,
) -> Iterator[DigestSession]:
    """Yield those that wait, then those with hooks in the range, then those with costs alone."""
    yield from _with_figures(views, within, waiting)
    seen = {row.session_id for row in waiting}
    filters = LaneFilter(source_app=projects.source_app)
    position = None
    for _ in range(MAX_SCANNED // CHUNK):
        stored = sessions_in_range(views, within, filters, after=position, limit=CHUNK)
        rows = [
            session_row(it.session, [], now=now, process_ended=it.process_ended)
            for it in stored
            if it.session.session_id not in seen
            and it.session.source_app not in projects.without_source_app
        ]
        seen |= {row.session_id for row in rows}
        yield from (it for it in _with_figures(views, within, rows) if not it.is_nothing)
        if len(stored) < CHUNK:
            break
        position = stored[-1].position
    # A request may end after its session's last hook.
    costs = sessions_by_cost(views, _usage_in(within, projects), limit=limit + 1, after=None)
    ids = [session_id for _, session_id in costs if session_id not in seen]
    late = [row for it in ids if (row := one_session(views, it, now=now)) is not None]
    yield from (it for it in _with_figures(views, within, late) if not it.is_nothing)


def _with_figures(
    views: ViewReader, within: TimeRange, rows: Sequence[SessionRow]
) -> list[DigestSession]:
    ids = [row.session_id for row in rows]
    counts = _counts_of(views, within, ids)
    usage = sums_of_sessions(views, _usage_in(within, ALL), ids) if ids else {}
    return [
        DigestSession(
            session_id=row.session_id,
            title=row.title,
            project=row.project,
            status=row.status,
            status_since=row.status_since,
            status_reason=row.status_reason,
            last_answer=_last_answer(views, within, row.session_id),
            asks=[it for it in row.asks if it.outcome == "open" and it.asked_at <= within.until],
            last_event_at=row.last_event_at,
            **counts[row.session_id],
            **_costs(usage[row.session_id]),
        )
        for row in rows
    ]


def _counts_of(
    views: ViewReader, within: TimeRange, ids: Sequence[str]
) -> Mapping[str, dict[str, int]]:
    nothing = {name: 0 for one in COUNTS for name in one.names}
    counts: dict[str, dict[str, int]] = {it: {**nothing} for it in ids}
    for one in COUNTS:
        for session_id, *row in views.fetch(
            f"SELECT session_id, {one.sql} AND session_id IN (SELECT value FROM json_each(?))"
            " GROUP BY session_id",
            (*_range_values(one, within), json_list(ids)),
        ):
            counts[session_id] |= _named(one, row)
    return counts


def _last_answer(views: ViewReader, within: TimeRange, session_id: str) -> str | None:
    rows = views.fetch(
        "SELECT answer FROM turns WHERE session_id = ? AND ended_at >= ? AND ended_at <= ?"
        " ORDER BY ended_at DESC LIMIT 1",
        (session_id, within.since, within.until),
    )
    answer = rows[0][0] if rows else None
    return first_paragraph(answer) if answer else None


def _named(one: DigestCounts, row: Sequence[Any]) -> dict[str, int]:
    return {name: value or 0 for name, value in zip(one.names, row, strict=True)}


def _range_values(one: DigestCounts, within: TimeRange) -> tuple[Value, ...]:
    ends = (within.since, within.until)
    return (within.since, *ends) if one.takes_since_first else ends


def _usage_in(within: TimeRange, projects: DigestFilter) -> UsageSelection:
    return UsageSelection(first=within.since, end=within.until + 1, **projects._asdict())


def _costs(usage: UsageTotals) -> _Costs:
    return _Costs(cost_usd=cost_usd(usage), cost_source=cost_source(usage))


COUNTS: Final = (
    DigestCounts(
        ("prompts",),
        "count(*) FROM turns WHERE started_at >= ? AND started_at <= ? AND kind = 'prompt'",
    ),
    DigestCounts(
        ("finished", "failed", "interrupted"),
        "sum(outcome = 'done'), sum(outcome = 'failed'), sum(outcome = 'interrupted')"
        " FROM turns WHERE ended_at >= ? AND ended_at <= ?",
    ),
    DigestCounts(
        ("failed_calls",),
        "count(*) FROM calls WHERE outcome = 'failed' AND ended_at >= ? AND ended_at <= ?",
    ),
    DigestCounts(
        ("files_changed", "lines_added", "lines_removed"),
        "sum(previous_at IS NULL OR previous_at < ?), sum(lines_added), sum(lines_removed)"
        " FROM file_changes WHERE at >= ? AND at <= ?",
        takes_since_first=True,
    ),
)
