"""Take the options of `hookwatch connect`, show what it would write, ask, and write it."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from connect.cli.help import Help
from connect.cli.options import (
    add_how,
    add_project,
    add_url,
    add_what,
    keeps_token,
    wants_telemetry,
)
from connect.settings import scripts
from connect.settings.change import agreed, carry_out, show
from connect.settings.files import read_file
from connect.settings.installed import SPACES, all_handlers, object_at
from connect.settings.json.scan import scan
from connect.settings.places import Place, local_place, shown, user_place
from connect.settings.plan import Plan, plan
from connect.settings.record import Records
from shared.hook_handlers import CONNECT_FOLDER, our_handler
from shared.settings import read_settings

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from connect.settings.wanted import Asked
    from shared.settings import Settings

DESCRIPTION = """\
Make Claude Code tell Hookwatch what it does: add hooks to its settings.

What would be written is shown first, and asked about. Your own hooks, the order of things, their
spacing and every key that is not ours stay as they are; `hookwatch disconnect` takes exactly ours
out again. An option that is left out keeps what is there, so a further run without any puts right
what is missing or out of date, and changes nothing else."""
EXAMPLES = """\
examples:
  hookwatch connect                         every session of yours, silent when Hookwatch is down
  hookwatch connect --dry-run               show what that would write, and write nothing
  hookwatch connect --statusline --telemetry
                                            context, cost and tokens as well
  hookwatch connect --project ~/shop-api    this project only, in your personal settings of it
  hookwatch connect --with MessageDisplay --with 'FileChanged=.env|package.json'
  hookwatch connect --no-telemetry --without MessageDisplay
                                            without these from now on, the rest as it is"""


def register(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `connect` to the subcommands."""
    connect = commands.add_parser(
        "connect",
        help="add Hookwatch's hooks to Claude Code's settings",
        description=DESCRIPTION,
        epilog=EXAMPLES,
        formatter_class=Help,
    )
    where = connect.add_argument_group("where")
    add_project(where)
    add_url(where)
    add_what(connect.add_argument_group("what"))
    add_how(connect.add_argument_group("how"))
    connect.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Connect: 0. What cannot be done ends as `Cannot`, with nothing changed."""
    settings = read_settings()
    records = Records(settings.data.absolute() / CONNECT_FOLDER)
    place = local_place(options.project) if options.project else user_place()
    file = read_file(place.path, _touched(options))
    planned = plan(options, settings, place, file, records.load(place.path))
    if planned.change is None:
        fresh = not options.dry_run and _install(settings, planned)
        news = " The scripts were brought up to date." if fresh else ""
        print(f"{shown(place.path)} has all of this already; nothing in it was changed.{news}")
        _print_notes(planned.notes)
        return 0
    show(planned.change)
    asked = planned.asked
    _print_notes((*planned.notes, *_notes(asked, place), *_warnings(file.text, asked.url)))
    if not agreed("Write this?", dry_run=options.dry_run, yes=options.yes):
        return 0
    _install(settings, planned)
    folder = settings.data.absolute() / CONNECT_FOLDER
    print(_done(planned, carry_out(planned.change, records, folder)))
    return 0


def _install(settings: Settings, planned: Plan) -> bool:
    folder = settings.data.absolute() / CONNECT_FOLDER
    keep = keeps_token(planned.asked.url, planned.kept)
    return scripts.install(folder, settings.token, keep_token=keep)


def _print_notes(notes: Iterable[str]) -> None:
    for note in notes:
        print(f"Note: {note}")


def _notes(asked: Asked, place: Place) -> Iterator[str]:
    """Yield what somebody should know who says yes to this."""
    if place.scope == "local":
        yield "these are your personal settings of the project; do not commit the file."
    if asked.via == "http":
        yield (
            "while ingestd is down, Claude Code shows two lines for each event of an http hook; "
            "--via command is silent."
        )
        if _may_be_private(asked.url):
            yield (
                "Claude Code refuses http hooks to a name that leads to a private address; "
                "give the address as a number, or use --via command."
            )
        if asked.with_token:
            yield (
                "http hooks take the token from HOOKWATCH_TOKEN in the environment Claude Code is "
                "started in; it is not written into the settings."
            )
    if asked.telemetry and asked.with_token:
        yield (
            "telemetry needs the token too, which is not written into the settings; export "
            'OTEL_EXPORTER_OTLP_HEADERS="Authorization=Bearer%20$HOOKWATCH_TOKEN" where you start '
            "Claude Code."
        )


def _warnings(text: str | None, url: str) -> Iterator[str]:
    """Yield what stands in the settings already and is in the way."""
    if text is None or not text.strip(SPACES):
        return
    root = scan(text)
    if object_at(text, root, ()).get("disableAllHooks") is True:
        yield '"disableAllHooks" is on in this file: no hook and no status line runs.'
    host = urlsplit(url).netloc
    others = [
        handler
        for _, handler in all_handlers(text, root)
        if not our_handler(handler) and host in f"{handler.get('url')} {handler.get('command')}"
    ]
    if others:
        yield f"{len(others)} hooks of your own lead to {host} as well: events may come twice."


def _done(planned: Plan, backup: Path | None) -> str:
    asked, now = planned.asked, planned.now
    more = [
        *(["the status line"] if now.tap else []),
        *(["telemetry"] if asked.telemetry else []),
    ]
    lines = [
        f"Connected: {len(now.handlers)} events by {asked.via} to {asked.url}"
        + "".join(f", {it}" for it in more)
        + ". Open sessions take it up with their next turn.",
        *([f"The settings as they were: {shown(backup)}"] if backup else []),
        "`hookwatch disconnect` takes it out again; `hookwatch status` tells how it stands.",
    ]
    return "\n".join(lines)


def _touched(options: argparse.Namespace) -> set[str]:
    """Return the keys that may be put in anew; where ours is already, the shape is right."""
    keys = {"hooks": True, "env": wants_telemetry(options), "statusLine": options.statusline}
    return {key for key, on in keys.items() if on}


def _may_be_private(url: str) -> bool:
    """Tell whether an address is a name other than this machine's, which may lead anywhere."""
    host = urlsplit(url).hostname or ""
    if host == "localhost":
        return False
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return True
    return False
