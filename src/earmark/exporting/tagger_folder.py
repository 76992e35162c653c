"""From PyTorch modules to a tagger's folder, checked number by number.

The weights stand in ``model.safetensors`` once, in half precision unless they are to stay as they
are; all ONNX files are graphs that point into it (ONNX's external data), so that they cannot
disagree and are half the size.
"""

from __future__ import annotations

import csv
import io
import json
import warnings
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from onnx import GraphProto, TensorProto, helper
from torch import Tensor, nn

from earmark.embedders.identity import Identity
from earmark.embedders.session import EMBEDDING_SIZE, Network
from earmark.errors import ModelError
from earmark.exporting.weights_file import places, reference, write_weights
from earmark.features import MEL_BANDS, PATCH_FRAMES
from earmark.ontology import Label

__all__ = ["WEIGHTS", "TaggerParts", "check_tagger", "export_tagger", "patches_like"]

WEIGHTS = "model.safetensors"
TOLERANCE = 1e-4
"""Largest difference allowed between what ONNX Runtime and PyTorch make of the same input, to the
largest number that they make of it if that is above 1."""


@dataclass(frozen=True, kw_only=True)
class TaggerParts:
    """What goes into a tagger's folder; either network may be missing."""

    embedder: nn.Module | None
    classifier: nn.Module | None
    classifier_kind: str | None
    labels: Sequence[Label]
    name: str
    version: str
    created_by: str
    licence: str = "Apache-2.0"
    max_patches: int = 10
    identity: Identity | None = None
    """Of the embedder, if it is not called as the tagger is."""
    half: bool = True
    """Whether weights are rounded to half precision."""
    draw: Callable[[Path], None] | None = None
    """Writes ``embedder.onnx`` into a folder that has the weights; PyTorch's exporter if None."""

    def modules(self) -> dict[str, nn.Module]:
        """The networks there are, by name."""
        both = {"embedder": self.embedder, "classifier": self.classifier}
        return {name: module.eval() for name, module in both.items() if module is not None}

    def config(self) -> dict[str, Any]:
        """What ``config.json`` says."""
        identity = self.identity or Identity(name=self.name, version=self.version)
        classifier = {"kind": self.classifier_kind, "max_patches": self.max_patches}
        return {
            "format": 1,
            "name": self.name,
            "version": self.version,
            "embedder": asdict(identity),
            "classifier": classifier if self.classifier is not None else None,
            "pooling": "mean",
            "licence": self.licence,
            "created_by": self.created_by,
        }


def export_tagger(parts: TaggerParts, folder: Path) -> None:
    """Write a tagger's folder, all but its model card.

    Modules that are rounded to half precision are so in place, so that they are what is on disk.

    Raises
    ------
    ModelError
        If ONNX Runtime computes something else than PyTorch.
    """
    folder.mkdir(parents=True, exist_ok=True)
    modules = parts.modules()
    if parts.half:
        for module in modules.values():
            _halve(module)
    state = {
        f"{part}.{name}": (_stored(value) if parts.half else value).numpy()
        for part, module in modules.items()
        for name, value in module.state_dict().items()
        if value.is_floating_point()
    }
    write_weights(folder / WEIGHTS, state)
    for part, module in modules.items():
        path = folder / f"{part}.onnx"
        if part == "embedder" and parts.draw is not None:
            parts.draw(folder)
        else:
            _export(module, _examples(parts.max_patches)[part], path)
            _share_weights(path, prefix=part, weights=folder / WEIGHTS)
    if parts.classifier is not None:
        _leave_out_patches(folder / "classifier.onnx", folder / "clip_classifier.onnx")
    (folder / "config.json").write_text(json.dumps(parts.config(), indent=2) + "\n")
    if parts.classifier is not None:
        (folder / "labels.csv").write_text(_labels_csv(parts.labels))
    check_tagger(parts, folder)


