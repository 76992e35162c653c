"""Fresh clips, each heard several times before it is forgotten."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from earmark.features import patches
from earmark.training.distilling.corpus import Corpus, Entry
from earmark.training.distilling.mixing import MixingConfig
from earmark.training.distilling.replay import Clips, FreshClips, Replay, steps_of_patches

N_STEPS = 32


def block(*names: int) -> Clips:
    """Clips that say of every frame and step whose it is and which."""
    n_clips = len(names)
    name = torch.tensor(names, dtype=torch.float32)[:, None, None]
    frames = torch.arange(960).view(1, 960, 1).expand(n_clips, 960, 1)
    steps = torch.arange(N_STEPS).view(1, N_STEPS, 1).expand(n_clips, N_STEPS, 1)
    return Clips(
        log_mel=torch.cat([name.expand(n_clips, 960, 1), frames], dim=-1).half(),
        steps=torch.cat([name.expand(n_clips, N_STEPS, 1), steps], dim=-1).half(),
        scores=name[..., 0].half(),
    )


def source(size: int = 2) -> Iterator[Clips]:
    """Blocks of clips with the names 0, 1, 2 and so on."""
    start = 0
    while True:
        yield block(*range(start, start + size))
        start += size


def replay(fresh: float = 1.0, *, capacity: int = 6, warm_up: int = 4, seed: int = 0) -> Replay:
    return Replay(
        source(), capacity=capacity, fresh=fresh, batch=40, warm_up=warm_up, seed=(seed, 0)
    )


def names(batches: Replay) -> list[int]:
    assert batches._store is not None
    n_clips = min(batches._count, batches._capacity)
    return sorted(batches._store.scores[:n_clips, 0].int().tolist())


def test_it_warms_up_and_then_forgets_the_oldest() -> None:
    batches = replay()
    drawn = iter(batches)
    next(drawn)  # after four clips to warm up and two new ones
    assert names(batches) == [0, 1, 2, 3, 4, 5]
    next(drawn)
    assert names(batches) == [2, 3, 4, 5, 6, 7]
    next(drawn)
    assert names(batches) == [4, 5, 6, 7, 8, 9]


def test_what_is_not_full_keeps_what_there_is() -> None:
    batches = replay(fresh=0, capacity=100)
    next(iter(batches))
    assert names(batches) == [0, 1, 2, 3]


@pytest.mark.parametrize(("fresh", "newest"), [(0.5, 3 + 2 * 2), (0.25, 3 + 2), (3, 3 + 2 * 12)])
def test_new_clips_come_as_often_as_asked(fresh: float, newest: int) -> None:
    batches = replay(fresh)
    list(islice(batches, 4))
    assert max(names(batches)) == newest


def test_more_to_warm_up_than_there_is_room_for() -> None:
    batches = replay(fresh=0, warm_up=1_000)
    next(iter(batches))
    assert names(batches) == [0, 1, 2, 3, 4, 5]


def test_blocks_that_do_not_divide_the_capacity() -> None:
    batches = Replay(source(4), capacity=6, fresh=1, batch=2, warm_up=4, seed=(0,))
    list(islice(batches, 2))
    assert names(batches) == [6, 7, 8, 9, 10, 11]


def test_patches_are_windows_of_clips() -> None:
    batches = replay()
    starts, heard = set(), set()
    for batch in islice(batches, 10):
        assert batch.patches.shape == (40, 96, 2)
        assert batch.patches.dtype == batch.targets.dtype == torch.float32
        for patch, target in zip(batch.patches, batch.targets, strict=True):
            (name,) = set(patch[:, 0].tolist())
            start = int(patch[0, 1])
            assert patch[:, 1].tolist() == list(range(start, start + 96))
            steps = block(int(name)).steps[0].float()
            assert target.tolist() == pytest.approx(plainly(steps, start).tolist(), abs=1e-3)
            starts.add(start)
            heard.add(name)
    assert min(starts) < 40
    assert max(starts) > 820
    assert len(heard) == 6 + 18


def plainly(steps: Tensor, start: int) -> Tensor:
    """The mean over a patch's frames of the step that each lies in."""
    total = torch.zeros(steps.shape[1])
    for frame in range(start, start + 96):
        total += steps[(frame + 16) // 32]  # step 1 is centred at frame 32
    return total / 96


@pytest.mark.parametrize("start", [0, 1, 15, 16, 17, 31, 400, 863, 864])
def test_steps_of_patches(start: int) -> None:
    steps = torch.randn(3, N_STEPS, 5, generator=torch.Generator().manual_seed(1))
    found = steps_of_patches(steps, torch.tensor([start, 864 - start, 96]))
    wanted = [plainly(steps[0], start), plainly(steps[1], 864 - start), plainly(steps[2], 96)]
    torch.testing.assert_close(found, torch.stack(wanted), atol=1e-5, rtol=1e-4)


def test_the_same_seed_draws_the_same() -> None:
    first = [batch.patches for batch in islice(replay(seed=1), 3)]
    again = [batch.patches for batch in islice(replay(seed=1), 3)]
    other = [batch.patches for batch in islice(replay(seed=2), 3)]
    assert all(torch.equal(a, b) for a, b in zip(first, again, strict=True))
    assert not any(torch.equal(a, b) for a, b in zip(first, other, strict=True))


def fresh_clips(teacher_path: Path, *seed: int) -> FreshClips:
    rng = np.random.default_rng(0)
    corpus = Corpus(
        samples=rng.integers(-9_000, 9_000, 30_000, dtype=np.int16),
        ends=np.array([10_000, 30_000]),
        entries=(Entry(path=Path("a.wav"), source="a", licence="CC0"),) * 2,
    )
    mixing, weights = MixingConfig(), np.array([1.0, 2.0])
    return FreshClips(corpus, weights, mixing=mixing, teacher=teacher_path, seed=seed, block=2)


def test_fresh_clips(teacher_path: Path) -> None:
    first, second = islice(fresh_clips(teacher_path, 1, 0), 2)
    for clips in (first, second):
        assert clips.log_mel.shape == (2, 960, 64)
        assert clips.steps.shape == (2, 32, 384)
        assert clips.scores.shape == (2, 527)
        for part in vars(clips).values():
            assert part.dtype == torch.float16
            assert part.isfinite().all()
    assert not torch.equal(first.log_mel, second.log_mel)


def test_each_part_of_a_run_hears_other_clips(teacher_path: Path) -> None:
    (first,) = islice(fresh_clips(teacher_path, 1, 0), 1)
    (again,) = islice(fresh_clips(teacher_path, 1, 0), 1)
    (other,) = islice(fresh_clips(teacher_path, 1, 1), 1)
    assert torch.equal(first.log_mel, again.log_mel)
    assert not torch.equal(first.log_mel, other.log_mel)


def test_log_mel_is_the_students(clips: Clips) -> None:
    from sounds import tone

    wanted = patches(tone(200, 10)).reshape(-1, 64)
    np.testing.assert_allclose(clips.log_mel[0].float().numpy(), wanted, atol=0.01)
