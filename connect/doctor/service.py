"""Check the service, where one is installed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from connect.doctor.finding import Finding, problem

if TYPE_CHECKING:
    from collections.abc import Iterator

    from connect.doctor.snapshot import Snapshot


def service(snapshot: Snapshot) -> Iterator[Finding]:
    if snapshot.service is None:
        return
    for unit in snapshot.service.units:
        if unit.program_exists is False:
            yield problem(
                f"{unit.program}, which {unit.name} runs, does not exist.",
                "Run `hookwatch service install` again.",
            )
        elif unit.state == "failed":
            yield problem(
                f"{unit.name} has failed ({unit.reason}).",
                f"Find the reason with `{snapshot.service.log_hint}`, "
                "then run `hookwatch service install` again.",
            )
