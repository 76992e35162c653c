"""Waveform -> patches: VGGish's log-mel, 0.96 s at a time.

A patch is 96 frames of 64 mel bands. Frames are 400 samples (25 ms) under a periodic Hann window,
160 samples (10 ms) apart; their 512-point magnitude spectrum goes through 64 triangles that are
equally wide on the HTK mel scale between 125 and 7500 Hz; the patch is ``ln(mel + 0.01)``. Patches
follow each other without overlap, so the first one needs 15 600 samples and each next one 15 360.
(Hershey et al., "CNN architectures for large-scale audio classification", ICASSP 2017.)

How it is computed decides two promises, and tests hold both:

* A patch depends on nothing but its own samples, to the last bit: a recording streamed in any
  blocks gives what it gives as a whole. A matrix product may round differently when it has more
  rows, so there is one product per patch, always of the same shape.
* The result is within 1e-5 of a plain float64 computation. The rounding errors that a loud tone
  leaves all over a float32 spectrum are larger than that beside an offset of 0.01, so the spectrum
  is computed in float64; once its bins are apart, float32 is precise enough.

Nothing here is shared between threads, so recordings may be computed side by side, and so may the
parts of one.
"""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from itertools import pairwise
from typing import Any, Final, Literal, NamedTuple, TypeAlias

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from earmark.errors import UsageError
from earmark.processor import cores

__all__ = [
    "FFT",
    "FIRST_PATCH_SAMPLES",
    "HOP",
    "MEL_BANDS",
    "PATCH_FRAMES",
    "PATCH_SAMPLES",
    "PATCH_SECONDS",
    "WINDOW",
    "PatchStream",
    "fit_short",
    "mel_matrix",
    "patch_count",
    "patches",
]

SAMPLE_RATE: Final = 16_000
WINDOW: Final = 400
HOP: Final = 160
FFT: Final = 512
MEL_BANDS: Final = 64
MEL_LOWEST_HZ: Final = 125.0
MEL_HIGHEST_HZ: Final = 7500.0
LOG_OFFSET: Final = 0.01
PATCH_FRAMES: Final = 96
PATCH_SAMPLES: Final = PATCH_FRAMES * HOP
"""From the start of one patch to the start of the next."""
PATCH_SECONDS: Final = PATCH_SAMPLES / SAMPLE_RATE
FIRST_PATCH_SAMPLES: Final = PATCH_SAMPLES - HOP + WINDOW
"""What a patch takes in; its last frame reaches 240 samples into the next patch."""

_BINS: Final = FFT // 2 + 1
_BANDS_AT_ONCE: Final = 16
_WORTH_SHARING: Final = 31
"""Patches in half a minute; for less it takes as long to start threads as they save."""
_PATCHES_AT_ONCE: Final = 2
"""Enough to spread the cost of calling NumPy, few enough to stay near the processor's cache."""

Floats: TypeAlias = NDArray[np.floating[Any]]
Float32: TypeAlias = NDArray[np.float32]
Float64: TypeAlias = NDArray[np.float64]


