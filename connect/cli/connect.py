"""Add Hookwatch to Claude Code's settings: `hookwatch connect`."""

from __future__ import annotations

import argparse
import ipaddress
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import msgspec

from connect.cli.change_summary import ChangeSummary, summarize, summary_lines
from connect.cli.help import HelpFormatter
from connect.cli.options import (
    add_content_options,
    add_project,
    add_url,
    add_write_options,
    build_request,
    explicit_options,
    keeps_token,
)
from connect.cli.terminal import confirm_change, diff_lines
from connect.errors import CliError
from connect.http import ingest_url
from connect.settings import scripts
from connect.settings.change import write_change
from connect.settings.files import WHITESPACE, read_file
from connect.settings.installed import all_handlers, find_installed, object_at
from connect.settings.json.scan import scan
from connect.settings.locations import (
    SettingsLocation,
    display_path,
    local_location,
    user_location,
)
from connect.settings.plan import ConnectPlan, plan_change
from connect.settings.record import RecordStore
from connect.settings.request import previous_request
from shared.hook_handlers import CONNECT_FOLDER, our_handler
from shared.settings import read_settings

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from connect.settings.request import ConnectRequest
    from shared.hook_handlers import Kind
    from shared.settings import Settings

DESCRIPTION = """\
Add Hookwatch hooks to Claude Code's settings.

Shows what changes and asks before writing. Only Hookwatch's entries change, and `hookwatch
disconnect` removes exactly them. Options that you omit keep their current value, so running it
again without any repairs what is missing or out of date."""
EXAMPLES = """\
examples:
  hookwatch connect                         all your sessions; silent while Hookwatch is down
  hookwatch connect --dry-run               show the change with its diff, write nothing
  hookwatch connect --dry-run --json | jq .added_hooks
  hookwatch connect --statusline --telemetry
                                            with context, cost and tokens
  hookwatch connect --project ~/shop-api    one project only, in your personal settings for it
  hookwatch connect --with MessageDisplay --with 'FileChanged=.env|package.json'
  hookwatch connect --no-telemetry --without MessageDisplay
                                            turn these off, keep the rest"""


REASONS: Mapping[Kind, str] = {
    "command": "hooks run a script that posts (command), silent and lossless while ingestd is "
    "down. --via spool costs a third of it, but power loss may take the last milliseconds.",
    "http": "hooks post by themselves (http), the cheapest way: the service holds the port, so a "
    "restart of ingestd refuses none.",
    "spool": "hooks write files (spool), which ingestd takes within milliseconds. Power loss may "
    "take the last ones.",
}
"""Why hooks are sent as they are, in one line."""


class ConnectPreview(ChangeSummary, frozen=True, kw_only=True):
    """What `--dry-run --json` prints."""

    path: str
    """Of the settings file."""
    url: str
    notes: Sequence[str]
    diff: Sequence[str]
    """Its lines; none if nothing changes."""


