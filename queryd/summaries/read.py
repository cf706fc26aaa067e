"""Read fields of payloads whose shape is not known.

Each function returns a value of one type, or an empty one; none raises. Clients change their
payloads every month, and an exception would end the follower.
"""

import math
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final, TypeAlias

Fields: TypeAlias = Mapping[str, Any]

NONE: Final[Fields] = MappingProxyType({})
SCANNED_CHARS: Final = 4_000
"""A field may have megabytes; a line shows only its start."""
MAX_NUMBER: Final = 10**15
"""No count or duration is larger, and Python refuses to format integers of many digits."""


def fields(value: object) -> Fields:
    """Return the fields of an object; none for any other value."""
    return value if isinstance(value, dict) else NONE


def items(value: object) -> list[Any]:
    """Return the items of an array; none for any other value."""
    return value if isinstance(value, list) else []


def text(value: object) -> str | None:
    """Return a string that is not blank."""
    return value if isinstance(value, str) and value and not value.isspace() else None


def number(value: object) -> float | None:
    """Return a number of a few digits."""
    # A bool is an int to Python; NaN compares false.
    if (
        isinstance(value, bool)
        or not isinstance(value, int | float)
        or not -MAX_NUMBER < value < MAX_NUMBER
    ):
        return None
    return int(value) if isinstance(value, float) and value.is_integer() else value


def amount(value: object) -> float | None:
    """Return a number, or one in a string, as OpenTelemetry's exporters send it."""
    if not isinstance(value, str):
        return number(value)
    try:
        parsed = float(value[:40])
    except ValueError:
        return None
    return number(parsed) if math.isfinite(parsed) else None


def numbered(value: object) -> str | None:
    """Return `#1` for an id that is a number or a string."""
    known = text(value) if isinstance(value, str) else number(value)
    return None if known is None else f"#{known}"


def first_line(value: object) -> str | None:
    """Return the first line that is not blank, with an ellipsis if more follow."""
    start = value[:SCANNED_CHARS].lstrip() if isinstance(value, str) else ""
    if not start:
        return None
    line = start.partition("\n")[0].partition("\r")[0]
    rest = start[len(line) :]
    return f"{line.rstrip()} …" if rest and not rest.isspace() else line


def one_line(value: str, limit: int) -> str:
    """Replace each run of whitespace by a space, and cut the result to `limit` characters."""
    line = " ".join(value[:SCANNED_CHARS].split())
    if not line or (len(line) <= limit and len(value) <= SCANNED_CHARS):
        return line
    return f"{line[: limit - 1].rstrip()}…"


def encodable(value: str) -> str:
    """Replace lone surrogates: a payload may contain escaped ones, which UTF-8 cannot encode."""
    return value if value.isascii() else value.encode(errors="replace").decode()


def path(value: object, cwd: object) -> str | None:
    """Return a path, relative to the session's folder if it is inside."""
    full, base = text(value), text(cwd)
    if full is None or base is None:
        return full
    separator = "\\" if "\\" in base else "/"
    folder = base if base.endswith(("/", "\\")) else base + separator
    return full.removeprefix(folder) or full


def spaced(value: object) -> str | None:
    """Return `rate limit` for `rate_limit`."""
    known = text(value)
    return None if known is None else known[:SCANNED_CHARS].replace("_", " ")


def joined(*parts: str | None, by: str = ", ") -> str | None:
    """Join the parts that are not empty."""
    return by.join([part for part in parts if part]) or None
