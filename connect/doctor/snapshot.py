"""Everything the checks look at, read once. Nothing is changed, and no read waits for long."""

from __future__ import annotations

import json
import socket
import time
from email.utils import parsedate_to_datetime
from http.client import HTTPException
from typing import TYPE_CHECKING, Any

import msgspec

from connect.http import PROBE_TIMEOUT_S, Daemon, dashboard_url, ingest_url
from connect.service.manager import InstalledService, installed_service
from connect.settings.installed import ParsedSettings, all_handlers, object_at, parse_settings
from connect.settings.json.scan import scan
from connect.settings.locations import all_locations
from shared.hook_handlers import CONNECT_FOLDER, Kind, our_handler

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from shared.settings import Settings


class HookHandler(msgspec.Struct, frozen=True, kw_only=True):
    """A hook handler in a settings file, and where it sends."""

    file: ParsedSettings
    event: str
    group: dict[str, Any]
    raw: dict[str, Any]
    kind: Kind | None = None
    """How it sends to us; None when it does not."""
    url: str | None = None
    script: str | None = None
    spool: str | None = None


class HealthAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What a daemon answers when asked for its health."""

    url: str
    status: int | None = None
    """None: no answer."""
    body: dict[str, Any] = {}
    daemon_time: int | None = None
    """The daemon's clock, in ms."""
    local_time: int = 0
    error: str | None = None


class Snapshot(msgspec.Struct, frozen=True, kw_only=True):
    settings: Settings
    environment: Mapping[str, str]
    files: Sequence[ParsedSettings] = ()
    handlers: Sequence[HookHandler] = ()
    ingestd: HealthAnswer
    queryd: HealthAnswer
    resolve: Callable[[str], Sequence[str]]
    service: InstalledService | None = None

    @property
    def ours(self) -> Sequence[HookHandler]:
        return [it for it in self.handlers if it.kind is not None]

    @property
    def plugin_files(self) -> Sequence[ParsedSettings]:
        """The files that enable our plugin."""
        return [file for file in self.files if file.plugins]

    @property
    def connect_folder(self) -> Path:
        """Where `hookwatch connect` installs scripts."""
        return self.settings.data.absolute() / CONNECT_FOLDER

    def files_with(self, key: str) -> Iterator[tuple[ParsedSettings, Any]]:
        """Yield the files that have a key, each with its value."""
        return ((file, file.value[key]) for file in self.files if key in file.value)


def take_snapshot(settings: Settings, environment: Mapping[str, str], project: Path) -> Snapshot:
    parsed = [parse_settings(location) for location in all_locations(project)]
    files = [file for file in parsed if file is not None]
    return Snapshot(
        settings=settings,
        environment=environment,
        files=files,
        handlers=[it for file in files for it in handlers_in(file, ingest_url())],
        ingestd=ask_health(ingest_url(), "/health", settings.token),
        queryd=ask_health(dashboard_url(), "/api/health", settings.token),
        resolve=resolve_host,
        service=installed_service(environment),
    )


def handlers_in(file: ParsedSettings, url: str) -> Iterator[HookHandler]:
    """Yield every handler of a file; those that send to `url` are ours."""
    root = scan(file.text)
    for path, raw in all_handlers(file.text, root):
        group = object_at(file.text, root, path[:-2])
        yield _identify(HookHandler(file=file, event=str(path[1]), group=group, raw=raw), url)


def ask_health(url: str, route: str, token: str | None) -> HealthAnswer:
    local_time = time.time_ns() // 1_000_000
    try:
        response = Daemon(url, token, timeout_s=PROBE_TIMEOUT_S).request(route)
    except (OSError, HTTPException) as error:
        return HealthAnswer(url=url, error=str(error) or type(error).__name__)
    return HealthAnswer(
        url=url,
        status=response.status,
        body=_json_object(response.body),
        daemon_time=_time_of(response.date),
        local_time=local_time,
    )


def resolve_host(name: str) -> Sequence[str]:
    """Return the IP addresses of a host; none when it is unknown."""
    try:
        addresses = socket.getaddrinfo(name, None, type=socket.SOCK_STREAM)
    except OSError:
        return []
    return sorted({str(address[0]) for *_, address in addresses})


def _identify(handler: HookHandler, url: str) -> HookHandler:
    raw = handler.raw
    if ours := our_handler(raw):
        return msgspec.structs.replace(
            handler, kind=ours.kind, url=ours.url, script=ours.script, spool=ours.spool
        )
    if raw.get("type") == "http" and str(raw.get("url")).startswith(f"{url}/"):
        return msgspec.structs.replace(handler, kind="http", url=url)
    if raw.get("type") == "command" and _posts_to(raw, url):
        return msgspec.structs.replace(handler, kind="command", url=url)
    return handler


def _posts_to(raw: dict[str, Any], url: str) -> bool:
    args = raw.get("args")
    arguments = [raw.get("command"), *(args if isinstance(args, list) else ())]
    return f"{url}/events" in " ".join(word for word in arguments if isinstance(word, str))


def _json_object(body: bytes) -> dict[str, Any]:
    try:
        value = json.loads(body)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def _time_of(date: str | None) -> int | None:
    try:
        return round(parsedate_to_datetime(date).timestamp() * 1000) if date else None
    except ValueError:
        return None
