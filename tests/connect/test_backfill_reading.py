"""Read transcripts as they lie on disk: old ones, broken ones, growing ones, and nothing else."""

import os
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from connect.backfill import events as events_module
from connect.backfill.discovery import find_sessions, last_at, projects_folder
from connect.backfill.events import TranscriptEvent
from connect.backfill.importer import Importer
from connect.backfill.lines import MAX_LINE_BYTES, LineReader
from connect.backfill.session import SessionReader
from connect.backfill.stored import EmptyLog
from connect.cli.backfill import parse_since
from shared.times import AHEAD_MS, is_plausible
from tests.connect.transcripts import (
    AT,
    LONG_AFTER,
    ONE,
    assistant_line,
    body_of,
    counts_of_import,
    encoded,
    events_of,
    kinds,
    line,
    prompt_line,
    result_line,
    sessions_in,
    text,
    tool_use,
    write,
)

TWO = "22222222-2222-4222-8222-222222222222"
PROMPT, ANSWER = prompt_line("u1", 1, "go"), assistant_line("a1", 2, text("gone"))


def read_transcript(
    config: Path, *lines: dict[str, Any] | bytes, now: int = LONG_AFTER
) -> list[TranscriptEvent]:
    """Return the events of a transcript with these lines."""
    write(config, *lines)
    (session,) = sessions_in(config)
    return events_of(session, now=now)


# What a line means


@pytest.mark.parametrize("stamp", [None, 0, 1_795_000_000, "1970-01-02", "9999-12-31T00:00:00Z"])
def test_a_line_with_an_impossible_time_starts_nothing(tmp_path: Path, stamp: Any) -> None:
    """Ingestd would refuse such an event, and the run would report an error."""
    side = {**assistant_line("s1", 1, text("x")), "isSidechain": True, "timestamp": stamp}
    assert read_transcript(tmp_path, {**PROMPT, "timestamp": stamp}, side) == []


def test_an_end_is_at_a_time_that_an_event_can_have(tmp_path: Path) -> None:
    """The client reports its duration: with a clock ahead, the sum may be too far ahead."""
    now = time.time_ns() // 1_000_000
    worked_at = now + AHEAD_MS - 60_000
    cost = line("cost-state", "c1", 4, startTime=now, totalDuration=AHEAD_MS + 3_600_000)
    lines = ({**it, "timestamp": worked_at} for it in (PROMPT, ANSWER, cost))
    (end,) = (it for it in read_transcript(tmp_path, *lines, now=now) if it.kind == "SessionEnd")
    assert is_plausible(end.at, now)


def test_a_turn_is_read_as_its_hooks_would_report_it(tmp_path: Path) -> None:
    """The whole of one body is compared, for the page and the views read all of it."""
    call = assistant_line("a0", 2, tool_use("t1", command="ls"), stop="tool_use", effort="low")
    done = result_line("r1", 2.5, "t1", toolUseResult={"stdout": "x"}, permissionMode="default")
    found = read_transcript(tmp_path, PROMPT, call, done, assistant_line("a1", 3, text("gone")))
    assert kinds(found) == [
        "UserPromptSubmit",
        "PreToolUse",
        "PostToolUse",
        "usage",
        "usage",
        "Stop",
    ]
    assert body_of(found[2]) == {
        "session_id": ONE,
        "transcript_path": str(tmp_path / "projects" / "-home-me-shop" / f"{ONE}.jsonl"),
        "cwd": "/home/me/shop",
        "prompt_id": "p-u1",
        "permission_mode": "default",
        "effort": {"level": "low"},
        "hook_event_name": "PostToolUse",
        "tool_name": "Bash",
        "tool_input": {"command": "ls"},
        "tool_response": {"stdout": "x"},
        "tool_use_id": "t1",
    }
    assert [event.event_id for event in found] == [
        f"backfill:UserPromptSubmit:{AT + 1000}:u1",
        "backfill:PreToolUse:t1",
        "backfill:PostToolUse:t1",
        "backfill:usage:msg-a0",
        "backfill:usage:msg-a1",
        f"backfill:Stop:{AT + 3000}:a1",
    ]


