"""The rows of a digest. Times are ms since the epoch; unknown is null."""

from collections.abc import Sequence

import msgspec

from queryd.sessions.rows import AskRow
from queryd.store.fact import Status
from queryd.usage.routes import CostSource


class DigestFigures(msgspec.Struct, frozen=True, kw_only=True):
    """What happened in the range.

    The figures of two adjacent ranges add up to those of both, except for `files_changed`: a file
    may change in both.
    """

    prompts: int
    finished: int
    """Turns that ended with an answer."""
    failed: int
    """Turns that an error of the API ended."""
    interrupted: int
    failed_calls: int
    files_changed: int
    """A file counts once for each session that changed it."""
    lines_added: int
    lines_removed: int
    cost_usd: float | None
    cost_source: CostSource | None

    @property
    def is_nothing(self) -> bool:
        return not any(
            (
                self.prompts,
                self.finished,
                self.failed,
                self.interrupted,
                self.failed_calls,
                self.files_changed,
                self.cost_usd,
            )
        )


class DigestSession(DigestFigures, frozen=True, kw_only=True):
    """What a session did in the range."""

    session_id: str
    title: str | None
    project: str | None
    status: Status
    """As of now, as `asks` is."""
    status_since: int
    status_reason: str | None
    last_answer: str | None
    """The first paragraph of the last answer in the range, at most 600 characters."""
    asks: Sequence[AskRow]
    """Those asked before the end of the range that are still open, oldest first."""
    last_event_at: int


class DigestReport(msgspec.Struct, frozen=True, kw_only=True):
    """What happened in a range, in total and by session."""

    since: int
    until: int
    """The last ms of the range."""
    now: int
    total: DigestFigures
    waiting: int
    """Sessions that wait for the user now, and did so before the end of the range."""
    sessions: Sequence[DigestSession]
    """Those that wait first, then those that failed, then the last seen first."""
    has_more: bool
    """There are more sessions than `limit`."""
