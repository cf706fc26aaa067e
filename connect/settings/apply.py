"""Make settings hold exactly the desired entries of ours, with as few edits as possible.

Entries that are right keep their place, also when the user added others after them; when all are
right, the text does not change.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from connect.settings.files import WHITESPACE
from connect.settings.installed import (
    STATUS_LINE_COMMAND,
    find_installed,
    group_options,
    object_at,
    our_env,
    our_handlers,
    our_status_line,
)
from connect.settings.json.edit import append, raw_at, replace, space_in
from connect.settings.json.scan import JsonPath, JsonValue, find, scan, to_python
from connect.settings.record import SettingsRecord
from connect.settings.status_line import WrappedStatusLine, wrap
from connect.settings.undo import path_name, remove_with_parents, restore_status_line

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

HookGroup = tuple[str, dict[str, Any]]
"""An event, and a group of handlers for it."""


class DesiredSettings(msgspec.Struct, frozen=True):
    groups: Sequence[HookGroup] = ()
    env: Mapping[str, str] = {}
    status_line: WrappedStatusLine | None = None


def apply_desired(
    text: str | None, desired: DesiredSettings, path: str, record: SettingsRecord | None
) -> tuple[str, SettingsRecord]:
    """Return the new text and its record."""
    if text is None or not find_installed(text, record):
        return _add_all(text, desired, path)
    known = record or SettingsRecord(path=path)
    edit = SettingsEdit(text)
    _update_handlers(edit, desired.groups, known.empty)
    env = _update_env(edit, desired.env, record)
    user_command = _update_status_line(edit, desired.status_line, known)
    empty = _still_filled(edit.text, {**known.empty, **edit.empty})
    return edit.text, msgspec.structs.replace(
        known, path=path, empty=empty, env=env, status_line=user_command
    )


def _add_all(text: str | None, desired: DesiredSettings, path: str) -> tuple[str, SettingsRecord]:
    """Add our entries to settings that have none, at the end of each list."""
    is_blank = text is not None and not text.strip(WHITESPACE)
    edit = SettingsEdit("{}\n" if text is None or is_blank else text)
    for event, group in desired.groups:
        edit.add_group(event, group)
    added = {name: it for name, it in desired.env.items() if edit.add_variable(name, it)}
    user_command = edit.wrap_status_line(desired.status_line) if desired.status_line else None
    record = SettingsRecord(
        path=path,
        origin="absent" if text is None else "blank" if is_blank else "object",
        blank=text if text is not None and is_blank else "",
        empty=edit.empty,
        env=added,
        status_line=user_command,
    )
    return edit.text, record


class SettingsEdit:
    """A text that is edited step by step, and the containers that were empty before."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.empty: dict[str, str] = {}

    def add_group(self, event: str, group: dict[str, Any]) -> None:
        """Append to the list of an event, which may be missing, as may `hooks`."""
        if self._is_missing(("hooks",)):
            self._append((), {event: [group]}, "hooks")
        elif self._is_missing(("hooks", event)):
            self._append(("hooks",), [group], event)
        else:
            self._append(("hooks", event), group)

    def add_variable(self, name: str, value: str) -> bool:
        """Set a variable unless it is there; return whether it was added."""
        if self._is_missing(("env",)):
            self._append((), {name: value}, "env")
        elif self._is_missing(("env", name)):
            self._append(("env",), value, name)
        else:
            return False
        return True

    def wrap_status_line(self, ours: WrappedStatusLine) -> str | None:
        """Put our status line around the user's; return the user's command as JSON text."""
        if self._is_missing(("statusLine",)):
            self._append((), {"type": "command", "command": wrap(ours)}, "statusLine")
            return None
        raw = raw_at(self.text, STATUS_LINE_COMMAND)
        command = find(scan(self.text), STATUS_LINE_COMMAND)
        user_command = to_python(self.text, command) if command else None
        wrapped = wrap(msgspec.structs.replace(ours, user_command=user_command))
        self.text = replace(self.text, STATUS_LINE_COMMAND, wrapped)
        return raw

    def _is_missing(self, path: JsonPath) -> bool:
        return find(scan(self.text), path) is None

    def _append(self, path: JsonPath, value: Any, key: str | None = None) -> None:  # noqa: ANN401
        space = space_in(self.text, path)
        if space is not None:
            self.empty[path_name(path)] = space
        self.text = append(self.text, path, value, key=key)


