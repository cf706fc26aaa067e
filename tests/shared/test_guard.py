"""Test which requests pass the guard, and the refusals of the others, byte for byte."""

import asyncio
import socket
from collections.abc import Sequence

import pytest

from shared.guard import Guard, Message, Receive, Scope, Send
from shared.settings import Settings
from tests.shared.asgi import Response, ask

TOKEN = "0123456789abcdef"
HOST = ("Host", "127.0.0.1:4001")
DASHBOARD = "http://localhost:4001"
PASSED = Response(200, [(b"x-app", b"1")], b"the app")


async def app(_scope: Scope, _receive: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": [(b"x-app", b"1")]})
    await send({"type": "http.response.body", "body": b"the app"})


def guarded(
    *headers: tuple[str, str],
    method: str = "GET",
    settings: Settings | None = None,
    bound_to: str = "127.0.0.1",
    same_origin: bool = True,
    extra: Sequence[tuple[bytes, bytes]] = (),
) -> Response:
    guard = Guard(
        app,
        settings or Settings(),
        bound_to=bound_to,
        same_origin=same_origin,
        headers=extra,
    )
    return asyncio.run(ask(guard, method, "/", headers=headers))


def refusal(
    status: int, code: str, message: str, field: str, *headers: tuple[bytes, bytes]
) -> Response:
    body = f'{{"error":{{"code":"{code}","message":"{message}","field":"{field}"}}}}'.encode()
    length = (b"content-length", b"%d" % len(body))
    return Response(status, [(b"content-type", b"application/json"), *headers, length], body)


@pytest.mark.parametrize(
    "host",
    [
        "localhost",
        "LOCALHOST:4001",
        "localhost:80",
        "127.0.0.1",
        "127.0.0.1:9",
        "[::1]:4001",
        "[::1]",
        "192.168.1.4:4001",
        "[fe80::1]:4001",
        "hook.example",
        "hook.example:4001",
        "bound.example",
    ],
)
def test_our_names_and_every_address_are_served(host: str) -> None:
    """An address is not resolved, so it cannot be rebound to us."""
    settings = Settings(allowed_hosts=("hook.example",))
    assert guarded(("Host", host), settings=settings, bound_to="bound.example") == PASSED


def test_the_machines_own_name_is_served_in_any_spelling(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Macs have names like `Anna-MacBook.local`; a browser sends them in lower case."""
    monkeypatch.setattr(socket, "gethostname", lambda: "Anna-MacBook.local")
    assert guarded(("Host", "anna-macbook.local:4001")) == PASSED
    assert guarded(("Host", "Anna-MacBook.local:4001")) == PASSED


@pytest.mark.parametrize("given", ["hook.example", "Hook.Example"])
def test_an_allowed_host_is_served_however_it_is_written(given: str) -> None:
    """Names of hosts know no case."""
    settings = Settings(allowed_hosts=("Hook.Example",))
    assert guarded(("Host", given), settings=settings) == PASSED


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "localhost.evil.example",
        "127.0.0.1.evil.example",
        "evil.example:4001",
        "1.2.3",
        "localhost@evil.example",
        "[evil.example]",
        "2130706433",
    ],
)
def test_a_foreign_host_is_refused(host: str) -> None:
    """It is what DNS rebinding looks like: a name of theirs that resolves to this machine."""
    assert guarded(("Host", host)) == refusal(
        403, "forbidden_host", f"{host} is not served here", "Host"
    )


@pytest.mark.parametrize("headers", [[], [("Host", "")]])
def test_no_host_is_refused(headers: list[tuple[str, str]]) -> None:
    """Without one a rebound name cannot be recognised."""
    assert guarded(*headers) == refusal(403, "forbidden_host", "no host is not served here", "Host")


@pytest.mark.parametrize(
    "origin",
    [
        "http://localhost:4001",
        "http://127.0.0.1:4001",
        "http://[::1]:4001",
        "https://hook.example",
    ],
)
@pytest.mark.parametrize("same_origin", [True, False])
def test_the_dashboards_origins_are_let_in(origin: str, *, same_origin: bool) -> None:
    """The dashboard may be opened by any of this machine's names, and posts none of them guess."""
    settings = Settings(allowed_origins=("https://hook.example",))
    answer = guarded(
        ("Host", "localhost:4000"), ("Origin", origin), settings=settings, same_origin=same_origin
    )
    ours = origin != "https://hook.example"
    allowed = [
        (b"access-control-allow-origin", origin.encode()),
        *([(b"access-control-allow-credentials", b"true")] if ours else []),
        (b"vary", b"Origin"),
    ]
    assert answer == Response(200, [*PASSED.headers, *allowed], PASSED.body)


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_page_of_our_own_origin_is_allowed_on_any_port(scheme: str) -> None:
    """A tunnel or a proxy changes both."""
    origin = ("Origin", f"{scheme}://127.0.0.1:9999")
    assert guarded(("Host", "127.0.0.1:9999"), origin) == PASSED
    assert guarded(("Host", "127.0.0.1:9999"), origin, same_origin=False).status == 403


@pytest.mark.parametrize(
    "origin",
    [
        "null",
        "https://evil.example",
        "http://localhost",
        "http://localhost:4002",
        "http://localhost:3000",
        "https://localhost:4001",
        "http://evil.example:4001",
        "http://localhost:4001.evil.example",
        "file://",
        "",
        "chrome-extension://abcdef",
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST", "OPTIONS"])
def test_a_foreign_origin_is_refused(origin: str, method: str) -> None:
    """Any page that is open in the browser could post events or read prompts otherwise."""
    expected = refusal(403, "forbidden_origin", f"{origin} may not use Hookwatch", "Origin")
    asked = ("Access-Control-Request-Method", "POST")
    headers = [HOST, ("Origin", origin), *([asked] if method == "OPTIONS" else [])]
    assert guarded(*headers, method=method) == expected


def test_a_preflight_of_the_dashboard_is_answered_without_a_token() -> None:
    """Browsers send none with it; the request that follows must have it."""
    answer = guarded(
        HOST,
        ("Origin", DASHBOARD),
        ("Access-Control-Request-Method", "POST"),
        method="OPTIONS",
        settings=Settings(token=TOKEN),
        extra=[(b"x-extra", b"1")],
    )
    assert answer == Response(
        204,
        [
            (b"x-extra", b"1"),
            (b"access-control-allow-origin", DASHBOARD.encode()),
            (b"access-control-allow-credentials", b"true"),
            (b"vary", b"Origin"),
            (b"access-control-allow-methods", b"GET, POST"),
            (
                b"access-control-allow-headers",
                b"Authorization, Content-Type, Last-Event-ID, X-Event-Id",
            ),
            (b"access-control-max-age", b"600"),
        ],
        b"",
    )


@pytest.mark.parametrize(
    "header",
    [
        ("Authorization", f"Bearer {TOKEN}"),
        ("Authorization", f"bearer  {TOKEN} "),
        ("Cookie", f"hookwatch_token={TOKEN}"),
        ("Cookie", f'a=1; hookwatch_token="{TOKEN}"; b=2'),
    ],
)
def test_the_token_lets_in(header: tuple[str, str]) -> None:
    """Programs send the header; a browser cannot put one on a stream, so it has the cookie."""
    assert guarded(HOST, header, settings=Settings(token=TOKEN)) == PASSED


@pytest.mark.parametrize(
    "header",
    [
        ("X-Nothing", "1"),
        ("Authorization", "Bearer "),
        ("Authorization", "Bearer wrong"),
        ("Authorization", f"Bearer {TOKEN}x"),
        ("Authorization", f"Bearer {TOKEN[:-1]}"),
        ("Authorization", TOKEN),
        ("Authorization", f"Basic {TOKEN}"),
        ("Authorization", "Bearer \xff"),
        ("Cookie", "hookwatch_token=wrong"),
        ("Cookie", f"other={TOKEN}"),
        ("Cookie", "hookwatch_token"),
        ("Cookie", "\x00;=;=\xff"),
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST", "OPTIONS"])
def test_without_the_token_a_request_is_refused(header: tuple[str, str], method: str) -> None:
    """The answer contains what to send, for a person will read it in a terminal."""
    expected = refusal(
        401,
        "unauthorized",
        "send the token as 'Authorization: Bearer …'; in a browser open /?token=… once",
        "Authorization",
        (b"www-authenticate", b"Bearer"),
    )
    assert guarded(HOST, header, method=method, settings=Settings(token=TOKEN)) == expected


def test_a_known_origin_may_read_its_refusal() -> None:
    """Without these headers the browser would show its script nothing but a failure."""
    answer = guarded(HOST, ("Origin", DASHBOARD), settings=Settings(token=TOKEN))
    assert answer.status == 401
    assert (b"access-control-allow-origin", DASHBOARD.encode()) in answer.headers


def test_the_host_is_checked_first() -> None:
    """Otherwise a rebound page could test tokens."""
    answer = guarded(
        ("Host", "evil.example"),
        ("Origin", "http://evil.example"),
        ("Authorization", f"Bearer {TOKEN}"),
        settings=Settings(token=TOKEN),
    )
    assert answer == refusal(403, "forbidden_host", "evil.example is not served here", "Host")


def test_headers_of_our_own_are_on_every_answer() -> None:
    """A policy that is missing from the refusals protects only those who are let in."""
    extra = [(b"x-policy", b"strict")]
    assert guarded(HOST, extra=extra).headers == [*PASSED.headers, *extra]
    assert extra[0] in guarded(("Host", "evil.example"), extra=extra).headers
    assert extra[0] in guarded(HOST, settings=Settings(token=TOKEN), extra=extra).headers


def test_the_lifespan_passes_unasked() -> None:
    """It comes from the server itself, and has no headers."""
    seen: list[str] = []

    async def inner(scope: Scope, _receive: Receive, _send: Send) -> None:
        seen.append(scope["type"])

    async def receive() -> Message:
        return {"type": "lifespan.startup"}

    async def send(_message: Message) -> None:
        return None

    guard = Guard(inner, Settings(token=TOKEN), bound_to="127.0.0.1", same_origin=True)
    asyncio.run(guard({"type": "lifespan"}, receive, send))
    assert seen == ["lifespan"]
