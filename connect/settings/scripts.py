"""Install the scripts that Claude Code runs into the data folder.

In: the plugin's folder, the one home of all scripts; the token. Out: `<data>/connect`, 0700, with
those that settings call and, where there is a token, a private file of it for curl; so that the
checkout may move, and no token is ever on a command line.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from connect.errors import Cannot
from shared.errors import SettingsError
from shared.files import make_folder
from shared.hook_handlers import FORWARDER

SOURCE = Path(__file__).resolve().parents[1] / "plugin" / "scripts"
STATUS_LINE = "statusline.sh"
SCRIPTS = (FORWARDER, STATUS_LINE)
TOKEN_FILE = "curlrc"  # noqa: S105 - a name, no secret
SCRIPT_MODE = 0o700
PRIVATE_MODE = 0o600


def install(folder: Path, token: str | None, *, keep_token: bool = False) -> bool:
    """Bring the folder up to date and tell whether anything in there was another.

    Without a token the file of an earlier one goes, unless it is to be kept.
    """
    wanted = _scripts()
    if token is not None:
        line = f'header = "Authorization: Bearer {token}"\n'
        wanted[TOKEN_FILE] = line.encode(), PRIVATE_MODE
    try:
        make_folder(folder)
        folder.chmod(0o700)
        changed = [_put(folder / name, *it) for name, it in wanted.items()]
        if token is None and not keep_token:
            (folder / TOKEN_FILE).unlink(missing_ok=True)
    except OSError as error:
        why = error.strerror or str(error)
        raise Cannot(f"{folder} cannot be written: {why}. Nothing was changed.") from None
    except SettingsError as error:
        raise Cannot(f"{error}. Nothing was changed.") from None
    return any(changed)


def uninstall(folder: Path) -> None:
    """Take away what `install` put there; what Claude Code still calls is silent without."""
    for name in (*SCRIPTS, TOKEN_FILE):
        (folder / name).unlink(missing_ok=True)
    for empty in (folder / "records", folder):
        with suppress(OSError):  # somebody keeps something of theirs there, or it is gone
            empty.rmdir()


def _scripts() -> dict[str, tuple[bytes, int]]:
    for name in SCRIPTS:
        if not (SOURCE / name).is_file():
            raise Cannot(f"{SOURCE / name} is missing: is this checkout whole?")
    return {name: ((SOURCE / name).read_bytes(), SCRIPT_MODE) for name in SCRIPTS}


def _put(file: Path, data: bytes, mode: int) -> bool:
    """Write a file at once or not at all, unless it is as it should be."""
    try:
        if file.read_bytes() == data and file.stat().st_mode & 0o777 == mode:
            return False
    except FileNotFoundError:
        pass
    beside = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as new:
            new.write(data)
            new.flush()
            os.fchmod(new.fileno(), mode)
            os.fsync(new.fileno())
        beside.replace(file)
    finally:
        beside.unlink(missing_ok=True)
    return True
