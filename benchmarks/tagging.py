"""Tag recordings: seconds of sound per second, whole and by stages, beside two others.

    python -m benchmarks.tagging [--yamnet yamnet_int8.tflite] [--model compact] [--rounds 7]

* YAMNet: the int8 network as TensorFlow Lite runs it, on two threads, its windows of 0.975 s side
  by side as our patches are and, as it is mostly used, every 0.48 s. It gets our decoder, reading
  ahead as we do.
* plain: a pipeline as one writes it down first. The features of ``tests/reference_features.py`` in
  float64, frame by frame, then our own networks patch by patch and clip by clip.

All work on the same recordings, in turn; every figure is the median of the rounds.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import TypeVar

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from benchmarks.measuring import conditions, encode, in_turn, markdown, ratio, sound
from earmark import audio, features
from earmark.bundle import DEFAULT, Bundle
from earmark.classifiers.session import Classifier
from earmark.embedders import Embedder, dequantise, quantise
from earmark.processor import cores
from earmark.tagging import Tagger, process
from earmark.tagging.reading import ahead

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))
import reference_features

Item = TypeVar("Item")
Waveform = NDArray[np.float32]
CLIP = 10
OVERLAPPING = "YAMNet, 0.48 s"
WINDOW = 15_600
"""YAMNet's window, in samples."""


class Yamnet:
    """YAMNet on TensorFlow Lite: a recording's scores are the mean over its windows."""

    def __init__(self, path: Path, *, threads: int) -> None:
        from ai_edge_litert.interpreter import Interpreter

        self._interpreter = Interpreter(str(path), num_threads=threads)
        self._interpreter.allocate_tensors()
        self._input = self._interpreter.get_input_details()[0]["index"]
        self._output = self._interpreter.get_output_details()[0]["index"]

    def tag(self, blocks: Iterator[Waveform], *, hop: int) -> NDArray[np.float32]:
        """Score a recording that comes in blocks."""
        scores = []
        rest = np.zeros(0, np.float32)
        for block in blocks:
            rest = np.concatenate([rest, block])
            while len(rest) >= WINDOW:
                self._interpreter.set_tensor(self._input, rest[:WINDOW])
                self._interpreter.invoke()
                scores.append(self._interpreter.get_tensor(self._output)[0])
                rest = rest[hop:]
        pooled: NDArray[np.float32] = np.mean(scores, axis=0, dtype=np.float32)
        return pooled


