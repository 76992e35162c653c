"""Which head of the attention family a model is, told from Keras's description of it.

The description becomes an expression, as in ``sigmoid(Dense(relu(...)))``, and that is compared
with one for each head. So it does not matter what the layers are called, in which order they were
made, or whether an activation is a layer of its own.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from earmark.classifiers.family import Kind
from earmark.errors import ModelError

__all__ = ["Head", "read_head"]


@dataclass(frozen=True)
class Head:
    """What a model is, and which of its layers is which part of it."""

    kinds: frozenset[Kind]
    """More than one where the file does not say."""
    layers: dict[str, str]
    """Of each part, by its name in PyTorch, the layer's name in Keras."""
    epsilons: dict[str, float]
    """Of each batch normalisation, by its name in PyTorch, what is added to the variance."""
    exclusive: bool
    """Whether the output is a softmax, as DEEP-OC trains it."""


@dataclass(frozen=True)
class Node:
    """One step of an expression."""

    op: str
    name: str
    """Of the layer in Keras; in what to compare with, of the part in PyTorch."""
    inputs: tuple[Node, ...] = ()
    epsilon: float | None = None

    def __str__(self) -> str:
        """Write as ``sigmoid(Dense(...))``."""
        return self.write(depth=5)

    def write(self, *, depth: int) -> str:
        """Write so many steps."""
        if not self.inputs:
            return self.op
        inner = ", ".join(node.write(depth=depth - 1) for node in self.inputs) if depth else "..."
        return f"{self.op}({inner})"


FINAL, POOL = "sigmoid or softmax", "max or average"
EITHER = {FINAL: {"sigmoid", "softmax"}, POOL: {"max", "average", POOL}}


def _dense(role: str, x: Node) -> Node:
    return Node("Dense", role, (x,))


def _after(op: str, *inputs: Node) -> Node:
    return Node(op, "", inputs)


def _normal(role: str, x: Node) -> Node:
    return _after("relu", Node("BatchNormalization", role, (x,)))


def _hidden(count: int) -> Node:
    x = Node("input", "")
    for layer in range(count):
        x = _normal(f"layers.{layer}.normalise", _dense(f"layers.{layer}.linear", x))
    return x


def _decision(role: str, x: Node) -> Node:
    """Kong et al. 2018: the classes' scores, and a softmax over classes for attention."""
    return _after(
        "attention",
        _after("sigmoid", _dense(f"{role}.score", x)),
        _after("softmax", _dense(f"{role}.attend", x)),
    )


HEADS: tuple[tuple[frozenset[Kind], Node], ...] = (
    (
        frozenset({"decision_level_max_pooling", "decision_level_average_pooling"}),
        _after(POOL, _after("sigmoid", _dense("score", _hidden(3)))),
    ),
    (frozenset({"decision_level_single_attention"}), _decision("level", _hidden(3))),
    (
        frozenset({"decision_level_multi_attention"}),
        _after(
            FINAL,
            _dense(
                "output",
                _after(
                    "Concatenate",
                    _decision("levels.0", _hidden(2)),
                    _decision("levels.1", _hidden(3)),
                ),
            ),
        ),
    ),
    (
        frozenset({"feature_level_attention"}),
        _after(
            "sigmoid",
            _dense(
                "output",
                _normal(
                    "normalise",
                    _after(
                        "attention",
                        _dense("value", _hidden(3)),
                        _after("sigmoid", _dense("attend", _hidden(3))),
                    ),
                ),
            ),
        ),
    ),
)


def read_head(model: dict[str, Any], *, where: str) -> Head:
    """Tell what a model is.

    Parameters
    ----------
    model : dict
        ``model_config`` as Keras 2 or 3 writes it.
    where : str
        The file, for the error.

    Raises
    ------
    ModelError
        If it is none of the attention family, or the description is damaged.
    """
    try:
        found = _expression(model)
    except (KeyError, IndexError, TypeError, ValueError, AttributeError, RecursionError) as error:
        raise ModelError(
            f"{where}: its description of the model makes no sense: {error!r}"
        ) from error
    for kinds, wanted in HEADS:
        parts: dict[str, Node] = {}
        if _same(found, wanted, parts):
            pooling = next((kind for kind in kinds if f"_{found.op}_" in kind), None)
            return Head(
                kinds=kinds if pooling is None else frozenset({pooling}),
                layers={role: node.name for role, node in parts.items()},
                epsilons={
                    role: node.epsilon for role, node in parts.items() if node.epsilon is not None
                },
                exclusive=found.op == "softmax",
            )
    raise ModelError(f"{where} is none of the attention family's five heads: its output is {found}")


