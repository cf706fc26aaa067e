"""Run a daemon as a child of `hookwatch up`.

In: the descriptor of its listening socket, and a pipe at stdin that closes when the parent ends.
Out: the socket is passed as a service manager passes it, and SIGTERM follows the parent's end.
"""

import os
import signal
import socket
import threading
from typing import Final, Literal

from shared.inherited_sockets import FIRST_DESCRIPTOR

Restarter = Literal["up", "service"]
OPTION: Final = "--supervised"
"""Followed by the descriptor, on a daemon's command line."""


def attach(name: str, descriptor: int) -> None:
    """Call it before anything else opens a file."""
    if descriptor != FIRST_DESCRIPTOR:
        os.dup2(descriptor, FIRST_DESCRIPTOR)
        os.close(descriptor)
    _ATTACHED.set()
    os.environ |= {"LISTEN_PID": str(os.getpid()), "LISTEN_FDS": "1", "LISTEN_FDNAMES": name}
    threading.Thread(target=_end_with_parent, daemon=True).start()


def restarter(inherited: socket.socket | None) -> Restarter | None:
    """Return what starts this daemon again when it ends; None where that is not known.

    A service manager that passes no socket is not noticed.
    """
    if _ATTACHED.is_set():
        return "up"
    return None if inherited is None else "service"


def _end_with_parent() -> None:
    while os.read(0, 1):
        pass
    os.kill(os.getpid(), signal.SIGTERM)


_ATTACHED: Final = threading.Event()
