"""Forward hooks to a real ingestd that is up, down, hung and killed."""

import json
import os
import signal
import stat
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.process import pid_domain
from tests.connect.forwarding import (
    CLAUDE,
    SCRIPT,
    SHELLS,
    Forwarder,
    hook,
    log_events,
    prompts,
    read_spooled,
    script_with,
)
from tests.connect.receiver import FakeIngestd
from tests.processes.namespaces import in_pid_namespace
from tests.processes.proc import needs_proc
from tests.running import Hookwatch, wait_for

EVERY_SHELL = pytest.mark.parametrize("shell", sorted(SHELLS))
NASTY = (
    "".join(chr(code) for code in range(0x80, 0x800))
    + "\u2028\u2029\ufeff\ufffd😀👩‍👩‍👧 日本語 %s %d \\n \\\\ $HOME `id` $(id) ' ; & * ~ !"
)
LARGE = hook(1, text=(NASTY + "0123456789abcdef" * 64) * 400)[:-1]


@pytest.fixture
def down(tmp_path: Path) -> Iterator[Hookwatch]:
    """Give an ingestd that does not run; the folder's name has what names may have."""
    both = Hookwatch(tmp_path / "my 'data' $x\\", {})
    try:
        yield both
    finally:
        both.ingestd.kill()


def forwarder(both: Hookwatch, shell: str = "sh") -> Forwarder:
    """Return a forwarder as `hookwatch connect` sets it up."""
    return Forwarder(f"http://127.0.0.1:{both.ingestd.port}", both.data / "spool", shell=shell)


@EVERY_SHELL
def test_an_event_arrives_with_data_from_the_hooks_environment(
    ingest_only: Hookwatch, shell: str
) -> None:
    """Project, version, process and host are known to the hook's environment alone."""
    body = hook(1, text=NASTY)
    forwarder(ingest_only, shell).forward(body)
    (event,) = log_events(ingest_only.log_path)
    assert bytes(event.payload) == body.strip()
    assert event.source_app == "my shop"
    assert event.timestamp == event.received_at
    assert event.sender is not None
    sender = json.loads(bytes(event.sender))
    assert sender.pop("pid_domain", None) == pid_domain()
    assert sender.pop("host") == Path("/proc/sys/kernel/hostname").read_text().strip()
    assert sender == {
        "via": "settings",
        "project_dir": "/home/dev/my shop",
        "client_version": "2.1.330",
        "entrypoint": "cli",
        "attended": True,
        "pid": 4242,
        "user": "dev",
    }
    assert forwarder(ingest_only).waiting() == []


@EVERY_SHELL
@needs_proc
def test_a_process_in_its_own_pid_namespace_is_marked(tmp_path: Path, shell: str) -> None:
    """A container with the host's name has other processes under the same ids."""
    forward = Forwarder("http://127.0.0.1:1", tmp_path / "spool", shell=shell)
    ask = "from shared.process import pid_domain; print(pid_domain())"
    inside = 'cat | "$@" || exit 1; exec "$0" -c "$ASK"'
    command = ["sh", "-c", inside, sys.executable, *forward.command()]
    done = in_pid_namespace(command, hook(), {"PATH": os.environ["PATH"], **CLAUDE, "ASK": ask})
    head, _ = read_spooled(forward.waiting()[0])
    assert head["sender"]["pid_domain"] == done.strip()
    assert head["sender"]["pid_domain"] != pid_domain()


@EVERY_SHELL
@needs_proc
def test_on_an_old_kernel_the_first_hook_of_a_session_names_its_pid_namespace(
    tmp_path: Path, shell: str
) -> None:
    """There it costs a process, which not every hook of a session is to pay."""
    script = script_with(tmp_path / "old", FDINFO="/nonexistent")
    forward = Forwarder("http://127.0.0.1:1", tmp_path / "spool", script=script, shell=shell)
    for event in ("SessionStart", "PreToolUse"):
        forward.forward(hook(hook_event_name=event))
    senders = {
        json.loads(body)["hook_event_name"]: head["sender"].get("pid_domain")
        for head, body in map(read_spooled, forward.waiting())
    }
    assert senders == {"SessionStart": pid_domain(), "PreToolUse": None}


