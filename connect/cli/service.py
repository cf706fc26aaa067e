"""Run Hookwatch as a service of the user: `hookwatch service install|remove|status`."""

from __future__ import annotations

import os
import shlex
import time
from contextlib import suppress
from typing import TYPE_CHECKING

import msgspec

from connect.cli.help import HelpFormatter
from connect.errors import CliError
from connect.http import PROBE_TIMEOUT_S, Daemon, dashboard_url, ingest_url
from connect.service.definition import define_service, token_path
from connect.service.manager import UnitStatus, run_commands, this_manager
from connect.settings.locations import display_path
from connect.settings.scripts import PRIVATE_MODE, write_if_changed
from shared.settings import read_settings

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from connect.service.definition import ServiceDefinition
    from connect.service.manager import ManagerCommand, ServiceManager

DESCRIPTION = """\
Start both daemons at login, and again should they crash: by systemd on Linux, by launchd on macOS.
Under systemd a restart refuses no hook, for systemd holds the ports."""
EXAMPLES = """\
examples:
  hookwatch service install                 start now, and at each login
  HOOKWATCH_QUERY_PORT=4101 hookwatch service install
                                            with another setting, also later
  hookwatch service status --json | jq .running
  hookwatch service remove                  stop; the data stay"""
INSTALL = """\
Write the service's files, start both daemons, and start them at each login. The HOOKWATCH_*
variables that are set now become the service's settings; a token goes into a private file. Run it
again after an upgrade or to change a setting.

Exit code: 0 started, 1 installed and not started, 2 not installed."""
INSTALL_EXAMPLES = """\
examples:
  hookwatch service install
  hookwatch service install --dry-run       print the files, write nothing
  HOOKWATCH_RETENTION_DAYS=90 hookwatch service install
                                            with another setting, also later"""
REMOVE = """\
Stop the service and delete its files. The data and Claude Code's settings stay."""
REMOVE_EXAMPLES = """\
examples:
  hookwatch service remove"""
STATUS = """\
Show the service's state.

Exit code: 0 running, 1 not."""
STATUS_EXAMPLES = """\
examples:
  hookwatch service status
  hookwatch service status --json | jq .running"""
FILE_MODE = 0o644
FOLDER_MODE = 0o755
START_S = 15.0
POLL_S = 0.1
RUNS = {"running", "listening"}


class ServiceStatus(msgspec.Struct, frozen=True, kw_only=True):
    """The field names are the keys of `--json`."""

    manager: str
    available: bool
    """The manager runs and can be asked."""
    installed: bool
    running: bool
    lingering: bool | None
    """Whether it runs without a login; null where that cannot be known."""
    units: Sequence[UnitStatus]


