"""HDF5 as Kong packs it, and with what earmark adds."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from formats.record_making import COMPACT, Told, some_clips
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from earmark.embedders.identity import AUDIOSET
from earmark.errors import DataError, EarmarkError
from earmark.formats import EmbeddingSet, Labels, hdf5
from earmark.ontology import labels

CLIPS = some_clips(3000)


def read(path: Path, **options: Any) -> EmbeddingSet:
    return EmbeddingSet.concatenate(list(hdf5.stream(path, **options)))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A file with `CLIPS`."""
    path = tmp_path / "set.h5"
    hdf5.write(path, [CLIPS])
    return path


def kong(path: Path, **arrays: Any) -> Path:
    """Pack a file as Kong does; without an array that is None."""
    with h5py.File(path, "w") as file:
        for name, array in arrays.items():
            if array is not None:
                file.create_dataset(name, data=array)
    return path


def packed(count: int = 4) -> dict[str, NDArray[Any]]:
    """What is in such a file."""
    clips = some_clips(count)
    return {
        "x": clips.frames,
        "y": clips.labels.to_multi_hot(527),
        "video_id_list": np.array([f"{number:011}" for number in range(count)], "S11"),
    }


def test_kongs_own_code_can_read_it(path: Path) -> None:
    with h5py.File(path, "r") as hf:
        x = hf["x"][:]
        y = hf["y"][:]
        video_id_list = hf["video_id_list"][:].tolist()
    np.testing.assert_array_equal(x, CLIPS.frames)
    np.testing.assert_array_equal(y, CLIPS.labels.to_multi_hot(527))
    assert (x.dtype, y.dtype) == (np.uint8, np.bool_)
    assert [name.decode() for name in video_id_list] == list(CLIPS.ids)


def test_kongs_own_files_can_be_read(tmp_path: Path) -> None:
    arrays = packed()
    clips = some_clips(4)
    found = read(kong(tmp_path / "bal_train.h5", **arrays))
    np.testing.assert_array_equal(found.frames, clips.frames)
    np.testing.assert_array_equal(found.lengths, clips.lengths)
    assert found.ids == tuple(f"{number:011}" for number in range(4))
    assert [row.tolist() for row in found.labels] == [
        sorted(set(row.tolist())) for row in clips.labels
    ]
    assert found.table == labels()
    assert found.identity == AUDIOSET
    assert np.isnan(found.starts).all()
    assert np.isnan(found.ends).all()


def test_zero_frames_at_the_end_are_padding_and_others_are_not(tmp_path: Path) -> None:
    arrays = packed(3)
    x = np.ones((3, 10, 128), np.uint8)
    x[0, 7:] = 0
    x[1, :9] = 0
    x[2, 4] = 0
    found = read(kong(tmp_path / "set.h5", **{**arrays, "x": x}))
    assert found.lengths.tolist() == [7, 10, 10]
    np.testing.assert_array_equal(found.frames, x)


def test_a_clip_of_zeros_is_damage(tmp_path: Path) -> None:
    arrays = packed(3)
    arrays["x"][1] = 0
    file = kong(tmp_path / "set.h5", **arrays)
    told = Told()
    assert read(file, on_damage=told).ids == ("00000000000", "00000000002")
    assert [str(damage) for damage in told] == [f"{file}: clip 1 is empty: all its frames are zero"]
    with pytest.raises(DataError, match=r"set\.h5: clip 1 is empty"):
        read(file)


@pytest.mark.parametrize("ids", [b"S20", h5py.string_dtype("utf-8"), h5py.string_dtype("ascii")])
def test_ids_and_labels_of_other_types(tmp_path: Path, ids: Any) -> None:
    arrays: dict[str, Any] = packed(2)
    arrays["video_id_list"] = np.array([b"abc", b"de"], ids)
    arrays["y"] = arrays["y"].astype(np.float32)
    found = read(kong(tmp_path / "set.h5", **arrays))
    assert found.ids == ("abc", "de")
    assert found.labels == read(kong(tmp_path / "b.h5", **packed(2))).labels


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"x": None}, r"has no dataset x; there are video_id_list, y"),
        ({"y": None}, r"has no dataset y; there are video_id_list, x"),
        ({"video_id_list": None}, r"has no dataset video_id_list; there are x, y"),
        ({"x": np.zeros((4, 10, 128), np.int8)}, r"x is int8 \[4, 10, 128\] and must be uint8"),
        ({"x": np.zeros((4, 10, 64), np.uint8)}, r"x is uint8 \[4, 10, 64\] and must be"),
        ({"x": np.zeros((4, 1280), np.uint8)}, r"x has shape \[4, 1280\]; it must have 3 dim"),
        ({"y": np.zeros((3, 527), np.bool_)}, r"y has 3 rows and x has 4"),
        ({"y": np.full((4, 527), 0.5)}, r"y holds numbers other than 0 and 1"),
        ({"video_id_list": np.zeros(5, "S11")}, r"video_id_list has 5 rows and x has 4"),
        ({"earmark": np.zeros(1)}, r"its earmark is no group"),
    ],
)
def test_other_files_are_refused(tmp_path: Path, changed: dict[str, Any], message: str) -> None:
    file = kong(tmp_path / "set.h5", **{**packed(), **changed})
    with pytest.raises(DataError, match=rf"set\.h5.*{message}"):
        read(file)


def test_the_embedder_may_be_told_where_the_file_does_not_say(tmp_path: Path) -> None:
    file = kong(tmp_path / "set.h5", **packed())
    assert read(file, identity=COMPACT).identity == COMPACT


