"""What `hookwatch connect` is asked for, now and before, and the settings that follow from it."""

from __future__ import annotations

import argparse
from collections import Counter
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from connect.http import parse_url
from connect.settings.apply import DesiredSettings
from connect.settings.scripts import STATUS_LINE
from connect.settings.status_line import WrappedStatusLine
from connect.settings.telemetry import ENDPOINT, PROMPTS, TOOL_DETAILS, variables
from shared.hook_events import COMMAND_ONLY, ON_REQUEST, WORTH_HAVING
from shared.hook_handlers import (
    CONNECT_FOLDER,
    FORWARDER,
    SPOOLER,
    TOKEN_VARIABLE,
    Kind,
    command_handler,
    http_handler,
    our_handler,
)
from shared.spool import folder_for

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from connect.settings.installed import InstalledEntries

_T = TypeVar("_T")


class ConnectRequest(msgspec.Struct, frozen=True, kw_only=True):
    data: Path
    """The data folder."""
    url: str
    via: Kind = "command"
    optional_events: Iterable[tuple[str, str | None]] = ()
    """Events beyond the usual ones, each with its matcher."""
    status_line: bool = False
    telemetry: bool = False
    prompts: bool = False
    tool_details: bool = False
    with_token: bool = False


class PreviousRequest(msgspec.Struct, frozen=True, kw_only=True):
    """What the settings show of earlier requests; an omitted option keeps it."""

    via: Kind | None = None
    url: str | None = None
    via_counts: Mapping[Kind, int] = {}
    """Hooks by kind."""
    url_counts: Mapping[str, int] = {}
    optional_events: Sequence[tuple[str, str | None]] = ()
    status_line: bool = False
    env: Mapping[str, str] = {}
    """Our telemetry variables."""
    with_token: bool = False

    @property
    def telemetry(self) -> bool:
        return bool(self.env)

    @property
    def prompts(self) -> bool:
        return PROMPTS in self.env

    @property
    def tool_details(self) -> bool:
        return TOOL_DETAILS in self.env


def desired_settings(request: ConnectRequest) -> DesiredSettings:
    events = [*((event, None) for event in WORTH_HAVING), *request.optional_events]
    return DesiredSettings(
        groups=[(event, _group(request, event, matcher)) for event, matcher in events],
        env=_env(request) if request.telemetry else {},
        status_line=_status_line(request) if request.status_line else None,
    )


def previous_request(installed: InstalledEntries, default_url: str) -> PreviousRequest:
    """Read back what was requested. Where hooks differ, most of them decide."""
    vias, urls = Counter(_vias(installed)), Counter(_urls(installed))
    return PreviousRequest(
        # In a tie: the kind that never shows anything, and this machine's address.
        via=_most_common(vias, "command"),
        url=_most_common(urls, default_url),
        via_counts=vias,
        url_counts=urls,
        optional_events=list(dict.fromkeys(_optional_events(installed))),
        status_line=installed.status_line is not None,
        env=installed.env,
        with_token=any(_sends_token(it.handler) for it in installed.handlers),
    )


def _group(request: ConnectRequest, event: str, matcher: str | None) -> dict[str, Any]:
    if request.via == "http" and event not in COMMAND_ONLY:
        handler = http_handler(request.url, with_token=request.with_token)
    else:
        name = SPOOLER if request.via == "spool" else FORWARDER
        script = request.data / CONNECT_FOLDER / name
        handler = command_handler(script, request.url, folder_for(request.data, request.url))
    return {"hooks": [handler]} if matcher is None else {"matcher": matcher, "hooks": [handler]}


def _env(request: ConnectRequest) -> dict[str, str]:
    return variables(request.url, prompts=request.prompts, tool_details=request.tool_details)


def _status_line(request: ConnectRequest) -> WrappedStatusLine:
    script = request.data / CONNECT_FOLDER / STATUS_LINE
    return WrappedStatusLine(script, request.url, request.data / "status-line", None)


def _most_common(counts: Mapping[_T, int], preferred: _T) -> _T | None:
    return max(counts, key=lambda it: (counts[it], it == preferred), default=None)


def _vias(installed: InstalledEntries) -> Iterator[Kind]:
    for it in installed.handlers:
        if it.event not in COMMAND_ONLY and (ours := our_handler(it.handler)):
            yield ours.kind


def _urls(installed: InstalledEntries) -> Iterator[str]:
    ours = (our_handler(it.handler) for it in installed.handlers)
    status_line_url = installed.status_line.url if installed.status_line else None
    urls = (*(it.url for it in ours if it), status_line_url, installed.env.get(ENDPOINT))
    for url in urls:
        try:
            yield parse_url(url or "")
        except argparse.ArgumentTypeError:  # edited by hand, and no address any more
            continue


def _optional_events(installed: InstalledEntries) -> Iterator[tuple[str, str | None]]:
    for event in ON_REQUEST:
        for it in installed.handlers:
            if it.event == event:
                # Only FileChanged is given a matcher; elsewhere a matcher suppresses events.
                matcher = it.group.get("matcher") if event == "FileChanged" else None
                yield event, matcher if isinstance(matcher, str) else None


def _sends_token(handler: Mapping[str, Any]) -> bool:
    names = handler.get("allowedEnvVars")
    return isinstance(names, list) and TOKEN_VARIABLE in names