@EVERY_SHELL
def test_unsent_events_are_spooled_and_stored_with_their_original_time(
    down: Hookwatch, shell: str
) -> None:
    """The log shows the time it happened, and every byte of it."""
    forward = forwarder(down, shell)
    body = hook(1, text=NASTY)
    forward.forward(body, via="plugin")
    (file,) = forward.waiting()
    head, rest = read_spooled(file)
    assert rest == body.strip()
    assert file.name == f"{head['fired_at']:013}-{head['event_id']}.event"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(forward.spool.stat().st_mode) == 0o700
    down.ingestd.start()
    (event,) = log_events(down.log_path)
    assert (event.timestamp, bytes(event.payload)) == (head["fired_at"], body.strip())
    assert event.sender is not None
    assert json.loads(bytes(event.sender)) == head["sender"]
    assert head["sender"]["via"] == "plugin"
    assert forward.waiting() == []


@EVERY_SHELL
def test_five_megabytes_arrive_complete_sent_or_spooled(down: Hookwatch, shell: str) -> None:
    """An edit of a large file is a megabyte; cut off, it would be no JSON."""
    assert len(LARGE) > 1_900_000
    body = LARGE[:-2] + b"x" * (5_000_000 - len(LARGE)) + b'"}'
    forward = forwarder(down, shell)
    forward.forward(body)
    assert read_spooled(forward.waiting()[0])[1] == body
    down.ingestd.start()
    forward.forward(body)
    assert [bytes(event.payload) == body for event in log_events(down.log_path)] == [True, True]


@pytest.mark.parametrize("size", [4_000, 4_094, 4_095, 4_096, 4_097, 65_535, 65_536, 65_537])
def test_no_size_is_special(ingest_only: Hookwatch, size: int) -> None:
    """Pipes and here-documents change their ways at these."""
    short = hook(1, text="")[:-1]
    body = short[:-2] + b"x" * (size - len(short)) + b'"}'
    assert len(body) == size
    for shell in SHELLS:
        forwarder(ingest_only, shell).forward(body)
    assert {bytes(event.payload) for event in log_events(ingest_only.log_path)} == {body}
    assert len(log_events(ingest_only.log_path)) == len(SHELLS)


@EVERY_SHELL
def test_a_session_keeps_its_order_across_restarts_of_ingestd(down: Hookwatch, shell: str) -> None:
    """A session's state is read from the order of its events."""
    forward = forwarder(down, shell)
    for number in range(4):
        forward.forward(hook(number))
    starting = threading.Thread(target=down.ingestd.start)
    starting.start()
    for number in range(4, 20):
        forward.forward(hook(number))
    starting.join()
    down.ingestd.kill()
    for number in range(20, 24):
        forward.forward(hook(number))
    down.ingestd.start()
    forward.forward(hook(24))
    wait_for(lambda: not forward.waiting())
    assert prompts(down.log_path) == list(range(25))


def test_a_hung_ingestd_causes_one_timeout_and_loses_no_event(
    ingest_only: Hookwatch, server: FakeIngestd
) -> None:
    """Only the first hook may wait; and what the hung one took in unseen is stored once."""
    forward = forwarder(ingest_only)
    forward.script = SCRIPT
    ingest_only.ingestd.send(signal.SIGSTOP)
    try:
        forward.forward(hook(0))
        asked = [json.loads(read_spooled(file)[1])["prompt"] for file in forward.waiting()]
        forward.url = server.url  # requests from now on are recorded there
        for number in range(1, 5):
            forward.forward(hook(number))
    finally:
        ingest_only.ingestd.send(signal.SIGCONT)
    assert (asked, server.posts) == ([0], [])
    wait_for(lambda: not forward.waiting())
    assert prompts(ingest_only.log_path) == list(range(5))


@pytest.mark.parametrize("up", [True, False])
def test_fifty_at_once_lose_nothing(down: Hookwatch, up: bool) -> None:  # noqa: FBT001 - a case
    """Many sessions with many agents: their hooks know nothing of each other."""
    forward = forwarder(down)
    if up:
        down.ingestd.start()
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
    if not up:
        assert len(forward.waiting()) == 50
        down.ingestd.start()
    wait_for(lambda: not forward.waiting())
    assert sorted(prompts(down.log_path)) == list(range(50))


