"""Tell what of Hookwatch is in each settings file of a session.

In: the files that hold for a project. Out: for each, how its hooks reach ingestd and where, which
events are missing, what else of ours is in it; nothing of the user's own leaves here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import msgspec

from connect.errors import Cannot
from connect.settings.files import read_file
from connect.settings.installed import SPACES, Found, found_in, object_at
from connect.settings.json.scan import scan
from connect.settings.places import shown
from connect.settings.telemetry import ENDPOINT
from shared.hook_events import WORTH_HAVING
from shared.hook_handlers import Kind, OurHandler, our_handler

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from connect.settings.places import Place
    from connect.settings.record import Records

PLUGIN = "hookwatch"


class PlaceState(msgspec.Struct, frozen=True, kw_only=True):
    """Tell what of ours is in one settings file."""

    scope: str
    path: str
    state: Literal["absent", "read", "unreadable"]
    why: str | None = None
    """It could not be read."""
    via: Sequence[Kind] = ()
    urls: Sequence[str] = ()
    events: Sequence[str] = ()
    missing: Sequence[str] = ()
    """Events worth having that this file, which has some, does not ask for."""
    status_line: bool = False
    telemetry: str | None = None
    """Where telemetry goes by variables of ours."""
    plugins: Sequence[str] = ()
    """Our plugin, enabled under these names."""
    disabled: bool = False
    """`disableAllHooks` is on."""


def state_of(place: Place, records: Records) -> PlaceState:
    """Return what of ours is in a file."""
    name = shown(place.path)
    try:
        file = read_file(place.path)
    except Cannot as error:
        why = str(error).removesuffix(" Nothing was changed.")
        return PlaceState(scope=place.scope, path=name, state="unreadable", why=why)
    if file.text is None:
        return PlaceState(scope=place.scope, path=name, state="absent")
    text = file.text if file.text.strip(SPACES) else "{}"
    found = found_in(text, records.load(place.path))
    root = scan(text)
    plugins = object_at(text, root, ("enabledPlugins",))
    return msgspec.structs.replace(
        _told(place.scope, name, found),
        plugins=[it for it, on in plugins.items() if on and it.partition("@")[0] == PLUGIN],
        disabled=object_at(text, root, ()).get("disableAllHooks") is True,
    )


def _told(scope: str, name: str, found: Found) -> PlaceState:
    handlers = [it for _, _, handler in found.handlers if (it := our_handler(handler))]
    events = list(dict.fromkeys(event for event, _, _ in found.handlers))
    return PlaceState(
        scope=scope,
        path=name,
        state="read",
        via=_each(handlers, "kind"),
        urls=_each(handlers, "url"),
        events=events,
        missing=[it for it in WORTH_HAVING if it not in events] if events else [],
        status_line=found.tap is not None,
        telemetry=found.env.get(ENDPOINT),
    )


def _each(handlers: Iterable[OurHandler], field: str) -> list[Kind]:
    return sorted({getattr(handler, field) for handler in handlers})
