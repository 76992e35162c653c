"""The real ``deepaas-run`` as a process, for as long as a test needs it."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
import tomllib
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

from conftest import ROOT

from earmark import __version__

PROGRAM = Path(sys.executable).with_name("deepaas-run")
BOUNDARY = "a-boundary-of-these-tests"
START_SECONDS = 120.0
LIFETIME = 900


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    body: Any


@dataclass(frozen=True)
class Server:
    """Where it is, what it says on stderr, and its temporary files."""

    address: str
    log: Path
    temporary: Path

    def ask(self, path: str, *, method: str = "GET", body: bytes | None = None) -> Answer:
        """Ask for a path; a body is a multipart form."""
        request = urllib.request.Request(f"{self.address}{path}", data=body, method=method)
        if body is not None:
            request.add_header("Content-Type", f"multipart/form-data; boundary={BOUNDARY}")
        try:
            with urllib.request.urlopen(request, timeout=120) as response:
                return Answer(response.status, _read(response.read()))
        except urllib.error.HTTPError as error:
            with error:
                return Answer(error.code, _read(error.read()))

    def predict(self, *files: Path, query: str = "", **fields: str) -> Answer:
        """Send a form with files as ``data``."""
        parts = [
            f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
            for name, value in fields.items()
        ]
        body = "".join(parts).encode()
        for path in files:
            head = (
                f"--{BOUNDARY}\r\nContent-Disposition: form-data; "
                f'name="data"; filename="{path.name}"\r\n\r\n'
            )
            body += head.encode() + path.read_bytes() + b"\r\n"
        body += f"--{BOUNDARY}--\r\n".encode()
        return self.ask(f"/v2/models/earmark/predict/{query}", method="POST", body=body)


@contextmanager
def deepaas_run(work: Path, *arguments: str, **settings: str) -> Iterator[Server]:
    """Start it on a free port, and end it after a ``with`` block.

    It ends by itself after some minutes, whatever becomes of the tests.
    """
    (work / "temporary").mkdir(parents=True)
    log = work / "log"
    environment = {
        **os.environ,
        **{f"EARMARK_DEEPAAS_{name.upper()}": value for name, value in settings.items()},
        "OMP_NUM_THREADS": "1",
        "PYTHONPATH": os.pathsep.join([*_findable(work), os.environ.get("PYTHONPATH", "")]),
        "TMPDIR": str(work / "temporary"),
        "XDG_CACHE_HOME": str(work / "cache"),
    }
    command = ["timeout", "--foreground", "--kill-after=5", str(LIFETIME), str(PROGRAM)]
    command += ["--listen-port", "0", "--model-name", "earmark", *arguments]
    with log.open("wb") as file:
        process = subprocess.Popen(command, cwd=work, env=environment, stdout=file, stderr=file)
    try:
        yield Server(_address(process, log), log, work / "temporary")
    finally:
        process.terminate()
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(30)


def _address(process: subprocess.Popen[bytes], log: Path) -> str:
    """Wait until it listens, and read where."""
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end and process.poll() is None:
        if found := re.search(r"Running on (http://[^ ]+:[1-9]\d*)", log.read_text()):
            return found[1]
        time.sleep(0.1)
    raise RuntimeError(f"deepaas-run did not start:\n{log.read_text()}")


def _findable(work: Path) -> list[str]:
    """Have the entry point found where the project is not installed but on the path alone."""
    if any(point.name == "earmark" for point in entry_points(group="deepaas.v2.model")):
        return []
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    points = project["entry-points"]["deepaas.v2.model"]
    folder = work / "found" / f"earmark-{__version__}.dist-info"
    folder.mkdir(parents=True)
    lines = ["[deepaas.v2.model]", *(f"{name} = {module}" for name, module in points.items())]
    (folder / "entry_points.txt").write_text("\n".join(lines))
    (folder / "METADATA").write_text(
        f"Metadata-Version: 2.1\nName: earmark\nVersion: {__version__}\n"
    )
    return [str(folder.parent), str(ROOT / "src")]


def _read(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return body.decode(errors="replace")
