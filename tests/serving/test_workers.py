"""Several workers, one of which is killed under load."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import httpx2 as httpx
import pytest
from serving.running import Service, service

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")


class Client(threading.Thread):
    """Tags again and again, each time over a new connection."""

    def __init__(self, address: str, data: bytes) -> None:
        super().__init__()
        self.address, self.data = address, data
        self.enough = threading.Event()
        self.answered: list[str] = []
        self.lost: list[str] = []

    def run(self) -> None:
        while not self.enough.is_set():
            name = f"{self.name}-{len(self.answered) + len(self.lost)}"
            try:
                answer = httpx.post(
                    f"{self.address}/v1/tag",
                    files={"file": self.data},
                    headers={"X-Request-ID": name},
                    timeout=30,
                )
                assert answer.status_code == 200, answer.text
                self.answered.append(name)
            except httpx.TransportError:
                self.lost.append(name)


def counted(running: Service) -> float:
    pattern = r'earmark_requests_total\{.*route="/v1/tag",status="200"\} (\S+)'
    found = re.findall(pattern, running.get("/metrics").decode())
    return sum(map(float, found))


def wait_for(what: object, seconds: float = 120.0) -> None:
    assert callable(what)
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end
        time.sleep(0.05)


def test_a_killed_worker_loses_its_own_requests_only(folder: Path, noise: Path) -> None:
    with service(folder, "--workers", "2") as running:
        wait_for(lambda: len(running.workers()) == 2)
        before = running.workers()
        clients = [Client(running.address, noise.read_bytes()) for _ in range(4)]
        for client in clients:
            client.start()
        wait_for(lambda: all(len(client.answered) >= 3 for client in clients))
        victim = min(before)
        os.kill(victim, signal.SIGKILL)
        marks = [len(client.answered) for client in clients]
        wait_for(lambda: len(running.workers() - {victim}) == 2)
        wait_for(lambda: all(len(c.answered) >= m + 5 for c, m in zip(clients, marks, strict=True)))
        for client in clients:
            client.enough.set()
        for client in clients:
            client.join(30)
        assert before & running.workers() == before - {victim}
        # Each had at most one request on its way.
        assert all(len(client.lost) <= 1 for client in clients)
        answered = {name for client in clients for name in client.answered}
        # What was counted is not lost with who counted, and of what was open nothing is left.
        assert len(answered) <= counted(running) <= len(answered) + len(clients)
        assert "earmark_requests_in_queue 0.0" in running.get("/metrics").decode()
        assert running.stop() == 0
        written = {line.get("request_id") for line in running.log()}
        assert answered <= written
        lost = {name for client in clients for name in client.lost}
        assert not lost & written
        assert any("died" in line["message"] for line in running.log())
    wait_for(lambda: not any(Path(f"/proc/{pid}").exists() for pid in before))


def test_what_was_begun_is_finished_when_workers_are_stopped(folder: Path, noise: Path) -> None:
    with service(folder, "--workers", "2") as running:
        wait_for(lambda: len(running.workers()) == 2)
        statuses: list[int] = []

        def ask() -> None:
            answer = httpx.post(
                f"{running.address}/v1/tag",
                files=[("file", noise.read_bytes())] * 16,
                timeout=60,
            )
            statuses.append(answer.status_code)

        asking = threading.Thread(target=ask)
        asking.start()
        wait_for(lambda: "in_queue 1.0" in running.get("/metrics").decode() or statuses)
        assert running.stop(signal.SIGINT) == 0
        asking.join(30)
        assert statuses == [200]


def test_workers_do_not_outlive_who_started_them(folder: Path) -> None:
    with service(folder, "--workers", "2") as running:
        wait_for(lambda: len(running.workers()) == 2)
        workers = running.workers()
        running.process.kill()
        running.process.wait(10)
        wait_for(lambda: not any(Path(f"/proc/{pid}").exists() for pid in workers))


HANGING = """
import sys
import time
from functools import partial

from earmark.serving import running, workers
from earmark.serving.settings import ServeSettings

workers.HANGING_SECONDS, workers.BEAT_SECONDS = 6.0, 0.5

async def hang_here() -> None:
    time.sleep(600)

def application(settings):
    app = workers.worker(settings)
    app.add_api_route("/hang", hang_here)
    return app

if __name__ == "__main__":
    settings = ServeSettings(models=(sys.argv[-1],), port=0, workers=2, jobs=1)
    running.worker = application
    running.serve(settings, announce=partial(print, file=sys.stderr, flush=True))
"""


def test_one_that_hangs_ends_and_another_takes_its_place(folder: Path, tmp_path: Path) -> None:
    script = tmp_path / "hanging.py"
    script.write_text(HANGING, encoding="utf-8")
    with service(folder, program=(str(script),)) as running:
        wait_for(lambda: len(running.workers()) == 2)
        before = running.workers()
        with pytest.raises(httpx.TransportError):
            httpx.get(f"{running.address}/hang", timeout=60)
        wait_for(lambda: len(running.workers()) == 2 and len(running.workers() & before) == 1)
        running.get("/healthz")
        assert running.stop() == 0
        written = "".join(running.lines)
        assert "in hang_here" in written  # where it was
        assert "died, and another takes its place" in written


def test_workers_that_cannot_start_end_the_service(folder: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken"
    broken.mkdir()
    for path in folder.iterdir():
        (broken / path.name).write_bytes(path.read_bytes())
    (broken / "embedder.onnx").write_bytes(b"none")
    command = [sys.executable, "-m", "earmark", "serve", "--port", "0", "--workers", "2"]
    outcome = subprocess.run(
        [*command, "--model", str(broken)], capture_output=True, text=True, timeout=180, check=False
    )
    assert outcome.returncode == 1
    assert "the workers could not start: the log says why" in outcome.stderr
    assert "embedder.onnx cannot be opened" in outcome.stderr
