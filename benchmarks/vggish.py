"""VGGish as earmark runs it, beside TensorFlow and PyTorch, with the same weights.

    python -m benchmarks.vggish [--threads 1] [--rounds 9] [--data ../shared/data]

TensorFlow makes the weights, at random but such that signals keep their size, and saves them as
Google's are; `earmark models import` takes them from there. Each engine is a process of its own,
and they work in turn. Speed does not depend on what the weights are; what eight bits cost does, so
that the second table is an example. DATA holds `vggish/vggish_pca_params.npz` and `corpus`, with
ESC-50 and a manifest.csv, to say what a classifier on top makes of it; it says less without.

The arithmetic limit is what the largest product of matrices reaches in the same run, divided by
VGGish's 864 million multiplications a patch. Winograd's convolutions do with fewer.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter, sleep

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from benchmarks.measuring import Times, conditions, markdown, ratio
from earmark import audio, features
from earmark.bundle import Bundle
from earmark.embedders import Embedder, dequantise
from earmark.embedders.session import Network
from earmark.evaluation.metrics import average_precision, mean
from earmark.evaluation.statistics import ScoreStatistics

ROOT = Path(__file__).resolve().parent.parent
MILLIONS = 863.5
"""Of multiplications a patch takes, convolution by convolution as they are defined."""
NAMES = {
    "tensorflow": "TensorFlow",
    "pytorch": "PyTorch, eager",
    "earmark": "earmark",
    "fast": "earmark --fast",
}
AT_ONCE = (1, 32)
REST = 0.3
"""Seconds between two engines' turns, so that the threads of one have gone to sleep."""


