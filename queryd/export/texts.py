"""Prepare texts of payloads, which anyone may have written, for a file that people open."""

import re
from datetime import UTC, datetime
from typing import Final

from queryd.summaries.read import encodable

TEXT_CHARS: Final = 100_000
"""Of one text; the JSONL export has all of it."""

_ESCAPE_SEQUENCES: Final = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)?|\x1b[@-Z\\^_]"
)
_CONTROLS: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")


def clean(text: str) -> str:
    """Return a text without what a terminal would obey, cut to `TEXT_CHARS`."""
    left = len(text) - TEXT_CHARS
    text = text[:TEXT_CHARS].replace("\r\n", "\n").replace("\r", "\n")
    text = encodable(_CONTROLS.sub("\ufffd", _ESCAPE_SEQUENCES.sub("", text)))
    return text if left <= 0 else f"{text}\n… [{left:,} more characters; the JSONL export has all]"


def time_text(at: int) -> str:
    """Return `2026-11-28 14:03:11 UTC` for ms since the epoch."""
    try:
        return datetime.fromtimestamp(at / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    except (ValueError, OverflowError, OSError):
        return f"{at} ms"
