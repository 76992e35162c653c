"""A classifier as ONNX Runtime runs it: clips of quantised embeddings -> scores."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from earmark.embedders import Identity, dequantise
from earmark.embedders.session import Network
from earmark.errors import ModelError

__all__ = ["Classifier"]


class Classifier:
    """Clips -> scores, of the clip and of each of its patches.

    Parameters
    ----------
    path : Path
        ``classifier.onnx``: ``embeddings`` float32 [clips, patches, 128] and ``mask`` float32
        [clips, patches] -> ``scores`` float32 [clips, classes] and ``patch_scores`` float32
        [clips, patches, classes].
    identity : Identity
        Of the embeddings it was trained on, which says how their bytes are read.
    classes : int
        How many classes it must know.
    clips_alone : Path, optional
        ``clip_classifier.onnx``: the same without ``patch_scores``. ONNX Runtime computes all
        outputs of a network, whichever are asked for. Used if it is there.
    threads : int
        How many threads one call may use; several calls may run at once.
    """

    def __init__(
        self,
        path: Path,
        *,
        identity: Identity,
        classes: int,
        clips_alone: Path | None = None,
        threads: int = 1,
    ) -> None:
        self.identity = identity
        self.classes = classes
        self._clips_alone, self._threads = clips_alone, threads
        self._network = Network(
            path,
            inputs=("embeddings", "mask"),
            outputs=("scores", "patch_scores"),
            threads=threads,
        )

    def __repr__(self) -> str:
        """Show what it knows and of whose embeddings."""
        return f"Classifier({self.classes} classes, on {self.identity.name!r})"

    def __call__(
        self, frames: NDArray[np.uint8], mask: NDArray[np.bool_]
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Score clips.

        Parameters
        ----------
        frames : uint8 [clips, patches, 128]
            Quantised embeddings, zero where the mask is False.
        mask : bool [clips, patches]
            Which of them are there.

        Returns
        -------
        scores : float32 [clips, classes]
        patch_scores : float32 [clips, patches, classes]
            Of no meaning where the mask is False.

        Raises
        ------
        ModelError
            If the network has another number of classes or gives numbers that are not finite.
        """
        real, embeddings = self._read(frames, mask)
        scores, patch_scores = self._network.run(embeddings, real)
        self._check(scores, clips=len(frames), path=self._network.path)
        if patch_scores.shape != (*mask.shape, self.classes):
            raise ModelError(
                f"{self._network.path} gives patch scores of shape {list(patch_scores.shape)}, "
                f"not {[*mask.shape, self.classes]}"
            )
        return scores, patch_scores

    def clip_scores(
        self, frames: NDArray[np.uint8], mask: NDArray[np.bool_]
    ) -> NDArray[np.float32]:
        """Score clips and say nothing of their patches; see `__call__`."""
        real, embeddings = self._read(frames, mask)
        (scores,) = self._of_clips.run(embeddings, real, only=("scores",))
        self._check(scores, clips=len(frames), path=self._of_clips.path)
        return scores

    @cached_property
    def _of_clips(self) -> Network:
        """Scores clips; opened when first asked, perhaps by two threads at once, which is fine."""
        if self._clips_alone is None or not self._clips_alone.is_file():
            return self._network
        return Network(
            self._clips_alone,
            inputs=("embeddings", "mask"),
            outputs=("scores",),
            threads=self._threads,
        )

    def _read(
        self, frames: NDArray[np.uint8], mask: NDArray[np.bool_]
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Make the network's inputs: the mask as numbers, and embeddings of what it leaves."""
        real = mask.astype(np.float32)
        return real, dequantise(frames, how=self.identity.dequantiser) * real[:, :, None]

    def _check(self, scores: NDArray[np.float32], *, clips: int, path: Path) -> None:
        if scores.shape != (clips, self.classes):
            raise ModelError(
                f"{path} gives scores of shape {list(scores.shape[1:])} where "
                f"labels.csv names {self.classes} classes"
            )
        if not np.isfinite(scores).all():
            raise ModelError(f"{path} gives scores that are not finite")
