"""Backfill into real daemons: stored once, whatever came first, and shown as it was."""

import json
import os
import re
import sqlite3
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.connect.transcripts import (
    ONE,
    assistant_line,
    captured,
    line,
    prompt_line,
    result_line,
    text,
    tool_use,
    write,
)
from tests.running import ROOT, SAMPLES, Hookwatch, hookwatch, wait_for

pytestmark = pytest.mark.timeout(110)

TOKEN = "a-token-for-this-test"
TWINNED = {"UserPromptSubmit", "Stop", "StopFailure", "SubagentStart", "SubagentStop", "SessionEnd"}


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Hookwatch]:
    with hookwatch(tmp_path / "data") as both:
        yield both


def backfill(
    running: Hookwatch, config: Path, *options: str, **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run the command as anybody would."""
    return subprocess.run(
        [sys.executable, "-m", "connect", "backfill", *options],
        cwd=ROOT,
        env={
            **os.environ,
            **running.environment,
            "CLAUDE_CONFIG_DIR": str(config),
            **environment,
        },
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )


def rows_of(running: Hookwatch) -> list[tuple[Any, ...]]:
    """Return the log's rows, but for their ids."""
    with closing(sqlite3.connect(f"file:{running.log_path}?mode=ro", uri=True)) as log:
        return log.execute(
            "SELECT session_id, hook_event_type, tool_use_id, agent_id, timestamp, event_id"
            " FROM events ORDER BY id"
        ).fetchall()


def stored(done: subprocess.CompletedProcess[str]) -> tuple[int, int]:
    """Return how many events were stored, and how many were there."""
    assert done.returncode == 0, done.stderr
    (summary,) = [it for it in done.stdout.splitlines() if it.startswith("Imported")]
    imported, duplicates = (int(it.replace(",", "")) for it in re.findall(r"[\d,]+", summary))
    return imported, duplicates


def hook_lines() -> list[tuple[int, dict[str, Any]]]:
    """Return the captured hooks of the sessions whose transcripts were captured too."""
    here = {path.stem for path in (SAMPLES / "transcripts").rglob("*.jsonl")}
    files = sorted((SAMPLES / "sessions").glob("*.jsonl"))
    lines = [json.loads(it) for file in files for it in file.read_text("utf-8").split("\n") if it]
    return [(it["at_ms"], it["body"]) for it in lines if it["body"]["session_id"] in here]


def post_hooks(running: Hookwatch) -> None:
    """Post them as a forwarder's spool would be: late, with the time each fired."""
    for number, (at, body) in enumerate(hook_lines()):
        sent = {"X-Fired-At": str(at), "X-Event-Id": f"hook-{number}"}
        assert running.ingestd.ask("POST", "/events", json.dumps(body).encode(), sent).status == 200


def sessions_of(running: Hookwatch) -> dict[str, dict[str, Any]]:
    """Return every session's row, once all of the log is in the views."""
    last = len(rows_of(running))
    wait_for(lambda: running.queryd.get("/api/health").json()["views"]["folded_id"] >= last)
    found: dict[str, dict[str, Any]] = {}
    for row in running.queryd.get("/api/sessions?limit=1000").json()["sessions"]:
        found[row["session_id"]] = row
    return found


def counted(rows: list[tuple[Any, ...]]) -> Counter[tuple[str, str]]:
    """Return how many events of each kind each session has."""
    return Counter((session_id, kind) for session_id, kind, *_ in rows)


def test_a_second_run_adds_nothing(running: Hookwatch, tmp_path: Path) -> None:
    """People run it again whenever they wonder whether they did."""
    config = captured(tmp_path / "claude")
    first, _ = stored(backfill(running, config))
    before = rows_of(running)
    assert stored(backfill(running, config)) == (0, first)
    assert rows_of(running) == before
    assert len(before) == first


def test_events_from_hooks_are_not_imported_again(running: Hookwatch, tmp_path: Path) -> None:
    """A doubled prompt is a doubled turn, a doubled answer a doubled day."""
    post_hooks(running)
    before = counted(rows_of(running))
    backfill(running, captured(tmp_path / "claude"))
    more = counted(rows_of(running)) - before
    added = {key: count for key, count in more.items() if key[1] != "usage"}
    fork, branch = "2d0963b4-c406-422e-93bd-bb326952d92e", "f3e3ed20-4fc1-4abf-99ad-d79455418103"
    assert not [key for key in added if key[0] == branch]
    assert {key[1]: count for key, count in added.items() if key[0] == fork} == {
        "UserPromptSubmit": 4,
        "PreToolUse": 6,
        "PostToolUse": 6,
        "Stop": 4,
    }, "the history of a fork whose original was deleted"
    rest = Counter(key[1] for key in added if key[0] != fork for _ in range(added[key]))
    assert rest == {"PostToolBatch": 2, "PostToolUseFailure": 3}, "ends that no hook reports"


def test_imported_events_are_not_stored_again_from_hooks(
    running: Hookwatch, tmp_path: Path
) -> None:
    """A spool may be drained long after; each of its events finds the same one stored."""
    config = captured(tmp_path / "claude")
    backfill(running, config)
    before = counted(rows_of(running))
    post_hooks(running)
    after = counted(rows_of(running))
    hooks = Counter((body["session_id"], body["hook_event_name"]) for _, body in hook_lines())
    wrong = {
        key: (before[key], hooks[key], after[key])
        for key in after
        if key[1] in TWINNED and after[key] != max(before[key], hooks[key])
    }
    assert wrong == {}
    tools = [row for row in rows_of(running) if row[2] is not None]
    assert len({row[1:4] for row in tools}) == len(tools)
    assert stored(backfill(running, config))[0] == 0


def test_sessions_that_had_hooks_are_unchanged(running: Hookwatch, tmp_path: Path) -> None:
    """Filling in a past must not open what is over, nor answer what is asked now."""
    post_hooks(running)
    shown = ("status", "status_reason", "status_since", "title", "last_prompt", "model_name", "cwd")
    before = sessions_of(running)
    backfill(running, captured(tmp_path / "claude"))
    after = sessions_of(running)
    for session_id, row in before.items():
        stood = {name: row[name] for name in shown if row[name] is not None}
        assert {name: after[session_id][name] for name in stood} == stood, session_id


def test_a_question_asked_now_stays_open(running: Hookwatch, tmp_path: Path) -> None:
    """A live hook waits for its answer, even during a backfill."""
    now = {"session_id": ONE, "cwd": "/home/me/shop", "transcript_path": "/x/projects/-x/1.jsonl"}
    asks = {**now, "hook_event_name": "PermissionRequest", "tool_name": "Bash", "tool_input": {}}
    assert running.ingestd.post({**now, "hook_event_name": "UserPromptSubmit", "prompt": "now"})
    assert running.ingestd.post(asks).status == 200
    config = tmp_path / "claude"
    write(config, prompt_line("u1", 1, "then"), assistant_line("a1", 2, text("done")))
    assert stored(backfill(running, config)) == (3, 0)
    row = sessions_of(running)[ONE]
    assert row["status"] == "needs_permission"
    assert row["last_prompt"] == row["title"] == "now"
    assert row["event_count"] == 4, "the tokens of an answer are no event"
    turns = running.queryd.get(f"/api/sessions/{ONE}/turns").json()["turns"]
    assert {turn["prompt"]: turn["outcome"] for turn in turns} == {"now": "waiting", "then": "done"}


def test_each_session_is_shown_as_it_was(running: Hookwatch, tmp_path: Path) -> None:
    """The list is what people look at: how each ended, what it did, who helped."""
    backfill(running, captured(tmp_path / "claude"))
    rows = sessions_of(running)
    seen = {
        session_id[:4]: (
            row["status"],
            row["status_reason"],
            row["tool_count"],
            row["failure_count"],
            row["turn_count"],
            row["last_answer"],
        )
        for session_id, row in rows.items()
    }
    assert {status for status, *_ in seen.values()} == {"ended"}
    assert seen["daef"] == ("ended", "other", 1, 0, 1, "It printed.")
    assert seen["2966"] == ("ended", "other", 3, 1, 1, "All three are done.")
    assert seen["b840"] == ("ended", "other", 2, 2, 1, "Both were rejected.")
    assert seen["c395"] == ("ended", None, 22, 2, 11, "Hello! I am a scripted model.")
    assert seen["7051"] == ("ended", None, 8, 0, 12, "Got through after overload.")
    row = rows["31968d2d-1434-48cd-a38a-90b8fb934def"]
    assert (row["project"], row["model_name"]) == ("proj", "claude-opus-5-5")
    assert (
        row["title"]
        == row["last_prompt"]
        == "[[scn:agents2 cwd=/home/dev/print/proj]] " + ("scripted: agents2")
    )
    agents = {it["agent_type"]: it for it in row["agents"]}
    assert {name: it["status"] for name, it in agents.items()} == {
        "general-purpose": "done",
        "Explore": "done",
    }
    assert agents["Explore"]["tool_use_id"] == "toolu_018a3eca21e2124dc7955e4c"
    assert agents["Explore"]["description"] == "Second helper"
    assert (row["first_event_at"], row["last_event_at"]) == (1795368022428, 1795368023352)
    assert rows["2d0963b4-c406-422e-93bd-bb326952d92e"]["title"] == "my named session"
    tokens = running.queryd.get("/api/events?event_type=usage&limit=1").json()["events"][0]
    assert tokens["summary"].startswith("Tokens  claude-")


def test_a_session_without_an_end_does_not_need_the_user(
    running: Hookwatch, tmp_path: Path
) -> None:
    """One killed last week is quiet, one that had answered is done; no old question is asked."""
    config = tmp_path / "claude"
    killed, done, asked = (f"{digit * 8}-1111-4111-8111-111111111111" for digit in "234")
    call = assistant_line("a1", 2, tool_use("t1", command="sleep 9"), stop="tool_use")
    write(config, prompt_line("u1", 1, "go"), call, name=killed)
    write(config, prompt_line("u2", 1, "go"), assistant_line("a2", 2, text("Done.")), name=done)
    question = assistant_line(
        "a3", 2, tool_use("t3", "AskUserQuestion", questions=[]), stop="tool_use"
    )
    write(config, prompt_line("u3", 1, "go"), question, name=asked)
    backfill(running, config)
    rows = sessions_of(running)
    found = {it: (rows[it]["status"], rows[it]["status_reason"]) for it in rows}
    assert found == {
        killed: ("quiet", "no activity since working"),
        done: ("done", None),
        asked: ("quiet", "no activity since working"),
    }


def test_a_resumed_session_is_open_again(running: Hookwatch, tmp_path: Path) -> None:
    """Its transcript goes on in the same file, behind the lines of its end."""
    config = tmp_path / "claude"
    ended = {"type": "cost-state", "sessionId": ONE, "startTime": 1, "totalDuration": 2}
    first = [prompt_line("u1", 1, "one"), assistant_line("a1", 2, text("1")), ended]
    write(config, *first)
    assert stored(backfill(running, config)) == (4, 0)
    assert sessions_of(running)[ONE]["status"] == "ended"
    call = [
        assistant_line("a2", 102, tool_use("t1"), stop="tool_use"),
        result_line("r1", 103, "t1"),
    ]
    write(
        config, *first, prompt_line("u2", 101, "two"), *call, assistant_line("a3", 104, text("2"))
    )
    assert stored(backfill(running, config))[0] == 7
    row = sessions_of(running)[ONE]
    assert (row["status"], row["last_answer"], row["tool_count"]) == ("done", "2", 1)


def test_a_token_is_sent_and_its_absence_is_reported(tmp_path: Path) -> None:
    """A team's server refuses requests without."""
    config = tmp_path / "claude"
    write(config, prompt_line("u1", 1, "one"))
    with hookwatch(tmp_path / "data", "ingestd", HOOKWATCH_TOKEN=TOKEN) as running:
        refused = backfill(running, config, HOOKWATCH_TOKEN="")
        assert refused.returncode == 2
        assert "refuses requests (HTTP 401)" in refused.stderr
        assert stored(backfill(running, config)) == (1, 0)


def test_a_log_elsewhere_is_asked_of_queryd(running: Hookwatch, tmp_path: Path) -> None:
    """What hooks sent there is not imported again from here."""
    post_hooks(running)
    before = counted(rows_of(running))
    elsewhere = {"HOOKWATCH_DATA": str(tmp_path / "other")}
    config = captured(tmp_path / "claude")
    backfill(running, config, **elsewhere)
    more = counted(rows_of(running)) - before
    fork = "2d0963b4-c406-422e-93bd-bb326952d92e"
    twinned = {key: count for key, count in more.items() if key[1] in TWINNED and key[0] != fork}
    assert twinned == {}
    assert stored(backfill(running, config, **elsewhere))[0] == 0


def test_a_dry_run_stores_nothing_and_needs_no_ingestd(tmp_path: Path) -> None:
    """People want to know what it would do before there is anything to do it to."""
    config = captured(tmp_path / "claude")
    idle = Hookwatch(tmp_path / "data", {})
    done = backfill(idle, config, "--dry-run")
    assert done.returncode == 0
    assert "78 prompts, 95 calls (17 failed, " in done.stdout
    assert "Would import 598 events (0 duplicates)." in done.stdout
    assert not idle.log_path.exists()


def test_missing_ingestd_or_transcripts_is_reported(tmp_path: Path) -> None:
    """One clear line, and an exit code for scripts."""
    idle = Hookwatch(tmp_path / "data", {})
    away = backfill(idle, captured(tmp_path / "claude"))
    assert away.returncode == 2
    assert " (Connection refused). Start it with `make start`." in away.stderr
    nothing = backfill(idle, tmp_path / "nowhere", "--dry-run")
    assert nothing.returncode == 2
    assert "nowhere/projects" in nothing.stderr


def test_ends_are_marked_by_lines_without_a_time(running: Hookwatch, tmp_path: Path) -> None:
    """At its end the client writes its cost, start and duration."""
    config = tmp_path / "claude"
    ended = {"type": "cost-state", "startTime": 1_795_000_000_000, "totalDuration": 9_000}
    lines = [prompt_line("u1", 1, "one"), assistant_line("a1", 2, text("1")), ended]
    write(config, *lines, line("mode", "m", 3))
    backfill(running, config)
    row = sessions_of(running)[ONE]
    assert (row["status"], row["ended_at"], row["end_reason"]) == ("ended", 1_795_000_009_000, None)


@pytest.fixture
def stopped(tmp_path: Path) -> Hookwatch:
    """Give daemons that do not run: nothing is sent."""
    return Hookwatch(tmp_path / "data", {})


def test_missing_transcripts_are_reported_in_one_line(stopped: Hookwatch, tmp_path: Path) -> None:
    """An errno shows neither what is missing nor what to do."""
    done = backfill(stopped, tmp_path / "none", "--dry-run")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        f"hookwatch backfill: no transcripts found in {tmp_path}/none/projects. "
        "Set CLAUDE_CONFIG_DIR if they're elsewhere.\n"
    )


