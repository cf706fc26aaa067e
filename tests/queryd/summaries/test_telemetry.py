"""Test the summaries of telemetry records: each captured type has one with its main figures."""

import json
from typing import Any

import pytest

from ingestd.otlp.events import events_of
from ingestd.otlp.signals import SIGNALS
from queryd.summaries.summary import summary_of
from tests.ingestd.exports import exports, json_records
from tests.queryd.summaries.samples import summarize

EDIT = {"tool_name": "Edit", "tool_input": '{"file_path":"/a/b.py"}', "success": "true"}


@pytest.mark.parametrize(
    ("kind", "payload", "words"),
    [
        ("user_prompt", {"prompt": "Fix\nit", "prompt_length": "6"},
         "Prompt sent  Fix …  →  6 characters"),
        ("user_prompt", {"prompt": "<REDACTED>", "prompt_length": "78"},
         "Prompt sent  →  78 characters"),
        ("assistant_response", {"response": "Done.", "response_length": 5},
         "Answer received  Done.  →  5 characters"),
        ("tool_decision", {"tool_name": "Bash", "decision": "reject", "source": "user_reject",
                           "tool_parameters": '{"full_command":"rm -r x"}'},
         "Decision  Bash rm -r x  →  rejected by the user"),
        ("tool_decision", {"tool_name": "mcp__db__ask", "decision": "accept", "source": "new_way"},
         "Decision  db › ask  →  accepted new way"),
        ("tool_result", {**EDIT, "duration_ms": "34"}, "Tool result  Edit /a/b.py  →  34 ms"),
        ("tool_result", {**EDIT, "success": "false", "error": "No such\nfile", "duration_ms": 1},
         "Tool result  Edit /a/b.py  →  No such …, 1 ms"),
        ("tool_result", {"tool_name": "X", "success": "false", "tool_input": "{"},
         "Tool result  X  →  failed"),
        ("compaction", {"trigger": "auto", "success": "true", "duration_ms": "125",
                        "pre_tokens": "194071", "post_tokens": "2660"},
         "Compaction  auto · 194,071 → 2,660 tokens  →  125 ms"),
        ("compaction", {"trigger": "manual", "success": "false"},
         "Compaction  manual  →  failed"),
        ("subagent_completed", {"agent_type": "Explore", "total_tokens": 19_899,
                                "total_tool_uses": 1, "duration_ms": 600},
         "Subagent result  Explore  →  19,899 tokens, 1 call, 600 ms"),
        ("api_retries_exhausted", {"error": "Overloaded", "status_code": 529, "total_attempts": 2,
                                   "total_retry_duration_ms": 618},
         "API failed after retries  Overloaded  →  HTTP 529, 2 attempts, 618 ms"),
        ("api_refusal", {"model": "claude-opus-5-5"}, "API refusal  claude-opus-5-5"),
        ("skill_activated", {"skill.name": "greet", "invocation_trigger": "user-slash"},
         "Skill  greet  →  user-slash"),
        ("permission_mode_changed", {"from_mode": "plan", "to_mode": "auto"},
         "Permission mode  plan → auto"),
        ("mcp_server_connection", {"status": "failed", "server_name": "tiny", "error": "No"},
         "MCP server  tiny  →  failed, No"),
        ("hook_registered", {"hook_event": "FileChanged", "hook_matcher": ".envrc",
                             "hook_type": "http", "hook_source": "userSettings"},
         "Hook registered  FileChanged .envrc  →  http, userSettings"),
        ("hook_execution_complete", {"hook_name": "PreToolUse:Bash", "num_hooks": "3",
                                     "num_blocking": "0", "num_cancelled": "1",
                                     "num_non_blocking_error": "2", "total_duration_ms": "26"},
         "Hooks finished  PreToolUse:Bash  →  3 hooks, 2 failed, 1 cancelled, 26 ms"),
        ("metric", {"name": "claude_code.cost.usage", "unit": "USD", "value": 0.117126},
         "Metric  cost.usage  →  $0.12"),
        ("metric", {"name": "h", "kind": "histogram", "value": None}, "Metric  h"),
        ("span", {"name": "claude_code.tool", "tool_name": "Bash", "start_time": 10,
                  "end_time": 35.5, "status": "error", "status_message": "no"},
         "Span  tool · Bash  →  no, 26 ms"),
    ],
)  # fmt: skip
def test_a_record_has_its_expected_summary(kind: str, payload: dict[str, Any], words: str) -> None:
    """These stand by the thousand in the list of events; no one opens each to see what it is."""
    assert summarize(kind, payload) == words


def test_every_captured_record_has_more_than_its_type() -> None:
    """A row that only repeats its type is noise; only what comes once a start may do so."""
    plain = set()
    for export in exports():
        signal = SIGNALS[export.path]
        for record in json_records(signal, export.body):
            for made in events_of(signal.kind, record):
                words = summary_of(made.event, json.loads(bytes(made.event.payload)))
                assert "  " in words, words
                assert "team.id" not in words  # an attribute of the process, not of the event
                if words.startswith(made.event.hook_event_type):
                    plain.add(made.event.hook_event_type)
    assert plain == {"managed_settings_resolved", "retention_sweep"}
