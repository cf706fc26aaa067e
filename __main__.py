"""Run `hookwatch`, or one of its daemons: `hookwatch ingestd`, `hookwatch queryd`.

The folder of this file is the project's, or `_hookwatch` in an installed wheel. It comes first on
the path of our own processes: other packages called `shared` or `connect` are not ours.
"""

import importlib
import sys
from pathlib import Path
from typing import Final

ROOT: Final = str(Path(__file__).resolve().parent)
DAEMONS: Final = ("ingestd", "queryd")


def main() -> int | None:
    """Return the exit code."""
    if sys.path[0] != ROOT:
        sys.path.insert(0, ROOT)
    # Without `connect`: ingestd does not load what only commands need.
    package = sys.argv.pop(1) if sys.argv[1:2] and sys.argv[1] in DAEMONS else "connect"
    if package in DAEMONS:
        _attach_to_supervisor(package)
    code: int | None = importlib.import_module(f"{package}.__main__").main()
    return code


def _attach_to_supervisor(name: str) -> None:
    from shared import supervised  # noqa: PLC0415 - `main` makes it importable

    if sys.argv[1:2] == [supervised.OPTION]:
        supervised.attach(name, int(sys.argv[2]))
        del sys.argv[1:3]


if __name__ == "__main__":
    sys.exit(main())
