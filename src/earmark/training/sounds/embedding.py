"""What makes numbers of patches, and how two that make other numbers are told apart."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from earmark.bundle import Bundle
from earmark.embedders import Embedder

__all__ = ["Extractor", "OfEmbedder", "of_embedder"]

_CHUNK = 1 << 20


class Extractor(Protocol):
    """Makes numbers of patches. Threads may share one."""

    @property
    def key(self) -> str:
        """A text that says all that the numbers depend on, but for the patches."""

    def __call__(self, patches: NDArray[np.float32]) -> NDArray[Any]:
        """float32 [n, 96, 64] -> [n, ...] of any type."""


def of_embedder(bundle: Bundle) -> Callable[[int], OfEmbedder]:
    """Return what opens a tagger's embedder for so many threads."""
    return lambda threads: OfEmbedder(bundle, threads=threads)


class OfEmbedder:
    """A tagger's embedder: patches to uint8 [n, 128].

    Parameters
    ----------
    bundle : Bundle
        The tagger.
    threads : int
        How many threads one call may use.

    Raises
    ------
    ModelError
        If it has no embedder, or that cannot be opened.
    """

    def __init__(self, bundle: Bundle, *, threads: int = 1) -> None:
        bundle.require_embedder()
        identity = bundle.config.embedder
        self._embedder = Embedder(bundle.embedder, identity=identity, threads=threads)
        digest = hashlib.sha256(identity.to_json().encode())
        beside = sorted(bundle.folder.glob("embedder.onnx*"))
        weights = bundle.folder / "model.safetensors"
        for path in [*beside, *([weights] if weights.is_file() else [])]:
            with path.open("rb", buffering=0) as file:
                while data := file.read(_CHUNK):
                    digest.update(data)
        self.key = f"embedder {digest.hexdigest()}"

    def __call__(self, patches: NDArray[np.float32]) -> NDArray[np.uint8]:
        """Embed a batch of patches."""
        return self._embedder(patches)
