"""Read what an export shows of a turn, a call and a session, as blocks of text."""

import difflib
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final, Literal, NamedTuple

import msgspec

from queryd.export.texts import TEXT_CHARS, clean, time_text
from queryd.sessions.rows import CallRow, SessionRow, TurnRow
from queryd.sessions.state import Agent
from queryd.sessions.turns import Turn
from queryd.store.fact import Call
from queryd.store.payload import decode
from queryd.summaries.amounts import counted, duration, usd
from queryd.summaries.read import Fields, fields, items, number, text
from queryd.summaries.tools import tool_label
from shared.call_outcomes import text_of
from shared.event import Event, is_record
from shared.reader import Reader

NEAR_EVENTS: Final = 200
NEAR_BYTES: Final = 1024 * 1024
COMPARED_LINES: Final = 2_000
RESULTS: Final = frozenset({"PostToolUse", "PostToolUseFailure", "PermissionDenied"})
CHANGES: Final = frozenset({"Edit", "MultiEdit", "Write", "NotebookEdit"})
OUTCOMES: Final = {
    "succeeded": "succeeded",
    "failed": "failed",
    "denied": "denied",
    "interrupted": "interrupted",
    "running": "running",
    "waiting": "waiting for you",
    "no_result": "no result",
    "done": "done",
}
REDACTION: Final = (
    "Secrets that Hookwatch redacted when it recorded this session are not in this file either."
)


class Block(NamedTuple):
    """A part of a call: `code` and `diff` keep their lines, `prose` is Markdown."""

    kind: Literal["code", "diff", "prose"]
    label: str
    text: str
    language: str = ""


class CallContent(msgspec.Struct, frozen=True):
    """One call as an export shows it."""

    title: str
    target: str | None
    state: str
    """Its outcome, with how long it took and waited."""
    outcome: str
    at: str
    agent: str | None
    blocks: Sequence[Block]


class TurnContent(msgspec.Struct, frozen=True):
    """One turn as an export shows it, without its calls."""

    title: str
    state: str
    kind: str
    at: str
    prompt: str | None
    answer: str | None


class _CallReport(NamedTuple):
    """What the events of a call report."""

    input: Fields
    response: object
    error: str | None


def session_facts(session: SessionRow) -> list[tuple[str, str]]:
    """Return names and values, without those that are unknown or zero."""
    cost, tokens, context = session.cost, session.tokens, session.context
    figures = [
        ("Project", session.project),
        ("Session", session.session_id),
        ("Model", session.model_name),
        ("Folder", session.cwd),
        ("State", session.status.replace("_", " ")),
        ("Started", time_text(session.first_event_at)),
        ("Last event", time_text(session.last_event_at)),
        ("Turns", session.turn_count),
        ("Calls", session.tool_count),
        ("Failed calls", session.failure_count),
        ("Subagents", session.agent_count),
        ("Compactions", max(session.compaction_count, len(session.compactions))),
        ("Cost", None if cost is None or cost.usd is None else usd(cost.usd)),
        ("Tokens", None if tokens is None else f"{sum(msgspec.structs.astuple(tokens)):,}"),
        ("Context", None if context is None else f"{context.used_tokens:,} tokens"),
    ]
    return [(name, clean(str(value))) for name, value in figures if value]


def session_title(session: SessionRow) -> str:
    return clean(session.title or session.last_prompt or session.project or session.session_id)


def turn_content(log: Reader, turn: Turn, row: TurnRow) -> TurnContent:
    """Return a turn with its whole prompt and answer, as their events have them."""
    prompt = _text_in(log, turn.prompt_event_id, "prompt") or row.prompt
    answer = _text_in(log, turn.answer_event_id, "last_assistant_message") or row.answer
    parts = [OUTCOMES.get(row.outcome, row.outcome)]
    if row.ended_at is not None:
        parts.append(duration(row.ended_at - row.started_at))
    if row.tool_count:
        parts.append(counted(row.tool_count, "call"))
    if row.failure_count:
        parts.append(f"{row.failure_count:,} failed")
    titles = {"notification": "Background task finished", "unknown": "Prompt not recorded"}
    return TurnContent(
        title=titles.get(row.kind, "Prompt"),
        state=", ".join(parts),
        kind=row.kind,
        at=time_text(row.started_at),
        prompt=None if prompt is None else clean(prompt),
        answer=None if answer is None else clean(answer),
    )


