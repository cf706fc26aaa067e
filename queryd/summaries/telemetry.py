"""Say what Claude Code's telemetry tells beside requests: its events, data points and spans.

In: the payload of a record; its numbers may be strings. Out: what it says, in words that no hook's
event has, for both may stand in the log. Nothing here raises, whatever the payload holds.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

import msgspec

from queryd.summaries.amounts import counted, duration, grouped, usd
from queryd.summaries.line import Line
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


def user_prompt(given: Fields) -> Line:
    """Say what was asked, or how long it was where the text is withheld."""
    return Line("Prompt sent", _told(given, "prompt"), _length(given, "prompt_length"))


def assistant_response(given: Fields) -> Line:
    """Say what was answered, or how long it was where the text is withheld."""
    return Line("Answer received", _told(given, "response"), _length(given, "response_length"))


def tool_decision(given: Fields) -> Line:
    """Say who allowed or refused which call."""
    verdict = _DECISIONS.get(str(given.get("decision"))) or spaced(given.get("decision"))
    source = given.get("source")
    by = _DECIDERS.get(source) if isinstance(source, str) else None
    return Line("Decision", _call(given), joined(verdict, by or spaced(source), by=" "))


def tool_result(given: Fields) -> Line:
    """Say how a call went and how long it ran."""
    error = first_line(given.get("error")) or text(given.get("error_type"))
    failed = given.get("success") in ("false", False)
    return Line("Tool result", _call(given), joined((error or "failed") if failed else None,
                                                    _took(given)))  # fmt: skip


def subagent_completed(given: Fields) -> Line:
    """Say what a subagent took."""
    return Line(
        "Subagent result",
        text(given.get("agent_type")),
        joined(
            _counted(given, "total_tokens", "token"),
            _counted(given, "total_tool_uses", "call"),
            _took(given),
        ),
    )


def compaction(given: Fields) -> Line:
    """Say from how many tokens to how many the context shrank."""
    before, after = amount(given.get("pre_tokens")), amount(given.get("post_tokens"))
    sizes = None
    if before is not None and after is not None:
        sizes = f"{grouped(before)} → {grouped(after)} tokens"
    failed = first_line(given.get("error")) or "failed"
    return Line(
        "Compaction",
        joined(spaced(given.get("trigger")), sizes, by=" · "),
        joined(failed if given.get("success") in ("false", False) else None, _took(given)),
    )


def retries_exhausted(given: Fields) -> Line:
    """Say what the API answered until the client gave up."""
    status, took = amount(given.get("status_code")), amount(given.get("total_retry_duration_ms"))
    return Line(
        "API gave up",
        first_line(given.get("error")),
        joined(
            None if status is None else f"HTTP {status}",
            _counted(given, "total_attempts", "attempt"),
            None if took is None else duration(took),
        ),
    )


def refusal(given: Fields) -> Line:
    """Say which model would not answer."""
    return Line("API refusal", text(given.get("model")), spaced(given.get("category")))


def skill(given: Fields) -> Line:
    """Say which skill was used, and at whose wish."""
    return Line("Skill", text(given.get("skill.name")), text(given.get("invocation_trigger")))


def permission_mode(given: Fields) -> Line:
    """Say from which permission mode to which."""
    modes = joined(text(given.get("from_mode")), text(given.get("to_mode")), by=" → ")
    return Line("Permission mode", modes, spaced(given.get("trigger")))


def mcp_connection(given: Fields) -> Line:
    """Say what became of the connection to an MCP server."""
    name = text(given.get("server_name")) or text(given.get("server_scope"))
    error = first_line(given.get("error")) or text(given.get("error_code"))
    return Line("MCP server", name, joined(spaced(given.get("status")), error, _took(given)))


def hook_registered(given: Fields) -> Line:
    """Say which hook is installed, of what kind, and by whose settings."""
    what = joined(text(given.get("hook_event")), text(given.get("hook_matcher")), by=" ")
    kind, source = text(given.get("hook_type")), text(given.get("hook_source"))
    return Line("Hook registered", what, joined(kind, source))


def hooks_start(given: Fields) -> Line:
    """Say which hooks begin."""
    return Line("Hooks begin", text(given.get("hook_name")), _counted(given, "num_hooks", "hook"))


def hooks_done(given: Fields) -> Line:
    """Say which hooks are done, how many of them failed, and what they took."""
    took = amount(given.get("total_duration_ms"))
    wrong = [
        f"{grouped(found)} {word}"
        for key, word in _HOOK_FATES
        if (found := amount(given.get(key))) is not None and found > 0
    ]
    count = _counted(given, "num_hooks", "hook")
    time = None if took is None else duration(took)
    return Line("Hooks done", text(given.get("hook_name")), joined(count, *wrong, time))


def plugin_loaded(given: Fields) -> Line:
    """Say which plugin was loaded, and from where."""
    return Line(
        "Plugin loaded", text(given.get("plugin.name")), text(given.get("marketplace.name"))
    )


def metric(given: Fields) -> Line:
    """Say what was counted, of what, and how much."""
    name = (text(given.get("name")) or "").removeprefix(OWN)
    kinds = (text(given.get(key)) for key in ("type", "model", "query_source", "start_type"))
    return Line("Metric", joined(name, *kinds, by=" · "), _value(given))


def span(given: Fields) -> Line:
    """Say what a span was of and how long it took."""
    name = (text(given.get("name")) or "").removeprefix(OWN)
    of = text(given.get("tool_name")) or text(given.get("model")) or text(given.get("decision"))
    start, end = number(given.get("start_time")), number(given.get("end_time"))
    took = None if start is None or end is None or end < start else duration(end - start)
    failed = given.get("status") == "error" or given.get("success") in ("false", False)
    error = first_line(given.get("error")) or first_line(given.get("status_message")) or "failed"
    return Line("Span", joined(name, of, by=" · "), joined(error if failed else None, took))


def _told(given: Fields, key: str) -> str | None:
    said = first_line(given.get(key))
    return None if said == "<REDACTED>" else said


def _length(given: Fields, key: str) -> str | None:
    return _counted(given, key, "character")


def _counted(given: Fields, key: str, noun: str) -> str | None:
    found = amount(given.get(key))
    return None if found is None else counted(found, noun)


def _took(given: Fields) -> str | None:
    ms = amount(given.get("duration_ms"))
    return None if ms is None else duration(ms)


def _value(given: Fields) -> str | None:
    value = amount(given.get("value"))
    if value is None:
        return None
    unit = text(given.get("unit"))
    if unit == "USD":
        return usd(value)
    return joined(grouped(round(value, 3)), unit, by=" ")


def _call(given: Fields) -> str | None:
    """Return a call as its own events have it; its input is JSON in a string here."""
    name = text(given.get("tool_name"))
    if name is None:
        return None
    told = _parsed(given.get("tool_input")) or _as_input(_parsed(given.get("tool_parameters")))
    return joined(tool_label(name), tool_target(name, told, None) if told else None, by=" ")


def _as_input(told: Fields) -> Fields:
    command = told.get("full_command")
    return told if command is None else {"command": command}


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
    "user_permanent": "by the user, for good",
    "user_temporary": "by the user",
    "user_reject": "by the user",
    "user_abort": "by the user, who stopped it",
}
_HOOK_FATES: Final = (
    ("num_blocking", "blocked"),
    ("num_non_blocking_error", "failed"),
    ("num_cancelled", "cancelled"),
)
WORDS: Final[Mapping[str, Callable[[Fields], Line]]] = {
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
