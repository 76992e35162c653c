"""Classifiers that Keras trained, read without Keras: HDF5 file in, PyTorch module out.

The five heads that Kong's and IBM's training know, of any width and for any number of classes, from

* a weights-only file, as IBM's training leaves in ``final_weights.h5``;
* a whole saved model, as the Model Asset Exchange ships in ``classifier_model.h5``, and as DEEP-OC
  trains from that with an output of other classes;
* what Keras 3 makes of either: ``.weights.h5``, ``.h5`` and ``.keras``.

No code in a file is run: what a model's Lambda layers do is told from the names in it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from torch import nn

from earmark.classifiers.base import ClipClassifier
from earmark.classifiers.family import Kind, build, settings_of
from earmark.classifiers.settings import AttentionSettings, MultiAttentionSettings
from earmark.embedders.session import EMBEDDING_SIZE
from earmark.errors import ModelError
from earmark.importing.keras_file import Stored, open_stored
from earmark.importing.keras_graph import Head, read_head
from earmark.importing.keras_layers import DENSE, NORM, Layer
from earmark.importing.keras_roles import ROLES

__all__ = ["ImportedClassifier", "read_keras"]

LARGEST = 2**28
"""Numbers in all arrays together beyond which a file is no classifier; Kong's have 5 million."""
PYTORCH = {
    "kernel": "weight",
    "gamma": "weight",
    "beta": "bias",
    "moving_mean": "running_mean",
    "moving_variance": "running_var",
}
"""What PyTorch calls an array, where it calls it something else."""


@dataclass(frozen=True)
class ImportedClassifier:
    """A classifier that comes from elsewhere."""

    module: ClipClassifier
    """In evaluation mode, float32."""
    kind: Kind
    """Which member of the attention family it is."""
    n_classes: int


def read_keras(path: Path, *, kind: Kind | None = None) -> ImportedClassifier:
    """Read a classifier of the attention family from a file that Keras wrote.

    Parameters
    ----------
    path : Path
        The file.
    kind : str, optional
        Which member it is, where the file does not say: max and average pooling have the same
        weights, and weights alone tell them apart only by their path, where that has
        ``model_type=...`` in it as IBM's training writes it.

    Raises
    ------
    ModelError
        If there is no such file, it is damaged, or it holds another network; the sentence names
        the array and both shapes where it is about one.
    """
    with open_stored(path) as stored:
        head = _head(stored, said=kind)
        layers = {role: _layer(stored, name, role=role) for role, name in head.layers.items()}
        _refuse_others(stored, used=set(head.layers.values()))
        (found,) = head.kinds
        settings = _settings(found, layers, exclusive=head.exclusive)
        _check_shapes(found, settings, layers)
        module = build(found, settings)
        module.load_state_dict(_weights(layers), strict=False)  # all but the count of batches
    for role, epsilon in head.epsilons.items():
        norm = module.get_submodule(role)
        assert isinstance(norm, nn.BatchNorm1d)
        norm.eps = epsilon
    return ImportedClassifier(module.eval(), found, settings.n_classes)


def _head(stored: Stored, *, said: Kind | None) -> Head:
    """Tell which one head it is."""
    where = str(stored.path)
    head = read_head(stored.model, where=where) if stored.model else _head_by_counts(stored)
    kinds = " or ".join(sorted(head.kinds))
    if said is not None and said not in head.kinds:
        raise ModelError(f"{where} is no {said}: it is {kinds}")
    said = said or _kind_in(stored.path)
    if said in head.kinds:
        return replace(head, kinds=frozenset({said}))
    if len(head.kinds) > 1:
        raise ModelError(
            f"{where} is {kinds}, which have the same weights: say which it "
            "is, as in --kind decision_level_max_pooling"
        )
    return head


def _kind_in(path: Path) -> Kind | None:
    """Return the head that IBM's training names in the path it writes to."""
    names = re.findall(r"model_type=(\w+)", str(path.absolute()))
    return next((kind for kind in ROLES if kind in names), None)