def test_usage_contains_everything_that_costs_depend_on(tmp_path: Path) -> None:
    """The API's own object is kept unchanged, with any later fields."""
    last = assistant_line(
        "a1", 3, text("gone"), requestId="req-1", requestedModel="opus", effort="high"
    )
    usage = body_of(read_transcript(tmp_path, PROMPT, last)[1])
    del usage["transcript_path"]
    assert usage == {
        "session_id": ONE,
        "cwd": "/home/me/shop",
        "prompt_id": "p-u1",
        "effort": {"level": "high"},
        "model": "claude-opus-5-5",
        "message_id": "msg-a1",
        "request_id": "req-1",
        "is_sidechain": False,
        "stop_reason": "end_turn",
        "requested_model": "opus",
        "usage": {"input_tokens": 3, "output_tokens": 7},
    }


def test_a_message_of_many_lines_is_used_once_at_its_largest(tmp_path: Path) -> None:
    """Old clients wrote a growing count on each line: the sum would be double."""
    lines = [
        assistant_line("a1", 2, text("Let me"), stop=None, message_id="m", output=1),
        assistant_line("a2", 3, tool_use("t1"), stop=None, message_id="m", output=60),
        result_line("r1", 4, "t1"),
        assistant_line("a3", 5, tool_use("t2"), stop=None, message_id="m", output=60),
    ]
    found = read_transcript(tmp_path, PROMPT, *lines)
    (usage,) = [event for event in found if event.kind == "usage"]
    assert body_of(usage)["usage"]["output_tokens"] == 60
    assert usage.at == AT + 5_000


def test_an_unfinished_message_is_imported_by_the_next_run(tmp_path: Path) -> None:
    """Stored now, its tokens would stay wrong for ever."""
    lines = [PROMPT, assistant_line("a1", 2, text("I am"), stop=None, output=1)]
    assert kinds(read_transcript(tmp_path, *lines, now=AT + 30_000)) == ["UserPromptSubmit"]
    assert kinds(read_transcript(tmp_path, *lines)) == ["UserPromptSubmit", "usage", "Stop"]


def test_a_very_recent_message_is_imported_by_the_next_run(tmp_path: Path) -> None:
    """Its hook may be on its way, and would be stored as a duplicate."""
    write(tmp_path, PROMPT, ANSWER)
    counts = counts_of_import(tmp_path, now=AT + 11_500)
    assert (counts.events, counts.too_recent) == (1, 2)


def test_a_call_that_failed_validation_has_no_start(tmp_path: Path) -> None:
    """Hooks report it in the batch alone."""
    refusal = "<tool_use_error>InputValidationError: no</tool_use_error>"
    call = assistant_line("a0", 2, tool_use("t1", "Read"), stop="tool_use")
    found = read_transcript(
        tmp_path, PROMPT, call, result_line("r1", 3, "t1", refusal, is_error=True), ANSWER
    )
    assert kinds(found)[:2] == ["UserPromptSubmit", "PostToolBatch"]
    assert body_of(found[1])["tool_calls"] == [
        {"tool_name": "Read", "tool_input": {}, "tool_use_id": "t1", "tool_response": refusal}
    ]


