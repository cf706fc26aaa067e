"""Issue a sign-in code for a browser: `POST /api/sign-in-codes`.

The guard has checked the token, and redeems the code at `/?code=…`.
"""

import msgspec
from litestar import post
from litestar.di import NamedDependency

from queryd.http.openapi import REFUSED
from shared.settings import Settings
from shared.sign_in import CODE_SECONDS, SignInCodes


class SignInCode(msgspec.Struct, frozen=True):
    """A single-use code that signs a browser in."""

    code: str | None
    """Null if no token is set, as no sign-in is needed."""
    expires_in_ms: int | None


@post("/api/sign-in-codes", responses=REFUSED)
async def issue_sign_in_code(
    settings: NamedDependency[Settings], codes: NamedDependency[SignInCodes]
) -> SignInCode:
    """Issue a code that signs a browser in: `/?code=…` exchanges it for a cookie.

    It is valid once, for a minute, at the process that issued it. Unlike the token, it may appear
    on a command line and in a browser's history.
    """
    if settings.token is None:
        return SignInCode(None, None)
    return SignInCode(codes.issue(), CODE_SECONDS * 1_000)
