"""Draw the results of tools: sizes, durations, error messages."""

import re
from math import exp
from random import Random
from statistics import NormalDist
from typing import Final

from bench.generator.texts import WorldTexts, pick

STEPS: Final = 4_096


class LogNormal:
    """Draw numbers of which most are small and a few are large: log-normal, from a table."""

    def __init__(self, median: float, sigma: float, *, least: float = 1, most: float) -> None:
        normal = NormalDist()
        self._table = [
            int(min(max(median * exp(sigma * normal.inv_cdf((step + 0.5) / STEPS)), least), most))
            for step in range(STEPS)
        ]

    def draw(self, rng: Random) -> int:
        """Return the next number."""
        return self._table[int(rng.random() * STEPS)]


def failure(rng: Random, texts: WorldTexts) -> str:
    """Return how a command fails, as Claude Code words it."""
    message = worded(FAILURES, rng, texts)
    return message if rng.random() < 0.4 else rf"{message}\n{texts.output.cut(rng, 300)}"


def worded(kinds: tuple[str, ...], rng: Random, texts: WorldTexts) -> str:
    """Return one of some messages, filled in."""
    return HOLE.sub(lambda hole: _filling(hole[0], rng, texts), pick(rng, kinds))


def _filling(hole: str, rng: Random, texts: WorldTexts) -> str:
    if hole == "%d":
        return str(int(rng.random() * 3_000) + 1)
    if hole == "%x":
        return f"{rng.getrandbits(28):07x}"
    return pick(rng, texts.names)


OUTPUT_SIZE: Final = LogNormal(310, 1.75, least=12, most=30_000)
"""Claude Code cuts a command's output at 30,000 letters."""
FILE_SIZE: Final = LogNormal(1_250, 1.2, least=60, most=60_000)
FOUND_SIZE: Final = LogNormal(240, 1.5, least=20, most=16_000)
PROMPT_SIZE: Final = LogNormal(130, 1.1, least=12, most=9_000)
ANSWER_SIZE: Final = LogNormal(420, 0.8, least=20, most=6_000)
CHANGE_SIZE: Final = LogNormal(120, 1.0, least=10, most=4_000)
GIANT_SIZE: Final = LogNormal(330_000, 0.25, least=250_000, most=700_000)

COMMAND_MS: Final = LogNormal(420, 2.0, least=4, most=600_000)
QUICK_MS: Final = LogNormal(14, 0.9, least=1, most=2_000)
SEARCH_MS: Final = LogNormal(45, 0.9, least=4, most=9_000)
FETCH_MS: Final = LogNormal(1_400, 0.8, least=80, most=60_000)
SERVER_MS: Final = LogNormal(240, 1.2, least=5, most=120_000)

HOLE: Final = re.compile("%[sdx]")
FAILURES: Final = (
    r"Exit code 1\nnpm ERR! code ELIFECYCLE\nnpm ERR! errno %d\nnpm ERR! %s@1.%d.0 test: `vitest`",
    r"Exit code 1\nE   AssertionError: assert %d == %d\n%d failed, %d passed in 12.%ds",
    r"Exit code 124\nThe command timed out after %ds: timeout",
    r"Command timed out after 2m 0s: timeout waiting for %s (pid %d)",
    r"Exit code 2\nmake: *** [Makefile:%d: %s] Error %d",
    r"Exit code 128\nfatal: pathspec 'src/%s/%s.py' did not match any files",
    r"Exit code 1\nCONFLICT (content): Merge conflict in src/%s/%s.ts at %x",
    r"Exit code 127\n/bin/bash: line %d: %s: command not found",
    r"Exit code 1\nModuleNotFoundError: No module named '%s.%s'",
    r"Exit code 1\nImportError: cannot import name '%s' from '%s'",
    r"Exit code 1\nTypeError: %s() takes %d positional arguments but %d were given",
    r"Exit code 1\nKeyError: '%s'\n  File \"src/%s/%s.py\", line %d",
    r"Exit code 1\nerror TS2345: Argument of type '%s' is not assignable to '%s' (%d,%d)",
    r"Exit code 2\nsrc/%s/%s.ts(%d,%d): error TS2304: Cannot find name '%s'.",
    r"Exit code 1\nsrc/%s/%s.py:%d:%d: F401 `%s` imported but unused",
    r"Exit code 7\ncurl: (7) Failed to connect to 127.0.0.1 port %d: Connection refused",
    r"Exit code 28\ncurl: (28) Operation timed out after %d milliseconds: timeout",
    r"Exit code 1\nError: connect ECONNREFUSED 127.0.0.1:%d",
    r"Exit code 1\npsycopg.errors.UndefinedColumn: column \"%s\" of \"%s\" does not exist",
    r"Exit code 1\nsqlite3.OperationalError: database is locked (%s, attempt %d)",
    r"Exit code 137\nKilled: %s used %d MB of memory",
    r"Exit code 1\nError response from daemon: container %x%x is not running",
    r"Exit code 101\nerror[E0308]: mismatched types --> src/%s/%s.rs:%d:%d",
    r"Exit code 1\nPermissionError: [Errno 13] Permission denied: '/var/lib/%s/%s'",
    r"Exit code 1\nFileNotFoundError: [Errno 2] No such file or directory: 'data/%s-%d.json'",
    r"Exit code 1\nENOSPC: no space left on device, write %s (%d bytes)",
    r"Exit code 1\nUnicodeDecodeError: 'utf-8' codec can't decode byte 0x%d at position %d",
    r"Exit code 1\nERROR: Could not find a version that satisfies %s==%d.%d",
    r"Exit code 1\nremote: Permission to %s.git denied\nfatal: HTTP 403 at %x",
    r"Exit code 1\n! [rejected] %s -> %s (non-fast-forward) %x..%x",
    r"Exit code 139\nSegmentation fault (core dumped) %s pid %d",
    r"Exit code 1\nRecursionError: maximum recursion depth exceeded in %s (%d)",
)
FETCH_FAILURES: Final = (
    "getaddrinfo ENOTFOUND docs.%s.dev",
    "Request failed with status code %d: %s",
    "timeout of %d ms exceeded",
    "certificate of %s.example.com has expired",
)
SERVER_FAILURES: Final = (
    "MCP error -%d: %s not found: %s",
    "MCP error -32001: Request timed out after %d ms: timeout",
    "%s: rate limit reached, try again in %d s",
)
