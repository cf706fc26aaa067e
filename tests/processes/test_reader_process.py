"""Stop and kill the two processes of queryd."""

import signal
import socket
import threading
from os import kill
from pathlib import Path

from tests.processes.proc import alive, descendants, needs_proc
from tests.running import DaemonProcess, Hookwatch, hookwatch, wait_for


def reader_of(queryd: DaemonProcess) -> int:
    """Return the id of the process that reads for queryd."""
    (reader,) = descendants(queryd.pid)
    return reader


@needs_proc
def test_reads_are_answered_in_a_process_of_their_own(both: Hookwatch) -> None:
    """While it is held, queryd itself is not."""
    reader = reader_of(both.queryd)
    statuses: list[int] = []
    kill(reader, signal.SIGSTOP)
    try:
        asking = threading.Thread(
            target=lambda: statuses.append(both.queryd.get("/api/limits").status)
        )
        asking.start()
        assert both.queryd.get("/api/health").status == 200
        assert statuses == []
    finally:
        kill(reader, signal.SIGCONT)
    asking.join()
    assert statuses == [200]


@needs_proc
def test_queryd_ends_with_its_reader(both: Hookwatch) -> None:
    """Whatever runs queryd starts it again; without its reader it would be slow in silence."""
    kill(reader_of(both.queryd), signal.SIGKILL)
    assert both.queryd.wait() == 1
    assert b"the reader process failed" in both.queryd.stderr
    both.queryd.start()
    assert both.queryd.get("/api/limits").status == 200


@needs_proc
def test_the_reader_ends_with_queryd(both: Hookwatch) -> None:
    """A killed queryd must leave neither a process nor a port behind."""
    for end in (both.queryd.kill, both.queryd.stop):
        reader = reader_of(both.queryd)
        end()
        wait_for(lambda: not alive(reader))  # noqa: B023 - it is called at once
        with socket.create_server(("127.0.0.1", both.queryd.port)):
            pass
        both.queryd.start()


@needs_proc
def test_one_process_is_enough(tmp_path: Path) -> None:
    """A small machine saves the memory of the second."""
    with hookwatch(tmp_path, HOOKWATCH_QUERY_PROCESSES="1") as both:
        assert descendants(both.queryd.pid) == {}
        assert both.queryd.get("/api/limits").status == 200
