"""Install the service under a real systemd: restarts, kills, failures, removal."""

from __future__ import annotations

import json
import os
import signal
from typing import TYPE_CHECKING, Any

import pytest

from tests.connect.forwarding import Forwarder, hook
from tests.connect.user_manager import UserManager, user_manager
from tests.processes.load import event_load
from tests.processes.log import event_ids
from tests.running import accepts, free_ports, wait_for

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

UNITS = [
    "hookwatch-ingestd.socket",
    "hookwatch-queryd.socket",
    "hookwatch-ingestd.service",
    "hookwatch-queryd.service",
]
POSTS = 500
KILLS = 3


@pytest.fixture
def user(tmp_path: Path) -> Iterator[UserManager]:
    with user_manager(tmp_path) as manager:
        yield manager


@pytest.fixture
def installed(user: UserManager) -> UserManager:
    done = user.hookwatch("service", "install")
    assert (done.returncode, done.stderr) == (0, "")
    return user


def status(user: UserManager) -> Any:
    return json.loads(user.hookwatch("service", "status", "--json").stdout)


def states(user: UserManager) -> dict[str, str]:
    return {unit["name"]: unit["state"] for unit in status(user)["units"]}


def pid_of(user: UserManager, unit: str) -> int:
    return int(user.systemctl("show", "--property=MainPID", "--value", unit))


def kill_ingestd(user: UserManager) -> None:
    """Kill -9, and wait until systemd has started another."""
    unit = "hookwatch-ingestd.service"
    killed = pid_of(user, unit)
    os.kill(killed, signal.SIGKILL)
    wait_for(lambda: pid_of(user, unit) not in {0, killed})


def override(user: UserManager, lines: str) -> None:
    """Change ingestd's unit as `systemctl --user edit` does."""
    folder = user.units / "hookwatch-ingestd.service.d"
    folder.mkdir()
    (folder / "override.conf").write_text(f"[Service]\n{lines}\n", "utf-8")
    user.systemctl("daemon-reload")


def test_an_installed_service_runs_until_it_is_removed(installed: UserManager) -> None:
    """Whatever the paths are called, and with the settings it was installed with."""
    found = status(installed)
    assert (found["installed"], found["running"]) == (True, True)
    assert states(installed) == dict.fromkeys(UNITS, "running")
    assert all(unit["program_exists"] in {True, None} for unit in found["units"])
    assert installed.systemctl("is-enabled", *UNITS).split() == ["enabled"] * 4
    assert (installed.data / "events.db").is_file()
    removed = installed.hookwatch("service", "remove")
    assert (removed.returncode, removed.stderr) == (0, "")
    assert not any(map(accepts, installed.ports))
    left = [path for path in installed.home.rglob("*") if not path.is_dir()]
    assert left == []
    assert (installed.data / "events.db").is_file()
    assert installed.hookwatch("service", "status").returncode == 1


def test_kills_and_a_new_installation_refuse_no_post(installed: UserManager) -> None:
    """The port stays open: hooks wait for the next ingestd."""
    with event_load(installed.ports[0], senders=4) as posting:
        for _ in range(KILLS):
            posting.more(POSTS // (KILLS + 1))
            kill_ingestd(installed)
        assert installed.hookwatch("service", "install").returncode == 0
        posting.more(POSTS // (KILLS + 1))
        posting.finish()
    assert (posting.closed_port, posting.refusals) == (0, [])
    assert event_ids(installed.data / "events.db") == sorted(posting.acknowledged)


@pytest.mark.parametrize(
    "fault",
    ["Environment=HOOKWATCH_BUSY_MS=-1", "ExecStart=\nExecStart=/bin/false"],
    ids=["a bad setting", "a crash"],
)
def test_the_port_of_an_ingestd_that_cannot_start_closes(
    installed: UserManager, fault: str
) -> None:
    """A few hooks wait for its starts; then none waits longer than without Hookwatch."""
    override(installed, fault)
    installed.systemctl("restart", "hookwatch-ingestd.service")
    forwarder = Forwarder(f"http://127.0.0.1:{installed.ports[0]}", installed.home / "spool")

    def is_closed_after_a_hook() -> bool:
        forwarder.forward(hook(1))
        for spooled in forwarder.waiting():  # else the next one does not try to connect
            spooled.unlink()
        return states(installed)["hookwatch-ingestd.socket"] == "failed"

    wait_for(is_closed_after_a_hook)
    assert not accepts(installed.ports[0])
    assert accepts(installed.ports[1])
    text = installed.hookwatch("service", "status").stdout
    assert "hookwatch-ingestd.socket   failed (service-start-limit-hit)\n" in text
    (installed.units / "hookwatch-ingestd.service.d" / "override.conf").unlink()
    assert installed.hookwatch("service", "install").returncode == 0
    assert states(installed) == dict.fromkeys(UNITS, "running")


def test_another_port_is_taken_at_the_next_installation(installed: UserManager) -> None:
    """A socket unit does not restart while its service runs."""
    (other,) = free_ports(1)
    installed.environment["HOOKWATCH_INGEST_PORT"] = str(other)
    assert installed.hookwatch("service", "install").returncode == 0
    assert accepts(other)
    assert not accepts(installed.ports[0])


def test_a_token_is_in_a_private_file_and_in_no_unit(user: UserManager) -> None:
    """Every user may read units, and `systemctl show` prints them."""
    token = "0123456789abcdef"
    done = user.hookwatch("service", "install", HOOKWATCH_TOKEN=token)
    assert done.returncode == 0, done
    assert token not in "".join(path.read_text("utf-8") for path in user.units.glob("*.s*"))
    file = user.home / ".config" / "hookwatch" / "service-token"
    assert (file.read_text("utf-8"), file.stat().st_mode & 0o777) == (f"{token}\n", 0o600)
    opened = user.hookwatch("open", "--print", HOOKWATCH_TOKEN_FILE=str(file))
    assert opened.stdout == f"http://127.0.0.1:{user.ports[1]}/?token={token}\n"
    assert user.hookwatch("service", "remove").returncode == 0
    assert not file.parent.exists()
