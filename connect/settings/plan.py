"""Plan what `hookwatch connect` changes in a settings file. Nothing is written here."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import msgspec

from connect.errors import CliError
from connect.http import ingest_url
from connect.settings.apply import DesiredSettings, apply_desired
from connect.settings.change import SettingsChange
from connect.settings.files import UNCHANGED, WHITESPACE
from connect.settings.installed import InstalledEntries, find_installed, object_at
from connect.settings.json.scan import find, line_column, scan
from connect.settings.locations import display_path
from connect.settings.request import ConnectRequest, PreviousRequest, desired_settings
from connect.settings.telemetry import conflicting, variables
from connect.settings.undo import remove_ours

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from connect.settings.files import SettingsFile
    from connect.settings.locations import SettingsLocation
    from connect.settings.record import SettingsRecord


class ExplicitOptions(msgspec.Struct, frozen=True):
    """Which options were given, rather than kept from before."""

    via: bool = False
    url: bool = False
    telemetry: bool = False


class ConnectPlan(msgspec.Struct, frozen=True):
    request: ConnectRequest
    previous: PreviousRequest
    change: SettingsChange | None
    """None: nothing to change."""
    installed_before: InstalledEntries
    installed: InstalledEntries
    """What is installed afterwards."""
    notes: Sequence[str]
    """How contradictory settings were understood."""


def plan_change(
    request: ConnectRequest,
    previous: PreviousRequest,
    explicit: ExplicitOptions,
    location: SettingsLocation,
    file: SettingsFile,
    record: SettingsRecord | None,
) -> ConnectPlan:
    """Return what is to change; raise CliError when it could not be undone exactly."""
    without_ours = remove_ours(file.text, record)
    conflicts = _conflicts(location.path, without_ours, request, previous)
    desired = _desired(request, previous, explicit, conflicts)
    text, new_record = apply_desired(file.text, desired, str(location.path), record)
    if remove_ours(text, new_record) != without_ours:
        raise CliError(
            f"{display_path(location.path)}: this change could not be undone exactly. {UNCHANGED}"
        )
    made_folder = (record is not None and record.made_folder) or not file.real_path.parent.exists()
    new_record = msgspec.structs.replace(new_record, made_folder=made_folder)
    change = None if text == file.text else SettingsChange(location, file, text, new_record)
    notes = [*_choice_notes(explicit, previous, request), *_conflict_notes(conflicts)]
    before, after = find_installed(file.text, record), find_installed(text, new_record)
    return ConnectPlan(request, previous, change, before, after, notes)


def _desired(
    request: ConnectRequest, previous: PreviousRequest, explicit: ExplicitOptions, conflicts: str
) -> DesiredSettings:
    """Return what to install; telemetry that the user sends elsewhere stays as it is."""
    desired = desired_settings(request)
    if not conflicts:
        return desired
    if explicit.telemetry:
        raise CliError(
            f"telemetry is already sent elsewhere: {conflicts}. "
            f"Remove that first, or connect without --telemetry. {UNCHANGED}"
        )
    return msgspec.structs.replace(desired, env=previous.env)


def _conflicts(
    path: Path, without_ours: str | None, request: ConnectRequest, previous: PreviousRequest
) -> str:
    """Name the variables that already send telemetry elsewhere: it has one destination only."""
    if not request.telemetry:
        return ""
    ours = variables(request.url, prompts=True, tool_details=True)
    is_blank = without_ours is None or not without_ours.strip(WHITESPACE)
    text = "{}" if without_ours is None or is_blank else without_ours
    root = scan(text)
    named = []
    for name in conflicting(object_at(text, root, ("env",)), ours):
        value = find(root, ("env", name))
        line, column = line_column(text, value.start if value else 0)
        named.append(f"{name} ({display_path(path)}:{line}:{column})")
    # Claude Code exports its settings' variables to what it runs: those are no conflict.
    environment = {name: it for name, it in os.environ.items() if previous.env.get(name) != it}
    named += [f"{name} (your environment)" for name in conflicting(environment, ours)]
    return ", ".join(named)


def _conflict_notes(conflicts: str) -> Iterator[str]:
    if conflicts:
        yield f"telemetry is unchanged: it is already sent elsewhere, by {conflicts}."


def _choice_notes(
    explicit: ExplicitOptions, previous: PreviousRequest, request: ConnectRequest
) -> Iterator[str]:
    if len(previous.via_counts) > 1 and not explicit.via:
        counts = _counted(previous.via_counts)
        yield f"hooks used {counts}: all use {request.via} now. Use --via to choose."
    if explicit.url:
        return
    if len(previous.url_counts) > 1:
        counts = _counted(previous.url_counts)
        yield f"hooks sent to {counts}: all send to {request.url} now. Use --url to choose."
    local = ingest_url()
    is_configured = any(os.environ.get(f"HOOKWATCH_INGEST_{it}") for it in ("HOST", "PORT"))
    if is_configured and previous.url and request.url != local:
        yield f"hooks still send to {request.url}; ingestd is at {local} here. Use --url to choose."


def _counted(counts: Mapping[Any, int]) -> str:
    return " and ".join(f"{it} ({count}×)" for it, count in counts.items())
