"""Check the image's and the proxy's files, and run the health check against real daemons."""

from __future__ import annotations

import re
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from shared.settings import Settings, variable
from tests.running import ROOT, Hookwatch, hookwatch

if TYPE_CHECKING:
    from pathlib import Path

TOKEN = "0123456789abcdef"
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text("utf-8"))


def instructions() -> list[tuple[str, str]]:
    """Return the Dockerfile's instructions with their arguments, continued lines joined."""
    text = (ROOT / "Dockerfile").read_text("utf-8")
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    joined = re.sub(r"\\\n\s*", "", "\n".join(lines))
    words = [line.partition(" ") for line in joined.splitlines() if line]
    return [(name, arguments.strip()) for name, _, arguments in words]


def stages() -> list[list[tuple[str, str]]]:
    found: list[list[tuple[str, str]]] = []
    for name, arguments in instructions():
        if name == "FROM":
            found.append([])
        found[-1].append((name, arguments))
    return found


def environment() -> dict[str, str]:
    """Return what the image sets for its processes."""
    pairs = [words for name, words in stages()[-1] if name == "ENV"]
    return dict(pair.split("=", 1) for words in pairs for pair in words.split())


def test_the_image_runs_unprivileged_with_its_data_in_a_volume() -> None:
    """As root, a flaw in a daemon would be one of the host."""
    final = stages()[-1]
    names = [name for name, _ in final]
    assert dict(final)["USER"] == "10001:10001"
    assert names.index("USER") > max(at for at, name in enumerate(names) if name == "RUN")
    assert dict(final)["VOLUME"] == environment()["HOOKWATCH_DATA"] == "/data"
    assert dict(final)["EXPOSE"] == "4000 4001"


def test_the_image_takes_nothing_from_a_host_and_nothing_unpinned() -> None:
    """A build must not depend on what a server answers that day."""
    assert [name for name, _ in instructions() if name == "ADD"] == []
    assert [
        words for name, words in instructions() if re.search("https?://|curl|wget", words)
    ] == []
    assert all(":" in words.split()[0] for name, words in instructions() if name == "FROM")
    installs = [words for name, words in instructions() if "requirements.txt" in words]
    assert any("--require-hashes" in words for words in installs)
    assert ("RUN", "npm ci") in instructions()


def test_all_that_the_image_copies_is_in_the_build_context() -> None:
    """What `.dockerignore` leaves out fails the build; what it lets in may hold secrets."""
    allowed = {
        line.removeprefix("!")
        for line in (ROOT / ".dockerignore").read_text("utf-8").splitlines()
        if line.startswith("!")
    }
    copies = [words.split()[:-1] for name, words in instructions() if name == "COPY"]
    copied = {path for paths in copies for path in paths if not paths[0].startswith("--from=")}
    assert {path.partition("/")[0] for path in copied} == allowed
    assert all((ROOT / path).exists() for path in copied)


def test_the_stages_run_one_python() -> None:
    """The virtual environment of one is copied into the other."""
    bases = [words.split()[0] for name, words in instructions() if name == "FROM"]
    assert bases[1] == bases[2]


def test_the_image_does_not_start_without_a_token(tmp_path: Path) -> None:
    """Published on a port, it would show every prompt to the network."""
    given = {**environment(), "HOOKWATCH_DATA": str(tmp_path), "PATH": "/usr/bin:/bin"}
    for name in ("ingestd", "queryd"):
        done = subprocess.run(
            [sys.executable, "-m", name], cwd=ROOT, env=given, capture_output=True, check=False
        )
        assert done.returncode == 2
        assert b"set HOOKWATCH_TOKEN" in done.stderr


def test_every_setting_of_the_image_and_of_compose_exists() -> None:
    known = {variable(field) for field in Settings.__struct_fields__}
    service = COMPOSE["services"]["hookwatch"]
    for names in (environment(), service["environment"]):
        assert {name for name in names if name.startswith("HOOKWATCH_")} <= known


def test_compose_publishes_the_proxy_alone() -> None:
    """Without TLS the token would cross the network in the clear."""
    services = COMPOSE["services"]
    assert "ports" not in services["hookwatch"]
    assert {port.partition(":")[0] for port in services["proxy"]["ports"]} == {"80", "443"}
    for service in services.values():
        assert service["read_only"] is True
        assert service["cap_drop"] == ["ALL"]
    assert services["hookwatch"]["environment"]["HOOKWATCH_TOKEN"].startswith("${HOOKWATCH_TOKEN:?")
    volumes = {
        volume.partition(":")[0] for service in services.values() for volume in service["volumes"]
    }
    assert {name for name in volumes if not name.startswith(".")} == set(COMPOSE["volumes"])
    assert "data:/data" in services["hookwatch"]["volumes"]


def test_the_proxy_reaches_both_ports_of_the_service() -> None:
    text = (ROOT / "container" / "Caddyfile").read_text("utf-8")
    assert re.findall(r"reverse_proxy (\S+)", text) == ["hookwatch:4000", "hookwatch:4001"]
    assert (
        "./container/Caddyfile:/etc/caddy/Caddyfile:ro" in COMPOSE["services"]["proxy"]["volumes"]
    )


def check_health(running: Hookwatch, **settings: str) -> tuple[int, str]:
    """Run what the image's HEALTHCHECK runs."""
    words = dict(stages()[-1])["HEALTHCHECK"]
    assert words.endswith('CMD ["python", "/opt/hookwatch/healthcheck.py"]')
    assert ("COPY", "container/healthcheck.py /opt/hookwatch/healthcheck.py") in stages()[-1]
    done = subprocess.run(
        [sys.executable, "-I", ROOT / "container" / "healthcheck.py"],
        env={**running.environment, **settings},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout


@pytest.mark.parametrize("way", ["variable", "file"])
def test_the_health_check_asks_both_daemons_with_the_token(tmp_path: Path, way: str) -> None:
    """A proxy that waits for it must not send hooks to a half of it."""
    file = tmp_path / "token"
    file.write_text(f"{TOKEN}\n", "utf-8")
    token = {"HOOKWATCH_TOKEN": TOKEN} if way == "variable" else {"HOOKWATCH_TOKEN_FILE": str(file)}
    with hookwatch(tmp_path / "data", **token) as running:
        assert check_health(running) == (0, "healthy\n")
        running.queryd.stop()
        code, text = check_health(running)
        assert (code, text.count("\n")) == (1, 1)
        assert text.startswith(f"port {running.queryd.port}: ")


def test_a_wrong_token_is_unhealthy(tmp_path: Path) -> None:
    """Then nothing that uses it reaches the daemons either."""
    with hookwatch(tmp_path / "data", HOOKWATCH_TOKEN=TOKEN) as running:
        code, text = check_health(running, HOOKWATCH_TOKEN=TOKEN[::-1])
        assert (code, text.count("401")) == (1, 2)
