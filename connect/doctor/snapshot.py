"""Look at everything once: settings, daemons, folders. The checks look at what was seen.

In: the settings, the environment, a project's folder. Out: a `Scene`. Nothing is changed, and no
daemon that does not answer keeps anybody waiting for longer than some seconds.
"""

from __future__ import annotations

import json
import shlex
import socket
import time
from email.utils import parsedate_to_datetime
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import msgspec

from connect.errors import Cannot
from connect.http import dashboard_url, ingest_url
from connect.settings.files import read_file
from connect.settings.places import all_places, shown
from shared.hook_handlers import CONNECT_FOLDER, Kind, our_handler

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from connect.settings.places import Place
    from shared.settings import Settings

ANSWER_S = 3.0
PLUGIN = "hookwatch"


class File(msgspec.Struct, frozen=True, kw_only=True):
    """Hold a settings file that is there."""

    scope: str
    name: str
    """As people write its path."""
    value: dict[str, Any] = {}
    trouble: str | None = None
    """Why it cannot be read; then there is no value."""


class Handler(msgspec.Struct, frozen=True, kw_only=True):
    """Hold a hook handler out of a settings file."""

    file: File
    event: str
    group: dict[str, Any]
    raw: dict[str, Any]
    kind: Kind | None = None
    """How it reaches us; None when it is not ours."""
    url: str | None = None
    script: str | None = None
    spool: str | None = None


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """Hold what a daemon said."""

    url: str
    status: int | None = None
    """None when it said nothing."""
    body: dict[str, Any] = {}
    at: int | None = None
    """By its own clock, ms."""
    asked_at: int = 0
    """By ours."""
    error: str | None = None


class Scene(msgspec.Struct, frozen=True, kw_only=True):
    """Hold what was seen."""

    settings: Settings
    environment: Mapping[str, str]
    files: Sequence[File] = ()
    handlers: Sequence[Handler] = ()
    ingestd: Answer
    queryd: Answer
    sessions: Sequence[dict[str, Any]] = ()
    """Those alive, as queryd tells of them."""
    resolve: Callable[[str], Sequence[str]]

    @property
    def ours(self) -> Sequence[Handler]:
        """Return the handlers that lead to us."""
        return [it for it in self.handlers if it.kind is not None]

    @property
    def plugins(self) -> Sequence[File]:
        """Return the files that enable our plugin."""
        return [file for file in self.files if _enables_plugin(file.value)]

    @property
    def connect_folder(self) -> Path:
        """Return where `hookwatch connect` puts scripts."""
        return self.settings.data.absolute() / CONNECT_FOLDER

    def having(self, key: str) -> Iterator[tuple[File, Any]]:
        """Yield the files that have a key, and what it is there."""
        return ((file, file.value[key]) for file in self.files if key in file.value)


def look(settings: Settings, environment: Mapping[str, str], project: Path) -> Scene:
    """Return what there is to see from a project's folder."""
    files = [it for place in all_places(project) if (it := read_place(place)) is not None]
    queryd = ask(dashboard_url(), "/api/health", settings.token)
    alive = ask(dashboard_url(), "/api/sessions/active", settings.token) if queryd.status else None
    return Scene(
        settings=settings,
        environment=environment,
        files=files,
        handlers=[it for file in files for it in handlers_of(file, ingest_url())],
        ingestd=ask(ingest_url(), "/health", settings.token),
        queryd=queryd,
        sessions=_objects(alive.body.get("sessions")) if alive else [],
        resolve=addresses,
    )


def read_place(place: Place) -> File | None:
    """Return a settings file; None where there is none."""
    name = shown(place.path)
    try:
        file = read_file(place.path)
    except Cannot as error:
        why = str(error).removesuffix(" Nothing was changed.").rstrip(".")
        return File(scope=place.scope, name=name, trouble=why)
    if file.text is None:
        return None
    value = json.loads(file.text) if file.text.strip() else {}
    return File(scope=place.scope, name=name, value=value)


def handlers_of(file: File, url: str) -> Iterator[Handler]:
    """Yield every handler of a file, with what it is to us."""
    hooks = file.value.get("hooks")
    for event, groups in hooks.items() if isinstance(hooks, dict) else ():
        for group in _objects(groups):
            for raw in _objects(group.get("hooks")):
                yield _seen(Handler(file=file, event=event, group=group, raw=raw), url)


def ask(base: str, path: str, token: str | None) -> Answer:
    """Return what a daemon says at a path."""
    parts = urlsplit(base)
    kind = HTTPSConnection if parts.scheme == "https" else HTTPConnection
    connection = kind(parts.hostname or "", parts.port, timeout=ANSWER_S)
    now = time.time_ns() // 1_000_000
    try:
        connection.request(
            "GET", path, headers={"Authorization": f"Bearer {token}"} if token else {}
        )
        answer = connection.getresponse()
        said = answer.read()
    except (OSError, HTTPException) as error:
        return Answer(url=base, error=str(error) or type(error).__name__)
    finally:
        connection.close()
    return Answer(
        url=base,
        status=answer.status,
        body=_object(said),
        at=_time_of(answer.getheader("Date")),
        asked_at=now,
    )


def addresses(name: str) -> Sequence[str]:
    """Return the addresses of a host; none when nobody knows it."""
    try:
        found = socket.getaddrinfo(name, None, type=socket.SOCK_STREAM)
    except OSError:
        return []
    return sorted({str(address[0]) for *_, address in found})


def _seen(handler: Handler, url: str) -> Handler:
    raw = handler.raw
    if found := our_handler(raw):
        handler = msgspec.structs.replace(handler, kind=found.kind, url=found.url)
    elif raw.get("type") == "http" and str(raw.get("url")).startswith(f"{url}/"):
        return msgspec.structs.replace(handler, kind="http", url=url)
    elif raw.get("type") == "command" and _leads_to(raw, url):
        return msgspec.structs.replace(handler, kind="command", url=url)
    if handler.kind != "command":
        return handler
    words = _words(str(raw.get("command")))
    at = words.index("sh") if "sh" in words else len(words)
    script, _, _, spool = (*words[at + 1 : at + 5], *[None] * 4)[:4]
    return msgspec.structs.replace(handler, script=script, spool=spool)


def _leads_to(raw: dict[str, Any], url: str) -> bool:
    args = raw.get("args")
    words = [raw.get("command"), *(args if isinstance(args, list) else ())]
    return f"{url}/events" in " ".join(word for word in words if isinstance(word, str))


def _words(command: str) -> list[str]:
    try:
        return shlex.split(command)
    except ValueError:
        return []


def _enables_plugin(value: dict[str, Any]) -> bool:
    enabled = value.get("enabledPlugins")
    return isinstance(enabled, dict) and any(
        on is True and name.partition("@")[0] == PLUGIN for name, on in enabled.items()
    )


def _objects(value: object) -> list[dict[str, Any]]:
    return [it for it in value if isinstance(it, dict)] if isinstance(value, list) else []


def _object(said: bytes) -> dict[str, Any]:
    try:
        value = json.loads(said)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def _time_of(date: str | None) -> int | None:
    try:
        return round(parsedate_to_datetime(date).timestamp() * 1000) if date else None
    except ValueError:
        return None
