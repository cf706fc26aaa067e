"""Test that the bodies of the measurement are what they are called."""

import json

import pytest

from bench.redaction import BODY_BYTES, TEXTS, slow_body


@pytest.mark.parametrize("kind", TEXTS)
def test_every_body_is_a_hook_of_1_mb_of_its_own(kind: str) -> None:
    """One that came before would be a duplicate and stored in no time."""
    bodies = [slow_body(kind, serial) for serial in range(2)]
    assert bodies[0] != bodies[1]
    for body in bodies:
        assert 0.9 * BODY_BYTES < len(body) < 1.1 * BODY_BYTES
        assert TEXTS[kind] in json.loads(body)["tool_response"]["result"]
