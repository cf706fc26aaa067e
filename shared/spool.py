"""Define the files of a spool: the folder for events that forwarders leave to ingestd.

In: a folder. Out: its files, and counts of them. An event that could not be sent is a file that
appears complete, by a rename, and its name starts with the time it fired (`forward.sh`). One that
was not to be sent is written in place, and its name starts with the pid of its hook (`spool.sh`).
Left to `ingestd`: storing them.
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
"""Prefix of an unfinished file."""
REJECTED: Final = "rejected"
"""The folder of files that could not be decoded."""
DROPPED: Final = ".dropped"
"""Its size in bytes is the number of lost events."""
READY: Final = ".ready"
"""Hooks of `spool.sh` use the folder while this file is there: an ingestd watches it."""
DIRECT: Final = ".direct"
"""While this file is there they post instead: the disk or the spool is full."""
MAX_EVENTS: Final = 10_000
MAX_BYTES: Final = 256 * 1024 * 1024
"""Limits of a spool; the same in `forward.sh`."""


def folder_for(data: Path, url: str) -> Path:
    """Return the spool for an ingestd: one on another machine has a folder of its own.

    Otherwise the ingestd of this machine would store its events. `places.sh` does the same.
    """
    parts = urlsplit(url)
    if is_loopback(parts.hostname or ""):
        return data / "spool"
    return data / f"spool-{re.sub(r'[^A-Za-z0-9.-]', '-', parts.netloc)}"


class SpoolState(msgspec.Struct, frozen=True, kw_only=True):
    """Count the files of a spool, and lost events."""

    path: str
    waiting: int
    """Events not stored yet."""
    dropped: int
    """Events that forwarders could neither send nor spool, ever."""
    rejected: int
    """Files set aside because they hold no event."""


def waiting(folder: Path) -> Iterator[os.DirEntry[str]]:
    """Yield the files of events, unordered; none without the folder."""
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                if entry.name.endswith(EVENT_SUFFIX) and not entry.name.startswith(HALF_WRITTEN):
                    yield entry
    except OSError:
        return


def spool_state(folder: Path, environment: Mapping[str, str] = os.environ) -> SpoolState:
    return SpoolState(
        path=str(folder),
        waiting=sum(1 for _ in waiting(folder)),
        dropped=sum(map(size_bytes, [folder / DROPPED, *_fallback_counters(environment)])),
        rejected=sum(1 for _ in waiting(folder / REJECTED)),
    )


def _fallback_counters(environment: Mapping[str, str]) -> Iterator[Path]:
    """Yield the files in which forwarders count that cannot write to the spool."""
    user = environment.get("USER") or environment.get("LOGNAME") or "user"
    if not all(letter.isascii() and (letter.isalnum() or letter in "._-") for letter in user):
        user = "user"
    for folder in (environment.get("XDG_RUNTIME_DIR"), environment.get("TMPDIR") or "/tmp"):  # noqa: S108 - only read
        if folder:
            yield Path(folder) / f"hookwatch-{user}" / "dropped"
