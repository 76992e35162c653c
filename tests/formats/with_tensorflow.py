"""Run by the tests in a process of its own: what TensorFlow makes of TFRecord files.

    python with_tensorflow.py parse PATTERN COMPRESSION OUT.npz
    python with_tensorflow.py write FOLDER

TensorFlow takes seconds to import and warns of its own parts, so tests never import it.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import numpy as np

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["CUDA_VISIBLE_DEVICES"] = ""

import tensorflow as tf

TIME = tf.io.FixedLenFeature([], tf.float32, default_value=float("nan"))
CONTEXT = {
    "video_id": tf.io.FixedLenFeature([], tf.string),
    "start_time_seconds": TIME,
    "end_time_seconds": TIME,
    "labels": tf.io.RaggedFeature(tf.int64),
    "earmark_identity": tf.io.FixedLenFeature([], tf.string, default_value=""),
}
LISTS = {"audio_embedding": tf.io.RaggedFeature(tf.string)}


def parse(pattern: str, compression: str, out: str) -> None:
    """Parse files, in order of their names, and keep what is in them."""
    paths = sorted(tf.io.gfile.glob(pattern))
    records = tf.data.TFRecordDataset(paths, compression_type=compression)
    found: dict[str, list[Any]] = {}
    for batch in records.batch(1024):
        context, lists, _ = tf.io.parse_sequence_example(batch, CONTEXT, LISTS)
        frames, labels = lists["audio_embedding"], context.pop("labels")
        values = {
            **context,
            "frames": tf.io.decode_raw(frames.flat_values, tf.uint8),
            "lengths": frames.row_lengths(),
            "labels": labels.flat_values,
            "counts": labels.row_lengths(),
        }
        for name, value in values.items():
            found.setdefault(name, []).append(value.numpy())
    whole: dict[str, Any] = {name: np.concatenate(parts) for name, parts in found.items()}
    for name in ("video_id", "earmark_identity"):
        whole[name] = whole[name].astype(np.bytes_)
    np.savez(out, **whole)


def write(folder: str) -> None:
    """Write the same clips in each way that TensorFlow knows, and what they are."""
    rng = np.random.default_rng(1)
    lengths = rng.integers(1, 11, 60)
    labels = [rng.integers(0, 527, rng.integers(0, 6)).tolist() for _ in lengths]
    frames = [rng.integers(0, 256, (length, 128), np.uint8) for length in lengths]
    records = [
        _example(f"{'clip' * (number % 3)}{number}", 30.0 * number, labels[number], frames[number])
        for number in range(len(lengths))
    ]
    for kind in ("", "GZIP", "ZLIB"):
        path = Path(folder, f"{kind or 'plain'}.tfrecord")
        with tf.io.TFRecordWriter(str(path), tf.io.TFRecordOptions(kind)) as writer:
            for record in records:
                writer.write(record)
    np.savez(
        Path(folder, "expected.npz"),
        lengths=lengths,
        frames=np.concatenate(frames),
        labels=np.concatenate([np.array(row, np.int32) for row in labels]),
        counts=np.array([len(row) for row in labels]),
    )


def _example(name: str, start: float, labels: list[int], frames: Any) -> bytes:
    feature, listed = tf.train.Feature, tf.train.FeatureList
    context = {
        "video_id": feature(bytes_list=tf.train.BytesList(value=[name.encode()])),
        "start_time_seconds": feature(float_list=tf.train.FloatList(value=[start])),
        "end_time_seconds": feature(float_list=tf.train.FloatList(value=[start + 10])),
        "labels": feature(int64_list=tf.train.Int64List(value=labels)),
    }
    embedding = listed(
        feature=[feature(bytes_list=tf.train.BytesList(value=[row.tobytes()])) for row in frames]
    )
    example = tf.train.SequenceExample(
        context=tf.train.Features(feature=context),
        feature_lists=tf.train.FeatureLists(feature_list={"audio_embedding": embedding}),
    )
    serialised: bytes = example.SerializeToString()
    return serialised


if __name__ == "__main__":
    if sys.argv[1] == "parse":
        parse(*sys.argv[2:])
    else:
        write(*sys.argv[2:])
