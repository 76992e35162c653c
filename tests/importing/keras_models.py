"""Make classifiers with Keras, and save them: run as ``python keras_models.py FOLDER``.

A program of its own, because TensorFlow takes seconds to import and warns of this and that. The
networks are those of Kong et al. and Yu et al., written from their papers, with random weights and
random statistics of batch normalisation. Beside each file ``scores.npz`` says what Keras makes of
the same clips.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["CUDA_VISIBLE_DEVICES"] = ""

import keras
import numpy as np
import tf_keras
from tf_keras import backend as K  # noqa: N812 - as everybody calls it

KINDS = (
    "decision_level_max_pooling",
    "decision_level_average_pooling",
    "decision_level_single_attention",
    "decision_level_multi_attention",
    "feature_level_attention",
)
SMALL, KONG = (40, 11), (1024, 527)


# Keras 2 writes a Lambda's function down as bytecode, Keras 3 only its name.
def max_pooling(inputs: Any, **_: Any) -> Any:
    return K.max(inputs[0], axis=1)


def average_pooling(inputs: Any, **_: Any) -> Any:
    return K.mean(inputs[0], axis=1)


def attention_pooling(inputs: Any, **_: Any) -> Any:
    values, attention = inputs
    weights = K.clip(attention, 1e-7, 1.0 - 1e-7)
    weights = weights / K.sum(weights, axis=1)[:, None, :]
    return K.sum(values * weights, axis=1)


def pooled_shape(shapes: Any) -> Any:
    first = shapes[0] if isinstance(shapes[0], (tuple, list)) else shapes
    return (first[0], first[2])


def modern(function: Callable[..., Any]) -> Callable[..., Any]:
    """Give the same for Keras 3."""

    def max_pooling(inputs: Any) -> Any:
        return keras.ops.max(inputs[0], axis=1)

    def average_pooling(inputs: Any) -> Any:
        return keras.ops.mean(inputs[0], axis=1)

    def attention_pooling(inputs: Any) -> Any:
        values, attention = inputs
        weights = keras.ops.clip(attention, 1e-7, 1.0 - 1e-7)
        weights = weights / keras.ops.sum(weights, axis=1)[:, None, :]
        return keras.ops.sum(values * weights, axis=1)

    return locals()[function.__name__]  # type: ignore[no-any-return]


def network(kind: str, *, module: Any = tf_keras, hidden: int, n_classes: int) -> Any:
    layers = module.layers
    clip = layers.Input(shape=(10, 128))

    def block(x: Any) -> Any:
        return layers.Dropout(0.5)(layers.Activation("relu")(layers.BatchNormalization()(x)))

    def pool(function: Callable[..., Any], *inputs: Any) -> Any:
        function = function if module is tf_keras else modern(function)
        return layers.Lambda(function, output_shape=pooled_shape)(list(inputs))

    def decide(x: Any) -> Any:
        return pool(
            attention_pooling,
            layers.Dense(n_classes, activation="sigmoid")(x),
            layers.Dense(n_classes, activation="softmax")(x),
        )

    first = block(layers.Dense(hidden)(clip))
    second = block(layers.Dense(hidden)(first))
    third = block(layers.Dense(hidden)(second))
    if kind == "decision_level_max_pooling":
        scores = pool(max_pooling, layers.Dense(n_classes, activation="sigmoid")(third))
    elif kind == "decision_level_average_pooling":
        scores = pool(average_pooling, layers.Dense(n_classes, activation="sigmoid")(third))
    elif kind == "decision_level_single_attention":
        scores = decide(third)
    elif kind == "decision_level_multi_attention":
        both = layers.Concatenate(axis=-1)([decide(second), decide(third)])
        scores = layers.Activation("sigmoid")(layers.Dense(n_classes)(both))
    else:
        values = layers.Dense(hidden, activation="linear")(third)
        attention = layers.Dense(hidden, activation="sigmoid")(third)
        feature = block(pool(attention_pooling, values, attention))
        scores = layers.Dense(n_classes, activation="sigmoid")(feature)
    return module.Model(clip, scores)


def global_pooling(kind: str) -> Any:
    """The two simple heads as many write them, with layers of their own and in Keras 2."""
    layers = tf_keras.layers
    clip = x = layers.Input(shape=(10, 128))
    for _ in range(3):
        x = layers.Dropout(0.5)(
            layers.ReLU()(layers.BatchNormalization(epsilon=0.01)(layers.Dense(40)(x)))
        )
    x = layers.Activation("sigmoid")(layers.Dense(11)(x))
    pool = layers.GlobalMaxPooling1D() if "max" in kind else layers.GlobalAveragePooling1D()
    return tf_keras.Model(clip, pool(x))


def fine_tuned(base: Any) -> Any:
    """DEEP-OC's way to other classes: a new output on the last level, of which one class holds."""
    scores = tf_keras.layers.Dense(4, activation="softmax")(base.layers[-3].output)
    return tf_keras.Model(base.input, scores)


def randomise(model: Any, rng: np.random.Generator) -> None:
    for layer in model.layers:
        weights = layer.get_weights()
        if len(weights) == 4:  # gamma, beta, mean, variance
            size = weights[0].shape
            layer.set_weights(
                [
                    rng.uniform(0.5, 1.5, size),
                    rng.normal(0, 0.3, size),
                    rng.normal(0, 0.3, size),
                    rng.uniform(0.2, 2, size),
                ]
            )
        elif len(weights) == 2:  # kernel, bias
            n_in, n_out = weights[0].shape
            layer.set_weights(
                [rng.normal(0, 1.5 / np.sqrt(n_in), (n_in, n_out)), rng.normal(0, 0.5, n_out)]
            )


def main(folder: Path) -> None:
    rng = np.random.default_rng(7)
    frames = rng.integers(0, 256, (6, 10, 128), dtype=np.uint8)
    clips = (frames.astype(np.float32) - 128) / 128
    scores: dict[str, np.ndarray[Any, Any]] = {}

    def save(model: Any, *paths: str) -> None:
        randomise(model, rng)
        made = np.asarray(model(clips, training=False))
        for path in paths:
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            model.save_weights(folder / path) if "weights" in path else model.save(folder / path)
            scores[path] = made

    for kind in KINDS:
        hidden, n_classes = KONG if "multi" in kind else SMALL
        model = network(kind, hidden=hidden, n_classes=n_classes)
        model.compile(loss="binary_crossentropy", optimizer="adam")
        model.train_on_batch(
            clips, np.zeros((6, n_classes))
        )  # so that there is an optimizer's state
        ibm = f"main/balance_type=balance_in_batch/model_type={kind}/final_weights.h5"
        save(model, ibm, f"{kind}/classifier_model.h5", f"{kind}/2.weights.h5", f"{kind}/2.keras")
        if "multi" in kind:
            save(fine_tuned(model), "deep/final_model.h5", "deep/final_weights.h5")
        model = network(kind, module=keras, hidden=SMALL[0], n_classes=SMALL[1])
        save(model, f"{kind}/3.h5", f"{kind}/3.keras", f"{kind}/3.weights.h5")
    for kind in KINDS[:2]:
        save(global_pooling(kind), f"{kind}/global.h5")
    lstm = tf_keras.Sequential(
        [tf_keras.layers.LSTM(8, input_shape=(10, 128)), tf_keras.layers.Dense(11)]
    )
    save(lstm, "lstm/whole.h5")
    np.savez(folder / "scores.npz", frames=frames, **scores)  # type: ignore[arg-type]


if __name__ == "__main__":
    main(Path(sys.argv[1]))
