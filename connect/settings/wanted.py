"""Turn what `hookwatch connect` was asked for into what settings are to hold.

In: the options, the settings of Hookwatch. Out: groups of handlers, variables, a status line.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from connect.settings.put_in import Wanted
from connect.settings.scripts import STATUS_LINE
from connect.settings.status_line import Tap
from connect.settings.telemetry import variables
from shared.hook_events import COMMAND_ONLY, WORTH_HAVING
from shared.hook_handlers import (
    CONNECT_FOLDER,
    FORWARDER,
    Kind,
    command_handler,
    http_handler,
)
from shared.spool import folder_for

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """Hold what was asked for."""

    data: Path
    """The data folder."""
    url: str
    via: Kind = "command"
    more: Iterable[tuple[str, str | None]] = ()
    """Events on request, with a matcher where one is needed."""
    status_line: bool = False
    telemetry: bool = False
    prompts: bool = False
    tool_details: bool = False
    with_token: bool = False


def wanted(asked: Asked) -> Wanted:
    """Return what is to be in the settings."""
    events = [*((event, None) for event in WORTH_HAVING), *asked.more]
    return Wanted(
        groups=[(event, _group(asked, event, matcher)) for event, matcher in events],
        env=_env(asked) if asked.telemetry else {},
        tap=_tap(asked) if asked.status_line else None,
    )


def _group(asked: Asked, event: str, matcher: str | None) -> dict[str, Any]:
    if asked.via == "http" and event not in COMMAND_ONLY:
        handler = http_handler(asked.url, with_token=asked.with_token)
    else:
        script = asked.data / CONNECT_FOLDER / FORWARDER
        handler = command_handler(script, asked.url, folder_for(asked.data, asked.url))
    return {"hooks": [handler]} if matcher is None else {"matcher": matcher, "hooks": [handler]}


def _env(asked: Asked) -> dict[str, str]:
    return variables(asked.url, prompts=asked.prompts, tool_details=asked.tool_details)


def _tap(asked: Asked) -> Tap:
    script = asked.data / CONNECT_FOLDER / STATUS_LINE
    return Tap(script, asked.url, asked.data / "status-line", None)
