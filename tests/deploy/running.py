"""The service as a process, as `deploy/` has it started: on loopback, and for a while only."""

from __future__ import annotations

import os
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

START_SECONDS = 90.0
LIFETIME = 300


def free_port() -> int:
    """A port that nobody listens at."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def status_of(port: int, path: str) -> int:
    """What is answered there; 0 where nobody answers."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=10) as response:
            return int(response.status)
    except urllib.error.HTTPError as error:
        error.close()
        return error.code
    except OSError:
        return 0


@contextmanager
def started(
    command: Sequence[str], environment: Mapping[str, str], *, cwd: Path
) -> Iterator[subprocess.Popen[bytes]]:
    """Start a service, wait until it is ready, and end it after a ``with`` block.

    Parameters
    ----------
    command : sequence of str
    environment : mapping of str
        All of it; ``EARMARK_SERVE_PORT`` says where it will listen.
    cwd : Path
        Where it works, and leaves its log.
    """
    port = int(environment["EARMARK_SERVE_PORT"])
    assert environment["EARMARK_SERVE_HOST"] == "127.0.0.1"
    log = cwd / "log"
    limited = ["timeout", "--foreground", "--kill-after=5", str(LIFETIME), *command]
    with log.open("wb") as file:
        process = subprocess.Popen(limited, cwd=cwd, env={**environment}, stdout=file, stderr=file)
    try:
        end = time.monotonic() + START_SECONDS
        while status_of(port, "/readyz") != 200:
            if time.monotonic() > end or process.poll() is not None:
                raise RuntimeError(f"it did not start:\n{log.read_text(errors='replace')}")
            time.sleep(0.1)
        yield process
    finally:
        process.terminate()
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(30)


def bare_environment(**more: str) -> dict[str, str]:
    """What a process needs to find programs, and nothing of what this one was told."""
    return {"PATH": os.environ["PATH"], "LANG": "C.UTF-8", "OMP_NUM_THREADS": "1", **more}
