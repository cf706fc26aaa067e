"""Say what happened to tool calls.

In: the tool's name, the payload of an event of its call. Out: the tool, what the call is about,
what came of it.
"""

import re
from collections import Counter
from typing import Final

from queryd.summaries.amounts import duration
from queryd.summaries.line import Line
from queryd.summaries.read import Fields, fields, first_line, items, joined, number, text
from queryd.summaries.tools import tool_label, tool_result, tool_target
from shared.call_outcomes import never_ran, text_of, verdict_of_entry, verdict_of_event


def asked(name: str, given: Fields) -> Line:
    """Say that a call begins."""
    return _call(name, given, None)


def waiting(name: str, given: Fields) -> Line:
    """Say that a call waits for a person."""
    return _call(name, given, "waits for you")


def denied(name: str, given: Fields) -> Line:
    """Say that a call was refused, and why."""
    return _call(name, given, joined("denied", first_line(given.get("reason"))))


def succeeded(name: str, given: Fields) -> Line:
    """Say what came of a call."""
    outcome = verdict_of_event("PostToolUse", given).outcome
    result = tool_result(name, given.get("tool_response")) or "ok"
    if outcome != "succeeded":
        result = outcome
    return _call(name, given, joined(result, took(given)))


def failed(name: str, given: Fields) -> Line:
    """Say how a call failed."""
    return _call(name, given, joined(_failure(given), took(given)))


def batch(given: Fields) -> Line:
    """Say what went back to the model together, and what of it never ran: no other event does."""
    calls = [fields(call) for call in items(given.get("tool_calls"))]
    names = Counter(tool_label(text(call.get("tool_name")) or "Tool") for call in calls)
    told = (f"{name} ×{count}" if count > 1 else name for name, count in names.items())
    return Line("Tools returned", joined(*told), _not_run(calls, text(given.get("cwd"))))


def took(given: Fields) -> str | None:
    """Say how long it took."""
    ms = number(given.get("duration_ms"))
    return None if ms is None else duration(ms)


def _call(name: str, given: Fields, outcome: str | None) -> Line:
    target = tool_target(name, given.get("tool_input"), text(given.get("cwd")))
    return Line(tool_label(name), target, outcome)


def _failure(given: Fields) -> str:
    outcome = verdict_of_event("PostToolUseFailure", given).outcome
    error = first_line(given.get("error"))
    if outcome == "interrupted" or error is None:
        return outcome
    if outcome == "denied":
        return f"denied, {error}"
    exit_code = _EXIT_CODE.match(given["error"])
    if exit_code is None:
        return error.removesuffix(" …")
    return "timed out" if exit_code["timeout"] else f"exit {exit_code['code']}"


def _not_run(calls: list[Fields], cwd: str | None) -> str | None:
    stopped = [call for call in calls if never_ran(call)]
    if not stopped:
        return None
    why = _reason(text_of(stopped[0].get("tool_response")), cwd)
    counts = Counter(verdict_of_entry(call).outcome for call in stopped)
    if len(calls) == 1:
        (outcome,) = counts
        return (why or outcome) if outcome == "failed" else joined(outcome, why)
    told = joined(*(f"{count} of {len(calls)} {outcome}" for outcome, count in counts.items()))
    return joined(told, why, by=": ")


def _reason(said: str, cwd: str | None) -> str:
    if wanted := _UNGRANTED.match(said):
        inside = wanted[1] if cwd is None else wanted[1].replace(f"{cwd}/", "")
        return f"no permission to {inside}"
    return said.removeprefix("Error: ")


_UNGRANTED: Final = re.compile(
    r"Claude requested permissions to (.+), but you haven't granted it yet"
)
_EXIT_CODE: Final = re.compile(
    r"\s*Exit code (?P<code>\d{1,4})\s*(?:$|\n)(?P<timeout>Command timed out)?"
)
