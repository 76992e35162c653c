"""What every classifier is: clips of embeddings in, scores of clips and of their patches out."""

from __future__ import annotations

from abc import ABC, abstractmethod

import torch
from torch import Tensor, nn

from earmark.classifiers.settings import ClassifierSettings

__all__ = ["ClipClassifier"]


class ClipClassifier(nn.Module, ABC):
    """A network that scores clips; a kind of classifier is a subclass and says how.

    Where the mask is 0 there is padding: nothing that stands there changes a score or is learnt
    from. A clip has at least one real patch.

    Parameters
    ----------
    settings : ClassifierSettings
        Its sizes, which it keeps as ``settings``.
    """

    def __init__(self, settings: ClassifierSettings) -> None:
        super().__init__()
        self.settings = settings
        self.exclusive = settings.exclusive
        """Whether a clip has exactly one class, so that its scores sum to 1."""

    @abstractmethod
    def clip_logits(self, embeddings: Tensor, mask: Tensor) -> Tensor:
        """Score clips, before the last sigmoid or softmax.

        Parameters
        ----------
        embeddings : float32 [clip, time, n_inputs]
        mask : float32 [clip, time]
            1 for a real patch and 0 for padding.

        Returns
        -------
        float32 [clip, class]
        """

    def training_logits(self, embeddings: Tensor, mask: Tensor) -> Tensor:
        """Score clips as training is to compare them with the truth.

        Returns
        -------
        float32 [network * clip, class]
            Of each network that learns by itself, one network after the other; most kinds are one.
        """
        return self.clip_logits(embeddings, mask)

    def logits(self, embeddings: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        """Score clips and each of their patches, before the last sigmoid or softmax.

        Unless a kind knows a shorter way, a patch is scored as a clip of its own. In training that
        would count among the clips whose mean and variance batch normalisation learns: there,
        `clip_logits` is what is wanted.

        Returns
        -------
        float32 [clip, class], float32 [clip, time, class]
            Of the clip; of each patch, of no meaning where the mask is 0.
        """
        alone = embeddings.flatten(0, 1)[:, None]  # (clip * time, 1, n_inputs)
        of_patches = self.clip_logits(alone, torch.ones_like(alone[:, :, 0]))
        return self.clip_logits(embeddings, mask), of_patches.view(*mask.shape, -1)

    def forward(self, embeddings: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        """Score clips and each of their patches: as `logits`, from 0 to 1."""
        of_clip, of_patches = self.logits(embeddings, mask)
        if self.exclusive:
            return torch.softmax(of_clip, dim=-1), torch.softmax(of_patches, dim=-1)
        return torch.sigmoid(of_clip), torch.sigmoid(of_patches)

    def penalty(self) -> Tensor | None:
        """What is added to the loss for large weights; None where the kind asks for nothing.

        It goes with a loss that is summed over classes and averaged over clips. Divide it by the
        number of classes where the loss is averaged over them, too.
        """
        return None