def call_content(log: Reader, call: Call, row: CallRow) -> CallContent:
    """Return a call with its input and its result."""
    report = _report(log, call, row)
    parts = [OUTCOMES[row.outcome]]
    if row.duration_ms is not None:
        parts.append(duration(row.duration_ms))
    if row.waiting_ms and row.asked_at is not None:
        parts.append(f"waited {duration(row.waiting_ms)} for you")
    return CallContent(
        title=clean(tool_label(row.tool_name)),
        target=None if row.target is None else clean(row.target),
        state=", ".join(parts),
        outcome=row.outcome,
        at=time_text(row.started_at),
        agent=None if row.agent_id is None else clean(row.agent_type or row.agent_id),
        blocks=[
            block._replace(text=clean(block.text), label=clean(block.label))
            for block in _blocks(row.tool_name, report)
            if block.text.strip()
        ],
    )


def agent_title(agent: Agent) -> str:
    """Return `Explore: Find every call site`."""
    parts = [agent.agent_type or "Subagent", agent.description]
    return clean(": ".join(part for part in parts if part))


def _text_in(log: Reader, event_id: int | None, name: str) -> str | None:
    event = None if event_id is None else log.one(event_id)
    return None if event is None else text(fields(_payload(event)).get(name))


def _report(log: Reader, call: Call, row: CallRow) -> _CallReport:
    given: Fields = {}
    response: object = None
    error: str | None = None
    for event in _events(log, call):
        payload = fields(_payload(event))
        if event.hook_event_type == "PostToolBatch":
            payload = _entry(payload, call.tool_use_id)
        given = fields(payload.get("tool_input")) or given
        response = payload.get("tool_response", response)
        reason = payload.get("reason") if event.hook_event_type == "PermissionDenied" else None
        error = text(payload.get("error")) or text(reason) or error
    if row.outcome in {"failed", "denied"} and error is None:
        error, response = row.error or text_of(response) or None, None
    return _CallReport(given, response, error)


def _events(log: Reader, call: Call) -> list[Event]:
    """Return the events that report a call, oldest first."""
    known = (call.first_event_id, call.target_event_id, call.error_event_id, call.last_event_id)
    ids = sorted({it for it in known if it is not None})
    events = [event for event in log.several(ids) if not is_record(event.hook_event_type)]
    if call.post_at is None or any(event.hook_event_type in RESULTS for event in events):
        return events
    # The last one is a request that came after the result, which is before it.
    between = log.of_session(
        call.session_id, after=ids[0], limit=NEAR_EVENTS, limit_bytes=NEAR_BYTES
    )
    results = [it for it in between if it.hook_event_type in RESULTS]
    return [*events, *(it for it in results if it.tool_use_id == call.tool_use_id)]


def _entry(batch: Fields, tool_use_id: str) -> Fields:
    """Return what a batch has of one call."""
    entries = (fields(it) for it in items(batch.get("tool_calls")))
    return next((it for it in entries if it.get("tool_use_id") == tool_use_id), fields(None))


def _payload(event: Event) -> Any:  # noqa: ANN401 - any JSON
    return decode(bytes(event.payload))


def _blocks(tool_name: str, report: _CallReport) -> Iterator[Block]:
    yield from _input_blocks(tool_name, report)
    if report.error is not None:
        yield Block("code", "Error", report.error)
    elif tool_name not in CHANGES or not fields(report.response):
        yield from _result_blocks(report.response)


def _input_blocks(tool_name: str, report: _CallReport) -> Iterator[Block]:
    given = report.input
    match tool_name:
        case "Bash" | "PowerShell":
            yield Block("code", _str(given.get("description")), _str(given.get("command")), "sh")
        case "Read":
            return  # its target says it all
        case "Agent" | "Task":
            yield Block("prose", "Task", _str(given.get("prompt")))
        case "ExitPlanMode":
            yield Block("prose", "Plan", _str(given.get("plan")))
        case "AskUserQuestion":
            yield Block("code", "Questions", "\n\n".join(_questions(given)))
        case "TodoWrite":
            yield Block("code", "", "\n".join(_todos(given)))
        case _ if tool_name in CHANGES:
            yield _change(given, fields(report.response))
        case _ if given:
            yield Block("code", "Input", _json(given), "json")


def _result_blocks(response: object) -> Iterator[Block]:
    if isinstance(response, str):
        yield Block("code", "Result", response)
    elif isinstance(response, list):
        yield Block("code", "Result", _content_text(response))
    elif answer := fields(response):
        yield from _answer_blocks(answer)


