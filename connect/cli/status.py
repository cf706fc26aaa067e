"""Show connection status: `hookwatch status`."""

from __future__ import annotations

import time
from contextlib import suppress
from http.client import HTTPException
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import msgspec

from connect.cli.help import HelpFormatter
from connect.http import PROBE_TIMEOUT_S, Daemon, dashboard_url, ingest_url
from connect.settings.installed import find_installed, parse_settings
from connect.settings.locations import all_locations, display_path
from connect.settings.record import RecordStore
from connect.settings.telemetry import ENDPOINT
from connect.supervisor.instance import (
    RunningInstance,
    running_instance,
)
from shared import __version__
from shared.hook_events import WORTH_HAVING
from shared.hook_handlers import CONNECT_FOLDER, Kind, our_handler
from shared.settings import read_settings

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator, Sequence

    from connect.settings.locations import SettingsLocation

DESCRIPTION = """\
Show where Hookwatch's hooks are installed, how and where they send, which events are missing, and
since when both daemons run. Checks your user settings, those of the project in this folder, managed
settings, and the plugin.

Exit code: 0 connected, 1 not."""
EXAMPLES = """\
examples:
  hookwatch status
  hookwatch status --json | jq .connected"""


class SettingsStatus(msgspec.Struct, frozen=True, kw_only=True):
    """What of ours is in one settings file. The field names are the keys of `--json`."""

    scope: str
    path: str
    state: Literal["absent", "read", "unreadable"]
    why: str | None = None
    """Why it cannot be read."""
    via: Sequence[Kind] = ()
    urls: Sequence[str] = ()
    events: Sequence[str] = ()
    missing: Sequence[str] = ()
    """Events that this file, which has some of our hooks, does not send."""
    status_line: bool = False
    telemetry: str | None = None
    """Where our variables send telemetry."""
    plugins: Sequence[str] = ()
    """The names under which our plugin is enabled."""
    disabled: bool = False
    """`disableAllHooks` is on."""


