"""Protect both daemons: refuse foreign hosts, foreign origins and missing tokens.

In: an ASGI request. Out: the same request to the app, or a refusal. A page of another site can
reach neither the log nor the events, not even by DNS rebinding.
"""

import hashlib
import hmac
import ipaddress
import socket
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import Any, Final
from urllib.parse import parse_qs, quote

from shared.errors import Refusal
from shared.settings import Settings
from shared.sign_in import SignInCodes

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]
Headers = list[tuple[bytes, bytes]]

TOKEN_COOKIE: Final = "hookwatch_token"  # noqa: S105 - a name, no secret
PREFLIGHT_SECONDS: Final = b"600"
KNOWN_HOSTS: Final = 64


class Guard:
    """Wrap an app; `same_origin` also admits pages that the app serves itself.

    Browsers of such an app sign in by `?token=…`, or by `?code=…` with one of `codes`: the answer
    sets a cookie and redirects to the same page without either.
    """

    def __init__(
        self,
        app: App,
        settings: Settings,
        *,
        bound_to: str,
        same_origin: bool,
        codes: SignInCodes | None = None,
        headers: Iterable[tuple[bytes, bytes]] = (),
    ) -> None:
        self._app = app
        named = ("localhost", bound_to, socket.gethostname(), *settings.allowed_hosts)
        self._hosts = {name.lower() for name in named}
        self._known_hosts: set[bytes] = set()
        """Host headers that were accepted: nearly every request has the same one."""
        self._own_origins = dashboard_origins(settings)
        self._origins = {*self._own_origins, *settings.allowed_origins}
        self._token = settings.token
        self._cookie_names = _cookie_names(settings.token or "")
        self._same_origin = same_origin
        self._codes = codes
        self._headers = list(headers)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer it with a refusal."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        given: dict[bytes, bytes] = dict(scope["headers"])
        extra = list(self._headers)
        try:
            self._check_host(given)
            extra += self._cross_origin(given)
            if scope["method"] == "OPTIONS" and b"access-control-request-method" in given:
                await _answer(send, 204, extra + _PREFLIGHT)
                return
            if self._same_origin and (cookie := self._sign_in(scope)):
                # One leading slash: two would be another host.
                location = "/" + quote(scope["path"].lstrip("/"))
                await _answer(send, 303, [*extra, (b"location", location.encode()), cookie])
                return
            self._check_token(given, scope)
        except Refusal as refusal:
            await answer_refusal(send, refusal, extra)
            return
        await self._app(scope, receive, _with_headers(send, extra) if extra else send)

    def _check_host(self, given: dict[bytes, bytes]) -> None:
        header = given.get(b"host", b"")
        if header in self._known_hosts:
            return
        host = header.decode("latin-1")
        name = _host_name(host)
        if name not in self._hosts and not _is_address(name):
            raise Refusal(403, "forbidden_host", f"{host or 'no host'} is not served here", "Host")
        if len(self._known_hosts) < KNOWN_HOSTS:
            self._known_hosts.add(header)

    def _cross_origin(self, given: dict[bytes, bytes]) -> Headers:
        """Return the CORS headers a known foreign origin needs; refuse unknown origins."""
        origin = given.get(b"origin")
        if origin is None:
            return []
        text = origin.decode("latin-1")
        if self._same_origin and text.partition("://")[2].encode("latin-1") == given[b"host"]:
            return []
        if text in self._origins:
            # Only the dashboard itself may send the cookie.
            own = [_WITH_COOKIE] if text in self._own_origins else []
            return [(b"access-control-allow-origin", origin), *own, (b"vary", b"Origin")]
        raise Refusal(403, "forbidden_origin", f"{text} may not use Hookwatch", "Origin")

    def _sign_in(self, scope: Scope) -> tuple[bytes, bytes] | None:
        """Return a cookie for `?token=…` or `?code=…`: a page or a stream cannot send a header."""
        if self._token is None:
            return None
        offered = _query(scope, "token")
        if not _same(offered, self._token) and not self._redeem(scope):
            return None
        cookie = f"{self._cookie_names[0]}={self._token}; Path=/; HttpOnly; SameSite=Strict"
        return b"set-cookie", cookie.encode()

    def _redeem(self, scope: Scope) -> bool:
        # Only GET: a link preview (HEAD) must not use the code.
        if self._codes is None or scope["method"] != "GET":
            return False
        return self._codes.redeem(_query(scope, "code"))

    def _check_token(self, given: dict[bytes, bytes], scope: Scope) -> None:
        if self._token is None:
            return
        for offered in _offered_tokens(given, scope, self._cookie_names):
            if _same(offered, self._token):
                return
        if self._codes is not None and _query(scope, "code"):
            raise Refusal(
                401,
                "code_expired",
                "this link works once, within a minute; run `hookwatch open` again",
                "code",
            )
        raise Refusal(
            401,
            "unauthorized",
            "send the token as 'Authorization: Bearer …'; in a browser open /?token=… once",
            "Authorization",
        )


