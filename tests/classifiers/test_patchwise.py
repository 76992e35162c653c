"""Pooling what patches score, each weighted by itself."""

from __future__ import annotations

import numpy as np
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from earmark.classifiers.patchwise import PatchwiseNetwork, linear_softmax

SCORES = arrays(
    np.float64,
    st.tuples(st.integers(1, 3), st.integers(1, 6), st.just(2)),
    elements=st.floats(0, 1),
)


@given(SCORES)
def test_a_clip_scores_between_its_mean_and_its_highest_patch(scores: np.ndarray) -> None:
    found = linear_softmax(torch.from_numpy(scores)).numpy()
    assert (found <= scores.max(axis=1) + 1e-9).all()
    heard = scores.sum(axis=1) > 1e-6
    assert (found >= scores.mean(axis=1) - 1e-9)[heard].all()


def test_what_all_patches_score_is_the_clips() -> None:
    torch.testing.assert_close(linear_softmax(torch.full((2, 10, 3), 0.3)), torch.full((2, 3), 0.3))


def test_it_is_the_sum_of_squares_over_the_sum() -> None:
    scores = torch.tensor([[[0.9], [0.1], [0.0]]])
    torch.testing.assert_close(linear_softmax(scores), torch.tensor([[0.82]]))


def test_scores_that_are_nearly_nothing_can_be_learnt_from() -> None:
    network = PatchwiseNetwork(n_in=4, hidden=8, n_layers=1, n_classes=3, dropout=0, epsilon=1e-5)
    with torch.no_grad():
        network.output.bias.fill_(-200.0)
    logits = network(torch.randn(6, 4), None, torch.ones(2, 3))
    logits.sum().backward()
    assert torch.isfinite(logits).all()
    assert all(
        torch.isfinite(value.grad).all() for value in network.parameters() if value.grad is not None
    )
