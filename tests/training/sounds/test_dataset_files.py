"""DEEP-OC's lists of recordings."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from training.sounds.making import labels_of, recording

from earmark.errors import DataError, UsageError
from earmark.training.sounds import SoundSettings, read

ANIMALS = "birds1.wav 0\narcade music.wav 1\ndogs/dog 2.wav 0\n"


def lists(root: Path, *, train: str = ANIMALS, classes: str = "animals\nmusic\n") -> Path:
    """The layout of DEEP-OC's data folder."""
    for name in ("birds1.wav", "arcade music.wav", "dogs/dog 2.wav"):
        recording(root / "audios" / name)
    folder = root / "dataset_files"
    folder.mkdir(exist_ok=True)
    (folder / "classes.txt").write_text(classes)
    (folder / "train.txt").write_text(train)
    return folder


def test_as_deep_oc_has_them(tmp_path: Path) -> None:
    folder = lists(tmp_path)
    (folder / "val.txt").write_bytes(b"\xef\xbb\xbfdogs/dog 2.wav\t0\r\n\r\n")
    (folder / "test.txt").write_text("birds1.wav\narcade music.wav 1\n")
    (folder / "info.txt").write_text("12 birds\n3 songs\n")
    for path in (tmp_path, folder, folder / "train.txt"):
        found = read(path)
        assert found.classes == ("animals", "music")
        assert [(found.name_of(clip.path), clip.labels, clip.split) for clip in found.clips] == [
            ("birds1.wav", ("animals",), "train"),
            ("arcade music.wav", ("music",), "train"),
            ("dogs/dog 2.wav", ("animals",), "train"),
            ("dogs/dog 2.wav", ("animals",), "validation"),
            ("arcade music.wav", ("music",), "test"),
        ]
        assert found.about == ("12 birds", "3 songs")
        assert found.notes == ("1 line without a label's number at the end: left out",)
        assert found.how == f"{folder} has DEEP-OC's classes.txt and train.txt"


def test_the_dataset_directory(tmp_path: Path) -> None:
    folder = lists(tmp_path)
    (tmp_path / "audios").rename(tmp_path / "elsewhere")
    with pytest.raises(DataError, match=r"nothing that .* lists is below .*dataset_directory\)$"):
        read(folder)
    assert len(read(folder, SoundSettings(audio_folder=str(tmp_path / "elsewhere")))) == 3
    with pytest.raises(UsageError, match="is no folder"):
        read(folder, SoundSettings(audio_folder=str(tmp_path / "audios")))


def test_labels_beyond_the_classes(tmp_path: Path) -> None:
    """DEEP-OC itself lets a label of as many as there are classes through, and fails later."""
    found = read(lists(tmp_path, train="birds1.wav 0\narcade music.wav 1\ndogs/dog 2.wav 2\n"))
    assert [str(each) for each in found.skipped] == [
        f"{tmp_path / 'dataset_files' / 'train.txt'}, line 3: label 2 is no class: there are 2, "
        "from 0 to 1"
    ]
    found = read(lists(tmp_path, train="birds1.wav 0\narcade music.wav 1\ndogs/dog 2.wav -1\n"))
    assert len(found.skipped) == 1


def test_labels_from_one(tmp_path: Path) -> None:
    folder = lists(tmp_path, train="birds1.wav 1\narcade music.wav 2\n")
    with pytest.raises(
        DataError, match=r"labels run from 1 to 2, and DEEP-OC counts the 2 classes f"
    ):
        read(folder)


def test_a_class_named_twice(tmp_path: Path) -> None:
    text = "birds1.wav 0\narcade music.wav 1\ndogs/dog 2.wav 2\n"
    found = read(lists(tmp_path, train=text, classes="animals\nmusic\nanimals\n"))
    assert found.classes == ("animals", "music")
    assert labels_of(found)["dogs/dog 2.wav"] == ("animals",)
    assert found.notes == (
        "classes.txt names 'animals' 2 times, for the labels 0 and 2: they are taken for one class",
    )


def test_an_empty_class_and_other_things_to_know(tmp_path: Path) -> None:
    folder = lists(tmp_path, classes="animals\nmusic\nnobody\n\n")
    (folder / "info.txt").write_text("one\ntwo\n")
    found = read(folder)
    assert found.classes == ("animals", "music")
    assert found.about == ()
    assert found.notes == (
        "info.txt has 2 lines for 3 classes: not used",
        "class 'nobody' has no recordings: it is left out",
    )


def test_files_that_are_missing(tmp_path: Path) -> None:
    found = read(lists(tmp_path, train=ANIMALS + "cat.wav 0\n"))
    assert [str(each) for each in found.skipped] == [
        f"cat.wav: does not exist in {tmp_path.resolve() / 'audios'}: check the name"
    ]


def test_lists_that_cannot_be_read(tmp_path: Path) -> None:
    folder = lists(tmp_path)
    (folder / "train.txt").write_bytes(b"a.wav\0 0\n")
    with pytest.raises(DataError, match=r"train\.txt is no text: save it in UTF-8"):
        read(folder)


def test_blocks_of_embeddings(tmp_path: Path) -> None:
    """Named as such, or by the recordings that they are of."""
    folder = lists(tmp_path, train="a-0.npy 0\na-1.npy 0\nsub/b.wav 1\n")
    for name in ("a-0", "a-1", "sub/b-0", "sub/b-1"):
        path = tmp_path / "embeddings" / f"{name}.npy"
        path.parent.mkdir(parents=True, exist_ok=True)
        np.save(path, np.zeros((1, 10, 128), np.float32))
    found = read(folder, SoundSettings(audio_folder=str(tmp_path / "embeddings")))
    assert labels_of(found) == {
        "a-0.npy": ("animals",),
        "a-1.npy": ("animals",),
        "sub/b-0.npy": ("music",),
        "sub/b-1.npy": ("music",),
    }
    assert len({clip.group for clip in found.clips}) == 2
    assert found.are_blocks
