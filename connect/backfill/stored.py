"""Which transcript events the log already holds: from hooks, or from an earlier run.

The log is read on this machine, or by queryd's API when it is elsewhere. Each event from a hook
matches one transcript event at most.
"""

from collections.abc import Callable, Iterator, Sequence
from http.client import HTTPException
from typing import Any, Final, Protocol
from urllib.parse import urlencode

from connect.backfill.events import TranscriptEvent
from connect.http import Daemon, UnreachableError
from shared.history import MATCHED_BY_TIME, HistoryReader, Trace, nearest

CALL_ENDS: Final = frozenset({"PostToolUse", "PostToolUseFailure", "PermissionDenied"})
PROMPT_EVENTS: Final = frozenset({"UserPromptSubmit", "Stop", "StopFailure"})
"""Events with the id of their prompt. A hook's SessionEnd may carry the next one's."""
PAGE_SIZE: Final = 1_000


class StoredEvents(Protocol):
    def select_session(self, session_id: str) -> int:
        """Switch to a session; return the time of its last hook event, 0 without any."""

    def contains(self, events: Sequence[TranscriptEvent]) -> list[bool]:
        """Return for each event of that session whether the log holds it."""


class LocalLog:
    """The log on this machine."""

    def __init__(self, reader: HistoryReader) -> None:
        self._reader = reader
        self._session_id = ""
        self._matcher = _HookMatcher(reader.hook_events)

    def select_session(self, session_id: str) -> int:
        self._session_id = session_id
        self._matcher = _HookMatcher(self._reader.hook_events)
        return self._reader.newest_hook_at(session_id)

    def contains(self, events: Sequence[TranscriptEvent]) -> list[bool]:
        ids = self._reader.known_ids([event.event_id for event in events])
        wanted = {pair for event in events for pair in _tool_events(event)}
        tool_events = self._reader.known_tool_events(wanted)
        return [
            event.event_id in ids
            or not tool_events.isdisjoint(_tool_events(event))
            or self._matcher.matches(self._session_id, event)
            for event in events
        ]


class RemoteLog:
    """The log of another machine, by queryd. Events of earlier runs ingestd knows by their ids."""

    def __init__(self, queryd: Daemon) -> None:
        self._queryd = queryd
        self._session_id = ""
        self._traces: dict[str, list[Trace]] = {}
        self._matcher = _HookMatcher(self._hook_events)

    def select_session(self, session_id: str) -> int:
        self._session_id, self._traces = session_id, {}
        self._matcher = _HookMatcher(self._hook_events)
        for event in self._fetch_events():
            if not _is_from_backfill(event):
                trace = _trace_of(event)
                self._traces.setdefault(event["hook_event_type"], []).append(trace)
        times = (it.timestamp for traces in self._traces.values() for it in traces)
        return max(times, default=0)

    def contains(self, events: Sequence[TranscriptEvent]) -> list[bool]:
        return [self._matcher.matches(self._session_id, event) for event in events]

    def _hook_events(self, event_type: str, since: int, until: int) -> list[Trace]:
        return [it for it in self._traces.get(event_type, ()) if since <= it.timestamp <= until]

    def _fetch_events(self) -> Iterator[dict[str, Any]]:
        before: int | None = None
        while True:
            query: list[tuple[str, object]] = [
                ("session_id", self._session_id),
                ("limit", PAGE_SIZE),
            ]
            query += [("event_type", kind) for kind in sorted(MATCHED_BY_TIME)]
            query += [] if before is None else [("before", before)]
            page = _fetch_page(self._queryd, f"/api/events?{urlencode(query)}")
            yield from page["events"]
            before = page["next_before"]
            if before is None:
                return


class EmptyLog:
    """There is no log yet."""

    def select_session(self, session_id: str) -> int:
        del session_id
        return 0

    def contains(self, events: Sequence[TranscriptEvent]) -> list[bool]:
        return [False] * len(events)


class _HookMatcher:
    """Match transcript events with events from hooks, by type, session, agent, prompt and time."""

    def __init__(self, hook_events: Callable[[str, int, int], list[Trace]]) -> None:
        self._hook_events = hook_events
        self._matched: set[int] = set()

    def matches(self, session_id: str, event: TranscriptEvent) -> bool:
        if event.kind not in MATCHED_BY_TIME:
            return False
        traces = self._hook_events(event.kind, *event.match_range)
        candidates = [
            it for it in traces if it.id not in self._matched and _is_match(it, session_id, event)
        ]
        match = nearest(candidates, event.at)
        if match is None:
            return False
        self._matched.add(match.id)
        return True


def _is_match(trace: Trace, session_id: str, event: TranscriptEvent) -> bool:
    if trace.agent_id != event.agent_id:
        return False
    prompt_id = event.payload.get("prompt_id")
    both_name_prompt = (
        event.kind in PROMPT_EVENTS and prompt_id is not None and trace.prompt_id is not None
    )
    if both_name_prompt and trace.prompt_id != prompt_id:
        return False
    # A fork copies its original's lines under another session id, with the same prompt ids.
    return trace.session_id == session_id or both_name_prompt


def _tool_events(event: TranscriptEvent) -> list[tuple[str, str]]:
    """Return tool use and type of what an event may be; the end of a call may be another end."""
    if event.tool_use_id is None:
        return []
    kinds = CALL_ENDS if event.kind in CALL_ENDS else {event.kind}
    return [(event.tool_use_id, kind) for kind in kinds]


def _is_from_backfill(event: dict[str, Any]) -> bool:
    sender = event.get("sender")
    return isinstance(sender, dict) and sender.get("via") == "backfill"


def _trace_of(event: dict[str, Any]) -> Trace:
    payload = event.get("payload")
    prompt_id = payload.get("prompt_id") if isinstance(payload, dict) else None
    return Trace(
        event["id"], event["session_id"], event.get("agent_id"), event["timestamp"], prompt_id
    )


def _fetch_page(queryd: Daemon, route: str) -> dict[str, Any]:
    problem = f"can't read what is already stored from queryd at {queryd.url}"
    try:
        page = queryd.get_json(route)
    except (OSError, HTTPException, ValueError) as error:
        raise UnreachableError(f"{problem} ({error}).") from error
    if not isinstance(page, dict) or "events" not in page:
        raise UnreachableError(f"{problem}: another program answers there.")
    return page
