"""Check whether both daemons are there, are ours, of this version, and of this time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from connect.doctor.finding import Finding, ok, problem, warning
from shared import __version__

if TYPE_CHECKING:
    from collections.abc import Iterator

    from connect.doctor.snapshot import Answer, Scene

SKEW_MS = 5_000
START = "Start it: `make start`."


def ingestd(scene: Scene) -> Iterator[Finding]:
    """Tell whether ingestd is there and can write."""
    answer = scene.ingestd
    if (missing := _missing("ingestd", answer, "last_id")) is not None:
        yield missing
    elif answer.body.get("status") != "ok":
        why = answer.body.get("error") or "it does not say why"
        yield problem(
            f"ingestd at {answer.url} cannot write: {why}.",
            f"Make room, or see to {scene.settings.data}; it holds events in memory until then.",
        )
    else:
        yield ok(f"ingestd {answer.body.get('version')} answers at {answer.url}.")


def queryd(scene: Scene) -> Iterator[Finding]:
    """Tell whether queryd is there."""
    answer = scene.queryd
    if (missing := _missing("queryd", answer, "views")) is not None:
        # Without it nothing is lost, and nothing is seen.
        yield missing
    else:
        yield ok(f"queryd {answer.body.get('version')} answers at {answer.url}.")


def versions(scene: Scene) -> Iterator[Finding]:
    """Tell whether the daemons are of the version of this command."""
    for name, answer in (("ingestd", scene.ingestd), ("queryd", scene.queryd)):
        version = answer.body.get("version")
        if isinstance(version, str) and version != __version__:
            yield warning(
                f"{name} is version {version}, and this is {__version__}.",
                "Start both daemons anew from this checkout.",
            )


def same_log(scene: Scene) -> Iterator[Finding]:
    """Tell whether queryd reads what ingestd writes."""
    written, read = scene.ingestd.body.get("last_id"), scene.queryd.body.get("last_id")
    if isinstance(written, int) and isinstance(read, int) and read > written:
        yield problem(
            f"queryd is at event {read}, and ingestd has written {written}: they have two logs.",
            "Start both with the same HOOKWATCH_DATA.",
        )


def clock(scene: Scene) -> Iterator[Finding]:
    """Tell whether ingestd's machine has the time of this one."""
    answer = scene.ingestd
    if answer.at is not None and abs(answer.at - answer.asked_at) > SKEW_MS:
        seconds = (answer.at - answer.asked_at) / 1000
        yield warning(
            f"The clock of ingestd's machine is {abs(seconds):.0f} s "
            f"{'ahead of' if seconds > 0 else 'behind'} this one's.",
            "Set both clocks by NTP: events are put in order by the time at which they fired.",
        )


def _missing(name: str, answer: Answer, mark: str) -> Finding | None:
    """Return what is wrong with a daemon that is not there; `mark` is a field only ours has."""
    if answer.status is None:
        return problem(f"{name} does not answer at {answer.url} ({answer.error}).", START)
    if answer.status in {401, 403}:
        return problem(
            f"{name} at {answer.url} refuses this command ({answer.status}).",
            "Set HOOKWATCH_TOKEN to the token that it was started with.",
        )
    if mark not in answer.body:
        return problem(
            f"Something else answers at {answer.url}.",
            f"Stop it, or give {name} another port (HOOKWATCH_INGEST_PORT, HOOKWATCH_QUERY_PORT).",
        )
    return None
