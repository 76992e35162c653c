"""Padding: left out and put back."""

from __future__ import annotations

import numpy as np
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from earmark.classifiers.masking import mean_of_real, put_back, real_rows

masks = st.lists(
    st.lists(st.booleans(), min_size=6, max_size=6).filter(any), min_size=1, max_size=5
).map(lambda rows: torch.tensor(rows).float())


def values_like(mask: torch.Tensor) -> torch.Tensor:
    rng = np.random.default_rng(int(mask.sum()))
    return torch.from_numpy(rng.normal(size=(*mask.shape, 3))).float()


@given(mask=masks)
@settings(max_examples=50, deadline=None)
def test_a_mean_is_that_of_real_patches(mask: torch.Tensor) -> None:
    values = values_like(mask)
    found = mean_of_real(values, mask)
    for clip, real, mean in zip(values, mask > 0, found, strict=True):
        torch.testing.assert_close(mean, clip[real].mean(dim=0))


@given(mask=masks, padding=st.sampled_from([0.0, -torch.inf]))
@settings(max_examples=50, deadline=None)
def test_rows_go_back_to_where_they_were(mask: torch.Tensor, padding: float) -> None:
    values = values_like(mask).requires_grad_()
    real = real_rows(mask)
    rows = values.flatten(0, 1)
    if real is None:
        assert mask.all()
    else:
        rows = rows[real]
        assert torch.equal(rows, values[mask > 0])
    found = put_back(rows, real, like=mask, padding=padding)
    assert torch.equal(found, torch.where(mask[:, :, None] > 0, values, padding))
    found[mask > 0].sum().backward()  # type: ignore[no-untyped-call]
    assert values.grad is not None
    assert torch.equal(values.grad, mask[:, :, None].expand(values.shape))