@dataclass(frozen=True)
class Plain:
    """The plain pipeline."""

    bundle: Bundle
    embedder: onnxruntime.InferenceSession
    classifier: onnxruntime.InferenceSession

    def embed(self, patches: NDArray[np.float32]) -> NDArray[np.uint8]:
        """Embed patch by patch."""
        rows = [self.embedder.run(None, {"patches": patch[None]})[0][0] for patch in patches]
        return quantise(np.array(rows))

    def classify(self, frames: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Score clip by clip."""
        scores = []
        for start in range(0, len(frames), CLIP):
            clip = np.zeros((1, CLIP, frames.shape[1]), np.float32)
            vectors = dequantise(
                frames[start : start + CLIP], how=self.bundle.config.embedder.dequantiser
            )
            clip[0, : len(vectors)] = vectors
            mask = (np.arange(CLIP)[None] < len(vectors)).astype(np.float32)
            scores.append(self.classifier.run(["scores"], {"embeddings": clip, "mask": mask})[0][0])
        pooled: NDArray[np.float32] = np.mean(scores, axis=0, dtype=np.float32)
        return pooled

    def tag(self, path: Path) -> NDArray[np.float32]:
        """Read a recording whole, and score it."""
        patches = reference_features.patches(audio.load(path)).astype(np.float32)
        return self.classify(self.embed(patches))


def parsed() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--model", default=DEFAULT, help="a tagger by name, or its folder")
    parser.add_argument(
        "--yamnet", type=Path, help="yamnet_int8.tflite, 521 scores of 15 600 samples"
    )
    parser.add_argument("--yamnet-threads", type=int, default=2, help="for its network")
    parser.add_argument("--seconds", type=float, default=60.0, help="length of a recording")
    parser.add_argument("--recordings", type=int, default=4, help="how many of them")
    parser.add_argument("--rounds", type=int, default=7, help="rounds, of which the median counts")
    return parser.parse_args()


def jobs_of(options: argparse.Namespace, folder: Path) -> dict[str, Callable[[], object]]:
    """Make the recordings and list what is done with them: ``who: what`` -> job."""
    bundle = Bundle.find(options.model)
    samples = [
        sound(options.seconds, rate=44_100, channels=2, seed=seed)
        for seed in range(options.recordings)
    ]
    paths = {
        kind: [encode(folder / f"{at}.{kind}", s, rate=44_100) for at, s in enumerate(samples)]
        for kind in ("mp3", "wav")
    }
    waveforms = [audio.load(path) for path in paths["wav"]]
    patches = [features.patches(waveform) for waveform in waveforms]
    # As the tagger sets its networks up for one recording.
    threads = min(4, max(1, cores() - 1))
    tagger = Tagger(bundle)
    embedder = Embedder(bundle.embedder, identity=bundle.config.embedder, threads=threads)
    frames = [embedder(batch) for batch in patches]
    classifier = Classifier(
        bundle.classifier,
        identity=bundle.config.embedder,
        classes=len(bundle.labels),
        threads=threads,
    )
    plain = Plain(
        bundle,
        onnxruntime.InferenceSession(str(bundle.embedder)),
        onnxruntime.InferenceSession(str(bundle.classifier)),
    )

    side_by_side = Tagger(bundle, threads=1, read_ahead=False)

    def in_pairs(where: list[Path]) -> object:
        sources = (audio.Source.of(path) for path in where)
        return list(process(sources, lambda source, _: side_by_side.annotate(source), jobs=2))

    jobs: dict[str, Callable[[], object]] = {}
    for kind, where in paths.items():
        jobs[f"earmark: {kind.upper()} to tags"] = each(tagger.annotate, where)
        jobs[f"pair: {kind.upper()} to tags"] = each(in_pairs, [where])
        jobs[f"plain: {kind.upper()} to tags"] = each(plain.tag, where)
    for kind, where in paths.items():
        jobs[f"earmark: decoding {kind.upper()}"] = each(audio.load, where)
    jobs["earmark: features"] = each(features.patches, waveforms)
    jobs["plain: features"] = each(reference_features.patches, waveforms)
    jobs["earmark: embedder"] = each(lambda some: in_batches(embedder, some, size=8), patches)
    jobs["plain: embedder"] = each(plain.embed, patches)
    jobs["earmark: classifier"] = each(lambda some: in_clips(classifier, some), frames)
    jobs["plain: classifier"] = each(plain.classify, frames)
    if options.yamnet is not None:
        jobs |= yamnet_jobs(Yamnet(options.yamnet, threads=options.yamnet_threads), paths)
    return jobs


def yamnet_jobs(yamnet: Yamnet, paths: dict[str, list[Path]]) -> dict[str, Callable[[], object]]:
    """List what YAMNet does."""

    def tag(path: Path, hop: int) -> object:
        return yamnet.tag(ahead(block for block in audio.stream(path)), hop=hop)

    return {
        f"{who}: {kind.upper()} to tags": each(partial(tag, hop=hop), where)
        for who, hop in (("YAMNet", WINDOW), (OVERLAPPING, 7_680))
        for kind, where in paths.items()
    }


def each(job: Callable[[Item], object], items: Sequence[Item]) -> Callable[[], object]:
    """Do a job for every item, when called."""
    return lambda: [job(item) for item in items]


def in_batches(embedder: Embedder, patches: NDArray[np.float32], *, size: int) -> None:
    """Embed a recording's patches as the tagger does."""
    for start in range(0, len(patches), size):
        embedder(patches[start : start + size])


def in_clips(classifier: Classifier, frames: NDArray[np.uint8]) -> None:
    """Score a recording's whole clips as the tagger does, one at a time."""
    clips = frames[: len(frames) // CLIP * CLIP].reshape(-1, CLIP, frames.shape[1])
    for start in range(len(clips)):
        group = clips[start : start + 1]
        classifier(group, np.ones(group.shape[:2], np.bool_))


def main() -> None:
    """Measure and print one table."""
    options = parsed()
    with TemporaryDirectory(prefix="earmark-") as folder:
        times = in_turn(jobs_of(options, Path(folder)), rounds=options.rounds)
    total = options.seconds * options.recordings
    others = {"pair": "two at once", "plain": "plain", "YAMNet": "YAMNet", OVERLAPPING: OVERLAPPING}
    rows = []
    for what in dict.fromkeys(job.partition(": ")[2] for job in times):
        ours = f"earmark: {what}"
        row = [what, f"{total / median(times[ours]):.0f}"]
        for who in others:
            theirs = times.get(f"{who}: {what}")
            speed = f"{total / median(theirs):.0f}" if theirs else ""
            if theirs and who != "pair":
                speed += f" ({ratio(times, ours, f'{who}: {what}'):.2f}x)"
            row.append(speed)
        rows.append(row)
    print(
        f"Seconds of sound per second, and in brackets how many times as fast earmark is; "
        f"{options.recordings} recordings of {options.seconds:g} s, 44.1 kHz stereo; "
        f"{conditions()}; {options.rounds} rounds.\n"
    )
    print(markdown(["", "earmark", *others.values()], rows))


if __name__ == "__main__":
    main()