@pytest.mark.parametrize(
    ("broken_off", "kind"),
    [({}, "PostToolBatch"), ({"interruptedMessageId": "m"}, "PostToolUseFailure")],
)
def test_a_refusal_is_not_an_interrupt(tmp_path: Path, broken_off: Any, kind: str) -> None:
    """Both have the same result; only the next line shows whether the call ran."""
    said_no = "The user doesn't want to proceed with this tool use. The tool use was rejected"
    call = assistant_line("a0", 2, tool_use("t1"), stop="tool_use")
    refused = result_line("r1", 3, "t1", said_no, is_error=True, toolDenialKind="user-rejected")
    words = [{"type": "text", "text": "[Request interrupted by user for tool use]"}]
    interrupt = line("user", "i1", 4, message={"content": words}, **broken_off)
    found = read_transcript(
        tmp_path, PROMPT, call, refused, interrupt, prompt_line("u2", 9, "again")
    )
    assert kinds(found) == ["UserPromptSubmit", "PreToolUse", kind, "usage", "UserPromptSubmit"]
    assert (body_of(found[2]).get("is_interrupt") is True) == bool(broken_off)


def test_a_command_of_the_client_is_no_prompt(tmp_path: Path) -> None:
    """`/model` and `!ls` are not asked of Claude; a command of one's own is."""
    local = "<command-name>/model</command-name>\n<command-message>model</command-message>"
    own = "<command-message>fix</command-message>\n<command-name>/fix</command-name>"
    lines = [
        prompt_line("c1", 1, "<local-command-caveat>Caveat", isMeta=True),
        prompt_line("c2", 2, f"{local}\n<command-args></command-args>"),
        prompt_line("c3", 3, "<local-command-stdout>Set model</local-command-stdout>"),
        prompt_line("c4", 4, "<bash-input>ls</bash-input>"),
        prompt_line("c5", 5, f"{own}\n<command-args>it now</command-args>"),
        prompt_line("c6", 5, "Fix what is named: it now", isMeta=True),
        assistant_line("a1", 6, text("Fixed.")),
    ]
    found = read_transcript(tmp_path, *lines)
    assert kinds(found) == ["UserPromptSubmit", "usage", "Stop"]
    assert body_of(found[0])["prompt"] == "/fix it now"


def test_a_compaction_has_its_summary_and_its_time(tmp_path: Path) -> None:
    """It took a minute, during which the session was not idle."""
    boundary = line(
        "system",
        "b1",
        90,
        subtype="compact_boundary",
        compactMetadata={"trigger": "auto", "preTokens": 9, "durationMs": 60_000},
    )
    summary = prompt_line("s1", 90, "This session is continued", isCompactSummary=True)
    found = read_transcript(tmp_path, PROMPT, ANSWER, boundary, summary)
    assert [(it.kind, it.at - AT) for it in found[3:]] == [
        ("PreCompact", 30_000),
        ("PostCompact", 90_000),
    ]
    assert body_of(found[4])["compact_summary"] == "This session is continued"
    assert body_of(found[4])["trigger"] == "auto"


def test_an_error_of_the_api_is_a_failed_turn(tmp_path: Path) -> None:
    """It made no message, so it cost nothing."""
    error = assistant_line("a1", 2, text("API Error: 529"), stop="stop_sequence")
    error["message"]["model"] = "<synthetic>"
    error |= {"isApiErrorMessage": True, "error": "server_error", "errorDetails": "529 {}"}
    found = read_transcript(tmp_path, PROMPT, error)
    assert kinds(found) == ["UserPromptSubmit", "StopFailure"]
    body = body_of(found[1])
    assert (body["error"], body["last_assistant_message"], body["error_details"]) == (
        "server_error",
        "API Error: 529",
        "529 {}",
    )


@pytest.mark.parametrize(
    ("more", "duration"),
    [
        ({"toolUseResult": {"durationMs": 40}}, {"duration_ms": 40}),
        ({"toolUseResult": {"durationSeconds": 1.5}}, {"duration_ms": 1_500}),
        ({}, {}),
        ({"permissionDecision": {"decision": "accept", "source": "user_temporary"}}, {}),
        (
            {"permissionDecision": {"decision": "accept", "source": "config"}},
            {"duration_ms": 2_000, "duration_source": "transcript"},
        ),
    ],
)
def test_a_duration_is_given_only_when_it_is_known(
    tmp_path: Path, more: dict[str, Any], duration: dict[str, Any]
) -> None:
    """A call that waited an hour for its permission did not run for an hour."""
    call = assistant_line("a0", 2, tool_use("t1"), stop="tool_use")
    found = read_transcript(tmp_path, PROMPT, call, result_line("r1", 4, "t1", **more))
    body = body_of(found[2])
    assert {name: body[name] for name in body if name.startswith("duration")} == duration


