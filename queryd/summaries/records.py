"""Say what the log's own records hold: those that come from elsewhere than a hook.

In: the payload of a record. Out: its figures in words; of one nobody knows, its first fields.
"""

from typing import Final

from queryd.summaries.amounts import UNKNOWN, duration, grouped, rounded, usd
from queryd.summaries.line import Line
from queryd.summaries.read import Fields, amount, fields, first_line, joined, number, text
from queryd.summaries.tools import pairs


def status_line(given: Fields) -> Line:
    """Say what the status line of a session shows."""
    model = text(fields(given.get("model")).get("display_name"))
    used = number(fields(given.get("context_window")).get("used_percentage"))
    window = number(fields(given.get("context_window")).get("context_window_size"))
    context = UNKNOWN if used is None else f"{rounded(used)} %{_of_window(window)}"
    cost = usd(number(fields(given.get("cost")).get("total_cost_usd")))
    return Line("Status line", joined(model, f"context {context}", cost, by=" · "))


def api_request(given: Fields) -> Line:
    """Say which model was asked, how much went in and out, what it cost and how long it took."""
    tokens = (_tokens(given, key, noun) for key, noun in _TOKENS)
    cost = amount(given.get("cost_usd"))
    return Line(
        "API request",
        joined(text(given.get("model")), *tokens, by=" · ") or told(given),
        joined(None if cost is None else usd(cost), _took(given)),
    )


def api_error(given: Fields) -> Line:
    """Say what the API answered, and at which attempt."""
    error = given.get("error")
    status, attempt = amount(given.get("status_code")), amount(given.get("attempt"))
    return Line(
        "API error",
        first_line(error) or first_line(fields(error).get("message")) or told(given),
        joined(
            None if status is None else f"HTTP {status}",
            None if attempt is None else f"attempt {attempt}",
            _took(given),
        ),
    )


def usage(given: Fields) -> Line:
    """Say what an answer of the API used, as a transcript tells."""
    counts = fields(given.get("usage"))
    tokens = (_tokens(counts, key, noun) for key, noun in _USED)
    return Line("Tokens", joined(text(given.get("model")), *tokens, by=" · ") or told(given))


def told(given: Fields) -> str | None:
    """Return the message of something nobody knows, or else its first fields."""
    if message := first_line(given.get("message")):
        return message
    common = _COMMON | fields(given.get("resource")).keys()  # said of the process, and again here
    return pairs({key: value for key, value in given.items() if key not in common}, 5)


def _of_window(tokens: float | None) -> str:
    """Write ` of 200k`, ` of 1M`."""
    if tokens is None or tokens < THOUSAND:
        return ""
    million = THOUSAND * THOUSAND
    short = f"{tokens / million:g}M" if tokens >= million else f"{rounded(tokens / THOUSAND)}k"
    return f" of {short}"


def _tokens(given: Fields, key: str, noun: str) -> str | None:
    value = amount(given.get(key))
    # Most requests write no cache, or read none; nothing in or out is worth a word.
    if value is None or (value == 0 and key.startswith("cache")):
        return None
    return f"{grouped(value)} {noun}"


def _took(given: Fields) -> str | None:
    ms = amount(given.get("duration_ms"))
    return None if ms is None else duration(ms)


THOUSAND: Final = 1_000
_TOKENS: Final = (
    ("input_tokens", "in"),
    ("output_tokens", "out"),
    ("cache_read_tokens", "from the cache"),
    ("cache_creation_tokens", "into the cache"),
)
_USED: Final = (
    ("input_tokens", "in"),
    ("output_tokens", "out"),
    ("cache_read_input_tokens", "from the cache"),
    ("cache_creation_input_tokens", "into the cache"),
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
        # The same of OpenTelemetry's records.
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
"""What stands in every body, or beside the line anyway, tells nothing about what happened."""
