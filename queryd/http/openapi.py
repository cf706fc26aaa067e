"""Describe the API: its OpenAPI document, and a page at `/docs` that draws it.

The page's scripts and styles come with the build: nothing is fetched from elsewhere.
"""

from dataclasses import fields, replace
from typing import Any, Final

import msgspec
from litestar import Request
from litestar.openapi import OpenAPIConfig, ResponseSpec
from litestar.openapi.plugins import JsonRenderPlugin, OpenAPIRenderPlugin
from litestar.openapi.spec import OpenAPI, OpenAPIType, Parameter, Schema
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
        description="A parameter is wrong, `unknown_parameter` or `invalid_parameter`; two "
        "contradict each other, `conflicting_parameters`; `q` cannot be understood, "
        "`invalid_query`; or the query string is not UTF-8, `invalid_query_string`.",
    ),
    503: ResponseSpec(
        ErrorBody,
        generate_examples=False,
        description="The log cannot be read now, or the views are being made: ask again later.",
    ),
}
MISSING: Final = {
    **REFUSED,
    404: ResponseSpec(ErrorBody, generate_examples=False, description="There is no such thing."),
}


class DocsPage(OpenAPIRenderPlugin):
    """Draw the document with the Swagger UI that the build carries."""

    def render(self, request: Request[Any, Any, Any], openapi_schema: dict[str, Any]) -> bytes:
        """Return the page; it loads the document itself."""
        del request, openapi_schema
        return PAGE


class RawSchema(OpenAPISchemaPlugin):
    """Describe JSON that is carried as bytes (`msgspec.Raw`): always an object here."""

    @staticmethod
    def is_plugin_supported_type(value: Any) -> bool:  # noqa: ANN401 - Litestar's signature
        """Tell whether a type is such JSON."""
        return value is msgspec.Raw

    def to_openapi_schema(self, field_definition: Any, schema_creator: Any) -> Schema:  # noqa: ANN401
        """Return an object of anything."""
        del field_definition, schema_creator
        return Schema(type=OpenAPIType.OBJECT, additional_properties=True)


def openapi_config() -> OpenAPIConfig:
    """Return what the document says of the whole."""
    return OpenAPIConfig(
        title="Hookwatch",
        version=__version__,
        description="Watch Claude Code sessions live.",
        path="/docs",
        render_plugins=[DocsPage(path="/"), JsonRenderPlugin(path="/openapi.json")],
        use_handler_docstrings=True,
    )


def complete(document: OpenAPI) -> None:
    """Correct what Litestar derives wrongly from the handlers."""
    schemas = document.components.schemas if document.components else {}
    for schema in schemas.values():
        if schema.properties:
            # Encoding leaves no field out, null is a value; a default does not make one optional.
            schema.required = sorted(schema.properties)
    for item in (document.paths or {}).values():
        for parameter in (item.get and item.get.parameters) or ():
            if isinstance(parameter, Parameter) and isinstance(parameter.schema, Schema):
                parameter.schema = _of_parameter(parameter.schema)


def _of_parameter(schema: Schema) -> Schema:
    """Return a parameter's schema without null, which no address can spell: it is left out."""
    for one in schema.one_of or ():
        if isinstance(one, Schema) and one.type != OpenAPIType.NULL:
            outer = {name: value for name, value in _given(schema) if name != "one_of"}
            schema = replace(one, **outer)
    if isinstance(schema.type, list):
        (schema.type,) = (one for one in schema.type if one != OpenAPIType.NULL)
    if schema.enum:
        schema.enum = [value for value in schema.enum if value is not None]
    for name, value in _given(schema):
        if isinstance(value, float):  # Litestar's bounds of whole numbers
            setattr(schema, name, int(value))
    return schema


def _given(schema: Schema) -> list[tuple[str, Any]]:
    values = ((field.name, getattr(schema, field.name)) for field in fields(schema))
    return [(name, value) for name, value in values if value is not None]
