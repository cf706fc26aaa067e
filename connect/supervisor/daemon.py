"""Keep one daemon running, with a listening socket that outlives it."""

from __future__ import annotations

import asyncio
import ipaddress
import signal
import socket
import time
from contextlib import suppress
from subprocess import STDOUT
from typing import TYPE_CHECKING, Final

from connect.errors import CliError
from connect.supervisor.backoff import Backoff
from shared.errors import SettingsError
from shared.start import BAD_START
from shared.supervised import OPTION

if TYPE_CHECKING:
    from asyncio.subprocess import Process
    from collections.abc import Callable, Sequence

STOP_S: Final = 10.0
"""A daemon stops within 2 s, unless its disk hangs."""
RETRY_S: Final = 0.05
LONG_DELAY_S: Final = 2.0
"""For longer than this a hook does not wait: the port is closed, and hooks use the spool."""
MAX_LINE_BYTES: Final = 65_536


class SupervisedDaemon:
    """Start a daemon again whenever it ends, until `run` is cancelled."""

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        *,
        listen: Callable[[], socket.socket],
        write: Callable[[str, str], None],
        on_failing: Callable[[str], None],
    ) -> None:
        """`write` takes each line of output, with a name."""
        self.name = name
        self._command = command
        self._listen = listen
        self._write = write
        self._on_failing = on_failing
        self._backoff = Backoff()
        self._listener: socket.socket | None = None
        self._process: Process | None = None
        self._last_line = ""

    def open(self) -> None:
        """Open its port; raise SettingsError."""
        self._listener = self._listen()

    def close(self) -> None:
        """Close its port; a second call is harmless."""
        if self._listener is not None:
            self._listener.close()
            self._listener = None

    async def run(self) -> None:
        """Run until cancelled; raise CliError if the first start cannot work."""
        is_first = True
        try:
            while True:
                started = time.monotonic()
                code = await self._run_once()
                if is_first and code == BAD_START:
                    raise CliError(self._last_line or f"{self.name} cannot start")
                is_first = False
                await self._pause(code, ran_s=time.monotonic() - started)
        finally:
            await self._stop()

    async def answers(self) -> None:
        """Wait until it answers a request, whatever the answer is."""
        while True:
            with suppress(OSError), self._request_health() as connection:
                while not _is_answered(connection):  # noqa: ASYNC110 - a process, no task
                    await asyncio.sleep(RETRY_S)
                return
            await asyncio.sleep(RETRY_S)

    def kill(self) -> None:
        """End it at once."""
        if self._process is not None:
            with suppress(ProcessLookupError):
                self._process.kill()

    async def _run_once(self) -> int:
        """Return how it ended; negative for a signal."""
        try:
            listener = self._listener = self._listener or self._listen()
        except SettingsError as error:  # another process took the port meanwhile
            self._write("hookwatch", str(error))
            return BAD_START
        descriptor = listener.fileno()
        self._process = await asyncio.create_subprocess_exec(
            *self._command,
            OPTION,
            str(descriptor),
            stdin=asyncio.subprocess.PIPE,  # it ends when this closes, and so with this process
            stdout=asyncio.subprocess.PIPE,
            stderr=STDOUT,
            pass_fds=[descriptor],
            process_group=0,  # Ctrl-C is for this process, which stops both in order
        )
        await self._copy_output(self._process)
        return await self._process.wait()

    async def _copy_output(self, process: Process) -> None:
        output, rest = process.stdout, b""
        while output is not None and (piece := await output.read(MAX_LINE_BYTES)):
            *lines, rest = (rest + piece).split(b"\n")
            if len(rest) > MAX_LINE_BYTES:
                lines, rest = [*lines, rest], b""
            for line in lines:
                self._write_line(line)
        if rest:
            self._write_line(rest)

    def _write_line(self, line: bytes) -> None:
        self._last_line = line.decode("utf-8", "replace")
        self._write(self.name, self._last_line)

    async def _pause(self, code: int, *, ran_s: float) -> None:
        delay_s = self._backoff.delay_s(ran_s=ran_s)
        when = f"in {delay_s:g} s" if delay_s else "now"
        text = f"{self.name} {_ending(code)}"
        self._write("hookwatch", f"{text}; starting it again {when}")
        if delay_s:
            self._on_failing(text)
        if delay_s >= LONG_DELAY_S:
            self.close()
        await asyncio.sleep(delay_s)

    async def _stop(self) -> None:
        """Refuse new connections, let it end what it accepted, and wait for that."""
        self.close()
        process = self._process
        if process is None:
            return
        if process.returncode is None:
            with suppress(ProcessLookupError):
                process.terminate()
        output = asyncio.create_task(self._copy_output(process))
        try:
            await asyncio.wait_for(process.wait(), STOP_S)
        except TimeoutError:
            self._write("hookwatch", f"{self.name} does not stop: killing it")
            self.kill()
            await process.wait()
        await output

    def _request_health(self) -> socket.socket:
        """Return a connection with a request on it; raise OSError."""
        if self._listener is None:
            raise ConnectionRefusedError
        host, port = self._listener.getsockname()[:2]
        connection = socket.create_connection((_reachable(host), port), timeout=RETRY_S)
        connection.sendall(b"GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        connection.settimeout(0)
        return connection


def _is_answered(connection: socket.socket) -> bool:
    """Return whether the answer is there; raise OSError if the connection was closed without."""
    with suppress(BlockingIOError):
        if connection.recv(1):
            return True
        raise ConnectionResetError
    return False


def _ending(code: int) -> str:
    if code < 0:
        return f"was ended by {signal.Signals(-code).name}"
    return f"ended with code {code}"


def _reachable(host: str) -> str:
    """Return an address to connect to, for one that a server is bound to."""
    address = ipaddress.ip_address(host)
    if not address.is_unspecified:
        return host
    return "127.0.0.1" if address.version == 4 else "::1"
