"""Take the options of `hookwatch connect`; what is left out stays as the settings have it.

In: the command line, what the settings say was asked for before. Out: what is asked for now.
"""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from connect import http as address
from connect.errors import Cannot
from connect.settings.wanted import Asked
from shared.hook_events import ON_REQUEST
from shared.hook_handlers import TOKEN_VARIABLE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from connect.settings.kept import Kept
    from shared.settings import Settings


def add_project(group: argparse._ArgumentGroup) -> None:
    """Add the option that chooses the file."""
    group.add_argument(
        "--project",
        type=Path,
        metavar="DIR",
        help="your personal settings of one project, DIR/.claude/settings.local.json, which is not "
        "meant to be committed (default: your user settings, for all projects)",
    )


def add_how(group: argparse._ArgumentGroup) -> None:
    """Add the options of every command that changes settings."""
    group.add_argument("--dry-run", action="store_true", help="show the change, write nothing")
    group.add_argument("--yes", "-y", action="store_true", help="write without asking")


def add_url(group: argparse._ArgumentGroup) -> None:
    """Add the option that says where ingestd is."""
    group.add_argument(
        "--url", type=address.url, help=f"ingestd (default: as it is, or {address.ingest_url()})"
    )


def add_what(group: argparse._ArgumentGroup) -> None:
    """Add the options that say what is sent, and how."""
    group.add_argument(
        "--via",
        choices=("command", "http"),
        help="command: a small script that keeps events while Hookwatch is down and never shows "
        "anything; http: three times as fast, but Claude Code complains while Hookwatch is down "
        "(default: as it is, or command)",
    )
    _add_more(group)
    _add_switch(
        group,
        "--statusline",
        "learn context and cost from the status line; your own is shown as it was",
    )
    _add_switch(group, "--telemetry", "learn cost and tokens of each request by OpenTelemetry")
    _add_switch(group, "--telemetry-prompts", "with the words of prompts and answers in it")
    _add_switch(group, "--telemetry-tools", "with commands and the input of tools in it")


def asked(options: argparse.Namespace, kept: Kept, settings: Settings) -> Asked:
    """Return what is asked for: what is named, and else what was asked for before."""
    _refuse_contradictions(options)
    url = options.url or kept.url or address.ingest_url()
    telemetry = wants_telemetry(options, otherwise=kept.telemetry)
    return Asked(
        data=settings.data.absolute(),
        url=url,
        via=options.via or kept.via or "command",
        more=list(_more(options, kept)),
        status_line=_or(options.statusline, kept.status_line),
        telemetry=telemetry,
        prompts=telemetry and _or(options.telemetry_prompts, kept.prompts),
        tool_details=telemetry and _or(options.telemetry_tools, kept.tool_details),
        with_token=settings.token is not None or (kept.with_token and keeps_token(url, kept)),
    )


def wants_telemetry(options: argparse.Namespace, *, otherwise: bool = False) -> bool:
    """Tell whether telemetry is asked for, by its own name or by what is to be in it."""
    content = options.telemetry_prompts or options.telemetry_tools
    return _or(options.telemetry, bool(content) or otherwise)


def keeps_token(url: str, kept: Kept) -> bool:
    """Tell whether a token stays: none is named, an empty one neither, for the same address."""
    return TOKEN_VARIABLE not in os.environ and url == kept.url


def _more(options: argparse.Namespace, kept: Kept) -> Iterator[tuple[str, str | None]]:
    """Yield the events on request, in their order."""
    named = dict(options.more)
    for event in ON_REQUEST:
        if event in named:
            yield event, named[event]
        elif event not in options.less:
            yield from (it for it in kept.more if it[0] == event)


def _or(named: bool | None, otherwise: bool) -> bool:  # noqa: FBT001 - it reads as it is said
    return otherwise if named is None else named


def _refuse_contradictions(options: argparse.Namespace) -> None:
    if options.project and options.statusline:
        raise Cannot("the status line is one for all projects: use --statusline without --project.")
    if both := [event for event, _ in options.more if event in options.less]:
        raise Cannot(f"{both[0]} is asked for by --with and not by --without: say one of them.")
    if options.telemetry is False and (options.telemetry_prompts or options.telemetry_tools):
        raise Cannot("nothing can be in telemetry with --no-telemetry: say one of them.")


def _event(text: str) -> tuple[str, str | None]:
    name, _, matcher = text.partition("=")
    name = _name(name)
    if name == "FileChanged" and not matcher:
        raise argparse.ArgumentTypeError("name the files: 'FileChanged=.env|package.json'")
    if name != "FileChanged" and matcher:
        raise argparse.ArgumentTypeError(f"{name} takes no matcher")
    return name, matcher or None


def _name(text: str) -> str:
    if text not in ON_REQUEST:
        raise argparse.ArgumentTypeError(f"{text}: only {', '.join(ON_REQUEST)} are on request")
    return text


def _add_more(group: argparse._ArgumentGroup) -> None:
    each: dict[str, Any] = {"action": "append", "default": [], "metavar": "EVENT"}
    group.add_argument(
        "--with",
        dest="more",
        type=_event,
        help=f"an event that is off at first: {', '.join(ON_REQUEST[:-1])}, or "
        "FileChanged=NAME|NAME; repeatable (default: as it is, or none of them)",
        **each,
    )
    group.add_argument(
        "--without",
        dest="less",
        type=_name,
        help="one of those events no longer; repeatable (default: none of them)",
        **each,
    )


def _add_switch(group: argparse._ArgumentGroup, name: str, what: str) -> None:
    """Add an option that is on, off, or left out."""
    group.add_argument(
        name, action=argparse.BooleanOptionalAction, help=f"{what} (default: as it is, or off)"
    )
