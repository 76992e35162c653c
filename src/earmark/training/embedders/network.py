"""The network of a tagger's embedder in PyTorch, to be changed, and a folder of what it became."""

from __future__ import annotations

import hashlib
from functools import partial
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor

from earmark import __version__
from earmark.bundle import Bundle
from earmark.embedders.compact import Compact
from earmark.embedders.identity import Identity
from earmark.errors import ModelError, first_line
from earmark.exporting.tagger_folder import WEIGHTS, TaggerParts, export_tagger
from earmark.exporting.weights_file import places
from earmark.training.embedder_copy import repoint

__all__ = ["read_network", "write_network"]

_PART = "embedder."


def read_network(bundle: Bundle) -> Compact:
    """Read a tagger's embedder, to be changed.

    Parameters
    ----------
    bundle : Bundle
        ``compact``, or a tagger whose embedder came of it.

    Returns
    -------
    Compact
        As it is used: nothing in it learns until that is asked for.

    Raises
    ------
    ModelError
        If its weights cannot be read, or are those of another network.
    """
    bundle.require_embedder()
    path = bundle.folder / WEIGHTS
    try:
        stored = load_file(path)
    except (OSError, SafetensorError) as error:
        raise ModelError(
            f"{path} cannot be read, so its embedder cannot be changed: {first_line(error)}"
        ) from error
    weights = {
        name.removeprefix(_PART): value.float()
        for name, value in stored.items()
        if name.startswith(_PART)
    }
    network = Compact()
    wanted = {name: v for name, v in network.state_dict().items() if v.is_floating_point()}
    if {name: v.shape for name, v in wanted.items()} != {n: v.shape for n, v in weights.items()}:
        raise ModelError(
            f"the embedder of {bundle.title} is another network than compact's, and only that can "
            "be refitted or fine-tuned: take compact, or leave the embedder as it is (frozen)"
        )
    network.load_state_dict(weights, strict=False)  # it also counts batches, which nobody keeps
    return network.eval().requires_grad_(False)


def write_network(network: Compact, folder: Path, *, name: str, base: Bundle, how: str) -> Bundle:
    """Write the folder of an embedder.

    Parameters
    ----------
    network : Compact
        Its weights are rounded to half precision, in place.
    folder : Path
        Where to; what is there is replaced.
    name : str
        What it is called. Its version follows from its weights, so that embeddings of one are not
        taken for those of another of the same name.
    base : Bundle
        The tagger whose embedder it came of.
    how : str
        What was done to that.

    Raises
    ------
    ModelError
        If ONNX Runtime computes something else than PyTorch.
    """
    network = network.cpu().eval()
    version = f"{base.config.embedder.version}.{_digest(network.state_dict())}"
    parts = TaggerParts(
        embedder=network,
        classifier=None,
        classifier_kind=None,
        labels=(),
        name=name,
        version=version,
        created_by=f"earmark {__version__}, {how} from {base.title}",
        licence=base.config.licence,
        identity=Identity(name=name, version=version, dequantiser=base.config.embedder.dequantiser),
        draw=partial(_draw, base),
    )
    export_tagger(parts, folder)
    return Bundle.read(folder)


def _draw(base: Bundle, folder: Path) -> None:
    """Write the graph, which is that of the embedder it came of, with other weights."""
    old, new = places(base.folder / WEIGHTS), places(folder / WEIGHTS)
    repoint(base.embedder, folder / "embedder.onnx", old, new)


def _digest(weights: dict[str, Tensor]) -> str:
    """Eight digits that differ where weights do, as they are on disk."""
    digest = hashlib.sha256()
    for name, value in sorted(weights.items()):
        if value.is_floating_point():
            rounded = value.half() if value.ndim > 1 else value.to(torch.float32)
            digest.update(name.encode() + rounded.contiguous().numpy().tobytes())
    return digest.hexdigest()[:8]