class Engine:
    """A process that runs VGGish."""

    def __init__(self, name: str, folder: Path, *, threads: int) -> None:
        command = ["-W", "ignore", "-m", "benchmarks.vggish_engines", name, str(folder)]
        command += ["--threads", str(threads)]
        begun = perf_counter()
        self._process = subprocess.Popen(
            [sys.executable, *command],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            cwd=ROOT,
            env={**os.environ, "OMP_NUM_THREADS": str(threads)},
        )
        self._answer()
        self.start = perf_counter() - begun
        self.memory = 0.0

    def run(self, at_once: int, *, times: int) -> float:
        """Embed so many patches at once, so many times: the best seconds of one time."""
        sleep(REST)
        assert self._process.stdin is not None
        self._process.stdin.write(f"{at_once} {times}\n")
        self._process.stdin.flush()
        seconds, self.memory = json.loads(self._answer())
        return float(min(seconds))

    def end(self) -> None:
        """Let it go."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait()

    def _answer(self) -> str:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise SystemExit("an engine failed")
        return line


@dataclass(frozen=True)
class Speed:
    """What was measured of one engine."""

    starts: list[float]
    memory: float


def parsed() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=9, help="rounds, of which the median counts")
    parser.add_argument("--starts", type=int, default=3, help="how often each engine is started")
    data = Path(os.environ.get("EARMARK_SHARED") or ROOT.parent / "shared" / "data")
    parser.add_argument("--data", type=Path, default=data, help="the folder of reference data")
    parser.add_argument("--clips", type=int, default=2000, help="of ESC-50, at most")
    options = parser.parse_args()
    pca, corpus = options.data / "vggish" / "vggish_pca_params.npz", options.data / "corpus"
    options.pca = pca if pca.is_file() else None
    options.corpus = corpus if (corpus / "manifest.csv").is_file() and options.clips else None
    return options


def make(folder: Path, *, pca: Path | None) -> None:
    """Make the weights, in TensorFlow and in earmark."""
    recordings = [ROOT / "examples" / "street.flac"]
    patches = np.concatenate([features.patches(audio.load(path)) for path in recordings])
    np.save(folder / "patches.npy", patches)
    script = ROOT / "tests" / "importing" / "tensorflow_vggish.py"
    run(str(script), str(folder), "4", "8", "8", "8", "8", "8", "8")
    weights = [str(path) for path in (folder / "full.ckpt", pca) if path is not None]
    run("-m", "earmark", "models", "import", *weights, "-o", str(folder / "tagger"))


def run(*arguments: str) -> None:
    """Run Python until it ends."""
    command = [sys.executable, "-W", "ignore", *arguments]
    subprocess.run(command, check=True, capture_output=True, cwd=ROOT)


def measure(folder: Path, options: argparse.Namespace) -> tuple[dict[int, Times], dict[str, Speed]]:
    """Have all engines work in turn."""
    starts: dict[str, list[float]] = {name: [] for name in NAMES}
    for turn in range(options.starts):
        engines = {}
        for name in NAMES:
            engines[name] = Engine(name, folder, threads=options.threads)
            starts[name].append(engines[name].start)
            if turn < options.starts - 1:
                engines[name].end()
    times: dict[int, Times] = {size: {name: [] for name in NAMES} for size in AT_ONCE}
    for turn in range(options.rounds + 1):
        for size in AT_ONCE:
            for name, engine in engines.items():
                seconds = engine.run(size, times=max(1, 8 // size))
                if turn:
                    times[size][name].append(seconds / size)
    for engine in engines.values():
        engine.end()
    return times, {name: Speed(starts[name], engines[name].memory) for name in NAMES}


def multiplications(threads: int) -> float:
    """How many million multiplications a second a large product of matrices reaches."""
    size = 1536
    matrix = np.random.default_rng(0).normal(size=(size, size)).astype(np.float32)
    shape: list[str | int] = [size, size]
    graph = helper.make_graph(
        [helper.make_node("MatMul", ["x", "w"], ["y"])],
        "product",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, shape)],
        [numpy_helper.from_array(matrix, "w")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
    settings = onnxruntime.SessionOptions()
    settings.intra_op_num_threads = threads
    session = onnxruntime.InferenceSession(model.SerializeToString(), settings)
    best = min(timed(session, matrix) for _ in range(10))
    return size**3 / best / 1e6


def timed(session: onnxruntime.InferenceSession, matrix: NDArray[np.float32]) -> float:
    """The seconds of one product."""
    begun = perf_counter()
    session.run(None, {"x": matrix})
    return perf_counter() - begun


def speed_table(
    times: dict[int, Times], speeds: dict[str, Speed], *, limit: float
) -> tuple[list[str], list[list[str]]]:
    """Lay out patches a second, and what else there is to say of an engine."""
    columns = [""]
    for size in AT_ONCE:
        columns += [f"{size} at once", "of the limit", "to TensorFlow"]
    columns += ["start, s", "memory, MB"]
    rows = []
    for name, title in NAMES.items():
        row = [title]
        for size in AT_ONCE:
            rate = 1 / median(times[size][name])
            faster = ratio(times[size], name, "tensorflow")
            row += [f"{rate:.1f}", f"{100 * rate / limit:.0f} %", f"{faster:.2f}x"]
        speed = speeds[name]
        rows.append([*row, f"{median(speed.starts):.2f}", f"{speed.memory:.0f}"])
    return columns, rows


def effects(folder: Path, options: argparse.Namespace) -> list[list[str]]:
    """What the two of ours make of it, beside TensorFlow and a classifier on top."""
    bundle = Bundle.find(folder / "tagger")
    identity = bundle.config.embedder
    patches = np.load(folder / "patches.npy")
    wanted = np.load(folder / "full.npz")["relu"]
    if options.pca is not None:
        with np.load(options.pca) as file:
            wanted = (wanted - file["pca_means"].reshape(1, -1)) @ file["pca_eigen_vectors"].T
    expected = ((np.clip(wanted, -2, 2) + 2) * 255 / 4).astype(np.uint8).astype(int)
    clips = esc50(options.corpus, limit=options.clips) if options.corpus else None
    rows, probe = [], None
    for name in ("earmark", "fast"):
        path = bundle.choose_embedder(fast=name == "fast")
        network = Network(path, inputs=("patches",), outputs=("embeddings",))
        error = network.run(patches)[0] - wanted
        embedder = Embedder(path, identity=identity, threads=options.threads)
        off = np.abs(embedder(patches).astype(int) - expected)
        row = [
            NAMES[name],
            f"{np.abs(error).max() / np.abs(wanted).max():.1e}",
            f"{error.std() / wanted.std():.1e}",
            f"{100 * np.mean(off > 0):.2f} %",
            f"{100 * np.mean(off > 1):.2f} %",
        ]
        if clips is not None:
            found = np.stack([summary(embedder(heard)) for heard in clips.patches])
            probe = probe or Probe(found, clips)
            row.append(f"{probe.mean_average_precision(found):.4f}")
        rows.append(row)
    return rows


def summary(frames: NDArray[np.uint8]) -> NDArray[np.float32]:
    """A recording's mean and deviation over its patches: float32 [256]."""
    numbers = dequantise(frames, how="kong")
    return np.concatenate([numbers.mean(axis=0), numbers.std(axis=0)])


