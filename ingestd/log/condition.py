"""Store, from one run to the next, how ingestd left the log, and when it was last checked.

In: starts, stops, finished checks. Out: whether the log has to be checked at once. It is a small
file beside the log: a damaged log could not be read.
"""

from contextlib import suppress
from pathlib import Path
from typing import Final

import msgspec

from shared.files import create_private, identity

_BOOT_ID: Final = Path("/proc/sys/kernel/random/boot_id")


class _SavedCondition(msgspec.Struct, frozen=True, kw_only=True):
    file: tuple[int, int] | None = None
    """The log's device and inode; the condition is of this file only."""
    uuid: str | None = None
    boot: str | None = None
    is_open: bool = True
    checked_at: int | None = None


class LogCondition:
    """Hold the condition of one log; a file that cannot be read counts as missing."""

    def __init__(self, log_path: Path) -> None:
        self._log_path = log_path
        self._path = log_path.with_name(log_path.name + "-condition")
        self._saved = self._read()
        self.was_left_open = self._saved.is_open
        """Whether the last run ended without a clean stop, or none is known."""
        self.uuid = self._saved.uuid
        """The log's UUID in the last run; None when unknown."""

    @property
    def is_same_boot(self) -> bool:
        """Return whether the machine has not rebooted since: its page cache is still valid."""
        boot = _boot_id()
        return boot is not None and boot == self._saved.boot

    @property
    def checked_at(self) -> int | None:
        """Return when a full check last found no damage, ms."""
        return self._saved.checked_at

    def opened(self, uuid: str | None, *, created_at: int | None = None) -> None:
        """Record that the log is open; one that was just created needs no check."""
        file = identity(self._log_path)
        checked_at = self._saved.checked_at if file == self._saved.file else None
        if created_at is not None:
            checked_at, self.was_left_open = created_at, False
        self._saved = _SavedCondition(file=file, uuid=uuid, boot=_boot_id(), checked_at=checked_at)
        self._write()

    def checked(self, now_ms: int) -> None:
        """Record that a full check found no damage."""
        self._saved = msgspec.structs.replace(self._saved, checked_at=now_ms)
        self._write()

    def closed(self) -> None:
        """Record a clean stop."""
        self._saved = msgspec.structs.replace(self._saved, is_open=False)
        self._write()

    def _read(self) -> _SavedCondition:
        try:
            saved = msgspec.json.decode(self._path.read_bytes(), type=_SavedCondition)
        except (OSError, msgspec.DecodeError):
            return _SavedCondition()
        return saved if saved.file == identity(self._log_path) else _SavedCondition()

    def _write(self) -> None:
        new = self._path.with_name(self._path.name + "-new")
        with suppress(OSError):  # without it the next start checks the log
            create_private(new)
            new.write_bytes(msgspec.json.encode(self._saved))
            new.replace(self._path)


def _boot_id() -> str | None:
    try:
        return _BOOT_ID.read_text("ascii").strip()
    except OSError:
        return None
