"""Find which of Claude Code's hooks on this machine lead to us, by its user settings.

In: `settings.json` in Claude Code's folder, read and never written. Out: the events that have a
handler of ours, and what is wrong with that; nothing else of the file leaves here.
"""

import ipaddress
import os
import re
import stat
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, Literal
from urllib.parse import urlsplit

import msgspec

from shared.hook_events import COMMAND_ONLY, NEVER_REGISTER, WORTH_HAVING
from shared.hook_handlers import Kind, our_handler
from shared.settings import Settings

MOST_BYTES: Final = 1_000_000
MOST_HOOKS: Final = 200
NAME_CHARS: Final = 100
KINDS: Final = frozenset({"command", "http", "prompt", "agent", "mcp_tool"})

FileState = Literal["read", "absent", "unreadable", "too_large", "not_json", "not_an_object"]
Warned = Literal["all_disabled", "worktree_create", "http_passed_over", "unknown_kind"]


class InstalledHook(msgspec.Struct, frozen=True):
    """Name an event that has a handler of ours, and how it reaches us."""

    event_type: str
    kind: Kind
    some: bool
    """A matcher lets only some of these events through."""


class Installed(msgspec.Struct, frozen=True, kw_only=True):
    """Tell which hooks lead to us by the user's own settings; a project may have more."""

    path: str
    """Of the file that was read; the home folder is written `~`."""
    state: FileState
    hooks: Sequence[InstalledHook] = ()
    missing: Sequence[str] = ()
    """Events worth having without a handler of ours; empty when the file could not be read."""
    warnings: Sequence[Warned] = ()
    """`all_disabled`: `disableAllHooks` is on. `worktree_create`: a hook of ours keeps Claude Code
    from making worktrees. `http_passed_over`: an http hook of ours for SessionStart or Setup, which
    take commands alone. `unknown_kind`: a handler of a kind we do not know; a client that does not
    know it either drops every hook of the file."""


class InstalledHooks:
    """Read the file when it has changed; any thread may ask."""

    def __init__(self, settings: Settings, environment: Mapping[str, str] = os.environ) -> None:
        self._path = _config_folder(environment) / "settings.json"
        self._ours = _Ours(settings)
        self._seen: tuple[int, ...] | None = None
        self._found: Installed | None = None

    def look(self) -> Installed:
        """Return which hooks lead to us now."""
        try:
            now = self._path.stat()
        except (FileNotFoundError, NotADirectoryError):
            return self._empty("absent")
        except OSError:
            return self._empty("unreadable")
        seen = (now.st_mtime_ns, now.st_size, now.st_ino, now.st_mode)
        if self._found is None or seen != self._seen:
            self._found = self._read(now)
            self._seen = seen
        return self._found

    def _read(self, now: os.stat_result) -> Installed:
        if not stat.S_ISREG(now.st_mode):
            return self._empty("unreadable")  # a pipe would never end
        try:
            with self._path.open("rb") as file:
                text = file.read(MOST_BYTES + 1)
        except OSError:
            return self._empty("unreadable")
        if len(text) > MOST_BYTES:
            return self._empty("too_large")
        try:
            found = msgspec.json.decode(text)
        except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
            return self._empty("not_json")
        if not isinstance(found, dict):
            return self._empty("not_an_object")
        return self._told(found)

    def _told(self, found: dict[str, Any]) -> Installed:
        hooks: dict[tuple[str, Kind], bool] = {}
        unknown = False
        for event, matcher, handler in _handlers(found.get("hooks")):
            unknown = unknown or handler.get("type") not in KINDS
            kind = self._ours.kind_of(handler)
            if kind is not None and len(hooks) < MOST_HOOKS:
                key = event[:NAME_CHARS], kind
                hooks[key] = hooks.get(key, True) and matcher not in (None, "", "*")
        events = {event for event, _ in hooks}
        warned: dict[Warned, bool] = {
            "all_disabled": found.get("disableAllHooks") is True,
            "worktree_create": NEVER_REGISTER in events,
            "http_passed_over": any((event, "http") in hooks for event in COMMAND_ONLY),
            "unknown_kind": unknown and bool(hooks),
        }
        return Installed(
            path=self._shown_path(),
            state="read",
            hooks=[InstalledHook(event, kind, some) for (event, kind), some in hooks.items()],
            missing=[it for it in WORTH_HAVING if it not in events],
            warnings=[warning for warning, on in warned.items() if on],
        )

    def _empty(self, state: FileState) -> Installed:
        return Installed(path=self._shown_path(), state=state)

    def _shown_path(self) -> str:
        try:
            return str("~" / self._path.relative_to(Path.home()))
        except (ValueError, RuntimeError):
            return str(self._path)


class _Ours:
    """Recognise what leads to our ingestd."""

    def __init__(self, settings: Settings) -> None:
        self._port = settings.ingest_port
        self._hosts = {"localhost", settings.ingest_host.lower()}
        self._hosts |= {name.lower() for name in settings.allowed_hosts}
        names = "|".join(re.escape(it) for it in sorted({*self._hosts, "127.0.0.1", "[::1]"}))
        self._address = re.compile(rf"(?:{names}):{self._port}(?!\d)", re.IGNORECASE)

    def kind_of(self, handler: dict[str, Any]) -> Kind | None:
        """Return how a handler reaches us; None when it does not."""
        if written := our_handler(handler):
            return written.kind if self._is_our_url(written.url) else None
        if handler.get("type") == "http":
            return "http" if self._is_our_url(handler.get("url")) else None
        if handler.get("type") == "command":
            words = [handler.get("command"), *_list(handler.get("args"))]
            text = " ".join(word for word in words if isinstance(word, str))
            found = "hookwatch" in text.lower() or self._address.search(text)
            return "command" if found else None
        return None

    def _is_our_url(self, url: object) -> bool:
        if not isinstance(url, str):
            return False
        try:
            parts = urlsplit(url)
            host, port = parts.hostname or "", parts.port or 80
        except ValueError:
            return False
        return port == self._port and (host in self._hosts or _is_this_machine(host))


def _is_this_machine(host: str) -> bool:
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    return address.is_loopback or address.is_unspecified


def _handlers(hooks: object) -> Iterator[tuple[str, object, dict[str, Any]]]:
    """Yield event, matcher and handler of whatever in there has the shape of one."""
    for event, groups in hooks.items() if isinstance(hooks, dict) else ():
        for group in _list(groups):
            if not isinstance(group, dict):
                continue
            for handler in _list(group.get("hooks")):
                if isinstance(handler, dict):
                    yield event, group.get("matcher"), handler


def _list(value: object) -> Sequence[Any]:
    return value if isinstance(value, list) else ()


def _config_folder(environment: Mapping[str, str]) -> Path:
    given = environment.get("CLAUDE_CONFIG_DIR")
    if given:
        return Path(given)
    try:
        return Path.home() / ".claude"
    except RuntimeError:  # nobody's home
        return Path(".claude")
