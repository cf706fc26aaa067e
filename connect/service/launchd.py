"""Write launchd's agents of a macOS user, and ask launchd for their state."""

from __future__ import annotations

import os
import plistlib
import re
import time
from pathlib import Path
from typing import TYPE_CHECKING

from connect.errors import CliError
from connect.service.manager import ManagerCommand, ServiceManager, UnitStatus, ask

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from connect.service.definition import ServiceDefinition

LABELS = ("hookwatch.ingestd", "hookwatch.queryd")
UMASK = 0o077
UNLOAD_S = 10.0


class Launchd(ServiceManager):
    name = "launchd"

    def __init__(self, environment: Mapping[str, str]) -> None:
        home = environment.get("HOME")
        if not home:
            raise CliError("no home folder: set HOME")
        self._folder = Path(home) / "Library" / "LaunchAgents"
        self._logs = Path(home) / "Library" / "Logs" / "hookwatch"
        self._domain = f"gui/{os.getuid()}"
        self.log_hint = f"tail {self._logs}/*.log"

    def is_available(self) -> bool:
        return ask(["launchctl", "print", self._domain]).returncode == 0

    def files(self, service: ServiceDefinition) -> Mapping[Path, str]:
        return {
            self._folder / f"hookwatch.{daemon.name}.plist": plistlib.dumps(
                {
                    "Label": f"hookwatch.{daemon.name}",
                    "ProgramArguments": list(daemon.command),
                    "EnvironmentVariables": dict(service.environment),
                    "RunAtLoad": True,
                    # launchd itself waits 10 s between two starts of one that ends early.
                    "KeepAlive": {"SuccessfulExit": False},
                    "ProcessType": "Standard",
                    "Umask": UMASK,
                    "StandardErrorPath": str(self._logs / f"{daemon.name}.log"),
                },
                sort_keys=False,
            ).decode()
            for daemon in service.daemons
        }

    def prepare(self, changed: Sequence[Path]) -> None:
        self._logs.mkdir(mode=0o700, parents=True, exist_ok=True)
        for path in changed:
            _unload(f"{self._domain}/{path.stem}")

    def start_commands(self, changed: Sequence[Path]) -> Sequence[ManagerCommand]:
        commands = []
        for label in LABELS:
            target, path = f"{self._domain}/{label}", self._folder / f"{label}.plist"
            if path not in changed and _is_loaded(target):
                commands.append(ManagerCommand(["launchctl", "kickstart", "-k", target]))
                continue
            commands += [
                ManagerCommand(["launchctl", "enable", target]),
                ManagerCommand(["launchctl", "bootstrap", self._domain, str(path)]),
            ]
        return commands

    def stop_commands(self) -> Sequence[ManagerCommand]:
        return [
            ManagerCommand(["launchctl", "bootout", f"{self._domain}/{label}"], may_fail=True)
            for label in LABELS
        ]

    def removed_commands(self) -> Sequence[ManagerCommand]:
        return []

    def leftovers(self) -> Sequence[Path]:
        agents = [self._folder / f"{label}.plist" for label in LABELS]
        return [*agents, *sorted(self._logs.glob("*.log")), self._logs]

    def units(self) -> Sequence[UnitStatus]:
        return [self._status(label) for label in LABELS]

    def is_lingering(self) -> bool | None:
        return None

    def _status(self, label: str) -> UnitStatus:
        path = self._folder / f"{label}.plist"
        if not path.is_file():
            return UnitStatus(name=label, path=str(path), state="absent")
        program = _program(path)
        shown = ask(["launchctl", "print", f"{self._domain}/{label}"])
        pid = _value(shown.stdout, "pid")
        code = _value(shown.stdout, "last exit code")
        has_failed = pid is None and code not in {None, "0", "(never exited)"}
        return UnitStatus(
            name=label,
            path=str(path),
            state="running" if pid else "failed" if has_failed else "stopped",
            reason=f"exit code {code}" if has_failed else None,
            pid=int(pid) if pid else None,
            program=program,
            program_exists=None if program is None else Path(program).is_file(),
        )


def _program(path: Path) -> str | None:
    try:
        return str(plistlib.loads(path.read_bytes())["ProgramArguments"][0])
    except (plistlib.InvalidFileException, ValueError, KeyError, IndexError):
        return None


def _value(text: str, key: str) -> str | None:
    found = re.search(rf"^\s*{key} = (.+)$", text, re.MULTILINE)
    return found[1] if found else None


def _is_loaded(target: str) -> bool:
    return ask(["launchctl", "print", target]).returncode == 0


def _unload(target: str) -> None:
    """Unload an agent and wait for its end: until then launchd takes no other of its name."""
    if not _is_loaded(target):
        return
    ask(["launchctl", "bootout", target])
    deadline = time.monotonic() + UNLOAD_S
    while _is_loaded(target) and time.monotonic() < deadline:
        time.sleep(0.1)