def _update_handlers(
    edit: SettingsEdit, groups: Sequence[HookGroup], empty: Mapping[str, str]
) -> None:
    while replacement := _next_replacement(edit.text, groups):
        edit.text = replace(edit.text, *replacement)
    # Add before removing: else a container could go, and come back at another place.
    for event, group in _compare(edit.text, groups)[1]:
        edit.add_group(event, group)
    while outdated := _compare(edit.text, groups)[0]:
        edit.text = remove_with_parents(edit.text, outdated[0][0], empty)


def _update_env(
    edit: SettingsEdit, desired: Mapping[str, str], record: SettingsRecord | None
) -> dict[str, str]:
    """Return the variables that are ours afterwards."""
    ours = our_env(edit.text, scan(edit.text), record)
    updated = {name: value for name, value in desired.items() if name in ours}
    for name, value in updated.items():
        if ours[name] != value:
            edit.text = replace(edit.text, ("env", name), value)
    added = {
        name: value
        for name, value in desired.items()
        if name not in ours and edit.add_variable(name, value)
    }
    for name in ours.keys() - desired.keys():
        empty = {} if record is None else record.empty
        edit.text = remove_with_parents(edit.text, ("env", name), empty)
    return {**updated, **added}


def _update_status_line(
    edit: SettingsEdit, desired: WrappedStatusLine | None, record: SettingsRecord
) -> str | None:
    """Return the user's own command as JSON text."""
    ours = our_status_line(edit.text, scan(edit.text))
    if ours is None:
        return edit.wrap_status_line(desired) if desired else None
    if desired is None:
        edit.text = restore_status_line(edit.text, record)
        return None
    command = wrap(msgspec.structs.replace(desired, user_command=ours.user_command))
    status_line = object_at(edit.text, scan(edit.text), STATUS_LINE_COMMAND[:1])
    if status_line.get("command") != command:
        edit.text = replace(edit.text, STATUS_LINE_COMMAND, command)
    return record.status_line


def _next_replacement(text: str, groups: Sequence[HookGroup]) -> tuple[JsonPath, Any] | None:
    """Return an outdated handler of ours, or its group, and what replaces it."""
    root = scan(text)
    outdated, missing = _compare(text, groups)
    for path, options in outdated:
        group = next((group for event, group in missing if event == path[1]), None)
        if group is not None and options == group_options(group):
            return path, group["hooks"][0]
        if group is not None and _has_one_item(find(root, path[:-1])):
            return path[:-2], group
    return None


def _compare(
    text: str, groups: Sequence[HookGroup]
) -> tuple[list[tuple[JsonPath, dict[str, Any]]], list[HookGroup]]:
    """Return our handlers that differ from what is desired, and what is desired and missing."""
    root = scan(text)
    outdated, missing = [], list(groups)
    for path, handler in our_handlers(text, root):
        options = group_options(object_at(text, root, path[:-2]))
        group = (str(path[1]), {**options, "hooks": [handler]})
        if group in missing:
            missing.remove(group)
        else:
            outdated.append((path, options))
    return outdated, missing


def _has_one_item(handlers: JsonValue | None) -> bool:
    return handlers is not None and len(handlers.items) == 1


def _still_filled(text: str, empty: Mapping[str, str]) -> dict[str, str]:
    """Return the entries for containers that were empty before and are not now."""
    root = scan(text)
    paths: dict[str, JsonPath] = {name: tuple(name.split("/")) if name else () for name in empty}
    return {
        name: empty[name]
        for name, path in paths.items()
        if find(root, path) is not None and space_in(text, path) is None
    }
