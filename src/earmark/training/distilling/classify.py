"""The second half of making ``compact``: its classifier learns the teacher's scores of whole clips.

The embedder stands still. Its embeddings pass through 8 bits, as they will in use, and the
classifier sees clips of any length from one patch to ten.
"""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from earmark.classifiers.attention import MultiLevelAttention
from earmark.errors import DataError
from earmark.training.distilling.lessons import EmbeddedClips
from earmark.training.distilling.recipe import ClassifyConfig
from earmark.training.distilling.teacher import Teacher

__all__ = ["fit_classifier"]


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
