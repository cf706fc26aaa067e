"""Hooks that write into the spool, and an ingestd that takes them from there."""

import json
import os
import signal
import subprocess
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from shared.hook_handlers import command_handler
from shared.process import pid_domain
from shared.reader import Reader
from shared.spool import DIRECT, READY
from tests.connect.forwarding import (
    CLAUDE,
    SCRIPT,
    SHELLS,
    SPOOLER,
    Forwarder,
    hook,
    log_events,
    path_with,
    patient,
    prompts,
    script_with,
)
from tests.connect.receiver import FakeIngestd
from tests.processes.mounts import mounted
from tests.running import Hookwatch, wait_for

EVERY_SHELL = pytest.mark.parametrize("shell", sorted(SHELLS))
HOOKS = 2_000
MANY_HOOKS = """
number=0
while [ "$number" -lt "$1" ]; do
    printf '{"session_id":"s","hook_event_name":"UserPromptSubmit","prompt":%d}\\n' "$number" |
        /bin/sh -c "$2"
    number=$((number + 1))
done
"""


@pytest.fixture
def down(tmp_path: Path) -> Iterator[Hookwatch]:
    """Give an ingestd that does not run, and ran before."""
    both = Hookwatch(tmp_path / "my 'data' $x\\", {})
    (both.data / "spool").mkdir(parents=True)
    (both.data / "spool" / READY).touch()
    try:
        yield both
    finally:
        both.ingestd.kill()


def spooler(both: Hookwatch, shell: str = "sh") -> Forwarder:
    url = f"http://127.0.0.1:{both.ingestd.port}"
    return Forwarder(url, both.data / "spool", script=patient(SPOOLER), shell=shell)


def start(both: Hookwatch) -> None:
    both.ingestd.start()
    wait_for((both.data / "spool" / READY).exists)


@EVERY_SHELL
@pytest.mark.parametrize("size", [10, 1_000_000])
def test_a_hook_is_stored_whole_with_its_time_and_sender(
    down: Hookwatch, shell: str, size: int
) -> None:
    start(down)
    forward = spooler(down, shell)
    body = hook(1, text="é\u2028" * size)
    forward.forward(body)
    wait_for(lambda: down.ingestd.get("/health").json()["last_id"] == 1)
    (event,) = log_events(down.log_path)
    assert bytes(event.payload) == body.strip()
    assert abs(event.received_at - event.timestamp) < 60_000
    assert event.sender is not None
    sender = json.loads(bytes(event.sender))
    assert (sender["via"], sender["pid"]) == ("settings", 4242)
    assert sender.get("pid_domain") == pid_domain()
    wait_for(lambda: not forward.waiting())
    health = down.ingestd.get("/health").json()
    assert (health["spool"]["rejected"], health["spool"]["dropped"]) == (0, 0)


@EVERY_SHELL
def test_a_hook_starts_one_process_and_makes_no_request(
    tmp_path: Path, server: FakeIngestd, shell: str
) -> None:
    """Claude Code waits 1 to 2 ms for each process, two times a tool call."""
    log = tmp_path / "ran"
    real = path_with(tmp_path / "real", "cat")
    names = ("curl", "date", "mv", "mkdir", "rm", "uname", "sh", "readlink", "find", "du")
    noted = {name: f"echo {name} >>{log}" for name in names}
    path = path_with(tmp_path / "bin", cat=f'echo cat >>{log}; exec {real}/cat "$@"', **noted)
    forward = Forwarder(server.url, tmp_path / "spool", script=SPOOLER, shell=shell)
    forward.spool.mkdir()
    (forward.spool / READY).touch()
    for number in range(20):  # one in sixteen counts what waits
        forward.forward(hook(number), environment={**CLAUDE, "PATH": path})
    assert len(forward.waiting()) == 20
    assert server.posts == []
    # How busybox was built decides whether its own cat comes before the one of the PATH.
    ran = log.read_text().split() if log.exists() else []
    assert ran == ["cat"] * 20 or (shell == "busybox" and ran == [])


