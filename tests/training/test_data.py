from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from training.synthetic import some_clips, table_of

from earmark.embedders.identity import Identity
from earmark.errors import DataError, ModelError, UsageError
from earmark.formats import EmbeddingSet, Labels
from earmark.training.data import TrainingData, hold_out

CLIPS = some_clips(20)


def test_what_is_unfit_is_refused() -> None:
    with pytest.raises(DataError, match="no clips to train on"):
        TrainingData(EmbeddingSet.empty(table=table_of(2)))
    with pytest.raises(DataError, match="nobody knows what the labels mean"):
        TrainingData(replace(CLIPS, table=()))
    with pytest.raises(DataError, match="the validation clips have other classes"):
        TrainingData(CLIPS, validation=some_clips(5, classes=4))
    other = some_clips(5, identity=Identity("compact", "2"))
    with pytest.raises(ModelError, match="the test set belongs to embedder compact 2"):
        TrainingData(CLIPS, test=other)
    with pytest.raises(DataError, match=r"clip 'clip-0-\d+' of the train set has several labels"):
        TrainingData(CLIPS, exclusive=True)
    assert TrainingData(some_clips(5, exclusive=True), exclusive=True).table == table_of(5)


def test_what_may_be_wrong_is_said() -> None:
    assert TrainingData(CLIPS, validation=some_clips(20, seed=1)).notices() == []
    first = replace(CLIPS, labels=Labels.of([[0]] * 20))
    alone = TrainingData(first, validation=CLIPS).notices()
    assert alone == [
        "20 of the 20 validation clips have the id of a clip to train on: what is measured there "
        "may be too good",
        "4 of 5 classes ('sound 1', 'sound 2', 'sound 3', 'sound 4') have no clip to train on: "
        "such scores will mean nothing",
        "4 of 5 classes ('sound 1', 'sound 2', 'sound 3', 'sound 4') have clips in validation "
        "alone",
    ]
    only = replace(some_clips(20, seed=1), labels=Labels.of([[0, 1, 2, 3]] * 20))
    assert TrainingData(CLIPS, validation=only).notices() == [
        "1 of 5 classes ('sound 4') has no clip in validation, which cannot say how well such "
        "sounds are found"
    ]
    with pytest.raises(DataError, match="none of the 20 clips to train on has a label"):
        TrainingData(replace(CLIPS, labels=Labels.none(20))).notices()


def test_bytes_can_be_read_in_another_way() -> None:
    data = TrainingData(CLIPS, validation=some_clips(3, seed=1)).read_as("youtube8m")
    assert {part.identity.dequantiser for part in data.parts().values()} == {"youtube8m"}
    assert data.train.frames is CLIPS.frames


def test_other_data_have_another_fingerprint() -> None:
    known = TrainingData(CLIPS).fingerprint()
    assert TrainingData(some_clips(20)).fingerprint() == known
    others = [
        TrainingData(CLIPS[:19]),
        TrainingData(CLIPS, validation=some_clips(3)),
        TrainingData(replace(CLIPS, ids=tuple(f"x{at}" for at in range(20)))),
        TrainingData(replace(CLIPS, labels=Labels.of([[0]] * 20))),
        TrainingData(replace(CLIPS, frames=CLIPS.frames // 2)),
    ]
    assert len({known, *(data.fingerprint() for data in others)}) == 6


def test_held_out_recordings_are_on_one_side() -> None:
    names = tuple(f"recording {at // 3}" for at in range(20))
    data = hold_out(TrainingData(replace(CLIPS, ids=names)), share=0.3, seed=0)
    assert data.validation is not None
    assert set(data.train.ids).isdisjoint(data.validation.ids)
    assert len(data.train) + len(data.validation) == 20
    assert len(set(data.validation.ids)) == round(0.3 * 7)
    again = hold_out(TrainingData(replace(CLIPS, ids=names)), share=0.3, seed=0)
    assert again.train == data.train
    np.testing.assert_array_equal(again.validation.frames, data.validation.frames)  # type: ignore[union-attr]


def test_a_share_that_cannot_be_taken_is_named() -> None:
    with pytest.raises(UsageError, match=r"validation.share 0.01 of 20 recordings leaves one side"):
        hold_out(TrainingData(CLIPS), share=0.01, seed=0)
    both = TrainingData(CLIPS, validation=some_clips(3, seed=1))
    with pytest.raises(UsageError, match="there is a validation set already"):
        hold_out(both, share=0.5, seed=0)
