"""Summarise permission requests and questions, with how they stand."""

from typing import Final

from queryd.store.fact import AskState
from queryd.summaries.amounts import duration
from queryd.summaries.hooks import server_of
from queryd.summaries.line import SummaryLine
from queryd.summaries.read import Fields, first_line, text
from queryd.summaries.tools import tool_label, tool_target
from shared.event import Event

OPEN: Final = AskState("open")
"""Of an event that has just arrived."""


def permission_requested(event: Event, payload: Fields, ask: AskState | None) -> SummaryLine:
    name = text(event.tool_name) or text(payload.get("tool_name")) or "Tool"
    target = tool_target(name, payload.get("tool_input"), text(payload.get("cwd")))
    return SummaryLine(tool_label(name), target, _outcome(ask))


def elicitation(_event: Event, payload: Fields, ask: AskState | None) -> SummaryLine:
    server = server_of(payload)
    return SummaryLine(f"Question from {server}", first_line(payload.get("message")), _outcome(ask))


def _outcome(ask: AskState | None) -> str | None:
    """Return what `web/src/domain/asks.ts` also shows; None for an ask without a known outcome."""
    if ask is None:
        return None
    if ask.outcome == "open":
        return "waiting for you"
    if ask.outcome == "expired" or ask.waited_ms is None:
        return ask.outcome
    return f"{ask.outcome} after {duration(ask.waited_ms)}"
