"""The OpenAPI document, and a page at `/docs` that shows it.

The page's scripts and styles are part of the build: nothing is loaded from other hosts.
"""

from collections.abc import Iterator
from dataclasses import fields, replace
from typing import Any, Final

import msgspec
from litestar import Request
from litestar.openapi import OpenAPIConfig, ResponseSpec
from litestar.openapi.plugins import JsonRenderPlugin, OpenAPIRenderPlugin
from litestar.openapi.spec import (
    OpenAPI,
    OpenAPIResponse,
    OpenAPIType,
    Operation,
    Parameter,
    Schema,
)
from litestar.plugins import OpenAPISchemaPlugin

from shared import __version__
from shared.errors import ErrorBody

PAGE: Final = b"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Hookwatch API</title>
<link rel="icon" href="/favicon.svg">
<link rel="stylesheet" href="/docs-assets/swagger-ui.css">
</head>
<body>
<div id="swagger-ui"></div>
<script src="/docs-assets/swagger-ui-bundle.js"></script>
<script src="/docs-assets/init.js"></script>
</body>
</html>
"""


REFUSED: Final = {
    400: ResponseSpec(
        ErrorBody,
        generate_examples=False,
        description="A parameter is unknown (`unknown_parameter`) or invalid "
        "(`invalid_parameter`); two conflict (`conflicting_parameters`); `q` has a syntax error "
        "(`invalid_query`); or the query string is not UTF-8 (`invalid_query_string`).",
    ),
    503: ResponseSpec(
        ErrorBody,
        generate_examples=False,
        description="The log cannot be read, or its index is not ready. Retry later.",
    ),
}
MISSING: Final = {
    **REFUSED,
    404: ResponseSpec(ErrorBody, generate_examples=False, description="Not found."),
}


class DocsPage(OpenAPIRenderPlugin):
    """Show the document with the Swagger UI of the build."""

    def render(self, request: Request[Any, Any, Any], openapi_schema: dict[str, Any]) -> bytes:
        del request, openapi_schema
        return PAGE


class RawSchema(OpenAPISchemaPlugin):
    """Schema for JSON kept as bytes (`msgspec.Raw`), which is always an object here."""

    @staticmethod
    def is_plugin_supported_type(value: Any) -> bool:  # noqa: ANN401 - Litestar's signature
        return value is msgspec.Raw

    def to_openapi_schema(self, field_definition: Any, schema_creator: Any) -> Schema:  # noqa: ANN401
        del field_definition, schema_creator
        return Schema(type=OpenAPIType.OBJECT, additional_properties=True)


def openapi_config() -> OpenAPIConfig:
    return OpenAPIConfig(
        title="Hookwatch",
        version=__version__,
        description="Watch Claude Code sessions live.",
        path="/docs",
        render_plugins=[DocsPage(path="/"), JsonRenderPlugin(path="/openapi.json")],
        use_handler_docstrings=True,
    )


def complete(document: OpenAPI) -> None:
    """Correct what Litestar derives incorrectly from the handlers."""
    schemas = document.components.schemas if document.components else {}
    for schema in schemas.values():
        if schema.properties:
            # Every field is encoded, null included: one with a default is not optional.
            schema.required = sorted(schema.properties)
    for item in (document.paths or {}).values():
        for parameter in (item.get and item.get.parameters) or ():
            if isinstance(parameter, Parameter) and isinstance(parameter.schema, Schema):
                parameter.schema = _parameter_schema(parameter.schema)
        for schema in _response_schemas(item.get):
            # An empty page of events is one of lines as well.
            schema.any_of, schema.one_of = schema.one_of, None


def _response_schemas(operation: Operation | None) -> Iterator[Schema]:
    """Yield the schemas of responses that have several."""
    for response in ((operation and operation.responses) or {}).values():
        contents = isinstance(response, OpenAPIResponse) and response.content
        for content in (contents or {}).values():
            if isinstance(content.schema, Schema) and content.schema.one_of:
                yield content.schema


def _parameter_schema(schema: Schema) -> Schema:
    """Return a parameter's schema without null, which a URL cannot express."""
    for one in schema.one_of or ():
        if isinstance(one, Schema) and one.type != OpenAPIType.NULL:
            outer = {name: value for name, value in _set_fields(schema) if name != "one_of"}
            schema = replace(one, **outer)
    if isinstance(schema.type, list):
        (schema.type,) = (one for one in schema.type if one != OpenAPIType.NULL)
    if schema.enum:
        schema.enum = [value for value in schema.enum if value is not None]
    for name, value in _set_fields(schema):
        if isinstance(value, float):  # Litestar has floats as the bounds of integers
            setattr(schema, name, int(value))
    return schema


def _set_fields(schema: Schema) -> list[tuple[str, Any]]:
    values = ((field.name, getattr(schema, field.name)) for field in fields(schema))
    return [(name, value) for name, value in values if value is not None]
