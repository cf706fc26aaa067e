"""The models of the demo: names, windows and prices, as the client reports them."""

from __future__ import annotations

from msgspec import Struct


class DemoModel(Struct, frozen=True):
    """A model; prices are USD per million tokens, cache writes last 5 minutes."""

    display_name: str
    window_tokens: int
    input_usd: float
    output_usd: float
    cache_write_usd: float
    cache_read_usd: float
    has_effort: bool = True


OPUS = "claude-opus-5-5"
SONNET = "claude-sonnet-4-6"
HAIKU = "claude-haiku-4-5"
MODELS = {
    OPUS: DemoModel("Opus 5.5", 1_000_000, 4, 20, 5, 0.2),
    SONNET: DemoModel("Sonnet 4.6", 200_000, 3, 15, 3.75, 0.3),
    HAIKU: DemoModel("Haiku 4.5", 200_000, 1, 5, 1.25, 0.1, has_effort=False),
}
# What sessions start with, and how often.
SESSION_MODELS = (OPUS, OPUS, SONNET, SONNET, SONNET)
AGENT_MODELS = {"Explore": HAIKU}


def other_model(model: str) -> str:
    """Return the model that a user switches to."""
    return SONNET if model == OPUS else OPUS


def agent_model(agent_type: str, session_model: str) -> str:
    return AGENT_MODELS.get(agent_type, session_model)
