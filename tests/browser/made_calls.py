"""Make tool calls of any time, as envelopes: what a hook would have sent then."""

import itertools
import json
from typing import Any

from tests.running import Hookwatch, wait_for

Envelope = dict[str, Any]
_NUMBERS = itertools.count(1)


def made_call(
    tool: str,
    at: int,
    *,
    outcome: str = "succeeded",
    duration_ms: int = 20,
    waited_ms: int = 0,
    error: str = "Exit code 1\nmake: *** [Makefile:2: test] Error 1",
    session: str = "s1",
    project: str = "shop-api",
    model: str = "claude-opus-5",
    agent_type: str | None = None,
    target: str = "npm test",
) -> list[Envelope]:
    """Return the events of one call that started at a time (ms) and ended so."""
    agent = {} if agent_type is None else {"agent_id": f"{session}-{agent_type}"}
    agent |= {} if agent_type is None else {"agent_type": agent_type}
    about = {
        "tool_name": tool,
        "tool_use_id": f"toolu_{next(_NUMBERS)}",
        "tool_input": {"command": target, "description": "made"},
        **agent,
    }
    end = at + duration_ms + waited_ms

    def event(name: str, when: int, **fields: Any) -> Envelope:
        return {
            "hook_event_type": name,
            "session_id": session,
            "source_app": project,
            "model_name": model,
            "timestamp": when,
            "payload": {"session_id": session, "hook_event_name": name, **about, **fields},
        }

    started = event("PreToolUse", at)
    match outcome:
        case "succeeded":
            closed = [event("PostToolUse", end, duration_ms=duration_ms, tool_response={})]
        case "failed":
            closed = [event("PostToolUseFailure", end, duration_ms=duration_ms, error=error)]
        case "denied":
            closed = [event("PermissionDenied", end, reason="denied by a rule")]
        case "interrupted":
            closed = [
                event(
                    "PostToolUseFailure",
                    end,
                    error="[Request interrupted by user for tool use]",
                    is_interrupt=True,
                )
            ]
        case _:
            closed = []
    return [started, *closed]


def post_calls(both: Hookwatch, *calls: list[Envelope]) -> None:
    """Post the events of calls in the order of their times, and wait until they are folded."""
    events = sorted((event for call in calls for event in call), key=lambda it: it["timestamp"])
    for start in range(0, len(events), 2_000):
        answer = both.ingestd.ask(
            "POST",
            "/events",
            "\n".join(map(json.dumps, events[start : start + 2_000])).encode(),
            {"Content-Type": "application/x-ndjson"},
        )
        assert answer.json()["rejected"] == [], answer.body
    folded(both)


def folded(both: Hookwatch) -> None:
    """Wait until the views are as far as the log."""

    def up_to_date() -> bool:
        last_id = both.ingestd.get("/health").json()["last_id"]
        return bool(both.queryd.get("/api/health").json()["views"]["folded_id"] == last_id)

    wait_for(up_to_date)
