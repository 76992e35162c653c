"""From a person's folder to what is learnt from: nothing is changed, all is told."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from sounds import silence, tone, write_wav
from training.sounds.making import PITCHES, Listening, folders, recording, state_of

from earmark import formats
from earmark.bundle import Bundle
from earmark.embedders import AUDIOSET
from earmark.errors import DataError, ModelError, UsageError
from earmark.formats import EmbeddingSet
from earmark.tagging import Tagger
from earmark.training.data import TrainingData
from earmark.training.embedders.settings import EmbedderSettings, FineTuneSettings
from earmark.training.sounds import SoundSettings, prepare, read


def made(
    root: Path,
    bundle: Bundle,
    settings: SoundSettings | None = None,
    *,
    watcher: Listening | None = None,
) -> TrainingData:
    settings = settings or SoundSettings()
    return prepare(read(root, settings), bundle, settings=settings, watcher=watcher)


def labels(clips: EmbeddingSet | None) -> list[list[str]]:
    assert clips is not None
    return [[clips.table[at].name for at in row] for row in clips.labels]


def test_a_folder_for_each_class(tmp_path: Path, bundle: Bundle) -> None:
    root = folders(tmp_path / "sounds")
    watcher = Listening()
    data = made(root, bundle, watcher=watcher)
    assert [label.name for label in data.table] == ["high", "low", "middle"]
    assert data.validation is not None
    assert (len(data.train), len(data.validation), data.test) == (12, 3, None)
    assert sorted(labels(data.validation)) == [["high"], ["low"], ["middle"]]
    assert data.exclusive
    assert data.embedder == bundle.folder
    assert data.identity == bundle.config.embedder
    assert data.describe == (
        "15 clips of 15 recordings, 12 for train, 3 for validation, with 3 classes: high, low, "
        "middle"
    )
    assert not watcher.notes
    assert not data.notices()
    tagger = Tagger(bundle, threads=1)
    at = data.train.ids.index("low/low0.wav")
    np.testing.assert_array_equal(
        data.train.frames[at, :1], tagger.embed(root / "low" / "low0.wav").frames
    )
    assert (data.train.starts[at], data.train.ends[at], data.train.lengths[at]) == (0, 0.3, 1)


def test_nothing_of_the_persons_is_changed(tmp_path: Path, bundle: Bundle) -> None:
    root = folders(tmp_path / "sounds", each=3)
    (root / "low" / "broken.wav").write_bytes(b"RIFF")
    (root / "list.csv").write_text("path,label\nlow/low0.wav,a\nhigh/high0.wav,b\n")
    before = state_of(tmp_path)
    folders_of = [path for path in (root, *root.rglob("*")) if path.is_dir()]
    for path in folders_of:
        path.chmod(0o555)
    try:
        made(root, bundle)
        made(root / "list.csv", bundle)
    finally:
        for path in folders_of:
            path.chmod(0o755)
    assert state_of(tmp_path) == before


def test_a_long_recording_becomes_several_windows_of_one_side(
    tmp_path: Path, bundle: Bundle
) -> None:
    root = folders(tmp_path, each=4, classes=("low",))
    for number in range(4):
        recording(root / "long" / f"{number}.wav", hertz=3000, seconds=24.5, seed=number)
    data = made(root, bundle)
    assert data.validation is not None
    for clips, count in ((data.train, 3), (data.validation, 1)):
        rows = [row for row, name in enumerate(clips.ids) if name.startswith("long/")]
        assert clips.lengths[rows].tolist() == [10, 10, 5] * count
        np.testing.assert_allclose(clips.starts[rows], [0, 9.6, 19.2] * count)
        np.testing.assert_allclose(clips.ends[rows], [9.6, 19.2, 24] * count)
    assert not set(data.train.ids) & set(data.validation.ids)


def test_label_tracks(tmp_path: Path, bundle: Bundle) -> None:
    """Patches: low, nothing, nothing, high, high."""
    for number in range(5):
        waveform = np.concatenate(
            [tone(300, 0.96), silence(1.92), tone(3000, 1.92 + 0.02 + number / 1000)]
        )
        write_wav(tmp_path / f"{number}.wav", waveform)
        (tmp_path / f"{number}.txt").write_text("0.0\t0.96\tlow\n2.88\t4.8\thigh\n")
    data = made(tmp_path, bundle)
    assert data.validation is not None
    assert labels(data.validation) == [["low"], [], ["high"], ["high", "low"]]
    assert data.validation.lengths.tolist() == [1, 2, 2, 5]
    assert len(data.train) == 16
    assert not data.exclusive
    assert "5 of them background" in data.describe
    left_out = made(tmp_path, bundle, SoundSettings(unlabelled="leave_out"))
    assert labels(left_out.validation) == [["low"], ["high"]]
    assert left_out.exclusive


def test_labels_behind_the_end(tmp_path: Path, bundle: Bundle) -> None:
    """As in UrbanSound8K, whose times are those of other files."""
    folders(tmp_path, each=4, classes=("low", "high"))
    rows = [
        f"{name}/{name}{at}.wav,{30 + at},{34 + at},{name}"
        for name in ("low", "high")
        for at in range(4)
    ]
    (tmp_path / "list.csv").write_text(
        "\n".join(["path,start,end,label", *rows, "low/low0.wav,0,,low", "high/high0.wav,0,,high"])
    )
    watcher = Listening()
    data = made(tmp_path, bundle, watcher=watcher)
    assert len(data.train) == 2
    assert watcher.notes[-2].startswith("8 labels at or behind the end of the recording (")
    assert "leave them out (--column start=none --column end=none)" in watcher.notes[-1]
    settings = SoundSettings(columns={"start": "none", "end": "none"})
    whole = made(tmp_path, bundle, settings)
    assert whole.validation is not None
    assert len(whole.train) + len(whole.validation) == 8


def test_unreadable_recordings_and_the_class_of_them(tmp_path: Path, bundle: Bundle) -> None:
    root = folders(tmp_path, each=4)
    for path in (root / "middle").iterdir():
        path.write_bytes(b"This is no sound at all.")
    (root / "low" / "broken.wav").write_bytes(b"")
    watcher = Listening()
    data = made(root, bundle, watcher=watcher)
    assert [label.name for label in data.table] == ["high", "low"]
    assert len(watcher.left_out) == 2  # the four of them are one, alike to the byte
    assert "class 'middle' has no recording that can be read: it is left out" in watcher.notes
    for name in ("low", "high"):
        for path in (root / name).iterdir():
            path.write_bytes(b"This is no sound at all.")
    with pytest.raises(DataError, match=r"^none of the 1 recording in .* can be read$"):
        made(root, bundle)


def test_a_class_that_is_not_in_train(tmp_path: Path, bundle: Bundle) -> None:
    folders(tmp_path / "train", each=2, classes=("low", "high"))
    for number in range(3):
        recording(tmp_path / "val" / "new" / f"{number}.wav", seed=number)
    recording(tmp_path / "val" / "low" / "x.wav")
    watcher = Listening()
    data = made(tmp_path, bundle, watcher=watcher)
    assert [label.name for label in data.table] == ["high", "low"]
    assert labels(data.validation) == [["low"]]
    assert watcher.notes == [
        "class 'new' has 3 clips for validation, and none to learn from: it is left out, and so "
        "are clips of nothing else"
    ]


def test_the_same_in_train_and_val(tmp_path: Path, bundle: Bundle) -> None:
    folders(tmp_path / "train", each=3, classes=("low", "high"))
    folders(tmp_path / "val", each=1, classes=("high",))
    (tmp_path / "val" / "low").mkdir()
    shutil.copy(tmp_path / "train" / "low" / "low0.wav", tmp_path / "val" / "low" / "copy.wav")
    watcher = Listening()
    data = made(tmp_path, bundle, watcher=watcher)
    assert watcher.notes == [
        "2 recordings both to learn from and to check on (train/high/high0.wav = "
        "val/high/high0.wav; train/low/low0.wav = val/low/copy.wav): left out of what is learnt "
        "from"
    ]
    assert len(data.train) == 4


def test_folds(tmp_path: Path, bundle: Bundle) -> None:
    folders(tmp_path, each=4, classes=("low", "high"))
    rows = [
        f"{name}/{name}{at}.wav,{name},{at % 2 + 1}" for name in ("low", "high") for at in range(4)
    ]
    (tmp_path / "list.csv").write_text("\n".join(["path,label,fold", *rows]))
    data = made(tmp_path, bundle, SoundSettings(fold="1", validation=0))
    assert data.test is not None
    assert (len(data.train), len(data.test), data.validation) == (4, 4, None)
    with pytest.raises(DataError, match=r"has no fold '3': it has 1, 2$"):
        made(tmp_path, bundle, SoundSettings(fold="3"))


def test_background(tmp_path: Path, bundle: Bundle) -> None:
    data = made(folders(tmp_path, classes=("low", "background")), bundle)
    assert [label.name for label in data.table] == ["low"]
    assert sorted(labels(data.train)) == [[]] * 4 + [["low"]] * 4
    assert not data.exclusive
    with pytest.raises(
        UsageError, match=r"background.* has no label at 0 s, and classes that exclu"
    ):
        made(tmp_path, bundle, SoundSettings(exclusive=True))


def test_not_exclusive_if_one_says_so(tmp_path: Path, bundle: Bundle) -> None:
    assert not made(folders(tmp_path), bundle, SoundSettings(exclusive=False)).exclusive


def test_flaws_are_told_in_one_sentence(tmp_path: Path, bundle: Bundle) -> None:
    folders(tmp_path, each=3)
    for number in range(5):
        cut = recording(tmp_path / "low" / f"cut{number}.wav", seconds=2, seed=number)
        cut.write_bytes(cut.read_bytes()[:32_044])
    watcher = Listening()
    made(tmp_path, bundle, watcher=watcher)
    (note,) = watcher.notes
    assert note.startswith("5 flaws in recordings that are read all the same (low/cut")
    assert note.endswith("; ...)")


class Louder:
    key = "louder"

    def __call__(
        self, waveform: NDArray[np.float32], rng: np.random.Generator, /
    ) -> NDArray[np.float32]:
        return waveform * np.float32(rng.uniform(1, 2))


def test_copies_are_of_what_is_learnt_from(tmp_path: Path, bundle: Bundle) -> None:
    root = folders(tmp_path / "sounds")
    settings = SoundSettings(copies=2)
    plain = made(root, bundle)
    data = prepare(read(root), bundle, settings=settings, alteration=Louder())
    assert len(data.train) == 3 * len(plain.train)
    assert data.train[: len(plain.train)] == plain.train
    assert data.validation == plain.validation
    assert data.describe == plain.describe
    for part in (0, 1):
        copies = data.train.take(np.arange(len(plain.train) + part, len(data.train), 2))
        assert copies.ids == plain.train.ids
        assert copies.labels == plain.train.labels
        assert (copies.frames != plain.train.frames).any(axis=(1, 2)).all()
    other = prepare(read(root), bundle, settings=settings)  # as the settings say
    assert len(other.train) == len(data.train)
    assert (other.train.frames[-1] != data.train.frames[-1]).any()


def test_blocks_of_embeddings(tmp_path: Path, bundle: Bundle) -> None:
    rng = np.random.default_rng(0)
    frames = rng.integers(0, 256, (6, 10, 128), np.uint8)
    (tmp_path / "dataset_files").mkdir()
    blocks = tmp_path / "audios"
    blocks.mkdir()
    for at, block in enumerate(frames):
        np.save(
            blocks / f"r{at // 2}-{at % 2}.npy", ((block[None] - 128.0) / 128).astype(np.float32)
        )
    lines = [f"r{at // 2}-{at % 2}.npy {at % 2}" for at in range(6)]
    (tmp_path / "dataset_files" / "classes.txt").write_text("a\nb\n")
    (tmp_path / "dataset_files" / "train.txt").write_text("\n".join(lines))
    np.save(blocks / "r2-1.npy", np.zeros((1, 9, 128), np.float32))
    watcher = Listening()
    settings = SoundSettings(validation=0.3)
    data = prepare(read(tmp_path), settings=settings, watcher=watcher)
    assert data.identity == AUDIOSET
    assert data.embedder is None
    assert data.validation is not None
    assert len(data.train) + len(data.validation) == 5
    assert str(watcher.left_out[0]) == ("r2-1.npy: has shape [1, 9, 128]; a block has [1, 10, 128]")
    at = data.train.ids.index(data.train.ids[0])
    number = lines.index(f"{data.train.ids[0]} {data.train.labels[0][0]}")
    np.testing.assert_array_equal(data.train.frames[at], frames[number])
    whole = made(tmp_path, bundle, settings)
    assert whole.identity == bundle.config.embedder
    assert whole.embedder == bundle.folder
    recording(blocks / "sound.wav")
    (tmp_path / "dataset_files" / "val.txt").write_text("sound.wav 0\n")
    with pytest.raises(DataError, match=r"has recordings and blocks of embeddings \(.npy\): learn"):
        prepare(read(tmp_path))


def test_it_can_be_kept_as_an_embedding_set(tmp_path: Path, bundle: Bundle) -> None:
    data = made(folders(tmp_path / "sounds"), bundle)
    formats.write(tmp_path / "mine.npz", data.train)
    assert formats.read(tmp_path / "mine.npz") == data.train


def test_taggers_that_are_not_there(tmp_path: Path) -> None:
    root = folders(tmp_path / "sounds", each=1)
    with pytest.raises(ModelError, match="there is no tagger 'nobody'"):
        prepare(read(root), "nobody")


def test_pitches_can_be_told_apart(tmp_path: Path, bundle: Bundle) -> None:
    """The nearest neighbour in training has the same label."""
    data = made(folders(tmp_path), bundle)
    assert data.validation is not None
    train = data.train.frames[:, 0].astype(int)
    for frames, label in zip(data.validation.frames[:, 0], data.validation.labels, strict=True):
        nearest = int(np.abs(train - frames).sum(axis=1).argmin())
        assert data.train.labels[nearest].tolist() == label.tolist()
    assert len(PITCHES) == 3


@pytest.mark.usefixtures("one_thread")
def test_an_embedder_of_their_own(tmp_path: Path, cache_folder: Path) -> None:
    root = folders(tmp_path / "sounds")
    compact = Bundle.find("compact")
    plain = made(root, compact)
    settings = SoundSettings(adapt=EmbedderSettings(kind="refit"))
    watcher = Listening()
    data = made(root, compact, settings, watcher=watcher)
    assert data.identity.name == "compact-refit"
    assert any("the embedder is compact-refit 2." in text for text in watcher.said)
    assert data.embedder is not None
    assert cache_folder in data.embedder.parents
    assert data.train.ids == plain.train.ids
    assert (data.train.frames != plain.train.frames).any()
    assert data.validation is not None
    own = Tagger(Bundle.read(data.embedder), threads=1)
    at = data.train.ids.index("low/low0.wav")
    np.testing.assert_array_equal(
        data.train.frames[at, :1], own.embed(root / "low" / "low0.wav").frames
    )
    assert made(root, compact, settings).identity == data.identity
    with pytest.raises(ModelError, match="belongs to embedder"):
        data.identity.require(plain.identity, what="the set")


@pytest.mark.usefixtures("one_thread")
def test_an_embedder_is_fine_tuned_to_what_is_learnt_from_and_its_copies(tmp_path: Path) -> None:
    root = folders(tmp_path / "sounds", each=3, classes=("low", "high"))
    tuning = FineTuneSettings(batch=2, patches=1, copies=1, epochs=1)
    settings = SoundSettings(copies=1, adapt=EmbedderSettings(kind="fine-tune", fine_tune=tuning))
    watcher = Listening()
    data = made(root, Bundle.find("compact"), settings, watcher=watcher)
    assert data.identity.name == "compact-fine-tune"
    assert any("fine-tuning the embedder in 2 steps of 2 clips" in text for text in watcher.said)
    assert len(data.train) == 8


def test_blocks_have_no_embedder_to_adapt(tmp_path: Path) -> None:
    (tmp_path / "classes.txt").write_text("a\nb\n")
    (tmp_path / "train.txt").write_text("a-0.npy 0\nb-0.npy 1\n")
    for name in "ab":
        np.save(tmp_path / f"{name}-0.npy", np.zeros((1, 10, 128), np.float32))
    settings = SoundSettings(adapt=EmbedderSettings(kind="refit"))
    with pytest.raises(UsageError, match=r"is refitted to recordings, .* leave --adapt out"):
        prepare(read(tmp_path, settings), settings=settings)
