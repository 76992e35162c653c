"""earmark's own .npz: recordings of any length, and sets."""

from __future__ import annotations

import math
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from formats.record_making import COMPACT, Told, some_clips
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from earmark.errors import DataError, EarmarkError
from earmark.formats import EmbeddingSet, npz
from earmark.formats.cutting import cut

CLIPS = some_clips(100)
Arrays = dict[str, NDArray[Any]]


def recording(source: str, count: int) -> npz.Recording:
    return npz.Recording(
        source=source,
        duration=count * 0.96 + 0.1,
        frames=np.random.default_rng(count).integers(0, 256, (count, 128), np.uint8),
        starts=np.arange(count, dtype=np.float64) * 0.96,
    )


def saved(path: Path, *recordings: npz.Recording) -> Path:
    with path.open("wb") as file:
        npz.save(file, recordings, identity=COMPACT, model="compact 1.0")
    return path


def read(path: Path, **options: Any) -> EmbeddingSet:
    return EmbeddingSet.concatenate(list(npz.stream(path, **options)))


def test_recordings_of_any_length_are_read_back(tmp_path: Path) -> None:
    given = [recording(f"{at}.wav", count) for at, count in enumerate([0, 3, 0, 0, 70_000, 1, 0])]
    found = list(npz.recordings(saved(tmp_path / "set.npz", *given)))
    assert [(identity, model) for _, identity, model in found] == [(COMPACT, "compact 1.0")] * 7
    for (ours, _, _), theirs in zip(found, given, strict=True):
        assert (ours.source, ours.duration) == (theirs.source, theirs.duration)
        np.testing.assert_array_equal(ours.frames, theirs.frames)
        np.testing.assert_array_equal(ours.starts, theirs.starts)


def test_recordings_are_read_as_clips_of_ten(tmp_path: Path) -> None:
    given = [recording("a", 25), recording("none", 0), recording("b", 3)]
    parts = [
        cut(
            item.frames,
            starts=item.starts,
            duration=item.duration,
            source=item.source,
            identity=COMPACT,
        )
        for item in given
    ]
    found = list(npz.stream(saved(tmp_path / "set.npz", *given), chunk=3))
    assert [len(chunk) for chunk in found] == [3, 1]
    assert EmbeddingSet.concatenate(found) == EmbeddingSet.concatenate(parts)


def test_clips_of_one_recording_become_one(tmp_path: Path) -> None:
    path = tmp_path / "set.npz"
    whole = recording("a", 25)
    clips = cut(whole.frames, starts=whole.starts, duration=math.nan, source="a", identity=COMPACT)
    npz.write(path, [clips[:2], clips[2:]])
    ((found, _, model),) = npz.recordings(path)
    assert found.source == "a"
    assert found.duration == pytest.approx(25 * 0.96)
    np.testing.assert_array_equal(found.frames, whole.frames)
    np.testing.assert_allclose(found.starts, whole.starts)
    assert model == "compact 1"
    assert read(path) == clips


def test_the_same_clips_make_the_same_file(tmp_path: Path) -> None:
    npz.write(tmp_path / "a.npz", [CLIPS])
    npz.write(tmp_path / "b.npz", [CLIPS[:7], CLIPS[7:]])
    assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "b.npz").read_bytes()


def test_compressed_by_another_hand(tmp_path: Path) -> None:
    npz.write(tmp_path / "a.npz", [CLIPS])
    with np.load(tmp_path / "a.npz") as arrays:
        np.savez_compressed(tmp_path / "b.npz", **arrays)
    assert read(tmp_path / "b.npz") == CLIPS


def without(name: str) -> Callable[[Arrays], Arrays]:
    return lambda arrays: {key: array for key, array in arrays.items() if key != name}


