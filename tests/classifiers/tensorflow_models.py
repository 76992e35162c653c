"""YouTube-8M's models in TensorFlow, to compare with: ``python tensorflow_models.py FOLDER``.

A program of its own, because TensorFlow takes seconds to import and warns of this and that. The
graphs are written from what is known of https://github.com/google/youtube-8m: its layers, their
order and sizes; cells, normalisation and sequences of unequal length are TensorFlow's own. Weights
are random.

FOLDER holds ``clips.npz``: ``frames`` float32 [clip, time, n] and ``lengths`` int32 [clip]. Of each
model comes NAME.npz: ``scores`` float32 [clip, class], and the variables by their names.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["TF_USE_LEGACY_KERAS"] = "1"  # which has the cells that TensorFlow 1 had
os.environ["CUDA_VISIBLE_DEVICES"] = ""

import numpy as np
import tensorflow

tf = tensorflow.compat.v1
CLASSES, MIXTURES, CELLS, CLUSTERS, HIDDEN, DRAWS = 7, 2, 16, 30, 20, 30
SPREAD = tf.random_normal_initializer(0, 0.5)
POSITIVE = tf.random_uniform_initializer(0.5, 1.5)


def dense(values: Any, name: str, n_out: int, *, bias: bool = True) -> Any:
    with tf.variable_scope(name):
        product = values @ tf.get_variable("weights", [values.shape[-1], n_out], initializer=SPREAD)
        return product + tf.get_variable("biases", [n_out], initializer=SPREAD) if bias else product


def normalised(values: Any, name: str) -> Any:
    """Batch normalisation after training, with what it might have learnt."""
    n = [values.shape[-1]]
    with tf.variable_scope(name):
        beta = tf.get_variable("beta", n, initializer=SPREAD)
        gamma = tf.get_variable("gamma", n, initializer=POSITIVE)
        mean = tf.get_variable("moving_mean", n, initializer=SPREAD)
        variance = tf.get_variable("moving_variance", n, initializer=POSITIVE)
    return tf.nn.batch_normalization(values, mean, variance, beta, gamma, 1e-3)


def mixture(values: Any) -> Any:
    gates = dense(values, "gates", CLASSES * (MIXTURES + 1), bias=False)
    experts = dense(values, "experts", CLASSES * MIXTURES)
    shares = tf.nn.softmax(tf.reshape(gates, [-1, MIXTURES + 1]))[:, :MIXTURES]
    said = tf.sigmoid(tf.reshape(experts, [-1, MIXTURES]))
    return tf.reshape(tf.reduce_sum(shares * said, 1), [-1, CLASSES])


def mean(frames: Any, lengths: Any) -> Any:
    return tf.reduce_sum(frames, 1) / tf.cast(lengths, tf.float32)[:, None]


def unit(values: Any) -> Any:
    return tf.nn.l2_normalize(values, len(values.shape) - 1)


def logistic(frames: Any, lengths: Any) -> Any:
    return tf.sigmoid(dense(unit(mean(frames, lengths)), "fully_connected", CLASSES))


def frame_level_logistic(frames: Any, lengths: Any) -> Any:
    return tf.sigmoid(dense(mean(unit(frames), lengths), "fully_connected", CLASSES))


def moe(frames: Any, lengths: Any) -> Any:
    return mixture(unit(mean(frames, lengths)))


def dbof(frames: Any, lengths: Any) -> Any:
    # Thirty draws that happen to take every frame.
    drawn = tf.range(DRAWS)[None] % lengths[:, None]
    frames = tf.gather(unit(frames), drawn, batch_dims=1)
    rows = normalised(tf.reshape(frames, [-1, frames.shape[2]]), "input_bn")
    clusters = tf.sigmoid(normalised(dense(rows, "cluster", CLUSTERS, bias=False), "cluster_bn"))
    pooled = tf.reduce_max(tf.reshape(clusters, [-1, DRAWS, CLUSTERS]), 1)
    hidden = tf.sigmoid(normalised(dense(pooled, "hidden1", HIDDEN, bias=False), "hidden1_bn"))
    return mixture(hidden)


def lstm(frames: Any, lengths: Any) -> Any:
    cells = tf.nn.rnn_cell.MultiRNNCell(
        [tf.nn.rnn_cell.BasicLSTMCell(CELLS, forget_bias=1.0) for _ in range(2)]
    )
    _, state = tf.nn.dynamic_rnn(cells, unit(frames), sequence_length=lengths, dtype=tf.float32)
    return mixture(state[-1].h)


def run(folder: Path, model: Callable[[Any, Any], Any]) -> None:
    with np.load(folder / "clips.npz") as file:
        frames, lengths = file["frames"], file["lengths"]
    with tf.Graph().as_default(), tf.Session() as session:
        tf.set_random_seed(1)
        given = tf.placeholder(tf.float32, [None, *frames.shape[1:]])
        counts = tf.placeholder(tf.int32, [None])
        with tf.variable_scope("", initializer=SPREAD):
            scores = model(given, counts)
        session.run(tf.global_variables_initializer())
        for variable in tf.global_variables():
            if variable.op.name.endswith("lstm_cell/bias"):  # which begin at 0
                variable.load(np.linspace(-1, 1, variable.shape[0]), session)
        found = {"scores": session.run(scores, {given: frames, counts: lengths})}
        variables = {variable.op.name: session.run(variable) for variable in tf.global_variables()}
    np.savez(folder / f"{model.__name__}.npz", **found, **variables)


def main() -> None:
    tf.disable_v2_behavior()
    for model in (logistic, frame_level_logistic, moe, dbof, lstm):
        run(Path(sys.argv[1]), model)


if __name__ == "__main__":
    main()
