"""Remember, from one run to the next, how ingestd left the log, and when it was last checked.

In: starts, stops, finished checks. Out: whether the log has to be checked at once. It stands in a
small file beside the log: a log that is damaged could not say it.
"""

from contextlib import suppress
from pathlib import Path
from typing import Final

import msgspec

from shared.files import create_private, identity

_BOOT_ID: Final = Path("/proc/sys/kernel/random/boot_id")


class _Note(msgspec.Struct, frozen=True, kw_only=True):
    file: tuple[int, int] | None = None
    """Which file the log was; another is not known."""
    uuid: str | None = None
    boot: str | None = None
    is_open: bool = True
    checked_at: int | None = None


class LogCondition:
    """Hold the note of one log; a note that cannot be written or read counts as none."""

    def __init__(self, log_path: Path) -> None:
        self._log_path = log_path
        self._path = log_path.with_name(log_path.name + "-condition")
        self._note = self._read()
        self.was_left_open = self._note.is_open
        """Whether the last run did not end by a stop, as far as is known."""
        self.uuid = self._note.uuid
        """The log's UUID, as it was; None when that is not known."""

    @property
    def is_same_boot(self) -> bool:
        """Tell whether the machine has run since the note: what it held in memory still counts."""
        boot = _boot_id()
        return boot is not None and boot == self._note.boot

    @property
    def checked_at(self) -> int | None:
        """Return when a check of the whole log last ended without a finding, ms."""
        return self._note.checked_at

    def opened(self, uuid: str | None, *, made_at: int | None = None) -> None:
        """Note that the log is open; one that was made just now, at `made_at`, needs no check."""
        file = identity(self._log_path)
        checked_at = self._note.checked_at if file == self._note.file else None
        if made_at is not None:
            checked_at, self.was_left_open = made_at, False
        self._note = _Note(file=file, uuid=uuid, boot=_boot_id(), checked_at=checked_at)
        self._write()

    def checked(self, now_ms: int) -> None:
        """Note that a check of the whole log ended without a finding."""
        self._note = msgspec.structs.replace(self._note, checked_at=now_ms)
        self._write()

    def closed(self) -> None:
        """Note that the log was closed as it should be."""
        self._note = msgspec.structs.replace(self._note, is_open=False)
        self._write()

    def _read(self) -> _Note:
        try:
            note = msgspec.json.decode(self._path.read_bytes(), type=_Note)
        except (OSError, msgspec.DecodeError):
            return _Note()
        return note if note.file == identity(self._log_path) else _Note()

    def _write(self) -> None:
        made = self._path.with_name(self._path.name + "-new")
        with suppress(OSError):  # without it the next start checks the log, which harms nothing
            create_private(made)
            made.write_bytes(msgspec.json.encode(self._note))
            made.replace(self._path)


def _boot_id() -> str | None:
    try:
        return _BOOT_ID.read_text("ascii").strip()
    except OSError:
        return None
