"""Test the one error shape, and the wording of msgspec that its fields are read from."""

from typing import Any

import msgspec
import pytest

from shared.errors import ErrorDetail, Refusal, error_body, explain


class _Inner(msgspec.Struct):
    count: int


class _Outer(msgspec.Struct):
    name: str
    inner: _Inner | None = None
    many: list[_Inner] = []


def test_a_refusal_has_the_one_shape() -> None:
    """Programs read `code` and `field`, people read `message`; all three are always there."""
    refusal = Refusal(418, "teapot", "short and stout ☕", "handle")
    assert refusal.status == 418
    assert str(refusal) == "short and stout ☕"
    assert refusal.body == (
        '{"error":{"code":"teapot","message":"short and stout ☕","field":"handle"}}'.encode()
    )
    assert error_body(ErrorDetail("a", "b")) == (
        b'{"error":{"code":"a","message":"b","field":null}}'
    )


@pytest.mark.parametrize(
    ("given", "explained"),
    [
        ({}, ("missing_field", "name is required", "name")),
        ({"name": 1}, ("invalid_field", "name: expected `str`, got `int`", "name")),
        (
            {"name": "n", "inner": {"count": "x"}},
            ("invalid_field", "inner.count: expected `int`, got `str`", "inner.count"),
        ),
        (
            {"name": "n", "many": [{"count": None}]},
            ("invalid_field", "many[0].count: expected `int`, got `null`", "many[0].count"),
        ),
        ({"name": "n", "inner": {}}, ("missing_field", "count is required", "count")),
        ([], ("invalid_field", "body: expected `object`, got `array`", None)),
    ],
)
def test_msgspecs_messages_have_the_form_we_parse(
    given: Any, explained: tuple[str, str, str | None]
) -> None:
    """It names the field only inside a sentence: a new wording must fail here, not at users."""
    with pytest.raises(msgspec.ValidationError) as caught:
        msgspec.json.decode(msgspec.json.encode(given), type=_Outer)
    assert explain(caught.value) == explained
