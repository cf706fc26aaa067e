"""Summarise records that are not hook events: status lines, API requests and errors, usage."""

from typing import Final

from queryd.summaries.amounts import UNKNOWN, duration, grouped, rounded, usd
from queryd.summaries.line import SummaryLine
from queryd.summaries.read import Fields, amount, fields, first_line, joined, number, text
from queryd.summaries.tools import pairs


def status_line(payload: Fields) -> SummaryLine:
    model = text(fields(payload.get("model")).get("display_name"))
    used = number(fields(payload.get("context_window")).get("used_percentage"))
    window = number(fields(payload.get("context_window")).get("context_window_size"))
    context = UNKNOWN if used is None else f"{rounded(used)}%{_window_size(window)}"
    cost = usd(number(fields(payload.get("cost")).get("total_cost_usd")))
    return SummaryLine("Status line", joined(model, f"context {context}", cost, by=" · "))


def api_request(payload: Fields) -> SummaryLine:
    tokens = (_tokens(payload, key, noun) for key, noun in _TOKENS)
    cost = amount(payload.get("cost_usd"))
    return SummaryLine(
        "API request",
        joined(text(payload.get("model")), *tokens, by=" · ") or describe(payload),
        joined(None if cost is None else usd(cost), _took(payload)),
    )


def api_error(payload: Fields) -> SummaryLine:
    error = payload.get("error")
    status, attempt = amount(payload.get("status_code")), amount(payload.get("attempt"))
    return SummaryLine(
        "API error",
        first_line(error) or first_line(fields(error).get("message")) or describe(payload),
        joined(
            None if status is None else f"HTTP {status}",
            None if attempt is None else f"attempt {attempt}",
            _took(payload),
        ),
    )


def usage(payload: Fields) -> SummaryLine:
    counts = fields(payload.get("usage"))
    tokens = (_tokens(counts, key, noun) for key, noun in _USAGE_TOKENS)
    return SummaryLine(
        "Tokens", joined(text(payload.get("model")), *tokens, by=" · ") or describe(payload)
    )


def session_state(payload: Fields) -> SummaryLine:
    """Summarise a state that Claude Code wrote into its registry of processes, in its words."""
    detail = joined(text(payload.get("status")), text(payload.get("waiting_for")), by=": ")
    return SummaryLine("Process state", detail)


def session_gone(payload: Fields) -> SummaryLine:
    pid = amount(payload.get("pid"))
    left = payload.get("reason") == "session_left"
    lead = "Process continues with another session" if left else "Process ended"
    return SummaryLine(lead, None if pid is None else f"pid {pid:.0f}")


def describe(payload: Fields) -> str | None:
    """Return the message of an event of an unknown type, or else its first fields."""
    if message := first_line(payload.get("message")):
        return message
    common = (
        _COMMON | fields(payload.get("resource")).keys()
    )  # telemetry repeats these on each record
    return pairs({key: value for key, value in payload.items() if key not in common}, 5)


def _window_size(tokens: float | None) -> str:
    """Return ` of 200k` or ` of 1M`."""
    if tokens is None or tokens < THOUSAND:
        return ""
    million = THOUSAND * THOUSAND
    short = f"{tokens / million:g}M" if tokens >= million else f"{rounded(tokens / THOUSAND)}k"
    return f" of {short}"


def _tokens(payload: Fields, key: str, noun: str) -> str | None:
    value = amount(payload.get(key))
    # Most requests read or write no cache; zero input or output is unusual and shown.
    if value is None or (value == 0 and key.startswith("cache")):
        return None
    return f"{grouped(value)} {noun}"


def _took(payload: Fields) -> str | None:
    ms = amount(payload.get("duration_ms"))
    return None if ms is None else duration(ms)


THOUSAND: Final = 1_000
_TOKENS: Final = (
    ("input_tokens", "in"),
    ("output_tokens", "out"),
    ("cache_read_tokens", "cache read"),
    ("cache_creation_tokens", "cache write"),
)
_USAGE_TOKENS: Final = (
    ("input_tokens", "in"),
    ("output_tokens", "out"),
    ("cache_read_input_tokens", "cache read"),
    ("cache_creation_input_tokens", "cache write"),
)
_COMMON: Final = frozenset(
    {
        "session_id",
        "transcript_path",
        "cwd",
        "hook_event_name",
        "prompt_id",
        "permission_mode",
        "effort",
        "agent_id",
        "agent_type",
        "tool_use_id",
        # The same fields of OpenTelemetry records.
        "session.id",
        "user.id",
        "prompt.id",
        "event.name",
        "event.timestamp",
        "event.sequence",
        "terminal.type",
        "anthropic.provider",
        "anthropic.custom_base_url",
        "trace_id",
        "span_id",
    }
)
"""Fields of every body, or ones that the row shows beside its summary."""
