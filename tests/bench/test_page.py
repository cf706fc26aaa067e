"""The measurement of the page: what it measures, and how it names what was slow."""

import json

from bench.load import padded
from bench.page import VIEWS, LongScript, cases_of, longest_scripts


def _script(name: str, took_ms: float, layout_ms: float = 0.0) -> LongScript:
    url = "http://127.0.0.1:4001/assets/index-a1.js"
    return LongScript("EventSource.onmessage", name, url, 7, took_ms, layout_ms)


def test_every_view_is_measured_and_the_log_also_with_large_bodies_and_tabs() -> None:
    """A view that is not measured becomes slow unnoticed."""
    labels = [case.label(500) for case in cases_of(VIEWS)]
    assert len(labels) == len(set(labels)) == len(VIEWS) + 2
    assert "/events in one of 6 tabs while 500 events/s arrive" in labels
    assert "/events while 500 events/s with bodies of 32 kB arrive" in labels
    assert [case.view for case in cases_of(["/"])] == ["/"]


def test_the_slowest_scripts_are_named_with_their_forced_layouts() -> None:
    """A long task without a name can't be fixed."""
    scripts = [_script("draw", 60, 20), _script("", 90), _script("draw", 55), _script("a", 1)]
    assert longest_scripts([*scripts, _script("b", 2)]) == [
        "EventSource.onmessage draw (index-a1.js:7) 115 ms, 20 of it in forced layouts",
        "EventSource.onmessage anonymous (index-a1.js:7) 90 ms",
        "EventSource.onmessage b (index-a1.js:7) 2 ms",
    ]
    assert longest_scripts([]) == []


def test_a_padded_body_is_the_same_object_with_more_bytes() -> None:
    """Large bodies must be events, of exactly the size that the table names."""
    body = padded(b'{"session_id":"a"} ', 100)
    assert len(body) in {99, 100}
    assert json.loads(body)["session_id"] == "a"
    assert padded(b'{"session_id":"a"}', 5) == b'{"session_id":"a"}'
