"""Batches of patches."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from earmark.features import LOG_OFFSET
from earmark.training.embedders.batches import OfPatches, Patches, mixed, with_masks
from earmark.training.embedders.examples import Example
from earmark.training.embedders.settings import BatchSettings

PLAIN = BatchSettings(batch=4, patches=2, mixup=0, masks=0)


def clip(number: int, *, copies: int = 1, patches: int = 3) -> Example:
    """Patches that say whose, which copy's and which they are, by their level."""
    levels = number + np.arange(copies)[:, None] / 10 + np.arange(patches) / 100
    frames = np.broadcast_to(levels[:, :, None, None], (copies, patches, 96, 64))
    return Example(OfPatches()(frames.astype(np.float32)), (number % 3,))


def clips(count: int, **sizes: int) -> list[Example]:
    return [clip(number, **sizes) for number in range(count)]


def levels(patches: torch.Tensor) -> NDArray[np.float32]:
    return patches[..., 0, 0].numpy()


def test_all_clips_come_before_one_comes_again() -> None:
    source = Patches(clips(12), n_classes=3, settings=PLAIN, seed=1)
    assert (source.batch, source.per_epoch) == (4, 3)
    for epoch in range(3):
        drawn = [source.draw(3 * epoch + place) for place in range(3)]
        numbers = np.concatenate([levels(each.patches)[:, 0].round() for each in drawn])
        assert sorted(numbers.tolist()) == list(range(12))
        for each in drawn:
            expected = levels(each.patches)[:, 0].round() % 3
            np.testing.assert_array_equal(each.targets.argmax(dim=1).numpy(), expected)


def test_a_step_draws_the_same_every_time() -> None:
    settings = BatchSettings(batch=4, mixup=0.5, masks=1)
    first, again, other = (
        Patches(clips(9, copies=3), n_classes=3, settings=settings, seed=seed) for seed in (1, 1, 2)
    )
    for step in (5, 0, 3):
        torch.testing.assert_close(first.draw(step).patches, again.draw(step).patches)
        assert (first.draw(step).patches != other.draw(step).patches).any()


def test_copies_and_patches_are_drawn_at_random() -> None:
    source = Patches(clips(4, copies=3), n_classes=3, settings=PLAIN, seed=1)
    seen = np.concatenate([levels(source.draw(step).patches).ravel() for step in range(60)])
    assert len(np.unique(seen.round(2))) == 4 * 3 * 3
    for step in range(20):
        first, second = levels(source.draw(step).patches).T
        assert (first != second).all()  # of three patches none is taken twice


def test_a_short_clip_gives_its_patches_again() -> None:
    settings = PLAIN.model_copy(update={"patches": 5})
    source = Patches(clips(4, patches=2), n_classes=3, settings=settings, seed=1)
    drawn = levels(source.draw(0).patches)
    assert drawn.shape == (4, 5)
    assert all(len(set(row.round(2).tolist())) == 2 for row in drawn)


def test_fewer_clips_than_a_batch() -> None:
    source = Patches(clips(3), n_classes=3, settings=BatchSettings(batch=32), seed=1)
    assert source.draw(7).patches.shape == (3, 2, 96, 64)


def test_mixed_clips_have_both_labels() -> None:
    settings = PLAIN.model_copy(update={"mixup": 1.0})
    source = Patches(clips(12), n_classes=3, settings=settings, seed=1)
    drawn = source.draw(0)
    torch.testing.assert_close(drawn.targets.sum(dim=1), torch.ones(4))
    assert ((drawn.targets > 0) & (drawn.targets < 1)).any()


def test_log_mels_mix_as_their_levels_do() -> None:
    rng = np.random.default_rng(0)
    first, second = rng.uniform(0, 2, (2, 3, 96, 64)).astype(np.float32)
    logs = [torch.from_numpy(np.log(each + LOG_OFFSET)) for each in (first, second)]
    found = mixed(*logs, share=0.7)
    wanted = np.log(0.7 * first + 0.3 * second + LOG_OFFSET)
    np.testing.assert_allclose(found.numpy(), wanted, atol=1e-5)
    torch.testing.assert_close(mixed(logs[0], logs[1], share=1.0), logs[0], atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("share", [0.0, 0.5, 1.0])
def test_masks_hide_runs_of_frames_and_of_bands(share: float) -> None:
    patches = torch.ones(200, 96, 64)
    found = with_masks(patches, share=share, rng=np.random.default_rng(0)).numpy()
    hidden = found != 1
    assert (found[hidden] == np.float32(np.log(LOG_OFFSET))).all()
    frames, bands = hidden.all(axis=2), hidden.all(axis=1)
    for runs, widest in ((frames, 24), (bands, 8)):
        assert (runs.any(axis=1)).mean() == pytest.approx(share, abs=0.12)
        assert runs.sum(axis=1).max() <= widest
        starts = (np.diff(runs.astype(int), axis=1, prepend=0) == 1).sum(axis=1)
        assert starts.max(initial=0) <= 1
    np.testing.assert_array_equal(hidden, frames[:, :, None] | bands[:, None, :])
