"""The teacher of ``compact``: EfficientAT mn04_as, heard second by second.

EfficientAT (Schmid et al. 2023, https://arxiv.org/abs/2211.04772) ends in the mean over time of a
map of features, and a small network from that mean to 527 scores. Both are linear enough in time
that the map's single steps, 0.32 s each, teach more than their mean: what is heard, and when.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import onnx
import onnxruntime as ort
import torch
from google.protobuf.message import DecodeError
from numpy.typing import NDArray
from onnx import numpy_helper
from torch import Tensor

from earmark.errors import ModelError

__all__ = ["Lesson", "Teacher", "log_mel"]

MEL_BANDS = 128
STEP_FRAMES = 32
"""Frames of 10 ms in one step of the teacher's map."""


@dataclass(frozen=True)
class Lesson:
    """What the teacher makes of some waveforms of equal length."""

    scores: Tensor
    """float32 [n, 527], of the whole."""
    steps: Tensor
    """float32 [n, ceil(frames / 32), 384], its embedding every 0.32 s, the first centred at 0 s."""


class Teacher:
    """The published network, with its last map of features brought out.

    Parameters
    ----------
    path : Path
        ``efficientat_mn04_as.onnx``: input ``logmel``, outputs ``scores`` and ``embedding``.
    threads : int
        Processor threads for one call.

    Raises
    ------
    ModelError
        If the file cannot be read or holds another network.
    """

    def __init__(self, path: Path, *, threads: int = 1) -> None:
        try:
            model = onnx.load(path)
        except OSError as error:
            raise ModelError(f"{path}: the teacher cannot be read ({error.strerror})") from error
        except DecodeError as error:
            raise ModelError(f"{path}: is no ONNX file, so it is no teacher") from error
        makers = {output: node for node in model.graph.node for output in node.output}
        weights = {array.name: array for array in model.graph.initializer}
        if not {"embedding", "scores"} <= set(makers):
            raise ModelError(f"{path}: is no teacher: it has no outputs scores and embedding")
        pool = makers[makers["embedding"].input[0]]
        self._map = pool.input[0]
        model.graph.output.append(onnx.ValueInfoProto(name=self._map))
        gemms = [node for node in model.graph.node if node.op_type == "Gemm"][-2:]
        self._head = [
            torch.from_numpy(numpy_helper.to_array(weights[name]).copy())
            for gemm in gemms
            for name in gemm.input[1:]
        ]
        options = ort.SessionOptions()
        options.intra_op_num_threads = threads
        self._session = ort.InferenceSession(
            model.SerializeToString(), options, providers=["CPUExecutionProvider"]
        )

    def hear(self, waveforms: Tensor) -> Lesson:
        """Lessons on waveforms at 16 kHz, float32 [n, samples]."""
        features = log_mel(waveforms)[:, None].numpy()
        scores, maps = self._session.run(["scores", self._map], {"logmel": features})
        steps = np.asarray(maps).mean(axis=2).transpose(0, 2, 1)  # (n, step, 384)
        return Lesson(torch.from_numpy(np.asarray(scores)), torch.from_numpy(steps.copy()))

    def logits(self, embeddings: Tensor) -> Tensor:
        """The teacher's last two layers: float32 [..., 384] -> [..., 527], before the sigmoid."""
        first, first_bias, second, second_bias = (part.to(embeddings.device) for part in self._head)
        hidden = torch.nn.functional.hardswish(embeddings @ first.T + first_bias)
        return hidden @ second.T + second_bias


def log_mel(waveforms: Tensor) -> Tensor:
    """EfficientAT's features of sound at 16 kHz: float32 [n, samples] -> [n, 128, frames].

    Its front end works at 32 kHz. Sound that was recorded at 16 kHz holds nothing above 8 kHz, so
    its 1024-point spectrum at 32 kHz is that of every second sample, 512 points, times two: half
    the work, without resampling. Pre-emphasis comes after the window instead of before it, so the
    numbers differ from the published front end's, by 0.01 on average.
    """
    window = torch.hann_window(800, periodic=False)
    window = torch.nn.functional.pad(window, (112, 112))[::2]
    spectrum = torch.stft(
        waveforms, 512, hop_length=160, window=window, center=True, return_complex=True
    )[..., :-1, : waveforms.shape[-1] // 160]  # (n, 256, frames); the last bin is 8 kHz
    power = 4 * spectrum.abs().square()
    return (torch.log(_mel_matrix() @ power + 1e-5) + 4.5) / 5


@cache
def _mel_matrix() -> Tensor:
    """Kaldi's mel filters of 0-15 kHz, with the pre-emphasis folded in: float32 [128, 256]."""
    hertz = np.arange(256, dtype=np.float64) * 31.25
    bins = _mel(hertz)
    lowest, highest = _mel(np.array([0.0, 15_000.0]))
    edges = np.linspace(lowest, highest, MEL_BANDS + 2)
    left, centre, right = edges[:-2, None], edges[1:-1, None], edges[2:, None]
    rise = (bins - left) / (centre - left)
    fall = (right - bins) / (right - centre)
    emphasis = np.abs(1 - 0.97 * np.exp(-2j * np.pi * hertz / 32_000)) ** 2
    filters = np.maximum(0, np.minimum(rise, fall)) * emphasis
    return torch.from_numpy(filters.astype(np.float32))


def _mel(hertz: NDArray[np.float64]) -> NDArray[np.float64]:
    return 1127 * np.log1p(hertz / 700)
