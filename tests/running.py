"""Start the real daemons on free ports over a folder of their own, and talk to them."""

import http.client
import itertools
import json
import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from tests import forked

ROOT = Path(__file__).resolve().parent.parent
SAMPLES = Path(__file__).resolve().parent / "samples"
DEADLINE_S = 60.0
"""How long to wait for what must happen: the end of a wait costs nothing unless it is reached."""
PORTS = range(20_000, 32_000)
"""Below those that systems give to outgoing connections."""

T = TypeVar("T")


class Answer(msgspec.Struct, frozen=True):
    """Hold one HTTP answer."""

    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        """Return the body's JSON."""
        return json.loads(self.body)


class DaemonProcess:
    """Run `python -m <name>` until stopped."""

    def __init__(self, name: str, port: int, environment: dict[str, str]) -> None:
        self.name = name
        self.port = port
        self._environment = environment
        self._process: forked.Process | None = None

    @property
    def pid(self) -> int:
        """Return the process id of the running daemon."""
        assert self._process is not None
        return self._process.pid

    def start(self) -> None:
        """Start, and wait until it answers: it accepts connections some time before that."""
        self.launch()
        wait_for(lambda: self._answers() or self._process_ended())

    def launch(self) -> None:
        """Start without waiting for anything."""
        self._process = forked.start(self.name, {**os.environ, **self._environment})

    def send(self, number: signal.Signals) -> None:
        """Send a signal that does not end it."""
        assert self._process is not None
        self._process.send_signal(number)

    def wait(self) -> int:
        """Wait until it ends by itself; return the exit code."""
        process, self._process = self._process, None
        assert process is not None
        _, self.stderr = process.communicate(timeout=DEADLINE_S)
        assert process.returncode is not None
        return process.returncode

    def kill(self) -> None:
        """Kill -9, and wait for its end."""
        self.end(signal.SIGKILL)

    def stop(self) -> int:
        """Stop as Ctrl-C and `hookwatch up` do; return the exit code."""
        return self.end(signal.SIGTERM)

    def end(self, number: signal.Signals) -> int:
        """Send a signal and wait for the end; nothing happens if it does not run."""
        process, self._process = self._process, None
        if process is None:
            return 0
        process.send_signal(number)
        try:
            _, self.stderr = process.communicate(timeout=DEADLINE_S)
        except subprocess.TimeoutExpired:
            process.kill()  # the test fails, and leaves nothing behind
            process.communicate()
            raise
        assert process.returncode is not None
        return process.returncode

    def ask(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        headers: dict[str, str] | None = None,
    ) -> Answer:
        """Send one request on a connection of its own."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=DEADLINE_S)
        try:
            connection.request(method, path, body=body, headers=headers or {})
            response = connection.getresponse()
            found = {name.lower(): value for name, value in response.getheaders()}
            return Answer(response.status, found, response.read())
        finally:
            connection.close()

    def get(self, path: str, **headers: str) -> Answer:
        """GET a path."""
        return self.ask("GET", path, headers=headers)

    def post(self, body: bytes | dict[str, Any] | list[Any], **headers: str) -> Answer:
        """POST a body to `/events`."""
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        return self.ask("POST", "/events", data, headers)

    def _answers(self) -> bool:
        try:
            return self.get("/health").status > 0
        except (OSError, http.client.HTTPException):
            return False

    def _process_ended(self) -> bool:
        assert self._process is not None
        if self._process.poll() is None:
            return False
        _, stderr = self._process.communicate()
        raise AssertionError(f"{self.name} ended with {self._process.returncode}: {stderr!r}")


class Hookwatch:
    """Hold both daemons over one data folder; neither runs until it is started."""

    def __init__(self, data: Path, settings: dict[str, str]) -> None:
        self.data = data
        # Not the developer's own: ingestd records the sessions that run there.
        claude = str(data.parent / "claude")
        self.environment = {"HOOKWATCH_DATA": str(data), "CLAUDE_CONFIG_DIR": claude, **settings}
        for name in ("HOOKWATCH_INGEST_PORT", "HOOKWATCH_QUERY_PORT"):
            self.environment.setdefault(name, str(free_ports(1)[0]))
        self.ingestd = self._daemon("ingestd", "HOOKWATCH_INGEST_PORT")
        self.queryd = self._daemon("queryd", "HOOKWATCH_QUERY_PORT")

    @property
    def log_path(self) -> Path:
        """Return where the log is."""
        return self.data / "events.db"

    def _daemon(self, name: str, port: str) -> DaemonProcess:
        return DaemonProcess(name, int(self.environment[port]), self.environment)


@contextmanager
def hookwatch(data: Path, *names: str, **settings: str) -> Iterator[Hookwatch]:
    """Run the named daemons (both when none is named); end them whatever happens."""
    both = Hookwatch(data, settings)
    daemons = {"ingestd": both.ingestd, "queryd": both.queryd}
    try:
        for name in names or daemons:
            daemons[name].start()
        yield both
    finally:
        for daemon in daemons.values():
            daemon.kill()


def free_ports(count: int) -> list[int]:
    """Return ports that are closed now.

    Each is handed out once, and no two processes of a parallel run draw from the same ones: a port
    may be taken long before its daemon binds it.
    """
    found: list[int] = []
    while len(found) < count:
        port = next(_PORTS)
        with suppress(OSError), socket.create_server(("127.0.0.1", port)):
            found.append(port)
    return found


def accepts(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


def wait_for(condition: Callable[[], T], *, deadline_s: float = DEADLINE_S) -> T:
    """Poll a condition until it is true, and return it; fail when that takes too long."""
    end = time.monotonic() + deadline_s
    while not (found := condition()):
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.005)
    return found


def sample_bodies() -> list[dict[str, Any]]:
    """Return every captured hook body, in the order of its session."""
    return [
        json.loads(line)["body"]
        for file in sorted((SAMPLES / "sessions").glob("*.jsonl"))
        for line in file.read_text("utf-8").split("\n")
        if line
    ]


def _own_ports() -> Iterator[int]:
    """Count through the ports of this worker, from anywhere: another run may be under way too."""
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    workers = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    own = PORTS[worker::workers]
    start = os.getpid() * 7
    for number in itertools.count(start):
        yield own[number % len(own)]


_PORTS = _own_ports()
