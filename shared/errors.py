"""Give every refusal of both daemons one shape: `{"error": {"code", "message", "field"}}`."""

import re
from collections.abc import Sequence
from typing import Final

import msgspec


class ErrorDetail(msgspec.Struct, frozen=True):
    """Describe an error: a code for programs, a message for people, the field if there is one."""

    code: str
    message: str
    field: str | None = None


class ErrorBody(msgspec.Struct, frozen=True):
    """Wrap the detail, so that an error cannot be mistaken for an answer."""

    error: ErrorDetail


class Refusal(Exception):  # noqa: N818 - a refusal is an answer, not a defect
    """End a request with an HTTP status and the one error shape."""

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        field: str | None = None,
        *,
        headers: Sequence[tuple[bytes, bytes]] = (),
    ) -> None:
        super().__init__(message)
        self.status = status
        self.headers = list(headers)
        self.detail = ErrorDetail(code, message, field)

    @property
    def body(self) -> bytes:
        return error_body(self.detail)


class SettingsError(Exception):
    """Report why a daemon cannot start, in one line for the terminal; the exit code is 2."""


def error_body(detail: ErrorDetail) -> bytes:
    """Encode a detail in the one error shape."""
    return msgspec.json.encode(ErrorBody(detail))


def explain(error: msgspec.ValidationError) -> tuple[str, str, str | None]:
    """Return (code, message, field) of a failed validation.

    msgspec reports the field only in its message; a canary test pins that text.
    """
    text = str(error)
    if missing := _MISSING.search(text):
        return "missing_field", f"{missing[1]} is required", missing[1]
    reason, _, path = text.partition(" - at `$")
    field = path.rstrip("`").lstrip(".") or None
    return "invalid_field", f"{field or 'body'}: {_lower_first(reason)}", field


def _lower_first(text: str) -> str:
    return text[:1].lower() + text[1:]


_MISSING: Final = re.compile(r"missing required field `([^`]+)`")
