"""Exit with 0 if both daemons of this container are healthy, else with 1 and a line for each."""

import os
import sys
import urllib.request
from pathlib import Path

CHECKS = (("INGEST", 4000, "/health"), ("QUERY", 4001, "/api/health"))
TIMEOUT_S = 4


def main() -> int:
    token = _token()
    problems = []
    for name, default, path in CHECKS:
        port = os.environ.get(f"HOOKWATCH_{name}_PORT") or default
        request = urllib.request.Request(f"http://127.0.0.1:{port}{path}")
        if token:
            request.add_header("Authorization", f"Bearer {token}")
        try:
            urllib.request.urlopen(request, timeout=TIMEOUT_S).close()  # noqa: S310
        except OSError as error:
            problems.append(f"port {port}: {error}")
    print(*problems or ["healthy"], sep="\n")
    return 1 if problems else 0


def _token() -> str:
    file = os.environ.get("HOOKWATCH_TOKEN_FILE")
    return Path(file).read_text("utf-8").strip() if file else os.environ.get("HOOKWATCH_TOKEN", "")


if __name__ == "__main__":
    sys.exit(main())