class DaemonStatus(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    url: str
    answers: bool
    version: str | None = None
    pid: int | None = None
    started_at: int | None = None
    """ms since the epoch."""


class ConnectionStatus(msgspec.Struct, frozen=True):
    connected: bool
    """Some hooks are in effect: in settings or by the plugin, and not all disabled."""
    version: str
    places: Sequence[SettingsStatus]
    daemons: Sequence[DaemonStatus]
    up: RunningInstance | None
    """What `hookwatch up` runs on this data."""


def register(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    status = commands.add_parser(
        "status",
        help="show connection status",
        description=DESCRIPTION,
        epilog=EXAMPLES,
        formatter_class=HelpFormatter,
    )
    status.add_argument("--json", action="store_true", help="print JSON (default: text)")
    status.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    status = connection_status()
    if options.json:
        print(msgspec.json.format(msgspec.json.encode(status)).decode())
    else:
        print("\n".join(_lines(status)))
    return 0 if status.connected else 1


def connection_status() -> ConnectionStatus:
    """Return the status for a session in this folder."""
    settings = read_settings()
    records = RecordStore(settings.data.absolute() / CONNECT_FOLDER)
    files = [settings_status(location, records) for location in all_locations(Path.cwd())]
    up = running_instance(settings.data)
    daemons = [
        daemon_status("ingestd", up.ingest_url if up else ingest_url(), settings.token),
        daemon_status("queryd", up.query_url if up else dashboard_url(), settings.token),
    ]
    is_installed = any(file.events or file.plugins for file in files)
    is_disabled = any(file.disabled for file in files)
    return ConnectionStatus(is_installed and not is_disabled, __version__, files, daemons, up)


def daemon_status(name: str, url: str, token: str | None) -> DaemonStatus:
    """Return whether a daemon answers and, if it is ours and accepts the token, its process."""
    daemon = Daemon(url, token, name, PROBE_TIMEOUT_S)
    try:
        body = daemon.request("/health" if name == "ingestd" else "/api/health").body
    except (OSError, HTTPException):
        return DaemonStatus(name=name, url=url, answers=False)
    with suppress(msgspec.MsgspecError):
        health = msgspec.json.decode(body, type=_Health)
        process = health.process or health.processes.get(name)
        if process is not None:
            return DaemonStatus(
                name=name,
                url=url,
                answers=True,
                version=process.version,
                pid=process.pid,
                started_at=process.started_at,
            )
    return DaemonStatus(name=name, url=url, answers=True)


class _Process(msgspec.Struct, frozen=True):
    pid: int
    version: str
    started_at: int


class _Health(msgspec.Struct, frozen=True):
    """What both daemons answer, of which each has one field."""

    process: _Process | None = None
    processes: dict[str, _Process | None] = {}


def settings_status(location: SettingsLocation, records: RecordStore) -> SettingsStatus:
    settings = parse_settings(location)
    if settings is None:
        path = display_path(location.path)
        return SettingsStatus(scope=location.scope, path=path, state="absent")
    if settings.error is not None:
        return SettingsStatus(
            scope=settings.scope, path=settings.name, state="unreadable", why=settings.error
        )
    installed = find_installed(settings.text, records.load(location.path))
    handlers = [it for each in installed.handlers if (it := our_handler(each.handler))]
    events = list(dict.fromkeys(it.event for it in installed.handlers))
    return SettingsStatus(
        scope=settings.scope,
        path=settings.name,
        state="read",
        via=sorted({it.kind for it in handlers}),
        urls=sorted({it.url for it in handlers}),
        events=events,
        missing=[it for it in WORTH_HAVING if it not in events] if events else [],
        status_line=installed.status_line is not None,
        telemetry=installed.env.get(ENDPOINT),
        plugins=settings.plugins,
        disabled=settings.all_hooks_disabled,
    )


def _lines(status: ConnectionStatus) -> Iterator[str]:
    yield f"hookwatch {__version__}: {'connected' if status.connected else 'not connected'}"
    yield ""
    for file in status.places:
        yield f"  {file.scope:<8} {file.path}"
        for line in _file_lines(file):
            yield f"           {line}"
    plugins = [(file.path, name) for file in status.places for name in file.plugins]
    yield f"  plugin   {', '.join(f'{name} ({path})' for path, name in plugins) or 'not enabled'}"
    yield ""
    for daemon in status.daemons:
        yield f"  {daemon.name:<8} {daemon.url}  {_daemon_text(daemon)}"
    if status.up is not None:
        log = f", log {display_path(Path(status.up.log))}" if status.up.log else ""
        yield f"  {'up':<8} pid {status.up.pid}{log}"
    if not status.connected:
        yield ""
        yield "Run `hookwatch connect` to add the hooks."


def _daemon_text(daemon: DaemonStatus) -> str:
    if not daemon.answers:
        return "not running"
    if daemon.started_at is None:
        return "running"
    since = time.strftime("%Y-%m-%d %H:%M", time.localtime(daemon.started_at / 1000))
    return f"running, version {daemon.version}, pid {daemon.pid}, since {since}"


def _file_lines(file: SettingsStatus) -> Iterator[str]:
    if file.state != "read":
        yield "not found" if file.why is None else file.why
        return
    if file.disabled:
        yield '"disableAllHooks" is on: no hook and no status line runs'
    if not file.events:
        yield "no Hookwatch hooks"
    else:
        total = len(WORTH_HAVING)
        sent = f"{total - len(file.missing)} of {total} events"
        yield f"{sent} → {' and '.join(file.urls)} ({' and '.join(file.via)})"
        if optional := [it for it in file.events if it not in WORTH_HAVING]:
            yield f"optional: {', '.join(optional)}"
        if file.missing:
            yield f"missing: {', '.join(file.missing)}"
    if file.status_line:
        yield "status line"
    if file.telemetry:
        yield f"telemetry → {file.telemetry}"
