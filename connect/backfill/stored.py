"""Know what the log holds already: what hooks told, and what an earlier run sent.

In: the log on this machine, or queryd's API where the log is elsewhere. Out: for each draft,
whether it was told. Each event of a hook stands for one draft at most.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from http.client import HTTPException
from typing import Any, Final, Protocol
from urllib.parse import urlencode

from connect.backfill.events import Draft
from connect.backfill.send import get_json
from connect.demo.post import Ingestd, Unreachable
from shared.history import TWINNED, HistoryReader, Trace, nearest

ENDS: Final = frozenset({"PostToolUse", "PostToolUseFailure", "PermissionDenied"})
OF_A_PROMPT: Final = frozenset({"UserPromptSubmit", "Stop", "StopFailure"})
"""Events that carry the prompt they belong to; a hook's session end may carry the next one's."""
PAGE: Final = 1_000


class Known(Protocol):
    """Answer what is known of a session."""

    def begin(self, session_id: str) -> int:
        """Turn to a session; return when its hooks last told something, 0 when they never did."""

    def of(self, drafts: Sequence[Draft]) -> list[bool]:
        """Return for each draft whether the same was told before."""


class KnownHere:
    """Ask the log on this machine."""

    def __init__(self, reader: HistoryReader) -> None:
        self._reader = reader
        self._session_id = ""
        self._twins = _Twins(reader.told_by_hooks)

    def begin(self, session_id: str) -> int:
        """Turn to a session."""
        self._session_id = session_id
        self._twins = _Twins(self._reader.told_by_hooks)
        return self._reader.newest_hook_at(session_id)

    def of(self, drafts: Sequence[Draft]) -> list[bool]:
        """Return for each draft whether the same was told before."""
        ids = self._reader.known_ids([draft.event_id for draft in drafts])
        named = {draft.tool_use_id for draft in drafts if draft.tool_use_id is not None}
        tools = self._reader.known_tool_events(named)
        return [
            draft.event_id in ids
            or _is_told(draft, tools)
            or self._twins.has(self._session_id, draft)
            for draft in drafts
        ]


class KnownThere:
    """Ask queryd, who has the log elsewhere. What an earlier run sent, ingestd knows by its id."""

    def __init__(self, queryd: Ingestd) -> None:
        self._queryd = queryd
        self._session_id = ""
        self._traces: dict[str, list[Trace]] = {}
        self._twins = _Twins(self._told)

    def begin(self, session_id: str) -> int:
        """Turn to a session: read what cannot be told by an id, all of it."""
        self._session_id, self._traces = session_id, {}
        self._twins = _Twins(self._told)
        for event in self._events():
            if not _is_ours(event):
                trace = _trace(event)
                self._traces.setdefault(event["hook_event_type"], []).append(trace)
        return max((it.timestamp for found in self._traces.values() for it in found), default=0)

    def of(self, drafts: Sequence[Draft]) -> list[bool]:
        """Return for each draft whether the same was told before."""
        return [self._twins.has(self._session_id, draft) for draft in drafts]

    def _told(self, event_type: str, since: int, until: int) -> list[Trace]:
        return [it for it in self._traces.get(event_type, ()) if since <= it.timestamp <= until]

    def _events(self) -> Iterator[dict[str, Any]]:
        before: int | None = None
        while True:
            asked: list[tuple[str, object]] = [("session_id", self._session_id), ("limit", PAGE)]
            asked += [("event_type", kind) for kind in sorted(TWINNED)]
            asked += [] if before is None else [("before", before)]
            page = _ask(self._queryd, f"/api/events?{urlencode(asked)}")
            yield from page["events"]
            before = page["next_before"]
            if before is None:
                return


class KnowNothing:
    """Know nothing: there is no log yet."""

    def begin(self, session_id: str) -> int:
        """Turn to a session."""
        del session_id
        return 0

    def of(self, drafts: Sequence[Draft]) -> list[bool]:
        """Return that none was told."""
        return [False] * len(drafts)


class _Twins:
    """Find the hook's event that tells the same as a draft."""

    def __init__(self, told: Callable[[str, int, int], list[Trace]]) -> None:
        self._told = told
        self._taken: set[int] = set()

    def has(self, session_id: str, draft: Draft) -> bool:
        if draft.kind not in TWINNED:
            return False
        alike = [it for it in self._told(draft.kind, *draft.span) if it.id not in self._taken]
        twin = nearest([it for it in alike if _is_twin(it, session_id, draft)], draft.at)
        if twin is None:
            return False
        self._taken.add(twin.id)
        return True


def _is_twin(trace: Trace, session_id: str, draft: Draft) -> bool:
    if trace.agent_id != draft.agent_id:
        return False
    prompt_id = draft.payload.get("prompt_id")
    both_say = draft.kind in OF_A_PROMPT and prompt_id is not None and trace.prompt_id is not None
    if both_say and trace.prompt_id != prompt_id:
        return False
    # A fork's copy of what hooks told of the original has the prompt in common with it.
    return trace.session_id == session_id or both_say


def _is_told(draft: Draft, tools: set[tuple[str, str]]) -> bool:
    """Tell whether a tool's event is known; of a call that has an end, also whether another is."""
    if draft.tool_use_id is None:
        return False
    kinds = ENDS if draft.kind in ENDS else {draft.kind}
    return any((draft.tool_use_id, kind) in tools for kind in kinds)


def _is_ours(event: dict[str, Any]) -> bool:
    sender = event.get("sender")
    return isinstance(sender, dict) and sender.get("via") == "backfill"


def _trace(event: dict[str, Any]) -> Trace:
    payload = event.get("payload")
    prompt_id = payload.get("prompt_id") if isinstance(payload, dict) else None
    return Trace(
        event["id"], event["session_id"], event.get("agent_id"), event["timestamp"], prompt_id
    )


def _ask(queryd: Ingestd, route: str) -> dict[str, Any]:
    try:
        found = get_json(queryd, route)
    except (OSError, HTTPException, json.JSONDecodeError) as error:
        raise Unreachable(f"cannot be asked what it has already ({error})") from error
    if not isinstance(found, dict) or "events" not in found:
        raise Unreachable("cannot be asked what it has already (it is no queryd)")
    return found