def test_titles_go_with_the_next_event(tmp_path: Path) -> None:
    """They have no time of their own; one's own beats one that was made."""
    made, own = (
        {"type": "ai-title", "aiTitle": "Made"},
        {"type": "custom-title", "customTitle": "Own"},
    )
    found = read_transcript(tmp_path, made, PROMPT, own, made, ANSWER)
    titles = [body_of(event).get("session_title") for event in found]
    assert titles == ["Made", "Own", None]


# Subagents


def write_agent(config: Path, *lines: dict[str, Any], name: str, meta: bytes | None = None) -> None:
    folder = config / "projects" / "-home-me-shop" / ONE / Path(name).parent
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{Path(name).name}.jsonl").write_bytes(b"".join(map(encoded, lines)))
    if meta is not None:
        (folder / f"{Path(name).name}.meta.json").write_bytes(meta)


@pytest.mark.parametrize("place", ["subagents/agent-a1", "subagents/workflows/wf_1/agent-a1"])
def test_a_subagents_file_is_read_in_order_of_time(tmp_path: Path, place: str) -> None:
    """Sent after its session, it would start after the session's end."""
    call = assistant_line("a0", 2, tool_use("t1", "Agent", prompt="look"), stop="tool_use")
    done = result_line("r1", 6, "t1", toolUseResult={"agentId": "a1", "totalDurationMs": 3_900})
    write(tmp_path, PROMPT, call, done, assistant_line("a9", 7, text("gone")))
    side: dict[str, Any] = {"isSidechain": True, "agentId": "a1"}
    mine = [prompt_line("s1", 3, "look", **side), assistant_line("s2", 5, text("seen"), **side)]
    write_agent(tmp_path, *mine, name=place, meta=b'{"agentType":"Explore"}')
    (session,) = sessions_in(tmp_path)
    found = events_of(session)
    assert [(it.kind, it.agent_id) for it in found] == [
        ("UserPromptSubmit", None),
        ("PreToolUse", None),
        ("SubagentStart", "a1"),
        ("usage", "a1"),
        ("SubagentStop", "a1"),
        ("PostToolUse", None),
        ("usage", None),
        ("usage", None),
        ("Stop", None),
    ]
    assert body_of(found[4])["agent_type"] == "Explore"
    assert body_of(found[4])["last_assistant_message"] == "seen"
    assert body_of(found[3])["is_sidechain"] is True


def test_an_inline_sidechain_is_a_subagent(tmp_path: Path) -> None:
    """Clients of 2025 wrote it among the lines of its session, and named it nowhere."""
    side: dict[str, Any] = {"isSidechain": True}
    task = tool_use("t1", "Task", prompt="look around", subagent_type="Explore", description="d")
    lines = [
        PROMPT,
        assistant_line("a0", 2, task, stop=None),
        prompt_line("s1", 3, "look around", parentUuid=None, **side),
        assistant_line("s2", 4, tool_use("t2", "Read"), stop=None, parentUuid="s1", **side),
        result_line("s3", 5, "t2", parentUuid="s2", **side),
        assistant_line("s4", 6, text("seen"), stop=None, parentUuid="s3", **side),
        result_line("r1", 7, "t1", toolUseResult={"totalDurationMs": 4_000}),
        assistant_line("a9", 8, text("gone"), stop=None),
    ]
    found = read_transcript(tmp_path, *lines)
    of_agent = [event for event in found if event.agent_id is not None]
    assert {event.agent_id for event in of_agent} == {"sidechain-s1"}
    assert sorted(kinds(of_agent)) == [
        *("PostToolUse", "PreToolUse", "SubagentStart", "SubagentStop", "usage", "usage")
    ]
    (launch,) = [it for it in found if it.kind == "PostToolUse" and it.agent_id is None]
    assert body_of(launch)["tool_response"] == {"totalDurationMs": 4_000, "agentId": "sidechain-s1"}
    assert {body_of(event)["agent_type"] for event in of_agent} == {"Explore"}


