"""The systemd unit: systemd's own view of it, ours, and what it starts."""

from __future__ import annotations

import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import ROOT
from deploy.running import bare_environment, free_port, started, status_of

from earmark.serving.settings import PREFIX, ServeSettings

UNIT = ROOT / "deploy" / "earmark.service"
SYSTEMD = shutil.which("systemd-analyze")
EXPOSURE = 2.0
"""Of 10, which is how systemd counts what a service could do that it need not."""


def values(name: str) -> list[str]:
    """What the unit says by a name, in order."""
    lines = UNIT.read_text(encoding="utf-8").splitlines()
    found = [line.partition("=") for line in lines if not line.startswith(("#", "["))]
    return [value for key, _, value in found if key == name]


def environment() -> dict[str, str]:
    pairs = [value.partition("=") for value in values("Environment")]
    return {name: value for name, _, value in pairs}


def test_sections_and_lines() -> None:
    lines = UNIT.read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if line.startswith("[")] == ["[Unit]", "[Service]", "[Install]"]
    for line in lines:
        assert not line or line[0] in "#[" or "=" in line


@pytest.mark.skipif(SYSTEMD is None, reason="there is no systemd-analyze here")
def test_systemd_takes_it(tmp_path: Path) -> None:
    (start,) = values("ExecStart")
    program = tmp_path / "earmark"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    text = UNIT.read_text(encoding="utf-8").replace(shlex.split(start)[0], str(program))
    unit = tmp_path / UNIT.name
    unit.write_text(text, encoding="utf-8")
    result = subprocess.run(
        [str(SYSTEMD), "verify", str(unit)], capture_output=True, text=True, check=False
    )
    assert unit.name not in result.stdout + result.stderr  # what it says of others is not ours
    assert result.returncode == 0


@pytest.mark.skipif(SYSTEMD is None, reason="there is no systemd-analyze here")
def test_little_is_left_to_it() -> None:
    command = [str(SYSTEMD), "security", "--offline=true", f"--threshold={EXPOSURE * 10:.0f}"]
    result = subprocess.run([*command, str(UNIT)], capture_output=True, text=True, check=False)
    if "unrecognized option" in result.stderr:
        pytest.skip("this systemd looks at units that run, and at no others")
    assert result.returncode == 0, result.stdout


def test_it_is_told_what_the_service_knows() -> None:
    told = {name: value for name, value in environment().items() if name.startswith(PREFIX)}
    read = ServeSettings.read(told)
    assert (read.host, read.port) == ("127.0.0.1", 5000)
    assert {name.removeprefix(PREFIX).lower() for name in told} <= set(ServeSettings.model_fields)
    (patience,) = values("TimeoutStopSec")
    assert int(patience) > read.request_seconds + 1
    assert values("DynamicUser") == ["yes"]
    (cache,) = values("CacheDirectory")
    assert environment()["EARMARK_CACHE"] == f"/var/cache/{cache}"


def test_it_starts(tmp_path: Path) -> None:
    (start,) = values("ExecStart")
    program, *arguments = shlex.split(start)
    assert Path(program).name == "earmark"
    port = free_port()
    told = {**environment(), "EARMARK_SERVE_PORT": str(port), "EARMARK_CACHE": str(tmp_path)}
    told = bare_environment(PYTHONPATH=str(ROOT / "src"), **told)
    command = [sys.executable, "-m", "earmark", *arguments]
    with started(command, told, cwd=tmp_path) as process:
        assert status_of(port, "/v1/models") == 200
        process.terminate()
        assert process.wait(30) in (0, -15, 143)
