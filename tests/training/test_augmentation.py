from __future__ import annotations

import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from earmark.training.augmentation import AugmentationSettings, augment


def numbered(lengths: list[int], *, time: int = 10) -> tuple[Tensor, Tensor]:
    """Clips whose frames hold their own numbers, from 1 up."""
    mask = (torch.arange(time) < torch.tensor(lengths)[:, None]).float()
    frames = torch.arange(1, time + 1.0).expand(len(lengths), time) * mask
    return frames[:, :, None].expand(-1, -1, 3).contiguous(), mask


LENGTHS = st.lists(st.integers(1, 10), min_size=1, max_size=12)
SHARE = st.sampled_from([0.0, 0.5, 0.9])


@settings(max_examples=80, deadline=None)
@given(LENGTHS, SHARE, SHARE, SHARE, st.integers(0, 99))
def test_frames_stay_frames(
    lengths: list[int], drop: float, crop: float, shuffle: float, seed: int
) -> None:
    torch.manual_seed(seed)
    chosen = AugmentationSettings(drop=drop, crop=crop, shuffle=shuffle)
    embeddings, mask = augment(chosen, *numbered(lengths))
    for clip, length in enumerate(lengths):
        kept = int(mask[clip].sum())
        assert 1 <= kept <= length
        assert mask[clip].tolist() == [1.0] * kept + [0.0] * (10 - kept)
        seen = embeddings[clip, :kept, 0].tolist()
        assert len(set(seen)) == kept
        assert set(seen) <= set(range(1, length + 1))
        assert embeddings[clip, kept:].abs().sum() == 0
        if not shuffle:
            assert seen == sorted(seen)
        if not (shuffle or drop):
            assert seen == list(range(int(seen[0]), int(seen[0]) + kept))
        if not (drop or crop):
            assert kept == length


def test_every_frame_has_the_same_chance() -> None:
    torch.manual_seed(0)
    embeddings, mask = augment(AugmentationSettings(drop=0.8), *numbered([10] * 4000))
    assert 5.7 < mask.sum(dim=1).mean() < 6.3  # a chance between none and 0.8
    counts = torch.bincount(embeddings[mask > 0][:, 0].long(), minlength=11)[1:]
    assert counts.max() / counts.min() < 1.1


def test_a_run_may_be_anywhere_and_of_any_length() -> None:
    torch.manual_seed(0)
    embeddings, mask = augment(AugmentationSettings(crop=1.0), *numbered([10] * 2000))
    lengths = torch.bincount(mask.sum(dim=1).long(), minlength=11)[1:]
    assert lengths.min() > 130
    assert set(embeddings[:, 0, 0].tolist()) == set(range(1, 11))


def test_noise_is_on_frames_alone_and_a_blank_number_is_blank_throughout() -> None:
    torch.manual_seed(0)
    embeddings, mask = numbered([10, 4] * 50)
    noisy, _ = augment(AugmentationSettings(noise=0.1), embeddings, mask)
    difference = noisy - embeddings
    assert difference[mask == 0].abs().sum() == 0
    assert 0.09 < difference[mask > 0].std() < 0.11
    blank, _ = augment(AugmentationSettings(blank=0.5), embeddings, mask)
    gone = blank[:, 0] == 0
    assert 0.4 < gone.float().mean() < 0.6
    torch.testing.assert_close(blank, embeddings * ~gone[:, None])


def test_nothing_is_done_unless_asked_for() -> None:
    batch = numbered([3, 10])
    assert all(a is b for a, b in zip(augment(AugmentationSettings(), *batch), batch, strict=True))