@EVERY_SHELL
@pytest.mark.parametrize("why", ["no ingestd takes such files", "it asks for posts", "no folder"])
def test_where_the_spool_is_not_watched_hooks_post(
    tmp_path: Path, server: FakeIngestd, shell: str, why: str
) -> None:
    """An older ingestd would set such files aside; and one elsewhere would never see them."""
    forward = Forwarder(server.url, tmp_path / "spool", script=patient(SPOOLER), shell=shell)
    if why != "no folder":
        forward.spool.mkdir()
    if why == "it asks for posts":
        (forward.spool / READY).touch()
        (forward.spool / DIRECT).touch()
    forward.forward(hook(7))
    assert [body["prompt"] for body in server.bodies] == [7]
    assert forward.waiting() == []


def test_a_hung_ingestd_costs_nothing_and_loses_nothing(down: Hookwatch) -> None:
    start(down)
    forward = spooler(down)
    down.ingestd.send(signal.SIGSTOP)
    try:
        for number in range(5):
            forward.forward(hook(number))
        assert len(forward.waiting()) == 5
    finally:
        down.ingestd.send(signal.SIGCONT)
    wait_for(lambda: not forward.waiting())
    assert prompts(down.log_path) == list(range(5))


@pytest.mark.timeout(1_200)  # thousands of processes, on however busy a machine
@pytest.mark.parametrize("script", [SPOOLER, SCRIPT], ids=["spool", "command"])
def test_two_thousand_hooks_while_ingestd_is_killed_are_each_stored_once_in_order(
    down: Hookwatch, script: Path
) -> None:
    """What waits meets what comes: there neighbours were once swapped."""
    forward = spooler(down)
    command = command_handler(script, forward.url, forward.spool)["command"]
    environment = {"PATH": os.environ["PATH"], **CLAUDE}
    kills = 0
    with subprocess.Popen(
        ["/bin/sh", "-c", MANY_HOOKS, "hooks", str(HOOKS), command], env=environment
    ) as hooks:
        while hooks.poll() is None:
            _run_until_it_stores_one(down, hooks)
            kills += 1
    start(down)
    wait_for(lambda: not forward.waiting())
    assert prompts(down.log_path) == list(range(HOOKS))
    assert kills > 1


def _run_until_it_stores_one(both: Hookwatch, hooks: subprocess.Popen[bytes]) -> None:
    before = _last_id(both)
    both.ingestd.launch()
    wait_for(lambda: _last_id(both) > before or hooks.poll() is not None)
    both.ingestd.kill()


def _last_id(both: Hookwatch) -> int:
    """Return the newest event's rowid: to read all of them takes most of the time of a poll."""
    with closing(Reader(both.log_path)) as log:
        return log.last_id()


