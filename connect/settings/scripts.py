"""Install the scripts that Claude Code runs into `<data>/connect`.

They are copies, so that the checkout may move, and an upgrade may replace the installed package.
A token goes into a private file that curl reads, so that it is never on a command line.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from connect.errors import CliError
from connect.settings.files import UNCHANGED
from shared.errors import SettingsError
from shared.files import make_folder
from shared.hook_handlers import FORWARDER, SPOOLER

SOURCE = Path(__file__).resolve().parents[1] / "plugin" / "scripts"
STATUS_LINE = "statusline.sh"
SENDER = "sender.sh"
SCRIPTS = (SENDER, FORWARDER, SPOOLER, STATUS_LINE)
"""In the order in which they are replaced: the next two source the first."""
TOKEN_FILE = "curlrc"  # noqa: S105 - a name, no secret
SCRIPT_MODE = 0o700
PRIVATE_MODE = 0o600


def install(folder: Path, token: str | None, *, keep_token: bool = False) -> bool:
    """Write what is missing or out of date; return whether anything was.

    Without a token, the token file is deleted unless `keep_token` is set.
    """
    files = _read_scripts()
    if token is not None:
        header = f'header = "Authorization: Bearer {token}"\n'
        files[TOKEN_FILE] = header.encode(), PRIVATE_MODE
    try:
        make_folder(folder)
        folder.chmod(0o700)
        changed = [write_if_changed(folder / name, *file) for name, file in files.items()]
        if token is None and not keep_token:
            (folder / TOKEN_FILE).unlink(missing_ok=True)
    except OSError as error:
        reason = error.strerror or str(error)
        raise CliError(f"{folder} cannot be written: {reason}. {UNCHANGED}") from None
    except SettingsError as error:
        raise CliError(f"{error}. {UNCHANGED}") from None
    return any(changed)


def uninstall(folder: Path) -> None:
    """Delete what `install` wrote. Sessions that still call the scripts stay silent without."""
    for name in (*SCRIPTS, TOKEN_FILE):
        (folder / name).unlink(missing_ok=True)
    for empty in (folder / "records", folder):
        with suppress(OSError):  # it holds other files, or does not exist
            empty.rmdir()


def _read_scripts() -> dict[str, tuple[bytes, int]]:
    for name in SCRIPTS:
        if not (SOURCE / name).is_file():
            raise CliError(f"{SOURCE / name} is missing. Reinstall Hookwatch.")
    return {name: ((SOURCE / name).read_bytes(), SCRIPT_MODE) for name in SCRIPTS}


def write_if_changed(file: Path, data: bytes, mode: int) -> bool:
    """Replace a file as a whole; return whether its content or mode was another."""
    try:
        if file.read_bytes() == data and file.stat().st_mode & 0o777 == mode:
            return False
    except FileNotFoundError:
        pass
    temporary = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as new:
            new.write(data)
            new.flush()
            os.fchmod(new.fileno(), mode)
            os.fsync(new.fileno())
        temporary.replace(file)
    finally:
        temporary.unlink(missing_ok=True)
    return True
