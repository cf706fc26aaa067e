"""Read a settings file, and replace it as a whole or not at all.

Before a write the file is read again: it must be what was shown. The new text goes to a file beside
it, which then takes its place at once; a link is followed, mode and owner stay.
"""

from __future__ import annotations

import os
import stat
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from connect.errors import CliError
from connect.settings.json.scan import (
    JsonValue,
    NotJsonError,
    find,
    line_column,
    repeated_key,
    scan,
)
from connect.settings.locations import display_path

if TYPE_CHECKING:
    from collections.abc import Container, Iterator

MAX_BYTES = 4_000_000
NEW_MODE = 0o600
FOLDER_MODE = 0o700
WHITESPACE = " \t\r\n"
UNCHANGED = "Nothing was changed."

ShapeError = tuple[JsonValue, str]
"""A value of the wrong type, and a sentence about it."""


class SettingsFile(msgspec.Struct, frozen=True):
    """A file as it was read."""

    path: Path
    real_path: Path
    """Where a link leads; else the same."""
    text: str | None
    """None: no file."""
    stat: os.stat_result | None


def read_file(path: Path, keys_to_edit: Container[str] = ()) -> SettingsFile:
    """Read a settings file; raise CliError when it is not valid settings.

    The values under `keys_to_edit` must have the types that Claude Code gives them.
    """
    real_path = Path(os.path.realpath(path))
    with _explain_os_errors(path, "read"):
        try:
            state = real_path.stat()
        except FileNotFoundError:
            return SettingsFile(path, real_path, None, None)
        if not stat.S_ISREG(state.st_mode):
            raise CliError(f"{display_path(path)} is not a file. {UNCHANGED}")
        if state.st_size > MAX_BYTES:
            raise CliError(f"{display_path(path)} is too large for settings. {UNCHANGED}")
        data = real_path.read_bytes()
    text = _decode(path, data)
    _validate(path, text, keys_to_edit)
    return SettingsFile(path, real_path, text, state)


def replace_file(file: SettingsFile, text: str | None) -> bool:
    """Write a file, or remove it when `text` is None; return whether its folder had to be created.

    Raise CliError when the file changed since it was read, or cannot be written.
    """
    folder = file.real_path.parent
    with _explain_os_errors(file.path, "written"):
        is_new_folder = not folder.exists()
        folder.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
        if text is None:
            _check_unchanged(file)
            file.real_path.unlink()
        else:
            _write_atomically(file, text.encode())
        _sync_folder(folder)
    return is_new_folder


def _write_atomically(file: SettingsFile, data: bytes) -> None:
    temporary = file.real_path.with_name(f".{file.real_path.name}.hookwatch-{os.getpid()}")
    try:
        with os.fdopen(
            os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, NEW_MODE), "wb"
        ) as new:
            new.write(data)
            new.flush()
            _keep_owner(new.fileno(), file.stat)
            os.fsync(new.fileno())
        _check_unchanged(file)
        temporary.replace(file.real_path)
    finally:
        temporary.unlink(missing_ok=True)


def _keep_owner(descriptor: int, before: os.stat_result | None) -> None:
    if before is None:
        return
    now = os.fstat(descriptor)
    if (now.st_uid, now.st_gid) != (before.st_uid, before.st_gid):
        # Write access to a file does not include the right to give it to its owner.
        with suppress(PermissionError):
            os.fchown(descriptor, before.st_uid, before.st_gid)
    os.fchmod(descriptor, stat.S_IMODE(before.st_mode))


def _check_unchanged(file: SettingsFile) -> None:
    try:
        now: bytes | None = file.real_path.read_bytes()
    except FileNotFoundError:
        now = None
    if now != (None if file.text is None else file.text.encode()):
        raise CliError(f"{display_path(file.path)} was changed by another program. Run this again.")


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _decode(path: Path, data: bytes) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        position = line_column(data[: error.start].decode(), error.start)
        raise _invalid(path, position, "not UTF-8") from None


# Validation


def _validate(path: Path, text: str, keys_to_edit: Container[str]) -> None:
    """Refuse what is not JSON, what two parsers read differently, and values of wrong types."""
    if not text.strip(WHITESPACE):
        return
    try:
        root = scan(text)
    except NotJsonError as error:
        raise _invalid(path, line_column(text, error.offset), error.reason) from None
    if repeated := repeated_key(root):
        position = line_column(text, repeated.start)
        raise _invalid(path, position, f'the key "{repeated.key}" occurs more than once')
    if root.kind != "object":
        raise _invalid(path, line_column(text, root.start), "settings must be an object")
    for key, errors in _SHAPE_ERRORS.items():
        if key in keys_to_edit:
            for value, reason in errors(root):
                raise _invalid(path, line_column(text, value.start), reason)


def _hooks_errors(root: JsonValue) -> Iterator[ShapeError]:
    hooks = find(root, ("hooks",))
    if hooks is not None:
        yield from _check_kind(hooks, "object", '"hooks" must be an object')
        for event in hooks.members:
            yield from _event_errors(event.key, event.value)


def _event_errors(name: str, groups: JsonValue) -> Iterator[ShapeError]:
    yield from _check_kind(groups, "array", f'"{name}" must be a list of groups')
    for group in groups.items:
        yield from _check_kind(group, "object", f'a group of "{name}" must be an object')
        handlers = find(group, ("hooks",))
        if handlers is None:
            yield group, f'a group of "{name}" has no "hooks"'
            return
        yield from _check_kind(handlers, "array", f'"hooks" in a group of "{name}" must be a list')
        for handler in handlers.items:
            yield from _check_kind(handler, "object", f'a hook of "{name}" must be an object')


def _env_errors(root: JsonValue) -> Iterator[ShapeError]:
    env = find(root, ("env",))
    if env is not None:
        yield from _check_kind(env, "object", '"env" must be an object')


def _status_line_errors(root: JsonValue) -> Iterator[ShapeError]:
    status_line = find(root, ("statusLine",))
    if status_line is None:
        return
    yield from _check_kind(status_line, "object", '"statusLine" must be an object')
    command = find(status_line, ("command",))
    if command is None:
        yield status_line, '"statusLine" has no "command"'
    else:
        yield from _check_kind(command, "string", '"command" of "statusLine" must be a string')


def _check_kind(value: JsonValue, kind: str, reason: str) -> Iterator[ShapeError]:
    if value.kind != kind:
        yield value, reason


_SHAPE_ERRORS = {
    "hooks": _hooks_errors,
    "env": _env_errors,
    "statusLine": _status_line_errors,
}


def _invalid(path: Path, position: tuple[int, int], reason: str) -> CliError:
    line, column = position
    return CliError(f"{display_path(path)}:{line}:{column}: {reason}. {UNCHANGED}")


@contextmanager
def _explain_os_errors(path: Path, action: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        reason = error.strerror or str(error)
        raise CliError(f"{display_path(path)} cannot be {action}: {reason}. {UNCHANGED}") from None
