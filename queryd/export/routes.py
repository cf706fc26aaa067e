"""Export a session: `/api/sessions/{id}/export`."""

from collections.abc import AsyncIterator, Callable
from typing import Annotated, Final, Literal, NamedTuple

from litestar import get
from litestar.di import NamedDependency
from litestar.openapi import ResponseSpec
from litestar.params import QueryParameter
from litestar.response import Stream

from queryd.export.documents import document_chunks
from queryd.export.events import event_lines
from queryd.export.file_name import file_name
from queryd.export.plan import ExportPlan, TurnChoice, plan_export
from queryd.export.trace import trace_chunks
from queryd.http.errors import conflict
from queryd.http.head_requests import is_head
from queryd.http.openapi import MISSING
from queryd.http.parameters import Plain
from queryd.http.time_ranges import now_ms
from queryd.store.fact import MAX_ID
from queryd.store.readers import Readers

MAX_TURNS: Final = 1_000_000

FormatName = Literal["markdown", "html", "jsonl", "trace"]


class _ExportFormat(NamedTuple):
    extension: str
    media_type: str
    chunks: Callable[[Readers, ExportPlan], AsyncIterator[bytes]]


def _markdown(readers: Readers, plan: ExportPlan) -> AsyncIterator[bytes]:
    from queryd.export.markdown import MarkdownFile  # noqa: PLC0415 - its parser is seldom needed

    return document_chunks(readers, plan, MarkdownFile())


def _html(readers: Readers, plan: ExportPlan) -> AsyncIterator[bytes]:
    from queryd.export.html_page import HtmlFile  # noqa: PLC0415 - the same

    return document_chunks(readers, plan, HtmlFile())


FORMATS: Final[dict[FormatName, _ExportFormat]] = {
    "markdown": _ExportFormat("md", "text/markdown", _markdown),
    "html": _ExportFormat("html", "text/html", _html),
    "jsonl": _ExportFormat("jsonl", "application/x-ndjson", event_lines),
    "trace": _ExportFormat("trace.json", "application/json", trace_chunks),
}


@get(
    "/api/sessions/{session_id:str}/export",
    responses={
        200: ResponseSpec(
            bytes,
            generate_examples=False,
            media_type="*/*",
            description="The file, as `text/markdown`, `text/html`, `application/x-ndjson` or "
            "`application/json`.",
        ),
        **MISSING,
    },
)
async def export_session(
    request: Plain,
    readers: NamedDependency[Readers],
    session: NamedDependency[str],
    export_format: Annotated[
        FormatName,
        QueryParameter(
            name="as",
            description="`markdown` and `html` to read; `jsonl`, the events as the log has them; "
            "`trace`, Chrome's trace format, which Perfetto opens.",
        ),
    ] = "markdown",
    turn_id: Annotated[
        int | None,
        QueryParameter(
            ge=1, le=MAX_ID, schema_extra={"maximum": MAX_ID}, description="Only this turn."
        ),
    ] = None,
    turn: Annotated[
        int | None,
        QueryParameter(
            ge=-MAX_TURNS,
            le=MAX_TURNS,
            description="Only this turn, counted from 1 in the order of time; -1 is the last one.",
        ),
    ] = None,
) -> Stream:
    """Return a session as a file: prompts, answers, calls with their results, and diffs.

    What was redacted when it was recorded is not in it either.
    """
    if turn_id is not None and turn is not None:
        raise conflict("turn", "cannot be combined with turn_id")
    choice = None if turn_id is None and turn is None else TurnChoice(turn_id, turn)
    now = now_ms()
    plan = await readers.views(lambda views: plan_export(views, session, choice, now=now))
    extension, media_type, chunks = FORMATS[export_format]
    name = file_name(plan.session, plan.turn_number, extension)
    return Stream(
        [] if is_head(request.scope) else chunks(readers, plan),
        media_type=media_type,
        headers={
            "Content-Disposition": f'attachment; filename="{name}"',
            "Cache-Control": "no-store",
        },
    )
