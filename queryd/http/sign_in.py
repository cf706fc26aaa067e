"""Issue a code that signs a browser in: `POST /api/sign-in-codes`.

In: the token, which the guard has checked. Out: a code for `/?code=…`, which the guard redeems.
"""

import msgspec
from litestar import post
from litestar.di import NamedDependency

from queryd.http.openapi import REFUSED
from shared.settings import Settings
from shared.sign_in import CODE_SECONDS, SignInCodes


class SignInCode(msgspec.Struct, frozen=True):
    """Carry a code that signs a browser in, once."""

    code: str | None
    """Null where no token is set: there is nothing to sign in to."""
    expires_in_ms: int | None


@post("/api/sign-in-codes", responses=REFUSED)
async def issue_sign_in_code(
    settings: NamedDependency[Settings], codes: NamedDependency[SignInCodes]
) -> SignInCode:
    """Issue a code that signs a browser in: opened as `/?code=…`, it becomes a cookie.

    It is good once, for a minute, at the process that issued it. Unlike the token, it may stand on
    a command line and in a browser's history.
    """
    if settings.token is None:
        return SignInCode(None, None)
    return SignInCode(codes.issue(), CODE_SECONDS * 1_000)
