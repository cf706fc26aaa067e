"""What a user does in a terminal and no hook reports, and the row that Hookwatch must show then."""

import json
import shutil
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from subprocess import DEVNULL, run
from typing import Any, Final

import msgspec

from bench.true_state.api import SceneApi
from bench.true_state.client import (
    DEADLINE_S,
    ESC,
    ClaudeHome,
    ClaudeTerminal,
    NotSeenError,
    wait_until,
)

KEY_TAKEN_S: Final = 2.0
"""How long a key may take to close a dialog before it counts as dropped."""


class Scene(msgspec.Struct, frozen=True):
    """A prompt, the status that it leads to, and what is done then."""

    prompt: str | None
    before: str
    act: Callable[[ClaudeTerminal], None]
    status: str
    source: str
    """What it is known from; `process` until the registry's record of an end has come."""
    outcome: str | None = None
    """Of the last ask."""


def _press(keys: bytes) -> Callable[[ClaudeTerminal], None]:
    return lambda terminal: terminal.press(keys)


SCENES: Final = {
    "Esc in a tool": Scene("tool", "working", _press(ESC), "interrupted", "registry"),
    "Esc in text": Scene("text", "working", _press(ESC), "interrupted", "registry"),
    "Esc at a prompt": Scene(
        "ask", "needs_permission", _press(ESC), "interrupted", "registry", "denied"
    ),
    "No at a prompt": Scene(
        "ask", "needs_permission", _press(b"3"), "interrupted", "registry", "denied"
    ),
    "Esc at a question": Scene(
        "question", "needs_input", _press(ESC), "interrupted", "registry", "denied"
    ),
    "kill -9": Scene("tool", "working", ClaudeTerminal.kill, "ended", "registry"),
    "terminal closed": Scene("tool", "working", ClaudeTerminal.close, "ended", "hook"),
    "/clear": Scene(None, "done", lambda terminal: terminal.prompt("/clear"), "ended", "hook"),
}


class Seen(msgspec.Struct, frozen=True):
    """The row that a scene led to, and how long after the key it came."""

    row: dict[str, Any]
    seconds: float


class Sessions:
    """Read sessions' rows from queryd."""

    def __init__(self, query_port: int) -> None:
        self._base = f"http://127.0.0.1:{query_port}/api/sessions"

    def row(self, session_id: str) -> dict[str, Any] | None:
        with suppress(OSError), urllib.request.urlopen(f"{self._base}/{session_id}") as answer:  # noqa: S310
            found: dict[str, dict[str, Any]] = json.load(answer)
            return found["session"]
        return None

    def wait(self, session_id: str, **values: object) -> dict[str, Any]:
        """Wait for a row with these values; raise NotSeenError with the last row."""
        last: dict[str, Any] = {}

        def find() -> dict[str, Any] | None:
            row = self.row(session_id)
            if row is None:
                return None
            last.update(row)
            return row if all(row.get(name) == it for name, it in values.items()) else None

        try:
            return wait_until(f"row with {values}", find)
        except NotSeenError as error:
            shown = {name: last.get(name) for name in ("status", "status_source", "asks")}
            raise NotSeenError(f"{error}: {shown}") from None


@contextmanager
def claude_home(claude: str, *, config: Path, data: Path, ingest_port: int) -> Iterator[ClaudeHome]:
    """Give a home with a scripted API; end every process of it."""
    folder = Path(tempfile.mkdtemp(prefix="hookwatch-client-"))
    with closing(SceneApi()) as api:
        home = ClaudeHome(
            folder, claude, api.url, config=config, data=data, ingest_port=ingest_port
        )
        try:
            yield home
        finally:
            home.kill_all()
            shutil.rmtree(folder, ignore_errors=True)


def play(scene: Scene, home: ClaudeHome, sessions: Sessions) -> Seen:
    """Play a scene and wait for its row."""
    options = ("--permission-mode", "default", "--allowedTools", "Bash(tail:*)")
    terminal = ClaudeTerminal(home, *options)
    try:
        if scene.prompt is not None:
            terminal.prompt(f"scene: {scene.prompt}")
        row = sessions.wait(terminal.session_id, status=scene.before)
        if scene.prompt == "tool":
            wait_until("running tool", lambda: _tool_of(sessions, terminal))
        if scene.prompt == "text":
            wait_until("text", lambda: b"More and more" in terminal.screen)
        started = _act(scene, home, terminal)
        row = sessions.wait(terminal.session_id, status=scene.status)
        seconds = time.monotonic() - started
        if scene.outcome is not None:
            row = wait_until("outcome of the ask", lambda: _answered(sessions, terminal, scene))
        return Seen(row, seconds)
    finally:
        terminal.kill()
        terminal.close()


def play_in_background(home: ClaudeHome, sessions: Sessions) -> Seen:
    """Run a session in the background, `claude --bg`, and wait until it is done."""
    known = {it["sessionId"] for it in home.entries()}
    started = time.monotonic()
    run(
        [home.claude, "--bg", "Say something"],
        cwd=home.project,
        env=home.environment,
        stdin=DEVNULL,
        capture_output=True,
        check=True,
        timeout=60,
    )
    session_id = wait_until(
        "entry of a background session",
        lambda: next(
            (
                str(it["sessionId"])
                for it in home.entries()
                if it.get("kind") == "bg" and it["sessionId"] not in known
            ),
            None,
        ),
    )
    row = sessions.wait(session_id, status="done", last_answer="All done.")
    return Seen(row, time.monotonic() - started)


def _act(scene: Scene, home: ClaudeHome, terminal: ClaudeTerminal) -> float:
    """Act, and return when the client took it.

    A hook reports a dialog before it is drawn, and for some time after that the client drops keys:
    one that changed nothing is pressed again.
    """
    if not scene.before.startswith("needs_"):
        started = time.monotonic()
        scene.act(terminal)
        return started
    wait_until("dialog", lambda: home.status_of(terminal.pid) == "waiting")
    end = time.monotonic() + DEADLINE_S
    while True:
        started = time.monotonic()
        scene.act(terminal)
        with suppress(NotSeenError):
            wait_until(
                "end of the dialog",
                lambda: home.status_of(terminal.pid) != "waiting",
                deadline_s=KEY_TAKEN_S,
            )
            return started
        if started > end:
            raise NotSeenError("the dialog took no key")


def _tool_of(sessions: Sessions, terminal: ClaudeTerminal) -> object:
    return (sessions.row(terminal.session_id) or {}).get("current_tool")


def _answered(sessions: Sessions, terminal: ClaudeTerminal, scene: Scene) -> dict[str, Any] | None:
    row = sessions.row(terminal.session_id) or {}
    asks = row.get("asks") or [{}]
    return row if asks[-1].get("outcome") == scene.outcome else None