def changed(name: str, array: Any) -> Callable[[Arrays], Arrays]:
    return lambda arrays: {**arrays, name: np.asarray(array)}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (without("frames"), "There is no item named 'frames.npy'"),
        (without("identity"), "There is no item named 'identity.npy'"),
        (without("clip_ends"), "There is no item named 'clip_ends.npy'"),
        (changed("format", 2), "has format 2; this earmark reads 1"),
        (changed("frames", np.zeros((3, 64), np.uint8)), r"frames is uint8 \[3, 64\]"),
        (changed("frames", np.zeros((3, 128), np.uint8)), "do not bear out"),
        (changed("lengths", np.full(100, 11, np.uint8)), "do not bear out"),
        (changed("labels", np.zeros(3, np.int32)), "do not bear out"),
        (changed("lengths", np.full(99, 1, np.uint8)), "does not say the same of all clips"),
        (changed("clip_source", np.full(100, 99)), None),
        (changed("clip_source", np.full(100, 100)), "not in the order of its sources"),
        (changed("clip_source", np.full(100, -1)), "not in the order of its sources"),
    ],
)
def test_sets_that_do_not_fit_together(
    change: Callable[[Arrays], Arrays], message: str | None, tmp_path: Path
) -> None:
    path = tmp_path / "set.npz"
    npz.write(path, [CLIPS])
    with np.load(path) as arrays:
        np.savez(path, **change(dict(arrays)))  # type: ignore[arg-type]
    if message is None:
        assert len(read(path)) == 100
        return
    with pytest.raises(DataError, match=rf"set\.npz.*{message}"):
        read(path)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (changed("source", [0, 1, 0]), "not in the order of its sources"),
        (changed("source", [0, 0, 2]), "not in the order of its sources"),
        (changed("source", [-1, 0, 1]), "not in the order of its sources"),
        (changed("source", [0, 1]), "it has 3 frames, 3 starts and 2 sources"),
        (changed("durations", [1.0]), "it has 2 sources and 1 durations"),
    ],
)
def test_recordings_that_do_not_fit_together(
    change: Callable[[Arrays], Arrays], message: str, tmp_path: Path
) -> None:
    path = saved(tmp_path / "set.npz", recording("a", 1), recording("b", 2))
    with np.load(path) as arrays:
        np.savez(path, **change(dict(arrays)))  # type: ignore[arg-type]
    for reads in (read, lambda path: list(npz.recordings(path))):
        with pytest.raises(DataError, match=rf"set\.npz.*{message}"):
            reads(path)


def test_damage_is_told_at_the_end(tmp_path: Path) -> None:
    path = tmp_path / "set.npz"
    clips = some_clips(9000)
    npz.write(path, [clips])
    with zipfile.ZipFile(path) as archive:
        place = archive.getinfo("frames.npy").header_offset + 9_000_000
    data = bytearray(path.read_bytes())
    data[place] ^= 1
    path.write_bytes(data)
    told = Told()
    found = read(path, on_damage=told)
    assert found.ids == clips.ids[:8192]
    assert told.reasons == ["it cannot be read any further: Bad CRC-32 for file 'frames.npy'"]
    with pytest.raises(DataError, match=r"Bad CRC-32 for file 'frames\.npy'"):
        read(path)


def test_an_id_that_numpy_cannot_hold(tmp_path: Path) -> None:
    clips = EmbeddingSet(**{**vars(some_clips(1)), "ids": ("a\0",)})
    with pytest.raises(DataError, match=r"'a\\x00' ends in a zero byte"):
        npz.write(tmp_path / "set.npz", [clips])


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A file with `CLIPS`."""
    path = tmp_path_factory.mktemp("small") / "set.npz"
    npz.write(path, [CLIPS])
    return path.read_bytes()


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_whatever_is_damaged_it_does_not_go_unnoticed(
    data: st.DataObject, small: bytes, tmp_path: Path
) -> None:
    damaged = bytearray(small)
    damaged[data.draw(st.integers(0, len(small) - 1))] ^= data.draw(st.integers(1, 255))
    path = tmp_path / "set.npz"
    path.write_bytes(damaged)
    told = Told()
    try:
        found = read(path, on_damage=told)
    except EarmarkError:
        return
    assert told or found == CLIPS
