"""Name the addresses that show every view, and fill a log for them to show."""

import json
import time
from typing import Any, Final

from tests.browser.made_usage import post_week
from tests.running import Hookwatch, sample_bodies, wait_for

NO_SHARED_WORKER: Final = "delete window.SharedWorker"
"""For `add_init_script`: the live engine runs in the page, as in browsers without shared workers.

Playwright sees no request of a shared worker, so a test that answers for queryd needs it.
"""
TABS: Final = ("activity", "tools", "files", "agents", "events", "usage")


def fill(both: Hookwatch) -> dict[str, str]:
    """Play in captured sessions, one that waits for a person, a week; return places by name."""
    post_week(both, time.time_ns() // 1_000_000)
    bodies = [*sample_bodies(), *asking("asking-session", "git push --force origin main")]
    lines = "\n".join(json.dumps(body) for body in bodies).encode()
    both.ingestd.ask("POST", "/events", lines, {"Content-Type": "application/x-ndjson"})
    wait_for(lambda: rows(both, "/api/sessions/active?limit=500"))
    busiest = max(rows(both, "/api/sessions?limit=500"), key=lambda row: row["tool_count"])
    shown = places(busiest["session_id"], newest_id(both))
    return {**shown, "costly": "/sessions/checkout", "costly-usage": "/sessions/checkout?tab=usage"}


def places(session_id: str, event_id: int) -> dict[str, str]:
    """Return the address of every view, each in every state that the address can say."""
    tabs = {f"session-{tab}": f"/sessions/{session_id}?tab={tab}" for tab in TABS}
    return {
        "home": "/",
        **tabs,
        "events": "/events",
        "event": f"/events?event={event_id}",
        "tools": "/tools",
        "tool": "/tools?tool=Bash",
        "timeline": "/timeline",
        "digest": "/digest?range=7d",
        "usage": "/usage?range=7d",
        "usage-tokens": "/usage?range=7d&show=tokens&as=table",
        "health": "/health",
        "settings": "/settings",
        "nowhere": "/nowhere",
    }


PLACES: Final = (*places("", 0), "costly", "costly-usage")
"""The names of what `fill` returns."""

EMPTY: Final = {
    "home": "/",
    "session": "/sessions/none",
    "events": "/events",
    "tools": "/tools",
    "timeline": "/timeline",
    "digest": "/digest",
    "usage": "/usage",
    "health": "/health",
    "settings": "/settings",
}
"""What there is to see before the first event."""


def asking(session: str, command: str, project: str = "shop-api") -> list[dict[str, Any]]:
    """Return the bodies of a session that waits for permission to run a command."""
    common = {"session_id": session, "cwd": f"/home/dev/{project}"}
    return [
        {**common, "hook_event_name": "UserPromptSubmit", "prompt": "Publish it"},
        {
            **common,
            "hook_event_name": "PermissionRequest",
            "tool_name": "Bash",
            "tool_input": {"command": command},
        },
    ]


def rows(both: Hookwatch, path: str) -> list[dict[str, Any]]:
    """Return the sessions of a list."""
    found: list[dict[str, Any]] = both.queryd.get(path).json()["sessions"]
    return found


def newest_id(both: Hookwatch) -> int:
    """Return the id of the newest tool call's event: rows with the most to show."""
    answer = both.queryd.get("/api/events?event_type=PostToolUse&limit=1").json()
    newest: int = answer["events"][0]["id"] if answer["events"] else 0
    return newest