def _answer_blocks(answer: Fields) -> Iterator[Block]:
    if "stdout" in answer or "stderr" in answer:
        yield Block("code", "Output", _str(answer.get("stdout")))
        yield Block("code", "Standard error", _str(answer.get("stderr")))
    elif file := fields(answer.get("file")):
        name = f"[{_str(answer.get('type')) or 'file'}]"
        yield Block("code", _place(file), _str(file.get("content")) or name)
    elif content := answer.get("content"):
        kind: Literal["code", "prose"] = "prose" if isinstance(content, list) else "code"
        yield Block(kind, "Result", _content_text(items(content) or [content]))
    elif names := [name for name in items(answer.get("filenames")) if isinstance(name, str)]:
        yield Block("code", "Files", "\n".join(names))
    elif "answers" in answer:
        pairs = fields(answer["answers"]).items()
        yield Block("code", "Answers", "\n".join(f"{key}: {value}" for key, value in pairs))
    elif isinstance(answer.get("result"), str):
        yield Block("code", "Result", answer["result"])
    elif answer.get("isAsync") is True:
        yield Block("code", "", "Started in the background.")
    elif "newTodos" not in answer:
        yield Block("code", "Result", _json(answer), "json")


def _questions(given: Fields) -> Iterator[str]:
    for question in map(fields, items(given.get("questions"))):
        lines = [_str(question.get("question"))]
        for option in map(fields, items(question.get("options"))):
            about = _str(option.get("description"))
            lines.append(f"- {_str(option.get('label'))}{f': {about}' if about else ''}")
        yield "\n".join(lines)


def _todos(given: Fields) -> Iterator[str]:
    marks = {"completed": "[x]", "in_progress": "[-]"}
    for todo in map(fields, items(given.get("todos"))):
        yield f"{marks.get(_str(todo.get('status')), '[ ]')} {_str(todo.get('content'))}"


def _change(given: Fields, answer: Fields) -> Block:
    path = _str(given.get("file_path") or given.get("notebook_path") or answer.get("filePath"))
    hunks = [fields(it) for it in items(answer.get("structuredPatch"))]
    lines = [line for hunk in hunks for line in _hunk(hunk)] or list(_edits(given))
    return Block("diff", path, "\n".join(lines), "diff")


def _hunk(hunk: Fields) -> Iterator[str]:
    """Yield the lines of one hunk of the client's own patch."""
    counts = [number(hunk.get(key)) for key in ("oldStart", "oldLines", "newStart", "newLines")]
    if None not in counts:
        yield "@@ -{},{} +{},{} @@".format(*counts)
    yield from (line for line in items(hunk.get("lines")) if isinstance(line, str))


def _edits(given: Fields) -> Iterator[str]:
    """Yield the lines of what was asked for, where no result has a patch."""
    edits = [fields(it) for it in items(given.get("edits"))] or [given]
    for edit in edits:
        yield from _compared(_str(edit.get("old_string")), _str(edit.get("new_string")))
    content = _str(given.get("content") or given.get("new_source"))
    yield from (f"+{line}" for line in _lines(content))


def _compared(before: str, after: str) -> Iterable[str]:
    old, new = _lines(before), _lines(after)
    if len(old) + len(new) > COMPARED_LINES:  # two large texts would take minutes
        return [*(f"-{line}" for line in old), *(f"+{line}" for line in new)]
    return list(difflib.unified_diff(old, new, lineterm=""))[2:]


def _lines(content: str) -> list[str]:
    return content.removesuffix("\n").split("\n") if content else []


def _place(file: Fields) -> str:
    start, lines, total = (number(file.get(it)) for it in ("startLine", "numLines", "totalLines"))
    if start is None or lines is None or lines == 0:
        return "File"
    of_all = "" if total is None else f" of {total:,}"
    return f"Lines {start:,} to {start + lines - 1:,}{of_all}"


def _content_text(content: Sequence[object]) -> str:
    """Return the texts of a message's content; other parts by their kind and size."""
    return "\n\n".join(_part_text(fields(part), part) for part in content)


def _part_text(part: Fields, whole: object) -> str:
    if isinstance(whole, str):
        return whole
    if isinstance(part.get("text"), str):
        return str(part["text"])
    return f"[{_str(part.get('type')) or 'part'}, {len(_json(whole)):,} bytes]"


def _json(value: object) -> str:
    """Return indented JSON, without what no one reads: long encoded data."""
    encoded = msgspec.json.encode(_encodable(value))
    if len(encoded) > 4 * TEXT_CHARS:
        return encoded[: 4 * TEXT_CHARS].decode(errors="replace")
    return msgspec.json.format(encoded).decode()


def _encodable(value: object) -> object:
    """Return a value that can be encoded: a payload may have lone surrogates."""
    try:
        msgspec.json.encode(value)
    except (UnicodeEncodeError, ValueError, RecursionError):
        return clean(repr(value)[:TEXT_CHARS])
    return value


def _str(value: object) -> str:
    return value if isinstance(value, str) else ""
