"""The second half of making ``compact``: its classifier learns the teacher's scores of whole clips.

The embedder stands still. Its embeddings pass through 8 bits, as they will in use, and the
classifier sees clips of any length from one patch to ten.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from earmark.classifiers.attention import AttentionConfig, MultiLevelAttention
from earmark.embedders import dequantise, quantise
from earmark.embedders.compact import Compact
from earmark.errors import DataError
from earmark.features import MEL_BANDS, PATCH_FRAMES
from earmark.training.replay import Clips, steps_of_patches
from earmark.training.survey import Survey
from earmark.training.teacher import Teacher

__all__ = ["ClassifyConfig", "EmbeddedClips", "embed_clips", "fit_classifier", "through_8_bits"]


@dataclass(frozen=True, kw_only=True)
class ClassifyConfig:
    """How the classifier is fitted."""

    epochs: int = 12
    batch: int = 128
    """Clips a step."""
    lr: float = 1e-3
    weight_decay: float = 0.01
    patch_weight: float = 0.5
    """Weight of the scores of single patches beside those of the clip."""
    part: float = 0.3
    """Share of clips that are shortened to a random run of their patches."""
    average: float = 0.995
    """Decay a step of the running average of the weights, which is what is used in the end."""
    seed: int = 1
    model: AttentionConfig = field(default_factory=AttentionConfig)


@dataclass(frozen=True)
class EmbeddedClips:
    """What the classifier learns from."""

    embeddings: Tensor
    """float32 [clip, 10, 128], after 8 bits."""
    steps: Tensor
    """float32 [clip, 10, 384], the teacher's embedding over each patch, tempered."""
    scores: Tensor
    """float32 [clip, 527], the teacher's of the whole clip."""


def through_8_bits(embeddings: Tensor) -> Tensor:
    """What is left of embeddings after quantisation: see `earmark.embedders.quantise`."""
    return torch.from_numpy(dequantise(quantise(embeddings.numpy()), how="youtube8m"))


@torch.no_grad()
def embed_clips(
    clips: Clips, embedder: Compact, heard: Survey, *, block: int = 64
) -> EmbeddedClips:
    """Run the embedder over every patch of ``clips``; ``heard`` tempers the teacher's moments."""
    embedder.eval()
    n_clips, n_frames, _ = clips.log_mel.shape
    n_patches = n_frames // PATCH_FRAMES
    embedded, taught = [], []
    for start in range(0, n_clips, block):
        log_mel = clips.log_mel[start : start + block].float()
        embeddings = embedder(log_mel.reshape(-1, PATCH_FRAMES, MEL_BANDS))
        embedded.append(through_8_bits(embeddings).reshape(len(log_mel), n_patches, -1))
        steps = clips.steps[start : start + block].float()
        starts = [torch.full((len(steps),), PATCH_FRAMES * index) for index in range(n_patches)]
        taught.append(torch.stack([steps_of_patches(steps, first) for first in starts], dim=1))
    return EmbeddedClips(
        embeddings=torch.cat(embedded),
        steps=heard.tempered(torch.cat(taught)),
        scores=clips.scores.float(),
    )


def fit_classifier(
    clips: EmbeddedClips, teacher: Teacher, config: ClassifyConfig
) -> MultiLevelAttention:
    """Train a classifier and return the running average of its weights.

    Raises
    ------
    DataError
        If there are not enough clips for one batch.
    """
    n_steps = config.epochs * (len(clips.scores) // config.batch)
    if not n_steps:
        raise DataError(
            f"{len(clips.scores)} clips do not fill a batch of {config.batch}: "
            "make classify.batch smaller"
        )
    torch.manual_seed(config.seed)
    model = MultiLevelAttention(config.model)
    nn.init.constant_(model.output.bias, -5.0)  # most classes are absent most of the time
    average = AveragedModel(
        model,
        multi_avg_fn=get_ema_multi_avg_fn(config.average),  # type: ignore[no-untyped-call]
        use_buffers=True,
    )
    optimizer = torch.optim.AdamW(
        model.parameters(), lr=config.lr, weight_decay=config.weight_decay
    )
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, config.lr, total_steps=n_steps)
    for embeddings, mask, of_clip, of_patches in _batches(clips, teacher, config):
        clip_logits, patch_logits = model.logits(embeddings, mask)
        loss = _entropy(clip_logits, of_clip)
        loss = loss + config.patch_weight * _entropy(patch_logits[mask > 0], of_patches[mask > 0])
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        schedule.step()
        average.update_parameters(model)
    result = average.module.eval()
    assert isinstance(result, MultiLevelAttention)
    return result


def _batches(
    clips: EmbeddedClips, teacher: Teacher, config: ClassifyConfig
) -> Iterator[tuple[Tensor, Tensor, Tensor, Tensor]]:
    """Embeddings, mask, the teacher's scores of the clip and of its patches, for every step."""
    for _ in range(config.epochs):
        order = torch.randperm(len(clips.scores))
        for chosen in order[: len(order) // config.batch * config.batch].view(-1, config.batch):
            embeddings, steps = clips.embeddings[chosen], clips.steps[chosen]
            mask = torch.ones(embeddings.shape[:2])
            scores = clips.scores[chosen]
            for row in torch.nonzero(torch.rand(len(chosen)) < config.part).flatten():
                length = int(torch.randint(1, mask.shape[1], ()))
                start = int(torch.randint(mask.shape[1] - length + 1, ()))
                part = slice(start, start + length)
                embeddings[row] = _moved_to_front(embeddings[row], part)
                steps[row] = _moved_to_front(steps[row], part)
                mask[row, length:] = 0
                scores[row] = torch.sigmoid(teacher.logits(steps[row, :length].mean(dim=0)))
            yield embeddings, mask, scores, torch.sigmoid(teacher.logits(steps))


def _moved_to_front(rows: Tensor, part: slice) -> Tensor:
    moved = torch.zeros_like(rows)
    moved[: part.stop - part.start] = rows[part]
    return moved


def _entropy(logits: Tensor, scores: Tensor) -> Tensor:
    """Binary cross-entropy, summed over classes and averaged over the rest."""
    total = nn.functional.binary_cross_entropy_with_logits(logits, scores, reduction="sum")
    return total / logits[..., 0].numel()
