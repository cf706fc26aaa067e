"""Read the intended renames, so that responses that differ by these alone compare as equal."""

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
        self._places = tuple({it.where: None for it in self._entries})
        self._restorers: dict[tuple[str, ...], _Restorer] = {}
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
        places = tuple(it for it in self._places if fnmatchcase(name, it))
        if places not in self._restorers:
            entries = [it for it in self._entries if it.where in places]
            self._restorers[places] = _Restorer(entries)
        return self._restorers[places].restored(value)

    def _of(self, kind: Kind, name: str) -> list[Rename]:
        return [it for it in self._entries if it.kind == kind and fnmatchcase(name, it.where)]


class _Restorer:
    """Put old names into JSON. It selects the entries for a field once: answers are large."""

    def __init__(self, entries: Iterable[Rename]) -> None:
        self._entries = sorted(entries, key=lambda it: get_args(Kind).index(it.kind))
        self._keys: dict[str | None, dict[str, str]] = {}
        self._texts: dict[str | None, list[Rename]] = {}

    def restored(self, value: Any, field: str | None = None) -> Any:  # noqa: ANN401 - any JSON
        if isinstance(value, dict):
            old_keys = self._old_keys(field)
            renamed = {}
            for key, inner in value.items():
                old_key = old_keys.get(key, key)
                renamed[old_key] = self.restored(inner, old_key)
            return renamed
        if isinstance(value, list):
            restored = [self.restored(inner, field) for inner in value]
            return sorted(restored) if field == REQUIRED and self._entries else restored
        return self._old_text(value, field) if isinstance(value, str) else value

    def _old_keys(self, field: str | None) -> dict[str, str]:
        if field not in self._keys:
            # The first entry of several holds.
            entries = [it for it in reversed(self._entries) if _renames_key(it, field)]
            self._keys[field] = {it.new: it.old for it in entries}
        return self._keys[field]

    def _old_text(self, text: str, field: str | None) -> str:
        if field not in self._texts:
            self._texts[field] = [it for it in self._entries if _renames_text(it, field)]
        for entry in self._texts[field]:
            text = _with_old_text(text, entry, field)
        return text


def _renames_key(entry: Rename, field: str | None) -> bool:
    match entry.kind:
        case "field":
            return True
        case "value":
            return entry.field == field
        case "schema":
            return field == "schemas"
        case "route":
            return field == "paths"
        case _:
            return False


def _renames_text(entry: Rename, field: str | None) -> bool:
    match entry.kind:
        case "value" | "text":
            return entry.field == field
        case "parameter":
            return field in {"field", "name", "message"}
        case "field":
            return field == REQUIRED
        case kind:
            return kind == "schema"


def _with_old_text(text: str, entry: Rename, field: str | None) -> str:
    if entry.kind == "text":
        if entry.pattern:
            return re.sub(entry.new, entry.old, text)
        return text.replace(entry.new, entry.old)
    if entry.kind == "parameter":
        return _of_parameter(text, entry, field)
    prefix = SCHEMA if entry.kind == "schema" else ""
    return prefix + entry.old if text == prefix + entry.new else text


def _of_parameter(text: str, entry: Rename, field: str | None) -> str:
    """Put a parameter's old name into the document and into errors."""
    if field in {"field", "name"} and text == entry.new:
        return entry.old
    if field == "message" and text.startswith(f"{entry.new}: "):
        return entry.old + text.removeprefix(entry.new)
    return text
