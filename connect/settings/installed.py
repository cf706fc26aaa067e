"""Read what a settings file holds, and which of its entries are ours.

The one reader for `connect`, `status` and `doctor`. Values that do not have the shape of a handler
are skipped.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import msgspec

from connect.errors import CliError
from connect.settings.files import UNCHANGED, WHITESPACE, read_file
from connect.settings.json.scan import JsonPath, JsonValue, find, scan, to_python
from connect.settings.locations import display_path
from connect.settings.status_line import WrappedStatusLine, unwrap
from connect.settings.telemetry import recognize
from shared.hook_handlers import our_handler

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from connect.settings.locations import SettingsLocation
    from connect.settings.record import SettingsRecord

STATUS_LINE_COMMAND: JsonPath = ("statusLine", "command")
PLUGIN = "hookwatch"


class ParsedSettings(msgspec.Struct, frozen=True, kw_only=True):
    """A settings file that exists."""

    scope: str
    name: str
    """Its path, for people."""
    text: str = "{}"
    value: dict[str, Any] = {}
    error: str | None = None
    """Why it cannot be read; then it has no value."""

    @property
    def all_hooks_disabled(self) -> bool:
        return self.value.get("disableAllHooks") is True

    @property
    def plugins(self) -> list[str]:
        """The names under which our plugin is enabled."""
        enabled = self.value.get("enabledPlugins")
        names = enabled.items() if isinstance(enabled, dict) else ()
        return [name for name, on in names if on is True and name.partition("@")[0] == PLUGIN]


class InstalledHandler(msgspec.Struct, frozen=True):
    event: str
    group: dict[str, Any]
    """The group it is in, without its handlers."""
    handler: dict[str, Any]


class InstalledEntries(msgspec.Struct, frozen=True):
    """Our entries in a settings file."""

    handlers: Sequence[InstalledHandler] = ()
    env: Mapping[str, str] = {}
    status_line: WrappedStatusLine | None = None

    def __bool__(self) -> bool:
        return bool(self.handlers or self.env or self.status_line)


def parse_settings(location: SettingsLocation) -> ParsedSettings | None:
    """Read a settings file; None when there is none."""
    name = display_path(location.path)
    try:
        file = read_file(location.path)
    except CliError as error:
        reason = str(error).removesuffix(f" {UNCHANGED}").rstrip(".")
        return ParsedSettings(scope=location.scope, name=name, error=reason)
    if file.text is None:
        return None
    text = file.text if file.text.strip(WHITESPACE) else "{}"
    return ParsedSettings(scope=location.scope, name=name, text=text, value=json.loads(text))


def find_installed(text: str | None, record: SettingsRecord | None) -> InstalledEntries:
    if text is None or not text.strip(WHITESPACE):
        return InstalledEntries()
    root = scan(text)
    handlers = [
        InstalledHandler(str(path[1]), group_options(object_at(text, root, path[:-2])), handler)
        for path, handler in our_handlers(text, root)
    ]
    return InstalledEntries(handlers, our_env(text, root, record), our_status_line(text, root))


def our_handlers(text: str, root: JsonValue) -> Iterator[tuple[JsonPath, dict[str, Any]]]:
    for path, handler in all_handlers(text, root):
        if our_handler(handler):
            yield path, handler


def all_handlers(text: str, root: JsonValue) -> Iterator[tuple[JsonPath, dict[str, Any]]]:
    """Yield every handler with its path: `hooks`, event, group, `hooks`, index."""
    hooks = find(root, ("hooks",))
    for event in hooks.members if hooks else ():
        for group_index, group in enumerate(event.value.items):
            handlers = find(group, ("hooks",))
            for index, handler in enumerate(handlers.items if handlers else ()):
                if handler.kind == "object":
                    path = ("hooks", event.key, group_index, "hooks", index)
                    yield path, to_python(text, handler)


def group_options(group: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a group holds beside its handlers: its matcher."""
    return {name: value for name, value in group.items() if name != "hooks"}


def our_env(text: str, root: JsonValue, record: SettingsRecord | None) -> dict[str, str]:
    """Return our variables that still have the value we set."""
    env = object_at(text, root, ("env",))
    if record is None:
        return recognize(env)
    return {name: value for name, value in record.env.items() if env.get(name) == value}


def our_status_line(text: str, root: JsonValue) -> WrappedStatusLine | None:
    """Return our status line, with the innermost command it wraps; None when it is not ours."""
    command = find(root, STATUS_LINE_COMMAND)
    if command is None or command.kind != "string":
        return None
    ours = unwrap(to_python(text, command))
    while ours and ours.user_command is not None and (inner := unwrap(ours.user_command)):
        ours = msgspec.structs.replace(ours, user_command=inner.user_command)
    return ours


def object_at(text: str, root: JsonValue, path: JsonPath) -> dict[str, Any]:
    """Return the object at a path; an empty one when there is none."""
    value = find(root, path)
    return to_python(text, value) if value is not None and value.kind == "object" else {}