@dataclass(frozen=True)
class Clips:
    """Recordings of ESC-50, and what they are of."""

    patches: list[NDArray[np.float32]]
    labels: NDArray[np.str_]
    folds: NDArray[np.int64]


def esc50(corpus: Path, *, limit: int) -> Clips:
    """Read ESC-50, or a random part of its recordings."""
    with (corpus / "manifest.csv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["source"] == "esc50" and row["fold"]]
    rows = [rows[at] for at in np.random.default_rng(0).permutation(len(rows))[:limit]]
    return Clips(
        patches=[features.patches(audio.load(corpus / row["path"])) for row in rows],
        labels=np.array([row["labels"] for row in rows]),
        folds=np.array([int(row["fold"].rpartition(":")[2]) for row in rows]),
    )


class Probe:
    """Logistic regression on the exact embeddings of folds 1 to 4."""

    def __init__(self, found: NDArray[np.float32], clips: Clips) -> None:
        from sklearn.linear_model import LogisticRegression
        from sklearn.pipeline import make_pipeline
        from sklearn.preprocessing import StandardScaler

        self._clips = clips
        self._held_out = clips.folds == 5
        self._model = make_pipeline(StandardScaler(), LogisticRegression(C=0.1, max_iter=500))
        self._model.fit(found[~self._held_out], clips.labels[~self._held_out])

    def mean_average_precision(self, found: NDArray[np.float32]) -> float:
        """Over the classes, on fold 5."""
        scores = self._model.predict_proba(found[self._held_out])
        truth = self._clips.labels[self._held_out]
        counts = ScoreStatistics.of(truth[:, None] == self._model.classes_, scores)
        return mean(average_precision(counts))


def main() -> None:
    """Measure and print two tables."""
    options = parsed()
    with TemporaryDirectory(prefix="earmark-") as name:
        folder = Path(name)
        make(folder, pca=options.pca)
        times, speeds = measure(folder, options)
        limit = multiplications(options.threads) / MILLIONS
        columns, rows = speed_table(times, speeds, limit=limit)
        threads = f"{options.threads} thread{'s' if options.threads > 1 else ''}"
        print(f"Patches a second; {threads}; {conditions()}; {options.rounds} rounds.")
        print(f"The arithmetic limit is {limit:.1f} patches a second.\n")
        print(markdown(columns, rows))
        changed = effects(folder, options)
        columns = [
            "to TensorFlow",
            "largest error",
            "mean error",
            "bytes changed",
            "by two or more",
        ]
        if options.corpus:
            columns.append("mAP of a probe")
        print("\nWith these weights:\n")
        print(markdown(columns, changed))


if __name__ == "__main__":
    main()