def register(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    service = commands.add_parser(
        "service",
        help="start Hookwatch at login",
        description=DESCRIPTION,
        epilog=EXAMPLES,
        formatter_class=HelpFormatter,
    )
    actions = service.add_subparsers(
        title="actions", required=True, metavar="ACTION", dest="action"
    )
    for name, run, text, description, examples in (
        ("install", install, "start now, and at each login", INSTALL, INSTALL_EXAMPLES),
        ("remove", remove, "stop, and delete the service's files", REMOVE, REMOVE_EXAMPLES),
        ("status", status, "show whether it runs", STATUS, STATUS_EXAMPLES),
    ):
        action = actions.add_parser(
            name,
            help=text,
            description=description,
            epilog=examples,
            formatter_class=HelpFormatter,
        )
        if name == "install":
            action.add_argument(
                "--dry-run", action="store_true", help="print the files, write nothing"
            )
        if name == "status":
            action.add_argument("--json", action="store_true", help="print JSON (default: text)")
        action.set_defaults(run=run)


def install(options: argparse.Namespace) -> int:
    service = define_service(read_settings(), os.environ)
    manager = this_manager(os.environ)
    files = manager.files(service)
    if options.dry_run:
        print("\n".join(f"# {path}\n{text}" for path, text in files.items()))
        return 0
    is_available = manager.is_available()
    if not any(unit.state in RUNS for unit in manager.units()):
        _refuse_taken_ports()
    changed = _write(files, service)
    manager.prepare(changed)
    folder = display_path(next(iter(files)).parent)
    print(f"Installed in {folder}: {', '.join(path.name for path in files)}")
    commands = manager.start_commands(changed)
    if not is_available:
        print(f"{manager.name} cannot be reached here. To start the service, log in and run:")
        _print_commands(commands)
        return 1
    run_commands(commands)
    if not_started := _not_answering():
        print(f"{' and '.join(not_started)} did not start. See `{manager.log_hint}`.")
        return 1
    print(f"Started. The dashboard is at {dashboard_url()}/")
    if manager.is_lingering() is False:
        print("It stops when you log out. To keep it running: `loginctl enable-linger`.")
    return 0


def remove(_options: argparse.Namespace) -> int:
    manager = this_manager(os.environ)
    is_available = manager.is_available()
    is_installed = any(path.is_file() for path in manager.leftovers())
    if is_available:
        run_commands(manager.stop_commands())
    for path in [*manager.leftovers(), token_path()]:
        _delete(path)
    with suppress(OSError):  # on macOS the data are in this folder
        token_path().parent.rmdir()
    if is_available:
        run_commands(manager.removed_commands())
    elif is_installed:
        print(f"{manager.name} cannot be reached here. Daemons that run end at the next logout.")
    data = display_path(read_settings().data)
    print(f"Removed. The data stay in {data}." if is_installed else "There is no service.")
    return 0


def status(options: argparse.Namespace) -> int:
    found = service_status(this_manager(os.environ))
    if options.json:
        print(msgspec.json.format(msgspec.json.encode(found)).decode())
    else:
        print("\n".join(_lines(found)))
    return 0 if found.running else 1


def service_status(manager: ServiceManager) -> ServiceStatus:
    units = manager.units()
    return ServiceStatus(
        manager=manager.name,
        available=manager.is_available(),
        installed=all(unit.state != "absent" for unit in units),
        running=all(unit.state in RUNS for unit in units),
        lingering=manager.is_lingering(),
        units=units,
    )


def _lines(found: ServiceStatus) -> Iterator[str]:
    if all(unit.state == "absent" for unit in found.units):
        yield "The service is not installed. Run `hookwatch service install`."
        return
    width = max(len(unit.name) for unit in found.units)
    for unit in found.units:
        details = [f"pid {unit.pid}" if unit.pid else None, unit.reason]
        shown = ", ".join(it for it in details if it)
        yield f"{unit.name:<{width}}  {unit.state}{f' ({shown})' if shown else ''}"
        if unit.program_exists is False:
            yield f"{'':<{width}}  {unit.program} does not exist: run `hookwatch service install`"
    if not found.available:
        yield f"{found.manager} cannot be reached here, so the state is not known."
    elif found.lingering is False:
        yield "It stops when you log out. To keep it running: `loginctl enable-linger`."


def _write(files: Mapping[Path, str], service: ServiceDefinition) -> list[Path]:
    """Write what is out of date; return it."""
    try:
        if service.token is not None:
            token_path().parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            write_if_changed(token_path(), f"{service.token}\n".encode(), PRIVATE_MODE)
        for path in files:
            path.parent.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
        return [
            path for path, text in files.items() if write_if_changed(path, text.encode(), FILE_MODE)
        ]
    except OSError as error:
        raise CliError(f"{error.filename}: {error.strerror}") from None


def _delete(path: Path) -> None:
    try:
        if path.is_dir() and not path.is_symlink():
            path.rmdir()
        else:
            path.unlink(missing_ok=True)
    except OSError as error:
        raise CliError(f"{path}: {error.strerror}") from None


def _refuse_taken_ports() -> None:
    for name, url in (("ingestd", ingest_url()), ("queryd", dashboard_url())):
        if Daemon(url, timeout_s=PROBE_TIMEOUT_S).answers():
            raise CliError(
                f"something answers at {url} already, where {name} is to run. Stop it first."
            )


def _not_answering() -> list[str]:
    """Wait until both daemons answer; return the names of those that do not."""
    waiting = {"ingestd": ingest_url(), "queryd": dashboard_url()}
    deadline = time.monotonic() + START_S
    while True:
        waiting = {
            name: url
            for name, url in waiting.items()
            if not Daemon(url, timeout_s=PROBE_TIMEOUT_S).answers()
        }
        if not waiting or time.monotonic() >= deadline:
            return list(waiting)
        time.sleep(POLL_S)


def _print_commands(commands: Sequence[ManagerCommand]) -> None:
    for command in commands:
        print(f"  {shlex.join(command.words)}")
