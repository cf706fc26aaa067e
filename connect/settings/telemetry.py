"""Name the variables that make Claude Code send its telemetry to ingestd.

In: ingestd's address, what may be in it. Out: variables for `env` in the settings; or which of the
user's own send it elsewhere already.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

ENDPOINT = "OTEL_EXPORTER_OTLP_ENDPOINT"
PROTOCOL = "http/json"
"""It is what was measured of the real client: whole bodies, with their length, without compression.
No protocol is the client's default."""
SWITCHES = {
    "CLAUDE_CODE_ENABLE_TELEMETRY": "1",
    "OTEL_LOGS_EXPORTER": "otlp",
    "OTEL_METRICS_EXPORTER": "otlp",
    "OTEL_EXPORTER_OTLP_PROTOCOL": PROTOCOL,
}
PROMPTS = "OTEL_LOG_USER_PROMPTS"
TOOL_DETAILS = "OTEL_LOG_TOOL_DETAILS"


def variables(url: str, *, prompts: bool, tool_details: bool) -> dict[str, str]:
    """Return what `env` has to hold; prompts and tool input stay out unless they are asked for."""
    asked = {PROMPTS: prompts, TOOL_DETAILS: tool_details}
    return {**SWITCHES, ENDPOINT: url, **{name: "1" for name, on in asked.items() if on}}


def elsewhere(given: Mapping[str, Any], wanted: Mapping[str, str]) -> list[str]:
    """Return the variables of somebody's own that would send telemetry another way than ours."""
    return [
        name
        for name, value in given.items()
        if _STEERS.fullmatch(name) and value != wanted.get(name)
    ]


def recognised(env: Mapping[str, Any]) -> dict[str, str]:
    """Return those variables that are all there as we write them, else none.

    For a file whose record was lost: variables alone do not say who set them.
    """
    url = env.get(ENDPOINT)
    if not isinstance(url, str) or any(env.get(name) != it for name, it in SWITCHES.items()):
        return {}
    known = variables(url, prompts=True, tool_details=True)
    return {name: value for name, value in known.items() if env.get(name) == value}


_STEERS = re.compile(
    r"CLAUDE_CODE_ENABLE_TELEMETRY"
    r"|OTEL_(?:LOGS|METRICS)_EXPORTER"
    r"|OTEL_EXPORTER_OTLP_(?:(?:LOGS|METRICS)_)?(?:ENDPOINT|PROTOCOL)"
)
