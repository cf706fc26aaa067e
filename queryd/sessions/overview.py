"""Read what the head of a session's page shows beside its row."""

from typing import Any, Final, Literal

import msgspec

from queryd.sessions.quiet import quiet_at
from queryd.sessions.resume import Resume, resume_of
from queryd.sessions.rows import current_status
from queryd.sessions.state import Session
from queryd.sessions.tables import session_of
from queryd.store.fact import MAIN
from queryd.store.payload import decode
from queryd.store.store import ViewReader
from queryd.summaries.read import fields, number, text
from shared.event import STATUS_LINE
from shared.reader import Reader

STATUS_LINE_WITHIN: Final = 200
"""Of a session's newest events: its status line comes with each answer."""

Effort = Literal["worked", "waited"]
_EFFORTS: Final[dict[str, Effort]] = {
    "working": "worked",
    "needs_permission": "waited",
    "needs_input": "waited",
}


class Changes(msgspec.Struct, frozen=True):
    """What a session wrote and edited, as the tools counted it."""

    file_count: int
    lines_added: int
    lines_removed: int


class CacheClock(msgspec.Struct, frozen=True):
    """Until when Claude's API keeps the prompt of a session, by its status line."""

    expires_at: int
    """ms since the epoch."""
    ttl: str | None
    recache_tokens: int | None
    """What the next message stores again after that."""


class SessionOverview(msgspec.Struct, frozen=True, kw_only=True):
    """What a session took and changed, and how to resume it. Times are ms."""

    worked_ms: int
    """Of the main thread, up to `since` of an effort that goes on."""
    waited_ms: int
    """For you."""
    ongoing: Effort | None
    """What it does now."""
    ongoing_since: int | None
    changes: Changes
    cache: CacheClock | None
    resume: Resume


def session_overview(
    log: Reader, views: ViewReader, session_id: str, *, now: int
) -> SessionOverview | None:
    """Return the overview; None for an unknown session."""
    with views.snapshot():
        for process_ended, state in views.fetch(_SESSION, (session_id,)):
            session = session_of(state)
            spent, since = _spent(views, session, now, process_ended=bool(process_ended))
            ongoing = None if since is None else _EFFORTS[session.status]
            changes = Changes(*views.fetch(_CHANGES, (session_id,))[0])
            break
        else:
            return None
    return SessionOverview(
        worked_ms=spent["worked"],
        waited_ms=spent["waited"],
        ongoing=ongoing,
        ongoing_since=since,
        changes=changes,
        cache=_cache_clock(log, session_id),
        resume=resume_of(log, session),
    )


def _spent(
    views: ViewReader, session: Session, now: int, *, process_ended: bool
) -> tuple[dict[Effort, int], int | None]:
    """Return the sums of past spans, and since when the open one lasts, if it counts."""
    spent: dict[Effort, int] = {"worked": 0, "waited": 0}
    for status, total in views.fetch(_SPANS, (session.session_id, MAIN)):
        if status in _EFFORTS:
            spent[_EFFORTS[status]] += total
    effort = _EFFORTS.get(session.status)
    if effort is None:
        return spent, None
    status, *_ = current_status(session, now=now, process_ended=process_ended)
    if status == session.status:
        return spent, session.span_since
    quiet_from = None if process_ended else quiet_at(session)
    end = session.last_event_at if quiet_from is None else min(quiet_from, now)
    spent[effort] += max(0, end - session.span_since)
    return spent, None


def _cache_clock(log: Reader, session_id: str) -> CacheClock | None:
    event = log.newest_of_type(session_id, STATUS_LINE, within=STATUS_LINE_WITHIN)
    if event is None:
        return None
    payload: Any = decode(bytes(event.payload))
    cache = fields(fields(payload).get("prompt_cache"))
    expires_at = number(cache.get("expires_at"))
    if expires_at is None or not 0 < expires_at < _LATEST_S:
        return None
    tokens = number(cache.get("recache_tokens_if_cold"))
    return CacheClock(
        int(expires_at * 1000), text(cache.get("ttl")), None if tokens is None else int(tokens)
    )


_LATEST_S: Final = 100_000_000_000
_SESSION: Final = "SELECT process_ended, state FROM sessions WHERE session_id = ?"
_SPANS: Final = """
    SELECT status, sum(until - since) FROM spans WHERE session_id = ? AND agent_id = ?
    GROUP BY status
"""
_CHANGES: Final = """
    SELECT count(*), ifnull(sum(lines_added), 0), ifnull(sum(lines_removed), 0) FROM files
    WHERE session_id = ? AND write_count + edit_count > 0
"""
