"""Recordings through a network: in parallel, once, and whatever happens."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from training.sounds.making import Listening, folders, recording

from earmark import training
from earmark.bundle import Bundle
from earmark.errors import ModelError, UsageError
from earmark.tagging import Tagger
from earmark.training.sounds import read
from earmark.training.sounds.altering import Altered
from earmark.training.sounds.cache import Cache
from earmark.training.sounds.embedding import OfEmbedder
from earmark.training.sounds.extraction import Extracted, extract
from earmark.training.sounds.recordings import Recording, identify


class Counting:
    """Makes the mean of each patch, and counts patches."""

    key = "means"

    def __init__(self) -> None:
        self.patches = 0
        self.threads = 0
        self._lock = threading.Lock()

    def __call__(self, patches: NDArray[np.float32]) -> NDArray[Any]:
        with self._lock:
            self.patches += len(patches)
        means: NDArray[np.float32] = patches.mean(axis=(1, 2))[:, None]
        return means

    def make(self, threads: int) -> Counting:
        self.threads = threads
        return self


@pytest.fixture
def counting() -> Counting:
    return Counting()


@pytest.fixture
def found(tmp_path: Path) -> list[Recording]:
    root = folders(tmp_path / "sounds", each=2)
    recording(root / "low" / "long.wav", seconds=12)
    return list(identify(read(root)).found)


def test_the_same_embeddings_as_the_tagger_makes(found: list[Recording], bundle: Bundle) -> None:
    made = extract(found, lambda threads: OfEmbedder(bundle, threads=threads))
    tagger = Tagger(bundle, threads=1)
    for each in found:
        embeddings = tagger.embed(each.path)
        np.testing.assert_array_equal(made[each.digest].frames, embeddings.frames[None])
        assert made[each.digest].duration == embeddings.duration


def test_every_recording_is_computed_once(found: list[Recording], counting: Counting) -> None:
    watcher = Listening()
    first = extract(found, counting.make, cache=Cache(), watcher=watcher, jobs=2)
    assert counting.patches == 6 + 12
    assert watcher.total == [7]
    assert sorted(watcher.finished) == sorted(each.name for each in found)
    again = extract(found, counting.make, cache=Cache(), watcher=watcher)
    assert counting.patches == 18
    for digest, made in first.items():
        np.testing.assert_array_equal(made.frames, again[digest].frames)
        assert made.duration == again[digest].duration
    extract(found, counting.make)
    assert counting.patches == 36


def test_names_do_not_matter_and_what_is_in_it_does(
    tmp_path: Path, found: list[Recording], counting: Counting
) -> None:
    extract(found, counting.make, cache=Cache())
    root = tmp_path / "sounds"
    root.rename(tmp_path / "others")
    (tmp_path / "others" / "low").rename(tmp_path / "others" / "deep")
    again = list(identify(read(tmp_path / "others")).found)
    extract(again, counting.make, cache=Cache())
    assert counting.patches == 18
    recording(again[0].path, seed=99)
    extract(list(identify(read(tmp_path / "others")).found), counting.make, cache=Cache())
    assert counting.patches == 19
    other = Counting()
    other.key = "other means"
    extract(again[1:2], other.make, cache=Cache())
    assert other.patches == 1


def test_damaged_entries_are_computed_anew(
    found: list[Recording], counting: Counting, cache_folder: Path
) -> None:
    extract(found, counting.make, cache=Cache())
    entries = sorted(path for path in cache_folder.rglob("*") if path.is_file())
    entries[0].write_bytes(b"")
    entries[1].write_bytes(entries[2].read_bytes()[:-1])
    cache = Cache()
    keys = ["".join(path.parts[-2:]) for path in entries[3:]]
    for key, data in zip(
        keys, (b"", b"no json\n", b"{}\n", b'{"duration": 1, "notes": []}\nx'), strict=True
    ):
        cache.put(key, data)  # whole, but not what belongs there
    before = counting.patches
    made = extract(found, counting.make, cache=Cache())
    assert before < counting.patches <= 2 * before
    assert len(made) == 7


def test_unreadable_recordings_are_named_and_the_rest_goes_on(
    tmp_path: Path, counting: Counting
) -> None:
    root = folders(tmp_path / "sounds", each=2, classes=("low", "high"))
    (root / "low" / "empty.wav").touch()
    (root / "low" / "text.mp3").write_text("This is no sound at all.")
    cut = recording(root / "low" / "cut.wav", seconds=2)
    cut.write_bytes(cut.read_bytes()[:32_044])
    watcher = Listening()
    made = extract(list(identify(read(root)).found), counting.make, watcher=watcher, cache=Cache())
    assert len(made) == 5
    assert {Path(each.name).name for each in watcher.left_out} == {"empty.wav", "text.mp3"}
    assert len(watcher.finished) == 7
    assert [note for each in made.values() for note in each.notes] == [
        "ends at 1.00 s where its header promises 2.00 s: it was cut off"
    ]


def test_a_network_that_fails_ends_it(found: list[Recording]) -> None:
    class Failing(Counting):
        def __call__(self, patches: NDArray[np.float32]) -> NDArray[Any]:
            raise ModelError("the network is broken")

    with pytest.raises(ModelError, match="the network is broken"):
        extract(found, Failing().make, jobs=2)


def test_threads_are_shared(
    found: list[Recording], counting: Counting, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("earmark.training.sounds.extraction.cores", lambda: 8)
    extract(found[:2], counting.make)
    assert counting.threads == 4
    extract(found, counting.make)
    assert counting.threads == 1
    extract([], counting.make)
    assert counting.threads == 8


def test_a_full_disk_is_told_once(
    tmp_path: Path, found: list[Recording], counting: Counting
) -> None:
    (tmp_path / "file").touch()
    watcher = Listening()
    made = extract(found, counting.make, cache=Cache(tmp_path / "file"), watcher=watcher)
    assert len(made) == 7
    assert len(watcher.notes) == 1
    assert watcher.notes[0].startswith("embeddings are not kept for the next time: ")


class Quieter:
    """Half as loud, and a little noise."""

    key = "half"

    def __call__(
        self, waveform: NDArray[np.float32], rng: np.random.Generator, /
    ) -> NDArray[np.float32]:
        waveform /= 2
        return (waveform + rng.normal(0, 1e-3, len(waveform))).astype(np.float32)


class Nothing(Quieter):
    key = "nothing"

    def __call__(
        self, waveform: NDArray[np.float32], rng: np.random.Generator, /
    ) -> NDArray[np.float32]:
        return waveform


class Shorter(Quieter):
    key = "shorter"

    def __call__(
        self, waveform: NDArray[np.float32], rng: np.random.Generator, /
    ) -> NDArray[np.float32]:
        return waveform[1:]


@pytest.mark.parametrize("seconds", [0.01, 0.2, 0.974, 0.976, 9.6, 9.614, 9.615, 9.7, 10.6, 31.0])
def test_copies_that_alter_nothing_are_the_recording(
    tmp_path: Path, counting: Counting, seconds: float
) -> None:
    path = recording(tmp_path / "a.wav", seconds=seconds)
    one = Recording("1" * 64, path, "a.wav", ())
    (plain,) = extract([one], counting.make).values()
    (copies,) = extract([one], counting.make, altered=Altered(Nothing(), 2)).values()
    np.testing.assert_array_equal(copies.frames, np.repeat(plain.frames, 2, axis=0))
    assert copies.duration == plain.duration


def test_copies_differ_and_are_the_same_every_time(
    found: list[Recording], counting: Counting
) -> None:
    first = extract(found, counting.make, altered=Altered(Quieter(), 3), cache=Cache())
    assert counting.patches == 3 * 18
    for made in first.values():
        assert made.frames.shape[0] == 3
        assert (made.frames[0] != made.frames[1]).any()
    extract(found, counting.make, altered=Altered(Quieter(), 3), cache=Cache())
    assert counting.patches == 3 * 18
    again = extract(found, counting.make, altered=Altered(Quieter(), 3))
    other = extract(found, counting.make, altered=Altered(Quieter(), 3, seed=2), cache=Cache())
    for digest, made in first.items():
        np.testing.assert_array_equal(made.frames, again[digest].frames)
        assert (made.frames != other[digest].frames).any()


def test_copies_of_another_length_are_refused(found: list[Recording], counting: Counting) -> None:
    with pytest.raises(UsageError, match=r"^the alteration 'shorter' makes .*: it must keep the l"):
        extract(found, counting.make, altered=Altered(Shorter(), 1))


def test_what_is_packed_is_unpacked() -> None:
    made = Extracted(np.arange(6, dtype=np.uint8).reshape(1, 3, 2), 2.5, ("odd — but read",))
    again = Extracted.unpack(made.pack())
    np.testing.assert_array_equal(made.frames, again.frames)
    assert (again.duration, again.notes) == (2.5, ("odd — but read",))


RUN = """
import sys, time
from pathlib import Path
from earmark.bundle import Bundle
from earmark.training.sounds import Silent, prepare, read

