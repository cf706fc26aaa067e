"""Search prompts and answers, and return the sessions they are in, the newest match first.

One step of a search of events finds the matches; those of one session become one result.
"""

import time
from collections.abc import Sequence
from typing import Final, Literal

import msgspec

from queryd.search.find import END, Clock, EventQuery, UnsearchedRange, find
from queryd.search.query import TextQuery, parse
from queryd.search.snippets import Part, snippets_of
from queryd.sessions.read import SessionFilter, several_sessions
from queryd.sessions.rows import SessionRow
from queryd.sessions.turns import is_notification
from queryd.store.payload import decode
from queryd.store.store import ViewReader
from shared.event import Event
from shared.filter import Filter
from shared.reader import Reader

COLUMNS: Final = "{prompt answer}"
EVENT_TYPES: Final = ("UserPromptSubmit", "Stop", "StopFailure", "SubagentStop")
MATCHES: Final = 100
"""Events that a page reads at most: a session may have any number of matches."""


class SessionMatch(msgspec.Struct, frozen=True, kw_only=True):
    """A session, and the newest of its prompts and answers that matches."""

    session: SessionRow
    event_id: int
    timestamp: int
    """When that event happened, in ms since the epoch: its turn is the one at that time."""
    field: Literal["prompt", "answer"]
    parts: Sequence[Part]
    """A few words around the match."""
    match_count: int
    """Of this page; the session may have more."""


class SessionMatchPage(msgspec.Struct, frozen=True):
    """Sessions, the newest match first. Pass `next_before` as `before`; null at the end.

    A later page may repeat a session, with an older match. A search stops after 10 ms and returns
    `next_before`: a page with few sessions, or none, need not be the last.
    """

    sessions: Sequence[SessionMatch]
    next_before: int | None
    unsearched: UnsearchedRange | None = None
    """Events that this page skipped because they are not indexed yet; usually null."""


def parse_session_query(text: str) -> TextQuery:
    """Parse a search whose words are looked for in prompts and answers."""
    return parse(text, columns=COLUMNS)


def find_sessions(
    log: Reader,
    views: ViewReader,
    text: ViewReader,
    query: TextQuery,
    session_filter: SessionFilter,
    *,
    limit: int,
    before: int = END,
    now: int,
    clock: Clock = time.monotonic,
) -> SessionMatchPage:
    """Return a page of sessions; raise ViewsNotReadyError while there is no full text."""
    events = Filter(
        event_type=EVENT_TYPES,
        source_app=session_filter.source_app,
        since=session_filter.since,
        until=session_filter.until,
    )
    found = find(
        log,
        views,
        text,
        EventQuery(text=query, filter=events, before=before),
        limit=MATCHES,
        clock=clock,
    )
    groups: dict[str, list[Event]] = {}
    next_before = found.next_before
    previous: int | None = None
    for event in found.events:
        if event.session_id not in groups and len(groups) == limit:
            next_before = previous
            break
        previous = event.id
        if not _is_notification(event):
            groups.setdefault(event.session_id, []).append(event)
    rows = several_sessions(views, list(groups), session_filter, now=now)
    matches = _matches(groups, rows, query)
    return SessionMatchPage(matches, next_before, found.unsearched)


def _matches(
    groups: dict[str, list[Event]], rows: dict[str, SessionRow], query: TextQuery
) -> list[SessionMatch]:
    newest = [events[0] for session_id, events in groups.items() if session_id in rows]
    payloads = [decode(bytes(event.payload)) for event in newest]
    snippets = {it.event_id: it for it in reversed(snippets_of(newest, payloads, query))}
    return [
        SessionMatch(
            session=rows[event.session_id],
            event_id=event.id or 0,
            timestamp=event.timestamp,
            field="prompt" if event.hook_event_type == "UserPromptSubmit" else "answer",
            parts=snippets[event.id].parts if event.id in snippets else (),
            match_count=len(groups[event.session_id]),
        )
        for event in newest
    ]


def _is_notification(event: Event) -> bool:
    if event.hook_event_type != "UserPromptSubmit":
        return False
    payload = decode(bytes(event.payload))
    return isinstance(payload, dict) and is_notification(payload.get("prompt"))