def check_tagger(parts: TaggerParts, folder: Path) -> None:
    """Compare the networks in a folder with the modules they were made of.

    Raises
    ------
    ModelError
        If one cannot be opened or ONNX Runtime computes something else than PyTorch.
    """
    examples = _examples(parts.max_patches)
    for part, module in parts.modules().items():
        path, example = folder / f"{part}.onnx", examples[part]
        network = Network(path, inputs=tuple(example.inputs), outputs=example.outputs)
        found = network.run(*(value.numpy() for value in example.inputs.values()))
        with torch.no_grad():
            wanted = module(*example.inputs.values())
        for theirs, ours in zip(found, wanted if len(found) > 1 else [wanted], strict=True):
            difference = float(np.abs(ours.numpy() - theirs).max())
            # Written so that it holds of nothing that is not a number.
            if not difference <= TOLERANCE * max(1.0, float(ours.abs().max())):
                raise ModelError(f"{path} differs from PyTorch by {difference:.2g}")


def patches_like(n: int) -> Tensor:
    """Noise as it might be log-mel: float32 [n, 96, 64]."""
    return torch.randn(n, PATCH_FRAMES, MEL_BANDS, generator=torch.Generator().manual_seed(0))


@dataclass(frozen=True)
class _Example:
    inputs: dict[str, Tensor]
    outputs: tuple[str, ...]


def _examples(max_patches: int) -> dict[str, _Example]:
    """For each network what its inputs look like and what its outputs are called."""
    rng = torch.Generator().manual_seed(0)
    clips = torch.randn(2, max_patches, EMBEDDING_SIZE, generator=rng)
    mask = (torch.arange(max_patches) < torch.tensor([[max_patches], [4]])).float()
    return {
        "embedder": _Example({"patches": patches_like(3)}, ("embeddings",)),
        "classifier": _Example({"embeddings": clips, "mask": mask}, ("scores", "patch_scores")),
    }


def _stored(value: Tensor) -> Tensor:
    """Matrices in half precision; vectors, which are small and touchy, as they are."""
    return (value.half() if value.ndim > 1 else value).contiguous()


def _halve(module: nn.Module) -> None:
    for value in module.state_dict().values():
        if value.is_floating_point():
            value.copy_(_stored(value).float())


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
    known = places(weights)
    kept, casts = [], []
    for array in model.graph.initializer:
        place = known.get(f"{prefix}.{array.name}")
        if place is None:
            kept.append(array)
            continue
        halved = place.dtype == "F16"
        name = f"{array.name}.half" if halved else array.name
        kept.append(reference(name, place, file=weights.name))
        if halved:
            casts.append(helper.make_node("Cast", [name], [array.name], to=TensorProto.FLOAT))
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
    _drop_unused(graph)


def _leave_out_patches(path: Path, to: Path) -> None:
    """Write what of a classifier's graph scores clips, and not their patches.

    All outputs of a graph are computed, whichever are asked for, and to score each patch as if it
    were a clip takes several times as long.
    """
    model = onnx.load(path, load_external_data=False)
    graph = model.graph
    of_clips = [output for output in graph.output if output.name == "scores"]
    del graph.output[:]
    graph.output.extend(of_clips)
    _drop_unused(graph)
    used = {name for node in graph.node for name in node.input}
    weights = [array for array in graph.initializer if array.name in used]
    del graph.initializer[:]
    graph.initializer.extend(weights)
    to.write_bytes(model.SerializeToString())


def _drop_unused(graph: GraphProto) -> None:
    """Take away nodes whose outputs nothing reads."""
    while True:
        used = {name for node in graph.node for name in node.input}
        used |= {output.name for output in graph.output}
        unused = [node for node in graph.node if used.isdisjoint(node.output)]
        if not unused:
            return
        for node in unused:
            graph.node.remove(node)


def _labels_csv(labels: Sequence[Label]) -> str:
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["index", "id", "name"])
    writer.writerows([label.index, label.id, label.name] for label in labels)
    return text.getvalue()
