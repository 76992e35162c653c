"""The program among others: pipes that close, and Ctrl-C."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import sounds

PROGRAM = [sys.executable, "-c", "from earmark.cli import main; main()"]


@pytest.fixture
def many(tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """So many recordings that there is time to stop."""
    monkeypatch.setenv("EARMARK_MODEL", str(folder))
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "many"
    path.mkdir()
    first = sounds.write_wav(path / "0000.wav", sounds.tone(500, 60))
    for number in range(1, 600):
        os.link(first, path / f"{number:04}.wav")
    return path


def start(*args: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [*PROGRAM, *args], stdout=subprocess.PIPE, stderr=subprocess.PIPE, bufsize=0
    )


def interrupted(process: subprocess.Popen[bytes], lines: Iterator[bytes]) -> tuple[bytes, str]:
    """Press Ctrl-C after the first line; return all of stdout, and stderr."""
    begun = next(lines)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=20)
    return begun + out, err.decode()


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_ctrl_c_leaves_whole_lines(many: Path, jobs: str) -> None:
    process = start("tag", "many", "--format", "jsonl", "--jobs", jobs)
    assert process.stdout is not None
    out, err = interrupted(process, iter(process.stdout))
    assert process.returncode == 130
    assert out.endswith(b"\n")
    found = [json.loads(line) for line in out.splitlines()]
    assert 1 <= len(found) < 600
    assert err.startswith(f"interrupted; read {len(found)} recording")
    assert "Traceback" not in err


def test_ctrl_c_leaves_a_file_to_go_on_with_and_no_half_document(many: Path) -> None:
    output = Path("out.jsonl")
    process = start("tag", "many", "-o", str(output))
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline and not (output.exists() and output.stat().st_size):
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=20)
    assert process.returncode == 130
    assert b"they are in out.jsonl: add --resume to go on from there" in err
    assert all(json.loads(line)["tags"] for line in output.read_text().splitlines())

    process = start("tag", "many", "-o", "out.json")
    while time.monotonic() < deadline and not list(Path().glob(".out.json.*")):
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=20)
    assert process.returncode == 130
    assert b"out.json was not written" in err
    assert sorted(path.name for path in Path().iterdir()) == ["many", "out.jsonl"]


def test_a_reader_that_has_enough_is_no_error(many: Path) -> None:
    process = start("tag", "many", "--format", "jsonl")
    assert process.stdout is not None
    assert process.stdout.readline()
    process.stdout.close()
    assert process.wait(timeout=20) == 0
    assert process.stderr is not None
    assert process.stderr.read() == b""
    process.stderr.close()
