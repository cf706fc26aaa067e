"""Write the documents that people read, Markdown and HTML, a piece at a time."""

from collections.abc import AsyncIterator, Iterator
from typing import Final, Protocol

from queryd.export.content import CallContent, TurnContent, call_content, turn_content
from queryd.export.plan import ExportPlan, Item
from queryd.sessions.read_contents import one_call, one_turn
from queryd.sessions.state import Agent
from queryd.store.readers import Readers
from queryd.store.store import ViewReader
from shared.reader import Reader

CHUNK_CHARS: Final = 128 * 1024


class DocumentFormat(Protocol):
    """Writes each part of an export as text."""

    def head(self, plan: ExportPlan) -> Iterator[str]: ...
    def before(self) -> Iterator[str]: ...
    def turn(self, turn: TurnContent, number: int) -> Iterator[str]: ...
    def call(self, call: CallContent, depth: int) -> Iterator[str]: ...
    def agent(self, agent: Agent, depth: int) -> Iterator[str]: ...
    def answer(self, turn: TurnContent) -> Iterator[str]: ...
    def foot(self) -> Iterator[str]: ...


async def document_chunks(
    readers: Readers, plan: ExportPlan, document: DocumentFormat
) -> AsyncIterator[bytes]:
    """Yield a document; each piece is read and written in a thread of the readers."""
    yield "".join(document.head(plan)).encode(errors="replace")
    at = 0
    while at < len(plan.items):
        text, at = await readers.both(
            lambda log, views, start=at: _piece(log, views, plan, document, start)  # type: ignore[misc]
        )
        yield text.encode(errors="replace")
    yield "".join(document.foot()).encode(errors="replace")


def _piece(
    log: Reader, views: ViewReader, plan: ExportPlan, document: DocumentFormat, at: int
) -> tuple[str, int]:
    """Return the text of the next items, up to a size, and where to go on."""
    parts: list[str] = []
    size = 0
    while at < len(plan.items) and size < CHUNK_CHARS:
        text = "".join(_parts(log, views, plan, document, plan.items[at]))
        parts.append(text)
        size += len(text)
        at += 1
    return "".join(parts), at


def _parts(
    log: Reader, views: ViewReader, plan: ExportPlan, document: DocumentFormat, item: Item
) -> Iterator[str]:
    session_id, now = plan.session.session_id, plan.now
    match item.kind:
        case "before":
            yield from document.before()
        case "agent":
            yield from document.agent(plan.agents[item.id], item.depth)
        case "call":
            # A call or turn may have been deleted meanwhile.
            if (call := one_call(views, session_id, item.id, now=now)) is not None:
                yield from document.call(call_content(log, *call), item.depth)
        case "turn" | "answer":
            if (turn := one_turn(views, session_id, item.id, now=now)) is not None:
                content = turn_content(log, *turn)
                is_start = item.kind == "turn"
                yield from (
                    document.turn(content, item.number) if is_start else document.answer(content)
                )
