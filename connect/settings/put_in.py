"""Put ours into settings that have none of it.

In: settings as text (None: no file), what is wanted. Out: the text with ours at the end of each
list it belongs in, and what to remember of the text that was.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from connect.settings.installed import COMMAND, SPACES
from connect.settings.json.edit import append, raw_at, replace, space_in
from connect.settings.json.scan import Path, find, plain, scan
from connect.settings.record import Record
from connect.settings.status_line import Tap, wrapped

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


class Wanted(msgspec.Struct, frozen=True):
    """Say what is to be in the settings."""

    groups: Sequence[tuple[str, dict[str, Any]]] = ()
    """Event and group of handlers."""
    env: Mapping[str, str] = {}
    tap: Tap | None = None


def with_ours(text: str | None, wanted: Wanted, path: str) -> tuple[str, Record]:
    """Return settings with ours in them, and their record."""
    blank = text is None or not text.strip(SPACES)
    edit = Edit("{}\n" if text is None or blank else text)
    for event, group in wanted.groups:
        edit.add(("hooks", event), group)
    added = {name: it for name, it in wanted.env.items() if edit.set("env", name, it)}
    status_line = edit.wrap(wanted.tap) if wanted.tap else None
    record = Record(
        path=path,
        origin="absent" if text is None else "blank" if blank else "object",
        blank=text if text is not None and blank else "",
        empty=edit.empty,
        env=added,
        status_line=status_line,
    )
    return edit.text, record


class Edit:
    """Hold a text while it is edited, and note the containers that were empty."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.empty: dict[str, str] = {}

    def add(self, path: tuple[str, str], group: dict[str, Any]) -> None:
        """Append to the list of an event, which may not be there yet, nor may `hooks`."""
        hooks, event = path
        if self._missing((hooks,)):
            self._append((), {event: [group]}, hooks)
        elif self._missing(path):
            self._append((hooks,), [group], event)
        else:
            self._append(path, group)

    def set(self, box: str, name: str, value: str) -> bool:
        """Set a variable that is not there yet, and tell whether it was not."""
        if self._missing((box,)):
            self._append((), {name: value}, box)
        elif self._missing((box, name)):
            self._append((box,), value, name)
        else:
            return False
        return True

    def wrap(self, tap: Tap) -> str | None:
        """Put our status line around theirs; return theirs as the text had it."""
        if self._missing(("statusLine",)):
            self._append((), {"type": "command", "command": wrapped(tap)}, "statusLine")
            return None
        raw = raw_at(self.text, COMMAND)
        found = find(scan(self.text), COMMAND)
        own = plain(self.text, found) if found else None
        self.text = replace(self.text, COMMAND, wrapped(msgspec.structs.replace(tap, own=own)))
        return raw

    def _missing(self, path: Path) -> bool:
        return find(scan(self.text), path) is None

    def _append(self, path: Path, value: Any, key: str | None = None) -> None:  # noqa: ANN401
        space = space_in(self.text, path)
        if space is not None:
            self.empty["/".join(map(str, path))] = space
        self.text = append(self.text, path, value, key=key)
