"""Read the parameter `q` of a request."""

from typing import Annotated

from litestar.params import QueryParameter

from queryd.search.query import QUERY_CHARS, Query, parse


async def read_query(
    q: Annotated[
        str | None,
        QueryParameter(
            max_length=QUERY_CHARS,
            description='What to search for: words, "some words", pre*, -not, and fields: '
            "tool: session: type: project: agent: (that very value, or the beginning of one*), "
            "prompt: command: path: output: error: answer: other: (words of that text). "
            "All of it must be met.",
        ),
    ] = None,
) -> Query:
    """Return the query that the parameter `q` spells; a blank one asks for nothing."""
    return parse(q or "")
