"""Post every captured body and find it again everywhere, unchanged."""

import json

import msgspec

from tests.running import SAMPLES, Hookwatch, sample_bodies
from tests.sse import event_stream


class Shown(msgspec.Struct):
    """Keep of an answer the payload's very bytes."""

    id: int
    payload: msgspec.Raw


def test_every_captured_body_is_stored_and_streamed_unchanged(both: Hookwatch) -> None:
    """These are what Claude Code really sends: one that is refused or changed is a lost event."""
    examples = [file.read_bytes() for file in sorted((SAMPLES / "examples").glob("*.json"))]
    captured = [json.dumps(body, ensure_ascii=False).encode() for body in sample_bodies()]
    bodies = [body.strip() for body in examples + captured]
    assert len(bodies) > 700
    with event_stream(both.queryd.port) as stream:
        for body in bodies:
            answer = both.ingestd.post(body)
            assert (answer.status, answer.body) == (200, b""), body
        streamed = stream.events(len(bodies))
    assert [event["id"] for event in streamed] == list(range(1, len(bodies) + 1))
    for event, body in zip(streamed, bodies, strict=True):
        posted = json.loads(body)
        assert event["hook_event_type"] == posted["hook_event_name"]
        assert event["session_id"] == posted["session_id"]
        assert event["payload_bytes"] == len(body)
        assert event["payload"] == posted or event["payload_clipped"]
        shown = msgspec.json.decode(both.queryd.get(f"/api/events/{event['id']}").body, type=Shown)
        assert (shown.id, bytes(shown.payload)) == (event["id"], body)
