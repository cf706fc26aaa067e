"""Test which hooks are found in Claude Code's settings, and what leaves that file."""

import json
import os
from pathlib import Path
from typing import Any

import msgspec
import pytest

from queryd.health.installed_hooks import MAX_BYTES, HookInstallation, InstalledHook, InstalledHooks
from shared.hook_events import HOOK_EVENTS
from shared.settings import Settings
from tests.running import SAMPLES

OURS = {"type": "http", "url": "http://127.0.0.1:4000/events", "timeout": 3}
THEIRS = {"type": "http", "url": "http://127.0.0.1:9999/events"}


def read_hooks(
    folder: Path, text: str | bytes | dict[str, Any] | None, **known: Any
) -> HookInstallation:
    """Return what is found when this is the user's settings file."""
    if isinstance(text, dict):
        text = json.dumps(text)
    if text is not None:
        (folder / "settings.json").write_bytes(text.encode() if isinstance(text, str) else text)
    return InstalledHooks(Settings(**known), {"CLAUDE_CONFIG_DIR": str(folder)}).read()


def hooks(**handlers: Any) -> dict[str, Any]:
    """Return settings with one group of handlers for each event."""
    return {"hooks": {event: [{"hooks": given}] for event, given in handlers.items()}}


def test_the_installed_events_are_listed(tmp_path: Path) -> None:
    """Anyone who misses a kind of event sees at once that no hook sends it."""
    curl = {"type": "command", "command": "curl -s --data-binary @- http://localhost:4000/events"}
    found = read_hooks(
        tmp_path, hooks(Stop=[THEIRS, OURS], SessionStart=[curl], PreCompact=[THEIRS])
    )
    assert found.state == "read"
    assert found.hooks == [
        InstalledHook("Stop", "http", some=False),
        InstalledHook("SessionStart", "command", some=False),
    ]
    assert "PreCompact" in found.missing
    assert not {"Stop", "SessionStart", "WorktreeCreate"} & set(found.missing)
    assert found.warnings == []


@pytest.mark.parametrize(
    ("url", "ours"),
    [
        ("http://localhost:4000/events", True),
        ("http://[::1]:4000/events", True),
        ("http://127.1.2.3:4000/", True),
        ("http://0.0.0.0:4000/events", True),
        ("HTTP://LOCALHOST:4000/events", True),
        ("http://log.example:4000/events", True),
        ("http://127.0.0.1:40001/events", False),
        ("http://127.0.0.1/events", False),
        ("http://elsewhere.example:4000/events", False),
        ("http://10.0.0.7:4000/events", False),
        ("http://127.0.0.1:port/events", False),
        ("http://[::1:4000/events", False),
        (["http://127.0.0.1:4000/events"], False),
        (None, False),
    ],
)
def test_only_urls_of_this_ingestd_are_its_hooks(
    tmp_path: Path, url: object, *, ours: bool
) -> None:
    """Another tool's hook must not pass for ours, nor ours be missed."""
    given = hooks(Stop=[{"type": "http", "url": url}])
    assert bool(read_hooks(tmp_path, given, allowed_hosts=("log.example",)).hooks) is ours


@pytest.mark.parametrize(
    ("command", "ours"),
    [
        ("curl http://127.0.0.1:4000/events", True),
        ("curl http://127.0.0.1:40001/events", False),
        ("/opt/Hookwatch/forward", True),
        ("echo hi", False),
        (7, False),
    ],
)
def test_only_commands_that_call_hookwatch_are_its_hooks(
    tmp_path: Path, command: object, *, ours: bool
) -> None:
    """SessionStart takes commands alone."""
    given = hooks(SessionStart=[{"type": "command", "command": command}])
    assert bool(read_hooks(tmp_path, given).hooks) is ours


def test_a_matcher_selects_only_some_events(tmp_path: Path) -> None:
    """A hook for Bash alone explains why no Read is seen."""
    only = {"matcher": "Bash", "hooks": [OURS]}
    every = {"matcher": "*", "hooks": [OURS]}
    given = {"hooks": {"PreToolUse": [only], "PostToolUse": [only, every]}}
    assert read_hooks(tmp_path, given).hooks == [
        InstalledHook("PreToolUse", "http", some=True),
        InstalledHook("PostToolUse", "http", some=False),
    ]


