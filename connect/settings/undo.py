"""Take exactly ours out of settings.

In: settings as text, their record if there is one. Out: the text without ours, character for
character what it was, whatever was changed around ours in between; None when there was no file.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from connect.settings.installed import COMMAND, SPACES, our_env, our_handlers, our_tap
from connect.settings.json.edit import remove, replace, replace_raw
from connect.settings.json.scan import Path, Value, find, plain, scan
from connect.settings.record import Record

if TYPE_CHECKING:
    from collections.abc import Mapping


def without_ours(text: str | None, record: Record | None) -> str | None:
    """Return settings without anything of ours; None when then there should be no file."""
    if text is None or not text.strip(SPACES):
        return text
    record_or_none, record = record, record or Record(path="")
    left = _without_handlers(text, record.empty)
    left = _without_env(left, record_or_none)
    left = without_tap(left, record)
    if left == text or scan(left).members:
        return left
    return {"absent": None, "blank": record.blank, "object": left}[record.origin]


def without_tap(text: str, record: Record) -> str:
    """Put their status line in the place of ours; where they had none, none is left."""
    tap = our_tap(text, scan(text))
    if tap is None:
        return text
    if tap.own is None:
        return take(text, ("statusLine",), record.empty)
    raw = record.status_line
    if raw is not None and plain(raw, scan(raw)) == tap.own:
        return replace_raw(text, COMMAND, raw)
    return replace(text, COMMAND, tap.own)


def take(text: str, path: Path, empty: Mapping[str, str]) -> str:
    """Take a value out, with what then would stand empty and was not there empty before us."""
    root = scan(text)
    while len(path) > 1 and _alone(root, path) and _name(path[:-1]) not in empty:
        path = path[:-1]
    return remove(text, path, leave=empty.get(_name(path[:-1]), ""))


def _without_handlers(text: str, empty: Mapping[str, str]) -> str:
    while first := next(our_handlers(text, scan(text)), None):
        text = take(text, first[0], empty)
    return text


def _without_env(text: str, record: Record | None) -> str:
    for name in our_env(text, scan(text), record):
        text = take(text, ("env", name), {} if record is None else record.empty)
    return text


def _alone(root: Value, path: Path) -> bool:
    """Tell whether nothing stands beside what matters: a group is its handlers."""
    box = find(root, path[:-1])
    if box is None:
        return False
    is_handlers = len(path) == 4 and path[-1] == "hooks"
    return is_handlers or len(box.members) + len(box.items) == 1


def _name(path: Path) -> str:
    return "/".join(map(str, path))