def _head_by_counts(stored: Stored) -> Head:
    """Tell a head by how many layers it has, as weights alone say no more."""
    dense = [layer.name for layer in stored.layers if layer.kind == DENSE]
    norms = [layer.name for layer in stored.layers if layer.kind == NORM]
    counts = (len(dense), len(norms))
    kinds = frozenset(kind for kind, roles in ROLES.items() if roles.counts == counts)
    if not kinds:
        raise ModelError(
            f"{stored.path} holds weights of {counts[0]} Dense and {counts[1]} BatchNormalization "
            "layers, as no head of the attention family has them: 4 and 3 it is for max or average "
            "pooling, 5 and 3 for single attention, 8 and 3 for multi attention, 6 and 4 for "
            "feature-level attention"
        )
    roles = ROLES[min(kinds)]
    layers = dict(zip((*roles.dense, *roles.norms), (*dense, *norms), strict=True))
    if "levels.0.score" in layers:
        level, output = (
            _layer(stored, layers[role], role=role) for role in ("levels.0.score", "output")
        )
        if level.width != output.width:
            raise ModelError(
                f"{stored.path}: {output.name} has {output.width} classes and {level.name} "
                f"{level.width}, and weights alone do not say whether such an output is a sigmoid "
                "or a softmax: save the whole model in Keras and give that"
            )
    return Head(kinds=kinds, layers=layers, epsilons={}, exclusive=False)


def _layer(stored: Stored, name: str, *, role: str) -> Layer:
    kind = NORM if role.endswith("normalise") else DENSE
    for layer in stored.layers:
        if layer.name == name and layer.kind == kind:
            return layer
    raise ModelError(f"{stored.path}: the arrays {', '.join(kind)} of the layer {name} are missing")


def _refuse_others(stored: Stored, *, used: set[str]) -> None:
    for layer in stored.layers:
        if layer.name not in used:
            name, array = next(iter(layer.arrays.items()))
            raise ModelError(
                f"{stored.path} holds {layer.name}/{name} of shape {list(array.shape)}, which "
                "belongs to no part of a head of the attention family"
            )


def _settings(kind: Kind, layers: dict[str, Layer], *, exclusive: bool) -> AttentionSettings:
    """How large it is, by a few of its arrays, which `_check_shapes` compares with the others."""
    output = next(role for role in ("output", "level.score", "score") if role in layers)
    settings = settings_of(kind)(
        n_inputs=EMBEDDING_SIZE, n_classes=layers[output].width, exclusive=exclusive
    )
    assert isinstance(settings, AttentionSettings)
    settings = replace(settings, hidden=layers["layers.0.linear"].width)
    if isinstance(settings, MultiAttentionSettings):
        settings = replace(settings, n_concepts=layers["levels.0.score"].width)
    return settings


def _check_shapes(kind: Kind, settings: AttentionSettings, layers: dict[str, Layer]) -> None:
    with torch.device("meta"):  # which takes no memory
        shapes = {name: value.shape for name, value in build(kind, settings).state_dict().items()}
    for role, layer in layers.items():
        for name, array in layer.arrays.items():
            shape = list(shapes[f"{role}.{PYTORCH.get(name, name)}"])
            wanted = shape[::-1] if name == "kernel" else shape
            if list(array.shape) != wanted:
                raise ModelError(
                    f"{layer.path}: {layer.name}/{name} has shape {list(array.shape)}, where "
                    f"{kind} needs {wanted}"
                )
    if sum(shape.numel() for shape in shapes.values()) > LARGEST:
        first = layers["layers.0.linear"]
        raise ModelError(
            f"{first.path}: {first.name}/kernel has shape {[EMBEDDING_SIZE, first.width]}, and no "
            "classifier is as large"
        )


def _weights(layers: dict[str, Layer]) -> dict[str, torch.Tensor]:
    """Read the arrays; Keras multiplies with the transpose of PyTorch's matrices."""
    return {
        f"{role}.{PYTORCH.get(name, name)}": torch.from_numpy(layer.read(name).T.copy())
        for role, layer in layers.items()
        for name in layer.arrays
    }
