"""Detect Hookwatch's hooks in Claude Code's user settings, and problems with them.

`settings.json` is only read, and nothing else of it is returned.
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

from shared.claude_folder import claude_folder
from shared.hook_events import COMMAND_ONLY, NEVER_REGISTER, WORTH_HAVING
from shared.hook_handlers import Kind, our_handler
from shared.settings import Settings

MAX_BYTES: Final = 1_000_000
MAX_HOOKS: Final = 200
NAME_CHARS: Final = 100
KINDS: Final = frozenset({"command", "http", "prompt", "agent", "mcp_tool"})

FileState = Literal["read", "absent", "unreadable", "too_large", "not_json", "not_an_object"]
HookWarning = Literal["all_disabled", "worktree_create", "http_passed_over", "unknown_kind"]


class InstalledHook(msgspec.Struct, frozen=True):
    """An event with a Hookwatch handler, and the handler's kind."""

    event_type: str
    kind: Kind
    some: bool
    """Whether a matcher excludes some of these events."""


class HookInstallation(msgspec.Struct, frozen=True, kw_only=True):
    """Hookwatch's hooks in the user settings; a project may have more."""

    path: str
    """Of the settings file, with `~` for the home folder."""
    state: FileState
    hooks: Sequence[InstalledHook] = ()
    missing: Sequence[str] = ()
    """Recommended events without a Hookwatch handler; empty if the file could not be read."""
    warnings: Sequence[HookWarning] = ()
    """`all_disabled`: `disableAllHooks` is on. `worktree_create`: a Hookwatch hook prevents Claude
    Code from creating worktrees. `http_passed_over`: an http hook for SessionStart or Setup, which
    only support commands. `unknown_kind`: a handler of an unknown kind; a client that does not know
    it either ignores every hook of the file."""


class InstalledHooks:
    """Read the settings file when it has changed; usable from any thread."""

    def __init__(self, settings: Settings, environment: Mapping[str, str] = os.environ) -> None:
        self._path = (claude_folder(environment) or Path(".claude")) / "settings.json"
        self._matcher = _HandlerMatcher(settings)
        self._stat_key: tuple[int, ...] | None = None
        self._installed: HookInstallation | None = None

    def read(self) -> HookInstallation:
        try:
            now = self._path.stat()
        except (FileNotFoundError, NotADirectoryError):
            return self._empty("absent")
        except OSError:
            return self._empty("unreadable")
        stat_key = (now.st_mtime_ns, now.st_size, now.st_ino, now.st_mode)
        if self._installed is None or stat_key != self._stat_key:
            self._installed = self._read(now)
            self._stat_key = stat_key
        return self._installed

    def _read(self, now: os.stat_result) -> HookInstallation:
        if not stat.S_ISREG(now.st_mode):
            return self._empty("unreadable")  # a pipe would never end
        try:
            with self._path.open("rb") as file:
                text = file.read(MAX_BYTES + 1)
        except OSError:
            return self._empty("unreadable")
        if len(text) > MAX_BYTES:
            return self._empty("too_large")
        try:
            settings = msgspec.json.decode(text)
        except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
            return self._empty("not_json")
        if not isinstance(settings, dict):
            return self._empty("not_an_object")
        return self._inspect(settings)

    def _inspect(self, settings: dict[str, Any]) -> HookInstallation:
        hooks: dict[tuple[str, Kind], bool] = {}
        unknown = False
        for event, matcher, handler in _handlers(settings.get("hooks")):
            unknown = unknown or handler.get("type") not in KINDS
            kind = self._matcher.kind_of(handler)
            if kind is not None and len(hooks) < MAX_HOOKS:
                key = event[:NAME_CHARS], kind
                hooks[key] = hooks.get(key, True) and matcher not in (None, "", "*")
        events = {event for event, _ in hooks}
        warnings: dict[HookWarning, bool] = {
            "all_disabled": settings.get("disableAllHooks") is True,
            "worktree_create": NEVER_REGISTER in events,
            "http_passed_over": any((event, "http") in hooks for event in COMMAND_ONLY),
            "unknown_kind": unknown and bool(hooks),
        }
        return HookInstallation(
            path=self._shown_path(),
            state="read",
            hooks=[InstalledHook(event, kind, some) for (event, kind), some in hooks.items()],
            missing=[it for it in WORTH_HAVING if it not in events],
            warnings=[warning for warning, on in warnings.items() if on],
        )

    def _empty(self, state: FileState) -> HookInstallation:
        return HookInstallation(path=self._shown_path(), state=state)

    def _shown_path(self) -> str:
        try:
            return str("~" / self._path.relative_to(Path.home()))
        except (ValueError, RuntimeError):
            return str(self._path)


class _HandlerMatcher:
    """Recognise handlers that send events to this ingestd."""

    def __init__(self, settings: Settings) -> None:
        self._port = settings.ingest_port
        self._hosts = {"localhost", settings.ingest_host.lower()}
        self._hosts |= {name.lower() for name in settings.allowed_hosts}
        names = "|".join(re.escape(it) for it in sorted({*self._hosts, "127.0.0.1", "[::1]"}))
        self._address = re.compile(rf"(?:{names}):{self._port}(?!\d)", re.IGNORECASE)

    def kind_of(self, handler: dict[str, Any]) -> Kind | None:
        """Return the kind of a Hookwatch handler; None for any other."""
        if written := our_handler(handler):
            return written.kind if self._is_our_url(written.url) else None
        if handler.get("type") == "http":
            return "http" if self._is_our_url(handler.get("url")) else None
        if handler.get("type") == "command":
            words = [handler.get("command"), *_list(handler.get("args"))]
            text = " ".join(word for word in words if isinstance(word, str))
            is_ours = "hookwatch" in text.lower() or self._address.search(text)
            return "command" if is_ours else None
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
    """Yield event, matcher and handler of every well-formed entry."""
    for event, groups in hooks.items() if isinstance(hooks, dict) else ():
        for group in _list(groups):
            if not isinstance(group, dict):
                continue
            for handler in _list(group.get("hooks")):
                if isinstance(handler, dict):
                    yield event, group.get("matcher"), handler


def _list(value: object) -> Sequence[Any]:
    return value if isinstance(value, list) else ()
