"""Say how many tokens a model's context takes, and where it is expected to be compacted.

In: a model's name, what the client reported, how much was used. Out: a window, or None. What the
client reports beats all else: the same model has another window on another plan or provider.
"""

from collections.abc import Collection, Mapping
from typing import Final

from queryd.usage.prices import base_model

MILLION: Final = 1_000_000
SMALL: Final = 200_000
SUFFIX: Final = "[1m]"
BUFFER: Final = 33_000
"""What auto-compact leaves free, by the client's documentation: 167,000 of 200,000 are used then,
967,000 of a million. It can be set otherwise, and changed from afar, so it is an estimate."""

WINDOWS: Final[dict[str, int]] = {
    **dict.fromkeys(
        (
            *("claude-fable-5", "claude-fable-5-1", "claude-mythos-5", "claude-mythos-5-1"),
            *("claude-opus-4-7", "claude-opus-4-8", "claude-opus-5", "claude-opus-5-5"),
            *("claude-sonnet-5", "claude-sonnet-5-5", "claude-haiku-5-5"),
        ),
        MILLION,
    ),
    # Opus and Sonnet 4.6 have a million by plan, and say so: `[1m]`.
    **dict.fromkeys(
        (
            *("claude-opus-4", "claude-opus-4-1", "claude-opus-4-5", "claude-opus-4-6"),
            *("claude-sonnet-4", "claude-sonnet-4-5", "claude-sonnet-4-6"),
            *("claude-haiku-4-5", "claude-3-5-haiku"),
        ),
        SMALL,
    ),
}


def window_of(
    model: str | None, *, reported: Mapping[str, int], with_million: Collection[str], peak: int
) -> int | None:
    """Return the window of a model; None when unknown.

    `reported` holds what the client said of models, `with_million` those that were named with
    `[1m]`, `peak` the most that was ever used: past 200,000 tokens it must be the large window.
    """
    base = None if model is None else base_model(model)
    if base is not None and base in reported:
        return reported[base]
    if model is not None and (model.endswith(SUFFIX) or base in with_million):
        return MILLION
    known = None if base is None else WINDOWS.get(base)
    if peak > (known or SMALL):
        return MILLION
    return known


def compact_at(window: int | None) -> int | None:
    """Return where a context is expected to be compacted by itself; an estimate."""
    return window - BUFFER if window is not None and window > BUFFER else None
