"""Start daemons by a fork of a process that has imported them already.

To start Python and import a daemon takes it half a second of CPU, a fork some milliseconds, and the
suite starts hundreds. What runs is the daemon's own `main`, in a process of its own, as after
`python -m`. In: a name and an environment. Out: what `subprocess.Popen` offers, as far as it is
used. Where there is no Linux, `subprocess` it is.
"""

import atexit
import importlib
import json
import os
import select
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
import traceback
from pathlib import Path
from types import FrameType
from typing import Final, NoReturn, Protocol

ROOT: Final = Path(__file__).resolve().parent.parent
DAEMONS: Final = ("ingestd", "queryd")
WHEN_SERVING: Final = (
    "anyio._backends._asyncio",
    "encodings.idna",
    "uvicorn.lifespan.on",
    "uvicorn.loops.uvloop",
    "uvicorn.protocols.http.httptools_impl",
    "uvicorn.protocols.websockets.auto",
    "uvloop",
)
"""What a daemon imports only once it serves, and each fork would import anew."""
NUMBER: Final = struct.Struct("=i")
MAX_BYTES: Final = 128 * 1024
FORKS: Final = sys.platform == "linux"


class Process(Protocol):
    """Be a running daemon."""

    @property
    def pid(self) -> int:
        """Return the process's id."""

    @property
    def returncode(self) -> int | None:
        """Return the exit code or the negated signal, once `poll` or `communicate` saw the end."""

    def poll(self) -> int | None:
        """Return the exit code if it has ended."""

    def send_signal(self, sig: int) -> None:
        """Send a signal, if it still runs."""

    def kill(self) -> None:
        """Kill -9."""

    def communicate(self, *, timeout: float | None = None) -> tuple[bytes | None, bytes]:
        """Wait for the end and return what was written to stderr; raise TimeoutExpired."""


def start(name: str, environment: dict[str, str]) -> Process:
    """Start a daemon."""
    if FORKS:
        return _server().start(name, environment)
    return subprocess.Popen(
        [sys.executable, "-m", name], cwd=ROOT, env=environment, stderr=subprocess.PIPE
    )


class _Forked:
    """Hold a daemon that the server forked."""

    def __init__(self, name: str, pid: int, stderr: int, status: int) -> None:
        self._name = name
        self.pid = pid
        self.returncode: int | None = None
        self._stderr = stderr
        self._status = status
        self._written = b""

    def poll(self) -> int | None:
        if self.returncode is None and select.select([self._status], [], [], 0)[0]:
            self._note_end()
        return self.returncode

    def send_signal(self, sig: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, sig)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def communicate(self, *, timeout: float | None = None) -> tuple[bytes | None, bytes]:
        end = None if timeout is None else time.monotonic() + timeout
        while self._stderr >= 0 or self.returncode is None:
            left = None if end is None else max(0.0, end - time.monotonic())
            wanted = [self._stderr] if self._stderr >= 0 else [self._status]
            if not select.select(wanted, [], [], left)[0]:
                raise subprocess.TimeoutExpired(self._name, timeout or 0, stderr=self._written)
            if self._stderr < 0:
                self._note_end()
            elif piece := os.read(self._stderr, MAX_BYTES):
                self._written += piece
            else:
                os.close(self._stderr)
                self._stderr = -1
        return None, self._written

    def __del__(self) -> None:
        for descriptor in (self._stderr, self._status):
            if descriptor >= 0:
                os.close(descriptor)

    def _note_end(self) -> None:
        self.returncode = NUMBER.unpack(os.read(self._status, NUMBER.size))[0]
        os.close(self._status)
        self._status = -1


class _ForkServer:
    """Own the server; it ends with this process, and its daemons with it."""

    def __init__(self) -> None:
        self._asking = threading.Lock()
        self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self._server = subprocess.Popen(
                [sys.executable, "-m", "tests.forked", str(theirs.fileno())],
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
            )
        atexit.register(self.close)

    def start(self, name: str, environment: dict[str, str]) -> _Forked:
        stderr, their_stderr = os.pipe()
        status, their_status = os.pipe()
        request = json.dumps([name, environment]).encode()
        with self._asking:
            socket.send_fds(self._control, [request], [their_stderr, their_status])
            os.close(their_stderr)
            os.close(their_status)
            (pid,) = NUMBER.unpack(os.read(status, NUMBER.size))
        return _Forked(name, pid, stderr, status)

    def close(self) -> None:
        self._control.close()
        self._server.wait()


_THE_CLIENT: list[_ForkServer] = []


def _server() -> _ForkServer:
    if not _THE_CLIENT:
        _THE_CLIENT.append(_ForkServer())
    return _THE_CLIENT[0]


def _serve(control: socket.socket) -> None:
    """Fork a daemon for each request, and report how each ended, until the client closes."""
    mains = {name: importlib.import_module(f"{name}.__main__").main for name in DAEMONS}
    for module in WHEN_SERVING:
        importlib.import_module(module)
    _build_api_document()
    statuses: dict[int, int] = {}
    woken, wakes = os.pipe()
    os.set_blocking(woken, False)
    os.set_blocking(wakes, False)
    signal.signal(signal.SIGCHLD, _ignore)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C ends the tests, and their end this
    signal.set_wakeup_fd(wakes)
    while True:
        ready = select.select([control.fileno(), woken], [], [])[0]
        if woken in ready:
            os.read(woken, MAX_BYTES)
            _reap(statuses)
        if control.fileno() not in ready:
            continue
        request, descriptors, _, _ = socket.recv_fds(control, MAX_BYTES, 2)
        if not request:
            break
        stderr, status = descriptors
        name, environment = json.loads(request)
        pid = os.fork()
        if pid == 0:
            _be(mains[name], name, environment, stderr)
        os.write(status, NUMBER.pack(pid))
        os.close(stderr)
        statuses[pid] = status
    for pid in statuses:
        os.kill(pid, signal.SIGKILL)


def _build_api_document() -> None:
    """Build the API's document for all queryds to come: it is most of the CPU of a start."""
    from litestar._openapi.plugin import OpenAPIPlugin  # noqa: PLC0415 - the server alone needs it

    from queryd.app import QueryApp  # noqa: PLC0415
    from shared.settings import read_settings  # noqa: PLC0415

    document = QueryApp(read_settings({})).litestar.openapi_schema
    OpenAPIPlugin.provide_openapi = lambda _plugin: document  # type: ignore[assignment, method-assign]
    assert threading.active_count() == 1, "a fork would hold locks of other threads"


def _reap(statuses: dict[int, int]) -> None:
    while statuses:
        pid, ended = os.waitpid(-1, os.WNOHANG)
        if pid == 0:
            return
        status = statuses.pop(pid)
        os.write(status, NUMBER.pack(os.waitstatus_to_exitcode(ended)))
        os.close(status)


def _be(main: "Main", name: str, environment: dict[str, str], stderr: int) -> NoReturn:
    """Run a daemon as `python -m` does, and end."""
    code = 1
    try:
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        os.dup2(stderr, 2)
        os.closerange(3, os.sysconf("SC_OPEN_MAX"))
        os.environ.clear()
        os.environ.update(environment)
        sys.argv = [name]
        main()
        code = 0
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 0 if end.code is None else 1
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


class Main(Protocol):
    """Be a daemon's `main`."""

    def __call__(self) -> None:
        """Run it."""


def _ignore(_signal: int, _frame: FrameType | None) -> None:
    pass


if __name__ == "__main__":
    _serve(socket.socket(fileno=int(sys.argv[1])))
