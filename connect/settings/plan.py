"""Plan what `hookwatch connect` is to change, from what is asked for and what is there.

In: the options, a settings file as it was read, its record. Out: the change, and how what is there
was understood. Nothing is written here.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import msgspec

from connect.cli.options import asked, wants_telemetry
from connect.errors import Cannot
from connect.http import ingest_url
from connect.settings.apply import brought
from connect.settings.change import Change
from connect.settings.installed import SPACES, Found, found_in, object_at
from connect.settings.json.scan import find, place, scan
from connect.settings.kept import Kept, kept
from connect.settings.places import shown
from connect.settings.telemetry import elsewhere, variables
from connect.settings.undo import without_ours
from connect.settings.wanted import Asked, wanted

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from connect.settings.files import SettingsFile
    from connect.settings.places import Place
    from connect.settings.put_in import Wanted
    from connect.settings.record import Record
    from shared.settings import Settings


class Plan(msgspec.Struct, frozen=True):
    """Hold what is asked for, and what that changes."""

    asked: Asked
    kept: Kept
    change: Change | None
    """None: nothing."""
    now: Found
    """What of ours there will be then."""
    notes: Sequence[str]
    """How what is there was understood."""


def plan(
    options: argparse.Namespace,
    settings: Settings,
    where: Place,
    file: SettingsFile,
    old: Record | None,
) -> Plan:
    """Return what is to change; raise Cannot where it could not be taken out again."""
    before = kept(found_in(file.text, old), ingest_url())
    asking = asked(options, before, settings)
    base = without_ours(file.text, old)
    others = _others(where.path, base, asking, before) if asking.telemetry else ""
    want = _wanted(options, asking, before, others)
    text, record = brought(file.text, want, str(where.path), old)
    if without_ours(text, record) != base:
        raise Cannot(f"{shown(where.path)}: this could not be undone exactly. Nothing was changed.")
    made = (old is not None and old.made_folder) or not file.real.parent.exists()
    record = msgspec.structs.replace(record, made_folder=made)
    change = None if text == file.text else Change(where, file, text, record)
    notes = [*_chosen(options, before, asking), *_left(others)]
    return Plan(asking, before, change, found_in(text, record), notes)


def _wanted(options: argparse.Namespace, asking: Asked, before: Kept, others: str) -> Wanted:
    """Return what is to be there; telemetry that somebody led elsewhere since stays as it is."""
    want = wanted(asking)
    if not others:
        return want
    if wants_telemetry(options):
        raise Cannot(
            f"telemetry goes elsewhere already, by {others}. "
            "Take that out first, or connect without --telemetry. Nothing was changed."
        )
    return msgspec.structs.replace(want, env=before.env)


def _others(path: Path, base: str | None, asking: Asked, before: Kept) -> str:
    """Name what sends telemetry somewhere already: it can go one way only."""
    ours = variables(asking.url, prompts=True, tool_details=True)
    text = "{}" if base is None or not base.strip(SPACES) else base
    root = scan(text)
    found = []
    for name in elsewhere(object_at(text, root, ("env",)), ours):
        value = find(root, ("env", name))
        line, column = place(text, value.start if value else 0)
        found.append(f"{name} ({shown(path)}:{line}:{column})")
    # Claude Code hands what is in its settings to what it runs: that is no other way.
    around = {name: it for name, it in os.environ.items() if before.env.get(name) != it}
    found += [f"{name} (your environment)" for name in elsewhere(around, ours)]
    return ", ".join(found)


def _left(others: str) -> Iterator[str]:
    if others:
        yield f"telemetry is left as it is, for it goes elsewhere by {others}."


def _chosen(options: argparse.Namespace, before: Kept, asking: Asked) -> Iterator[str]:
    """Yield what was taken where two things are there, or another than the environment names."""
    if len(before.vias) > 1 and not options.via:
        ways = _counted(before.vias)
        yield f"hooks go two ways, {ways}: all go by {asking.via} now. --via chooses."
    if options.url:
        return
    if len(before.urls) > 1:
        yield f"it leads to {_counted(before.urls)}: all leads to {asking.url} now. --url chooses."
    here = ingest_url()
    named = any(os.environ.get(f"HOOKWATCH_INGEST_{it}") for it in ("HOST", "PORT"))
    if named and before.url and asking.url != here:
        yield f"it leads to {asking.url} still, and ingestd is at {here} here. --url chooses."


def _counted(votes: Mapping[Any, int]) -> str:
    return " and ".join(f"{it} ({count} times)" for it, count in votes.items())
