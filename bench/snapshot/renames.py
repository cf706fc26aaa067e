"""Read the intended renames, so that an answer which differs by these alone compares as equal.

In: `renames.toml`. Out: new names for requests, old names for answers.
"""

import re
import tomllib
from collections.abc import Iterable
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, Final, Literal, get_args

import msgspec

FILE: Final = Path(__file__).with_name("renames.toml")
Kind = Literal["field", "value", "text", "schema", "parameter", "route", "table", "column"]
OF_A_FIELD: Final = ("value", "text")
REQUIRED: Final = "required"
"""Where a schema lists names of fields, in alphabetical order."""
SCHEMA: Final = "#/components/schemas/"


class Rename(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Hold one entry of the table."""

    kind: Kind
    old: str
    new: str
    where: str = "*"
    field: str | None = None
    pattern: bool = False
    """Of a text: `new` is a regular expression, and `old` what it is replaced by."""


class _RenameTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    rename: tuple[Rename, ...] = ()


class RenameError(Exception):
    """Report an entry that cannot be undone."""


class Renames:
    """Hold all entries."""

    def __init__(self, entries: Iterable[Rename] = ()) -> None:
        self._entries = tuple(entries)
        seen: dict[tuple[str, str, str, str | None], str] = {}
        for entry in self._entries:
            if (entry.field is None) == (entry.kind in OF_A_FIELD):
                raise RenameError(f"{entry.old}: `field` goes with {' and '.join(OF_A_FIELD)}")
            key = (entry.kind, entry.new, entry.where, entry.field)
            if seen.setdefault(key, entry.old) != entry.old:
                raise RenameError(f"{entry.new}: renamed from both {seen[key]} and {entry.old}")

    @classmethod
    def read(cls, path: Path = FILE) -> "Renames":
        """Read the table."""
        return cls(msgspec.convert(tomllib.loads(path.read_text("utf-8")), _RenameTable).rename)

    def new(self, kind: Kind, old: str, name: str) -> str:
        """Return what something is called now, in the answer of a name."""
        found = (it.new for it in self._of(kind, name) if it.old == old)
        return next(found, old)

    def old(self, kind: Kind, new: str, name: str) -> str:
        """Return what something was called when the digests were recorded."""
        found = (it.old for it in self._of(kind, name) if it.new == new)
        return next(found, new)

    def new_value(self, field: str, old: Any, name: str) -> Any:  # noqa: ANN401 - any parameter
        """Return a value as a parameter takes it now."""
        if isinstance(old, list | tuple):
            return [self.new_value(field, one, name) for one in old]
        found = (it.new for it in self._of("value", name) if it.field == field and it.old == old)
        return next(found, old)

    def restore(self, value: Any, name: str) -> Any:  # noqa: ANN401 - any JSON
        """Return the JSON of an answer with all old names."""
        entries = [it for kind in get_args(Kind) for it in self._of(kind, name)]
        return _restored(value, entries, None) if entries else value

    def _of(self, kind: Kind, name: str) -> list[Rename]:
        return [it for it in self._entries if it.kind == kind and fnmatchcase(name, it.where)]


def _restored(value: Any, entries: list[Rename], field: str | None) -> Any:  # noqa: ANN401
    if isinstance(value, dict):
        renamed = {}
        for key, inner in value.items():
            old_key = _key(key, entries, field)
            renamed[old_key] = _restored(inner, entries, old_key)
        return renamed
    if isinstance(value, list):
        restored = [_restored(inner, entries, field) for inner in value]
        return sorted(restored) if field == REQUIRED else restored
    return _string(value, entries, field) if isinstance(value, str) else value


def _key(key: str, entries: list[Rename], field: str | None) -> str:
    for entry in entries:
        is_value = entry.kind == "value" and entry.field == field
        is_schema = entry.kind == "schema" and field == "schemas"
        is_route = entry.kind == "route" and field == "paths"
        if entry.new == key and (entry.kind == "field" or is_value or is_schema or is_route):
            return entry.old
    return key


def _string(text: str, entries: list[Rename], field: str | None) -> str:
    for entry in entries:
        if entry.kind in OF_A_FIELD:
            if entry.field == field:
                text = _with_old_text(text, entry)
        elif entry.kind == "parameter":
            text = _of_parameter(text, entry, field)
        elif entry.kind == "schema" and text == SCHEMA + entry.new:
            text = SCHEMA + entry.old
        elif entry.kind == "field" and field == REQUIRED and text == entry.new:
            text = entry.old
    return text


def _with_old_text(text: str, entry: Rename) -> str:
    if entry.kind == "value":
        return entry.old if text == entry.new else text
    return (
        re.sub(entry.new, entry.old, text) if entry.pattern else text.replace(entry.new, entry.old)
    )


def _of_parameter(text: str, entry: Rename, field: str | None) -> str:
    """Put a parameter's old name into the document and into errors."""
    if field in {"field", "name"} and text == entry.new:
        return entry.old
    if field == "message" and text.startswith(f"{entry.new}: "):
        return entry.old + text.removeprefix(entry.new)
    return text
