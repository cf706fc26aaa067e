"""Read what the head of a session's page shows: time, changes, the cache's clock, resuming."""

import json
import os
import shlex
import socket
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from queryd.sessions.resume import command_of
from tests.running import SAMPLES, Hookwatch, wait_for

AT = 1_790_000_000_000
Event = dict[str, Any]
FOLDERS = [
    "/home/dev/shop-api",
    "/home/dev/it's here",
    '/home/dev/$(touch taken); `touch taken` & "quotes"',
    "/home/dev/日本",
    "/-rf",
]


def event(session: str, kind: str, offset: int, **payload: Any) -> Event:
    return {
        "session_id": session,
        "hook_event_type": kind,
        "timestamp": AT + offset,
        "payload": {"prompt_id": "p", **payload},
    }


def post(served: Hookwatch, events: list[Event]) -> None:
    """Post events and wait until they are folded."""
    assert served.ingestd.post(events).json()["rejected"] == []
    last_id = served.ingestd.get("/health").json()["last_id"]
    wait_for(lambda: served.queryd.get("/api/health").json()["views"]["folded_id"] == last_id)


def overview(served: Hookwatch, session: str) -> Any:
    answer = served.queryd.get(f"/api/sessions/{session}/overview")
    assert answer.status == 200, answer.body
    return answer.json()


def resume(served: Hookwatch, session: str) -> Any:
    return overview(served, session)["resume"]


def test_time_worked_and_waited_is_that_of_the_main_thread(served: Hookwatch) -> None:
    """A session that waited an hour for its user did not work an hour."""
    bash = {"tool_name": "Bash", "tool_use_id": "w1", "tool_input": {"command": "make"}}
    ask = {key: bash[key] for key in ("tool_name", "tool_input")}
    events = [
        event("timed", "UserPromptSubmit", 0, prompt="Go"),
        event("timed", "PreToolUse", 1_000, **bash),
        event("timed", "PermissionRequest", 2_000, **ask),
        event("timed", "PostToolUse", 62_000, **bash, tool_response={}),
        event("timed", "Stop", 70_000, last_assistant_message="Done"),
        event("timed", "UserPromptSubmit", 170_000, prompt="Again"),
        event("timed", "Stop", 171_500, last_assistant_message="Done"),
    ]
    post(served, events)
    found = overview(served, "timed")
    times = [found[key] for key in ("worked_ms", "waited_ms", "ongoing", "ongoing_since")]
    assert times == [2_000 + 8_000 + 1_500, 60_000, None, None]


def test_what_goes_on_is_named_with_its_start_and_ends_when_it_is_quiet(both: Hookwatch) -> None:
    """The page counts on from there, and not for a session that was killed a month ago."""
    now = time.time_ns() // 1_000_000
    started = [{**event("on", "UserPromptSubmit", 0, prompt="Go"), "timestamp": now - 60_000}]
    post(both, [*started, event("quiet", "UserPromptSubmit", 0, prompt="Go")])
    found = overview(both, "on")
    assert (found["ongoing"], found["ongoing_since"]) == ("worked", now - 60_000)
    assert found["worked_ms"] == 0
    quiet = overview(both, "quiet")
    assert (quiet["ongoing"], quiet["worked_ms"]) == (None, 5 * 60_000)


def test_changes_are_those_of_files_that_were_written(served: Hookwatch) -> None:
    """A file that was only read is no change."""
    lines = (SAMPLES / "sessions" / "06-print-files.jsonl").read_text("utf-8").split("\n")
    bodies = [json.loads(line)["body"] for line in lines if line]
    session = bodies[0]["session_id"]
    other = {"tool_name": "Read", "tool_use_id": "read", "tool_input": {"file_path": "/only/read"}}
    read = {**other, "session_id": session, "hook_event_name": "PostToolUse", "tool_response": {}}
    post(served, [*bodies, read])
    files = served.queryd.get(f"/api/sessions/{session}/files").json()["files"]
    written = [it for it in files if it["write_count"] + it["edit_count"] > 0]
    assert len(written) < len(files)
    assert overview(served, session)["changes"] == {
        "file_count": len(written),
        "lines_added": sum(it["lines_added"] for it in written),
        "lines_removed": sum(it["lines_removed"] for it in written),
    }


def test_the_caches_clock_is_that_of_the_last_status_line(served: Hookwatch) -> None:
    """After it a message costs many times as much."""
    for expires_at in (1_790_000_100, 1_790_000_300):
        cache = {"ttl": "5m", "expires_at": expires_at, "recache_tokens_if_cold": 27_288}
        body = {"session_id": "cached", "model": {"id": "opus"}, "prompt_cache": cache}
        answer = served.ingestd.ask("POST", "/status-line", json.dumps(body).encode())
        assert answer.status == 200
    post(served, [event("cached", "Stop", 0)])
    assert overview(served, "cached")["cache"] == {
        "expires_at": 1_790_000_300_000,
        "ttl": "5m",
        "recache_tokens": 27_288,
    }
    assert overview(served, "timed")["cache"] is None


