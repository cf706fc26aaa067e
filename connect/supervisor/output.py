"""Write the output of both daemons into one log, each line after its daemon's name."""

from __future__ import annotations

import logging
import sys
from logging.handlers import RotatingFileHandler
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

LOG_NAME: Final = "hookwatch.log"
MAX_BYTES: Final = 1_000_000
NAME_COLUMN: Final = len("hookwatch ")


def write_to_terminal() -> Callable[[str, str], None]:
    return _writer(logging.StreamHandler(sys.stdout))


def write_to_file(path: Path) -> Callable[[str, str], None]:
    """Append to a file; at 1 MB it is renamed to `….1`, in place of the one before."""
    return _writer(RotatingFileHandler(path, maxBytes=MAX_BYTES, backupCount=1, encoding="utf-8"))


def _writer(handler: logging.Handler) -> Callable[[str, str], None]:
    logging.raiseExceptions = False  # a closed terminal or a full disk ends no daemon

    def write(name: str, line: str) -> None:
        text = f"{name.ljust(NAME_COLUMN)}| {line}"
        handler.handle(logging.makeLogRecord({"msg": text}))

    return write
