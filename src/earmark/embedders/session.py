"""Networks as ONNX Runtime runs them, and the embedder as one of them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from earmark.embedders.identity import Identity
from earmark.embedders.quantise import quantise
from earmark.errors import ModelError, first_line

__all__ = ["EMBEDDING_SIZE", "Embedder", "Network"]

EMBEDDING_SIZE = 128
AT_ONCE = 16
"""Patches that a network takes at once. What it makes of more of them on the way does not fit into
a processor's caches, and takes longer."""


class Network:
    """One ``.onnx`` file, opened for inference on the CPU. Calls may run at once in many threads.

    Parameters
    ----------
    path : Path
        The file; weights that it keeps in a file beside it are found there.
    inputs, outputs : tuple of str
        What they must be called.
    threads : int
        How many threads one call may use.

    Raises
    ------
    ModelError
        If the file is missing, damaged or a network of another kind.
    """

    def __init__(
        self, path: Path, *, inputs: tuple[str, ...], outputs: tuple[str, ...], threads: int = 1
    ) -> None:
        if not path.is_file():
            raise ModelError(f"{path} is missing: the folder of a tagger must hold it")
        self.path = path
        self._inputs, self._outputs = inputs, outputs
        try:
            self._session = onnxruntime.InferenceSession(
                str(path), _settings(threads), providers=["CPUExecutionProvider"]
            )
        except Exception as error:  # onnxruntime raises a dozen unrelated classes
            raise ModelError(f"{path} cannot be opened: {first_line(error)}") from error
        self._check("inputs", self._session.get_inputs(), inputs)
        self._check("outputs", self._session.get_outputs(), outputs)

    def run(
        self, *arrays: NDArray[np.float32], only: tuple[str, ...] | None = None
    ) -> list[NDArray[np.float32]]:
        """Run once: the inputs in the order they were named, and so the outputs.

        Parameters
        ----------
        *arrays : float32 arrays
        only : tuple of str, optional
            Which outputs are wanted; all if not given.

        Raises
        ------
        ModelError
            If the network does not take arrays of these shapes.
        """
        feed = dict(zip(self._inputs, arrays, strict=True))
        try:
            results: list[NDArray[np.float32]] = self._session.run(
                list(only or self._outputs), feed
            )
        except Exception as error:  # as above
            raise ModelError(f"{self.path} failed: {first_line(error)}") from error
        return results

    def _check(
        self, what: str, nodes: list[onnxruntime.NodeArg], expected: tuple[str, ...]
    ) -> None:
        found = tuple(node.name for node in nodes)
        if set(found) != set(expected):
            raise ModelError(
                f"{self.path} has {what} {', '.join(found)}, and not {', '.join(expected)}"
            )


class Embedder:
    """Patches -> quantised embeddings.

    Parameters
    ----------
    path : Path
        ``embedder.onnx``: ``patches`` float32 [n, 96, 64] -> ``embeddings`` float32 [n, 128].
    identity : Identity
        Whose embeddings these are.
    threads : int
        How many threads one call may use; several calls may run at once.
    """

    def __init__(self, path: Path, *, identity: Identity, threads: int = 1) -> None:
        self.identity = identity
        self._network = Network(path, inputs=("patches",), outputs=("embeddings",), threads=threads)

    def __repr__(self) -> str:
        """Show its identity in short."""
        return f"Embedder({self.identity.name!r}, {self.identity.version!r})"

    def __call__(self, patches: NDArray[np.float32]) -> NDArray[np.uint8]:
        """Embed a batch of patches.

        Parameters
        ----------
        patches : float32 [n, 96, 64]

        Returns
        -------
        uint8 [n, 128]

        Raises
        ------
        ModelError
            If the network gives numbers that are not finite, or not 128 of them.
        """
        starts = range(0, len(patches), AT_ONCE)
        pieces = [self._embed(patches[start : start + AT_ONCE]) for start in starts]
        return np.concatenate(pieces) if pieces else np.empty((0, EMBEDDING_SIZE), np.uint8)

    def _embed(self, patches: NDArray[np.float32]) -> NDArray[np.uint8]:
        (embeddings,) = self._network.run(patches)
        if embeddings.shape != (len(patches), EMBEDDING_SIZE):
            raise ModelError(
                f"{self._network.path} gives embeddings of shape {list(embeddings.shape[1:])}, "
                f"not [{EMBEDDING_SIZE}]"
            )
        if not np.isfinite(embeddings).all():
            raise ModelError(f"{self._network.path} gives numbers that are not finite")
        return quantise(embeddings)


def _settings(threads: int) -> onnxruntime.SessionOptions:
    settings = onnxruntime.SessionOptions()
    settings.intra_op_num_threads = threads
    settings.inter_op_num_threads = 1
    settings.log_severity_level = (
        4  # errors reach us as exceptions; a second copy on stderr is noise
    )
    # Threads that spin while they wait would take the cores that decode and compute features.
    settings.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return settings
