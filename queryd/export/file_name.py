"""Name the file of an export: letters, digits, dots and dashes alone, whatever the title has."""

import re
from typing import Final

from queryd.sessions.rows import SessionRow

PART_CHARS: Final = 40
ID_CHARS: Final = 8
_OTHERS: Final = re.compile(r"[^A-Za-z0-9]+")


def file_name(session: SessionRow, turn_number: int | None, extension: str) -> str:
    """Return `shop-api-fix-the-cart-7b9da031-turn-3.md`."""
    parts = [
        _part(session.project, PART_CHARS),
        _part(session.title, PART_CHARS),
        _part(session.session_id, ID_CHARS),
        "" if turn_number is None else f"turn-{turn_number}",
    ]
    return f"{'-'.join(part for part in parts if part) or 'session'}.{extension}"


def _part(text: str | None, limit: int) -> str:
    return _OTHERS.sub("-", text or "").strip("-").lower()[:limit].rstrip("-")
