"""Test the way from bytes to events that are fit to be stored."""

import asyncio
import json

from ingestd.counters import Counters
from ingestd.intake.decode import Sent
from ingestd.intake.intake import LARGE_BYTES, Intake
from ingestd.intake.redact import Redact
from tests.ingestd.secrets import WORDS


def test_others_get_their_turn_while_a_large_body_is_searched() -> None:
    """One body must not keep every hook waiting."""
    secret = next(it.secret for it in WORDS if it.kind == "github-token")
    text = "-eyJ" * LARGE_BYTES + f" {secret}"
    body = json.dumps({"session_id": "s", "hook_event_name": "X", "text": text}).encode()

    async def turns_until_searched() -> int:
        intake = Intake(Counters(), Redact())
        searched = asyncio.create_task(intake.one(body, Sent()))
        turns = 0
        while not searched.done():
            await asyncio.sleep(0)
            turns += 1
        new, _ = await searched
        assert bytes(new.event.payload).endswith(b' [redacted: github-token]"}')
        assert intake.redacted == {"github-token": 1}
        return turns

    assert asyncio.run(turns_until_searched()) > 10
