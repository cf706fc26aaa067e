"""Run a module under a clock that another process sets.

`python -m bench.snapshot.clock FILE MODULE [ARGUMENT ...]`. In: a file with the time, which its
owner changes as it likes. Out: MODULE runs as with `python -m MODULE`, and reads the wall clock
from the file. Monotonic clocks are left alone, for timeouts must pass.
"""

import mmap
import runpy
import struct
import sys
import time
from pathlib import Path
from typing import Final

NANOSECONDS_PER_MS: Final = 1_000_000
_FORMAT: Final = struct.Struct("=q")


class SharedClock:
    """Share a time between processes, as nanoseconds in a file of eight bytes."""

    def __init__(self, path: Path) -> None:
        if not path.exists():
            path.write_bytes(bytes(_FORMAT.size))
        with path.open("r+b") as file:
            self._shared = mmap.mmap(file.fileno(), _FORMAT.size)

    def set_ms(self, now_ms: int) -> None:
        """Set the time in every process that runs under this clock."""
        _FORMAT.pack_into(self._shared, 0, now_ms * NANOSECONDS_PER_MS)

    def now_ns(self) -> int:
        """Return the time, like `time.time_ns`."""
        now: int = _FORMAT.unpack_from(self._shared)[0]
        return now


def main() -> None:
    """Replace the wall clock, then run the module as the main program."""
    path, module, *arguments = sys.argv[1:]
    clock = SharedClock(Path(path))
    time.time_ns = clock.now_ns
    time.time = lambda: clock.now_ns() / 1e9
    sys.argv = [module, *arguments]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
