"""Summarise permission requests and questions, with how they stand."""

from collections.abc import Iterable
from itertools import islice
from typing import Final

import msgspec

from queryd.store.fact import AskState
from queryd.summaries.amounts import counted, duration
from queryd.summaries.hooks import server_of
from queryd.summaries.line import SummaryLine
from queryd.summaries.read import Fields, fields, first_line, items, joined, one_line, path, text
from queryd.summaries.tools import pairs, tool_label, tool_target
from shared.event import Event

TITLE_CHARS: Final = 200
DETAIL_LINES: Final = 2
DETAIL_CHARS: Final = 200
"""Of each line."""
SHELLS: Final = frozenset({"Bash", "PowerShell"})
EDITS: Final = frozenset({"Edit", "MultiEdit", "Write", "NotebookEdit"})

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


class AskSummary(msgspec.Struct, frozen=True):
    """What is asked, in a title of one line and at most two lines of detail."""

    title: str
    detail: str | None


def summarise_ask(tool_name: str, tool_input: object, cwd: str | None) -> AskSummary:
    """Return the title that Claude gives a request, else its call, and the start of its content."""
    values = fields(tool_input)
    title = _title(tool_name, values, cwd) or joined(
        tool_label(tool_name), tool_target(tool_name, values, cwd), by=" "
    )
    return AskSummary(one_line(title or tool_name, TITLE_CHARS), _detail(tool_name, values))


def summarise_elicitation(payload: Fields) -> AskSummary:
    """Return the question of an MCP server, and the names of the fields that it wants."""
    title = first_line(payload.get("message")) or "A server asks"
    wanted = fields(fields(payload.get("requested_schema")).get("properties"))
    names = [text(fields(about).get("title")) or name for name, about in wanted.items()]
    return AskSummary(one_line(title, TITLE_CHARS), _lines([", ".join(names)]))


def _title(tool_name: str, values: Fields, cwd: str | None) -> str | None:
    if tool_name == "AskUserQuestion":
        questions = [fields(it) for it in items(values.get("questions"))]
        first = first_line(questions[0].get("question")) if questions else None
        more = len(questions) - 1
        return joined(first, f"(+{counted(more, 'question')})" if more > 0 else None, by=" ")
    if tool_name == "ExitPlanMode":
        lines = (text(values.get("plan")) or "")[:_SCANNED_CHARS].strip().splitlines()
        return joined("Plan", lines[0].lstrip("# ") if lines else None, by=": ")
    if tool_name in EDITS:
        file = values.get("file_path") or values.get("notebook_path")
        return joined(tool_label(tool_name), path(file, cwd), by=" ")
    named = "title", "description", "subject", "name"
    return next(filter(None, (first_line(values.get(key)) for key in named)), None)


def _detail(tool_name: str, values: Fields) -> str | None:
    if tool_name in SHELLS:
        return _start_of(values.get("command"))
    if tool_name == "AskUserQuestion":
        return _lines(_options(fields(it)) for it in items(values.get("questions")))
    if tool_name == "ExitPlanMode":
        lines = (text(values.get("plan")) or "")[:_SCANNED_CHARS].strip().splitlines()
        return _lines(lines[1:])
    if tool_name in EDITS:
        return _change(values)
    return _lines([pairs(values, 4) or ""])


def _options(question: Fields) -> str:
    labels = [first_line(fields(it).get("label")) for it in items(question.get("options"))]
    return " · ".join(filter(None, labels))


def _change(values: Fields) -> str | None:
    edits = [fields(it) for it in items(values.get("edits"))]
    edit = edits[0] if edits else values
    removed, added = first_line(edit.get("old_string")), first_line(edit.get("new_string"))
    if removed is None and added is None:
        return _start_of(values.get("content") or values.get("new_source"))
    signed = (f"- {removed}" if removed else "", f"+ {added}" if added else "")
    return _lines(signed)


def _start_of(value: object) -> str | None:
    return _lines((text(value) or "")[:_SCANNED_CHARS].splitlines())


def _lines(lines: Iterable[str]) -> str | None:
    """Return the first lines that are not blank, each cut."""
    filled = islice((line for line in lines if line.strip()), DETAIL_LINES)
    return "\n".join(one_line(line, DETAIL_CHARS) for line in filled) or None


_SCANNED_CHARS: Final = 4_000
