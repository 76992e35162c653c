"""The service as a process of its own, for tests that stop and kill it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen


class Service:
    """A service that runs; what it writes is gathered."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        assert process.stderr is not None
        self.address = process.stderr.readline().split()[-1].rstrip("/")
        self.lines: list[str] = []
        self._reading = threading.Thread(target=self._read, daemon=True)
        self._reading.start()

    def get(self, path: str) -> bytes:
        with urlopen(f"{self.address}{path}", timeout=120) as answer:
            body: bytes = answer.read()
        return body

    def wait_until_ready(self, seconds: float = 120) -> None:
        end = time.monotonic() + seconds
        while True:
            try:
                self.get("/readyz")
                return
            except URLError:
                assert time.monotonic() < end, self.lines
                time.sleep(0.05)

    def workers(self) -> set[int]:
        """The ids of the processes that serve, as Linux tells them."""
        found = set()
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
                command = (folder / "cmdline").read_bytes()
            except OSError:
                continue
            if parent == self.process.pid and b"spawn_main" in command:
                found.add(int(folder.name))
        return found

    def log(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.lines]

    def stop(self, sent: signal.Signals = signal.SIGTERM) -> int:
        """Ask it to end, and give its exit code."""
        self.process.send_signal(sent)
        code = self.process.wait(60)
        self._reading.join(10)
        return code

    def _read(self) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self.lines.append(line)


@contextmanager
def service(
    folder: Path,
    *arguments: str,
    program: Sequence[str] = ("-m", "earmark", "serve"),
    environment: Mapping[str, str] | None = None,
) -> Iterator[Service]:
    """Run ``earmark serve`` for the length of a ``with`` block."""
    command = [sys.executable, *program, "--port", "0", "--model", str(folder)]
    process = subprocess.Popen(
        [*command, *arguments],
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, **(environment or {})},
    )
    with process:
        try:
            running = Service(process)
            running.wait_until_ready()
            yield running
        finally:
            if process.poll() is None:
                process.terminate()
                try:
                    process.wait(30)
                except subprocess.TimeoutExpired:
                    process.kill()
