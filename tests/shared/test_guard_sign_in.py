"""Sign in with a browser, which can send no header with a page or a stream."""

import asyncio
from typing import Any

import pytest

from shared.guard import Guard, Message, Receive, Scope, Send
from shared.settings import Settings

TOKEN = "a-token-of-enough-characters"


def answer_to(query: str, path: str = "/events", *, same_origin: bool = True) -> dict[Any, Any]:
    """Return the start of the answer to a GET, its headers as a dict."""
    sent: list[Message] = []

    async def app(_scope: Scope, _receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})

    async def receive() -> Message:
        return {"type": "http.request"}

    async def send(message: Message) -> None:
        sent.append(message)

    guard = Guard(app, Settings(token=TOKEN), bound_to="127.0.0.1", same_origin=same_origin)
    scope = {"type": "http", "method": "GET", "path": path, "query_string": query.encode()}
    asyncio.run(guard({**scope, "headers": [(b"host", b"127.0.0.1:4001")]}, receive, send))
    return {"status": sent[0]["status"], **dict(sent[0]["headers"])}


def test_the_token_in_the_address_becomes_a_cookie_and_leaves_the_address() -> None:
    """An address is shared and kept in histories; a cookie no script can read is not."""
    answer = answer_to(f"token={TOKEN}")
    assert answer["status"] == 303
    assert answer[b"location"] == b"/events"
    cookie = f"hookwatch_token={TOKEN}; Path=/; HttpOnly; SameSite=Strict"
    assert answer[b"set-cookie"] == cookie.encode()


def test_it_never_leads_to_another_host() -> None:
    """Two slashes at the start of a location name a host."""
    assert answer_to(f"token={TOKEN}", "//evil.example/x")[b"location"] == b"/evil.example/x"


@pytest.mark.parametrize("query", ["", "token=", "token=a-token-of-enough-characterS"])
def test_a_wrong_token_signs_nobody_in(query: str) -> None:
    """The whole log lies behind it."""
    answer = answer_to(query)
    assert answer["status"] == 401
    assert b"set-cookie" not in answer


def test_ingestd_serves_no_page_to_sign_in_at() -> None:
    """Its senders have headers."""
    assert answer_to(f"token={TOKEN}", same_origin=False)["status"] == 401
