"""Test that Prometheus can read `/metrics`, and that its figures are ours."""

import re
from pathlib import Path

from ingestd.counters import COMMIT_BUCKETS_S, Counters
from ingestd.log.commits import Commits
from ingestd.log.held import HeldEvents
from ingestd.log.recovery import DamageState
from ingestd.log.writer import Writer
from ingestd.metrics import prometheus
from shared.recoveries import Recovery

SAMPLE = re.compile(
    r'(?P<name>[a-z_]+)(?:\{(?P<labels>(?:[a-z]+="(?:[^"\\\n]|\\["\\n])*",?)*)\})? (?P<value>\S+)'
)


def exposed(
    path: Path, counters: Counters, redacted: dict[str, int], damage: DamageState | None = None
) -> str:
    writer = Writer(path / "events.db")
    commits = Commits(writer, HeldEvents(limit_events=1, limit_bytes=1), counters, busy_ms=0)
    try:
        return prometheus(counters, commits, redacted, damage=damage).decode()
    finally:
        writer.close()


def damage(*recoveries: Recovery, checked_at: int | None = None) -> DamageState:
    return DamageState(checking_since=None, checked_at=checked_at, recoveries=list(recoveries))


def recovery(*, carried: int, lost: int | None, done_at: int | None) -> Recovery:
    return Recovery(
        found_at=1,
        reason="malformed",
        set_aside="events-damaged.db",
        last_id=None,
        floor=0,
        carried_to=0,
        rows_carried=carried,
        rows_lost=lost,
        done_at=done_at,
    )


def test_every_line_is_of_the_exposition_format(tmp_path: Path) -> None:
    """One line that is not, and Prometheus drops the whole page."""
    counters = Counters()
    counters.rejected['a "quoted" \\ code\nof two lines'] += 1
    counters.requests[200] += 2
    counters.committed(0.003)
    text = exposed(tmp_path, counters, {"ticket": 3}, damage())
    assert text.endswith("\n")
    types: dict[str, str] = {}
    helped: set[str] = set()
    seen: set[str] = set()
    for line in text.splitlines():
        if line.startswith("# HELP "):
            helped.add(line.split(" ")[2])
        elif line.startswith("# TYPE "):
            _, _, name, kind = line.split(" ")
            assert name not in types
            types[name] = kind
        else:
            found = SAMPLE.fullmatch(line)
            assert found, line
            assert line.rpartition(" ")[0] not in seen
            seen.add(line.rpartition(" ")[0])
            family = re.sub("_(bucket|sum|count)$", "", found["name"])
            assert {found["name"], family} & types.keys(), line
            assert float(found["value"]) >= 0
            if types.get(found["name"]) == "counter":
                assert found["name"].endswith("_total")
    assert helped == types.keys()
    assert 'hookwatch_rejected_total{code="a \\"quoted\\" \\\\ code\\nof two lines"} 1' in text


def test_the_figures_are_the_counters(tmp_path: Path) -> None:
    """Whole: a figure that is not compared may be wrong."""
    counters = Counters()
    counters.stored(5, 2)
    counters.turned_away = 3
    counters.rejected["invalid_json"] = 4
    counters.requests.update({400: 4, 200: 5})
    counters.ignored_headers = 6
    counters.save_failures = 7
    counters.stray_times.update(header=9, spool=10)
    counters.retry_errors = 11
    counters.registry_records = 13
    counters.set_aside = 12
    counters.committed(0.5)
    lines = exposed(tmp_path, counters, {"jwt": 8}).splitlines()
    assert [line for line in lines if not line.startswith("#")] == [
        'hookwatch_events_total{result="stored"} 5',
        'hookwatch_events_total{result="duplicate"} 2',
        'hookwatch_events_total{result="turned_away"} 3',
        'hookwatch_events_total{result="set_aside"} 12',
        'hookwatch_rejected_total{code="invalid_json"} 4',
        'hookwatch_requests_total{status="200"} 5',
        'hookwatch_requests_total{status="400"} 4',
        'hookwatch_redactions_total{kind="jwt"} 8',
        "hookwatch_ignored_headers_total 6",
        'hookwatch_stray_times_total{source="header"} 9',
        'hookwatch_stray_times_total{source="spool"} 10',
        "hookwatch_save_failures_total 7",
        "hookwatch_registry_records_total 13",
        "hookwatch_retry_errors_total 11",
        *(
            f'hookwatch_commit_seconds_bucket{{le="{bound}"}} {int(bound >= 0.5)}'
            for bound in COMMIT_BUCKETS_S
        ),
        'hookwatch_commit_seconds_bucket{le="+Inf"} 1',
        "hookwatch_commit_seconds_sum 0.5",
        "hookwatch_commit_seconds_count 1",
        "hookwatch_last_id 0",
        "hookwatch_unsaved_events 0",
        "hookwatch_writable 1",
    ]


def test_damage_of_the_log_is_counted_by_outcome(tmp_path: Path) -> None:
    """An operator is woken by a loss, by an unknown one, and by a check that never passes."""
    counters = Counters()
    counters.checked_bytes = 4096
    state = damage(
        recovery(carried=5, lost=None, done_at=None),
        recovery(carried=40, lost=0, done_at=4),
        recovery(carried=300, lost=7, done_at=3),
        recovery(carried=2_000, lost=None, done_at=2),
        checked_at=1_500,
    )
    lines = exposed(tmp_path, counters, {}, state).splitlines()
    assert [line for line in lines if line.startswith("hookwatch_log_")] == [
        "hookwatch_log_check_bytes_total 4096",
        "hookwatch_log_check_running 0",
        "hookwatch_log_check_passed_timestamp_seconds 1.5",
        'hookwatch_log_recoveries{outcome="running"} 1',
        'hookwatch_log_recoveries{outcome="complete"} 1',
        'hookwatch_log_recoveries{outcome="rows_lost"} 1',
        'hookwatch_log_recoveries{outcome="unknown_loss"} 1',
        "hookwatch_log_recovered_rows 2345",
        "hookwatch_log_lost_rows 7",
    ]
