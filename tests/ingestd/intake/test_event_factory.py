"""Test that bytes become events without secrets."""

import asyncio
import json

from ingestd.counters import Counters
from ingestd.intake.decode import RequestMetadata
from ingestd.intake.event_factory import LARGE_BYTES, EventFactory
from ingestd.intake.redact import Redact
from tests.ingestd.secrets import WORDS


def test_the_loop_runs_while_a_large_body_is_searched() -> None:
    """One body must not delay every hook."""
    secret = next(it.secret for it in WORDS if it.kind == "github-token")
    text = "-eyJ" * LARGE_BYTES + f" {secret}"
    body = json.dumps({"session_id": "s", "hook_event_name": "X", "text": text}).encode()

    async def turns_until_searched() -> int:
        factory = EventFactory(Counters(), Redact())
        searched = asyncio.create_task(factory.one(body, RequestMetadata()))
        turns = 0
        while not searched.done():
            await asyncio.sleep(0)
            turns += 1
        new, _ = await searched
        assert bytes(new.event.payload).endswith(b' [redacted: github-token]"}')
        assert factory.redacted == {"github-token": 1}
        return turns

    # Searched on the loop, it would be done after the first turn.
    assert asyncio.run(turns_until_searched()) > 1
