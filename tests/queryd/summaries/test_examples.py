"""Hold the words to what the captured bodies say; each line was written by reading its body."""

import pytest

from queryd.summaries import telemetry
from queryd.summaries.summary import ASK_SUMMARIES, CALL_SUMMARIES, SUMMARIES
from tests.queryd.summaries.samples import captured, example, split_summary, summarize
from tests.running import ROOT, SAMPLES, sample_bodies

RECORDS = {
    "status_line",
    "api_request",
    "api_error",
    "usage",
    "session_state",
    "session_gone",
    *telemetry.SUMMARIES,
}

EXAMPLES = {
    "ConfigChange": "Settings changed  .claude/settings.local.json",
    "CwdChanged": "Folder changed  /home/dev/print/proj/sub",
    "DirectoryAdded": "Folder added  /home/dev/icmds/other",
    "Elicitation": "Question from tiny  What is your name?  →  waiting for you",
    "ElicitationResult": "Answer to tiny  accepted",
    "FileChanged": "File changed  data.csv  →  change",
    "InstructionsLoaded": "Loaded  .claude/rules/ts.md  →  path glob match",
    "MessageDisplay": "Claude  I will ask a subagent.",
    "Notification": 'Notification  Elicitation response for server "tiny": cancel',
    "PermissionDenied": (
        "Bash  curl -s http://127.0.0.1:9/x | sh  →  denied, [Code from External]"
    ),
    "PermissionRequest": "Write  sub_written.txt  →  waiting for you",
    "PostCompact": "Compacted  manual",
    "PostModelSwitch": "Model changed  claude-opus-5-5 to claude-sonnet-4-6  →  command",
    "PostToolBatch": "Batch finished  Bash",
    "PostToolUse": "Bash  ls; sleep 0.2  →  ok, 230 ms",
    "PostToolUseFailure": "Bash  echo sub-fail; exit 4  →  exit 4, 9 ms",
    "PreCompact": "Compacting  manual · keep the numbers",
    "PreModelSwitch": "Switching model  claude-opus-5-5 to claude-sonnet-4-6",
    "PreToolUse": "Bash  ls; sleep 0.2",
    "SessionEnd": "Session ended  other",
    "SessionStart": (
        "Session started  fork · claude-opus-5-5 · "
        "[[scn:hi cwd=/home/dev/icmds/proj]] after compaction (Branch)"
    ),
    "Setup": "Setup  init",
    "Stop": "Answered  The subagent answered.",
    "StopFailure": (
        "Turn failed  Prompt is too long · the request is ~1000001 tokens (limit 1000000) but this "
        "conversation is only ~2715 tokens — the rest is system prompt, tool definitions, and "
        "attachment content. A single-exchange conversation cannot be compacted; reduce attached "
        "files/tools or start with less context.  →  invalid request"
    ),
    "SubagentStart": "Subagent started  general-purpose",
    "SubagentStop": "Subagent finished  SUBAGENT REPORT: two files found.",
    "TaskCompleted": "Task completed  #1 Write the parser",
    "TaskCreated": "Task created  #1 Write the parser",
    "TeammateIdle": "Teammate idle  mate in session-1a60a9b7",
    "UserPromptExpansion": "Command  /mycmd alpha beta",
    "UserPromptSubmit": "Prompt  [[scn:loop cwd=/home/dev/print/proj]] scripted: s1_first",
    "WorktreeCreate": "Worktree created  agent-a8959f0b93119b224",
    "WorktreeRemove": "Worktree removed  /home/dev/iwt/proj/.wt/feat1",
}

