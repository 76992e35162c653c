"""``earmark doctor``: whether this installation is right."""

from __future__ import annotations

import io
import platform
import shutil
import subprocess
import sys
import time
import wave
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec

import av
import numpy as np
import onnxruntime
import typer

from earmark.bundle import DEFAULT, shipped
from earmark.cli.listing import show
from earmark.cli.options import Listing, Model
from earmark.cli.streams import say
from earmark.errors import EarmarkError
from earmark.processor import cores
from earmark.tagging.tagger import Tagger

__all__ = ["app"]

app = typer.Typer(add_completion=False)

_BASE = ("numpy", "onnxruntime", "av", "typer", "rich", "pydantic")
_FORMATS = ("google_crc32c", "h5py", "pyarrow")
_EXTRAS = {
    "formats": _FORMATS,
    "archive": (*_FORMATS, "lance"),
    "deepaas": ("deepaas",),
    "serve": (
        "fastapi",
        "fastapi_swagger",
        "prometheus_client",
        "python_multipart",
        "uvicorn",
        "websockets",
    ),
    "tensorflow": ("tensorflow",),
    "train": (
        *("torch", "lightning", "torchmetrics", "tensorboard", "safetensors", "onnx"),
        *("onnxscript", "sklearn", "yaml", *_FORMATS),
    ),
}
_CODECS = {
    "WAV": "pcm_s16le",
    "FLAC": "flac",
    "MP3": "mp3",
    "Ogg Vorbis": "vorbis",
    "Opus": "opus",
    "AAC": "aac",
    "AMR": "amrnb",
    "WMA": "wmav2",
}
Fact = tuple[str, str, str]


@app.command()
def doctor(model: Model = DEFAULT, format: Listing = None) -> None:
    """Look at the installation: versions, codecs, hardware, extras; and tag a tone as a test.

    [dim]earmark doctor[/dim]
    """
    facts = [*_versions(), *_hardware(), *_codecs(), *_extras(), *_smoke(model)]
    show(("what", "state", "detail"), facts, format=format)
    bad = [what for what, state, _ in facts if state == "bad"]
    if bad:
        say(f"something is wrong: {', '.join(bad)}")
        raise typer.Exit(1)
    say("all is well")


def _versions() -> Iterator[Fact]:
    yield "earmark", "ok", _version("earmark") or "not installed, run from its source"
    python = f"{platform.python_version()}, {platform.system()} {platform.machine()}"
    yield "python", "ok" if sys.version_info >= (3, 11) else "bad", python
    for name in _BASE:
        found = _version(name)
        yield name, "ok" if found else "bad", found or f"missing: pip install {name}"


def _hardware() -> Iterator[Fact]:
    yield "cores", "ok", str(cores())
    yield "providers", "ok", ", ".join(onnxruntime.get_available_providers())
    yield ("GPU", *_gpu())


def _gpu() -> tuple[str, str]:
    """Tell what there is, though inference runs on the CPU: a GPU speeds training up."""
    tool = shutil.which("nvidia-smi")
    if tool is None:
        return "-", "none found"
    try:
        listing = subprocess.run(
            [tool, "--query-gpu=name", "--format=csv,noheader"],
            capture_output=True,
            text=True,
            timeout=10,
            check=True,
        )
    except (OSError, subprocess.SubprocessError) as error:
        return "-", f"nvidia-smi fails: {error}"
    return "ok", ", ".join(listing.stdout.split("\n")).strip(", ") or "none found"


def _codecs() -> Iterator[Fact]:
    yield (
        "FFmpeg",
        "ok",
        f"in PyAV; libavcodec {'.'.join(map(str, av.library_versions['libavcodec']))}",
    )
    for name, codec in _CODECS.items():
        known = codec in av.codecs_available
        yield name, "ok" if known else "bad", codec if known else f"no decoder {codec}"


def _extras() -> Iterator[Fact]:
    for extra, modules in _EXTRAS.items():
        missing = [name for name in modules if find_spec(name) is None]
        if missing:
            yield f"[{extra}]", "-", f"lacks {', '.join(missing)}: pip install 'earmark[{extra}]'"
        else:
            yield f"[{extra}]", "ok", "complete"


def _smoke(model: str) -> Iterator[Fact]:
    yield "taggers", "ok" if shipped() else "bad", ", ".join(shipped()) or "none came with earmark"
    begun = time.perf_counter()
    try:
        tagger = Tagger.load(model)
        (best,) = tagger.tag(_tone(), top_k=1)
    except EarmarkError as error:
        yield "tagging", "bad", str(error)
        return
    spent = time.perf_counter() - begun
    yield "tagging", "ok", f"{best.label} {best.score:.2f} for a 1 kHz tone, in {spent:.2f} s"


def _tone() -> bytes:
    """Three seconds of 1 kHz as a WAV file."""
    wanted = 0.5 * np.sin(2 * np.pi * 1000 * np.arange(3 * 44_100) / 44_100)
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setnchannels(1)
        writer.setsampwidth(2)
        writer.setframerate(44_100)
        writer.writeframes((wanted * 32767).astype("<i2").tobytes())
    return file.getvalue()


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None