def dashboard_origins(settings: Settings) -> set[str]:
    """Return the origins the dashboard has on this machine."""
    hosts = {"localhost", "127.0.0.1", "[::1]", settings.query_host}
    return {f"http://{host}:{settings.query_port}" for host in hosts}


async def answer_refusal(send: Send, refusal: Refusal, headers: Headers | None = None) -> None:
    extra = [(b"content-type", b"application/json"), *refusal.headers, *(headers or [])]
    if refusal.status == 401:
        extra.append((b"www-authenticate", b"Bearer"))
    await _answer(send, refusal.status, extra, refusal.body)


async def _answer(send: Send, status: int, headers: Headers, body: bytes = b"") -> None:
    if body or status != 204:
        headers = [*headers, (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def _with_headers(send: Send, extra: Headers) -> Send:
    async def send_with_headers(message: Message) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [*message.get("headers", ()), *extra]
        await send(message)

    return send_with_headers


def _host_name(host: str) -> str:
    """Return the name of a Host header: any port is accepted, for a tunnel may change it."""
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.partition(":")[0].lower()


def _is_address(name: str) -> bool:
    """Return whether a host is an IP address, which DNS rebinding cannot use."""
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _same(offered: str, token: str) -> bool:
    return hmac.compare_digest(offered.encode(), token.encode())


def _query(scope: Scope, name: str) -> str:
    query: bytes = scope["query_string"]
    return parse_qs(query.decode("latin-1")).get(name, [""])[-1]


def _cookie_names(token: str) -> tuple[str, str]:
    """Return the accepted names of a token's cookie, first the one that is set.

    Cookies are shared by all ports of a host: with one name two Hookwatches with different tokens
    would sign each other's browsers out. The port cannot be in the name, for a tunnel changes it.
    The second name is of earlier versions.
    """
    return f"{TOKEN_COOKIE}_{hashlib.sha256(token.encode()).hexdigest()[:8]}", TOKEN_COOKIE


def _offered_tokens(
    given: dict[bytes, bytes], scope: Scope, cookie_names: tuple[str, str]
) -> Iterable[str]:
    scheme, _, token = given.get(b"authorization", b"").decode("latin-1").partition(" ")
    if scheme.lower() == "bearer":
        yield token.strip()
    # Not `SimpleCookie`: it stops at the first invalid cookie, and any other server on this host
    # may have set one. A proxy may pass several headers.
    cookies = b";".join(value for name, value in scope["headers"] if name == b"cookie")
    for pair in cookies.decode("latin-1").split(";"):
        name, _, value = pair.partition("=")
        if name.strip() in cookie_names:
            yield value.strip().removeprefix('"').removesuffix('"')


_WITH_COOKIE: Final = (b"access-control-allow-credentials", b"true")
_PREFLIGHT: Final[Headers] = [
    (b"access-control-allow-methods", b"GET, POST"),
    (b"access-control-allow-headers", b"Authorization, Content-Type, Last-Event-ID, X-Event-Id"),
    (b"access-control-max-age", PREFLIGHT_SECONDS),
]
