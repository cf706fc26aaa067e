"""Run the real forwarder in real shells, as Claude Code would."""

import json
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

from shared.event import Event
from shared.hook_handlers import command_handler
from shared.reader import Reader
from tests.running import DEADLINE_S, ROOT

SCRIPTS: Final = ROOT / "connect" / "plugin" / "scripts"
SCRIPT: Final = SCRIPTS / "forward.sh"
SPOOLER: Final = SCRIPTS / "spool.sh"
SHELLS: Final = {
    name: command
    for name, command in {
        "sh": ["sh"],
        "dash": ["dash"],
        "bash": ["bash", "--posix"],
        "busybox": ["busybox", "sh"],
        "zsh": ["zsh", "--emulate", "sh"],
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


_PATIENT: Final = tempfile.TemporaryDirectory(prefix="hookwatch-scripts-")


class Forwarder:
    """Forward hooks to a URL over a spool."""

    def __init__(
        self, url: str, spool: Path, *, script: Path | None = None, shell: str = "sh"
    ) -> None:
        self.url = url
        self.spool = spool
        self.script = script or patient(SCRIPT)
        self.shell = shell

    def command(self, via: str = "settings") -> list[str]:
        """Return its command line, as Claude Code runs it."""
        shell = SHELLS[self.shell]
        text: str = command_handler(self.script, self.url, self.spool)["command"]
        text = text.replace(" settings ", f" {via} ")
        return [str(shutil.which(shell[0])), *shell[1:], "-c", text]

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


def script_with(folder: Path, *, name: str = "forward.sh", **values: str) -> Path:
    """Return a copy of a script, beside those it sources, with some values replaced."""
    folder.mkdir(exist_ok=True)
    for copied in ("sender.sh", "forward.sh", "spool.sh"):
        text = (SCRIPTS / copied).read_text("utf-8")
        for key, value in values.items():
            text = re.sub(rf"^{key}=\S+", f"{key}={value}", text, flags=re.MULTILINE)
        (folder / copied).write_text(text, "utf-8")
    return folder / name


@cache
def patient(script: Path) -> Path:
    """Return a copy of a script that waits for an answer as long as a busy machine takes."""
    return script_with(Path(_PATIENT.name), name=script.name, ANSWER_S="20")


def path_with(folder: Path, *names: str, **scripts: str) -> str:
    """Return a PATH with these programs and no other; `scripts` are ones of our own."""
    folder.mkdir()
    for name in names:
        (folder / name).symlink_to(str(shutil.which(name)))
    for name, text in scripts.items():
        (folder / name).write_text(f"#!/bin/sh\n{text}\n", "utf-8")
        (folder / name).chmod(0o755)
    return str(folder)
