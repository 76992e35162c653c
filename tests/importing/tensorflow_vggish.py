"""VGGish in TensorFlow, to compare with: run as ``python tensorflow_vggish.py FOLDER WIDTH...``.

A program of its own, because TensorFlow takes seconds to import and warns of this and that. The
graph is written from what is known of Google's: its sizes, and its variables' names and shapes.
Weights are random, and such that signals keep their size; they are saved as a checkpoint.

FOLDER holds ``patches.npy``, float32 [n, 96, 64]. Into it go ``NAME.ckpt`` and ``NAME.npz``, which
has what the network makes of the patches: ``relu`` and ``linear``, float32 [n, 128]. NAME is
``full`` for Google's sizes, saved in one file as theirs is, and ``narrow`` for small ones, saved in
several as TensorFlow does now, with what a training leaves beside the weights; ``arrays.npz`` has
the weights of that.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["CUDA_VISIBLE_DEVICES"] = ""

import numpy as np
import tensorflow

tf = tensorflow.compat.v1
GOOGLES = (64, 128, 256, 256, 512, 512), 4096
CONVOLUTIONS = (
    "conv1",
    "conv2",
    "conv3/conv3_1",
    "conv3/conv3_2",
    "conv4/conv4_1",
    "conv4/conv4_2",
)
POOLED = (0, 1, 3, 5)


def layer(name: str, shape: tuple[int, ...], *, seed: int, gain: float = 1.0) -> tuple[Any, Any]:
    """The variables of a layer: He's random weights, and small random biases."""
    with tf.variable_scope(name):
        spread = tf.variance_scaling_initializer(
            2 * gain**2, distribution="untruncated_normal", seed=seed
        )
        weights = tf.get_variable("weights", shape, initializer=spread)
        small = tf.random_normal_initializer(0, 0.05 * gain, seed=seed + 100)
        return weights, tf.get_variable("biases", shape[-1:], initializer=small)


def network(patches: Any, widths: tuple[int, ...], hidden: int) -> Any:
    """The embeddings before the last ReLU."""
    maps = patches[..., None]
    n_in = 1
    for at, (name, n_out) in enumerate(zip(CONVOLUTIONS, widths, strict=True)):
        weights, biases = layer(name, (3, 3, n_in, n_out), seed=at)
        maps = tf.nn.relu(tf.nn.conv2d(maps, weights, 1, "SAME") + biases)
        if at in POOLED:
            maps = tf.nn.max_pool2d(maps, 2, 2, "SAME")
        n_in = n_out
    flat = tf.reshape(maps, [-1, 6 * 4 * n_in])
    for at, (name, n_out) in enumerate({"fc1/fc1_1": hidden, "fc1/fc1_2": hidden}.items()):
        weights, biases = layer(name, (flat.shape[1], n_out), seed=10 + at)
        flat = tf.nn.relu(flat @ weights + biases)
    # Real embeddings are mostly below one.
    weights, biases = layer("fc2", (hidden, 128), seed=12, gain=0.06)
    return flat @ weights + biases


def make(folder: Path, name: str, widths: tuple[int, ...], hidden: int, *, full: bool) -> None:
    with tf.Graph().as_default(), tf.Session() as session:
        patches = tf.placeholder(tf.float32, [None, 96, 64])
        with tf.variable_scope("vggish"):
            embeddings = network(patches, widths, hidden)
        if not full:
            tf.train.get_or_create_global_step()
            tf.get_variable("vggish/conv1/weights/Adam", [3, 3, 1, widths[0]])
        session.run(tf.global_variables_initializer())
        version = tf.train.SaverDef.V1 if full else tf.train.SaverDef.V2
        saver = tf.train.Saver(write_version=version)
        saver.save(session, str(folder / f"{name}.ckpt"), write_meta_graph=False, write_state=False)
        found = session.run(embeddings, {patches: np.load(folder / "patches.npy")})
        np.savez(folder / f"{name}.npz", linear=found, relu=np.maximum(found, 0))
        if not full:
            own = [v for v in tf.global_variables() if v.op.name.endswith(("weights", "biases"))]
            np.savez(folder / "arrays.npz", **{v.op.name: session.run(v) for v in own})


def main() -> None:
    folder, *numbers = sys.argv[1:]
    *widths, hidden = map(int, numbers)
    make(Path(folder), "narrow", tuple(widths), hidden, full=False)
    make(Path(folder), "full", *GOOGLES, full=True)


if __name__ == "__main__":
    main()
