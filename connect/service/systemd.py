"""Write systemd's user units, and ask the user's manager for their state.

Each daemon has a socket unit, which holds its port while the daemon restarts, and a service unit.
"""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

from connect.errors import CliError
from connect.service.manager import ManagerCommand, ServiceManager, State, UnitStatus, ask

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from connect.service.definition import DaemonDefinition, ServiceDefinition

DAEMONS = ("ingestd", "queryd")
SOCKETS = tuple(f"hookwatch-{name}.socket" for name in DAEMONS)
SERVICES = tuple(f"hookwatch-{name}.service" for name in DAEMONS)
UNITS = SOCKETS + SERVICES
TARGETS = {".socket": "sockets.target", ".service": "default.target"}
SYSTEMCTL = ("systemctl", "--user")
PROPERTIES = ("Id", "LoadState", "ActiveState", "SubState", "Result", "MainPID")
ENV = "/usr/bin/env"
BACKOFF_SINCE = 254
"""The version of systemd that knows `RestartSteps=`."""
HEADER = "# Written by `hookwatch service install`. For changes: `systemctl --user edit {unit}`.\n"

SOCKET = """\
[Unit]
Description=Hookwatch's port {port} ({name})

[Socket]
ListenStream={address}
FileDescriptorName={name}
Backlog=2048
# A daemon that cannot start closes the port: hooks are then spooled without waiting.
TriggerLimitIntervalSec=30s
TriggerLimitBurst=5

[Install]
WantedBy=sockets.target
"""
SERVICE = """\
[Unit]
Description=Hookwatch ({name})
Requires=hookwatch-{name}.socket
After=hookwatch-{name}.socket
# After five starts in 30 s this unit fails, and its socket with it.
StartLimitIntervalSec=30s
StartLimitBurst=5

[Service]
Type=exec
ExecStart={command}
{environment}
Restart=on-failure
{restart}
# Code 2 is a setting that cannot work: another start would not help.
RestartPreventExitStatus=2
TimeoutStopSec=10s
UMask=0077
NoNewPrivileges=yes

[Install]
WantedBy=default.target
"""
RESTART = "RestartSec=1s"
RESTART_WITH_BACKOFF = "RestartSec=100ms\nRestartSteps=4\nRestartMaxDelaySec=5s"


class Systemd(ServiceManager):
    name = "systemd"
    log_hint = "journalctl --user -u hookwatch-ingestd -u hookwatch-queryd"

    def __init__(self, environment: Mapping[str, str]) -> None:
        configured = environment.get("XDG_CONFIG_HOME", "")
        if not configured.startswith("/"):
            home = environment.get("HOME")
            if not home:
                raise CliError("no home folder: set HOME")
            configured = f"{home}/.config"
        self._folder = Path(configured) / "systemd" / "user"

    def is_available(self) -> bool:
        return ask([*SYSTEMCTL, "show", "--property=Version"]).returncode == 0

    def files(self, service: ServiceDefinition) -> Mapping[Path, str]:
        restart = RESTART_WITH_BACKOFF if _version() >= BACKOFF_SINCE else RESTART
        texts = {}
        for daemon in service.daemons:
            unit = f"hookwatch-{daemon.name}"
            texts[f"{unit}.socket"] = SOCKET.format(
                name=daemon.name, port=daemon.port, address=_listen_stream(daemon)
            )
            texts[f"{unit}.service"] = SERVICE.format(
                name=daemon.name,
                command=_exec_start(daemon.command),
                environment="\n".join(
                    f"Environment={quote(f'{name}={value}')}"
                    for name, value in service.environment.items()
                ),
                restart=restart,
            )
        return {
            self._folder / unit: HEADER.format(unit=unit) + text for unit, text in texts.items()
        }

    def prepare(self, changed: Sequence[Path]) -> None:
        """Do nothing: `daemon-reload` is enough."""

    def start_commands(self, changed: Sequence[Path]) -> Sequence[ManagerCommand]:
        sockets_stay = not {path.name for path in changed} & {*SOCKETS} and all(
            unit.state in {"listening", "running"} for unit in self.units() if unit.name in SOCKETS
        )
        # A socket unit does not restart while its service runs.
        restart = (
            [ManagerCommand([*SYSTEMCTL, "restart", *SERVICES])]
            if sockets_stay
            else [
                ManagerCommand([*SYSTEMCTL, "stop", *SERVICES, *SOCKETS], may_fail=True),
                ManagerCommand([*SYSTEMCTL, "start", *UNITS]),
            ]
        )
        return [
            ManagerCommand([*SYSTEMCTL, "daemon-reload"]),
            # Else an earlier start limit still holds.
            ManagerCommand([*SYSTEMCTL, "reset-failed", *UNITS], may_fail=True),
            ManagerCommand([*SYSTEMCTL, "enable", *UNITS]),
            *restart,
        ]

    def stop_commands(self) -> Sequence[ManagerCommand]:
        return [
            ManagerCommand([*SYSTEMCTL, "stop", *SERVICES, *SOCKETS], may_fail=True),
            ManagerCommand([*SYSTEMCTL, "disable", *UNITS], may_fail=True),
        ]

    def removed_commands(self) -> Sequence[ManagerCommand]:
        return [
            ManagerCommand([*SYSTEMCTL, "daemon-reload"]),
            ManagerCommand([*SYSTEMCTL, "reset-failed", *UNITS], may_fail=True),
        ]

    def leftovers(self) -> Sequence[Path]:
        files = [self._folder / unit for unit in UNITS]
        links = [self._folder / f"{TARGETS[file.suffix]}.wants" / file.name for file in files]
        return [*links, *files]

    def units(self) -> Sequence[UnitStatus]:
        files = [self._folder / unit for unit in UNITS]
        if not any(file.is_file() for file in files):
            shown = {}
        else:
            properties = f"--property={','.join(PROPERTIES)}"
            shown = _blocks(ask([*SYSTEMCTL, "show", properties, *UNITS]).stdout)
        return [_status(file, shown.get(file.name)) for file in files]

    def held_port(self) -> int | None:
        unit = next(unit for unit in self.units() if unit.name == SOCKETS[0])
        if unit.state not in {"listening", "running"}:
            return None
        found = re.search(
            r"^ListenStream=.*:(\d+)$", Path(unit.path).read_text("utf-8"), re.MULTILINE
        )
        return int(found[1]) if found else None

    def is_lingering(self) -> bool | None:
        shown = ask(["loginctl", "show-user", "--property=Linger", "--value"]).stdout.strip()
        return {"yes": True, "no": False}.get(shown)


