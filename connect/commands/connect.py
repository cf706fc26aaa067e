"""Take the options of `hookwatch connect`, show what it would write, ask, and write it."""

from __future__ import annotations

import argparse
import ipaddress
import os
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import msgspec

from connect import address, scripts
from connect.errors import Cannot
from connect.help import Help
from connect.json_scan import find, place, scan
from connect.settings.change import Change, agreed, carry_out, show
from connect.settings.file import SettingsFile, read_file
from connect.settings.find import SPACES, Found, all_handlers, found_in, object_at
from connect.settings.places import Place, local_place, shown, user_place
from connect.settings.put_in import with_ours
from connect.settings.record import Records
from connect.settings.take_out import without_ours
from connect.settings.telemetry import elsewhere, variables
from connect.settings.wanted import Asked, wanted
from shared.hook_events import ON_REQUEST
from shared.hook_handlers import CONNECT_FOLDER, our_handler
from shared.settings import read_settings

if TYPE_CHECKING:
    from collections.abc import Iterator

DESCRIPTION = """\
Make Claude Code tell Hookwatch what it does: add hooks to its settings.

What would be written is shown first, and asked about. Your own hooks, the order of things, their
spacing and every key that is not ours stay as they are; `hookwatch disconnect` takes exactly ours
out again. A second run brings ours to what it asks for: what it does not name goes."""
EXAMPLES = """\
examples:
  hookwatch connect                         every session of yours, silent when Hookwatch is down
  hookwatch connect --dry-run               show what that would write, and write nothing
  hookwatch connect --statusline --telemetry
                                            context, cost and tokens as well
  hookwatch connect --project ~/shop-api    this project only, in your personal settings of it
  hookwatch connect --with MessageDisplay --with 'FileChanged=.env|package.json'"""


