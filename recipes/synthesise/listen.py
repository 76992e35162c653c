"""Let a teacher listen: keep, of a few tries, the one that spreads the classes most."""

import csv
from pathlib import Path

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray
from scipy import signal

from recipes.synthesise.signals import Samples

# the front end of EfficientAT's models: 32 kHz, 10 s, 128 Kaldi mel bands up to 15 kHz
RATE = 32_000
LENGTH = 10 * RATE
WINDOW, FFT, HOP, BANDS, TOP = 800, 1024, 320, 128, 15_000.0
HEARD = 0.3


def mel_filters() -> Samples:
    """Return the filters, float64 [128, 512]."""
    mel = 1127 * np.log(1 + np.arange(FFT // 2) * RATE / FFT / 700)
    edges = np.linspace(0, 1127 * np.log(1 + TOP / 700), BANDS + 2)
    low, middle, high = edges[:-2, None], edges[1:-1, None], edges[2:, None]
    rise, fall = (mel - low) / (middle - low), (high - mel) / (high - middle)
    return np.asarray(np.maximum(0, np.minimum(rise, fall)))


class Teacher:
    """An EfficientAT model in ONNX form, and how often it has heard each class so far."""

    def __init__(self, model: Path) -> None:
        options = ort.SessionOptions()
        options.intra_op_num_threads = 1
        self._session = ort.InferenceSession(str(model), options)
        self._filters = mel_filters()
        self._window = np.zeros(FFT)
        start = (FFT - WINDOW) // 2
        self._window[start : start + WINDOW] = np.hanning(WINDOW)
        self.heard: Samples = np.zeros(0)
        self.best: Samples = np.zeros(0)

    def scores(self, audio: Samples) -> Samples:
        """Return the score of each class, float64 [527]; short audio is repeated to 10 s."""
        wide = signal.resample_poly(audio, RATE, 16_000)
        wide = np.resize(wide, LENGTH)
        wide = np.pad(wide[1:] - 0.97 * wide[:-1], FFT // 2, mode="reflect")
        frames = np.lib.stride_tricks.sliding_window_view(wide, FFT)[::HOP] * self._window
        power = np.abs(np.fft.rfft(frames, axis=1))[:, : FFT // 2] ** 2
        logmel = (np.log(self._filters @ power.T + 1e-5) + 4.5) / 5
        batch: NDArray[np.float32] = logmel[None, None].astype(np.float32)
        return np.asarray(self._session.run(["scores"], {"logmel": batch})[0][0], np.float64)

    def worth(self, scores: Samples) -> float:
        """Return how much a clip adds: its scores, each divided by how much was heard of it."""
        heard = self.heard if len(self.heard) else np.zeros(len(scores))
        return float((scores / (0.3 + heard)).sum())

    def keep(self, scores: Samples) -> None:
        """Count a clip that was kept."""
        if not len(self.heard):
            self.heard, self.best = np.zeros(len(scores)), np.zeros(len(scores))
        self.heard = self.heard + scores
        self.best = np.maximum(self.best, scores)

    def report(self, names: Path | None) -> str:
        """Say how many classes were heard, and which most."""
        text = f"{int((self.best > HEARD).sum())} of {len(self.best)} classes above {HEARD}"
        if names is None:
            return text
        with names.open(newline="", encoding="utf-8") as handle:
            labels = [row["display_name"] for row in csv.DictReader(handle)]
        most = ", ".join(labels[i] for i in np.argsort(-self.heard)[:10])
        return f"{text}; most: {most}"
