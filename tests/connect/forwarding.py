"""Run the real forwarder in real shells, as Claude Code would."""

import json
import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from shared.event import Event
from shared.reader import Reader
from tests.running import DEADLINE_S, ROOT

SCRIPT: Final = ROOT / "connect" / "plugin" / "scripts" / "forward.sh"
SHELLS: Final = {
    name: command
    for name, command in {
        "sh": ["sh"],
        "dash": ["dash"],
        "bash": ["bash", "--posix"],
        "busybox": ["busybox", "sh"],
    }.items()
    if shutil.which(command[0])
}
CLAUDE: Final = {
    "CLAUDE_PROJECT_DIR": "/home/dev/my shop",
    "CLAUDE_CODE_ENTRYPOINT": "cli",
    "CLAUDE_CODE_SESSION_ATTENDED": "1",
    "CLAUDE_PID": "4242",
    "AI_AGENT": "claude-code_2-1-330_harness",
    "USER": "dev",
}
"""What the real client puts into a command hook's environment."""


class Forwarder:
    """Forward hooks to a URL over a spool."""

    def __init__(self, url: str, spool: Path, *, script: Path = SCRIPT, shell: str = "sh") -> None:
        self.url = url
        self.spool = spool
        self.script = script
        self.shell = shell

    def command(self, via: str = "settings") -> list[str]:
        """Return its command line."""
        shell = SHELLS[self.shell]
        given = [str(self.script), via, self.url, str(self.spool)]
        return [str(shutil.which(shell[0])), *shell[1:], *given]

    def start(
        self,
        *,
        via: str = "settings",
        environment: Mapping[str, str] | None = None,
        **options: Any,
    ) -> subprocess.Popen[bytes]:
        """Start one; its body is still to come."""
        given = {"PATH": os.environ["PATH"], **CLAUDE} if environment is None else environment
        return subprocess.Popen(
            self.command(via),
            stdin=options.pop("stdin", subprocess.PIPE),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=dict(given),
            **options,
        )

    def forward(self, body: bytes, **options: Any) -> None:
        """Forward one hook: whatever happens, nothing is printed, and the code is 0."""
        process = self.start(**options)
        printed = process.communicate(None if "stdin" in options else body, timeout=DEADLINE_S)
        assert (process.returncode, *printed) == (0, b"", b"")

    def waiting(self) -> list[Path]:
        """Return the files that wait to be drained, in their order."""
        return sorted(self.spool.glob("*.event"))

    def dropped(self) -> int:
        """Return how many events were counted as lost."""
        count = self.spool / ".dropped"
        return count.stat().st_size if count.exists() else 0


def hook(number: int = 0, **more: Any) -> bytes:
    """Return a hook body as the client writes it: one line, UTF-8, and a line's end."""
    body = {"session_id": "s", "hook_event_name": "UserPromptSubmit", "prompt": number, **more}
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def read_spooled(file: Path) -> tuple[dict[str, Any], bytes]:
    """Return a spooled file's metadata and body."""
    line, _, body = file.read_bytes().partition(b"\n")
    return json.loads(line), body


def log_events(path: Path) -> list[Event]:
    """Return the log's events."""
    log = Reader(path)
    try:
        return log.after(0, limit=10_000)
    finally:
        log.close()


def prompts(path: Path) -> list[Any]:
    """Return the prompts of the log's events, in its order."""
    return [json.loads(bytes(event.payload))["prompt"] for event in log_events(path)]


def script_with(folder: Path, **values: str) -> Path:
    """Return a copy of the script in which some of its numbers are others."""
    text = SCRIPT.read_text("utf-8")
    for name, value in values.items():
        before = next(line for line in text.split("\n") if line.startswith(f"{name}="))
        text = text.replace(before, f"{name}={value}")
    folder.mkdir(exist_ok=True)
    copy = folder / "forward.sh"
    copy.write_text(text, "utf-8")
    return copy


def path_with(folder: Path, *names: str, **scripts: str) -> str:
    """Return a PATH with these programs and no other; `scripts` are ones of our own."""
    folder.mkdir()
    for name in names:
        (folder / name).symlink_to(str(shutil.which(name)))
    for name, text in scripts.items():
        (folder / name).write_text(f"#!/bin/sh\n{text}\n", "utf-8")
        (folder / name).chmod(0o755)
    return str(folder)
