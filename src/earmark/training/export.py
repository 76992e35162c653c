"""From trained PyTorch modules to a tagger's folder, checked number by number.

The weights stand in ``model.safetensors`` once, in half precision; both ONNX files are graphs that
point into it (ONNX's external data), so that the three cannot disagree and are half the size.
"""

from __future__ import annotations

import csv
import io
import json
import warnings
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from onnx import GraphProto, TensorProto, helper
from safetensors import torch as safetensors
from torch import Tensor, nn

from earmark.embedders.identity import Identity
from earmark.embedders.session import EMBEDDING_SIZE, Network
from earmark.errors import ModelError
from earmark.features import MEL_BANDS, PATCH_FRAMES
from earmark.ontology import Label

__all__ = ["TaggerParts", "check_tagger", "export_tagger"]

WEIGHTS = "model.safetensors"
TOLERANCE = 1e-4
"""Largest difference allowed between what ONNX Runtime and PyTorch make of the same input."""


@dataclass(frozen=True, kw_only=True)
class TaggerParts:
    """What goes into a tagger's folder."""

    embedder: nn.Module
    classifier: nn.Module
    classifier_kind: str
    labels: Sequence[Label]
    name: str
    version: str
    created_by: str
    licence: str = "Apache-2.0"
    max_patches: int = 10

    def config(self) -> dict[str, Any]:
        """What ``config.json`` says."""
        identity = Identity(name=self.name, version=self.version)
        return {
            "format": 1,
            "name": self.name,
            "version": self.version,
            "embedder": asdict(identity),
            "classifier": {"kind": self.classifier_kind, "max_patches": self.max_patches},
            "pooling": "mean",
            "licence": self.licence,
            "created_by": self.created_by,
        }


def export_tagger(parts: TaggerParts, folder: Path) -> None:
    """Write a tagger's folder, all but its model card.

    The modules are rounded to half precision in place, so that they are what is on disk.

    Raises
    ------
    ModelError
        If ONNX Runtime computes something else than PyTorch.
    """
    folder.mkdir(parents=True, exist_ok=True)
    modules = {
        "embedder": _halved(parts.embedder.eval()),
        "classifier": _halved(parts.classifier.eval()),
    }
    state = {
        f"{part}.{name}": _stored(value)
        for part, module in modules.items()
        for name, value in module.state_dict().items()
        if value.is_floating_point()
    }
    metadata = {"format": "pt"}  # one entry: the order of more is left to chance
    # By way of bytes, because `save_file` makes a file that nobody but its owner may read.
    (folder / WEIGHTS).write_bytes(safetensors.save(state, metadata=metadata))
    for part, example in _examples(parts.max_patches).items():
        path = folder / f"{part}.onnx"
        _export(modules[part], example, path)
        _share_weights(path, prefix=part, weights=folder / WEIGHTS)
    (folder / "config.json").write_text(json.dumps(parts.config(), indent=2) + "\n")
    (folder / "labels.csv").write_text(_labels_csv(parts.labels))
    check_tagger(parts, folder)


def check_tagger(parts: TaggerParts, folder: Path) -> None:
    """Compare the networks in a folder with the modules they were made of.

    Raises
    ------
    ModelError
        If one cannot be opened or ONNX Runtime computes something else than PyTorch.
    """
    for part, example in _examples(parts.max_patches).items():
        path = folder / f"{part}.onnx"
        network = Network(path, inputs=tuple(example.inputs), outputs=example.outputs)
        found = network.run(*(value.numpy() for value in example.inputs.values()))
        module: nn.Module = getattr(parts, part)
        with torch.no_grad():
            wanted = module.eval()(*example.inputs.values())
        for theirs, ours in zip(found, wanted if len(found) > 1 else [wanted], strict=True):
            difference = float(np.abs(ours.numpy() - theirs).max())
            if not difference <= TOLERANCE:  # nor if it is not a number
                raise ModelError(f"{path} differs from PyTorch by {difference:.2g}")


@dataclass(frozen=True)
class _Example:
    inputs: dict[str, Tensor]
    outputs: tuple[str, ...]


