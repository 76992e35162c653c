"""Several classifiers as one, whose scores are the mean of theirs."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from earmark.classifiers.base import ClipClassifier

__all__ = ["Averaged"]


class Averaged(ClipClassifier):
    """The mean of what several classifiers say.

    Parameters
    ----------
    members : sequence of ClipClassifier
        One or more, of the same classes.
    """

    def __init__(self, members: Sequence[ClipClassifier]) -> None:
        super().__init__(members[0].settings)
        self.members = nn.ModuleList(members)

    def clip_logits(self, embeddings: Tensor, mask: Tensor) -> Tensor:
        """Score clips: the logits of the mean score; see `ClipClassifier.clip_logits`."""
        scores = self(embeddings, mask)[0].clamp(1e-7, 1 - 1e-7)
        return torch.log(scores) if self.exclusive else torch.logit(scores)

    def forward(self, embeddings: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        """Score clips and patches; see `ClipClassifier.forward`."""
        said = [member(embeddings, mask) for member in self.members]
        of_clip, of_patches = (torch.stack(list(each)) for each in zip(*said, strict=True))
        return of_clip.mean(dim=0), of_patches.mean(dim=0)
