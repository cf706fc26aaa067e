"""Check whether both daemons run, are ours, and have the same version, log and clock."""

from __future__ import annotations

from typing import TYPE_CHECKING

from connect.doctor.finding import Finding, ok, problem, warning
from connect.launch import START_COMMAND
from shared import __version__

if TYPE_CHECKING:
    from collections.abc import Iterator

    from connect.doctor.snapshot import HealthAnswer, Snapshot

MAX_SKEW_MS = 5_000
SEARCHED_IN_LOG = 2_000
"""Up to so many events that are not indexed yet, a search reads in the log and skips none."""
START = f"Start it: `{START_COMMAND}`."


def ingestd(snapshot: Snapshot) -> Iterator[Finding]:
    answer = snapshot.ingestd
    if (fault := _fault("ingestd", answer, "last_id")) is not None:
        yield fault
    elif answer.body.get("status") != "ok":
        reason = answer.body.get("error") or "unknown reason"
        yield problem(
            f"ingestd at {answer.url} cannot write: {reason}.",
            f"Free disk space, or check {snapshot.settings.data}. "
            "Until then, it keeps events in memory.",
        )
    else:
        yield ok(f"ingestd {answer.body.get('version')} is running at {answer.url}.")


def queryd(snapshot: Snapshot) -> Iterator[Finding]:
    answer = snapshot.queryd
    if (fault := _fault("queryd", answer, "views")) is not None:
        yield fault
    else:
        yield ok(f"queryd {answer.body.get('version')} is running at {answer.url}.")
        yield from _search_index(answer.body.get("search"), answer.body.get("last_id"))


def _search_index(search: object, last_id: object) -> Iterator[Finding]:
    """Report an index that cannot be written, or is so far behind that searches skip events."""
    if not isinstance(search, dict):
        return  # an older queryd
    indexed_id = search.get("indexed_id")
    if search.get("state") == "failing":
        yield problem(
            f"queryd cannot write its search index: {search.get('error') or 'unknown reason'}.",
            "Free disk space, or check the permissions of the data folder.",
        )
    elif (
        isinstance(indexed_id, int)
        and isinstance(last_id, int)
        and last_id - indexed_id > SEARCHED_IN_LOG
    ):
        yield warning(
            f"The search index is at event {indexed_id} of {last_id}; searches skip the rest.",
            "queryd indexes them in the background.",
        )


def versions(snapshot: Snapshot) -> Iterator[Finding]:
    for name, answer in (("ingestd", snapshot.ingestd), ("queryd", snapshot.queryd)):
        version = answer.body.get("version")
        if isinstance(version, str) and version != __version__:
            yield warning(
                f"{name} is version {version}, this command is {__version__}.",
                "Restart both daemons with this version.",
            )


def same_log(snapshot: Snapshot) -> Iterator[Finding]:
    written, read = snapshot.ingestd.body.get("last_id"), snapshot.queryd.body.get("last_id")
    if isinstance(written, int) and isinstance(read, int) and read > written:
        yield problem(
            f"queryd has read event {read}, but ingestd has written only {written}: "
            "they use different logs.",
            "Start both with the same HOOKWATCH_DATA.",
        )


def clock(snapshot: Snapshot) -> Iterator[Finding]:
    answer = snapshot.ingestd
    if answer.daemon_time is None:
        return
    skew_ms = answer.daemon_time - answer.local_time
    if abs(skew_ms) > MAX_SKEW_MS:
        yield warning(
            f"The clock of ingestd's machine is {abs(skew_ms) / 1000:.0f} s "
            f"{'ahead of' if skew_ms > 0 else 'behind'} this one.",
            "Set both clocks by NTP: events are sorted by the time when they fired.",
        )


def _fault(name: str, answer: HealthAnswer, own_field: str) -> Finding | None:
    """Return why a daemon is not running; `own_field` is a field that only ours answers."""
    if answer.status is None:
        return problem(f"{name} is not running at {answer.url} ({answer.error}).", START)
    if answer.status in {401, 403}:
        return problem(
            f"{name} at {answer.url} refuses this command (HTTP {answer.status}).",
            "Set HOOKWATCH_TOKEN to the token that it was started with.",
        )
    if own_field not in answer.body:
        return problem(
            f"Another program answers at {answer.url}.",
            f"Stop it, or give {name} another port (HOOKWATCH_INGEST_PORT, HOOKWATCH_QUERY_PORT).",
        )
    return None