def _examples(max_patches: int) -> dict[str, _Example]:
    """For each network what its inputs look like and what its outputs are called."""
    rng = torch.Generator().manual_seed(0)
    patches = torch.randn(3, PATCH_FRAMES, MEL_BANDS, generator=rng)
    clips = torch.randn(2, max_patches, EMBEDDING_SIZE, generator=rng)
    mask = (torch.arange(max_patches) < torch.tensor([[max_patches], [4]])).float()
    return {
        "embedder": _Example({"patches": patches}, ("embeddings",)),
        "classifier": _Example({"embeddings": clips, "mask": mask}, ("scores", "patch_scores")),
    }


def _stored(value: Tensor) -> Tensor:
    """Matrices in half precision; vectors, which are small and touchy, as they are."""
    return (value.half() if value.ndim > 1 else value).contiguous()


def _halved(module: nn.Module) -> nn.Module:
    for value in module.state_dict().values():
        if value.is_floating_point():
            value.copy_(_stored(value).float())
    return module


def _export(module: nn.Module, example: _Example, path: Path) -> None:
    batch = torch.export.Dim("batch")
    with warnings.catch_warnings():
        # PyTorch's own: it copies trees in a way that it advises its users against, and says that
        # two inputs with as many clips have one size and not two.
        warnings.filterwarnings("ignore", message=".*LeafSpec", category=FutureWarning)
        warnings.filterwarnings("ignore", message=".*axis name: batch will not be used")
        torch.onnx.export(
            module,
            tuple(example.inputs.values()),
            path,
            input_names=list(example.inputs),
            output_names=list(example.outputs),
            dynamic_shapes={name: {0: batch} for name in example.inputs},
            dynamo=True,
            optimize=False,
            external_data=False,
            verbose=False,
        )


def _share_weights(path: Path, *, prefix: str, weights: Path) -> None:
    """Replace a graph's weights by references into the file of weights."""
    model = onnx.load(path)
    places = _places(weights)
    kept, casts = [], []
    for array in model.graph.initializer:
        place = places.get(f"{prefix}.{array.name}")
        if place is None:
            kept.append(array)
            continue
        halved = place.dtype == "F16"
        shared = TensorProto(
            name=f"{array.name}.half" if halved else array.name,
            data_type=TensorProto.FLOAT16 if halved else TensorProto.FLOAT,
            dims=array.dims,
            data_location=TensorProto.EXTERNAL,
        )
        where = {"location": WEIGHTS, "offset": place.start, "length": place.length}
        for key, value in where.items():
            shared.external_data.add(key=key, value=str(value))
        kept.append(shared)
        if halved:
            casts.append(
                helper.make_node("Cast", [shared.name], [array.name], to=TensorProto.FLOAT)
            )
    nodes = [*casts, *model.graph.node]
    del model.graph.initializer[:], model.graph.node[:], model.graph.value_info[:]
    model.graph.initializer.extend(kept)
    model.graph.node.extend(nodes)
    _drop_made_up_biases(model.graph)
    for noted in (model.graph, *model.graph.node):
        del noted.metadata_props[:]  # the exporter's notes name files of the machine it ran on
    path.write_bytes(model.SerializeToString())


def _drop_made_up_biases(graph: GraphProto) -> None:
    """Take away the biases of zeros that the exporter computes for convolutions without any.

    ONNX Runtime cannot fold batch normalisation into a convolution whose bias is computed, and then
    takes half as long again.
    """
    weights = {array.name for array in graph.initializer}
    for node in graph.node:
        if node.op_type == "Conv" and len(node.input) == 3 and node.input[2] not in weights:
            del node.input[2]
    while True:
        used = {name for node in graph.node for name in node.input}
        used |= {output.name for output in graph.output}
        unused = [node for node in graph.node if used.isdisjoint(node.output)]
        if not unused:
            return
        for node in unused:
            graph.node.remove(node)


@dataclass(frozen=True)
class _Place:
    dtype: str
    start: int
    length: int


def _places(weights: Path) -> dict[str, _Place]:
    """Where each array's bytes lie in a safetensors file (8 bytes of length, JSON header, data)."""
    with weights.open("rb") as file:
        size = int.from_bytes(file.read(8), "little")
        header = json.loads(file.read(size))
    header.pop("__metadata__", None)
    return {
        name: _Place(entry["dtype"], 8 + size + begin, end - begin)
        for name, entry in header.items()
        for begin, end in [entry["data_offsets"]]
    }


def _labels_csv(labels: Sequence[Label]) -> str:
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["index", "id", "name"])
    writer.writerows([label.index, label.id, label.name] for label in labels)
    return text.getvalue()
