"""Return the size of a model's context window, and where auto-compact is expected.

In: a model's name, the windows that the client reported, the largest prompt. Out: a window, or
None. A reported window comes first: the same model has other windows on other plans and providers.
"""

from collections.abc import Collection, Mapping
from typing import Final

from queryd.usage.prices import base_model

MILLION: Final = 1_000_000
SMALL: Final = 200_000
SUFFIX: Final = "[1m]"
AUTO_COMPACT_BUFFER: Final = 33_000
"""What auto-compact leaves free, by the client's documentation: 167,000 of 200,000 are used then,
967,000 of a million. It is an estimate: the user can change it, and so can a remote setting."""

WINDOWS: Final[dict[str, int]] = {
    **dict.fromkeys(
        (
            *("claude-fable-5", "claude-fable-5-1", "claude-mythos-5", "claude-mythos-5-1"),
            *("claude-opus-4-7", "claude-opus-4-8", "claude-opus-5", "claude-opus-5-5"),
            *("claude-sonnet-5", "claude-sonnet-5-5", "claude-haiku-5-5"),
        ),
        MILLION,
    ),
    # Opus and Sonnet 4.6 have a million on some plans, and are named `[1m]` then.
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

    `reported` holds the windows that the client reported, `with_million` the models named with
    `[1m]`, `peak` the largest prompt so far: above 200,000 tokens it must be the large window.
    """
    base = None if model is None else base_model(model)
    if base is not None and base in reported:
        return reported[base]
    if model is not None and (model.endswith(SUFFIX) or base in with_million):
        return MILLION
    listed = None if base is None else WINDOWS.get(base)
    if peak > (listed or SMALL):
        return MILLION
    return listed


def compact_at(window: int | None) -> int | None:
    """Return an estimate of where auto-compact starts."""
    return (
        window - AUTO_COMPACT_BUFFER
        if window is not None and window > AUTO_COMPACT_BUFFER
        else None
    )
