"""Post, store, stream: the whole way of one event through real processes."""

import json

from tests.running import SAMPLES, Hookwatch
from tests.sse import event_stream, hello


def test_a_posted_body_is_on_the_stream_and_in_the_api(both: Hookwatch) -> None:
    """It is what all of this is for."""
    body = (SAMPLES / "examples" / "PreToolUse.json").read_bytes()
    with event_stream(both.queryd.port) as stream:
        assert next(stream.messages()).json() == hello(last_id=0, after=0)
        answer = both.ingestd.post(body)
        assert (answer.status, answer.body) == (200, b"")
        (event,) = stream.events(1)
    assert event["stream_id"] == "1"
    assert event["payload"] == json.loads(body)
    assert both.queryd.get("/api/events/1").json()["payload"] == json.loads(body)
