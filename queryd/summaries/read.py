"""Read fields of payloads that may be anything.

In: any JSON value. Out: a value of the wanted type, or none of it. Nothing here raises: clients
change their payloads every month, and one event that raised would end the follower.
"""

import math
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final, TypeAlias

Fields: TypeAlias = Mapping[str, Any]

NONE: Final[Fields] = MappingProxyType({})
SCANNED_CHARS: Final = 4_000
"""A field may hold megabytes; what a line can show of it is near its start."""
MOST: Final = 10**15
"""No count or duration is larger, and Python refuses to write integers of many digits."""


def fields(value: object) -> Fields:
    """Return an object's fields; of anything else, none."""
    return value if isinstance(value, dict) else NONE


def items(value: object) -> list[Any]:
    """Return an array's items; of anything else, none."""
    return value if isinstance(value, list) else []


def text(value: object) -> str | None:
    """Return a string that says something."""
    return value if isinstance(value, str) and value and not value.isspace() else None


def number(value: object) -> float | None:
    """Return a number that can be written in a few digits."""
    # A bool is an int to Python; NaN compares false.
    if isinstance(value, bool) or not isinstance(value, int | float) or not -MOST < value < MOST:
        return None
    return int(value) if isinstance(value, float) and value.is_integer() else value


def amount(value: object) -> float | None:
    """Return a number that may be written as a string, as OpenTelemetry's exporters do."""
    if not isinstance(value, str):
        return number(value)
    try:
        found = float(value[:40])
    except ValueError:
        return None
    return number(found) if math.isfinite(found) else None


def numbered(value: object) -> str | None:
    """Return `#1` of an id that is a number or a string."""
    known = text(value) if isinstance(value, str) else number(value)
    return None if known is None else f"#{known}"


def first_line(value: object) -> str | None:
    """Return the first line that says something, with an ellipsis where more follow."""
    start = value[:SCANNED_CHARS].lstrip() if isinstance(value, str) else ""
    if not start:
        return None
    line = start.partition("\n")[0].partition("\r")[0]
    rest = start[len(line) :]
    return f"{line.rstrip()} …" if rest and not rest.isspace() else line


def one_line(value: str, limit: int) -> str:
    """Return all of it on one line: every run of whitespace is one space, and it is cut."""
    line = " ".join(value[:SCANNED_CHARS].split())
    if not line or (len(line) <= limit and len(value) <= SCANNED_CHARS):
        return line
    return f"{line[: limit - 1].rstrip()}…"


def path(value: object, cwd: object) -> str | None:
    """Return a path as people say it: relative to the session's folder where it is inside."""
    whole, base = text(value), text(cwd)
    if whole is None or base is None:
        return whole
    separator = "\\" if "\\" in base else "/"
    folder = base if base.endswith(("/", "\\")) else base + separator
    return whole.removeprefix(folder) or whole


def spaced(value: object) -> str | None:
    """Return `rate limit` of `rate_limit`."""
    known = text(value)
    return None if known is None else known[:SCANNED_CHARS].replace("_", " ")


def joined(*parts: str | None, by: str = ", ") -> str | None:
    """Join what there is."""
    return by.join([part for part in parts if part]) or None
