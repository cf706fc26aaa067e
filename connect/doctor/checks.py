"""All checks, in the order in which their findings are printed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from connect.doctor import daemons, hooks, pitfalls, programs, service, spool
from connect.doctor.finding import Level, ok

if TYPE_CHECKING:
    from collections.abc import Iterator

    from connect.doctor.finding import Check
    from connect.doctor.snapshot import Snapshot

# The names are the values of "check" in `doctor --json`, which scripts compare with.
CHECKS: dict[str, dict[str, Check]] = {
    "daemons": {
        "ingestd": daemons.ingestd,
        "queryd": daemons.queryd,
        "versions": daemons.versions,
        "same_log": daemons.same_log,
        "clock": daemons.clock,
        "service": service.service,
    },
    "hooks": {
        "installed": hooks.installed,
        "only_some": hooks.filtered,
        "address": hooks.address,
        "firing": hooks.received,
    },
    "spool": {"spool": spool.spooled, "same_spool": spool.same_folder},
    "scripts": {
        "scripts": programs.scripts,
        "current": programs.up_to_date,
        "curl": programs.curl,
    },
    "settings": {
        "unreadable": pitfalls.unreadable,
        "all_disabled": pitfalls.all_disabled,
        "managed_only": pitfalls.managed_only,
        "plugins_only": pitfalls.plugins_only,
        "unknown_kind": pitfalls.unknown_type,
        "allowed_urls": pitfalls.allowed_urls,
        "allowed_variables": pitfalls.allowed_variables,
        "token_unset": pitfalls.token_unset,
        "sandbox": pitfalls.sandbox,
        "proxy": pitfalls.proxy,
        "private_name": pitfalls.private_name,
        "passed_over": pitfalls.unsupported_http,
        "daemon_down": pitfalls.http_while_down,
        "port_not_held": pitfalls.http_unheld,
        "harmful": pitfalls.harmful_events,
        "on_failure": pitfalls.blocks_on_failure,
        "timeouts": pitfalls.timeouts,
        "twice": pitfalls.duplicate_hooks,
        "two_places": pitfalls.two_installations,
        "status_line": pitfalls.status_line,
        "telemetry": pitfalls.telemetry,
    },
}


class CheckResult(msgspec.Struct, frozen=True):
    """A finding with its origin. The field names are the keys of `doctor --json`."""

    group: str
    check: str
    level: Level
    message: str
    advice: str | None


def run_checks(snapshot: Snapshot) -> Iterator[CheckResult]:
    """Yield all findings by group; a group without any is fine."""
    for group, checks in CHECKS.items():
        findings = [(name, it) for name, check in checks.items() for it in check(snapshot)]
        if not findings:
            findings = [(group, ok("No known configuration problems."))]
        for name, it in findings:
            yield CheckResult(group, name, it.level, it.message, it.advice)
