"""Ask a service for minutes on end: what memory it holds, and what goes wrong.

    python -m benchmarks.soak [--minutes 5] [--clients 8] [--workers 1] [--model compact]

Clients send recordings of several formats and lengths, archives, broken files, and streams, hang up
half-way, and ask for what is not there, each one after the other, over loopback. Every few seconds
the processes that serve are asked for their resident memory. Memory counts as flat if the median of
the last third is at most 5 % above that of the second: the first third is for caches to fill.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import random
import socket
import subprocess
import sys
import threading
import time
import zipfile
from collections import Counter
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import httpx2 as httpx
from websockets.sync.client import connect

from benchmarks.measuring import conditions, encode, markdown, sound
from earmark.bundle import DEFAULT

FLAT = 1.05
EVERY = 2.0
"""Seconds between two looks at the memory."""


def parsed() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--model", default=DEFAULT, help="a tagger by name, or its folder")
    parser.add_argument("--minutes", type=float, default=5.0)
    parser.add_argument("--clients", type=int, default=8)
    parser.add_argument("--workers", type=int, default=1)
    return parser.parse_args()


class Bodies:
    """What the clients send."""

    def __init__(self, folder: Path) -> None:
        self.wav = encode(folder / "a.wav", sound(10, rate=44_100, channels=2), rate=44_100)
        self.mp3 = encode(folder / "a.mp3", sound(30, rate=44_100, channels=1), rate=44_100)
        self.sounds = {path.name: path.read_bytes() for path in (self.wav, self.mp3)}
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            for at in range(4):
                archive.writestr(f"{at}.mp3", self.sounds["a.mp3"])
        self.archive = packed.getvalue()
        self.bare = sound(10, rate=16_000, channels=1).tobytes()


class Client(threading.Thread):
    """Asks one thing after the other until it is told to stop."""

    def __init__(self, port: int, bodies: Bodies, seed: int) -> None:
        super().__init__()
        self.port, self.bodies = port, bodies
        self.random = random.Random(seed)
        self.enough = threading.Event()
        self.seen: Counter[str] = Counter()
        self.http = httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=120)

    def run(self) -> None:
        """Ask."""
        kinds = (self.tag, self.embed, self.pack, self.break_off, self.stream, self.ask, self.spoil)
        while not self.enough.is_set():
            kind = self.random.choices(kinds, weights=(8, 2, 1, 1, 1, 2, 2))[0]
            try:
                self.seen[kind()] += 1
            except Exception as error:
                self.seen[f"failed: {type(error).__name__}"] += 1

    def tag(self) -> str:
        """Send a recording."""
        name = self.random.choice([*self.bodies.sounds])
        return self.post("/v1/tag?events=true", (name, self.bodies.sounds[name]))

    def embed(self) -> str:
        """Send a recording for its embeddings."""
        return self.post("/v1/embed", ("a.mp3", self.bodies.sounds["a.mp3"]))

    def pack(self) -> str:
        """Send an archive."""
        return self.post("/v1/tag", ("a.zip", self.bodies.archive))

    def spoil(self) -> str:
        """Send half of a recording, with holes in it."""
        data = bytearray(self.bodies.sounds["a.mp3"])
        for _ in range(50):
            data[self.random.randrange(len(data))] = self.random.randrange(256)
        return self.post("/v1/tag", ("a.mp3", bytes(data[: len(data) // 2])))

    def ask(self) -> str:
        """Ask for what there is and what is not."""
        path = self.random.choice(["/v1/models", "/v1/labels", "/v1/ontology", "/metrics", "/x"])
        return str(self.http.get(path).status_code)

    def break_off(self) -> str:
        """Hang up half-way."""
        with socket.create_connection(("127.0.0.1", self.port)) as connection:
            connection.sendall(
                b"POST /v1/tag HTTP/1.1\r\nHost: a\r\nContent-Length: 2000000\r\n"
                b"Content-Type: multipart/form-data; boundary=b\r\n\r\n--b\r\nContent-Disposition: "
                b'form-data; name="file"; filename="a.wav"\r\n\r\n' + self.bodies.sounds["a.wav"]
            )
        return "hung up"

    def stream(self) -> str:
        """Stream ten seconds, or hang up half-way."""
        whole = self.random.random() < 0.7
        with connect(f"ws://127.0.0.1:{self.port}/v1/stream") as stream:
            stream.send(json.dumps({"format": "s16le", "sample_rate": 16_000}))
            data = self.bodies.bare if whole else self.bodies.bare[: len(self.bodies.bare) // 2]
            for start in range(0, len(data), 32_000):
                stream.send(data[start : start + 32_000])
            if not whole:
                return "stream, hung up"
            stream.send('{"type": "end"}')
            return f"stream, {[json.loads(message)['type'] for message in stream][-1]}"

    def post(self, path: str, file: tuple[str, bytes]) -> str:
        """Send a file, and give the answer's status."""
        return str(self.http.post(path, files={"file": file}).status_code)