def _same(found: Node, wanted: Node, parts: dict[str, Node]) -> bool:
    """Whether an expression is the wanted one; if so, which layers are which part of it."""
    if found.op not in EITHER.get(wanted.op, {wanted.op}):
        return False
    if len(found.inputs) != len(wanted.inputs):
        return False
    if wanted.name and parts.setdefault(wanted.name, found) != found:
        return False
    return all(
        _same(ours, theirs, parts) for ours, theirs in zip(found.inputs, wanted.inputs, strict=True)
    )


def _expression(model: dict[str, Any]) -> Node:
    """What a model computes, from its output back to its input."""
    settings = model["config"]
    if model["class_name"] not in ("Model", "Functional"):
        classes = [layer["class_name"] for layer in settings["layers"]]
        return Node(f"{model['class_name']} of {', '.join(classes)}", "")
    layers = {layer["config"]["name"]: layer for layer in settings["layers"]}
    nodes: dict[str, Node] = {}

    def node(name: str) -> Node:
        if name not in nodes:
            layer = layers[name]
            nodes[name] = _step(layer, tuple(node(source) for source in _sources(layer)))
        return nodes[name]

    outputs = settings["output_layers"]
    return node(outputs[0] if isinstance(outputs[0], str) else outputs[0][0])


def _sources(layer: dict[str, Any]) -> list[str]:
    """Which layers a layer reads, in order."""
    calls = layer["inbound_nodes"]
    if len(calls) > 1:
        raise ValueError(f"{layer['config']['name']} is used {len(calls)} times")
    if not calls:
        return []
    if isinstance(calls[0], dict):
        return list(_histories(calls[0]["args"]))
    return [str(source[0]) for source in calls[0]]


def _histories(args: Any) -> Iterator[str]:
    """Find the layers that tensors come from, in the arguments of a call as Keras 3 writes it."""
    if isinstance(args, dict):
        if args.get("class_name") == "__keras_tensor__":
            yield str(args["config"]["keras_history"][0])
    elif isinstance(args, list):
        for arg in args:
            yield from _histories(arg)


def _step(layer: dict[str, Any], inputs: tuple[Node, ...]) -> Node:
    kind, settings = layer["class_name"], layer["config"]
    name = settings["name"]
    match kind:
        case "InputLayer":
            return Node("input", name)
        case "Dropout":
            return inputs[0]
        case "Dense":
            return _activated(settings, Node("Dense", name, inputs))
        case "Activation":
            return _activated(settings, *inputs)
        case "ReLU" | "Softmax":
            return Node(kind.lower(), name, inputs)
        case "BatchNormalization":
            return Node(kind, name, inputs, epsilon=float(settings["epsilon"]))
        case "GlobalMaxPooling1D" | "GlobalAveragePooling1D":
            return Node("max" if "Max" in kind else "average", name, inputs)
        case "Lambda":
            op = "attention" if len(inputs) == 2 else _pooling(settings["function"])
            return Node(op, name, inputs)
    return Node(str(kind), name, inputs)


def _activated(settings: dict[str, Any], x: Node) -> Node:
    activation = settings["activation"]
    if isinstance(activation, dict):
        activation = activation["config"]
    return x if activation == "linear" else Node(str(activation), "", (x,))


def _pooling(function: Any) -> str:
    """What a function of one tensor does, by the names in it; `POOL` if they do not say."""
    if isinstance(function, dict) and function.get("class_name") == "__lambda__":
        function = function["config"]["code"]
    elif isinstance(function, dict):
        function = function["config"]
    elif isinstance(function, list):
        function = function[0]
    names = _names_in(function) | {str(function)}
    is_max = any(re.fullmatch(r"(reduce_|a|global_)?max(_?pool.*)?", name) for name in names)
    is_mean = any(
        re.fullmatch(r"(reduce_|global_)?(mean|average)(_?pool.*)?", name) for name in names
    )
    return POOL if is_max == is_mean else "max" if is_max else "average"


def _names_in(code: str) -> set[str]:
    """Find the names in a function that Keras has written down, without making it a function.

    It is Python's bytecode, marshalled: each name stands behind its length in one byte or four.
    """
    try:
        data = base64.b64decode(code, validate=False)
    except ValueError:
        return set()
    return {
        name[: data[found.start()]].decode()
        for found in re.finditer(rb"[\x01-\x40](?:\0\0\0)?([A-Za-z_]\w*)", data)
        for name in [found[1]]
        if len(name) >= data[found.start()]
    }
