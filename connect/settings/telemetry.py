"""The environment variables that make Claude Code send its telemetry to ingestd."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

ENDPOINT = "OTEL_EXPORTER_OTLP_ENDPOINT"
PROTOCOL = "http/json"
"""Measured with the real client: it sends whole bodies with their length and without compression.
The client has no default protocol."""
SWITCHES = {
    "CLAUDE_CODE_ENABLE_TELEMETRY": "1",
    "OTEL_LOGS_EXPORTER": "otlp",
    "OTEL_METRICS_EXPORTER": "otlp",
    "OTEL_EXPORTER_OTLP_PROTOCOL": PROTOCOL,
}
PROMPTS = "OTEL_LOG_USER_PROMPTS"
TOOL_DETAILS = "OTEL_LOG_TOOL_DETAILS"


def variables(url: str, *, prompts: bool, tool_details: bool) -> dict[str, str]:
    """Return what `env` must hold; prompts and tool input are sent only when requested."""
    content = {PROMPTS: prompts, TOOL_DETAILS: tool_details}
    return {**SWITCHES, ENDPOINT: url, **{name: "1" for name, on in content.items() if on}}


def conflicting(env: Mapping[str, Any], ours: Mapping[str, str]) -> list[str]:
    """Return the variables of the user's own that send telemetry to another place than ours."""
    return [
        name for name, value in env.items() if _ROUTING.fullmatch(name) and value != ours.get(name)
    ]


def recognize(env: Mapping[str, Any]) -> dict[str, str]:
    """Return our variables when all of them are there as we write them, else none.

    For a file without a record: single variables do not show who set them.
    """
    url = env.get(ENDPOINT)
    if not isinstance(url, str) or any(env.get(name) != it for name, it in SWITCHES.items()):
        return {}
    ours = variables(url, prompts=True, tool_details=True)
    return {name: value for name, value in ours.items() if env.get(name) == value}


_ROUTING = re.compile(
    r"CLAUDE_CODE_ENABLE_TELEMETRY"
    r"|OTEL_(?:LOGS|METRICS)_EXPORTER"
    r"|OTEL_EXPORTER_OTLP_(?:(?:LOGS|METRICS)_)?(?:ENDPOINT|PROTOCOL)"
)
