"""Read a settings file, and replace it: whole, or not at all.

In: a path. Out: its text, or `Cannot` with one line that names file, line and column. What is
written was read back unchanged a moment before, goes to a new file beside the old one and takes its
place at once; a link is written through to where it leads, mode and owner stay.
"""

from __future__ import annotations

import os
import stat
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from connect.errors import Cannot
from connect.settings.installed import SPACES
from connect.settings.json.scan import NotJsonError, place, repeated_key, scan
from connect.settings.places import shown
from connect.settings.shape import misshapen

if TYPE_CHECKING:
    from collections.abc import Container, Iterator

MOST_BYTES = 4_000_000
NEW_MODE = 0o600
FOLDER_MODE = 0o700


class SettingsFile(msgspec.Struct, frozen=True):
    """Hold a file as it was read."""

    path: Path
    real: Path
    """Where a link leads; else the same."""
    text: str | None
    """None where there is no file."""
    found: os.stat_result | None


def read_file(path: Path, touched: Container[str] = ()) -> SettingsFile:
    """Return a settings file; raise Cannot when it is not what settings have to be.

    What stands under the keys that will be touched has the shape it has to have.
    """
    real = Path(os.path.realpath(path))
    with _explained(path, "read"):
        try:
            found = real.stat()
        except FileNotFoundError:
            return SettingsFile(path, real, None, None)
        if not stat.S_ISREG(found.st_mode):
            raise Cannot(f"{shown(path)}: this is no file. Nothing was changed.")
        if found.st_size > MOST_BYTES:
            raise Cannot(f"{shown(path)}: this is too large for settings. Nothing was changed.")
        data = real.read_bytes()
    text = _text(path, data)
    _refuse_others(path, text, touched)
    return SettingsFile(path, real, text, found)


def replace_file(file: SettingsFile, text: str | None) -> bool:
    """Write a file anew, None removes it; tell whether its folder had to be made.

    Raise Cannot when it is no longer as it was read, or cannot be written.
    """
    with _explained(file.path, "written"):
        made = not file.real.parent.exists()
        file.real.parent.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
        if text is None:
            _refuse_changed(file)
            file.real.unlink()
        else:
            _write_beside(file, text.encode())
        _sync_folder(file.real.parent)
    return made


def _write_beside(file: SettingsFile, data: bytes) -> None:
    beside = file.real.with_name(f".{file.real.name}.hookwatch-{os.getpid()}")
    try:
        with os.fdopen(
            os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, NEW_MODE), "wb"
        ) as new:
            new.write(data)
            new.flush()
            _keep_owner(new.fileno(), file.found)
            os.fsync(new.fileno())
        _refuse_changed(file)
        beside.replace(file.real)
    finally:
        beside.unlink(missing_ok=True)


def _keep_owner(descriptor: int, before: os.stat_result | None) -> None:
    if before is None:
        return
    now = os.fstat(descriptor)
    if (now.st_uid, now.st_gid) != (before.st_uid, before.st_gid):
        # Somebody who may write the file need not be able to give it away.
        with suppress(PermissionError):
            os.fchown(descriptor, before.st_uid, before.st_gid)
    os.fchmod(descriptor, stat.S_IMODE(before.st_mode))


def _refuse_changed(file: SettingsFile) -> None:
    """Stop when somebody else wrote the file after it was shown."""
    try:
        now: bytes | None = file.real.read_bytes()
    except FileNotFoundError:
        now = None
    if now != (None if file.text is None else file.text.encode()):
        raise Cannot(f"{shown(file.path)}: somebody else has changed it just now. Run this again.")


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _text(path: Path, data: bytes) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        line, column = place(data[: error.start].decode(), error.start)
        raise _refused(path, line, column, "this is not UTF-8") from None


def _refuse_others(path: Path, text: str, touched: Container[str]) -> None:
    """Refuse what is not JSON, what two readers would read in two ways, what has another shape."""
    if not text.strip(SPACES):
        return
    try:
        root = scan(text)
    except NotJsonError as error:
        raise _refused(path, *place(text, error.offset), error.reason) from None
    if again := repeated_key(root):
        at = place(text, again.start)
        raise _refused(path, *at, f'the key "{again.key}" is here a second time')
    if root.kind != "object":
        raise _refused(path, *place(text, root.start), "settings are an object")
    if odd := misshapen(root, touched):
        raise _refused(path, *place(text, odd[0].start), odd[1])


def _refused(path: Path, line: int, column: int, reason: str) -> Cannot:
    return Cannot(f"{shown(path)}:{line}:{column}: {reason}. Nothing was changed.")


@contextmanager
def _explained(path: Path, doing: str) -> Iterator[None]:
    """Turn what the system says into one line."""
    try:
        yield
    except OSError as error:
        why = error.strerror or str(error)
        raise Cannot(f"{shown(path)} cannot be {doing}: {why}. Nothing was changed.") from None
