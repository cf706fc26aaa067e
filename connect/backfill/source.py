"""Hold what all threads of a session share: where its transcript is, its title, its client."""

from typing import Any, Final

import msgspec

from connect.backfill.records import Record, text_of

ATTENDED: Final = frozenset({"cli"})


class Source:
    """Know a session's file, and what its lines told of the whole."""

    def __init__(self, session_id: str, transcript_path: str, project_dir: str | None) -> None:
        self.session_id = session_id
        self.transcript_path = transcript_path
        self.project_dir = project_dir
        self.entrypoint: str | None = None
        self.version: str | None = None
        self._title: str | None = None
        self._is_custom = False
        self._told: str | None = None

    def take(self, record: Record) -> None:
        """Take what any line may tell."""
        if record.entrypoint != self.entrypoint:
            self.entrypoint = text_of(record.entrypoint) or self.entrypoint
        if record.version != self.version:
            self.version = text_of(record.version) or self.version
        if record.custom_title is None and record.ai_title is None:
            return
        custom, made = text_of(record.custom_title), text_of(record.ai_title)
        if custom is not None:
            self._title, self._is_custom = custom, True
        elif made is not None and not self._is_custom:
            self._title = made

    def new_title(self) -> str | None:
        """Return the title where it was not told yet."""
        if self._title == self._told:
            return None
        self._told = self._title
        return self._title

    def sender(self, *, is_late: bool) -> msgspec.Raw:
        """Return what is known beside the body, as the forwarder would send it."""
        told: dict[str, Any] = {
            "via": "backfill",
            "project_dir": self.project_dir,
            "client_version": self.version,
            "entrypoint": self.entrypoint,
            "attended": None if self.entrypoint is None else self.entrypoint in ATTENDED,
        }
        known = {name: value for name, value in told.items() if value is not None}
        return msgspec.Raw(msgspec.json.encode({**known, "late": True} if is_late else known))
