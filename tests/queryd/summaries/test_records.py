"""Test the words of what no sample holds: records of other sources, and types no one knows."""

from typing import Any

import pytest

from tests.queryd.summaries.samples import summarize

OTEL = {
    "session.id": "s",
    "user.id": "1a66",
    "event.name": "api_request",
    "event.timestamp": "2026-11-22T17:19:56.544Z",
    "event.sequence": 74,
    "terminal.type": "xterm-256color",
    "anthropic.provider": "firstParty",
    "anthropic.custom_base_url": True,
    "prompt.id": "3ab2",
}
STATUS = {
    "model": {"id": "claude-opus-5-5", "display_name": "Opus 5.5"},
    "context_window": {"used_percentage": 12.5, "remaining_percentage": 87.5},
    "cost": {"total_cost_usd": 0.127914},
}
REQUEST = {
    **OTEL,
    "model": "claude-opus-5-5",
    "input_tokens": 4,
    "output_tokens": 18,
    "cache_read_tokens": 0,
    "cache_creation_tokens": 23_350,
    "cost_usd": 0.117126,
    "duration_ms": 41,
}
ERROR = {**OTEL, "error": "Overloaded", "status_code": 529, "attempt": 2, "duration_ms": 9}


@pytest.mark.parametrize(
    ("kind", "payload", "words"),
    [
        ("status_line", STATUS, "Status line  Opus 5.5 · context 13% · $0.13"),
        (
            "status_line",
            {**STATUS, "context_window": {"used_percentage": 71, "context_window_size": 200_000}},
            "Status line  Opus 5.5 · context 71% of 200k · $0.13",
        ),
        (
            "status_line",
            {"context_window": {"used_percentage": 3, "context_window_size": 1_000_000}},
            "Status line  context 3% of 1M · –",
        ),
        (
            "status_line",
            {**STATUS, "context_window": {"used_percentage": None}, "cost": {}},
            "Status line  Opus 5.5 · context – · –",
        ),
        (
            "api_request",
            REQUEST,
            "API request  claude-opus-5-5 · 4 in · 18 out · 23,350 cache write  →  $0.12, 41 ms",
        ),
        (
            "api_request",
            {"input_tokens": "1200", "cache_read_tokens": "9", "cost_usd": "0.0214"},
            "API request  1,200 in · 9 cache read  →  $0.0214",
        ),
        (
            "usage",
            {
                "model": "claude-opus-5-5",
                "message_id": "msg_1",
                "usage": {
                    "input_tokens": 5,
                    "output_tokens": 63,
                    "cache_read_input_tokens": 0,
                    "cache_creation_input_tokens": 20_171,
                },
            },
            "Tokens  claude-opus-5-5 · 5 in · 63 out · 20,171 cache write",
        ),
        ("usage", {"message_id": "msg_1"}, "Tokens  message_id=msg_1"),
        ("api_request", {**OTEL, "speed": "normal"}, "API request  speed=normal"),
        ("api_error", ERROR, "API error  Overloaded  →  HTTP 529, attempt 2, 9 ms"),
        ("session_state", {"status": "busy", "pid": 7}, "Process state  busy"),
        (
            "session_state",
            {"status": "waiting", "waiting_for": "permission prompt"},
            "Process state  waiting: permission prompt",
        ),
        ("session_gone", {"reason": "process_ended", "pid": 7}, "Process ended  pid 7"),
        ("session_gone", {"reason": "session_left"}, "Process continues with another session"),
        ("api_error", {"error": {"type": "x", "message": "Too many"}}, "API error  Too many"),
        (
            "plugin_installed",
            {"team": "a", **OTEL, "resource": {"team": "a"}, "scope": {}, "safe": True, "n": 1},
            "plugin_installed  safe=true n=1",
        ),
        (
            "BrandNewEvent",
            {"session_id": "x", "hook_event_name": "B", "level": 3.0, "what": "new", "none": None},
            "BrandNewEvent  level=3 what=new",
        ),
        ("BrandNewEvent", {"level": 3, "message": "It is\nnew"}, "BrandNewEvent  It is …"),
        ("BrandNewEvent", {}, "BrandNewEvent"),
        (" \n", {"a": "b"}, "Event  a=b"),
    ],
)
def test_records_show_figures_and_unknown_types_their_fields(
    kind: str, payload: dict[str, Any], words: str
) -> None:
    """Sources come and go with each version; what is new must still be seen."""
    assert summarize(kind, payload) == words


@pytest.mark.parametrize(
    ("responses", "outcome"),
    [
        (["<tool_use_error>Error: Nope</tool_use_error>", "fine"], "1 of 2 failed: Nope"),
        (["<tool_use_error></tool_use_error>"], "failed"),
        (
            ["Permission to use Bash with command rm has been denied."],
            "denied, Permission to use Bash with command rm has been denied.",
        ),
        (
            ["<tool_use_error>Nope</tool_use_error>", "Permission denied by hook"],
            "1 of 2 failed, 1 of 2 denied: Nope",
        ),
        (
            ["Claude requested permissions to use tiny, but you haven't granted it yet."] * 2,
            "2 of 2 denied: no permission to use tiny",
        ),
        ([[{"type": "text", "text": "<tool_use_error>In a block</tool_use_error>"}]], "In a block"),
    ],
)
def test_a_batch_reports_the_calls_that_never_ran(responses: list[Any], outcome: str) -> None:
    """No other event does: without these the call seems never to have been."""
    calls = [{"tool_name": "Bash", "tool_response": response} for response in responses]
    line = summarize("PostToolBatch", {"tool_calls": calls})
    assert line.partition("  →  ")[2] == outcome


@pytest.mark.parametrize(
    "response",
    [
        "Permission to use, copy, modify, and distribute this software is hereby granted",
        "cat: x: Permission denied",
        "one <tool_use_error> in the middle",
        ["<tool_use_error>", 5, None],
        None,
    ],
)
def test_command_output_is_not_taken_for_a_refusal(response: Any) -> None:
    """Such as the text of a licence: false alarms would be ignored soon."""
    calls = [{"tool_name": "Bash", "tool_response": response}]
    assert summarize("PostToolBatch", {"tool_calls": calls}) == "Batch finished  Bash"


@pytest.mark.parametrize(
    ("payload", "outcome"),
    [
        ({"error": "Exit code 1\nno", "duration_ms": 3210}, "exit 1, 3.2 s"),
        ({"error": "Exit code 143\nCommand timed out after 1s"}, "timed out"),
        ({"error": "Exit code 9 of many"}, "Exit code 9 of many"),
        ({"error": "x", "is_interrupt": True, "duration_ms": 5}, "interrupted, 5 ms"),
        ({"error": ["x"]}, "failed"),
        ({"error": "first\nsecond"}, "first"),
    ],
)
def test_a_failure_is_summarized_briefly(payload: dict[str, Any], outcome: str) -> None:
    """Users look for the exit code."""
    payload["tool_input"] = {"command": "npm test"}
    line = summarize("PostToolUseFailure", payload, tool_name="Bash")
    assert line == f"Bash  npm test  →  {outcome}"


def test_a_background_command_may_have_any_name() -> None:
    """Commands hold `<`, and their end is reported inside tags."""
    prompt = "<task-notification>\n<status>failed</status>\n<summary>a < b && c</summary>\n"
    assert summarize("UserPromptSubmit", {"prompt": prompt}) == (
        "Background task  a < b && c  →  failed"
    )
