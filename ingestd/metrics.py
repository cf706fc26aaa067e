"""Write the counters as Prometheus text, exposition format 0.0.4."""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Final

from ingestd.counters import COMMIT_BUCKETS_S, Counters
from ingestd.log.commits import Commits
from ingestd.log.recovery import DamageState
from shared.recoveries import Recovery
from shared.spool import SpoolState

_OUTCOMES: Final = ("running", "complete", "rows_lost", "unknown_loss")


def prometheus(
    counters: Counters,
    commits: Commits,
    redacted: Mapping[str, int],
    *,
    spool: SpoolState | None = None,
    damage: DamageState | None = None,
) -> bytes:
    lines = [*_counters(counters, redacted), *_histogram(counters), *_gauges(commits)]
    if spool is not None:
        lines += _spool(counters, spool)
    if damage is not None:
        lines += _damage(counters, damage)
    return ("\n".join(lines) + "\n").encode()


def _counters(counters: Counters, redacted: Mapping[str, int]) -> Iterator[str]:
    yield from _head("hookwatch_events_total", "counter", "Events by result.")
    yield _sample("hookwatch_events_total", counters.events_stored, result="stored")
    yield _sample("hookwatch_events_total", counters.duplicates, result="duplicate")
    yield _sample("hookwatch_events_total", counters.turned_away, result="turned_away")
    yield _sample("hookwatch_events_total", counters.set_aside, result="set_aside")
    name = "hookwatch_otlp_records_total"
    yield from _head(name, "counter", "OpenTelemetry records stored, by signal.")
    for signal, count in sorted(counters.received.items()):
        yield _sample(name, count, signal=signal)
    yield from _head("hookwatch_rejected_total", "counter", "Events refused as invalid, by code.")
    for code, count in sorted(counters.rejected.items()):
        yield _sample("hookwatch_rejected_total", count, code=code)
    yield from _head("hookwatch_requests_total", "counter", "HTTP answers by status.")
    for status, count in sorted(counters.requests.items()):
        yield _sample("hookwatch_requests_total", count, status=str(status))
    yield from _head("hookwatch_redactions_total", "counter", "Secrets redacted, by kind.")
    for kind, count in sorted(redacted.items()):
        yield _sample("hookwatch_redactions_total", count, kind=kind)
    yield from _head("hookwatch_ignored_headers_total", "counter", "Invalid headers.")
    yield _sample("hookwatch_ignored_headers_total", counters.ignored_headers)
    name = "hookwatch_stray_times_total"
    yield from _head(name, "counter", "Event times replaced as implausible, by source.")
    for source, count in sorted(counters.stray_times.items()):
        yield _sample(name, count, source=source)
    yield from _head("hookwatch_save_failures_total", "counter", "Commits that failed.")
    yield _sample("hookwatch_save_failures_total", counters.save_failures)
    name = "hookwatch_registry_records_total"
    yield from _head(name, "counter", "States of sessions recorded from Claude Code's registry.")
    yield _sample(name, counters.registry_records)
    name = "hookwatch_retry_errors_total"
    yield from _head(name, "counter", "Attempts to save held events that failed unexpectedly.")
    yield _sample(name, counters.retry_errors)


def _histogram(counters: Counters) -> Iterator[str]:
    name = "hookwatch_commit_seconds"
    yield from _head(name, "histogram", "Time of a commit to the log.")
    for bound, count in zip(COMMIT_BUCKETS_S, counters.commit_buckets, strict=True):
        yield _sample(f"{name}_bucket", count, le=str(bound))
    yield _sample(f"{name}_bucket", counters.commits, le="+Inf")
    yield _sample(f"{name}_sum", counters.commit_seconds)
    yield _sample(f"{name}_count", counters.commits)


def _gauges(commits: Commits) -> Iterator[str]:
    yield from _head("hookwatch_last_id", "gauge", "Rowid of the newest event.")
    yield _sample("hookwatch_last_id", commits.last_id)
    yield from _head("hookwatch_unsaved_events", "gauge", "Events held in memory, not on disk.")
    yield _sample("hookwatch_unsaved_events", commits.held_count)
    yield from _head("hookwatch_writable", "gauge", "1 while the log can be written.")
    yield _sample("hookwatch_writable", int(commits.failure is None))


def _spool(counters: Counters, spool: SpoolState) -> Iterator[str]:
    name = "hookwatch_spool_drained_total"
    yield from _head(name, "counter", "Spool files by result.")
    yield _sample(name, counters.spool_stored, result="stored")
    yield _sample(name, counters.spool_rejected, result="rejected")
    name = "hookwatch_spool_dropped_total"
    yield from _head(name, "counter", "Events that forwarders could neither send nor spool.")
    yield _sample(name, spool.dropped)
    yield from _head("hookwatch_spool_waiting", "gauge", "Events in the spool.")
    yield _sample("hookwatch_spool_waiting", spool.waiting, path=spool.path)
    yield from _head("hookwatch_spool_rejected", "gauge", "Spool files set aside as invalid.")
    yield _sample("hookwatch_spool_rejected", spool.rejected)


def _damage(counters: Counters, damage: DamageState) -> Iterator[str]:
    name = "hookwatch_log_check_bytes_total"
    yield from _head(name, "counter", "Bytes of the log read by checks for damage.")
    yield _sample(name, counters.checked_bytes)
    name = "hookwatch_log_check_running"
    yield from _head(name, "gauge", "1 while the log is checked.")
    yield _sample(name, int(damage.checking_since is not None))
    name = "hookwatch_log_check_passed_timestamp_seconds"
    yield from _head(name, "gauge", "When a full check last found no damage; 0: never.")
    yield _sample(name, (damage.checked_at or 0) / 1000)
    name = "hookwatch_log_recoveries"
    yield from _head(name, "gauge", "Damaged logs set aside, by outcome of the recovery.")
    outcomes = Counter(map(_outcome, damage.recoveries))
    for outcome in _OUTCOMES:
        yield _sample(name, outcomes[outcome], outcome=outcome)
    # Gauges, for the log holds them: one that is restored from a backup may hold fewer.
    name = "hookwatch_log_recovered_rows"
    yield from _head(name, "gauge", "Rows carried over from damaged logs.")
    yield _sample(name, sum(it.rows_carried for it in damage.recoveries))
    name = "hookwatch_log_lost_rows"
    yield from _head(name, "gauge", "Rows lost with damaged logs, at most.")
    yield _sample(name, sum(it.rows_lost or 0 for it in damage.recoveries))


def _outcome(recovery: Recovery) -> str:
    if recovery.done_at is None:
        return "running"
    if recovery.rows_lost is None:
        return "unknown_loss"
    return "rows_lost" if recovery.rows_lost else "complete"


def _head(name: str, kind: str, meaning: str) -> Iterator[str]:
    yield f"# HELP {name} {meaning}"
    yield f"# TYPE {name} {kind}"


def _sample(name: str, value: float, **labels: str) -> str:
    text = ",".join(f'{label}="{_escaped(content)}"' for label, content in labels.items())
    return f"{name}{{{text}}} {value}" if text else f"{name} {value}"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