def test_labels_of_another_number_of_classes_have_no_names(tmp_path: Path) -> None:
    arrays = packed()
    found = read(kong(tmp_path / "set.h5", **{**arrays, "y": np.eye(4, 600, dtype=np.bool_)}))
    assert found.table == ()
    assert [row.tolist() for row in found.labels] == [[0], [1], [2], [3]]


def test_ids_longer_than_those_before(tmp_path: Path) -> None:
    path = tmp_path / "set.h5"
    pieces = []
    for number, width in enumerate((3, 40, 41, 200)):
        clips = some_clips(4096, seed=number)
        ids = tuple(f"{row:0{width}}é" for row in range(4096))
        pieces.append(EmbeddingSet(**{**vars(clips), "ids": ids}))
    hdf5.write(path, pieces)
    assert read(path).ids == tuple(name for piece in pieces for name in piece.ids)
    with h5py.File(path) as file:
        assert sorted(file) == ["earmark", "video_id_list", "x", "y"]


def test_an_id_that_hdf5_cannot_hold(tmp_path: Path) -> None:
    clips = EmbeddingSet(**{**vars(some_clips(1)), "ids": ("a\0b",)})
    with pytest.raises(DataError, match=r"'a\\x00b' has a zero byte in it"):
        hdf5.write(tmp_path / "set.h5", [clips])


def chunk_of(path: Path, name: str, number: int) -> int:
    """Where in the file one of a dataset's chunks begins."""
    with h5py.File(path) as file:
        return int(file[name].id.get_chunk_info(number).byte_offset)


@pytest.mark.parametrize(
    ("name", "number", "lost"),
    [
        ("x", 1, slice(128, 256)),
        ("video_id_list", 1, slice(1024, 2048)),
        ("earmark/lengths", 0, slice(1024)),
    ],
)
def test_damage_costs_the_clips_it_is_in(path: Path, name: str, number: int, lost: slice) -> None:
    place = chunk_of(path, name, number)
    flip(path, place + 20)
    told = Told()
    kept = np.setdiff1d(np.arange(3000), np.arange(3000)[lost])
    for size in (3000, 700):
        told.clear()
        assert read(path, chunk=size, on_damage=told) == CLIPS.take(kept)
        assert {damage.offset for damage in told} == {place}
    assert f"of {name} cannot be read" in told.reasons[0]
    with pytest.raises(DataError, match=rf"set\.h5 at byte {place}: rows {lost.start or 0} to"):
        read(path)


def test_damage_among_the_labels_costs_the_clips_that_have_them(path: Path) -> None:
    place = chunk_of(path, "earmark/labels", 1)
    flip(path, place + 20)
    told = Told()
    found = read(path, on_damage=told)
    with h5py.File(path) as file:
        end = len(file["earmark/labels"])
    offsets = CLIPS.labels.offsets
    hit = (offsets[:-1] < min(2048, end)) & (offsets[1:] > 1024) & (CLIPS.labels.counts > 0)
    assert found == CLIPS.take(np.flatnonzero(~hit))
    assert [damage.offset for damage in told] == [place]


def test_a_file_that_breaks_off(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-9])
    with pytest.raises(DataError, match=r"set\.h5 cannot be read as HDF5: .*truncated file"):
        read(path, on_damage=Told())


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("format", 2, "has format 2 and this earmark reads 1: update earmark"),
        ("identity", "{", "the attribute identity of the group earmark cannot be read"),
        ("identity", None, "the attribute identity of the group earmark cannot be read"),
        ("identity", '{"name": ""}', "the embedder's name must be a text"),
    ],
)
def test_what_it_says_of_itself_makes_no_sense(
    path: Path, name: str, value: object, message: str
) -> None:
    with h5py.File(path, "r+") as file:
        del file["earmark"].attrs[name]
        if value is not None:
            file["earmark"].attrs[name] = value
    with pytest.raises(EarmarkError, match=message):
        read(path)


def test_what_is_said_of_labels_does_not_fit(tmp_path: Path) -> None:
    path = tmp_path / "set.h5"
    clips = EmbeddingSet(**{**vars(some_clips(5)), "labels": Labels.of([[1]] * 5)})
    hdf5.write(path, [clips])
    with h5py.File(path, "r+") as file:
        file["earmark/first_label"][1] = 5
        file["earmark/label_count"][3] = -1
        file["earmark/labels"][4] = 600
    told = Told()
    assert read(path, on_damage=told) == clips.take(np.array([0, 2]))
    assert told.reasons == [
        "clip 1 is said to have labels where there are none",
        "clip 3 is said to have labels where there are none",
        "clip 4 has a label beyond the 527 there are",
    ]


def flip(path: Path, place: int) -> None:
    data = bytearray(path.read_bytes())
    data[place] ^= 0x55
    path.write_bytes(data)


SMALL = some_clips(100)


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A file with `SMALL`."""
    path = tmp_path_factory.mktemp("small") / "set.h5"
    hdf5.write(path, [SMALL])
    return path.read_bytes()


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_whatever_is_damaged_no_clip_is_wrong(
    data: st.DataObject, small: bytes, tmp_path: Path
) -> None:
    damaged = bytearray(small)
    place = data.draw(st.integers(0, 20_000) | st.integers(0, len(small) - 1))
    damaged[place] ^= data.draw(st.integers(1, 255))
    path = tmp_path / "set.h5"
    path.write_bytes(damaged)
    told = Told()
    try:
        found = read(path, on_damage=told)
    except EarmarkError:
        return
    known = dict(zip(SMALL.ids, range(100), strict=True))
    assert found == SMALL.take(np.array([known[name] for name in found.ids], int))
    assert told or len(found) == 100
