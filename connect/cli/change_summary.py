"""Summarize a change of settings in a few lines: hooks by number, status line, telemetry."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Literal

import msgspec

from shared.hook_handlers import our_handler

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from connect.settings.installed import InstalledEntries, InstalledHandler

Change = Literal["added", "updated", "removed"]
SIGNS: Mapping[Change, str] = {"added": "+", "updated": "~", "removed": "-"}
MAX_NAMES = 3


class ChangeSummary(msgspec.Struct, frozen=True, kw_only=True):
    """The field names are the keys of `connect --dry-run --json`."""

    added_hooks: Sequence[str]
    """Their events."""
    updated_hooks: Sequence[str]
    removed_hooks: Sequence[str]
    status_line: Change | None
    telemetry: Change | None


def summarize(before: InstalledEntries, after: InstalledEntries) -> ChangeSummary:
    old, new = _by_event(before.handlers), _by_event(after.handlers)
    return ChangeSummary(
        added_hooks=[event for event in new if event not in old],
        updated_hooks=[event for event in new if event in old and new[event] != old[event]],
        removed_hooks=[event for event in old if event not in new],
        status_line=_change(before.status_line, after.status_line),
        telemetry=_change(before.env, after.env),
    )


def summary_lines(before: InstalledEntries, after: InstalledEntries) -> Iterator[str]:
    summary = summarize(before, after)
    if summary.added_hooks:
        added = [it for it in after.handlers if it.event in summary.added_hooks]
        yield f"  + {_count(summary.added_hooks)}, {_ways(added)}"
    if summary.updated_hooks:
        yield f"  ~ {_count(summary.updated_hooks)}{_names(summary.updated_hooks)}"
    if summary.removed_hooks:
        yield f"  - {_count(summary.removed_hooks)}{_names(summary.removed_hooks)}"
    if summary.status_line:
        around = ", around yours" if _wraps(after) or _wraps(before) else ""
        yield f"  {SIGNS[summary.status_line]} status line{around}"
    if summary.telemetry:
        count = len(after.env or before.env)
        yield f"  {SIGNS[summary.telemetry]} telemetry, {count} environment variables"


def _by_event(handlers: Sequence[InstalledHandler]) -> dict[str, list[InstalledHandler]]:
    grouped: dict[str, list[InstalledHandler]] = defaultdict(list)
    for it in handlers:
        grouped[it.event].append(it)
    return grouped


def _change(before: object, after: object) -> Change | None:
    if before == after:
        return None
    if not before:
        return "added"
    return "updated" if after else "removed"


def _count(events: Sequence[str]) -> str:
    return f"{len(events)} hook{'s' * (len(events) != 1)}"


def _wraps(entries: InstalledEntries) -> bool:
    return entries.status_line is not None and entries.status_line.user_command is not None


def _names(events: Sequence[str]) -> str:
    return f": {', '.join(events)}" if len(events) <= MAX_NAMES else ""


def _ways(handlers: Sequence[InstalledHandler]) -> str:
    """Return how they send, and where."""
    ours = [found for it in handlers if (found := our_handler(it.handler))]
    urls = " and ".join(sorted({it.url for it in ours}))
    posts = sum(it.kind == "http" for it in ours)
    if not posts:
        return f"one script → {urls}"
    return f"{posts} by http, {len(ours) - posts} by one script → {urls}"
