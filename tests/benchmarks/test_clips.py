from __future__ import annotations

from pathlib import Path

from benchmarks.clips import audioset_files, clips, packed
from earmark.formats import EmbeddingSet, tfrecord


def test_as_many_clips_as_asked_for_and_the_same_each_time() -> None:
    made = list(clips(5000))
    assert [len(chunk) for chunk in made] == [4096, 904]
    assert made[1] == list(clips(5000))[1]
    assert made[1] != list(clips(5000, seed=1))[1]
    assert set(made[0].lengths.tolist()) == set(range(1, 11))


def test_they_are_laid_out_as_audioset_is(tmp_path: Path) -> None:
    audioset_files(tmp_path / "files", count=23)
    archive = packed(tmp_path / "files", tmp_path / "features.tar.gz")
    assert len(list(tmp_path.glob("files/eval/*.tfrecord"))) == 5
    whole = EmbeddingSet.concatenate(list(clips(23)))
    assert [whole] == list(tfrecord.stream(archive, split="eval"))
