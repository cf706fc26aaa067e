"""The options of `hookwatch connect`; one that is omitted keeps what the settings have."""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args
from urllib.parse import urlsplit

from connect.errors import CliError
from connect.http import ingest_url, parse_url
from connect.service.manager import installed_service
from connect.settings.plan import ExplicitOptions
from connect.settings.request import ConnectRequest
from shared.hook_events import ON_REQUEST
from shared.hook_handlers import TOKEN_VARIABLE, Kind
from shared.settings import is_loopback

if TYPE_CHECKING:
    from collections.abc import Iterator

    from connect.settings.request import PreviousRequest
    from shared.settings import Settings


def add_project(group: argparse._ArgumentGroup) -> None:
    group.add_argument(
        "--project",
        type=Path,
        metavar="DIR",
        help="your personal settings for one project, DIR/.claude/settings.local.json, which is "
        "not meant to be committed (default: your user settings, for all projects)",
    )


def add_write_options(group: argparse._ArgumentGroup) -> None:
    group.add_argument("--diff", action="store_true", help="show the diff below the summary")
    group.add_argument(
        "--dry-run", action="store_true", help="show the change with its diff, write nothing"
    )
    group.add_argument("--yes", "-y", action="store_true", help="write without asking")


def add_url(group: argparse._ArgumentGroup) -> None:
    group.add_argument(
        "--url",
        type=parse_url,
        help=f"address of ingestd (default: unchanged; first run: {ingest_url()})",
    )


def add_content_options(group: argparse._ArgumentGroup) -> None:
    """Add the options that choose what is sent, and how."""
    group.add_argument(
        "--via",
        choices=get_args(Kind),
        help="command: a small script that never prints and stores events on disk while Hookwatch "
        "is down; spool: a smaller one that always does so, at a third of the cost, but power loss "
        "may take the last milliseconds; http: as cheap, but Claude Code prints errors and drops "
        "events while Hookwatch is down (default: unchanged; first run: http if a service holds "
        "the port, else command)",
    )
    _add_event_options(group)
    _add_switch(
        group,
        "--statusline",
        "read context and cost from the status line; yours keeps working",
    )
    _add_switch(group, "--telemetry", "record cost and tokens per request (OpenTelemetry)")
    _add_switch(group, "--telemetry-prompts", "include prompt and response text in telemetry")
    _add_switch(group, "--telemetry-tools", "include commands and tool input in telemetry")


def build_request(
    options: argparse.Namespace, previous: PreviousRequest, settings: Settings
) -> ConnectRequest:
    """Combine the given options with what was requested before."""
    _refuse_contradictions(options)
    url = options.url or previous.url or ingest_url()
    telemetry = _or(options.telemetry, explicit_options(options).telemetry or previous.telemetry)
    keeps_existing_token = previous.with_token and keeps_token(url, previous)
    return ConnectRequest(
        data=settings.data.absolute(),
        url=url,
        via=options.via or previous.via or _best_kind(url, settings),
        optional_events=list(_optional_events(options, previous)),
        status_line=_or(options.statusline, previous.status_line),
        telemetry=telemetry,
        prompts=telemetry and _or(options.telemetry_prompts, previous.prompts),
        tool_details=telemetry and _or(options.telemetry_tools, previous.tool_details),
        with_token=settings.token is not None or keeps_existing_token,
    )


def _best_kind(url: str, settings: Settings) -> Kind:
    """Return http where no restart of ingestd refuses a hook, and no token is needed."""
    parts = urlsplit(url)
    if settings.token is not None or not is_loopback(parts.hostname or ""):
        return "command"
    service = installed_service(os.environ)
    return "http" if service and service.held_port == parts.port else "command"


def explicit_options(options: argparse.Namespace) -> ExplicitOptions:
    content = bool(options.telemetry_prompts or options.telemetry_tools)
    return ExplicitOptions(
        via=bool(options.via), url=bool(options.url), telemetry=_or(options.telemetry, content)
    )


def keeps_token(url: str, previous: PreviousRequest) -> bool:
    """Return whether an installed token stays: for the same address, when none is given."""
    return TOKEN_VARIABLE not in os.environ and url == previous.url


def _optional_events(
    options: argparse.Namespace, previous: PreviousRequest
) -> Iterator[tuple[str, str | None]]:
    added = dict(options.add_events)
    for event in ON_REQUEST:
        if event in added:
            yield event, added[event]
        elif event not in options.remove_events:
            yield from (it for it in previous.optional_events if it[0] == event)


def _or(value: bool | None, default: bool) -> bool:  # noqa: FBT001 - an operator
    return default if value is None else value


def _refuse_contradictions(options: argparse.Namespace) -> None:
    if options.project and options.statusline:
        raise CliError("the status line applies to all projects: use it without --project.")
    both = [event for event, _ in options.add_events if event in options.remove_events]
    if both:
        raise CliError(f"{both[0]} is in both --with and --without. Use one of them.")
    if options.telemetry is False and (options.telemetry_prompts or options.telemetry_tools):
        raise CliError("--no-telemetry excludes --telemetry-prompts and --telemetry-tools.")


def _parse_event(text: str) -> tuple[str, str | None]:
    name, _, matcher = text.partition("=")
    name = _parse_event_name(name)
    if name == "FileChanged" and not matcher:
        raise argparse.ArgumentTypeError("name the files: 'FileChanged=.env|package.json'")
    if name != "FileChanged" and matcher:
        raise argparse.ArgumentTypeError(f"{name} takes no matcher")
    return name, matcher or None


def _parse_event_name(text: str) -> str:
    if text not in ON_REQUEST:
        raise argparse.ArgumentTypeError(f"{text} is not one of {', '.join(ON_REQUEST)}")
    return text


def _add_event_options(group: argparse._ArgumentGroup) -> None:
    shared: dict[str, Any] = {"action": "append", "default": [], "metavar": "EVENT"}
    group.add_argument(
        "--with",
        dest="add_events",
        type=_parse_event,
        help=f"enable an optional event: {', '.join(ON_REQUEST[:-1])}, or "
        "FileChanged=NAME|NAME; repeatable (default: unchanged; first run: none)",
        **shared,
    )
    group.add_argument(
        "--without",
        dest="remove_events",
        type=_parse_event_name,
        help="disable it again; repeatable (default: none)",
        **shared,
    )


def _add_switch(group: argparse._ArgumentGroup, name: str, help_text: str) -> None:
    """Add an option with three states: on, off, omitted."""
    group.add_argument(
        name,
        action=argparse.BooleanOptionalAction,
        help=f"{help_text} (default: unchanged; first run: off)",
    )
