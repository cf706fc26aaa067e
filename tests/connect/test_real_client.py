"""Run the real Claude Code against a scripted API, and see what arrives in a real ingestd.

Opt-in: set `HOOKWATCH_TEST_CLAUDE` to the program's path, or to 1 for the `claude` on the PATH. The
client gets a home of its own and a proxy that refuses everything, so nothing leaves the machine.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest

from shared.reader import Reader
from tests.connect.scripted_api import ScriptedApi
from tests.running import ROOT, Hookwatch, hookwatch, wait_for

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from shared.event import Event

# Out of the environment at once: the daemons refuse a setting that they do not know.
ASKED = os.environ.pop("HOOKWATCH_TEST_CLAUDE", "")
CLAUDE = shutil.which("claude" if ASKED in {"1", "yes", "true"} else ASKED) if ASKED else None
pytestmark = [
    pytest.mark.skipif(not ASKED, reason="runs the real client: set HOOKWATCH_TEST_CLAUDE to it"),
    pytest.mark.skipif(
        bool(ASKED) and CLAUDE is None, reason=f"HOOKWATCH_TEST_CLAUDE={ASKED}: no such program"
    ),
]
PLUGIN = "connect/plugin"
DEADLINE_S = 60
ONE_TURN = [
    "SessionStart",
    "UserPromptSubmit",
    "PreToolUse",
    "PostToolUse",
    "PostToolBatch",
    "Stop",
    "SessionEnd",
]
"""What a turn of one call sends; in print mode nothing asks, and nothing is displayed by lines."""


class ClaudeCode:
    """Run the client in a home of its own."""

    def __init__(self, home: Path, api: ScriptedApi, hookwatch_port: int, data: Path) -> None:
        self.config, self.project = home / "config", home / "a project"
        for folder in (self.config, self.project, home / "tmp"):
            folder.mkdir()
        self.api = api
        self._environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(home),
            "TMPDIR": str(home / "tmp"),
            "CLAUDE_CONFIG_DIR": str(self.config),
            "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
            "DISABLE_TELEMETRY": "1",
            "DISABLE_AUTOUPDATER": "1",
            "ANTHROPIC_BASE_URL": api.url,
            "ANTHROPIC_API_KEY": "sk-ant-made-up",
            "HTTP_PROXY": api.url,
            "HTTPS_PROXY": api.url,
            "NO_PROXY": "127.0.0.1",
            "HOOKWATCH_DATA": str(data),
            "HOOKWATCH_INGEST_PORT": str(hookwatch_port),
        }

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run it once, to its end."""
        assert CLAUDE is not None
        return subprocess.run(
            [CLAUDE, *arguments],
            cwd=self.project,
            env=self._environment,
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            timeout=DEADLINE_S,
            check=False,
        )

    def prompt(self, prompt: str) -> None:
        """Run a session of one turn; its output must not show the hooks."""
        done = self.run("-p", prompt, "--allowedTools", "Bash(echo:*)")
        assert (done.stdout, done.stderr, done.returncode) == ("All done.\n", "", 0)
        assert self.api.leaks == []

    def install_plugin(self) -> None:
        """Install ours from the checkout, as docs/connect.md says."""
        for arguments in (("marketplace", "add", str(ROOT)), ("install", "hookwatch@hookwatch")):
            done = self.run("plugin", *arguments)
            assert done.returncode == 0, done.stdout + done.stderr

    def connect(self) -> None:
        """Put hooks into the user's settings by our own command."""
        done = subprocess.run(
            [sys.executable, "-m", "connect", "connect", "--yes"],
            cwd=ROOT,
            env=self._environment,
            capture_output=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr

    def transcripts(self) -> str:
        """Return all that the client wrote down of its sessions."""
        files = (self.config / "projects").rglob("*.jsonl")
        return "".join(file.read_text("utf-8") for file in files)


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Hookwatch]:
    """Run ingestd."""
    with hookwatch(tmp_path / "data", "ingestd") as it:
        yield it


@pytest.fixture
def client(tmp_path: Path, running: Hookwatch) -> Iterator[ClaudeCode]:
    """Give a client that knows nothing of us yet."""
    api = ScriptedApi("echo hooked", "All done.")
    home = tmp_path / "home"
    home.mkdir()
    with closing(api):
        yield ClaudeCode(home, api, running.ingestd.port, running.data)


def events(running: Hookwatch, last: str = "SessionEnd") -> list[Event]:
    """Wait until the log holds the end of a session, and return all there is."""

    def find() -> list[Event]:
        with closing(Reader(running.log_path)) as log:
            found = log.after(0)
        return found if any(it.hook_event_type == last for it in found) else []

    return wait_for(find)


def sender_of(event: Event) -> dict[str, Any]:
    """Return what the sender added beside the body."""
    found: dict[str, Any] = json.loads(bytes(event.sender or b"{}"))
    return found


@pytest.mark.parametrize("what", ["", PLUGIN])
def test_the_client_accepts_the_marketplace_and_the_plugin(client: ClaudeCode, what: str) -> None:
    """An unknown field prevents installation."""
    done = client.run("plugin", "validate", "--strict", str(ROOT / what))
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Validation passed" in done.stdout


def test_a_session_with_the_plugin_arrives_complete_without_output(
    client: ClaudeCode, running: Hookwatch
) -> None:
    """Installed is not working: this is the client itself, from the marketplace to the log."""
    client.install_plugin()
    client.prompt("Say something")
    arrived = events(running)
    assert [it.hook_event_type for it in arrived] == ONE_TURN
    assert {it.source_app for it in arrived} == {client.project.name}
    for event in arrived:
        sender = sender_of(event)
        assert (sender["via"], sender["entrypoint"]) == ("plugin", "sdk-cli")
        assert sender["project_dir"] == str(client.project)
    assert "hook_success" not in client.transcripts()
    assert "hook_non_blocking_error" not in client.transcripts()


def test_hooks_in_settings_and_the_plugin_store_each_event_once(
    client: ClaudeCode, running: Hookwatch
) -> None:
    """Users connect, then find the plugin; every figure would be doubled."""
    client.install_plugin()
    client.connect()
    client.prompt("Say something")
    arrived = events(running)
    # The copy of the last event may be on its way still; a second session comes after it.
    client.prompt("Say it again")
    wait_for(lambda: len({it.session_id for it in events(running)}) == 2)
    first = [it for it in events(running) if it.session_id == arrived[0].session_id]
    assert {sender_of(it)["via"] for it in events(running)} == {"settings", "plugin"}
    assert sorted(it.hook_event_type for it in first) == sorted(ONE_TURN)


def test_with_ingestd_down_nothing_shows_and_nothing_is_lost(
    client: ClaudeCode, running: Hookwatch
) -> None:
    """The rule above all."""
    client.install_plugin()
    running.ingestd.kill()
    client.prompt("Say something")
    assert "hook_success" not in client.transcripts()
    wait_for(lambda: len(list((running.data / "spool").glob("*.event"))) == len(ONE_TURN))
    running.ingestd.start()
    assert [it.hook_event_type for it in events(running)] == ONE_TURN


def test_the_command_shows_the_state(client: ClaudeCode, running: Hookwatch) -> None:
    """It is the one place in the client that shows that it works."""
    client.install_plugin()
    client.run("-p", "/hookwatch:hookwatch")
    asked = json.dumps(client.api.asked[0]["messages"])
    assert f"ingestd: running at http://127.0.0.1:{running.ingestd.port}" in asked
    assert "Events waiting on disk until ingestd takes them: 0" in asked
    assert "UserPromptExpansion" in [it.hook_event_type for it in events(running)]
