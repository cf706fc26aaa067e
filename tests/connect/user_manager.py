"""Run a systemd user manager in a mount namespace, and commands beside it."""

from __future__ import annotations

import os
import shutil
import subprocess
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from tests.running import DEADLINE_S, ROOT, free_ports, wait_for

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SYSTEMD = "/lib/systemd/systemd"
START = f"""
mount -t tmpfs tmpfs /run || exit
mkdir -p -m 700 /run/systemd/system /run/user-manager
exec {SYSTEMD} --user --log-target=console
"""
HOOKWATCH = ROOT / ".venv" / "bin" / "hookwatch"


class UserManager:
    """Hold a user with a home, a running manager, and settings of Hookwatch."""

    def __init__(self, folder: Path) -> None:
        self.home = folder / "home of %u"
        self.home.mkdir()
        self.data = folder / '$my "data"'
        self.units = self.home / ".config" / "systemd" / "user"
        self.ports = free_ports(2)
        self.environment = {
            "HOME": str(self.home),
            "PATH": os.environ["PATH"],
            "XDG_RUNTIME_DIR": "/run/user-manager",
            "HOOKWATCH_DATA": str(self.data),
            "HOOKWATCH_INGEST_PORT": str(self.ports[0]),
            "HOOKWATCH_QUERY_PORT": str(self.ports[1]),
        }
        as_root = [] if os.geteuid() == 0 else ["--user", "--map-root-user"]
        self.process = subprocess.Popen(
            ["unshare", *as_root, "--mount", "sh", "-c", START],
            env=self.environment,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run a command where the manager can be reached."""
        users = [] if os.geteuid() == 0 else ["--user", "--preserve-credentials"]
        enter = ["nsenter", f"--target={self.process.pid}", *users, "--mount"]
        return subprocess.run(
            [*enter, *words],
            env={**self.environment, **environment},
            capture_output=True,
            text=True,
            timeout=DEADLINE_S,
            check=False,
        )

    def hookwatch(self, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
        return self.run(str(HOOKWATCH), *words, **environment)

    def systemctl(self, *words: str) -> str:
        return self.run("systemctl", "--user", *words).stdout.strip()

    def is_up(self) -> bool:
        if self.process.poll() is not None:
            assert self.process.stderr is not None
            pytest.skip(f"systemd cannot run here: {self.process.stderr.read().strip()}")
        return self.systemctl("is-system-running") == "running"


@contextmanager
def user_manager(folder: Path) -> Iterator[UserManager]:
    """Run a manager until the block ends; skip the test where that is not permitted."""
    for program in (SYSTEMD, "unshare", "nsenter"):
        if shutil.which(program) is None:
            pytest.skip(f"there is no {program}")
    manager = UserManager(folder)
    try:
        wait_for(manager.is_up)
        yield manager
    finally:
        manager.systemctl("exit")
        try:
            manager.process.communicate(timeout=DEADLINE_S)
        finally:
            manager.process.kill()
