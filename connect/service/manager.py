"""What the command and the doctor ask of a service manager, be it systemd or launchd."""

from __future__ import annotations

import subprocess
import sys
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Literal

import msgspec

from connect.errors import CliError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from connect.service.definition import ServiceDefinition

COMMAND_TIMEOUT_S = 60
MISSING = 127

State = Literal["absent", "unknown", "running", "listening", "starting", "stopped", "failed"]
"""`absent`: not installed; `unknown`: installed, and the manager cannot be asked."""


class ManagerCommand(msgspec.Struct, frozen=True):
    words: Sequence[str]
    may_fail: bool = False
    """Its failure means that there was nothing to do."""


class UnitStatus(msgspec.Struct, frozen=True, kw_only=True):
    """One file of the service. The field names are the keys of `service status --json`."""

    name: str
    path: str
    state: State
    reason: str | None = None
    """Why it failed, in the manager's words."""
    pid: int | None = None
    program: str | None = None
    program_exists: bool | None = None


class InstalledService(msgspec.Struct, frozen=True):
    units: Sequence[UnitStatus]
    log_hint: str
    held_port: int | None = None
    """The port on which connections wait while ingestd restarts."""


class ServiceManager(ABC):
    name: str
    log_hint: str
    """The command that shows why a daemon does not start."""

    @abstractmethod
    def is_available(self) -> bool:
        """Return whether the manager of this user runs and can be asked."""

    @abstractmethod
    def files(self, service: ServiceDefinition) -> Mapping[Path, str]:
        """Return the files that define the service."""

    @abstractmethod
    def prepare(self, changed: Sequence[Path]) -> None:
        """Make way for these new files."""

    @abstractmethod
    def start_commands(self, changed: Sequence[Path]) -> Sequence[ManagerCommand]:
        """Return what starts the service, or restarts it, after these files were written."""

    @abstractmethod
    def stop_commands(self) -> Sequence[ManagerCommand]:
        """Return what stops the service before its files are deleted."""

    @abstractmethod
    def removed_commands(self) -> Sequence[ManagerCommand]:
        """Return what makes the manager forget the deleted files."""

    @abstractmethod
    def leftovers(self) -> Sequence[Path]:
        """Return every file that the service may have left outside the data folder."""

    @abstractmethod
    def units(self) -> Sequence[UnitStatus]:
        """Return the state of each file of the service."""

    def held_port(self) -> int | None:
        """Return ingestd's port, if the manager keeps it open while ingestd restarts."""
        return None

    @abstractmethod
    def is_lingering(self) -> bool | None:
        """Return whether the service runs without a login; None when that cannot be known."""


def this_manager(environment: Mapping[str, str]) -> ServiceManager:
    """Return this system's service manager; raise CliError where there is none that we know."""
    if sys.platform == "darwin":
        from connect.service.launchd import Launchd  # noqa: PLC0415 - it imports this module

        return Launchd(environment)
    if sys.platform.startswith("linux"):
        from connect.service.systemd import Systemd  # noqa: PLC0415 - it imports this module

        return Systemd(environment)
    raise CliError(f"there is no service manager for {sys.platform}.")


def installed_service(environment: Mapping[str, str]) -> InstalledService | None:
    """Return the service as it is now; None where none is installed."""
    try:
        manager = this_manager(environment)
    except CliError:
        return None
    units = [unit for unit in manager.units() if unit.state != "absent"]
    return InstalledService(units, manager.log_hint, manager.held_port()) if units else None


def ask(words: Sequence[str]) -> subprocess.CompletedProcess[str]:
    """Run a command of the manager; one that is not installed ends with code 127."""
    try:
        return subprocess.run(  # noqa: S603 - the manager's own program
            words, capture_output=True, text=True, timeout=COMMAND_TIMEOUT_S, check=False
        )
    except OSError as error:
        return subprocess.CompletedProcess(words, MISSING, "", error.strerror or str(error))
    except subprocess.TimeoutExpired:
        raise CliError(f"`{' '.join(words)}` takes longer than {COMMAND_TIMEOUT_S} s.") from None


def run_commands(commands: Sequence[ManagerCommand]) -> None:
    """Run commands in order; raise CliError for the first that fails and must not."""
    for command in commands:
        done = ask(command.words)
        if done.returncode and not command.may_fail:
            reason = " ".join((done.stderr or done.stdout).split())
            raise CliError(f"`{' '.join(command.words)}` failed: {reason or done.returncode}")
