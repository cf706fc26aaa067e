"""List the checks, in the order in which they are told."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from connect.doctor import daemons, hooks, programs, spool
from connect.doctor import pitfalls as traps
from connect.doctor.finding import Level, ok

if TYPE_CHECKING:
    from collections.abc import Iterator

    from connect.doctor.finding import Check
    from connect.doctor.snapshot import Scene

CHECKS: dict[str, tuple[Check, ...]] = {
    "daemons": (
        daemons.ingestd,
        daemons.queryd,
        daemons.versions,
        daemons.same_log,
        daemons.clock,
    ),
    "hooks": (hooks.installed, hooks.only_some, hooks.address, hooks.firing, hooks.sessions),
    "spool": (spool.spool, spool.same_spool),
    "scripts": (programs.scripts, programs.current, programs.curl),
    "settings": (
        traps.unreadable,
        traps.all_disabled,
        traps.managed_only,
        traps.plugins_only,
        traps.unknown_kind,
        traps.allowed_urls,
        traps.allowed_variables,
        traps.token_unset,
        traps.sandbox,
        traps.proxy,
        traps.private_name,
        traps.passed_over,
        traps.daemon_down,
        traps.harmful,
        traps.on_failure,
        traps.timeouts,
        traps.twice,
        traps.two_places,
        traps.status_line,
        traps.telemetry,
    ),
}


class Told(msgspec.Struct, frozen=True):
    """Hold a finding, and which check of which group it is of."""

    group: str
    check: str
    level: Level
    message: str
    advice: str | None


def examine(scene: Scene) -> Iterator[Told]:
    """Yield all that the checks find, group by group; a group that is silent is well."""
    for group, checks in CHECKS.items():
        found = [(check.__name__, it) for check in checks for it in check(scene)]
        if not found:
            found = [(group, ok(f"None of the {len(checks)} known traps."))]
        for check, it in found:
            yield Told(group, check, it.level, it.message, it.advice)
