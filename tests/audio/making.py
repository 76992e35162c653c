"""Recordings for the tests: encoded by FFmpeg itself, or written byte by byte."""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

from earmark.audio import Sourceable, load
from earmark.errors import AudioError

Samples = NDArray[np.float32]
FLOAT, PCM, EXTENSIBLE = 3, 1, 0xFFFE


def tone(
    seconds: float = 1.0, *, rate: int = 16_000, hertz: float = 440.0, level: float = 0.5
) -> Samples:
    """Return a sine."""
    time = np.arange(round(seconds * rate)) / rate
    return (level * np.sin(2 * np.pi * hertz * time)).astype(np.float32)


def melody(seconds: float, *, rate: int) -> Samples:
    """Return a sound that is nowhere like itself, so that a shift by one sample shows."""
    time = np.arange(round(seconds * rate)) / rate
    sweep = np.sin(2 * np.pi * (150 + 25 * time) * time) * (0.6 + 0.4 * np.sin(9 * time))
    noise = np.random.default_rng(0).standard_normal(len(time))
    return (0.4 * sweep + 0.02 * noise).astype(np.float32)


def wav(
    data: bytes = b"",
    *,
    rate: int = 16_000,
    channels: int = 1,
    bits: int = 16,
    code: int = PCM,
    claimed: int | None = None,
) -> bytes:
    """Return a WAV file, honest or not."""
    frame = channels * bits // 8
    layout = struct.pack(
        "<HHIIHH", code, channels, rate, rate * frame & 0xFFFFFFFF, frame & 0xFFFF, bits
    )
    size = len(data) if claimed is None else claimed
    body = b"fmt " + struct.pack("<I", len(layout)) + layout
    body += b"data" + struct.pack("<I", size) + data
    return b"RIFF" + struct.pack("<I", min(4 + len(body), 0xFFFFFFFF)) + b"WAVE" + body


def pcm(samples: Samples) -> bytes:
    """Return 16-bit little-endian samples."""
    return np.round(samples * 32767).astype("<i2").tobytes()


@dataclass(frozen=True)
class Format:
    """A way to encode sound."""

    extension: str
    codec: str
    sample_format: str
    rate: int = 44_100
    container: str | None = None
    bit_rate: int | None = None
    channels: int = 1
    options: dict[str, str] = field(default_factory=dict)
    video: bool = False

    def __str__(self) -> str:
        return f"{self.codec}-{self.container or self.extension}"


LOSSLESS = (
    Format("wav", "pcm_s16le", "s16"),
    Format("w64", "pcm_s32le", "s32"),
    Format("flac", "flac", "s16"),
    Format("oga", "flac", "s16", container="ogg"),
    Format("aiff", "pcm_s16be", "s16"),
    Format("caf", "pcm_s16be", "s16"),
    Format("au", "pcm_s16be", "s16"),
    Format("wv", "wavpack", "s16p"),
    Format("tta", "tta", "s16"),
    Format("m4a", "alac", "s16p", container="mp4"),
    Format("mov", "pcm_s16le", "s16"),
    Format("mka", "flac", "s16", container="matroska"),
)
LOSSY = (
    Format("mp3", "libmp3lame", "fltp"),
    Format("mp2", "mp2", "s16"),
    Format("ogg", "vorbis", "fltp", channels=2, options={"strict": "-2"}),
    Format("opus", "libopus", "flt", rate=48_000),
    Format("webm", "libopus", "flt", rate=48_000),
    Format("m4a", "aac", "fltp"),
    Format("aac", "aac", "fltp", container="adts"),
    Format("wma", "wmav2", "fltp", bit_rate=128_000),
    Format("ac3", "ac3", "fltp"),
    Format("flv", "libmp3lame", "fltp"),
    Format("avi", "libmp3lame", "fltp"),
    Format("ts", "mp2", "s16", container="mpegts"),
    Format("mpg", "mp2", "s16", container="mpeg"),
    Format("amr", "libopencore_amrnb", "s16", rate=8_000),
    Format("wav", "adpcm_ima_wav", "s16p"),
    Format("wav", "pcm_mulaw", "s16"),
    Format("mp4", "aac", "fltp", video=True),
    Format("mkv", "aac", "fltp", video=True),
    Format("webm", "libopus", "flt", rate=48_000, video=True),
)


def encode(samples: Samples, form: Format) -> bytes:
    """Encode mono samples that are at the format's rate; the same on every channel."""
    file = io.BytesIO()
    container = form.container or {"m4a": "mp4", "mkv": "matroska"}.get(
        form.extension, form.extension
    )
    container = {"wma": "asf"}.get(container, container)
    with av.open(file, "w", format=container) as output:
        stream: Any = output.add_stream(form.codec, rate=form.rate, options=form.options)
        stream.layout = "mono" if form.channels == 1 else "stereo"
        stream.format = form.sample_format
        if form.bit_rate:
            stream.bit_rate = form.bit_rate
        if form.video:
            _add_video(output, seconds=len(samples) / form.rate, container=container)
        for frame in _frames(samples, form):
            output.mux(stream.encode(frame))
        output.mux(stream.encode(None))
    return file.getvalue()


def _frames(samples: Samples, form: Format) -> Iterator[av.AudioFrame]:
    for start in range(0, len(samples), 8192):
        piece = np.tile(samples[start : start + 8192], (form.channels, 1))
        frame = av.AudioFrame.from_ndarray(
            piece, format="fltp", layout="mono" if form.channels == 1 else "stereo"
        )
        frame.sample_rate, frame.pts = form.rate, start
        yield frame


def _add_video(output: Any, *, seconds: float, container: str) -> None:
    stream = output.add_stream("libvpx" if container == "webm" else "mpeg4", rate=5)
    stream.width, stream.height, stream.pix_fmt = 32, 32, "yuv420p"
    for _ in range(max(1, int(seconds * 5))):
        output.mux(stream.encode(av.VideoFrame(32, 32, "yuv420p")))
    output.mux(stream.encode(None))


def silent_film(container: str = "mp4") -> bytes:
    """Return a video without sound."""
    file = io.BytesIO()
    with av.open(file, "w", format=container) as output:
        _add_video(output, seconds=1, container=container)
    return file.getvalue()


def try_to_load(thing: Sourceable) -> tuple[Samples | None, str]:
    """Return the waveform, or nothing and the error's sentence."""
    try:
        return load(thing), ""
    except AudioError as error:
        return None, str(error)


def save(folder: Path, name: str, data: bytes) -> str:
    """Write a file and return its path."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return str(path)
