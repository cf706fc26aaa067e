"""Sign a browser in by a code instead of the token: every user can read a command line.

In: a request for a code, with the token. Out: a code that is valid once, for a minute. Codes are
kept in the memory of the process that issued them.
"""

import hmac
import secrets
import time
from collections.abc import Callable
from typing import Final

CODE_SECONDS: Final = 60
MAX_CODES: Final = 32


class SignInCodes:
    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._expires: dict[str, float] = {}

    def issue(self) -> str:
        """Return a new code; the oldest of too many expires."""
        self._delete_expired()
        while len(self._expires) >= MAX_CODES:
            del self._expires[next(iter(self._expires))]
        code = secrets.token_urlsafe(32)
        self._expires[code] = self._clock() + CODE_SECONDS
        return code

    def redeem(self, offered: str) -> bool:
        """Use a code; return False if it is unknown, used or expired."""
        self._delete_expired()
        # All are compared, each in constant time: the duration reveals nothing about any code.
        given = offered.encode()
        matching = [it for it in self._expires if hmac.compare_digest(it.encode(), given)]
        for code in matching:
            del self._expires[code]
        return bool(matching)

    def _delete_expired(self) -> None:
        now = self._clock()
        self._expires = {code: until for code, until in self._expires.items() if until > now}
