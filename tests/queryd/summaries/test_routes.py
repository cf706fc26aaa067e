"""Read the words of an event in every place that shows one."""

from tests.running import Hookwatch, sample_bodies, wait_for
from tests.sse import event_stream


def test_list_event_and_stream_have_the_same_summary(both: Hookwatch) -> None:
    """Also of events that are clipped: the words are made before anything is cut away."""
    bodies = [*sample_bodies(), {"session_id": "s", "hook_event_name": "BrandNewEvent", "n": 1}]
    envelope = {
        "session_id": "s",
        "hook_event_type": "Stop",
        "timestamp": 1_700_000_000_000,
        "summary": "Mine\nall",
    }
    total = both.ingestd.post([*bodies, envelope]).json()["accepted"]
    # How asks ended is known once they are folded.
    wait_for(lambda: both.queryd.get("/api/health").json()["views"]["folded_id"] == total)
    with event_stream(both.queryd.port, "/stream?after=0") as stream:
        streamed = {event["id"]: event["summary"] for event in stream.events(total)}
    page = both.queryd.get("/api/events?limit=1000").json()["events"]
    listed = {event["id"]: event["summary"] for event in page}
    assert len(page) == total > 500
    assert any(event["payload_clipped"] for event in page)
    alone = {rowid: both.queryd.get(f"/api/events/{rowid}").json()["summary"] for rowid in listed}
    assert streamed == listed == alone
    assert all(listed.values())
    assert listed[total] == "Mine all"
    assert listed[total - 1] == "BrandNewEvent  n=1"
