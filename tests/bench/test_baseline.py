"""Test that the baseline answers what the measurements post."""

from bench.daemons import LOAD_CORE, daemons, on_core
from bench.posts import measure_batches, measure_hooks_beside_batches, measure_posts


def test_the_baseline_accepts_single_events_and_batches() -> None:
    """`make bench` compares ingestd with it in both."""
    with on_core(LOAD_CORE), daemons("baseline", pin=False) as running:
        port = running.ingest_port
        assert measure_posts(port, connections=1, seconds=0.1).per_second > 0
        assert measure_batches(port, seconds=0.1) > 0
        assert measure_hooks_beside_batches(port, seconds=0.1).p50_ms > 0
