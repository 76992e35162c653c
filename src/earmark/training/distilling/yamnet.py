"""YAMNet (Google), quantised, as a peer to be measured against: its scores on our waveforms."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

__all__ = ["Yamnet"]

WINDOW = 15_600
HOP = WINDOW // 2
"""Half a window, as YAMNet's own front end steps."""


class Yamnet:
    """The tflite model, with the labels that stand in a zip file at its end.

    Parameters
    ----------
    path : Path
        ``yamnet_int8.tflite``.
    threads : int
    """

    def __init__(self, path: Path, *, threads: int = 2) -> None:
        from ai_edge_litert.interpreter import Interpreter

        self._interpreter = Interpreter(str(path), num_threads=threads)
        self._interpreter.allocate_tensors()
        self._input = self._interpreter.get_input_details()[0]["index"]
        self._output = self._interpreter.get_output_details()[0]["index"]
        with zipfile.ZipFile(io.BytesIO(path.read_bytes())) as archive:
            text = archive.read(archive.namelist()[0]).decode()
        self.names = text.split("\n")[:521]

    def scores(self, waveform: NDArray[np.float32], *, hop: int = HOP) -> NDArray[np.float32]:
        """Mean over windows: float32 [samples] at 16 kHz -> float32 [521]."""
        starts = range(0, len(waveform) - WINDOW + 1, hop)
        windows = np.stack([self.window(waveform[start : start + WINDOW]) for start in starts])
        mean: NDArray[np.float32] = windows.mean(axis=0, dtype=np.float32)
        return mean

    def window(self, samples: NDArray[np.float32]) -> NDArray[np.float32]:
        """Scores of one window: float32 [15600] -> float32 [521]."""
        self._interpreter.set_tensor(self._input, samples)
        self._interpreter.invoke()
        return np.array(self._interpreter.get_tensor(self._output)[0])
