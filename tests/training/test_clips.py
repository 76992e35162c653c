from __future__ import annotations

import numpy as np
import pytest
import torch
from training.synthetic import some_clips

from earmark.embedders.identity import AUDIOSET, Dequantiser, Identity
from earmark.embedders.quantise import dequantise
from earmark.training.clips import Clips


@pytest.mark.parametrize("how", ["kong", "youtube8m"])
def test_a_batch_is_what_the_set_says(how: Dequantiser) -> None:
    clips = some_clips(40, identity=Identity("x", "1", dequantiser=how))
    rows = np.array([3, 0, 39, 3])
    batch = Clips(clips, classes=5).batch(rows)
    mask = clips.mask()[rows]
    wanted = dequantise(clips.frames[rows], how=how) * mask[:, :, None]
    np.testing.assert_allclose(batch.embeddings.numpy(), wanted, atol=3e-7)
    np.testing.assert_array_equal(batch.mask.numpy(), mask)
    np.testing.assert_array_equal(batch.targets.numpy(), clips.labels.to_multi_hot(5)[rows])
    assert {part.dtype for part in (batch.embeddings, batch.mask, batch.targets)} == {torch.float32}


def test_a_run_is_the_same_without_labels() -> None:
    clips = some_clips(12)
    there = Clips(clips, classes=5)
    whole = there.batch(np.arange(12))
    embeddings, mask = there.run(4, 9)
    torch.testing.assert_close(embeddings, whole.embeddings[4:9])
    torch.testing.assert_close(mask, whole.mask[4:9])
    assert len(there) == 12


def test_a_set_that_may_not_be_written_to_is_copied() -> None:
    clips = some_clips(3, identity=AUDIOSET)
    clips.frames.setflags(write=False)
    assert len(Clips(clips, classes=5)) == 3
