"""Write files of the registry as Claude Code does: in place, without truncating first."""

import json
import os
from pathlib import Path
from typing import Any

from shared.process import pid_domain, start_ticks

SINCE = 1_795_800_000_000
"""When the states of tests began, long enough ago to count at once."""


class RegistryFile:
    """Stand for the file of one client process."""

    def __init__(self, config: Path, pid: int | None = None, **fields: Any) -> None:
        self.pid = os.getpid() if pid is None else pid
        self.path = config / "sessions" / f"{self.pid}.json"
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._fields: dict[str, Any] = {
            "pid": self.pid,
            "sessionId": "11111111-0000-4000-8000-000000000001",
            "cwd": "/home/dev/shop-api",
            "startedAt": SINCE - 60_000,
            "procStart": str(start_ticks(self.pid)),
            "version": "2.1.330",
            "peerProtocol": 1,
            "peerFeatures": ["a", "b"],
            "kind": "interactive",
            "entrypoint": "cli",
            "pidDomain": pid_domain(),
            "messagingSocketPath": "/tmp/claude/socket",
            "name": "the words of a prompt",
            "nameSource": "derived",
            **fields,
        }

    def write(self, status: str | None = None, **fields: Any) -> None:
        """Write a state; a None removes its field."""
        self._fields |= {"status": status, **fields}
        known = {name: value for name, value in self._fields.items() if value is not None}
        text = json.dumps(known, separators=(",", ":")).encode()
        descriptor = os.open(self.path, os.O_WRONLY | os.O_CREAT, 0o644)
        try:
            os.write(descriptor, text)
            os.ftruncate(descriptor, len(text))
        finally:
            os.close(descriptor)

    def tear(self) -> None:
        """Leave the end of a longer state behind the JSON, as a reader may find it."""
        with self.path.open("ab") as file:
            file.write(b'rmission prompt","updatedAt":1795800000000}')

    def delete(self) -> None:
        self.path.unlink()