def register(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `connect` to the subcommands."""
    connect = commands.add_parser(
        "connect",
        help="add Hookwatch's hooks to Claude Code's settings",
        description=DESCRIPTION,
        epilog=EXAMPLES,
        formatter_class=Help,
    )
    _add_where(connect.add_argument_group("where"))
    _add_what(connect.add_argument_group("what"))
    add_how(connect.add_argument_group("how"))
    connect.set_defaults(run=run)


def add_how(group: argparse._ArgumentGroup) -> None:
    """Add the options of every command that changes settings."""
    group.add_argument("--dry-run", action="store_true", help="show the change, write nothing")
    group.add_argument("--yes", "-y", action="store_true", help="write without asking")


def add_project(group: argparse._ArgumentGroup) -> None:
    """Add the option that chooses the file."""
    group.add_argument(
        "--project",
        type=Path,
        metavar="DIR",
        help="your personal settings of one project, DIR/.claude/settings.local.json, which is not "
        "meant to be committed (default: your user settings, for all projects)",
    )


def run(options: argparse.Namespace) -> int:
    """Connect: 0. What cannot be done ends as `Cannot`, with nothing changed."""
    settings = read_settings()
    folder = settings.data.absolute() / CONNECT_FOLDER
    asked = _asked(options, settings.data.absolute(), with_token=settings.token is not None)
    place = local_place(options.project) if options.project else user_place()
    file = read_file(place.path, _touched(asked))
    change, now = _change(place, file, asked, Records(folder))
    if change is None:
        fresh = not options.dry_run and scripts.install(folder, settings.token)
        news = " The scripts were brought up to date." if fresh else ""
        print(f"{shown(place.path)} has all of this already; nothing in it was changed.{news}")
        return 0
    show(change)
    for note in (*_notes(asked, place), *_warnings(file.text, asked.url)):
        print(f"Note: {note}")
    if not agreed("Write this?", dry_run=options.dry_run, yes=options.yes):
        return 0
    scripts.install(folder, settings.token)
    backup = carry_out(change, Records(folder), folder)
    print(_done(asked, now, backup))
    return 0


def _change(
    place: Place, file: SettingsFile, asked: Asked, records: Records
) -> tuple[Change | None, Found]:
    """Return what is to change, None when nothing is, and what of ours there will be then."""
    old = records.load(place.path)
    base = without_ours(file.text, old)
    if asked.telemetry:
        _refuse_elsewhere(place.path, base, asked)
    text, record = with_ours(base, wanted(asked), str(place.path))
    if without_ours(text, record) != base:
        raise Cannot(f"{shown(place.path)}: this could not be undone exactly. Nothing was changed.")
    now = found_in(text, record)
    if found_in(file.text, old).same_as(now):
        return None, now
    made = (old is not None and old.made_folder) or not file.real.parent.exists()
    return Change(place, file, text, msgspec.structs.replace(record, made_folder=made)), now


def _refuse_elsewhere(path: Path, base: str | None, asked: Asked) -> None:
    """Stop where telemetry goes somewhere already: it can go one way only."""
    ours = variables(asked.url, prompts=True, tool_details=True)
    text = "{}" if base is None or not base.strip(SPACES) else base
    root = scan(text)
    found = []
    for name in elsewhere(object_at(text, root, ("env",)), ours):
        value = find(root, ("env", name))
        line, column = place(text, value.start if value else 0)
        found.append(f"{name} ({shown(path)}:{line}:{column})")
    found += [f"{name} (your environment)" for name in elsewhere(os.environ, ours)]
    if found:
        raise Cannot(
            f"telemetry goes elsewhere already, by {', '.join(found)}. "
            "Take that out first, or connect without --telemetry. Nothing was changed."
        )


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
    address = urlsplit(url).netloc
    others = [
        handler
        for _, handler in all_handlers(text, root)
        if not our_handler(handler) and address in f"{handler.get('url')} {handler.get('command')}"
    ]
    if others:
        yield f"{len(others)} hooks of your own lead to {address} as well: events may come twice."


def _done(asked: Asked, now: Found, backup: Path | None) -> str:
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


def _asked(options: argparse.Namespace, data: Path, *, with_token: bool) -> Asked:
    if options.project and options.statusline:
        raise Cannot("the status line is one for all projects: use --statusline without --project.")
    more = dict(options.more)
    return Asked(
        data=data,
        url=options.url,
        via=options.via,
        more=[(event, more[event]) for event in ON_REQUEST if event in more],
        status_line=options.statusline,
        telemetry=options.telemetry or options.telemetry_prompts or options.telemetry_tools,
        prompts=options.telemetry_prompts,
        tool_details=options.telemetry_tools,
        with_token=with_token,
    )


def _touched(asked: Asked) -> set[str]:
    keys = {"hooks": True, "env": asked.telemetry, "statusLine": asked.status_line}
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


def _event(text: str) -> tuple[str, str | None]:
    name, _, matcher = text.partition("=")
    if name not in ON_REQUEST:
        raise argparse.ArgumentTypeError(f"{name}: only {', '.join(ON_REQUEST)} are on request")
    if name == "FileChanged" and not matcher:
        raise argparse.ArgumentTypeError("name the files: 'FileChanged=.env|package.json'")
    if name != "FileChanged" and matcher:
        raise argparse.ArgumentTypeError(f"{name} takes no matcher")
    return name, matcher or None


def _add_where(group: argparse._ArgumentGroup) -> None:
    add_project(group)
    group.add_argument(
        "--url",
        type=address.url,
        default=address.ingest_url(),
        help="ingestd (default: %(default)s)",
    )


def _add_what(group: argparse._ArgumentGroup) -> None:
    group.add_argument(
        "--via",
        choices=("command", "http"),
        default="command",
        help="command: a small script that keeps events while Hookwatch is down and never shows "
        "anything; http: three times as fast, but Claude Code complains while Hookwatch is down "
        "(default: %(default)s)",
    )
    group.add_argument(
        "--with",
        dest="more",
        type=_event,
        action="append",
        default=[],
        metavar="EVENT",
        help=f"an event that is off by default: {', '.join(ON_REQUEST[:-1])}, or "
        "FileChanged=NAME|NAME; repeatable (default: none of them)",
    )
    group.add_argument(
        "--statusline",
        action="store_true",
        help="learn context and cost from the status line; your own stays as it is (default: off)",
    )
    group.add_argument(
        "--telemetry",
        action="store_true",
        help="learn cost and tokens of each request by OpenTelemetry (default: off)",
    )
    group.add_argument(
        "--telemetry-prompts",
        action="store_true",
        help="with the words of prompts and answers in it (default: off)",
    )
    group.add_argument(
        "--telemetry-tools",
        action="store_true",
        help="with commands and the input of tools in it (default: off)",
    )
