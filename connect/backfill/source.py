"""What all conversations of a session share: its transcript, its title, its client."""

from typing import Any, Final

import msgspec

from connect.backfill.records import TranscriptRecord, text_of

ATTENDED_ENTRYPOINTS: Final = frozenset({"cli"})


class TranscriptSource:
    def __init__(self, session_id: str, transcript_path: str, project_dir: str | None) -> None:
        self.session_id = session_id
        self.transcript_path = transcript_path
        self.project_dir = project_dir
        self.entrypoint: str | None = None
        self.version: str | None = None
        self._title: str | None = None
        self._is_custom = False
        self._sent_title: str | None = None

    def update(self, record: TranscriptRecord) -> None:
        """Read what any line may hold about the session."""
        if record.entrypoint != self.entrypoint:
            self.entrypoint = text_of(record.entrypoint) or self.entrypoint
        if record.version != self.version:
            self.version = text_of(record.version) or self.version
        if record.custom_title is None and record.ai_title is None:
            return
        custom, generated = text_of(record.custom_title), text_of(record.ai_title)
        if custom is not None:
            self._title, self._is_custom = custom, True
        elif generated is not None and not self._is_custom:
            self._title = generated

    def changed_title(self) -> str | None:
        """Return the title if it changed since the last call."""
        if self._title == self._sent_title:
            return None
        self._sent_title = self._title
        return self._title

    def sender(self, *, is_backfilled: bool) -> msgspec.Raw:
        """Return what the forwarder would send beside the body.

        `is_backfilled`: the session has newer events from hooks, so this one changes counts and
        never how the session stands now.
        """
        fields: dict[str, Any] = {
            "via": "backfill",
            "project_dir": self.project_dir,
            "client_version": self.version,
            "entrypoint": self.entrypoint,
            "attended": None
            if self.entrypoint is None
            else self.entrypoint in ATTENDED_ENTRYPOINTS,
        }
        known = {name: value for name, value in fields.items() if value is not None}
        # "late" is the name that stored events have.
        return msgspec.Raw(msgspec.json.encode({**known, "late": True} if is_backfilled else known))
