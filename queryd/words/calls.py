"""Say what happened to tool calls.

In: the tool's name, the payload of an event of its call. Out: the tool, what the call is about,
what came of it.
"""

import re
from collections import Counter
from typing import Any, Final

from queryd.words.amounts import duration
from queryd.words.line import Line
from queryd.words.read import Fields, fields, first_line, items, joined, number, text
from queryd.words.tools import tool_label, tool_result, tool_target


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
    result = tool_result(name, given.get("tool_response")) or "ok"
    return _call(name, given, joined(result, took(given)))


def failed(name: str, given: Fields) -> Line:
    """Say how a call failed."""
    return _call(name, given, joined(_failure(given), took(given)))


def batch(given: Fields) -> Line:
    """Say what went back to the model together, and what of it was refused.

    A call refused by a rule, or rejected for its input, is told of by no other event.
    """
    calls = [fields(call) for call in items(given.get("tool_calls"))]
    names = Counter(tool_label(text(call.get("tool_name")) or "Tool") for call in calls)
    told = (f"{name} ×{count}" if count > 1 else name for name, count in names.items())
    return Line("Tools returned", joined(*told), _refusals(calls, text(given.get("cwd"))))


def took(given: Fields) -> str | None:
    """Say how long it took."""
    ms = number(given.get("duration_ms"))
    return None if ms is None else duration(ms)


def _call(name: str, given: Fields, outcome: str | None) -> Line:
    target = tool_target(name, given.get("tool_input"), text(given.get("cwd")))
    return Line(tool_label(name), target, outcome)


def _failure(given: Fields) -> str:
    if given.get("is_interrupt") is True:
        return "interrupted"
    error = first_line(given.get("error"))
    if error is None:
        return "failed"
    exit_code = _EXIT_CODE.match(given["error"])
    if exit_code is None:
        return error.removesuffix(" …")
    return "timed out" if exit_code["timeout"] else f"exit {exit_code['code']}"


def _refusals(calls: list[Fields], cwd: str | None) -> str | None:
    answers = [_answer(call.get("tool_response")) for call in calls]
    refused = [answer for answer in answers if _REFUSED.match(answer)]
    if not refused:
        return None
    why = _reason(refused[0], cwd)
    return why if len(calls) == 1 else f"{len(refused)} of {len(calls)} refused: {why}"


def _answer(response: Any) -> str:  # noqa: ANN401 - any JSON
    """Return the start of what the model is told: text, or blocks of which one is text."""
    if isinstance(response, list):
        response = next((fields(block).get("text") for block in response), None)
    return response[:_REASON_CHARS] if isinstance(response, str) else ""


def _reason(refusal: str, cwd: str | None) -> str:
    if wanted := _UNGRANTED.match(refusal):
        inside = wanted[1] if cwd is None else wanted[1].replace(f"{cwd}/", "")
        return f"no permission to {inside}"
    return _TAGS.sub("", refusal).strip().removeprefix("Error: ") or "refused"


_REASON_CHARS: Final = 1_000
_REFUSED: Final = re.compile(
    r"<tool_use_error>"
    r"|Claude requested permissions to "
    r"|Permission to use \S+ .{0,400}?\bdenied\b"
    r"|The user doesn't want to proceed "
)
_UNGRANTED: Final = re.compile(
    r"Claude requested permissions to (.+), but you haven't granted it yet"
)
_TAGS: Final = re.compile(r"</?tool_use_error>")
_EXIT_CODE: Final = re.compile(
    r"\s*Exit code (?P<code>\d{1,4})\s*(?:$|\n)(?P<timeout>Command timed out)?"
)
