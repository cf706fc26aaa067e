"""Read one file of the registry, `<config>/sessions/<pid>.json`."""

import json
import os
import re
import stat
from pathlib import Path
from typing import Final

import msgspec

FILE_BYTES: Final = 65_536
"""The client writes about 1 kB; more than this is not a file of the registry."""
FILE_NAME: Final = re.compile(r"[1-9][0-9]{0,9}\.json")
"""Never the secrets beside it, which are named `<pid>.<hex digits>.key`."""


class RegistryEntry(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Hold what a process reports of itself.

    The file's `name` is left out: it may hold the text of a prompt.
    """

    pid: int
    session_id: str
    proc_start: str | None = None
    """When the process started, in clock ticks since the boot, as in `/proc/<pid>/stat`."""
    pid_domain: str | None = None
    """The machine and PID namespace in which `pid` is valid."""
    started_at: int | None = None
    status: str | None = None
    """`busy`, `waiting`, `idle` or `shell`; null in the process's first moments."""
    waiting_for: str | None = None
    status_updated_at: int | None = None
    cwd: str | None = None
    kind: str | None = None
    entrypoint: str | None = None
    version: str | None = None


def read_entry(path: Path) -> RegistryEntry | None:
    """Return a file's entry; None when it is missing, unreadable or not one of the registry."""
    try:
        text = _content(path)
        # The client overwrites the file in place, so the end of a longer state may follow.
        fields, _ = _DECODER.raw_decode(text.lstrip())
        entry = msgspec.convert(fields, RegistryEntry)
    except (OSError, ValueError, RecursionError):
        return None
    return entry if path.name == f"{entry.pid}.json" and entry.session_id else None


def _content(path: Path) -> str:
    # Never through a link, and without waiting for the writer of a pipe.
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    with os.fdopen(os.open(path, flags), "rb") as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise OSError(f"{path} is not a file")
        return file.read(FILE_BYTES).decode("utf-8")


_DECODER: Final = json.JSONDecoder()
