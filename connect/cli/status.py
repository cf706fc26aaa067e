"""Tell what of Hookwatch is installed where, and whether it answers: `hookwatch status`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from connect.cli.help import Help
from connect.cli.open import answers
from connect.http import dashboard_url, ingest_url
from connect.settings.places import all_places
from connect.settings.record import Records
from connect.settings.state import PlaceState, state_of
from shared import __version__
from shared.hook_events import WORTH_HAVING
from shared.hook_handlers import CONNECT_FOLDER
from shared.settings import read_settings

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator, Sequence

DESCRIPTION = """\
Tell in which settings Hookwatch's hooks are, which way and where they send, which events are
missing, and whether both daemons answer. Looked at are your user settings, those of the project in
this folder, managed ones, and the plugin.

Exit code: 0 connected, 1 not."""
EXAMPLES = """\
examples:
  hookwatch status
  hookwatch status --json | jq .connected"""


class DaemonState(msgspec.Struct, frozen=True):
    """Tell whether a daemon answers."""

    name: str
    url: str
    answers: bool


class Status(msgspec.Struct, frozen=True):
    """Tell how the connection stands."""

    connected: bool
    """Some hooks are in force: in settings or by the plugin, and not all switched off."""
    version: str
    places: Sequence[PlaceState]
    daemons: Sequence[DaemonState]


def register(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `status` to the subcommands."""
    status = commands.add_parser(
        "status",
        help="tell what is installed where",
        description=DESCRIPTION,
        epilog=EXAMPLES,
        formatter_class=Help,
    )
    status.add_argument("--json", action="store_true", help="for scripts (default: for people)")
    status.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Tell it: 0 when connected, 1 when not."""
    status = look()
    if options.json:
        print(msgspec.json.format(msgspec.json.encode(status)).decode())
    else:
        print("\n".join(_lines(status)))
    return 0 if status.connected else 1


def look() -> Status:
    """Return how the connection stands, for a session in this folder."""
    records = Records(read_settings().data.absolute() / CONNECT_FOLDER)
    places = [state_of(place, records) for place in all_places(Path.cwd())]
    named = (("ingestd", ingest_url()), ("queryd", dashboard_url()))
    daemons = [DaemonState(name, url, answers(url)) for name, url in named]
    installed = any(place.events or place.plugins for place in places)
    off = any(place.disabled for place in places)
    return Status(installed and not off, __version__, places, daemons)


def _lines(status: Status) -> Iterator[str]:
    yield f"hookwatch {__version__}: {'connected' if status.connected else 'not connected'}"
    yield ""
    for place in status.places:
        yield f"  {place.scope:<8} {place.path}"
        for line in _told(place):
            yield f"           {line}"
    plugins = [(place.path, name) for place in status.places for name in place.plugins]
    yield f"  plugin   {', '.join(f'{name} ({path})' for path, name in plugins) or 'not enabled'}"
    yield ""
    for daemon in status.daemons:
        yield f"  {daemon.name:<8} {daemon.url}  {'answers' if daemon.answers else 'is silent'}"
    if not status.connected:
        yield ""
        yield "`hookwatch connect` adds the hooks."


def _told(place: PlaceState) -> Iterator[str]:
    if place.state != "read":
        yield "there is no such file" if place.why is None else place.why
        return
    if place.disabled:
        yield '"disableAllHooks" is on: no hook and no status line runs'
    if not place.events:
        yield "no hooks of Hookwatch"
    else:
        of = len(WORTH_HAVING)
        asked = f"{of - len(place.missing)} of {of} events"
        more = [it for it in place.events if it not in WORTH_HAVING]
        yield f"{asked} by {' and '.join(place.via)} to {' and '.join(place.urls)}"
        if more:
            yield f"and {', '.join(more)}"
        if place.missing:
            yield f"missing: {', '.join(place.missing)}"
    if place.status_line:
        yield "the status line"
    if place.telemetry:
        yield f"telemetry to {place.telemetry}"
