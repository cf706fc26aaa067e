"""Follow how much of the account's limits is used, whichever session reports it.

In: status-line records. Out: a row a limit, with samples of its current window.

Within a window use only grows. An idle session reports the figures of its own last answer, so a
figure below the stored one is outdated, unless its window ends later.
"""

from collections.abc import Sequence
from typing import Any, Final

import msgspec

from queryd.store.fact import Fact
from queryd.store.store import DamagedError, Database, ViewReader
from queryd.store.view import Deleted, View, delete_by_event
from queryd.usage.records import fields, number, time_ms
from shared.event import STATUS_LINE

TABLES: Final = """
    CREATE TABLE limits (
        name TEXT PRIMARY KEY,
        as_of INTEGER NOT NULL,
        last_event_id INTEGER NOT NULL,
        state BLOB NOT NULL            -- MessagePack of `Limit`
    ) STRICT, WITHOUT ROWID;
"""
RESET_JITTER_MS: Final = 5 * 60_000
"""Reports of one window's end differ by at most this."""
SAMPLE_INTERVAL_MS: Final = 60_000
MAX_SAMPLES: Final = 240
MAX_LIMITS: Final = 20
MAX_NAME_CHARS: Final = 100


class LimitSample(msgspec.Struct, array_like=True):
    """Hold how much was used at a time."""

    at: int
    used: float


class Limit(msgspec.Struct):
    """Hold one limit; times are ms since the epoch."""

    name: str
    used_percent: float
    resets_at: int | None
    as_of: int
    session_id: str
    samples: list[LimitSample]
    used_usd: float | None = None
    limit_usd: float | None = None


def fold(database: Database, facts: Sequence[Fact]) -> None:
    """Apply what each status line reports of the limits."""
    status_lines = [fact for fact in facts if fact.event.hook_event_type == STATUS_LINE]
    relevant = [fact for fact in status_lines if isinstance(fact.payload.get("rate_limits"), dict)]
    if not relevant:
        return
    limits = {limit.name: limit for limit in _load(database)}
    changed: dict[str, int] = {}
    for fact in relevant:
        for name, figures in fields(fact.payload["rate_limits"]).items():
            if _update(limits, name[:MAX_NAME_CHARS], fields(figures), fact):
                changed[name[:MAX_NAME_CHARS]] = fact.id
    database.run_many(
        "INSERT OR REPLACE INTO limits VALUES (?, ?, ?, ?)",
        [
            (name, limits[name].as_of, last, _ENCODER.encode(limits[name]))
            for name, last in changed.items()
        ],
    )


def limit_of(state: bytes) -> Limit:
    """Return a limit as it was stored."""
    try:
        return _DECODER.decode(state)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise DamagedError(f"a state cannot be read: {error}") from error


def read_limits(views: ViewReader) -> list[Limit]:
    """Return all limits by name."""
    return [limit_of(state) for (state,) in views.fetch("SELECT state FROM limits ORDER BY name")]


def _update(limits: dict[str, Limit], name: str, figures: dict[str, Any], fact: Fact) -> bool:
    """Apply one limit's figures; return whether they are new."""
    used = number(figures.get("used_percentage"))
    if used is None:
        used = number(figures.get("utilization"))
    if used is None or used < 0:
        return False
    resets_at, at = time_ms(figures.get("resets_at")), fact.event.timestamp
    limit = limits.get(name)
    if limit is None and len(limits) >= MAX_LIMITS:
        return False
    if limit is None or _is_of_later_window(resets_at, limit, at):
        limits[name] = limit = Limit(name, used, resets_at, at, fact.event.session_id, [])
    elif used < limit.used_percent or at < limit.as_of:
        return False
    limit.used_percent, limit.as_of, limit.session_id = used, at, fact.event.session_id
    limit.used_usd = number(figures.get("used_usd"))
    limit.limit_usd = number(figures.get("limit_usd"))
    _add_sample(limit, at, used)
    return True


def _is_of_later_window(resets_at: int | None, limit: Limit, at: int) -> bool:
    """Return whether the figures are of a later window than the known one."""
    if limit.resets_at is None:
        return resets_at is not None and at >= limit.as_of
    if resets_at is None:
        return at > limit.resets_at
    return resets_at > limit.resets_at + RESET_JITTER_MS


def _add_sample(limit: Limit, at: int, used: float) -> None:
    """Keep a figure that is another, or a minute younger, than the last."""
    last = limit.samples[-1] if limit.samples else None
    if last is None or used != last.used or at - last.at >= SAMPLE_INTERVAL_MS:
        limit.samples = [*limit.samples, LimitSample(at, used)][-MAX_SAMPLES:]


def _load(database: Database) -> list[Limit]:
    return [
        limit_of(state) for (state,) in database.fetch("SELECT state FROM limits ORDER BY name")
    ]


def _forget(database: Database, deleted: Deleted) -> None:
    if not deleted.payload_only:
        delete_by_event(database, "limits", "last_event_id", deleted)


_ENCODER: Final = msgspec.msgpack.Encoder()
_DECODER: Final = msgspec.msgpack.Decoder(Limit)
VIEW: Final = View(tables=TABLES, forget=_forget)
