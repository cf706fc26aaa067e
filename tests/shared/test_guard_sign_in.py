"""Sign in with a browser, which can send no header with a page or a stream."""

import asyncio
import hashlib
import json
from collections.abc import Sequence
from typing import Any

import pytest

from shared.guard import Guard, Message, Receive, Scope, Send
from shared.settings import Settings
from shared.sign_in import CODE_SECONDS, MAX_CODES, SignInCodes

TOKEN = "a-token-of-enough-characters"
COOKIE = f"hookwatch_token_{hashlib.sha256(TOKEN.encode()).hexdigest()[:8]}"


class Clock:
    """Stand still until moved."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        """Return the time."""
        return self.now


def answer_to(
    query: str,
    path: str = "/events",
    *,
    method: str = "GET",
    same_origin: bool = True,
    codes: SignInCodes | None = None,
    cookies: Sequence[str] = (),
    token: str | None = TOKEN,
) -> dict[Any, Any]:
    """Return the start and the body of the answer to a request, its headers as a dict."""
    sent: list[Message] = []

    async def app(_scope: Scope, _receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})

    async def receive() -> Message:
        return {"type": "http.request"}

    async def send(message: Message) -> None:
        sent.append(message)

    guard = Guard(
        app,
        Settings(token=token),
        bound_to="127.0.0.1",
        same_origin=same_origin,
        codes=codes,
    )
    scope = {"type": "http", "method": method, "path": path, "query_string": query.encode()}
    headers = [(b"host", b"127.0.0.1:4001"), *((b"cookie", it.encode()) for it in cookies)]
    asyncio.run(guard({**scope, "headers": headers}, receive, send))
    body = b"".join(it.get("body", b"") for it in sent[1:])
    return {"status": sent[0]["status"], "body": body, **dict(sent[0]["headers"])}


def test_the_token_in_the_address_becomes_a_cookie_and_leaves_the_address() -> None:
    """An address is shared and kept in histories; a cookie no script can read is not."""
    answer = answer_to(f"token={TOKEN}")
    assert answer["status"] == 303
    assert answer[b"location"] == b"/events"
    cookie = f"{COOKIE}={TOKEN}; Path=/; HttpOnly; SameSite=Strict"
    assert answer[b"set-cookie"] == cookie.encode()


def test_it_never_leads_to_another_host() -> None:
    """Two slashes at the start of a location name a host."""
    assert answer_to(f"token={TOKEN}", "//evil.example/x")[b"location"] == b"/evil.example/x"


@pytest.mark.parametrize("query", ["", "token=", "token=a-token-of-enough-characterS"])
def test_a_wrong_token_does_not_sign_in(query: str) -> None:
    """The whole log lies behind it."""
    answer = answer_to(query)
    assert answer["status"] == 401
    assert b"set-cookie" not in answer


def test_ingestd_serves_no_page_to_sign_in_at() -> None:
    """Its senders have headers."""
    assert answer_to(f"token={TOKEN}", same_origin=False)["status"] == 401


@pytest.mark.parametrize(
    "cookies",
    [
        [f'a={{"x":1}}; {COOKIE}={TOKEN}'],
        [f'{COOKIE}={TOKEN}; a={{"x":1}}'],
        [f"a b=c; é=ü; =; ;;x; {COOKIE}={TOKEN}"],
        [f"{COOKIE}=wrong; {COOKIE}={TOKEN}"],
        [f"{COOKIE}={TOKEN}; {COOKIE}=wrong"],
        [f'{COOKIE}="{TOKEN}"'],
        [f"  {COOKIE} = {TOKEN} "],
        [f"a=1;{COOKIE}={TOKEN}"],
        ["a=1", f"{COOKIE}={TOKEN}", "b=2"],
        [f"hookwatch_token={TOKEN}"],
    ],
)
def test_cookies_of_other_sites_on_the_host_sign_no_one_out(cookies: list[str]) -> None:
    """Every server of a host sets cookies for all its ports, as it likes."""
    assert answer_to("", cookies=cookies)["status"] == 200


@pytest.mark.parametrize(
    "cookies",
    [
        [f"x{COOKIE}={TOKEN}"],
        [f"{COOKIE}x={TOKEN}"],
        [f"{COOKIE.upper()}={TOKEN}"],
        [f"a={COOKIE}={TOKEN}"],
        [f"{COOKIE}={TOKEN}x"],
        [f"{COOKIE}"],
        [f"{COOKIE}="],
        ["hookwatch_token_00000000=" + TOKEN],
    ],
)
def test_only_a_cookie_of_our_name_with_the_token_signs_in(cookies: list[str]) -> None:
    """A part of either is not enough."""
    assert answer_to("", cookies=cookies)["status"] == 401


def test_two_tokens_on_one_host_have_two_cookies() -> None:
    """A browser that signs in at one port must not be signed out at another."""
    other = "another-token-of-a-second-instance"
    names = {
        answer_to(f"token={token}", token=token)[b"set-cookie"].partition(b"=")[0]
        for token in (TOKEN, other)
    }
    assert len(names) == 2


def test_a_code_signs_in_once() -> None:
    """It stood on a command line: who read it there comes too late."""
    codes = SignInCodes()
    code = codes.issue()
    answer = answer_to(f"code={code}", "/", codes=codes)
    assert (answer["status"], answer[b"location"]) == (303, b"/")
    assert answer[b"set-cookie"].decode().startswith(f"{COOKIE}={TOKEN};")
    again = answer_to(f"code={code}", "/", codes=codes)
    assert again["status"] == 401
    assert b"set-cookie" not in again
    assert json.loads(again["body"])["error"]["code"] == "code_expired"
    signed_in = answer_to(f"code={code}", "/", codes=codes, cookies=[f"{COOKIE}={TOKEN}"])
    assert signed_in["status"] == 200


def test_a_code_is_good_for_a_minute() -> None:
    """Found in a log later, it is of no use."""
    clock = Clock()
    codes = SignInCodes(clock)
    first, second = codes.issue(), codes.issue()
    clock.now += CODE_SECONDS - 0.1
    assert answer_to(f"code={first}", codes=codes)["status"] == 303
    clock.now += 0.1
    assert answer_to(f"code={second}", codes=codes)["status"] == 401


def test_only_so_many_codes_are_good_at_a_time() -> None:
    """A script that asks in a loop must not fill the memory."""
    codes = SignInCodes()
    issued = [codes.issue() for _ in range(MAX_CODES + 1)]
    assert len(set(issued)) == len(issued)
    assert not codes.redeem(issued[0])
    assert all(codes.redeem(code) for code in issued[1:])


@pytest.mark.parametrize("query", ["code=", "code=x", "code=%ff", "code", f"code={TOKEN}"])
def test_a_wrong_code_does_not_sign_in(query: str) -> None:
    """The whole log lies behind it."""
    codes = SignInCodes()
    codes.issue()
    answer = answer_to(query, codes=codes)
    assert answer["status"] == 401
    assert b"set-cookie" not in answer


def test_a_preview_of_a_link_does_not_spend_its_code() -> None:
    """Programs that show previews ask with HEAD."""
    codes = SignInCodes()
    code = codes.issue()
    assert answer_to(f"code={code}", method="HEAD", codes=codes)["status"] == 401
    assert answer_to(f"code={code}", codes=codes)["status"] == 303