def test_a_session_is_resumed_in_the_folder_of_its_transcript(
    served: Hookwatch, tmp_path: Path
) -> None:
    """Claude Code finds a session only from the folder in which it started."""
    folder = tmp_path / "projects" / "-home-dev-shop-api"
    folder.mkdir(parents=True)
    transcript = folder / "r1.jsonl"
    transcript.write_text("{}\n")
    path = {"transcript_path": str(transcript)}
    post(
        served,
        [
            event("r1", "SessionStart", 0, cwd="/home/dev/shop-api/src", **path),
            event("r1", "CwdChanged", 1, cwd="/elsewhere", **path),
        ],
    )
    command = "cd /home/dev/shop-api && claude --resume r1"
    assert resume(served, "r1") == {"command": command, "transcript": "present", "host": None}
    transcript.unlink()
    assert resume(served, "r1") == {"command": None, "transcript": "missing", "host": None}


@pytest.mark.parametrize(
    ("host", "state"), [(socket.gethostname(), "missing"), ("another-host", "other_host")]
)
def test_only_transcripts_of_this_machine_are_looked_for(
    served: Hookwatch, host: str, state: str
) -> None:
    """A path of another machine would be missing here, and the session would be lost for good."""
    session = f"on-{host}"
    path = f"/home/dev/.claude/projects/-home-dev-blog/{session}.jsonl"
    body = {"session_id": session, "hook_event_name": "SessionStart", "cwd": "/home/dev/blog"}
    sender = {"X-Hookwatch-Sender": json.dumps({"host": host})}
    assert served.ingestd.post({**body, "transcript_path": path}, **sender).status == 200
    post(served, [])
    found = resume(served, session)
    assert (found["transcript"], found["host"]) == (state, host)
    expected = f"cd /home/dev/blog && claude --resume {session}"
    assert found["command"] == (None if state == "missing" else expected)


@pytest.mark.parametrize(
    "path",
    [None, "/etc/passwd", "relative/u1.jsonl", "/nowhere/projects/x/u1.jsonl", "\0/u1.jsonl"],
)
def test_no_other_file_is_looked_for(served: Hookwatch, path: str | None) -> None:
    """An event may name any path: whoever posts events must not learn which files exist."""
    post(served, [event("u1", "Stop", 0, **({} if path is None else {"transcript_path": path}))])
    assert resume(served, "u1")["transcript"] == "unknown"


@pytest.mark.parametrize("session", ["--dangerously-skip-permissions", "a;b", "x\ny"])
def test_an_id_that_is_none_is_no_part_of_a_command(served: Hookwatch, session: str) -> None:
    """Anyone who may post an event would put an option, or a command, into the user's shell."""
    post(served, [event(session, "Stop", 0, cwd="/home/dev/blog")])
    path = "".join(f"%{byte:02x}" for byte in session.encode())
    assert resume(served, path)["command"] is None


@pytest.mark.parametrize("folder", FOLDERS)
def test_a_shell_takes_the_folder_for_one_word(tmp_path: Path, folder: str) -> None:
    """It is pasted into a shell without a look."""
    stub = tmp_path / "claude"
    stub.write_text('#!/bin/sh\nprintf "%s\\n" "$PWD" "$@"\n')
    stub.chmod(0o755)
    there = tmp_path / folder.lstrip("/")
    there.mkdir(parents=True)
    command = command_of("7b9da031", str(there))
    environment = {"PATH": f"{tmp_path}:{os.environ['PATH']}"}
    ran = subprocess.run(
        ["sh", "-c", command], cwd=tmp_path, env=environment, capture_output=True, check=True
    )
    assert ran.stdout.decode().split("\n") == [str(there), "--resume", "7b9da031", ""]
    assert not (tmp_path / "taken").exists()
    assert shlex.split(command)[-1] == "7b9da031"


def test_a_folder_of_windows_is_quoted_for_powershell() -> None:
    """Its older versions know no `&&`."""
    command = command_of("7b9da031", r"C:\Users\O'Brien\shop $x")
    assert command == r"cd 'C:\Users\O''Brien\shop $x'; claude --resume 7b9da031"


def test_an_unknown_session_has_no_overview(served: Hookwatch) -> None:
    """In the error shape of all routes."""
    answer = served.queryd.get("/api/sessions/nobody/overview")
    assert (answer.status, answer.json()["error"]["code"]) == (404, "not_found")
