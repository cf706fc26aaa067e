"""Check a request's parameters against the API's document before a handler runs.

Litestar checks bounds, lengths and patterns. But it accepts `null` for no value, `1e3` for an
integer, and the last of several values, none of which the document allows.
"""

import re
from collections.abc import Sequence
from typing import Any, Final
from urllib.parse import parse_qs

from litestar import Request
from litestar.openapi.spec import OpenAPIType, Parameter, Schema

from shared.errors import Refusal

_INTEGER: Final = re.compile(r"-?[0-9]{1,19}")


async def check_parameters(request: Request[Any, Any, Any]) -> None:
    """Refuse unknown parameters and values of the wrong type."""
    paths = request.app.openapi_schema.paths or {}
    item = paths.get(request.scope["path_template"])
    operation = getattr(item, request.method.lower(), None)
    if operation is None:
        return
    parameters = [each for each in operation.parameters or () if isinstance(each, Parameter)]
    by_name = {each.name: each for each in parameters if each.param_in == "query"}
    for name, values in _query_values(request.scope["query_string"]).items():
        if name not in by_name:
            raise Refusal(400, "unknown_parameter", f"{name}: unknown parameter", name)
        _check(by_name[name], values)
    for parameter in parameters:
        if parameter.param_in == "header":
            _check(parameter, request.headers.getall(parameter.name, []))


def _query_values(query: bytes) -> dict[str, list[str]]:
    try:
        return parse_qs(query.decode(), keep_blank_values=True, errors="strict")
    except UnicodeDecodeError:
        raise Refusal(400, "invalid_query_string", "the query string is not UTF-8") from None


def _check(parameter: Parameter, values: Sequence[str]) -> None:
    schema = parameter.schema
    if isinstance(schema, Schema) and (reason := _error_in(values, schema)):
        message = f"{parameter.name}: {reason}"
        raise Refusal(400, "invalid_parameter", message, parameter.name)


def _error_in(values: Sequence[str], schema: Schema) -> str | None:
    """Return why these values are invalid; None if they are valid."""
    if schema.type == OpenAPIType.ARRAY or not values:
        return None
    if len(values) > 1:
        return f"expected one value, got {len(values)}"
    if schema.type == OpenAPIType.INTEGER and not _INTEGER.fullmatch(values[0]):
        return "expected a whole number"
    if schema.enum and values[0] not in schema.enum:
        return f"expected one of {', '.join(map(str, schema.enum))}"
    return None
