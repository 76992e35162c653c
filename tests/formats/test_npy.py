"""DEEP-OC's blocks."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from formats.record_making import COMPACT, Told, some_clips
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from earmark.embedders import dequantise, quantise
from earmark.embedders.identity import AUDIOSET
from earmark.errors import DataError, UsageError
from earmark.formats import EmbeddingSet, Labels, npy
from earmark.ontology import labels

BYTES = np.random.default_rng(0).integers(0, 256, (1, 10, 128), np.uint8)
BYTES[0, :2] = np.arange(256).reshape(2, 128)


def read(path: Path, **options: Any) -> EmbeddingSet:
    return EmbeddingSet.concatenate(list(npy.stream(path, **options)))


def block(folder: Path, name: str, numbers: NDArray[Any] | None = None) -> Path:
    """Write a block as DEEP-OC does."""
    folder.mkdir(exist_ok=True)
    path = folder / f"{name}.npy"
    np.save(path, dequantise(BYTES, how="kong") if numbers is None else numbers)
    return path


def test_a_folder_of_blocks(tmp_path: Path) -> None:
    for name in ("b-0", "a-10", "a-9", "a-1-0", "c"):
        block(tmp_path / "set", name)
    (tmp_path / "set" / "notes.txt").touch()
    found = read(tmp_path / "set")
    assert found.ids == ("a", "a", "a-1", "b", "c")
    np.testing.assert_allclose(found.starts, [86.4, 96, 0, 0, np.nan])
    np.testing.assert_allclose(found.ends, [96, np.nan, np.nan, np.nan, np.nan])
    assert (found.frames == BYTES).all()
    assert (found.lengths == 10).all()
    assert (found.identity, found.table) == (AUDIOSET, labels())
    assert found.labels == Labels.none(5)


def test_one_block(tmp_path: Path) -> None:
    path = block(tmp_path, "a-0")
    assert read(path, identity=COMPACT).identity == COMPACT


def test_more_than_are_read_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(7):
        block(tmp_path / "set", f"a-{number}")
    expected = read(tmp_path / "set")
    assert np.isnan(expected.ends).tolist() == [False] * 6 + [True]
    monkeypatch.setattr(npy, "_AT_ONCE", 3)
    assert read(tmp_path / "set") == expected
    assert [len(chunk) for chunk in npy.stream(tmp_path / "set", chunk=4)] == [4, 3]


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_kongs_numbers_are_mapped_back_exactly(tmp_path: Path, dtype: type) -> None:
    path = block(tmp_path, "a-0", dequantise(BYTES, how="kong").astype(dtype))
    np.testing.assert_array_equal(read(path).frames, BYTES)


def test_youtube8ms_numbers_are_mapped_back_exactly(tmp_path: Path) -> None:
    numbers = dequantise(BYTES, how="youtube8m")
    for off in (0, 1e-6, -1e-6):
        path = block(tmp_path, "a-0", numbers + np.float32(off))
        np.testing.assert_array_equal(read(path, values="youtube8m").frames, BYTES)


def test_bytes_stay_what_they_are(tmp_path: Path) -> None:
    np.testing.assert_array_equal(read(block(tmp_path, "a-0", BYTES)).frames, BYTES)


def test_embeddings_that_never_were_bytes_are_quantised_if_one_says_so(tmp_path: Path) -> None:
    numbers = np.random.default_rng(0).normal(0, 1.5, (1, 10, 128)).astype(np.float32)
    path = block(tmp_path, "a-0", numbers)
    np.testing.assert_array_equal(read(path, values="embeddings").frames, quantise(numbers))
    for values, others in (("kong", "'youtube8m' or"), ("youtube8m", "'kong' or")):
        message = rf"a-0\.npy: {numbers.flat[0]:.6g} in it is no byte read back as .*{others}"
        with pytest.raises(DataError, match=message.replace("+", r"\+")):
            read(path, values=values)


@pytest.mark.parametrize(
    ("numbers", "message"),
    [
        (np.zeros((10, 128), np.float32), r"has shape \[10, 128\]; a block has \[1, 10, 128\]"),
        (np.zeros((1, 10, 64), np.float32), r"has shape \[1, 10, 64\]"),
        (np.zeros((1, 10, 128), np.int8), "holds int8; a block holds float32, or uint8"),
        (np.full((1, 10, 128), np.nan, np.float32), "holds numbers that are not finite"),
        (np.full((1, 10, 128), 1.0, np.float32), "1 in it is no byte read back as"),
        (np.full((1, 10, 128), -1.5, np.float32), "-1.5 in it is no byte read back as"),
        (np.array(["a"], object), "cannot be read as .npy: Object arrays cannot be loaded"),
    ],
)
def test_other_blocks_are_damage(tmp_path: Path, numbers: NDArray[Any], message: str) -> None:
    np.save(tmp_path / "a-1.npy", numbers, allow_pickle=True)
    block(tmp_path, "a-0")
    told = Told()
    assert read(tmp_path, on_damage=told).ids == ("a",)
    (damage,) = told
    assert damage.path == str(tmp_path / "a-1.npy")
    with pytest.raises(DataError, match=message):
        read(tmp_path)


def test_half_a_block(tmp_path: Path) -> None:
    path = block(tmp_path, "a-0")
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(DataError, match=r"a-0\.npy: cannot be read as \.npy"):
        read(path)


def test_no_blocks(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"holds no \.npy file: name a folder of blocks"):
        read(tmp_path)
    with pytest.raises(DataError, match="there is no such file or folder"):
        read(tmp_path / "gone")


def test_it_writes_what_deep_oc_reads(tmp_path: Path) -> None:
    clips = replace(some_clips(3), lengths=np.full(3, 10, np.uint8), ids=("a", "b/c.wav", "a"))
    npy.write(tmp_path / "set", [clips])
    assert sorted(path.name for path in (tmp_path / "set").iterdir()) == [
        "a-0.npy",
        "a-1.npy",
        "b%2Fc.wav-0.npy",
    ]
    first = np.load(tmp_path / "set" / "a-0.npy")
    assert first.dtype == np.float32
    np.testing.assert_array_equal(first, (clips.frames[:1].astype(np.float32) - 128) / 128)


def test_a_short_clip_is_filled_from_the_beginning_of_its_recording(tmp_path: Path) -> None:
    frames = np.zeros((3, 10, 128), np.uint8)
    frames[0] = np.arange(10, 20)[:, None]
    frames[1, :3] = np.arange(20, 23)[:, None]
    frames[2, :4] = np.arange(30, 34)[:, None]
    lengths = np.array([10, 3, 4], np.uint8)
    clips = replace(some_clips(3), frames=frames, lengths=lengths, ids=("a", "a", "b"))
    npy.write(tmp_path / "set", [clips])
    found = read(tmp_path / "set").frames[:, :, 0].tolist()
    assert found[1] == [20, 21, 22, *range(10, 17)]
    assert found[2] == [30, 31, 32, 33, 30, 31, 32, 33, 30, 31]


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=st.text(st.characters(exclude_categories=["Cs"]), max_size=20))
def test_any_id_can_name_a_file(name: str, tmp_path: Path) -> None:
    clips = replace(some_clips(2), ids=(name, "caf\udce9"))
    folder = tmp_path / f"set{len(list(tmp_path.iterdir()))}"
    npy.write(folder, [clips])
    assert sorted(read(folder).ids) == sorted([name, "caf\udce9"])


def test_a_folder_of_something_is_not_overwritten(tmp_path: Path) -> None:
    block(tmp_path / "set", "a-0")
    with pytest.raises(UsageError, match="something else is there, which would be lost"):
        npy.write(tmp_path / "set", [some_clips(1)])
