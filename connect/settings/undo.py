"""Remove exactly our entries from settings, whatever was changed around them since.

When nothing was, the text is character for character what it was before.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from connect.settings.files import WHITESPACE
from connect.settings.installed import (
    STATUS_LINE_COMMAND,
    our_env,
    our_handlers,
    our_status_line,
)
from connect.settings.json.edit import remove, replace, replace_raw
from connect.settings.json.scan import JsonPath, JsonValue, find, scan, to_python
from connect.settings.record import SettingsRecord

if TYPE_CHECKING:
    from collections.abc import Mapping


def remove_ours(text: str | None, record: SettingsRecord | None) -> str | None:
    """Return settings without our entries; None when there should be no file then."""
    if text is None or not text.strip(WHITESPACE):
        return text
    known = record or SettingsRecord(path="")
    remaining = _remove_handlers(text, known.empty)
    remaining = _remove_env(remaining, record)
    remaining = restore_status_line(remaining, known)
    if remaining == text or scan(remaining).members:
        return remaining
    return {"absent": None, "blank": known.blank, "object": remaining}[known.origin]


def restore_status_line(text: str, record: SettingsRecord) -> str:
    """Replace our status line by the user's; when there was none, remove it."""
    ours = our_status_line(text, scan(text))
    if ours is None:
        return text
    if ours.user_command is None:
        return remove_with_parents(text, ("statusLine",), record.empty)
    raw = record.status_line
    if raw is not None and to_python(raw, scan(raw)) == ours.user_command:
        return replace_raw(text, STATUS_LINE_COMMAND, raw)
    return replace(text, STATUS_LINE_COMMAND, ours.user_command)


def remove_with_parents(text: str, path: JsonPath, empty: Mapping[str, str]) -> str:
    """Remove a value, and the containers that are empty then and were not empty before us."""
    root = scan(text)
    while len(path) > 1 and _is_only_child(root, path) and path_name(path[:-1]) not in empty:
        path = path[:-1]
    return remove(text, path, leave=empty.get(path_name(path[:-1]), ""))


def path_name(path: JsonPath) -> str:
    """Return a path as a record writes it."""
    return "/".join(map(str, path))


def _remove_handlers(text: str, empty: Mapping[str, str]) -> str:
    while first := next(our_handlers(text, scan(text)), None):
        text = remove_with_parents(text, first[0], empty)
    return text


def _remove_env(text: str, record: SettingsRecord | None) -> str:
    for name in our_env(text, scan(text), record):
        text = remove_with_parents(text, ("env", name), {} if record is None else record.empty)
    return text


def _is_only_child(root: JsonValue, path: JsonPath) -> bool:
    container = find(root, path[:-1])
    if container is None:
        return False
    # A group without handlers does nothing, whatever its matcher.
    is_groups_handlers = len(path) == 4 and path[-1] == "hooks"
    return is_groups_handlers or len(container.members) + len(container.items) == 1
