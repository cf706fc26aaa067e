"""Summarise the events of tool calls: tool, target, result."""

import re
from collections import Counter
from typing import Final

from queryd.summaries.amounts import duration
from queryd.summaries.line import SummaryLine
from queryd.summaries.read import Fields, fields, first_line, items, joined, number, text
from queryd.summaries.tools import tool_label, tool_result, tool_target
from shared.call_outcomes import never_ran, text_of, verdict_of_entry, verdict_of_event


def started(name: str, payload: Fields) -> SummaryLine:
    return _call(name, payload, None)


def denied(name: str, payload: Fields) -> SummaryLine:
    return _call(name, payload, joined("denied", first_line(payload.get("reason"))))


def succeeded(name: str, payload: Fields) -> SummaryLine:
    outcome = verdict_of_event("PostToolUse", payload).outcome
    result = tool_result(name, payload.get("tool_response")) or "ok"
    if outcome != "succeeded":
        result = outcome
    return _call(name, payload, joined(result, _took(payload)))


def failed(name: str, payload: Fields) -> SummaryLine:
    return _call(name, payload, joined(_failure(payload), _took(payload)))


def batch(payload: Fields) -> SummaryLine:
    calls = [fields(call) for call in items(payload.get("tool_calls"))]
    names = Counter(tool_label(text(call.get("tool_name")) or "Tool") for call in calls)
    tools = (f"{name} ×{count}" if count > 1 else name for name, count in names.items())
    # No other event reports the calls of a batch that never ran.
    not_run = _not_run(calls, text(payload.get("cwd")))
    return SummaryLine("Batch finished", joined(*tools), not_run)


def _took(payload: Fields) -> str | None:
    ms = number(payload.get("duration_ms"))
    return None if ms is None else duration(ms)


def _call(name: str, payload: Fields, outcome: str | None) -> SummaryLine:
    target = tool_target(name, payload.get("tool_input"), text(payload.get("cwd")))
    return SummaryLine(tool_label(name), target, outcome)


def _failure(payload: Fields) -> str:
    outcome = verdict_of_event("PostToolUseFailure", payload).outcome
    error = first_line(payload.get("error"))
    if outcome == "interrupted" or error is None:
        return outcome
    if outcome == "denied":
        return f"denied, {error}"
    exit_code = _EXIT_CODE.match(payload["error"])
    if exit_code is None:
        return error.removesuffix(" …")
    return "timed out" if exit_code["timeout"] else f"exit {exit_code['code']}"


def _not_run(calls: list[Fields], cwd: str | None) -> str | None:
    stopped = [call for call in calls if never_ran(call)]
    if not stopped:
        return None
    reason = _reason(text_of(stopped[0].get("tool_response")), cwd)
    counts = Counter(verdict_of_entry(call).outcome for call in stopped)
    if len(calls) == 1:
        (outcome,) = counts
        return (reason or outcome) if outcome == "failed" else joined(outcome, reason)
    outcomes = joined(*(f"{count} of {len(calls)} {outcome}" for outcome, count in counts.items()))
    return joined(outcomes, reason, by=": ")


def _reason(error: str, cwd: str | None) -> str:
    if match := _UNGRANTED.match(error):
        action = match[1] if cwd is None else match[1].replace(f"{cwd}/", "")
        return f"no permission to {action}"
    return error.removeprefix("Error: ")


_UNGRANTED: Final = re.compile(
    r"Claude requested permissions to (.+), but you haven't granted it yet"
)
_EXIT_CODE: Final = re.compile(
    r"\s*Exit code (?P<code>\d{1,4})\s*(?:$|\n)(?P<timeout>Command timed out)?"
)