def register(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    connect = commands.add_parser(
        "connect",
        help="add Hookwatch's hooks to Claude Code's settings",
        description=DESCRIPTION,
        epilog=EXAMPLES,
        formatter_class=HelpFormatter,
    )
    where = connect.add_argument_group("where")
    add_project(where)
    add_url(where)
    add_content_options(connect.add_argument_group("what"))
    how = connect.add_argument_group("how")
    add_write_options(how)
    how.add_argument("--json", action="store_true", help="with --dry-run: print JSON")
    connect.set_defaults(run=run)


def connect_problem(*words: str) -> str | None:
    """Return why `hookwatch connect` with these options would fail; None if it would not."""
    parser = argparse.ArgumentParser()
    register(parser.add_subparsers())
    try:
        _plan(parser.parse_args(["connect", *words]), read_settings())
    except CliError as error:
        return str(error)
    return None


def run(options: argparse.Namespace) -> int:
    if options.json and not options.dry_run:
        raise CliError("--json needs --dry-run.")
    settings = read_settings()
    plan, location, records = _plan(options, settings)
    if options.json:
        print(msgspec.json.format(msgspec.json.encode(_preview(plan, location))).decode())
        return 0
    if plan.change is None:
        is_updated = not options.dry_run and _install_scripts(settings, plan)
        scripts_note = " Updated the scripts." if is_updated else ""
        print(f"{display_path(location.path)} is already connected. No changes.{scripts_note}")
        _print_notes(plan.notes)
        return 0
    print(f"Changes to {display_path(location.path)}:")
    print("\n".join(summary_lines(plan.installed_before, plan.installed)))
    _print_notes(_all_notes(plan, location))
    if not confirm_change("Write this?", plan.change, options):
        return 0
    _install_scripts(settings, plan)
    backup = write_change(plan.change, records, _folder(settings))
    print(_summary(plan, backup))
    return 0


def _plan(
    options: argparse.Namespace, settings: Settings
) -> tuple[ConnectPlan, SettingsLocation, RecordStore]:
    records = RecordStore(_folder(settings))
    location = local_location(options.project) if options.project else user_location()
    file = read_file(location.path, _keys_to_edit(options))
    record = records.load(location.path)
    previous = previous_request(find_installed(file.text, record), ingest_url())
    request = build_request(options, previous, settings)
    plan = plan_change(request, previous, explicit_options(options), location, file, record)
    return plan, location, records


def _preview(plan: ConnectPlan, location: SettingsLocation) -> ConnectPreview:
    return ConnectPreview(
        path=display_path(location.path),
        url=plan.request.url,
        **msgspec.structs.asdict(summarize(plan.installed_before, plan.installed)),
        notes=list(_all_notes(plan, location)),
        diff=[] if plan.change is None else diff_lines(plan.change)[0],
    )


def _folder(settings: Settings) -> Path:
    return settings.data.absolute() / CONNECT_FOLDER


def _keys_to_edit(options: argparse.Namespace) -> set[str]:
    """Return the keys that may be added; where ours are already, the types are right."""
    keys = {
        "hooks": True,
        "env": explicit_options(options).telemetry,
        "statusLine": options.statusline,
    }
    return {key for key, is_edited in keys.items() if is_edited}


def _install_scripts(settings: Settings, plan: ConnectPlan) -> bool:
    keep_token = keeps_token(plan.request.url, plan.previous)
    return scripts.install(_folder(settings), settings.token, keep_token=keep_token)


def _print_notes(notes: Iterable[str]) -> None:
    for note in notes:
        print(f"Note: {note}")


def _all_notes(plan: ConnectPlan, location: SettingsLocation) -> Iterator[str]:
    yield from plan.notes
    if plan.change is not None:
        yield from _notes(plan.request, location, is_first=plan.previous.via is None)
        yield from _warnings(plan.change.file.text, plan.request.url)


def _notes(request: ConnectRequest, location: SettingsLocation, *, is_first: bool) -> Iterator[str]:
    """Yield what to know before confirming."""
    if location.scope == "local":
        yield "these are your personal settings for this project. Do not commit the file."
    if is_first:
        yield REASONS[request.via]
    if request.via == "http":
        yield (
            "while ingestd is down, Claude Code prints two lines for every event of an http hook. "
            "--via command prints nothing."
        )
        if _may_be_private(request.url):
            yield (
                "Claude Code blocks http hooks to names that resolve to a private address. "
                "Use the IP address, or --via command."
            )
        if request.with_token:
            yield (
                "http hooks read the token from HOOKWATCH_TOKEN in Claude Code's environment. "
                "It is not written to the settings."
            )
    if request.telemetry and request.with_token:
        yield (
            "telemetry needs the token too, which is not written to the settings. Export "
            'OTEL_EXPORTER_OTLP_HEADERS="Authorization=Bearer%20$HOOKWATCH_TOKEN" where you start '
            "Claude Code."
        )


def _warnings(text: str | None, url: str) -> Iterator[str]:
    """Yield what the settings already hold that gets in the way."""
    if text is None or not text.strip(WHITESPACE):
        return
    root = scan(text)
    if object_at(text, root, ()).get("disableAllHooks") is True:
        yield '"disableAllHooks" is on in this file, so no hook and no status line runs.'
    host = urlsplit(url).netloc
    others = [
        handler
        for _, handler in all_handlers(text, root)
        if not our_handler(handler) and host in f"{handler.get('url')} {handler.get('command')}"
    ]
    if others:
        yield (
            f"other hooks in this file also send to {host} ({len(others)}). "
            "Events may arrive as duplicates."
        )


def _summary(plan: ConnectPlan, backup: Path | None) -> str:
    request, installed = plan.request, plan.installed
    extras = [
        *(["status line"] if installed.status_line else []),
        *(["telemetry"] if request.telemetry else []),
    ]
    events = f"{len(installed.handlers)} events → {request.url} ({request.via})"
    connected = f"Connected. {', '.join([events, *extras])}."
    lines = [
        f"{connected} Running sessions pick this up on their next turn.",
        *([f"Backup: {display_path(backup)}"] if backup else []),
        "Undo: `hookwatch disconnect`. Check: `hookwatch status`.",
    ]
    return "\n".join(lines)


def _may_be_private(url: str) -> bool:
    """Return whether a host is a name other than localhost, which may resolve to anything."""
    host = urlsplit(url).hostname or ""
    if host == "localhost":
        return False
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return True
    return False
