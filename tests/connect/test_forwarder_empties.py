"""Let the forwarder empty its spool itself: ingestd runs on another machine, or over other data.

`0.0.0.0` is this machine, but by its name it might be any: so the forwarder takes it for another.
"""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.connect.forwarding import SHELLS, Forwarder, hook, log_events, prompts, script_with
from tests.connect.receiver import FakeIngestd
from tests.running import Hookwatch, hookwatch, wait_for

EVERY_SHELL = pytest.mark.parametrize("shell", sorted(SHELLS))


@pytest.fixture
def script(tmp_path: Path) -> Path:
    """Give a forwarder that does not rest between two tries."""
    return script_with(tmp_path / "connect", BETWEEN_TRIES_MS="0")


@pytest.fixture
def remote(tmp_path: Path) -> Iterator[Hookwatch]:
    """Give an ingestd that drains another folder than the forwarder's."""
    both = Hookwatch(tmp_path / "remote", {})
    try:
        yield both
    finally:
        both.ingestd.kill()


def forwarder(both: Hookwatch, spool: Path, script: Path, shell: str = "sh") -> Forwarder:
    return Forwarder(f"http://0.0.0.0:{both.ingestd.port}", spool, script=script, shell=shell)


@EVERY_SHELL
def test_spooled_events_are_sent_with_their_own_id_time_and_sender(
    tmp_path: Path, remote: Hookwatch, script: Path, shell: str
) -> None:
    """A laptop comes back to its network: the day's events arrive, as they fired, in order."""
    forward = forwarder(remote, tmp_path / "spool", script, shell)
    for number in range(4):
        forward.forward(hook(number, text="é\u2028" * 3_000), via="plugin")
    wait_for(lambda: not (forward.spool / ".lock").exists())
    fired = [int(file.name.partition("-")[0]) for file in forward.waiting()]
    assert len(fired) == 4
    remote.ingestd.start()
    forward.forward(hook(4))
    wait_for(lambda: not forward.waiting() and not (forward.spool / ".lock").exists())
    assert prompts(remote.log_path) == list(range(5))
    assert [event.timestamp for event in log_events(remote.log_path)][:4] == fired
    for event in log_events(remote.log_path)[:4]:
        assert event.sender is not None
        assert b'"via":"plugin"' in bytes(event.sender)


@EVERY_SHELL
def test_an_ingestd_of_other_data_gets_the_spool_all_the_same(
    tmp_path: Path, remote: Hookwatch, shell: str
) -> None:
    """HOOKWATCH_DATA differs between the two: no daemon drains, and all new events wait."""
    script = script_with(tmp_path / "connect", BETWEEN_TRIES_MS="0", PATIENCE_MS="0")
    forward = forwarder(remote, tmp_path / "spool", script, shell)
    forward.url = f"http://127.0.0.1:{remote.ingestd.port}"
    forward.forward(hook(0))
    remote.ingestd.start()
    forward.forward(hook(1))
    wait_for(lambda: not forward.waiting())
    assert prompts(remote.log_path) == [0, 1]


def test_the_forwarder_gives_ingestd_time_to_drain_the_local_spool(
    tmp_path: Path, server: FakeIngestd
) -> None:
    """It drains within milliseconds, and cheaper than a process an event."""
    forward = Forwarder("http://127.0.0.1:1", tmp_path / "spool")
    forward.forward(hook(0))
    forward.url = server.url
    forward.forward(hook(1))
    assert len(forward.waiting()) == 2
    assert not (forward.spool / ".lock").exists()
    assert server.posts == []


def test_other_files_in_the_spool_are_skipped(
    tmp_path: Path, server: FakeIngestd, script: Path
) -> None:
    """It must neither be sent nor hold up what is behind it."""
    forward = Forwarder("http://0.0.0.0:1", tmp_path / "spool", script=script)
    forward.forward(hook(1))
    wait_for(lambda: not (forward.spool / ".lock").exists())
    (forward.spool / "1000000000000-x.event").write_bytes(b"nonsense\n{}")
    (forward.spool / "1000000000001-x.event").write_bytes(
        b'{"event_id":"a\rX-Evil: 1","fired_at":1,"sender":{}}\n{}'
    )
    (forward.spool / "1000000000002-x.event").symlink_to("/etc/passwd")
    (forward.spool / "1000000000003-x.event").mkdir()
    forward.url = server.url.replace("127.0.0.1", "0.0.0.0")
    forward.forward(hook(2))
    wait_for(lambda: len(forward.waiting()) == 4)
    assert [body["prompt"] for body in server.bodies] == [1, 2]


@pytest.mark.parametrize(("holder", "taken"), [("gone", True), ("alive", False), ("old", True)])
def test_only_the_lock_of_an_ended_process_is_broken(
    tmp_path: Path, server: FakeIngestd, script: Path, holder: str, *, taken: bool
) -> None:
    """A crash must not stop the emptying for ever, nor may two send side by side."""
    forward = Forwarder("http://0.0.0.0:1", tmp_path / "spool", script=script)
    forward.forward(hook(1))
    lock = forward.spool / ".lock"
    wait_for(lambda: not lock.exists())
    lock.mkdir()
    now = forward.waiting()[0].name.partition("-")[0]
    with subprocess.Popen(["sleep", "600"]) as alive:
        try:
            pid = alive.pid if holder != "gone" else 2**22 + 7
            (lock / "holder").write_text(f"{pid} {int(now) - 100_000 * (holder == 'old')}\n")
            forward.url = server.url.replace("127.0.0.1", "0.0.0.0")
            forward.forward(hook(2))
            if taken:
                wait_for(lambda: not forward.waiting() and not lock.exists())
            # The one that asks for the lock in vain has ended by the time this one's has, too.
            other = subprocess.run(
                ["sh", script, ":empty", forward.url, forward.spool], check=False
            )
            assert other.returncode == 0
        finally:
            alive.kill()
    assert len(server.posts) == (2 if taken else 0)
    assert len(forward.waiting()) == (0 if taken else 2)


def test_many_concurrent_hooks_drain_the_spool_once(
    tmp_path: Path, remote: Hookwatch, script: Path
) -> None:
    """Each of them would like to empty the spool; one does, and no event is sent for nothing."""
    forward = forwarder(remote, tmp_path / "spool", script)
    for number in range(20):
        forward.forward(hook(number))
    wait_for(lambda: not (forward.spool / ".lock").exists())
    remote.ingestd.start()
    running = [forward.start() for _ in range(20)]
    for number, process in enumerate(running, start=20):
        process.communicate(hook(number))
    wait_for(lambda: not forward.waiting() and not (forward.spool / ".lock").exists())
    found = prompts(remote.log_path)
    assert found[:20] == list(range(20))
    assert sorted(found) == list(range(40))


def test_ingestd_and_a_forwarder_may_empty_the_same_spool(tmp_path: Path) -> None:
    """By its public name this machine looks like another: both drain, and each event is one."""
    script = script_with(tmp_path / "connect", BETWEEN_TRIES_MS="0")
    with hookwatch(tmp_path / "data", "ingestd") as both:
        forward = forwarder(both, both.data / "spool", script)
        both.ingestd.kill()
        for number in range(10):
            forward.forward(hook(number))
        both.ingestd.launch()
        for number in range(10, 30):
            forward.forward(hook(number))
        wait_for(lambda: not forward.waiting() and not (forward.spool / ".lock").exists())
        assert sorted(prompts(both.log_path)) == list(range(30))
