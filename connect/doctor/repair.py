"""Say which command puts a settings file right."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from connect.doctor.snapshot import File


def connect(files: Iterable[File], *words: str) -> str:
    """Return the `hookwatch connect` for these files: without --project it is the user's own.

    What is not named stays, so it takes nothing away from anybody.
    """
    scopes = {file.scope for file in files}
    runs: list[list[str]] = [[]] if "user" in scopes or "local" not in scopes else []
    runs += [["--project DIR"]] if "local" in scopes else []
    return " and ".join(f"`{' '.join(['hookwatch connect', *run, *words])}`" for run in runs)


def again(files: Iterable[File]) -> str:
    """Return the sentence that says so."""
    return f"Run {connect(files)} again."
