"""Read back from settings what somebody asked of `hookwatch connect` before.

In: what of ours was found, the address that is the default. Out: what an option that is left out
keeps. Where two answers are there the one of most hooks is taken, and a note says so.
"""

from __future__ import annotations

import argparse
from collections import Counter
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from connect import http as address
from connect.settings.telemetry import ENDPOINT, PROMPTS, TOOL_DETAILS
from shared.hook_events import COMMAND_ONLY, ON_REQUEST
from shared.hook_handlers import TOKEN_VARIABLE, Kind, our_handler

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from connect.settings.installed import Found

_T = TypeVar("_T")


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """Say what was asked for before; of a file with nothing of ours, nothing was."""

    via: Kind | None = None
    url: str | None = None
    vias: Mapping[Kind, int] = {}
    """Each way, and how many hooks go it."""
    urls: Mapping[str, int] = {}
    more: Sequence[tuple[str, str | None]] = ()
    status_line: bool = False
    env: Mapping[str, str] = {}
    """The variables of telemetry."""
    with_token: bool = False

    @property
    def telemetry(self) -> bool:
        """Tell whether telemetry is ours."""
        return bool(self.env)

    @property
    def prompts(self) -> bool:
        """Tell whether the words of prompts were asked for."""
        return PROMPTS in self.env

    @property
    def tool_details(self) -> bool:
        """Tell whether the input of tools was asked for."""
        return TOOL_DETAILS in self.env


def kept(found: Found, default_url: str) -> Kept:
    """Return what was asked for, as the settings tell."""
    vias, urls = Counter(_vias(found)), Counter(_urls(found))
    return Kept(
        # Of as many it is the silent way, and the address that is this machine's.
        via=_most(vias, "command"),
        url=_most(urls, default_url),
        vias=vias,
        urls=urls,
        more=list(dict.fromkeys(_more(found))),
        status_line=found.tap is not None,
        env=found.env,
        with_token=any(_names_token(handler) for _, _, handler in found.handlers),
    )


def _most(votes: Mapping[_T, int], preferred: _T) -> _T | None:
    return max(votes, key=lambda it: (votes[it], it == preferred), default=None)


def _vias(found: Found) -> Iterator[Kind]:
    for event, _, handler in found.handlers:
        if event not in COMMAND_ONLY and (ours := our_handler(handler)):
            yield ours.kind


def _urls(found: Found) -> Iterator[str]:
    ours = (our_handler(handler) for _, _, handler in found.handlers)
    tap = found.tap.url if found.tap else None
    for url in (*(it.url for it in ours if it), tap, found.env.get(ENDPOINT)):
        try:
            yield address.url(url or "")
        except argparse.ArgumentTypeError:  # somebody edited it, and it leads nowhere
            continue


def _more(found: Found) -> Iterator[tuple[str, str | None]]:
    for wanted in ON_REQUEST:
        for event, beside, _ in found.handlers:
            if event == wanted:
                # Only of FileChanged a matcher is asked for; elsewhere it holds events back.
                matcher = beside.get("matcher") if event == "FileChanged" else None
                yield event, matcher if isinstance(matcher, str) else None


def _names_token(handler: Mapping[str, Any]) -> bool:
    names = handler.get("allowedEnvVars")
    return isinstance(names, list) and TOKEN_VARIABLE in names