def test_ingestd_killed_again_and_again_stores_each_hook_once(down: Hookwatch) -> None:
    """Killed before, in and after a COMMIT, with hooks on the wire and files half drained."""
    forward = forwarder(down)
    done = threading.Event()

    def kill() -> None:
        while not done.is_set():
            down.ingestd.start()
            wait_for(lambda: down.ingestd.get("/health").json()["last_id"] > 0)
            down.ingestd.kill()

    killing = threading.Thread(target=kill)
    killing.start()
    try:
        for number in range(60):
            forward.forward(hook(number))
    finally:
        done.set()
        killing.join()
    down.ingestd.start()
    wait_for(lambda: not forward.waiting())
    assert prompts(down.log_path) == list(range(60))


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_a_forwarder_killed_half_way_leaves_all_or_nothing(
    down: Hookwatch, number: signal.Signals
) -> None:
    """Claude Code ends hooks that take too long; half an event would be none."""
    forward = forwarder(down)
    body = hook(1, text="x" * 3_000_000)
    for pieces in range(24):
        with forward.start() as process:
            assert process.stdin is not None
            process.stdin.write(body[: len(body) * pieces // 24] if pieces % 2 else body)
            if pieces % 2 == 0:
                process.stdin.close()
                wait_for(lambda: _half_written(forward) or process.poll() is not None)
            process.send_signal(number)
    for file in forward.waiting():
        assert read_spooled(file)[1] == body.strip()
    waited = len(forward.waiting())
    down.ingestd.start()
    assert len(log_events(down.log_path)) == waited
    assert down.ingestd.get("/health").json()["spool"]["rejected"] == 0


def _half_written(forward: Forwarder) -> bool:
    return any(forward.spool.glob(".*")) if forward.spool.exists() else False


@pytest.mark.parametrize("shell", sorted(SHELLS))
@given(
    folder=st.text(
        st.characters(exclude_characters="\0", exclude_categories=["Cs"])
        | st.sampled_from('"\\\n\r\t\x01\x1b\x7f\x80\x85é'),
        min_size=1,
        max_size=60,
    )
)
@settings(max_examples=25, deadline=None)
def test_any_folder_is_sent_as_it_is(
    tmp_path_factory: pytest.TempPathFactory, shell: str, folder: str
) -> None:
    """It becomes a header and JSON: neither may be broken out of."""
    forward = Forwarder("http://127.0.0.1:1", tmp_path_factory.mktemp("spool"), shell=shell)
    forward.forward(hook(), environment={**CLAUDE, "CLAUDE_PROJECT_DIR": folder})
    head, body = read_spooled(forward.waiting()[0])
    assert head["sender"]["project_dir"] == folder
    assert body == hook().strip()


@EVERY_SHELL
def test_no_name_breaks_out_of_its_header(ingest_only: Hookwatch, shell: str) -> None:
    """A folder with a line break in its name would write headers of its own."""
    folder = '/a"}\r\nX-Event-Id: forged\r\n\r\nGET /x\xff'
    environment = {
        **CLAUDE,
        "CLAUDE_PROJECT_DIR": folder,
        "CLAUDE_PID": '1,"x":2',
        "CLAUDE_CODE_SESSION_ATTENDED": "maybe",
        "CLAUDE_CODE_ENTRYPOINT": "\n",
        "AI_AGENT": 'claude-code_2-1"-*_x',
        "USER": "",
        "LOGNAME": "\\",
    }
    forwarder(ingest_only, shell).forward(hook(), environment=environment)
    (event,) = log_events(ingest_only.log_path)
    assert event.sender is not None
    sender = json.loads(bytes(event.sender))
    del sender["host"]
    assert sender == {
        "via": "settings",
        "project_dir": folder,
        "client_version": '2.1".*',
        "entrypoint": "\n",
        "user": "\\",
    }


def test_a_folder_name_in_invalid_utf8_loses_only_those_bytes(ingest_only: Hookwatch) -> None:
    """A disk of long ago has such names; the event and the rest of its sender are fine."""
    environment = {**CLAUDE, "CLAUDE_PROJECT_DIR": "/old/caf\udce9"}
    for shell in SHELLS:
        forwarder(ingest_only, shell).forward(hook(), environment=environment)
    for event in log_events(ingest_only.log_path):
        assert event.sender is not None
        assert json.loads(bytes(event.sender))["project_dir"] == "/old/caf\ufffd"
        assert json.loads(bytes(event.sender))["pid"] == 4242


def test_settings_and_plugin_together_store_each_firing_once(ingest_only: Hookwatch) -> None:
    """A double installation is the most common mistake; the client runs both for every event."""
    forward = forwarder(ingest_only)
    for number in range(5):
        pair = [forward.start(via=via) for via in ("settings", "plugin")]
        for process in pair:
            process.communicate(hook(number))
    assert prompts(ingest_only.log_path) == list(range(5))
