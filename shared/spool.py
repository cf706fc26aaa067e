"""Name what lies in a spool: the folder where forwarders leave what they could not send.

In: a folder. Out: what is in it, counted. An event is a file that appears whole, by a rename; its
name begins with when it fired, so the order of names is the order of events. Left to `ingestd`:
storing them. `connect/plugin/scripts/forward.sh` says the same in sh.
"""

import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import msgspec

from shared.files import size_bytes
from shared.settings import is_loopback

EVENT_SUFFIX: Final = ".event"
HALF_WRITTEN: Final = "."
"""How a name begins that is not an event's yet."""
REJECTED: Final = "rejected"
"""The folder of what could not be decoded."""
DROPPED: Final = ".dropped"
"""As many bytes as events were lost."""
MOST_EVENTS: Final = 10_000
MOST_BYTES: Final = 256 * 1024 * 1024
"""What a spool may hold; `forward.sh` keeps to the same bounds."""


def folder_for(data: Path, url: str) -> Path:
    """Return where events for an ingestd wait: one elsewhere has a folder of its own.

    The ingestd of this machine would take them into its own log else. `places.sh` says the same.
    """
    parts = urlsplit(url)
    if is_loopback(parts.hostname or ""):
        return data / "spool"
    return data / f"spool-{re.sub(r'[^A-Za-z0-9.-]', '-', parts.netloc)}"


class SpoolState(msgspec.Struct, frozen=True, kw_only=True):
    """Tell what a spool holds, and what it lost."""

    path: str
    waiting: int
    """Events not stored yet."""
    dropped: int
    """Events that forwarders could neither send nor keep, ever."""
    rejected: int
    """Files set aside because they hold no event."""


def waiting(folder: Path) -> Iterator[os.DirEntry[str]]:
    """Yield the entries that are named as events, in no order; none where there is no folder."""
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                if entry.name.endswith(EVENT_SUFFIX) and not entry.name.startswith(HALF_WRITTEN):
                    yield entry
    except OSError:
        return


def look(folder: Path, environment: Mapping[str, str] = os.environ) -> SpoolState:
    """Count what a spool holds now."""
    return SpoolState(
        path=str(folder),
        waiting=sum(1 for _ in waiting(folder)),
        dropped=sum(map(size_bytes, [folder / DROPPED, *_elsewhere(environment)])),
        rejected=sum(1 for _ in waiting(folder / REJECTED)),
    )


def _elsewhere(environment: Mapping[str, str]) -> Iterator[Path]:
    """Yield where a forwarder counts that cannot write to its spool."""
    user = environment.get("USER") or environment.get("LOGNAME") or "user"
    if not all(letter.isascii() and (letter.isalnum() or letter in "._-") for letter in user):
        user = "user"
    for folder in (environment.get("XDG_RUNTIME_DIR"), environment.get("TMPDIR") or "/tmp"):  # noqa: S108 - only read
        if folder:
            yield Path(folder) / f"hookwatch-{user}" / "dropped"
