"""What is kept, and for how long."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from earmark.training.sounds.cache import Cache

KEY = "ab" * 32


def key(number: int) -> str:
    return f"{number:064x}"[::-1]


def test_what_was_put_is_got(tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    assert cache.get(KEY) is None
    cache.put(KEY, b"data")
    assert cache.get(KEY) == Cache(tmp_path).get(KEY) == b"data"
    cache.put(KEY, b"")
    assert cache.get(KEY) == b""
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == [KEY[2:]]


def test_where_it_is(cache_folder: Path) -> None:
    assert Cache().folder == cache_folder / "embeddings"


@pytest.mark.parametrize(
    "harm",
    [
        lambda data: data[:-1],
        lambda data: data[:5],
        lambda data: b"",
        lambda data: data[:-1] + b"x",
        lambda data: b"x" + data[1:],
        lambda data: data + b"x",
        lambda data: bytes(len(data)),
    ],
)
def test_what_is_damaged_is_missing(tmp_path: Path, harm: object) -> None:
    cache = Cache(tmp_path)
    cache.put(KEY, b"data")
    path = cache._path(KEY)
    path.write_bytes(harm(path.read_bytes()))  # type: ignore[operator]
    assert cache.get(KEY) is None
    cache.put(KEY, b"new")
    assert cache.get(KEY) == b"new"


def test_what_was_not_used_for_longest_goes(tmp_path: Path) -> None:
    cache = Cache(tmp_path, limit=10 * 4096)
    now = time.time()
    for number in range(10):
        cache.put(key(number), b"x")
        os.utime(cache._path(key(number)), (now - 100 + number,) * 2)
    cache.trim()
    assert all(cache.get(key(number)) for number in range(10))
    for number in range(10):
        os.utime(cache._path(key(number)), (now - 100 + number,) * 2)
    assert cache.get(key(0)) == b"x"  # used now
    cache.put(key(10), b"x")
    cache.trim()
    left = [number for number in range(11) if cache.get(key(number))]
    assert left == [0, 4, 5, 6, 7, 8, 9, 10]


def test_it_is_kept_small_while_it_is_filled(tmp_path: Path) -> None:
    cache = Cache(tmp_path, limit=16 * 4096)
    for number in range(60):
        cache.put(key(number), b"x" * 1000)
        assert len([path for path in tmp_path.rglob("*") if path.is_file()]) <= 18


def test_what_killed_runs_left_goes_in_time(tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    cache.put(KEY, b"data")
    old, new = (cache._path(KEY).with_name(f".{name}.part") for name in ("old", "new"))
    old.touch()
    new.touch()
    os.utime(old, (0, 0))
    cache.trim()
    assert not old.exists()
    assert new.exists()


def test_a_full_disk_is_told_and_no_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    cache = Cache(tmp_path)
    monkeypatch.setattr(Path, "write_bytes", full)
    cache.put(KEY, b"data")
    assert cache.trouble == f"{tmp_path} cannot be written: No space left on device"
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]
    cache.put(KEY, b"data")
    assert cache.get(KEY) is None


def test_a_folder_that_cannot_be(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    cache = Cache(tmp_path / "file" / "cache")
    cache.put(KEY, b"data")
    assert "cannot be written: Not a directory" in str(cache.trouble)
    assert cache.get(KEY) is None
    cache.trim()


WRITER = """
import sys
from pathlib import Path
from earmark.training.sounds.cache import Cache
cache = Cache(Path(sys.argv[1]), limit=64 * 4096)
for number in range(100):
    key = f"{number % 50:064x}"[::-1]
    known = cache.get(key)
    assert known in (None, bytes([number % 50]) * 2000), "damaged"
    cache.put(key, bytes([number % 50]) * 2000)
cache.trim()
"""


def test_two_runs_at_once(tmp_path: Path) -> None:
    runs = [
        subprocess.Popen([sys.executable, "-c", WRITER, str(tmp_path)], stderr=subprocess.PIPE)
        for _ in range(2)
    ]
    for run in runs:
        _, error = run.communicate(timeout=60)
        assert run.returncode == 0, error.decode()
