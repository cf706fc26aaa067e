"""Spread captured sessions over the hours before now, as the timeline's tests need them."""

import json
import time
from typing import Any

from tests.running import SAMPLES, Hookwatch, wait_for

HOUR_MS = 3_600_000
STRETCH = 40
"""Captured sessions last seconds; so much slower they are blocks that can be seen."""


def spread(stems: list[str], now: int, *, interval_ms: int = 300_000) -> list[dict[str, Any]]:
    """Return envelopes of captured sessions, each ending some minutes before the one after it."""
    envelopes = []
    for place, stem in enumerate(stems):
        lines = (SAMPLES / "sessions" / f"{stem}.jsonl").read_text("utf-8").split("\n")
        events = [json.loads(line) for line in lines if line]
        last = events[-1]["at_ms"]
        for event in events:
            body = event["body"]
            envelopes.append(
                {
                    "source_app": ["shop-api", "docs", "infra"][place % 3],
                    "session_id": body["session_id"],
                    "hook_event_type": body["hook_event_name"],
                    "timestamp": now - place * interval_ms - (last - event["at_ms"]) * STRETCH,
                    "payload": body,
                }
            )
    return sorted(envelopes, key=lambda it: it["timestamp"])


def post_spread(both: Hookwatch, stems: list[str], **more: Any) -> int:
    """Post them, and wait until they are in the views; return what time they take for now."""
    now = time.time_ns() // 1_000_000 - 1_000
    answer = both.ingestd.post(spread(stems, now, **more))
    assert answer.json()["rejected"] == []
    last_id = both.ingestd.get("/health").json()["last_id"]
    wait_for(lambda: both.queryd.get("/api/health").json()["views"]["folded_id"] == last_id)
    return now