def test_a_subagent_file_belongs_to_its_session(tmp_path: Path) -> None:
    """There was a year in which their files lay in the project's folder."""
    write(tmp_path, PROMPT, ANSWER)
    side: dict[str, Any] = {"isSidechain": True, "agentId": "a1"}
    write(
        tmp_path,
        prompt_line("s1", 1.2, "look", **side),
        assistant_line("s2", 1.5, text("seen"), **side),
        name="agent-a1",
    )
    (session,) = sessions_in(tmp_path)
    assert kinds(events_of(session))[1:4] == ["SubagentStart", "usage", "SubagentStop"]


def test_however_many_subagents_few_files_are_open(tmp_path: Path) -> None:
    """Ten thousand of them must not run into the limit of open files."""
    write(tmp_path, PROMPT, ANSWER)
    side: dict[str, Any] = {"isSidechain": True}
    for number in range(300):
        mine = [
            prompt_line(f"s{number}", 1.2, "x", **side),
            assistant_line(f"t{number}", 1.5, text("y"), **side),
        ]
        write_agent(tmp_path, *mine, name=f"subagents/agent-a{number}")
    (session,) = sessions_in(tmp_path)
    most = 0
    before = len(list(Path("/proc/self/fd").iterdir()))
    for _ in session_events(session):
        most = max(most, len(list(Path("/proc/self/fd").iterdir())) - before)
    assert 0 < most <= 66


def session_events(session: Any) -> Any:
    return SessionReader(session).events(now=LONG_AFTER)


# LineReader


def test_a_line_that_is_too_long_is_skipped_and_counted(tmp_path: Path) -> None:
    """A line of 100 MB must not take 100 MB, nor what follows it."""
    write(tmp_path, PROMPT, b"x" * (MAX_LINE_BYTES + 5) + b"\n", ANSWER)
    counts = counts_of_import(tmp_path)
    assert counts.skipped == {"too long": 1}
    assert (counts.by_kind["prompts"], counts.by_kind["answers"]) == (1, 1)
    assert (
        counts.bytes_read == (tmp_path / "projects/-home-me-shop" / f"{ONE}.jsonl").stat().st_size
    )


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        (b"{broken\n", "not a JSON object"),
        (b"[1]\n", "not a JSON object"),
        (b"\0\0\0\n", "NUL bytes"),
        (b'{"type":"user","message":{"content":"\xff\xfe', "truncated at the end"),
        (b"[" * 100_000 + b"\n", "not a JSON object"),
    ],
)
def test_unreadable_lines_are_counted_with_the_reason(
    tmp_path: Path, damage: bytes, reason: str
) -> None:
    """A crash leaves such lines; the others must still be imported."""
    lines: list[Any] = (
        [PROMPT, ANSWER, damage] if reason.startswith("truncated") else [PROMPT, damage, ANSWER]
    )
    write(tmp_path, *lines)
    counts = counts_of_import(tmp_path)
    assert counts.skipped == {reason: 1}
    assert (counts.by_kind["prompts"], counts.by_kind["answers"]) == (1, 1)


def test_nul_bytes_before_a_line_are_skipped(tmp_path: Path) -> None:
    """A file system that lost power pads with them, in front of what was written next."""
    assert kinds(read_transcript(tmp_path, PROMPT, b"\0" * 4096 + encoded(ANSWER))) == [
        *("UserPromptSubmit", "usage", "Stop")
    ]