def test_problems_with_the_hooks_are_shown(tmp_path: Path) -> None:
    """Each of these silences hooks, or breaks Claude Code, without a word."""
    given = hooks(WorktreeCreate=[OURS], SessionStart=[OURS], Stop=[{"type": "webhook"}])
    found = read_hooks(tmp_path, {**given, "disableAllHooks": True})
    assert found.warnings == ["all_disabled", "worktree_create", "http_passed_over", "unknown_kind"]


def test_nothing_else_of_the_settings_file_is_returned(tmp_path: Path) -> None:
    """It holds keys, and what people let Claude do."""
    secret = {"apiKeyHelper": "hunter2", "env": {"TOKEN": "hunter2"}, "model": "hunter2"}
    theirs = {"type": "command", "command": "mail hunter2"}
    ours = {"type": "command", "command": "hookwatch --key hunter2", "args": ["hunter2"]}
    found = read_hooks(tmp_path, {**hooks(Stop=[theirs, ours], Hunter2=[theirs]), **secret})
    assert len(found.hooks) == 1
    assert b"hunter2" not in msgspec.json.encode(found).lower()


@pytest.mark.parametrize(
    ("text", "state"),
    [
        (None, "absent"),
        ("", "not_json"),
        ('{"hooks": // mine\n{}}', "not_json"),
        (b'{"a": "\xff"}', "not_json"),
        ("[" * 100_000, "not_json"),
        ("[]", "not_an_object"),
        ("null", "not_an_object"),
        (b" " * (MAX_BYTES + 1), "too_large"),
    ],
)
def test_a_broken_file_is_reported(tmp_path: Path, text: str | bytes | None, state: str) -> None:
    """The page that answers "is it working?" must work when little else does."""
    found = read_hooks(tmp_path, text)
    assert (found.state, found.hooks, found.missing) == (state, (), ())


@pytest.mark.parametrize(
    "given",
    [
        7,
        [],
        "all",
        {"Stop": OURS},
        {"Stop": [OURS]},
        {"Stop": ["x", None, {"hooks": "x"}, {"hooks": [None, 7, {}, {"type": []}]}]},
    ],
)
def test_a_file_of_another_shape_has_no_hooks(tmp_path: Path, given: object) -> None:
    """People edit it by hand."""
    found = read_hooks(tmp_path, json.dumps({"hooks": given}))
    assert (found.state, found.hooks, found.warnings) == ("read", [], [])


def test_a_settings_path_that_is_no_file_does_not_block(tmp_path: Path) -> None:
    """Reading a pipe never ends."""
    os.mkfifo(tmp_path / "settings.json")
    assert read_hooks(tmp_path, None).state == "unreadable"


def test_only_a_changed_settings_file_is_read_again(tmp_path: Path) -> None:
    """The page asks every two seconds; hooks are read live by Claude Code too."""
    file = tmp_path / "settings.json"
    installed = InstalledHooks(Settings(), {"CLAUDE_CONFIG_DIR": str(tmp_path)})
    assert installed.read().state == "absent"
    file.write_text(json.dumps(hooks(Stop=[OURS])), "utf-8")
    first = installed.read()
    assert installed.read() is first
    file.write_text(json.dumps(hooks(Stop=[OURS], SessionEnd=[OURS])), "utf-8")
    assert len(installed.read().hooks) == 2
    file.unlink()
    assert installed.read().state == "absent"


def test_the_home_folder_is_shown_as_a_tilde(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is copied into a bug report should not name its writer."""
    monkeypatch.setenv("HOME", str(tmp_path))
    assert InstalledHooks(Settings(), {}).read().path == "~/.claude/settings.json"


def test_every_captured_event_type_is_known() -> None:
    """An event left out here would be missing from "never received" for ever."""
    captured = {path.stem for path in (SAMPLES / "examples").glob("*.json")}
    assert captured <= set(HOOK_EVENTS)
