"""Sampling beside a plain transcript of what Kong's training is said to do, and its properties."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from earmark.errors import DataError
from earmark.formats import Labels
from earmark.training.sampling import Balanced, Sampler, SamplingSettings, Shuffled, make_sampler

LISTS = st.lists(st.lists(st.integers(0, 6), max_size=3), min_size=1, max_size=25).filter(any)


def plainly(lists: list[list[int]], *, size: int, batches: int, seed: int) -> list[list[int]]:
    """Class by class: a queue of classes, and for each class its clips with a pointer into them.

    Where a class runs out within a batch its clips are shuffled again, and drawing goes on.
    """
    random = np.random.RandomState(seed)
    classes = sorted({label for row in lists for label in row})
    clips = {k: np.array([i for i, row in enumerate(lists) if k in row]) for k in classes}
    for k in classes:
        random.shuffle(clips[k])
    pointer, order = dict.fromkeys(classes, 0), list(range(len(classes)))
    queue: list[int] = []
    found = []
    for _ in range(batches):
        while len(queue) < size:
            random.shuffle(order)
            queue += [classes[at] for at in order]
        wanted, queue = Counter(queue[:size]), queue[size:]
        batch = []
        for k in classes:
            for _ in range(wanted[k]):
                if pointer[k] == len(clips[k]):
                    pointer[k] = 0
                batch.append(int(clips[k][pointer[k]]))
                pointer[k] += 1
                if pointer[k] == len(clips[k]):
                    random.shuffle(clips[k])
        found.append(batch)
    return found


@settings(max_examples=60, deadline=None)
@given(LISTS, st.integers(1, 30), st.integers(0, 5))
def test_balanced_draws_what_the_plain_way_draws(
    lists: list[list[int]], size: int, seed: int
) -> None:
    sampler = Balanced(Labels.of(lists), seed=seed)
    found = [sampler.draw(size).tolist() for _ in range(5)]
    sets = [sorted(set(row)) for row in lists]
    assert found == plainly(sets, size=size, batches=5, seed=seed)


@settings(max_examples=60, deadline=None)
@given(LISTS, st.integers(1, 40))
def test_balanced_asks_for_all_classes_alike(lists: list[list[int]], size: int) -> None:
    sampler = Balanced(Labels.of(lists), seed=1)
    classes = {label for row in lists for label in row}
    alone = Labels.of([[label] for label in sorted(classes)])
    by_class = Balanced(alone, seed=1)  # a clip for each class, so that clips are classes
    drawn = by_class.draw(size)
    counts = np.bincount(drawn, minlength=len(classes))
    assert counts.max() - counts.min() <= 1
    assert len(sampler.draw(size)) == size


def test_every_clip_of_a_class_comes_before_any_comes_again() -> None:
    labels = Labels.of([[0]] * 7 + [[1]] * 3)
    sampler = Balanced(labels, seed=3)
    drawn = np.concatenate([sampler.draw(2) for _ in range(21)])
    of_first = drawn[drawn < 7]
    assert len(of_first) == 21
    assert all(len(set(part)) == 7 for part in of_first.reshape(3, 7).tolist())


@given(st.integers(1, 30), st.integers(1, 40), st.integers(0, 5))
@settings(max_examples=60, deadline=None)
def test_shuffled_gives_every_clip_once_a_round(clips: int, size: int, seed: int) -> None:
    sampler = Shuffled(clips, seed=seed)
    batches = [sampler.draw(size) for _ in range(6)]
    assert {len(batch) for batch in batches} == {size}
    drawn = np.concatenate(batches)
    for begin in range(0, len(drawn) - clips + 1, clips):
        assert sorted(drawn[begin : begin + clips]) == list(range(clips))


@pytest.mark.parametrize("kind", ["no_balance", "balance_in_batch"])
@pytest.mark.parametrize("batches", [0, 1, 7])
def test_a_sampler_goes_on_from_what_was_kept(kind: str, batches: int) -> None:
    labels = Labels.of([[at % 3, at % 5] for at in range(31)])

    def fresh() -> Sampler:
        return make_sampler(SamplingSettings.model_validate({"kind": kind}), labels)

    first, second = fresh(), fresh()
    for _ in range(batches):
        first.draw(9)
    state = first.state_dict()
    wanted = [first.draw(9).tolist() for _ in range(9)]
    second.load_state_dict(state)
    assert [second.draw(9).tolist() for _ in range(9)] == wanted


def test_seeds_differ() -> None:
    drawn = [Shuffled(50, seed=seed).draw(50).tolist() for seed in (1, 2, 1)]
    assert drawn[0] == drawn[2] != drawn[1]


def test_what_cannot_be_sampled_is_named() -> None:
    with pytest.raises(DataError, match="no clips to train on"):
        make_sampler(SamplingSettings(), Labels.none(0))
    balanced = SamplingSettings(kind="balance_in_batch")
    with pytest.raises(DataError, match=r"no clip has a label to balance by: .* no_balance"):
        make_sampler(balanced, Labels.none(3))
