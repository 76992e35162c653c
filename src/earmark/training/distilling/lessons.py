"""What the classifier learns from: fresh clips as the finished embedder hears them.

The clips that the embedder was trained on would do, but there are few of them in memory and they
are mixed for the embedder, which hears one second at a time. A classifier has to tell sounds apart
in a scene, and learns that from many mixtures.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice

import torch
from torch import Tensor

from earmark.embedders import EMBEDDING_SIZE, dequantise, quantise
from earmark.embedders.compact import Compact
from earmark.features import MEL_BANDS, PATCH_FRAMES
from earmark.training.distilling.embedder_run import fresh_clips
from earmark.training.distilling.recipe import Recipe
from earmark.training.distilling.replay import BLOCK, Clips, steps_of_patches
from earmark.training.distilling.survey import Survey

__all__ = ["EmbeddedClips", "embed_clips", "make_lessons", "through_8_bits"]

PART = 1_000_000
"""Stands for the classifier where the parts of the embedder's run are 0, 1, 2: other clips."""


@dataclass(frozen=True)
class EmbeddedClips:
    """What the classifier learns from."""

    embeddings: Tensor
    """float32 [clip, 10, 128], after 8 bits."""
    steps: Tensor
    """float32 [clip, 10, 384], the teacher's embedding over each patch, tempered."""
    scores: Tensor
    """float32 [clip, 527], the teacher's of the whole clip."""


def make_lessons(recipe: Recipe, embedder: Compact, heard: Survey) -> EmbeddedClips:
    """Make and embed the clips that the recipe's classifier asks for, or load them if made before.

    They are kept in the workspace, under the number of steps that the embedder took.
    """
    n_clips = recipe.classify.clips
    path = recipe.workspace / f"lessons-{recipe.distil.steps}-{n_clips}.pt"
    if not path.exists():
        blocks = fresh_clips(
            recipe,
            mixing=recipe.classify.mixing,
            seed=(recipe.seed, PART),
            # Now that no training goes on beside it, there is a core more.
            workers=recipe.workers + 1 if recipe.workers else 0,
        )
        made = embed_clips(islice(blocks, -(-n_clips // BLOCK)), embedder, heard)
        unfinished = path.with_suffix(".part")
        torch.save(vars(made), unfinished)
        unfinished.replace(path)
    return EmbeddedClips(**torch.load(path))


@torch.no_grad()
def embed_clips(blocks: Iterable[Clips], embedder: Compact, heard: Survey) -> EmbeddedClips:
    """Run the embedder over every patch of clips; ``heard`` tempers the teacher's moments."""
    embedder.eval()
    embeddings, steps, scores = [], [], []
    for clips in blocks:
        n_clips, n_frames, _ = clips.log_mel.shape
        patches = clips.log_mel.float().reshape(-1, PATCH_FRAMES, MEL_BANDS)
        embeddings.append(through_8_bits(embedder(patches)).reshape(n_clips, -1, EMBEDDING_SIZE))
        taught = [
            steps_of_patches(clips.steps.float(), torch.full((n_clips,), first))
            for first in range(0, n_frames, PATCH_FRAMES)
        ]
        steps.append(heard.tempered(torch.stack(taught, dim=1)))
        scores.append(clips.scores.float())
    return EmbeddedClips(torch.cat(embeddings), torch.cat(steps), torch.cat(scores))


def through_8_bits(embeddings: Tensor) -> Tensor:
    """What is left of embeddings after quantisation: see `earmark.embedders.quantise`."""
    return torch.from_numpy(dequantise(quantise(embeddings.numpy()), how="youtube8m"))
