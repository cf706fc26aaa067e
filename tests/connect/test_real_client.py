"""Run the real Claude Code against a scripted API, and see what arrives in a real ingestd.

Opt-in: set `HOOKWATCH_TEST_CLAUDE` to the program's path, or to 1 for the `claude` on the PATH. The
client gets a home of its own and a proxy that refuses everything, so nothing leaves the machine.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest

from shared.reader import Reader
from tests.connect.scripted_api import ScriptedApi
from tests.processes.socket_holder import SocketHolder, managed
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
DEADLINE_S = 120
LARGE = 'é\u2028"' * 200_000
"""1.2 MB of UTF-8."""
CALL = ("PreToolUse", "PostToolUse", "PostToolBatch")
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
        for folder in (self.config, self.project, home / "tmp", home / "bin"):
            folder.mkdir()
        self._curls = home / "curls"
        _record_runs(home / "bin" / "curl", self._curls)
        self.api = api
        self._environment = {
            "PATH": f"{home / 'bin'}:{os.environ['PATH']}",
            "HOME": str(home),
            "TMPDIR": str(home / "tmp"),
            "CLAUDE_CONFIG_DIR": str(self.config),
            "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
            "CLAUDE_CODE_DISABLE_OFFICIAL_MARKETPLACE_AUTOINSTALL": "1",
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
        done = self.run("-p", prompt, "--allowedTools", "Bash(echo:*),Write")
        assert (done.stdout, done.stderr, done.returncode) == ("All done.\n", "", 0)
        assert self.api.leaks == []

    def install_plugin(self) -> None:
        """Install ours from the checkout, as docs/connect.md says."""
        for arguments in (("marketplace", "add", str(ROOT)), ("install", "hookwatch@hookwatch")):
            done = self.run("plugin", *arguments)
            assert done.returncode == 0, done.stdout + done.stderr

    def connect(self, via: str = "command") -> None:
        """Put hooks into the user's settings by our own command."""
        done = subprocess.run(
            [sys.executable, "-m", "connect", "connect", "--yes", "--via", via],
            cwd=ROOT,
            env=self._environment,
            capture_output=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr

    @property
    def curls(self) -> int:
        """Return how often hooks ran curl."""
        return len(self._curls.read_text().splitlines()) if self._curls.exists() else 0

    def transcripts(self) -> str:
        """Return all that the client wrote down of its sessions."""
        files = (self.config / "projects").rglob("*.jsonl")
        return "".join(file.read_text("utf-8") for file in files)


def _record_runs(program: Path, log: Path) -> None:
    """Put a program before the real one of its name that records each run."""
    real = shutil.which(program.name)
    program.write_text(f"#!/bin/sh\necho run >>'{log}'\nexec {real} \"$@\"\n", "utf-8")
    program.chmod(0o755)


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
    assert "Events waiting on disk for ingestd: 0" in asked
    assert "UserPromptExpansion" in [it.hook_event_type for it in events(running)]


def long_session(client: ClaudeCode) -> list[str]:
    """Script a session of several calls, two of them with bodies of over 1 MB; return its hooks."""
    file = {"file_path": str(client.project / "large.txt"), "content": LARGE}
    echoes = [("Bash", {"command": f"echo {number}"}) for number in range(4)]
    client.api.calls = [echoes[0], ("Write", file), *echoes[1:]]
    calls = [f"{kind} {number}" for number in range(1, 6) for kind in CALL]
    return ["SessionStart", "UserPromptSubmit", *calls, "Stop", "SessionEnd"]


def hooks_of(found: list[Event]) -> list[str]:
    """Return the hooks in the order of the log, each with the number of its call."""
    named = []
    for event in found:
        payload = json.loads(bytes(event.payload))
        first = (payload.get("tool_calls") or [{}])[0]
        call = payload.get("tool_use_id") or first.get("tool_use_id", "")
        number = call.removeprefix("toolu_").removesuffix("Scripted").lstrip("0")
        named.append(f"{event.hook_event_type} {number}".strip())
    return named


def check_large_bodies(found: list[Event]) -> None:
    """Fail unless the bodies of over 1 MB are whole."""
    large = [event for event in found if event.payload_bytes > 1_000_000]
    assert {event.hook_event_type for event in large} >= {"PreToolUse", "PostToolUse"}
    for event in large:
        if event.hook_event_type != "PostToolBatch":
            assert json.loads(bytes(event.payload))["tool_input"]["content"] == LARGE


@pytest.mark.parametrize("via", ["command", "spool"])
@pytest.mark.parametrize("state", ["up", "hung", "down", "killed"])
def test_by_a_script_each_hook_is_stored_once_in_order_whatever_ingestd_does(
    client: ClaudeCode, running: Hookwatch, via: str, state: str
) -> None:
    """And Claude Code prints nothing, and ends although ingestd does not answer.

    That it ends is also that no process of a hook keeps a stream that it inherited: its output is
    read to the end.
    """
    client.connect(via)
    expected = long_session(client)
    if state == "hung":
        running.ingestd.send(signal.SIGSTOP)
    elif state == "down":
        running.ingestd.kill()
    elif state == "killed":
        steps = {2: running.ingestd.kill, 4: running.ingestd.start}
        client.api.before_answer = lambda number: steps.get(number, lambda: None)()
    try:
        client.prompt("Say something")
    finally:
        if state == "hung":
            running.ingestd.send(signal.SIGCONT)
    if state == "down":
        running.ingestd.start()
    found = events(running)
    assert hooks_of(found) == expected
    check_large_bodies(found)
    assert "hook_non_blocking_error" not in client.transcripts()
    if via == "spool":
        assert client.curls == 0
    elif state == "hung":
        assert client.curls == 1  # what waits in the spool is behind the first
    elif state == "up":
        assert client.curls == len(expected)


def restart(ingestd: SocketHolder) -> None:
    ingestd.end(signal.SIGKILL)
    ingestd.launch()


@pytest.mark.parametrize("state", ["down at first", "hung", "killed"])
def test_by_http_each_hook_is_stored_once_in_order_while_the_port_is_held(
    tmp_path: Path, state: str
) -> None:
    """It is proposed where a service holds the port: then a restart refuses no hook."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=2048)
    port: int = listener.getsockname()[1]
    api = ScriptedApi("echo hooked", "All done.")
    home, data = tmp_path / "home", tmp_path / "data"
    home.mkdir()
    with closing(api), managed("ingestd", listener, data) as ingestd:
        ingestd.launch()
        client = ClaudeCode(home, api, port, data)
        client.connect("http")
        expected = long_session(client)
        if state == "killed":
            api.before_answer = lambda number: restart(ingestd) if number in {1, 3} else None
        elif state == "hung":
            signals = {3: signal.SIGSTOP, 4: signal.SIGCONT}
            api.before_answer = lambda number: (
                ingestd.send(signals[number]) if number in signals else None
            )
        client.prompt("Say something")
        running = Hookwatch(data, {"HOOKWATCH_INGEST_PORT": str(port)})
        found = events(running)
    assert hooks_of(found) == expected
    check_large_bodies(found)
    assert "hook_non_blocking_error" not in client.transcripts()