def test_fifty_at_once_lose_nothing(down: Hookwatch) -> None:
    """Many sessions with many agents: their hooks know nothing of each other."""
    start(down)
    forward = spooler(down)
    running = [forward.start() for _ in range(50)]
    threads = [
        threading.Thread(target=process.communicate, args=(hook(number, text="x" * 20_000),))
        for number, process in enumerate(running)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {process.returncode for process in running} == {0}
    wait_for(lambda: not forward.waiting())
    assert sorted(prompts(down.log_path)) == list(range(50))


@EVERY_SHELL
def test_beside_many_that_wait_a_hook_posts_or_keeps_its_place(
    tmp_path: Path, server: FakeIngestd, shell: str
) -> None:
    """An ingestd that never comes back must not cost a disk."""
    script = script_with(tmp_path / "connect", name="spool.sh", MAX_EVENTS="64")
    forward = Forwarder(server.url, tmp_path / "spool", script=script, shell=shell)
    forward.spool.mkdir()
    (forward.spool / READY).touch()
    for number in range(64):
        (forward.spool / f"{number}-x.event").touch()
    for number in range(1_000):
        forward.forward(hook(number))
        if (forward.spool / DIRECT).exists():
            break
    assert forward.dropped() == 1
    assert len(forward.waiting()) == 64 + number
    forward.forward(hook())
    assert forward.dropped() == 2


@pytest.mark.parametrize("shell", sorted({*SHELLS} - {"zsh"}))
def test_on_a_full_disk_one_hook_is_lost_and_the_next_ones_post(
    tmp_path: Path, server: FakeIngestd, shell: str
) -> None:
    spool = tmp_path / "spool"
    spool.mkdir()
    with mounted(spool, "size=64k"):
        (spool / READY).touch()
        forward = Forwarder(server.url, spool, script=patient(SPOOLER), shell=shell)
        forward.forward(hook(1, text="x" * 100_000))
        assert (forward.waiting(), forward.dropped(), server.posts) == ([], 1, [])
        forward.forward(hook(2, text="x" * 100_000))
        assert [body["prompt"] for body in server.bodies] == [2]


@pytest.fixture
def far(tmp_path: Path) -> Iterator[Hookwatch]:
    """Give an ingestd that other machines send to, by an address that is none of loopback's."""
    both = Hookwatch(tmp_path / "far", {})
    try:
        yield both
    finally:
        both.ingestd.kill()


def far_spooler(both: Hookwatch, spool: Path, shell: str = "sh") -> Forwarder:
    script = script_with(spool.parent / "connect", name="spool.sh", BETWEEN_TRIES_MS="0")
    url = f"http://0.0.0.0:{both.ingestd.port}"
    return Forwarder(url, spool, script=script, shell=shell)


def _is_emptied(forward: Forwarder) -> bool:
    return not forward.waiting() and not (forward.spool / ".lock").exists()


@EVERY_SHELL
def test_for_another_machine_hooks_write_files_that_one_process_sends_in_order(
    tmp_path: Path, far: Hookwatch, shell: str
) -> None:
    far.ingestd.start()
    forward = far_spooler(far, tmp_path / "spool", shell)
    for number in range(20):
        forward.forward(hook(number))
    wait_for(lambda: _is_emptied(forward))
    assert prompts(far.log_path) == list(range(20))
    assert all(event.timestamp <= event.received_at for event in log_events(far.log_path))


def test_another_machine_that_hangs_gets_one_request_and_holds_no_hook(
    tmp_path: Path, far: Hookwatch
) -> None:
    """Sixty hooks once held sixty curls, half a gigabyte; and none may keep the hook's streams."""
    far.ingestd.start()
    log = tmp_path / "ran"
    real = path_with(tmp_path / "real", "curl")
    names = ("cat", "date", "mv", "mkdir", "rm", "sh", "find", "du")
    path = path_with(tmp_path / "bin", *names, curl=f'echo x >>{log}; exec {real}/curl "$@"')
    forward = far_spooler(far, tmp_path / "spool")
    far.ingestd.send(signal.SIGSTOP)
    try:
        # Each returns when its streams are closed, while the first curl still waits.
        for number in range(30):
            forward.forward(hook(number), environment={**CLAUDE, "PATH": path})
        wait_for(log.exists)
        assert log.read_text().split() == ["x"]
        assert len(forward.waiting()) == 30
    finally:
        far.ingestd.send(signal.SIGCONT)
    wait_for(lambda: _is_emptied(forward))
    assert prompts(far.log_path) == list(range(30))


def test_files_that_no_ingestd_takes_are_sent_after_a_while(
    tmp_path: Path, server: FakeIngestd
) -> None:
    """Another ingestd has the port, and other data; a hook that still writes is left alone."""
    spool = tmp_path / "spool"
    spool.mkdir()
    (spool / READY).touch()
    forward = Forwarder(server.url, spool, script=SPOOLER)
    for number in range(3):
        forward.forward(hook(number), environment={**CLAUDE, "PATH": os.environ["PATH"]})
    *old, fresh = forward.waiting()
    for file in old:
        os.utime(file, (1, 1))
    emptier = str(SPOOLER.with_name("forward.sh"))
    subprocess.run(["sh", emptier, ":empty", server.url, str(spool)], check=True)
    assert forward.waiting() == [fresh]
    assert len({body["prompt"] for body in server.bodies}) == 2
    assert not (spool / READY).exists()
