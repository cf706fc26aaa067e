"""Run Claude Code in a pseudo-terminal, in a home of its own, connected to Hookwatch."""

import fcntl
import json
import os
import pty
import signal
import struct
import subprocess
import sys
import termios
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final, TypeVar

ROOT: Final = Path(__file__).resolve().parents[2]
KEY: Final = "sk-ant-made-up-0123456789abcdef"
DEADLINE_S: Final = 60.0
POLL_S: Final = 0.01
ESC: Final = b"\x1b"
T = TypeVar("T")


class NotSeenError(Exception):
    """Report what did not come within the deadline."""


class ClaudeHome:
    """Hold a home in which Claude Code knows its project, its key, and our hooks."""

    def __init__(
        self, home: Path, claude: str, api_url: str, *, config: Path, data: Path, ingest_port: int
    ) -> None:
        self.claude, self.config, self.project = claude, config, home / "project"
        for folder in (self.project, home / "tmp", config):
            folder.mkdir(parents=True)
        collector = f"http://127.0.0.1:{ingest_port}"
        self.environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(home),
            "TMPDIR": str(home / "tmp"),
            "TERM": "xterm-256color",
            "CLAUDE_CONFIG_DIR": str(config),
            "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
            "CLAUDE_CODE_DISABLE_OFFICIAL_MARKETPLACE_AUTOINSTALL": "1",
            "DISABLE_AUTOUPDATER": "1",
            "ANTHROPIC_BASE_URL": api_url,
            "ANTHROPIC_API_KEY": KEY,
            "HTTP_PROXY": api_url,
            "HTTPS_PROXY": api_url,
            "NO_PROXY": "127.0.0.1",
            "HOOKWATCH_DATA": str(data),
            "HOOKWATCH_INGEST_PORT": str(ingest_port),
            # Telemetry alone reports that a user refused.
            "CLAUDE_CODE_ENABLE_TELEMETRY": "1",
            "OTEL_LOGS_EXPORTER": "otlp",
            "OTEL_EXPORTER_OTLP_PROTOCOL": "http/json",
            "OTEL_EXPORTER_OTLP_ENDPOINT": collector,
            "OTEL_LOGS_EXPORT_INTERVAL": "200",
        }
        project = {"hasTrustDialogAccepted": True, "hasCompletedProjectOnboarding": True}
        known = {
            "hasCompletedOnboarding": True,
            "theme": "dark",
            "customApiKeyResponses": {"approved": [KEY[-20:]], "rejected": []},
            "projects": {str(self.project): project},
        }
        (config / ".claude.json").write_text(json.dumps(known), "utf-8")
        subprocess.run(
            [sys.executable, "-m", "connect", "connect", "--yes"],
            cwd=ROOT,
            env=self.environment,
            check=True,
            capture_output=True,
        )

    def entries(self) -> list[dict[str, object]]:
        """Return what the registry says of the processes that run here."""
        found = []
        for path in (self.config / "sessions").glob("*.json"):
            with suppress(OSError, ValueError):
                found.append(json.JSONDecoder().raw_decode(path.read_text("utf-8"))[0])
        return found

    def status_of(self, pid: int) -> object:
        """Return the status that the registry has for a process, None without an entry."""
        return next((it.get("status") for it in self.entries() if it.get("pid") == pid), None)

    def kill_all(self) -> None:
        """End every process of this home, known by its environment."""
        mark = f"CLAUDE_CONFIG_DIR={self.config}".encode()
        for path in Path("/proc").glob("[0-9]*/environ"):
            with suppress(OSError):
                if mark in path.read_bytes().split(b"\0"):
                    os.kill(int(path.parent.name), signal.SIGKILL)


class ClaudeTerminal:
    """Run the client in a terminal; close the terminal at the end."""

    def __init__(self, home: ClaudeHome, *arguments: str) -> None:
        self.pid, self._fd = pty.fork()
        if self.pid == 0:
            os.chdir(home.project)
            os.execve(home.claude, [home.claude, *arguments], home.environment)  # noqa: S606
        fcntl.ioctl(self._fd, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))
        self._is_reaped = False
        self.screen = b""
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        try:
            self.session_id = str(wait_until("an idle prompt", lambda: self._idle_in(home)))
        except NotSeenError:
            self.kill()
            self.close()
            raise

    def prompt(self, text: str) -> None:
        """Type a prompt and submit it: a text and its Enter in one read count as pasted."""
        before = len(self.screen)
        self.press(text.encode())
        last = text.rsplit(maxsplit=1)[-1].encode()
        wait_until(f"{text!r} on the screen", lambda: last in self.screen[before:])
        self.press(b"\r")

    def press(self, keys: bytes) -> None:
        os.write(self._fd, keys)

    def kill(self) -> None:
        """Kill the client and reap it: a zombie counts as running."""
        if not self._is_reaped:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
            self._is_reaped = True

    def close(self) -> None:
        """Close the terminal, as its window would."""
        fd, self._fd = self._fd, -1
        if fd >= 0:
            with suppress(OSError):
                os.killpg(self.pid, signal.SIGHUP)  # closing waits for a blocked read
            os.close(fd)

    def _read(self) -> None:
        with suppress(OSError):
            while self._fd >= 0 and (chunk := os.read(self._fd, 65_536)):
                self.screen += chunk

    def _idle_in(self, home: ClaudeHome) -> object:
        return next(
            (
                it["sessionId"]
                for it in home.entries()
                if it.get("pid") == self.pid and it.get("status") == "idle"
            ),
            None,
        )


def wait_until(
    what: str, condition: Callable[[], T | None], *, deadline_s: float = DEADLINE_S
) -> T:
    """Return the first true value of a condition; raise NotSeenError."""
    end = time.monotonic() + deadline_s
    while True:
        if value := condition():
            return value
        if time.monotonic() > end:
            raise NotSeenError(f"no {what} within {deadline_s:.0f} s")
        time.sleep(POLL_S)
