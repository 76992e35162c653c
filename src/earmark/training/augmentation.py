"""What is done to the frames of a clip so that the same clip is never seen twice."""

from __future__ import annotations

import torch
from pydantic import Field
from torch import Tensor

from earmark.training.group import Group

__all__ = ["AugmentationSettings", "augment"]


class AugmentationSettings(Group):
    """What is done to the frames of a clip; nothing, if all are at their defaults."""

    drop: float = Field(default=0.0, ge=0, lt=1)
    """Each frame of a clip is left out with a chance between none and this; one always stays."""
    crop: float = Field(default=0.0, ge=0, le=1)
    """Share of the clips that are cut to a random run of their frames."""
    shuffle: float = Field(default=0.0, ge=0, le=1)
    """Share of the clips whose frames change their order."""
    noise: float = Field(default=0.0, ge=0)
    """Deviation of the noise that is added to embeddings, whose bytes span 2 (kong) or 4."""
    blank: float = Field(default=0.0, ge=0, lt=1)
    """Each of a clip's 128 numbers is set to zero with this chance, in all frames at once."""

    @property
    def moves_frames(self) -> bool:
        """Whether frames are left out or change places."""
        return bool(self.drop or self.crop or self.shuffle)


def augment(
    settings: AugmentationSettings, embeddings: Tensor, mask: Tensor
) -> tuple[Tensor, Tensor]:
    """Change the frames of each clip at random.

    Parameters
    ----------
    settings : AugmentationSettings
    embeddings : float32 [clip, time, n]
        Zero where there is padding.
    mask : float32 [clip, time]
        1 for frames, which come first, and 0 for padding.

    Returns
    -------
    embeddings, mask
        Of the same shapes; frames come first again.
    """
    if settings.moves_frames:
        keep = _kept(settings, mask)
        order = _order(settings, keep)
        mask = keep.gather(1, order)
        embeddings = embeddings.gather(1, order[:, :, None].expand_as(embeddings))
        embeddings = embeddings * mask[:, :, None]
    if settings.blank:
        kept = torch.rand(len(mask), 1, embeddings.shape[2], device=mask.device) >= settings.blank
        embeddings = embeddings * kept
    if settings.noise:
        embeddings = embeddings + settings.noise * torch.randn_like(embeddings) * mask[:, :, None]
    return embeddings, mask


def _kept(settings: AugmentationSettings, mask: Tensor) -> Tensor:
    """Choose the frames that stay: float32 [clip, time]."""
    clips, time = mask.shape
    chance = torch.rand(clips, time, device=mask.device)
    # The frame that is left out last stays in any case.
    best = torch.where(mask > 0, chance, -1.0).argmax(dim=1, keepdim=True)
    keep = mask
    if settings.crop:
        lengths = mask.sum(dim=1, keepdim=True)
        size = (torch.rand(clips, 1, device=mask.device) * lengths).ceil().clamp_min(1)
        start = (torch.rand(clips, 1, device=mask.device) * (lengths - size + 1)).floor()
        at = torch.arange(time, device=mask.device)
        run = (at >= start) & (at < start + size)
        whole = torch.rand(clips, 1, device=mask.device) >= settings.crop
        keep = keep * (run | whole)
        best = torch.where(keep > 0, chance, -1.0).argmax(dim=1, keepdim=True)
    if settings.drop:
        limit = torch.rand(clips, 1, device=mask.device) * settings.drop
        keep = (keep * (chance >= limit)).scatter(1, best, 1.0)
    return keep


def _order(settings: AugmentationSettings, keep: Tensor) -> Tensor:
    """Put the frames that stay first, in their order or in a random one: int64 [clip, time]."""
    time = torch.arange(keep.shape[1], device=keep.device, dtype=torch.float32).expand_as(keep)
    if settings.shuffle:
        chosen = torch.rand(len(keep), 1, device=keep.device) < settings.shuffle
        time = torch.where(chosen, torch.rand_like(keep) * keep.shape[1], time)
    return torch.where(keep > 0, time, time + 1e3).argsort(dim=1)