SESSIONS = [
    ("02-print-bigwrite", 6, "Read  big.txt lines 1–20"),
    ("02-print-bigwrite", 7, "Read  big.txt lines 1–20  →  20 of 15,001 lines, 6 ms"),
    ("03-print-long", 4, "Claude  Line one of the answer. …"),
    ("05-print-bash_timeout", 5, "Bash  sleep 5  →  timed out, 1.1 s"),
    ("06-print-files", 5, "Write  hello.py  →  created 2 lines, 10 ms"),
    ("06-print-files", 11, "Edit  hello.py  →  +2 −1, 4 ms"),
    (
        "06-print-files",
        13,
        "Batch finished  Edit  →  String to replace not found in file. String: no such text",
    ),
    (
        "07-print-badinput",
        4,
        (
            "Batch finished  Read  →  InputValidationError: Read failed due to the following "
            "issues: The required parameter `file_path` is missing An unexpected parameter "
            "`wrong_field` was provided"
        ),
    ),
    ("07-print-badinput", 5, "Batch finished  NoSuchTool  →  No such tool available: NoSuchTool"),
    ("08-print-agents2", 13, "Agent  Explore: Second helper  →  1 tool call, 273 ms"),
    ("08-print-agents2", 21, "Batch finished  Agent ×2"),
    (
        "09-print-agent_bg",
        6,
        "Agent  general-purpose: Background helper  →  in the background, 12 ms",
    ),
    (
        "09-print-agent_bg",
        10,
        "Answered  Started it in the background.  →  1 task in the background: Background helper",
    ),
    (
        "09-print-agent_bg",
        14,
        'Background task  Agent "Background helper" finished  →  completed',
    ),
    ("10-print-mcp", 5, "tiny › add  a=2 b=3  →  ok, 12 ms"),
    ("10-print-mcp", 8, "tiny › fail  why=because  →  tiny failed: because, 10 ms"),
    ("11-print-bg_bash", 5, "Bash  sleep 3; echo finished  →  in the background, 23 ms"),
    ("13-print-skill_call", 5, "Skill  greet from the model  →  ok, 8 ms"),
    ("19-print-search", 5, "Grep  def"),
    ("19-print-search", 6, "Grep  def  →  1 line, 23 ms"),
    ("19-print-search", 7, "Glob  **/*.py  →  1 file, 42 ms"),
    ("20-print-todo", 4, "TodoWrite  0 of 2 done · Doing step one"),
    (
        "21-print-write_perm",
        7,
        "Batch finished  Write  →  denied, no permission to write to needs_perm.txt",
    ),
    (
        "26-print-webfetch_ext",
        5,
        "WebFetch  https://example.invalid/  →  getaddrinfo ENOTFOUND example.invalid, 21 ms",
    ),
    ("37-print-bigctx", 10, "Compacting  auto"),
    ("42-print-parallel", 11, "Batch finished  Bash ×2, Read"),
    ("46-terminal-hi", 1, "Session started  startup · claude-opus-5-5"),
    ("46-terminal-hi", 34, "AskUserQuestion  Which color?  →  Red, 1 ms"),
    ("46-terminal-hi", 45, "tiny › ask_name  topic=test  →  ok, 9.2 s"),
    ("47-terminal-loop", 45, "Answered  Both helpers answered.  →  2 tasks in the background"),
    ("47-terminal-loop", 71, "TaskUpdate  #1 in_progress  →  ok, 18 ms"),
    ("47-terminal-loop", 77, "TaskList"),
    ("47-terminal-loop", 78, "TaskList  →  ok, 3 ms"),
]


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_event_type_has_its_expected_summary(name: str) -> None:
    """The line is what people read; all else they must ask for."""
    body = example(name)
    assert summarize(name, body, tool_name=body.get("tool_name")) == EXAMPLES[name]


@pytest.mark.parametrize(("session", "line", "words"), SESSIONS)
def test_captured_events_have_their_expected_summaries(session: str, line: int, words: str) -> None:
    """One event type has several summaries: for a refusal, a wait, a background task."""
    body = captured(session, line)
    assert summarize(body["hook_event_name"], body, tool_name=body.get("tool_name")) == words


def test_every_event_type_has_an_example() -> None:
    """An event that Claude Code is known to send is never drawn as one that no one knows."""
    known = {file.stem for file in (SAMPLES / "examples").glob("*.json")}
    assert len(known) == 33
    assert set(EXAMPLES) == known
    assert {*ASK_SUMMARIES, *CALL_SUMMARIES, *SUMMARIES} == known | RECORDS


def test_the_page_knows_the_same_types() -> None:
    """Its colours and icons go with the words."""
    source = (ROOT / "web" / "src" / "domain" / "kinds.ts").read_text("utf-8")
    listed = source.partition("KNOWN_TYPES = [")[2].partition("]")[0]
    types = {name.strip(' "\n') for name in listed.split(",")} - {""}
    assert types == {*ASK_SUMMARIES, *CALL_SUMMARIES, *SUMMARIES}


def test_every_captured_event_has_more_than_a_label() -> None:
    """A word like `Bash` alone does not say what happened."""
    silent = set()
    for body in sample_bodies():
        line = summarize(body["hook_event_name"], body, tool_name=body.get("tool_name"))
        lead, detail, outcome = split_summary(line)
        if detail is outcome is None:
            silent.add(lead)
    assert silent == {"TaskList"}, "which is called with nothing"
