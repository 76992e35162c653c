"""Which head a model is, from Keras's description of it."""

from __future__ import annotations

import base64
import marshal
from collections.abc import Callable
from typing import Any

import pytest

from earmark.errors import ModelError
from earmark.importing.keras_graph import HEADS, Node, read_head
from earmark.importing.keras_roles import ROLES

AVERAGE, MAX = "decision_level_average_pooling", "decision_level_max_pooling"


class K:
    """Whatever Keras's functions are called on: nothing here is run."""

    mean: Any
    max: Any
    reduce_mean: Any


def max_pooling(inputs: Any, **_: Any) -> Any:
    return inputs


def bytecode(function: Callable[..., Any]) -> list[Any]:
    """Write a function down as Keras 2 does."""
    return [base64.encodebytes(marshal.dumps(function.__code__)).decode(), None, None]


def of_python_2(*names: str) -> list[Any]:
    """Names as Python 2 marshalled them, behind lengths of four bytes."""
    data = b"".join(b"t" + len(name).to_bytes(4, "little") + name.encode() for name in names)
    return [base64.encodebytes(b"c\0\0" + data + b"s\x02\0\0\0|\0").decode(), None, None]


def described(function: Any, *, activation: str = "sigmoid") -> dict[str, Any]:
    """A model with such a function over time, as Keras 2 describes it."""
    layers: list[dict[str, Any]] = [layer("InputLayer", "input_1", [])]
    for n in (1, 2, 3):
        before = layers[-1]["config"]["name"]
        layers += [
            layer("Dense", f"dense_{n}", [before], activation="linear"),
            layer("BatchNormalization", f"norm_{n}", [f"dense_{n}"], epsilon=1e-3),
            layer("Activation", f"relu_{n}", [f"norm_{n}"], activation="relu"),
            layer("Dropout", f"dropout_{n}", [f"relu_{n}"]),
        ]
    layers += [
        layer("Dense", "dense_4", ["dropout_3"], activation=activation),
        layer("Lambda", "lambda_1", ["dense_4"], function=function),
    ]
    return {
        "class_name": "Model",
        "config": {"layers": layers, "output_layers": [["lambda_1", 0, 0]]},
    }


def layer(kind: str, name: str, sources: list[str], **settings: Any) -> dict[str, Any]:
    nodes = [[[source, 0, 0, {}] for source in sources]] if sources else []
    return {"class_name": kind, "config": {"name": name, **settings}, "inbound_nodes": nodes}


@pytest.mark.parametrize(
    ("function", "kinds"),
    [
        (bytecode(lambda x: K.max(x, axis=1)), {MAX}),
        (bytecode(lambda x: K.mean(x, axis=1)), {AVERAGE}),
        (bytecode(lambda x: K.reduce_mean(x, axis=1)), {AVERAGE}),
        (bytecode(lambda x: x[:, 0]), {AVERAGE, MAX}),
        (bytecode(lambda x: K.mean(x) + K.max(x)), {AVERAGE, MAX}),
        (bytecode(max_pooling), {MAX}),
        (of_python_2("K", "mean", "average_pooling"), {AVERAGE}),
        (of_python_2("K", "max", "max_pooling"), {MAX}),
        ("average_pooling", {AVERAGE}),
        ("max_pooling", {MAX}),
        ("pool", {AVERAGE, MAX}),
        ({"class_name": "function", "config": "max_pooling"}, {MAX}),
        (
            {
                "class_name": "__lambda__",
                "config": {"code": bytecode(lambda x: K.mean(x, axis=1))[0]},
            },
            {AVERAGE},
        ),
    ],
)
def test_a_function_is_told_by_its_names(function: Any, kinds: set[str]) -> None:
    head = read_head(described(function), where="model.h5")
    assert head.kinds == kinds
    assert head.layers["score"] == "dense_4"
    assert head.layers["layers.1.normalise"] == "norm_2"
    assert set(head.epsilons.values()) == {1e-3}


@pytest.mark.parametrize("activation", ["softmax", "linear", "relu"])
def test_another_activation_is_another_model(activation: str) -> None:
    with pytest.raises(ModelError, match=r"^model\.h5 is none of the attention family's five head"):
        read_head(described("max_pooling", activation=activation), where="model.h5")


def test_a_model_that_goes_round_in_circles() -> None:
    model = described("max_pooling")
    model["config"]["layers"][1]["inbound_nodes"] = [[["dense_4", 0, 0, {}]]]
    with pytest.raises(ModelError, match=r"its description of the model makes no sense: Recursion"):
        read_head(model, where="model.h5")


def test_a_layer_that_is_used_twice() -> None:
    model = described("max_pooling")
    model["config"]["layers"][5]["inbound_nodes"] *= 2
    with pytest.raises(ModelError, match=r"makes no sense: .*dense_2 is used 2 times"):
        read_head(model, where="model.h5")


def test_every_part_of_a_head_has_a_layer() -> None:
    seen = set()
    for kinds, wanted in HEADS:
        for kind in kinds:
            seen.add(kind)
            assert parts(wanted) == {*ROLES[kind].dense, *ROLES[kind].norms}
    assert seen == set(ROLES)


def parts(node: Node) -> set[str]:
    own = {node.name} if node.name else set()
    return own.union(*(parts(source) for source in node.inputs))


def test_written_down() -> None:
    x = Node("Dense", "a", (Node("input", ""),))
    assert str(Node("sigmoid", "", (x,))) == "sigmoid(Dense(input))"
    for _ in range(9):
        x = Node("relu", "", (x,))
    assert str(x) == "relu(relu(relu(relu(relu(relu(...))))))"
