"""Requests a second, and how long each takes, beside a plain Flask handler.

    python -m benchmarks.serving [--rounds 3] [--seconds 5]

Each client sends 10 s of sound (WAV, 44.1 kHz, stereo: 1.8 MB) and sends it again when it has its
answer. The handler is what MAX-Audio-Classifier was: Flask, one request at a time; it tags with
the same model through the same package. All is on loopback, clients on the same cores. The limit
is what the cores could do if they did nothing but decode, compute and infer.
"""

from __future__ import annotations

import argparse
import http.client
import multiprocessing
import os
import re
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import repeat
from pathlib import Path
from statistics import median
from time import perf_counter, process_time

import numpy as np
import psutil

from benchmarks.measuring import conditions, encode, markdown, sound
from earmark import load
from earmark.processor import cores

SECONDS = 10.0
RATE = 44_100
CLIENTS = (1, 8, 32)
SERVERS = {
    "Flask": ("-m", "benchmarks.plain_serving"),
    "earmark": ("-m", "earmark", "serve", "--port", "0"),
    "earmark, 2 workers": ("-m", "earmark", "serve", "--port", "0", "--workers", "2"),
}
_BOUNDARY = "sound"
_WARM = 8
"""Requests before those that count."""


@dataclass(frozen=True)
class Server:
    """One that is running."""

    process: psutil.Process
    port: int

    def work(self) -> float:
        """Seconds of the processor that it and its workers have had."""
        family = [self.process, *self.process.children(recursive=True)]
        return sum(sum(each.cpu_times()[:2]) for each in family)


@dataclass(frozen=True)
class Load:
    """What came of some seconds with so many clients."""

    waits: tuple[float, ...]
    """Seconds that each request took."""
    seconds: float
    work: float
    """Seconds of the processor that the server had."""

    @property
    def rate(self) -> float:
        """Requests a second."""
        return len(self.waits) / self.seconds


@contextmanager
def started(arguments: tuple[str, ...]) -> Iterator[Server]:
    """Run a server that says where it listens, and end it."""
    command = [sys.executable, *arguments]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        try:
            for line in process.stderr:
                if found := re.search(r"http://127\.0\.0\.1:(\d+)", line):
                    break
            else:
                raise SystemExit(f"{' '.join(arguments)} has not begun to serve")
            # What it says from now on must not fill the pipe.
            threading.Thread(target=process.stderr.read, daemon=True).start()
            yield Server(psutil.Process(process.pid), int(found[1]))
        finally:
            process.terminate()
            process.wait(30)


def request(sound_file: bytes) -> bytes:
    """The body of a form with one file."""
    head = (
        f"--{_BOUNDARY}\r\n"
        'Content-Disposition: form-data; name="file"; filename="a.wav"\r\n'
        "Content-Type: audio/wav\r\n\r\n"
    )
    return head.encode() + sound_file + f"\r\n--{_BOUNDARY}--\r\n".encode()


def send(port: int, body: bytes, until: float, least: int) -> list[float]:
    """Be a client until then, for so many requests at least."""
    waits: list[float] = []
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    headers = {"Content-Type": f"multipart/form-data; boundary={_BOUNDARY}"}
    while perf_counter() < until or len(waits) < least:
        begun = perf_counter()
        connection.request("POST", "/v1/tag", body, headers)
        answer = connection.getresponse()
        if answer.status != 200 or not answer.read():
            raise SystemExit(f"answered {answer.status}")
        waits.append(perf_counter() - begun)
    connection.close()
    return waits


def drive(port: int, body: bytes, clients: int, seconds: float) -> list[float]:
    """Be so many clients for a while; runs in a process of its own."""
    waits: list[float] = []
    until = perf_counter() + seconds
    threads = [
        threading.Thread(target=lambda: waits.extend(send(port, body, until, 1)))
        for _ in range(clients)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return waits


def limit(path: Path) -> float:
    """Recordings a second that all cores could tag: each alone, and no service."""
    tagger = load(threads=1)
    tagger.tag(path)
    begun, times = process_time(), 20
    for _ in repeat(None, times):
        tagger.tag(path)
    return cores() * times / (process_time() - begun)


def measure(rounds: int, seconds: float) -> tuple[dict[tuple[str, int], list[Load]], list[float]]:
    """Load all servers in turn, round after round."""
    loads: dict[tuple[str, int], list[Load]] = {}
    limits: list[float] = []
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        path = encode(folder / "a.wav", sound(SECONDS, rate=RATE, channels=2), rate=RATE)
        body = request(path.read_bytes())
        servers = {name: stack.enter_context(started(how)) for name, how in SERVERS.items()}
        pool = stack.enter_context(multiprocessing.get_context("spawn").Pool(1))
        for server in servers.values():
            send(server.port, body, 0.0, _WARM)
        for _ in range(rounds):
            limits.append(limit(path))
            for clients in CLIENTS:
                for name, server in servers.items():
                    work, begun = server.work(), perf_counter()
                    waits = pool.apply(drive, (server.port, body, clients, seconds))
                    took = perf_counter() - begun
                    load_ = Load(tuple(waits), took, server.work() - work)
                    loads.setdefault((name, clients), []).append(load_)
    return loads, limits


def main() -> None:
    """Measure, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=5.0)
    options = parser.parse_args()
    loads, limits = measure(options.rounds, options.seconds)
    print(
        f"{SECONDS:g} s WAV uploads; the limit is {median(limits):.0f} requests/s; {conditions()}; "
        f"{options.rounds} rounds of {options.seconds:g} s.\n"
    )
    columns = ["clients", "server", "requests/s", "to Flask", "of the limit", "p50", "p95", "p99"]
    rows = [row(name, clients, loads, limits) for clients in CLIENTS for name in SERVERS]
    print(markdown([*columns, "an hour of audio"], rows))


def row(
    name: str, clients: int, loads: dict[tuple[str, int], list[Load]], limits: list[float]
) -> list[str]:
    """One line of the table."""
    own, plain = loads[name, clients], loads["Flask", clients]
    waits = np.array([wait for each in own for wait in each.waits])
    to_plain = median(a.rate / b.rate for a, b in zip(own, plain, strict=True))
    of_limit = median(a.rate / most for a, most in zip(own, limits, strict=True))
    hours = len(waits) * SECONDS / 3600
    return [
        str(clients),
        name,
        f"{median(each.rate for each in own):.1f}",
        f"{to_plain:.2f}x",
        f"{of_limit:.0%}",
        *(f"{np.percentile(waits, share) * 1000:.0f} ms" for share in (50, 95, 99)),
        f"{sum(each.work for each in own) / hours:.1f} core s",
    ]


if __name__ == "__main__":
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    main()