def memory(pid: int) -> float:
    """What a process and its children hold, in MB: resident, as Linux counts."""
    total = 0.0
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
            if pid in (parent, int(folder.name)):
                pages = int((folder / "statm").read_text().split()[1])
                total += pages * os.sysconf("SC_PAGE_SIZE") / 1e6
        except OSError:
            continue
    return total


def begin(options: argparse.Namespace) -> tuple[subprocess.Popen[str], int]:
    """Start the service, and give its port when it is ready."""
    command = [sys.executable, "-m", "earmark", "serve", "--port", "0", "--model", options.model]
    service = subprocess.Popen(
        [*command, "--workers", str(options.workers)], stderr=subprocess.PIPE, text=True
    )
    assert service.stderr is not None
    port = int(service.stderr.readline().rstrip("/\n").rpartition(":")[2])
    threading.Thread(target=service.stderr.read, daemon=True).start()
    for _ in range(600):
        try:
            httpx.get(f"http://127.0.0.1:{port}/readyz", timeout=60).raise_for_status()
            return service, port
        except httpx.HTTPError:
            time.sleep(0.2)
    raise SystemExit("the service did not start")


def watch(service: subprocess.Popen[str], clients: list[Client], seconds: float) -> list[float]:
    """Let the clients ask, and look at the memory meanwhile."""
    held = []
    for client in clients:
        client.start()
    end = time.monotonic() + seconds
    while time.monotonic() < end and service.poll() is None:
        held.append(memory(service.pid))
        time.sleep(EVERY)
    for client in clients:
        client.enough.set()
    for client in clients:
        client.join()
    return held


def main() -> None:
    """Soak, and print one table."""
    options = parsed()
    with TemporaryDirectory(prefix="earmark-") as folder:
        bodies = Bodies(Path(folder))
        service, port = begin(options)
        try:
            clients = [Client(port, bodies, seed) for seed in range(options.clients)]
            held = watch(service, clients, options.minutes * 60)
        finally:
            service.terminate()
            service.wait(120)
    third = max(1, len(held) // 3)
    parts = [held[:third], held[third : 2 * third], held[2 * third :]]
    first, second, last = (median(part) for part in parts)
    seen = sum((client.seen for client in clients), Counter[str]())
    print(
        f"{options.clients} clients, {options.minutes:g} minutes, workers: {options.workers}; "
        f"{seen.total()} requests; {conditions()}.\n"
    )
    rows = [
        ["memory, first third, MB", f"{first:.0f}"],
        ["memory, second third, MB", f"{second:.0f}"],
        ["memory, last third, MB", f"{last:.0f}"],
        ["last to second", f"{last / second:.3f}x"],
        *([f"answers: {what}", str(count)] for what, count in sorted(seen.items())),
    ]
    print(markdown(["", "soak"], rows))
    unwanted = [what for what in seen if what.startswith(("5", "failed"))]
    if last > FLAT * second or unwanted:
        raise SystemExit("memory is not flat" if not unwanted else f"went wrong: {unwanted}")


if __name__ == "__main__":
    main()
