"""Run a command in a pid namespace of its own, as a container does."""

import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence

import pytest

from tests.running import DEADLINE_S, ROOT


def in_pid_namespace(command: Sequence[str], body: bytes, environment: Mapping[str, str]) -> str:
    """Return what a command prints; skip the test where namespaces are not permitted."""
    unshare = shutil.which("unshare")
    if unshare is None:
        pytest.skip("there is no unshare command")
    as_root = [] if os.geteuid() == 0 else ["--user", "--map-root-user"]
    inside = [unshare, *as_root, "--pid", "--fork", "--mount-proc"]
    tried = subprocess.run([*inside, "true"], capture_output=True, text=True, check=False)
    if tried.returncode:
        pytest.skip(f"namespaces are not permitted: {tried.stderr.strip()}")
    done = subprocess.run(
        [*inside, *command],
        cwd=ROOT,
        input=body,
        env=dict(environment),
        stdout=subprocess.PIPE,
        timeout=DEADLINE_S,
        check=True,
    )
    return done.stdout.decode()
