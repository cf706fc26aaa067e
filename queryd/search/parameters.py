"""Read the parameter `q` of a request."""

from typing import Annotated

from litestar.params import QueryParameter

from queryd.search.query import QUERY_CHARS, TextQuery, parse


async def read_query(
    q: Annotated[
        str | None,
        QueryParameter(
            max_length=QUERY_CHARS,
            description='Search terms: words, "some words", pre*, -not, and fields: '
            "tool: session: type: project: agent: (exact value, or its prefix*), "
            "prompt: command: path: output: error: answer: other: (words of that text). "
            "All terms must match.",
        ),
    ] = None,
) -> TextQuery:
    return parse(q or "")
