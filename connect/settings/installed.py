"""Find what of ours is in settings.

In: settings as text, the record of the last time if there is one. Out: our handlers, variables and
status line, each where it stands. What has not the shape of a handler is passed over.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import msgspec

from connect.settings.json.scan import Path, Value, find, plain, scan
from connect.settings.status_line import Tap, unwrapped
from connect.settings.telemetry import recognised
from shared.hook_handlers import our_handler

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from connect.settings.record import Record

COMMAND: Path = ("statusLine", "command")
SPACES = " \t\r\n"


class Found(msgspec.Struct, frozen=True):
    """Say what of ours is in settings."""

    handlers: Sequence[tuple[str, dict[str, Any], dict[str, Any]]] = ()
    """Event, the rest of its group, handler."""
    env: Mapping[str, str] = {}
    tap: Tap | None = None

    def __bool__(self) -> bool:
        """Tell whether there is anything."""
        return bool(self.handlers or self.env or self.tap)

    def same_as(self, other: Found) -> bool:
        """Tell whether it is the same, in whatever order it stands."""
        return (self.env, self.tap) == (other.env, other.tap) and (
            sorted(map(json.dumps, self.handlers)) == sorted(map(json.dumps, other.handlers))
        )


def found_in(text: str | None, record: Record | None) -> Found:
    """Return what of ours is in settings."""
    if text is None or not text.strip(SPACES):
        return Found()
    root = scan(text)
    handlers = []
    for path, handler in our_handlers(text, root):
        group = object_at(text, root, path[:-2])
        beside = {name: value for name, value in group.items() if name != "hooks"}
        handlers.append((str(path[1]), beside, handler))
    return Found(handlers, our_env(text, root, record), our_tap(text, root))


def our_handlers(text: str, root: Value) -> Iterator[tuple[Path, dict[str, Any]]]:
    """Yield each handler of ours with its path."""
    for path, handler in all_handlers(text, root):
        if our_handler(handler):
            yield path, handler


def all_handlers(text: str, root: Value) -> Iterator[tuple[Path, dict[str, Any]]]:
    """Yield every handler with its path."""
    hooks = find(root, ("hooks",))
    for event in hooks.members if hooks else ():
        for at, group in enumerate(event.value.items):
            inner = find(group, ("hooks",))
            for index, handler in enumerate(inner.items if inner else ()):
                if handler.kind == "object":
                    yield ("hooks", event.key, at, "hooks", index), plain(text, handler)


def our_env(text: str, root: Value, record: Record | None) -> dict[str, str]:
    """Return the variables that are ours and still have the value we gave them."""
    env = object_at(text, root, ("env",))
    if record is None:
        return recognised(env)
    return {name: value for name, value in record.env.items() if env.get(name) == value}


def our_tap(text: str, root: Value) -> Tap | None:
    """Return what the status line was made of, theirs innermost; None when it is not ours."""
    command = find(root, COMMAND)
    if command is None or command.kind != "string":
        return None
    tap = unwrapped(plain(text, command))
    while tap and tap.own is not None and (inner := unwrapped(tap.own)):
        tap = msgspec.structs.replace(tap, own=inner.own)
    return tap


def object_at(text: str, root: Value, path: Path) -> dict[str, Any]:
    """Return the object at a path; an empty one where there is none."""
    found = find(root, path)
    return plain(text, found) if found is not None and found.kind == "object" else {}
