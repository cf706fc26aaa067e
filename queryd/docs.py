"""Describe the API: its OpenAPI document, and a page at `/docs` that draws it.

The page's scripts and styles come with the build: nothing is fetched from elsewhere.
"""

from typing import Any, Final

import msgspec
from litestar import Request
from litestar.openapi import OpenAPIConfig, ResponseSpec
from litestar.openapi.plugins import JsonRenderPlugin, OpenAPIRenderPlugin
from litestar.openapi.spec import OpenAPI, OpenAPIType, Schema
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
    400: ResponseSpec(ErrorBody, generate_examples=False, description="A parameter is wrong.")
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


def require_all(document: OpenAPI) -> None:
    """Say that every field of every answer is there: encoding leaves none out, null is a value.

    Litestar takes a field that has a default for one that may be missing.
    """
    schemas = document.components.schemas if document.components else {}
    for schema in schemas.values():
        if schema.properties:
            schema.required = sorted(schema.properties)