def test_text_that_is_no_utf8_is_mended(tmp_path: Path) -> None:
    """The log refuses it, and with it the event."""
    bad = encoded(prompt_line("u1", 1, "caf_ _")).replace(b"caf_ _", b"caf\xe9 \\ud83d")
    found = read_transcript(tmp_path, bad, ANSWER)
    assert body_of(found[0])["prompt"] == "caf\ufffd \ufffd"


def test_unknown_types_are_skipped_and_reported(tmp_path: Path) -> None:
    """There is a new one every month; it is reported, so that a user can report it."""
    write(tmp_path, PROMPT, line("brand-new", "n1", 1.5), {"type": 7}, ANSWER)
    counts = counts_of_import(tmp_path)
    assert counts.unknown == {"brand-new": 1, "no type": 1}
    assert not counts.skipped


def test_a_file_is_read_as_far_as_it_went_when_it_was_found(tmp_path: Path) -> None:
    """What is written meanwhile is for the next run, and is never half a line."""
    path = write(tmp_path, PROMPT)
    size = path.stat().st_size
    with path.open("ab") as grown:
        grown.write(encoded(ANSWER))
    lines = LineReader(path, size=size)
    assert list(lines) == [encoded(PROMPT)]
    assert lines.bytes_read == size


def test_pending_events_are_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A call without a result must not hold back all that follows it."""
    monkeypatch.setattr(events_module, "MAX_QUEUED", 3)
    calls = [assistant_line(f"a{n}", 2 + n, tool_use(f"t{n}"), stop="tool_use") for n in range(9)]
    assert kinds(read_transcript(tmp_path, PROMPT, *calls)).count("PreToolUse") == 9


# Places


def test_no_link_is_followed_below_the_projects_folder(tmp_path: Path) -> None:
    """What is elsewhere was never meant to be stored."""
    outside = tmp_path / "outside"
    write(outside, prompt_line("x1", 1, "secret"), name=TWO)
    write(tmp_path, PROMPT, ANSWER)
    projects = tmp_path / "projects"
    there = outside / "projects" / "-home-me-shop"
    (projects / "-linked").symlink_to(there)
    (projects / "-home-me-shop" / f"{TWO}.jsonl").symlink_to(there / f"{TWO}.jsonl")
    (projects / "-home-me-shop" / ONE).mkdir()
    (projects / "-home-me-shop" / ONE / "subagents").symlink_to(there)
    skipped: Counter[str] = Counter()
    assert [it.session_id for it in find_sessions(projects, skipped)] == [ONE]
    assert skipped == {"link": 2}


def test_a_projects_folder_may_itself_be_a_link(tmp_path: Path) -> None:
    """Some keep it on another disk."""
    write(tmp_path / "disk", PROMPT, ANSWER)
    (tmp_path / "projects").symlink_to(tmp_path / "disk" / "projects")
    assert [session.session_id for session in sessions_in(tmp_path)] == [ONE]


def test_only_regular_files_are_opened(tmp_path: Path) -> None:
    """To open a pipe would wait for ever."""
    write(tmp_path, PROMPT, ANSWER)
    os.mkfifo(tmp_path / "projects" / "-home-me-shop" / "pipe.jsonl")
    (tmp_path / "projects" / "-home-me-shop" / "folder.jsonl").mkdir()
    skipped: Counter[str] = Counter()
    assert len(find_sessions(tmp_path / "projects", skipped)) == 1
    assert skipped == {"not a regular file": 1}


def test_a_file_that_became_a_pipe_or_went_away_is_counted(tmp_path: Path) -> None:
    """Claude Code deletes old files during a run."""
    path = write(tmp_path, PROMPT, ANSWER)
    other = write(tmp_path, PROMPT, ANSWER, name=TWO)
    sessions = sessions_in(tmp_path)
    path.unlink()
    os.mkfifo(path)
    other.unlink()
    importer = Importer(EmptyLog(), None, now=LONG_AFTER)
    importer.run(sessions)
    assert importer.counts.skipped == {
        "file: not a regular file": 1,
        "file: No such file or directory": 1,
    }


def test_a_flood_of_files_ends_somewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A bomb of files must not take all memory before the first is read."""
    monkeypatch.setattr("connect.backfill.discovery.MAX_FILES", 3)
    for number in range(9):
        write(tmp_path, PROMPT, name=f"s{number}")
    skipped: Counter[str] = Counter()
    assert len(find_sessions(tmp_path / "projects", skipped)) == 3
    assert skipped == {"too many files": 6}


