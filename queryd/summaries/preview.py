"""Complete an event for its readers: add its summary, and clip a large payload."""

import msgspec

from queryd.store.fact import AskState
from queryd.summaries.asks import OPEN
from queryd.summaries.clip import clip
from queryd.summaries.read import fields
from queryd.summaries.summary import summary_of
from shared.event import Event


def preview(event: Event, payload: object, ask: AskState | None = OPEN) -> Event:
    """Return an event as lists and streams show it; `payload` is its payload, decoded."""
    return clip(with_summary(event, payload, ask), payload)


def with_summary(event: Event, payload: object, ask: AskState | None = OPEN) -> Event:
    return msgspec.structs.replace(event, summary=summary_of(event, fields(payload), ask))
