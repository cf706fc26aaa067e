"""Bring what of ours is in settings to what is wanted, and touch nothing else.

In: settings as text, what is wanted, the record of the last time. Out: the text with only those
edits that were needed, and its record. What is as it should be keeps its place, also where somebody
wrote something of theirs behind it; where all is as it should be, the text is the same.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from connect.settings.installed import (
    COMMAND,
    found_in,
    object_at,
    our_env,
    our_handlers,
    our_tap,
)
from connect.settings.json.edit import replace, space_in
from connect.settings.json.scan import Path, Value, find, scan
from connect.settings.put_in import Edit, Wanted, with_ours
from connect.settings.record import Record
from connect.settings.status_line import Tap, wrapped
from connect.settings.undo import take, without_tap

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Group = tuple[str, dict[str, Any]]


def brought(text: str | None, wanted: Wanted, path: str, old: Record | None) -> tuple[str, Record]:
    """Return settings in which exactly what is wanted is ours, and their record."""
    if text is None or not found_in(text, old):
        return with_ours(text, wanted, path)
    was = old or Record(path=path)
    edit = Edit(text)
    _bring_handlers(edit, wanted.groups, was.empty)
    env = _bring_env(edit, wanted.env, old)
    line = _bring_tap(edit, wanted.tap, was)
    empty = _still_filled(edit.text, {**was.empty, **edit.empty})
    return edit.text, msgspec.structs.replace(
        was, path=path, empty=empty, env=env, status_line=line
    )


def _bring_handlers(edit: Edit, groups: Sequence[Group], empty: Mapping[str, str]) -> None:
    while pair := _replacement(edit.text, groups):
        edit.text = replace(edit.text, *pair)
    # Added before others are taken out: so no container goes, and comes back at another place.
    for event, group in _compared(edit.text, groups)[1]:
        edit.add(("hooks", event), group)
    while stale := _compared(edit.text, groups)[0]:
        edit.text = take(edit.text, stale[0][0], empty)


def _bring_env(edit: Edit, wanted: Mapping[str, str], old: Record | None) -> dict[str, str]:
    """Return the variables that are ours then."""
    ours = our_env(edit.text, scan(edit.text), old)
    kept = {name: value for name, value in wanted.items() if name in ours}
    for name, value in kept.items():
        if ours[name] != value:
            edit.text = replace(edit.text, ("env", name), value)
    added = {
        name: it for name, it in wanted.items() if name not in ours and edit.set("env", name, it)
    }
    for name in ours.keys() - wanted.keys():
        edit.text = take(edit.text, ("env", name), {} if old is None else old.empty)
    return {**kept, **added}


def _bring_tap(edit: Edit, wanted: Tap | None, was: Record) -> str | None:
    """Return the user's own command as the file had it."""
    found = our_tap(edit.text, scan(edit.text))
    if found is None:
        return edit.wrap(wanted) if wanted else None
    if wanted is None:
        edit.text = without_tap(edit.text, was)
        return None
    command = wrapped(msgspec.structs.replace(wanted, own=found.own))
    if object_at(edit.text, scan(edit.text), COMMAND[:1]).get("command") != command:
        edit.text = replace(edit.text, COMMAND, command)
    return was.status_line


def _replacement(text: str, groups: Sequence[Group]) -> tuple[Path, Any] | None:
    """Return a handler of ours that is out of date, or its group, and what goes in its place."""
    root = scan(text)
    stale, missing = _compared(text, groups)
    for path, beside in stale:
        group = next((group for event, group in missing if event == path[1]), None)
        if group is not None and beside == _beside(group):
            return path, group["hooks"][0]
        if group is not None and _alone(find(root, path[:-1])):
            return path[:-2], group
    return None


def _compared(
    text: str, groups: Sequence[Group]
) -> tuple[list[tuple[Path, dict[str, Any]]], list[Group]]:
    """Return which handlers of ours are not wanted as they are, and what is wanted and missing."""
    root = scan(text)
    stale, missing = [], list(groups)
    for path, handler in our_handlers(text, root):
        beside = _beside(object_at(text, root, path[:-2]))
        group = (str(path[1]), {**beside, "hooks": [handler]})
        if group in missing:
            missing.remove(group)
        else:
            stale.append((path, beside))
    return stale, missing


def _beside(group: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in group.items() if name != "hooks"}


def _alone(handlers: Value | None) -> bool:
    return handlers is not None and len(handlers.items) == 1


def _still_filled(text: str, empty: Mapping[str, str]) -> dict[str, str]:
    """Keep what is known of containers that were empty and now are not."""
    root = scan(text)
    paths: dict[str, Path] = {name: tuple(name.split("/")) if name else () for name in empty}
    return {
        name: empty[name]
        for name, path in paths.items()
        if find(root, path) is not None and space_in(text, path) is None
    }
