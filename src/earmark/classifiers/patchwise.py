"""A network that scores patches, and a clip by the patches in which a class is clear.

A class's score of a clip is the mean of its patches' scores, each weighted by itself: linear
softmax, which Wang, Li and Metze 2019 (https://arxiv.org/abs/1810.09050) found the best of five
ways to pool where labels say what is in a clip, and not when.
"""

from __future__ import annotations

from itertools import pairwise

import torch
from torch import Tensor, nn

from earmark.classifiers.dropping import RectifiedDropout
from earmark.classifiers.masking import put_back

__all__ = ["PatchwiseNetwork", "linear_softmax"]

NEAREST = 1e-6
"""How near scores come to 0 and 1 before the logarithm."""


def linear_softmax(scores: Tensor) -> Tensor:
    """Pool the scores of patches: sum of squares over sum.

    Parameters
    ----------
    scores : float32 [clip, time, class]
        From 0 to 1, and 0 where there is padding.

    Returns
    -------
    float32 [clip, class]
        From the lowest of a clip's patches to the highest, near the highest where they differ.
    """
    return scores.square().sum(dim=1) / scores.sum(dim=1).clamp_min(NEAREST)


class PatchwiseNetwork(nn.Module):
    """Dense layers for each patch, with what each but the first finds added to what was there.

    Parameters
    ----------
    n_in : int
        Units that describe a patch.
    hidden : int
        Units of each hidden layer.
    n_layers : int
        Hidden layers.
    n_classes : int
    dropout, epsilon : float
        As `PooledEnsembleSettings` has them.
    """

    def __init__(
        self,
        *,
        n_in: int,
        hidden: int,
        n_layers: int,
        n_classes: int,
        dropout: float,
        epsilon: float,
    ) -> None:
        super().__init__()
        sizes = [n_in] + [hidden] * n_layers
        self.hidden = nn.ModuleList(
            nn.Sequential(
                nn.Linear(size, hidden),
                nn.BatchNorm1d(hidden, eps=epsilon),
                RectifiedDropout(dropout),
            )
            for size, hidden in pairwise(sizes)
        )
        self.output = nn.Linear(hidden, n_classes)

    def forward(self, rows: Tensor, real: Tensor | None, mask: Tensor) -> Tensor:
        """Score clips.

        Parameters
        ----------
        rows : float32 [row, n_in]
            Patches, of all clips or only the real ones.
        real : int64 [row] or None
            Which these are, as `real_rows` says.
        mask : float32 [clip, time]

        Returns
        -------
        float32 [clip, class]
            Logits.
        """
        for at, layer in enumerate(self.hidden):
            found = layer(rows)
            rows = rows + found if at else found
        scores = put_back(torch.sigmoid(self.output(rows)), real, like=mask)
        pooled = linear_softmax(scores * mask[:, :, None])
        return torch.logit(pooled.float(), NEAREST)
