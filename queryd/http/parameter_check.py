"""Hold a request's parameters to the API's document, before anything reads them.

In: a request to a route of the document. Out: nothing, or a refusal that names the parameter. Left
to Litestar: bounds, lengths and patterns. It reads `null` as no value, `1e3` as a whole number and
the last of several values as the one meant; the document allows none of that.
"""

import re
from collections.abc import Sequence
from typing import Any, Final
from urllib.parse import parse_qs

from litestar import Request
from litestar.openapi.spec import OpenAPIType, Parameter, Schema

from shared.errors import Refusal

_WHOLE: Final = re.compile(r"-?[0-9]{1,19}")


async def check_parameters(request: Request[Any, Any, Any]) -> None:
    """Refuse parameters that the route does not have, and values that they cannot have."""
    paths = request.app.openapi_schema.paths or {}
    item = paths.get(request.scope["path_template"])
    operation = getattr(item, request.method.lower(), None)
    if operation is None:
        return
    parameters = [each for each in operation.parameters or () if isinstance(each, Parameter)]
    by_name = {each.name: each for each in parameters if each.param_in == "query"}
    for name, values in _queried(request.scope["query_string"]).items():
        if name not in by_name:
            raise Refusal(400, "unknown_parameter", f"{name}: no such parameter", name)
        _check(by_name[name], values)
    for parameter in parameters:
        if parameter.param_in == "header":
            _check(parameter, request.headers.getall(parameter.name, []))


def _queried(query: bytes) -> dict[str, list[str]]:
    """Return the values of each name in a query string."""
    try:
        return parse_qs(query.decode(), keep_blank_values=True, errors="strict")
    except UnicodeDecodeError:
        raise Refusal(400, "invalid_query_string", "the query string is not UTF-8") from None


def _check(parameter: Parameter, values: Sequence[str]) -> None:
    schema = parameter.schema
    if isinstance(schema, Schema) and (reason := _reason_against(values, schema)):
        message = f"{parameter.name}: {reason}"
        raise Refusal(400, "invalid_parameter", message, parameter.name)


def _reason_against(values: Sequence[str], schema: Schema) -> str | None:
    """Return why a parameter cannot have these values; None when it may."""
    if schema.type == OpenAPIType.ARRAY or not values:
        return None
    if len(values) > 1:
        return f"expected one value, got {len(values)}"
    if schema.type == OpenAPIType.INTEGER and not _WHOLE.fullmatch(values[0]):
        return "expected a whole number"
    if schema.enum and values[0] not in schema.enum:
        return f"expected one of {', '.join(map(str, schema.enum))}"
    return None
