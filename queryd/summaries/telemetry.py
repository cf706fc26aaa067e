"""Summarise Claude Code's telemetry other than API requests: log events, metrics and spans.

In: the payload of a record; its numbers may be strings. Out: a line whose first words differ from
those of the hook event that reports the same, as the log may have both. Nothing here raises.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

import msgspec

from queryd.summaries.amounts import counted, duration, grouped, usd
from queryd.summaries.line import SummaryLine
from queryd.summaries.read import (
    NONE,
    Fields,
    amount,
    fields,
    first_line,
    joined,
    number,
    spaced,
    text,
)
from queryd.summaries.tools import tool_label, tool_target

PARSED_CHARS: Final = 20_000
OWN: Final = "claude_code."


def user_prompt(payload: Fields) -> SummaryLine:
    return SummaryLine(
        "Prompt sent", _unredacted(payload, "prompt"), _length(payload, "prompt_length")
    )


def assistant_response(payload: Fields) -> SummaryLine:
    return SummaryLine(
        "Answer received", _unredacted(payload, "response"), _length(payload, "response_length")
    )


def tool_decision(payload: Fields) -> SummaryLine:
    verdict = _DECISIONS.get(str(payload.get("decision"))) or spaced(payload.get("decision"))
    source = payload.get("source")
    by = _DECIDERS.get(source) if isinstance(source, str) else None
    return SummaryLine("Decision", _call(payload), joined(verdict, by or spaced(source), by=" "))


def tool_result(payload: Fields) -> SummaryLine:
    error = first_line(payload.get("error")) or text(payload.get("error_type"))
    failed = payload.get("success") in ("false", False)
    outcome = (error or "failed") if failed else None
    return SummaryLine("Tool result", _call(payload), joined(outcome, _took(payload)))


def subagent_completed(payload: Fields) -> SummaryLine:
    return SummaryLine(
        "Subagent result",
        text(payload.get("agent_type")),
        joined(
            _counted(payload, "total_tokens", "token"),
            _counted(payload, "total_tool_uses", "call"),
            _took(payload),
        ),
    )


def compaction(payload: Fields) -> SummaryLine:
    before, after = amount(payload.get("pre_tokens")), amount(payload.get("post_tokens"))
    sizes = None
    if before is not None and after is not None:
        sizes = f"{grouped(before)} → {grouped(after)} tokens"
    failed = first_line(payload.get("error")) or "failed"
    return SummaryLine(
        "Compaction",
        joined(spaced(payload.get("trigger")), sizes, by=" · "),
        joined(failed if payload.get("success") in ("false", False) else None, _took(payload)),
    )


def retries_exhausted(payload: Fields) -> SummaryLine:
    status, took = (
        amount(payload.get("status_code")),
        amount(payload.get("total_retry_duration_ms")),
    )
    return SummaryLine(
        "API failed after retries",
        first_line(payload.get("error")),
        joined(
            None if status is None else f"HTTP {status}",
            _counted(payload, "total_attempts", "attempt"),
            None if took is None else duration(took),
        ),
    )


def refusal(payload: Fields) -> SummaryLine:
    return SummaryLine("API refusal", text(payload.get("model")), spaced(payload.get("category")))


def skill(payload: Fields) -> SummaryLine:
    return SummaryLine(
        "Skill", text(payload.get("skill.name")), text(payload.get("invocation_trigger"))
    )


def permission_mode(payload: Fields) -> SummaryLine:
    modes = joined(text(payload.get("from_mode")), text(payload.get("to_mode")), by=" → ")
    return SummaryLine("Permission mode", modes, spaced(payload.get("trigger")))


def mcp_connection(payload: Fields) -> SummaryLine:
    name = text(payload.get("server_name")) or text(payload.get("server_scope"))
    error = first_line(payload.get("error")) or text(payload.get("error_code"))
    return SummaryLine(
        "MCP server", name, joined(spaced(payload.get("status")), error, _took(payload))
    )


def hook_registered(payload: Fields) -> SummaryLine:
    hook = joined(text(payload.get("hook_event")), text(payload.get("hook_matcher")), by=" ")
    kind, source = text(payload.get("hook_type")), text(payload.get("hook_source"))
    return SummaryLine("Hook registered", hook, joined(kind, source))


def hooks_start(payload: Fields) -> SummaryLine:
    return SummaryLine(
        "Hooks started", text(payload.get("hook_name")), _counted(payload, "num_hooks", "hook")
    )


def hooks_done(payload: Fields) -> SummaryLine:
    took = amount(payload.get("total_duration_ms"))
    problems = [
        f"{grouped(number_of)} {outcome}"
        for key, outcome in _HOOK_OUTCOMES
        if (number_of := amount(payload.get(key))) is not None and number_of > 0
    ]
    count = _counted(payload, "num_hooks", "hook")
    time = None if took is None else duration(took)
    return SummaryLine(
        "Hooks finished", text(payload.get("hook_name")), joined(count, *problems, time)
    )


def plugin_loaded(payload: Fields) -> SummaryLine:
    return SummaryLine(
        "Plugin loaded", text(payload.get("plugin.name")), text(payload.get("marketplace.name"))
    )


def metric(payload: Fields) -> SummaryLine:
    name = (text(payload.get("name")) or "").removeprefix(OWN)
    kinds = (text(payload.get(key)) for key in ("type", "model", "query_source", "start_type"))
    return SummaryLine("Metric", joined(name, *kinds, by=" · "), _value(payload))


def span(payload: Fields) -> SummaryLine:
    name = (text(payload.get("name")) or "").removeprefix(OWN)
    of = (
        text(payload.get("tool_name"))
        or text(payload.get("model"))
        or text(payload.get("decision"))
    )
    start, end = number(payload.get("start_time")), number(payload.get("end_time"))
    took = None if start is None or end is None or end < start else duration(end - start)
    failed = payload.get("status") == "error" or payload.get("success") in ("false", False)
    error = (
        first_line(payload.get("error")) or first_line(payload.get("status_message")) or "failed"
    )
    return SummaryLine("Span", joined(name, of, by=" · "), joined(error if failed else None, took))


def _unredacted(payload: Fields, key: str) -> str | None:
    line = first_line(payload.get(key))
    return None if line == "<REDACTED>" else line


def _length(payload: Fields, key: str) -> str | None:
    return _counted(payload, key, "character")


def _counted(payload: Fields, key: str, noun: str) -> str | None:
    value = amount(payload.get(key))
    return None if value is None else counted(value, noun)


def _took(payload: Fields) -> str | None:
    ms = amount(payload.get("duration_ms"))
    return None if ms is None else duration(ms)


def _value(payload: Fields) -> str | None:
    value = amount(payload.get("value"))
    if value is None:
        return None
    unit = text(payload.get("unit"))
    if unit == "USD":
        return usd(value)
    return joined(grouped(round(value, 3)), unit, by=" ")


def _call(payload: Fields) -> str | None:
    # As in the summaries of hook events; telemetry has the input as JSON in a string.
    name = text(payload.get("tool_name"))
    if name is None:
        return None
    tool_input = _parsed(payload.get("tool_input")) or _as_input(
        _parsed(payload.get("tool_parameters"))
    )
    target = tool_target(name, tool_input, None) if tool_input else None
    return joined(tool_label(name), target, by=" ")


def _as_input(parameters: Fields) -> Fields:
    command = parameters.get("full_command")
    return parameters if command is None else {"command": command}


def _parsed(value: object) -> Fields:
    if not isinstance(value, str) or len(value) > PARSED_CHARS:
        return NONE
    try:
        return fields(_JSON.decode(value))
    except (msgspec.DecodeError, RecursionError, UnicodeError):
        return NONE


_JSON: Final[msgspec.json.Decoder[Any]] = msgspec.json.Decoder()
_DECISIONS: Final = {"accept": "accepted", "reject": "rejected"}
_DECIDERS: Final = {
    "config": "by the settings",
    "hook": "by a hook",
    "user_permanent": "by the user, always",
    "user_temporary": "by the user",
    "user_reject": "by the user",
    "user_abort": "by the user, interrupted",
}
_HOOK_OUTCOMES: Final = (
    ("num_blocking", "blocked"),
    ("num_non_blocking_error", "failed"),
    ("num_cancelled", "cancelled"),
)
SUMMARIES: Final[Mapping[str, Callable[[Fields], SummaryLine]]] = {
    "user_prompt": user_prompt,
    "assistant_response": assistant_response,
    "tool_decision": tool_decision,
    "tool_result": tool_result,
    "subagent_completed": subagent_completed,
    "compaction": compaction,
    "api_retries_exhausted": retries_exhausted,
    "api_refusal": refusal,
    "skill_activated": skill,
    "permission_mode_changed": permission_mode,
    "mcp_server_connection": mcp_connection,
    "hook_registered": hook_registered,
    "hook_execution_start": hooks_start,
    "hook_execution_complete": hooks_done,
    "plugin_loaded": plugin_loaded,
    "metric": metric,
    "span": span,
}
