"""Read AudioSet's TFRecord files: clips per second, beside TensorFlow.

    python -m benchmarks.reading [--archive features.tar.gz] [--rounds 5]

Without AudioSet's archive, as many clips are made and laid out as it has them, five in a file.

* TensorFlow, one by one: `tf.io.parse_single_sequence_example` on each record of a
  `tf.data.TFRecordDataset` over all files, compiled, and to NumPy 512 clips at once. What all
  others are compared with. A loop in Python around the same function takes several times as long.
* TensorFlow, in batches: `tf.io.parse_sequence_example` on 512 records at once.
* earmark: `earmark.formats.tfrecord.stream`, from the files, from all of them in one, and from the
  archive as it comes. The last has to unpack it, which is measured by itself, too.

All check the records' checksums. TensorFlow has as many threads as it likes, earmark works on one.
All in turn; every figure is the median of the rounds.
"""

from __future__ import annotations

import argparse
import os
import tarfile
import zlib
from collections.abc import Callable
from functools import partial
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.clips import audioset_files, packed
from benchmarks.measuring import conditions, in_turn, markdown, ratio
from earmark.formats import tfrecord

BASE = "TensorFlow, one by one"
AUDIOSET_CLIPS = 42_531


def parsed() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--archive", type=Path, help="AudioSet's features.tar.gz; made if missing")
    parser.add_argument("--clips", type=int, default=AUDIOSET_CLIPS, help="how many to make")
    parser.add_argument("--rounds", type=int, default=5, help="rounds, of which the median counts")
    return parser.parse_args()


def tensorflow_jobs(paths: list[str]) -> dict[str, Callable[[], int]]:
    """Return TensorFlow's ways to read files; each counts the clips."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    import tensorflow as tf

    context = {
        "video_id": tf.io.FixedLenFeature([], tf.string),
        "start_time_seconds": tf.io.FixedLenFeature([], tf.float32),
        "end_time_seconds": tf.io.FixedLenFeature([], tf.float32),
        "labels": tf.io.RaggedFeature(tf.int64),
    }
    lists = {"audio_embedding": tf.io.FixedLenSequenceFeature([], tf.string)}
    ragged = {"audio_embedding": tf.io.RaggedFeature(tf.string)}

    def single(record: Any) -> Any:
        found, frames = tf.io.parse_single_sequence_example(record, context, lists)
        return found, tf.io.decode_raw(frames["audio_embedding"], tf.uint8)

    def many(records: Any) -> Any:
        found, frames, _ = tf.io.parse_sequence_example(records, context, ragged)
        labels, listed = found.pop("labels"), frames["audio_embedding"]
        flat = tf.io.decode_raw(listed.flat_values, tf.uint8)
        return found, labels.values, labels.row_splits, flat, listed.row_lengths()

    def one_by_one() -> int:
        clips = tf.data.TFRecordDataset(paths).map(single).padded_batch(512)
        return sum(len(found["video_id"]) for found, _ in clips.as_numpy_iterator())

    def in_batches() -> int:
        batches = tf.data.TFRecordDataset(paths).batch(512).map(many)
        return sum(len(found["video_id"]) for found, *_ in batches.as_numpy_iterator())

    return {BASE: one_by_one, "TensorFlow, in batches": in_batches}


def ours(path: Path) -> int:
    """Read all clips; count them."""
    return sum(len(chunk) for chunk in tfrecord.stream(path))


def unpack(archive: Path) -> int:
    """Unpack the archive and throw it away."""
    inflater, size = zlib.decompressobj(31), 0
    with archive.open("rb") as file:
        while block := file.read(1 << 16):
            size += len(inflater.decompress(block))
    return size


def main() -> None:
    """Measure and print one table."""
    options = parsed()
    with TemporaryDirectory(prefix="earmark-") as name:
        folder = Path(name)
        archive = options.archive
        if archive is None:
            audioset_files(folder / "files", count=options.clips)
            archive = packed(folder / "files", folder / "features.tar.gz")
        else:
            with tarfile.open(archive) as file:
                file.extractall(folder / "files", filter="data")
        paths = sorted(map(str, folder.glob("files/**/*.tfrecord")))
        whole = folder / "whole.tfrecord"
        whole.write_bytes(b"".join(Path(path).read_bytes() for path in paths))
        reading: dict[str, Callable[[], int]] = {
            **tensorflow_jobs(paths),
            "earmark, files": partial(ours, folder / "files"),
            "earmark, one file": partial(ours, whole),
            "earmark, features.tar.gz": partial(ours, archive),
        }
        counts = {job() for job in reading.values()}
        assert len(counts) == 1, f"they do not read the same clips: {counts}"
        (count,) = counts
        jobs: dict[str, Callable[[], int]] = {
            **reading,
            "unpacking features.tar.gz alone": partial(unpack, archive),
        }
        times = in_turn(jobs, rounds=options.rounds)
        size = whole.stat().st_size
    rows = []
    for name, each in times.items():
        seconds = median(each)
        speeds = [f"{count / seconds:.0f}", f"{ratio(times, name, BASE):.1f}x"]
        rows.append([name, f"{seconds:.2f}", *(speeds if name in reading else ["", ""])])
    made = "AudioSet's" if options.archive else "made"
    print(
        f"{count} clips ({made}) in {len(paths)} files, {size / 1e6:.0f} MB; "
        f"{conditions()}; {options.rounds} rounds.\n"
    )
    print(markdown(["", "seconds", "clips/s", "to TensorFlow, one by one"], rows))


if __name__ == "__main__":
    main()
