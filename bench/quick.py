"""Measure the daemons over an empty log: posts, batches, streams, statuses, idling."""

from bench.daemons import daemons
from bench.idle import measure_idle
from bench.posts import (
    PostFigures,
    measure_batches,
    measure_hooks_beside_batches,
    measure_posts,
)
from bench.status import NoStatusError, measure_status
from bench.streams import measure_stream

MODES = ("baseline", "NORMAL", "FULL")


def measure_quick(seconds: float) -> list[tuple[str, str]]:
    """Take about `seconds` for each row."""
    return [
        *_posts(seconds),
        *_batches(seconds),
        *_streams(seconds),
        *_status(seconds),
        *_idle(seconds),
    ]


def _posts(seconds: float) -> list[tuple[str, str]]:
    rows = []
    for connections in (1, 32):
        bare: PostFigures | None = None
        for mode in MODES:
            with daemons(*_daemon_of(mode), synchronous=_synchronous(mode)) as running:
                posts = measure_posts(running.ingest_port, connections=connections, seconds=seconds)
            bare = bare or posts
            ratio = posts.latencies.p50_ms / bare.latencies.p50_ms
            rows.append(
                (
                    f"POST, {connections} connection{'s' * (connections > 1)}, {_mode_label(mode)}",
                    f"{posts.per_second:,.0f}/s; {posts.latencies}; p50 {ratio:.2f} times bare",
                )
            )
    return rows


def _batches(seconds: float) -> list[tuple[str, str]]:
    rows = []
    for mode in MODES:
        with daemons(*_daemon_of(mode), synchronous=_synchronous(mode)) as running:
            rate = measure_batches(running.ingest_port, seconds=seconds)
            hooks = measure_hooks_beside_batches(running.ingest_port, seconds=seconds)
        rows.append(
            (
                f"batches of 1,000 events of 1 kB, {_mode_label(mode)}",
                f"{rate:,.0f} events/s; a hook beside them {hooks}",
            )
        )
    return rows


def _streams(seconds: float) -> list[tuple[str, str]]:
    rows = []
    for clients in (1, 100):
        with daemons("ingestd", "queryd", pin=False) as running:
            found = measure_stream(
                running.ingest_port,
                running.query_port,
                per_second=200,
                clients=clients,
                seconds=2 * seconds,
            )
        rows.append((f"POST to SSE bytes, 200 events/s, {clients} client(s), FULL", str(found)))
    return rows


def _status(seconds: float) -> list[tuple[str, str]]:
    with daemons("ingestd", "queryd", pin=False) as running:
        try:
            found = str(
                measure_status(
                    running.ingest_port, running.query_port, per_second=200, seconds=4 * seconds
                )
            )
        except NoStatusError as error:
            found = str(error)
    return [("POST to a new status on the stream, 200 events/s", found)]


def _idle(seconds: float) -> list[tuple[str, str]]:
    with daemons("ingestd", "queryd") as running:
        idle = measure_idle(list(running.pids.values()), seconds=2 * seconds)
    return [
        (
            "both daemons, idle",
            f"{idle.core_percent:.1f} % of one core, {idle.rss_mb:.0f} MB resident",
        )
    ]


def _daemon_of(mode: str) -> tuple[str]:
    return ("baseline" if mode == "baseline" else "ingestd",)


def _synchronous(mode: str) -> str:
    return "FULL" if mode == "baseline" else mode


def _mode_label(mode: str) -> str:
    return "bare (no database)" if mode == "baseline" else f"synchronous={mode}"
