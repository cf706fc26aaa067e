"""Answer every exception in one shape: `{"error": {"code", "message", "field"}}`."""

import logging
from typing import Any, Final

from litestar import MediaType, Request, Response
from litestar.exceptions import HTTPException, ValidationException

from queryd.store.store import ViewsNotReadyError
from shared.errors import ErrorBody, ErrorDetail, Refusal
from shared.reader import NotReadableError

_LOG: Final = logging.getLogger(__name__)
_HEADERS: Final = {"last_event_id": "Last-Event-ID"}
"""Litestar reports a header by the name of the handler's parameter."""
_CODES: Final = {404: "not_found", 405: "method_not_allowed"}

AnyRequest = Request[Any, Any, Any]


def conflict(field: str, reason: str) -> Refusal:
    """Refuse a valid parameter that conflicts with another."""
    return Refusal(400, "conflicting_parameters", f"{field}: {reason}", field)


def on_refusal(_request: AnyRequest, refusal: Refusal) -> Response[ErrorBody]:
    response = _response(refusal.status, refusal.detail)
    response.headers.update((name.decode(), value.decode()) for name, value in refusal.headers)
    return response


def on_unreadable(_request: AnyRequest, error: NotReadableError) -> Response[ErrorBody]:
    _LOG.warning("cannot read the log: %s", error)
    return _response(503, ErrorDetail("log_unreadable", f"cannot read the log: {error}"))


def on_unready(_request: AnyRequest, error: ViewsNotReadyError) -> Response[ErrorBody]:
    return _response(503, ErrorDetail("views_not_ready", f"the index is not ready: {error}"))


def on_http_exception(request: AnyRequest, error: HTTPException) -> Response[ErrorBody]:
    if isinstance(error, ValidationException):
        return _response(400, _invalid_parameter(error))
    code = _CODES.get(error.status_code, "refused")
    detail = f"{request.method} {request.url.path}: {error.detail}"
    response = _response(error.status_code, ErrorDetail(code, detail))
    response.headers.update(error.headers or {})  # `Allow` of a 405
    return response


def on_unexpected(request: AnyRequest, error: Exception) -> Response[ErrorBody]:
    _LOG.error("%s %s failed", request.method, request.url.path, exc_info=error)
    return _response(500, ErrorDetail("internal", "internal error, see queryd's log"))


def replace_html_404(response: Response[Any]) -> Response[Any]:
    # Litestar answers unknown paths below /docs with a page of its own.
    if response.status_code == 404 and response.media_type == MediaType.HTML:
        return _response(404, ErrorDetail("not_found", "page not found"))
    return response


def _invalid_parameter(error: ValidationException) -> ErrorDetail:
    extra = error.extra if isinstance(error.extra, list) else []
    first: dict[str, Any] = next((item for item in extra if isinstance(item, dict)), {})
    key: str | None = first.get("key")
    field = _HEADERS.get(key or "", key) if first.get("source") == "header" else key
    reason = str(first.get("message") or error.detail)
    reason = reason[:1].lower() + reason[1:]
    return ErrorDetail("invalid_parameter", f"{field}: {reason}" if field else reason, field)


def _response(status: int, detail: ErrorDetail) -> Response[ErrorBody]:
    return Response(ErrorBody(detail), status_code=status, media_type="application/json")