def quote(word: str, *, is_argument: bool = False) -> str:
    """Return a word as a unit file spells it, so that nothing in it is expanded or split."""
    escaped = word.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%")
    if is_argument:
        escaped = escaped.replace("$", "$$")
    return escaped if re.fullmatch(r"[\w./:=%@+-]+", word, re.ASCII) else f'"{escaped}"'


def _exec_start(command: Sequence[str]) -> str:
    if re.search(r"""["'\\]""", command[0]):  # which systemd refuses in the program's path
        command = [ENV, *command]
    # Variables are expanded in arguments, and not in the program's path.
    program, *arguments = command
    return " ".join([quote(program), *(quote(word, is_argument=True) for word in arguments)])


def _listen_stream(daemon: DaemonDefinition) -> str:
    address = f"[{daemon.address}]" if ":" in daemon.address else daemon.address
    return f"{address}:{daemon.port}"


def _version() -> int:
    found = re.match(r"systemd (\d+)", ask(["systemctl", "--version"]).stdout)
    return int(found[1]) if found else 0


def _blocks(text: str) -> dict[str, dict[str, str]]:
    """Return the properties of each unit that `systemctl show` prints, by the unit's name."""
    blocks = (
        dict(line.split("=", 1) for line in block.splitlines() if "=" in line)
        for block in text.split("\n\n")
    )
    return {block["Id"]: block for block in blocks if "Id" in block}


def _status(file: Path, shown: Mapping[str, str] | None) -> UnitStatus:
    is_there = file.is_file()
    program = next(_programs(file), None) if is_there else None
    state = _state(shown) if is_there else "absent"
    return UnitStatus(
        name=file.name,
        path=str(file),
        state=state,
        reason=shown.get("Result") if shown is not None and state == "failed" else None,
        pid=int(shown.get("MainPID") or 0) or None if shown is not None else None,
        program=program,
        program_exists=None if program is None else Path(program).is_file(),
    )


def _programs(file: Path) -> Iterator[str]:
    for line in file.read_text("utf-8", "replace").splitlines():
        key, _, value = line.partition("=")
        if key == "ExecStart":
            words = [word.replace("%%", "%") for word in shlex.split(value)]
            yield words[1].replace("$$", "$") if words[0] == ENV else words[0]


def _state(shown: Mapping[str, str] | None) -> State:
    if shown is None:
        return "unknown"
    match shown.get("ActiveState"), shown.get("SubState"):
        case "active", "listening":
            return "listening"
        case "active" | "reloading", _:
            return "running"
        case "activating", _:
            return "starting"
        case "failed", _:
            return "failed"
    return "stopped"
