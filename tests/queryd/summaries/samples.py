"""Summarize bodies, and split summaries as the page does."""

import json
from typing import Any

import msgspec

from queryd.summaries.summary import summary_of
from shared.event import Event
from tests.running import SAMPLES

BETWEEN = "  "
ARROW = "  →  "


def summarize(kind: str, payload: dict[str, Any], **fields: Any) -> str:
    """Return the summary of an event."""
    event = Event(
        session_id="s",
        hook_event_type=kind,
        timestamp=1,
        received_at=2,
        payload=msgspec.Raw(b"{}"),
        **fields,
    )
    return summary_of(event, payload)


def example(name: str) -> dict[str, Any]:
    """Return the captured body of an event type."""
    found: dict[str, Any] = json.loads((SAMPLES / "examples" / f"{name}.json").read_text("utf-8"))
    return found


def captured(session: str, line: int) -> dict[str, Any]:
    """Return a body of a captured session, by its line as `sed -n` counts."""
    text = (SAMPLES / "sessions" / f"{session}.jsonl").read_text("utf-8")
    found: dict[str, Any] = json.loads(text.split("\n")[line - 1])["body"]
    return found


def split_summary(line: str) -> tuple[str, str | None, str | None]:
    """Return lead, detail and outcome."""
    head, arrow, outcome = line.rpartition(ARROW)
    if not arrow:
        head, outcome = line, ""
    lead, between, detail = head.partition(BETWEEN)
    return lead, detail if between else None, outcome if arrow else None