def patches(waveform: Floats, *, workers: int | None = None) -> Float32:
    """Compute all the whole patches of a waveform.

    Parameters
    ----------
    waveform : float [samples]
        Mono, 16 kHz, in [-1, 1], finite.
    workers : int, optional
        Threads that share the work, which changes not a bit of it. If not given: as many as there
        are cores, but four at most, from half a minute on, and one for less.

    Returns
    -------
    float32 [n, 96, 64]
        ``n`` is 0 below 15 600 samples (see `fit_short`), 1 more for each 15 360 after that; what
        is left over at the end is dropped.

    Raises
    ------
    UsageError
        The waveform has more than one axis, or holds integers; there are no workers.
    """
    if workers is not None and workers < 1:
        raise UsageError(f"workers={workers}: somebody must do the work")
    _check(waveform)
    count = patch_count(waveform.size)
    workers = workers or (min(4, cores()) if count >= _WORTH_SHARING else 1)
    if workers == 1:
        return PatchStream().push(waveform)
    result = np.empty((count, PATCH_FRAMES, MEL_BANDS), dtype=np.float32)
    edges = [count * at // workers for at in range(workers + 1)]
    with ThreadPoolExecutor(workers) as pool:
        parts = [
            pool.submit(_compute, waveform[first * PATCH_SAMPLES :], out=result[first:last])
            for first, last in pairwise(edges)
        ]
    for part in parts:
        part.result()  # which raises what it raised
    return result


class PatchStream:
    """Patches of a waveform that arrives in blocks: the same bits as `patches` of the whole.

    Memory: what one `push` gets and returns, and less than one patch of samples in between.
    """

    def __init__(self) -> None:
        self._rest: Floats = np.empty(0, dtype=np.float32)

    def push(self, block: Floats) -> Float32:
        """Take the next samples and return the patches that are complete with them.

        Parameters
        ----------
        block : float [samples]
            Any number of samples, none among them.

        Returns
        -------
        float32 [n, 96, 64]

        Raises
        ------
        UsageError
            As `patches`.
        """
        _check(block)
        samples: Floats = np.concatenate([self._rest, block]) if self._rest.size else block
        count = patch_count(samples.size)
        result = np.empty((count, PATCH_FRAMES, MEL_BANDS), dtype=np.float32)
        _compute(samples, out=result)
        # A copy, so that the caller may reuse the block and a long one is not kept alive.
        self._rest = samples[count * PATCH_SAMPLES :].copy()
        return result


def _compute(samples: Floats, *, out: Float32) -> None:
    """Write the first patches of ``samples``, as many as ``out`` [n, 96, 64] has."""
    if not len(out):
        return
    frames = sliding_window_view(samples, WINDOW)[::HOP]
    for first in range(0, len(out), _PATCHES_AT_ONCE):
        last = min(first + _PATCHES_AT_ONCE, len(out))
        rows = slice(first * PATCH_FRAMES, last * PATCH_FRAMES)
        _desk.compute(frames[rows], out=out[first:last])


def patch_count(samples: int) -> int:
    """Return how many whole patches there are in so many samples."""
    return max(0, (samples - FIRST_PATCH_SAMPLES) // PATCH_SAMPLES + 1)


def fit_short(waveform: Floats, *, how: Literal["loop", "pad"]) -> Floats:
    """Lengthen a waveform to one patch, if it is shorter.

    Parameters
    ----------
    waveform : float [samples]
        Mono, 16 kHz; at least one sample.
    how : {"loop", "pad"}
        Repeat it from its start until the patch is full, or put silence after it.

    Returns
    -------
    float [max(samples, 15600)]
        The waveform itself when it is long enough.

    Raises
    ------
    UsageError
        There is no sample to repeat or to pad, or ``how`` is neither of the two.
    """
    _check(waveform)
    if how not in ("loop", "pad"):
        raise UsageError(f"how={how!r} is not a way to lengthen a waveform: use 'loop' or 'pad'")
    if not waveform.size:
        raise UsageError("an empty waveform cannot be lengthened: skip a recording without samples")
    if waveform.size >= FIRST_PATCH_SAMPLES:
        return waveform
    if how == "loop":
        return np.resize(waveform, FIRST_PATCH_SAMPLES)
    return np.pad(waveform, (0, FIRST_PATCH_SAMPLES - waveform.size))


def mel_matrix() -> Float64:
    """Return the weight of each spectral bin in each mel band.

    Returns
    -------
    float64 [257, 64]
        Triangles with straight sides on the HTK mel scale, ``1127 ln(1 + f / 700)``, each as high
        as 1. The row of the bin at 0 Hz is zero.
    """
    mel = _mel(np.arange(_BINS) * (SAMPLE_RATE / FFT))[:, np.newaxis]  # (bin, 1)
    low, high = _mel(np.array([MEL_LOWEST_HZ, MEL_HIGHEST_HZ]))
    edges = np.linspace(low, high, MEL_BANDS + 2)  # in mel
    left, centre, right = edges[:-2], edges[1:-1], edges[2:]
    weights: Float64 = np.minimum((mel - left) / (centre - left), (right - mel) / (right - centre))
    weights[0] = 0.0
    return weights.clip(0.0)  # (bin, band)


def _mel(hertz: Floats) -> Float64:
    mel: Float64 = 1127.0 * np.log1p(hertz / 700.0)
    return mel


def _check(waveform: Floats) -> None:
    if waveform.ndim != 1:
        raise UsageError(
            f"a waveform has one axis, not the shape {waveform.shape}: mix its channels to mono"
        )
    if not np.issubdtype(waveform.dtype, np.floating):
        raise UsageError(
            f"a waveform holds floats in [-1, 1], not {waveform.dtype}:"
            " divide 16-bit samples by 32768"
        )


class _Filters(NamedTuple):
    """Neighbouring mel bands and the only bins that reach them."""

    bins: slice
    bands: slice
    weights: Float32  # (bin, band)


@cache
def _filters() -> tuple[_Filters, ...]:
    """Cut the mel matrix, nine tenths of it zeros, into blocks along its diagonal."""
    matrix = mel_matrix()
    blocks = []
    for first in range(0, MEL_BANDS, _BANDS_AT_ONCE):
        bands = slice(first, first + _BANDS_AT_ONCE)
        used = np.flatnonzero(matrix[:, bands].any(axis=1))
        bins = slice(int(used[0]), int(used[-1]) + 1)
        weights = np.ascontiguousarray(matrix[bins, bands], dtype=np.float32)
        blocks.append(_Filters(bins, bands, weights))
    return tuple(blocks)


@cache
def _windows() -> Float64:
    """Return the window once for every frame, zero where the FFT is longer: [2 * 96, 512]."""
    hann = 0.5 - 0.5 * np.cos(2 * np.pi / WINDOW * np.arange(WINDOW))
    return np.tile(np.pad(hann, (0, FFT - WINDOW)), (_PATCHES_AT_ONCE * PATCH_FRAMES, 1))


class _Desk(threading.local):
    """Room to compute a few patches, kept by each thread.

    Allocating it for each recording would double the time of a short one.
    """

    def __init__(self) -> None:
        rows = _PATCHES_AT_ONCE * PATCH_FRAMES
        self._padded = np.zeros((rows, FFT))
        self._spectrum = np.empty((rows, _BINS), dtype=np.complex128)
        self._rounded = np.empty((rows, _BINS), dtype=np.complex64)
        self._magnitude = np.empty((_PATCHES_AT_ONCE, PATCH_FRAMES, _BINS), dtype=np.float32)
        self._mel = np.empty((_PATCHES_AT_ONCE, PATCH_FRAMES, MEL_BANDS), dtype=np.float32)

    def compute(self, frames: Floats, *, out: Float32) -> None:
        """Write the patches of ``frames`` [n * 96, 400] to ``out`` [n, 96, 64]."""
        count, rows = len(out), len(frames)
        padded, spectrum = self._padded[:rows], self._spectrum[:rows]
        rounded, magnitude, mel = self._rounded[:rows], self._magnitude[:count], self._mel[:count]
        # The product of whole rows, zeros and all, is one long loop for NumPy and faster, with the
        # copy before it, than a product for each stretch of 400.
        np.copyto(padded[:, :WINDOW], frames)
        np.multiply(padded, _windows()[:rows], out=padded)
        np.fft.rfft(padded, out=spectrum)
        np.copyto(rounded, spectrum, casting="same_kind")
        np.abs(rounded, out=magnitude.reshape(rows, _BINS))
        for bins, bands, weights in _filters():
            np.matmul(magnitude[:, :, bins], weights, out=mel[:, :, bands])
        np.add(mel, np.float32(LOG_OFFSET), out=mel)
        np.log(mel, out=out)


_desk = _Desk()