def test_a_projects_folder_that_is_a_file_is_named(stopped: Hookwatch, tmp_path: Path) -> None:
    """So is one that cannot be read."""
    (tmp_path / "projects").write_text("")
    done = backfill(stopped, tmp_path, "--dry-run")
    assert (done.returncode, done.stderr) == (
        2,
        f"hookwatch backfill: {tmp_path}/projects cannot be read: Not a directory\n",
    )


@pytest.mark.parametrize(
    ("projects", "asked", "answer"),
    [
        (["shop-api", "blog"], "shop-ap", "Did you mean shop-api?"),
        (["shop-api", "blog"], "xyz", "Known: blog, shop-api."),
        ([], "xyz", ""),
        ([f"p{n:02}" for n in range(12)], "none",
         "Known: p11, p10, p09, p08, p07, p06, p05, p04, p03, p02 and 2 more."),
    ],
)  # fmt: skip
def test_an_unknown_project_is_an_error_that_names_known_ones(
    stopped: Hookwatch, tmp_path: Path, projects: list[str], asked: str, answer: str
) -> None:
    """Without a message an empty run looks like success."""
    (tmp_path / "projects").mkdir()
    for number, name in enumerate(projects):
        folder = tmp_path / "projects" / f"-home-dev-{name}"
        folder.mkdir()
        line = {
            "type": "user",
            "uuid": f"u{number}",
            "cwd": f"/home/dev/{name}",
            "sessionId": f"s{number}",
            "timestamp": f"2026-11-01T00:00:{number:02}.000Z",
        }
        (folder / f"s{number}.jsonl").write_text(json.dumps(line) + "\n")
    done = backfill(stopped, tmp_path, "--dry-run", "--project", asked)
    message = f'no project named "{asked}" in {tmp_path}/projects. {answer}'.rstrip()
    assert (done.returncode, done.stdout, done.stderr) == (
        2,
        "",
        f"hookwatch backfill: {message}\n",
    )