def test_the_configuration_folder_is_claudes_own(tmp_path: Path) -> None:
    """Those who moved it have nothing in the usual place."""
    assert projects_folder({"CLAUDE_CONFIG_DIR": str(tmp_path)}) == tmp_path / "projects"
    assert projects_folder({}) == Path.home() / ".claude" / "projects"


@pytest.mark.parametrize("project", ["shop", "/home/me/shop", "-home-me-shop"])
def test_a_project_is_named_or_shown(tmp_path: Path, project: str) -> None:
    """Users type the name, shells complete the folder."""
    write(tmp_path, PROMPT)
    (session,) = sessions_in(tmp_path)
    assert session.is_of(project)
    assert session.project_dir == "/home/me/shop"
    assert not session.is_of("home")
    assert not session.is_of("/home/me/sho")


def test_since_takes_dates_and_spans() -> None:
    """Both are what comes to mind first."""
    assert parse_since("7d") == -7 * 86_400_000
    assert parse_since("24h") == -86_400_000
    assert parse_since("2026-11-01T00:00:00+00:00") == 1_793_491_200_000
    assert parse_since("2026-11-01") > 1_793_400_000_000
    for wrong in ("yesterday", "7", "-3d", ""):
        with pytest.raises(Exception, match="must be like 7d"):
            parse_since(wrong)


def test_a_session_is_as_old_as_its_last_line(tmp_path: Path) -> None:
    """A copied file has today's date, but old content."""
    write(tmp_path, PROMPT, ANSWER)
    (session,) = sessions_in(tmp_path)
    assert last_at(session) == AT + 2_000


# Forks


@pytest.mark.parametrize("mark", [{}, {"forkedFrom": {"sessionId": ONE, "messageUuid": "u1"}}])
def test_lines_copied_by_a_fork_belong_to_the_original(
    tmp_path: Path, mark: dict[str, Any]
) -> None:
    """Each line is imported once, from the older file, whatever its name."""
    own = "00000000-0000-4000-8000-000000000000"
    copied_lines = [{**it, "sessionId": own, **mark} for it in (PROMPT, ANSWER)]
    original = write(tmp_path, PROMPT, ANSWER)
    fork = write(
        tmp_path,
        *copied_lines,
        prompt_line("u5", 50, "mine"),
        assistant_line("a5", 51, text("5")),
        name=own,
    )
    os.utime(original, (10, 10))
    os.utime(fork, (20, 20))
    assert [session.session_id for session in sessions_in(tmp_path)] == [ONE, own]
    counts = counts_of_import(tmp_path)
    assert (counts.by_kind["prompts"], counts.by_kind["answers"], counts.fork_duplicates) == (
        2,
        2,
        3,
    )
    (tokens,) = counts.tokens.values()
    assert tokens.output_tokens == 14


def test_a_marked_fork_is_read_after_its_original(tmp_path: Path) -> None:
    """Though it may have been written first: the original went on."""
    own = "00000000-0000-4000-8000-000000000000"
    mark: dict[str, Any] = {"forkedFrom": {"sessionId": ONE, "messageUuid": "u1"}, "sessionId": own}
    fork = write(tmp_path, *({**it, **mark} for it in (PROMPT, ANSWER)), name=own)
    write(tmp_path, PROMPT, ANSWER)
    os.utime(fork, (10, 10))
    assert [session.session_id for session in sessions_in(tmp_path)] == [ONE, own]