class Slowly(Silent):
    def done(self, name):
        print(name, flush=True)
        time.sleep(float(sys.argv[3]))

prepare(read(sys.argv[1]), Bundle.read(Path(sys.argv[2])), watcher=Slowly(), jobs=1)
print("ready", flush=True)
"""


def _start(root: Path, bundle: Bundle, pause: float) -> subprocess.Popen[str]:
    arguments = [sys.executable, "-c", RUN, str(root), str(bundle.folder), str(pause)]
    return subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
def test_a_run_that_is_ended_goes_on_where_it_was(
    tmp_path: Path, bundle: Bundle, cache_folder: Path, how: signal.Signals
) -> None:
    root = folders(tmp_path / "sounds", each=6)
    run = _start(root, bundle, 0.2)
    assert run.stdout is not None
    for _ in range(4):
        assert run.stdout.readline()
    run.send_signal(how)
    run.communicate(timeout=60)
    assert run.returncode != 0
    kept = len([path for path in (cache_folder / "embeddings").rglob("*") if path.is_file()])
    assert 4 <= kept <= 18
    counting: list[int] = []
    real = OfEmbedder(bundle)

    class Counted(Counting):
        key = real.key

        def __call__(self, patches: NDArray[np.float32]) -> NDArray[Any]:
            counting.append(len(patches))
            return real(patches)

    make: Callable[[int], Counting] = Counted().make
    made = extract(list(identify(read(root)).found), make, cache=Cache())
    whole = extract(list(identify(read(root)).found), make)
    assert sum(counting) <= (18 - kept + 1) + 18
    for digest, each in whole.items():
        np.testing.assert_array_equal(each.frames, made[digest].frames)


def test_two_runs_at_once(tmp_path: Path, bundle: Bundle) -> None:
    root = folders(tmp_path / "sounds", each=4)
    runs = [_start(root, bundle, 0.0) for _ in range(2)]
    for run in runs:
        output, error = run.communicate(timeout=60)
        assert run.returncode == 0, error
        assert output.splitlines()[-1] == "ready"


def test_it_needs_no_pytorch() -> None:
    code = "import sys, earmark.training.sounds; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
    assert training.__doc__
