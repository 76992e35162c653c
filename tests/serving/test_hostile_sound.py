"""Sound that is broken, strange or meant to harm, sent over HTTP.

Nothing of it may bring a 500, a wait, or a message that does not fit on a line; and what can be
read is read.
"""

from __future__ import annotations

import gzip
import io
import math
import struct
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from audio.making import (
    EXTENSIBLE,
    FLOAT,
    LOSSLESS,
    LOSSY,
    PCM,
    Format,
    encode,
    melody,
    pcm,
    silent_film,
    tone,
    wav,
)
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from earmark.serving.app import create_app
from earmark.serving.settings import ServeSettings

FORMATS = [*LOSSLESS, *LOSSY]
STAGES = (0, 1, 3, 4, 8, 12, 20, 44, 100, 1000, 4000)
"""Where files are cut, in bytes; and at each eighth."""
SECONDS = 20.0
"""What one answer may take, on a busy machine too."""


@pytest.fixture(scope="module")
def service(folder: Path) -> Iterator[TestClient]:
    limited = ServeSettings(models=(str(folder),), jobs=2, request_seconds=30, duration_seconds=600)
    with TestClient(create_app(limited), raise_server_exceptions=False) as client:
        yield client


def tag(client: TestClient, data: bytes, name: str = "a.wav", **params: Any) -> tuple[int, Any]:
    """Send it, and see that what comes back is an answer of ours."""
    begun = time.monotonic()
    answer = client.post("/v1/tag", files={"file": (name, data)}, params=params)
    assert time.monotonic() - begun < SECONDS
    if answer.status_code == 200:
        (result,) = answer.json()["results"]
        assert all(math.isfinite(found["score"]) for found in result["tags"])
        assert math.isfinite(result["duration"])
        return 200, result
    assert answer.status_code in (413, 415, 422), answer.text
    error = answer.json()["error"]
    assert error["message"].isprintable(), error["message"]
    assert "/" not in error["message"].replace(name, "")
    return answer.status_code, error


@pytest.mark.parametrize("form", FORMATS, ids=str)
def test_every_format_cut_at_every_stage(service: TestClient, form: Format) -> None:
    data = encode(melody(2.0, rate=form.rate), form)
    assert tag(service, data, f"a.{form.extension}")[0] == 200
    eighths = (len(data) * part // 8 for part in range(1, 8))
    for size in sorted({*STAGES, *eighths, len(data) - 1}):
        if size < len(data):
            tag(service, data[:size], f"a.{form.extension}")


@pytest.mark.parametrize("name", ["a.mp3", "a.flac", "a.txt", "a", "a.jpg", ".wav", "a.wav.exe"])
def test_extensions_that_are_wrong(service: TestClient, name: str) -> None:
    assert tag(service, wav(pcm(tone(1.0))), name)[0] == 200
    assert tag(service, encode(tone(1.0, rate=44_100), LOSSY[0]), name)[0] == 200


@pytest.mark.parametrize(
    ("code", "bits", "make"),
    [
        (PCM, 8, lambda x: np.round(x * 127 + 128).astype("u1")),
        (PCM, 16, lambda x: np.round(x * 32767).astype("<i2")),
        (
            PCM,
            24,
            lambda x: np.round(x * (2**23 - 1)).astype("<i4").view("u1").reshape(-1, 4)[:, :3],
        ),
        (PCM, 32, lambda x: np.round(x * (2**31 - 1)).astype("<i4")),
        (PCM, 64, lambda x: np.round(x * (2**62)).astype("<i8")),
        (FLOAT, 32, lambda x: x.astype("<f4")),
        (FLOAT, 64, lambda x: x.astype("<f8")),
    ],
)
def test_depths(service: TestClient, code: int, bits: int, make: Any) -> None:
    sound = tone(2.0).astype(np.float64)
    status, result = tag(service, wav(make(sound).tobytes(), bits=bits, code=code))
    assert status == 200
    expected = tag(service, wav(pcm(tone(2.0))))[1]
    assert result["duration"] == expected["duration"]
    scores = [found["score"] for found in expected["tags"]]
    assert [found["score"] for found in result["tags"]] == pytest.approx(scores, abs=0.02)


@pytest.mark.parametrize("bits", [0, 1, 7, 12, 33, 128, 65_535])
def test_depths_that_there_are_not(service: TestClient, bits: int) -> None:
    tag(service, wav(bytes(50_000), bits=bits))


@pytest.mark.parametrize(
    "rate", [1, 10, 999, 1_000, 8_000, 11_025, 96_000, 192_000, 384_000, 768_000, 2**31, 2**32 - 1]
)
def test_rates(service: TestClient, rate: int) -> None:
    samples = np.zeros(min(2 * rate, 1_600_000), "<i2")
    samples[::2] = 3000
    status, said = tag(service, wav(samples.tobytes(), rate=rate))
    if 1_000 <= rate <= 768_000:
        assert (status, said["duration"]) == (200, pytest.approx(len(samples) / rate, abs=0.01))
    else:
        assert "samples a second" in said["message"] or status == 415


@pytest.mark.parametrize("channels", [1, 2, 3, 6, 8, 32, 64, 65, 255])
def test_channels(service: TestClient, channels: int) -> None:
    samples = np.repeat(np.round(tone(1.5) * 32767).astype("<i2"), channels)
    status, said = tag(service, wav(samples.tobytes(), channels=channels, code=PCM))
    assert (status, said["duration"]) == (200, 1.5)


@pytest.mark.parametrize("channels", [0, 513, 65_535])
def test_channels_that_there_are_not(service: TestClient, channels: int) -> None:
    layout = struct.pack("<HHIIHH", EXTENSIBLE, channels, 16_000, 32_000, 2, 16)
    body = b"fmt " + struct.pack("<I", len(layout)) + layout + b"data" + struct.pack("<I", 64_000)
    tag(service, b"RIFF" + struct.pack("<I", 4 + len(body)) + b"WAVE" + body + bytes(64_000))


def test_a_video(service: TestClient) -> None:
    for form in (form for form in LOSSY if form.video):
        data = encode(melody(2.0, rate=form.rate), form)
        assert tag(service, data, f"film.{form.extension}")[0] == 200
    status, error = tag(service, silent_film(), "film.mp4")
    assert (status, error["code"]) == (415, "not_sound")
    assert "pictures and no sound" in error["message"]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x00",
        bytes(100_000),
        b"\xff" * 100_000,
        b"just some text\n" * 1000,
        b"<html><body>no</body></html>",
        b"#!/bin/sh\nrm -rf /\n",
        b"%PDF-1.7\n" + bytes(1000),
        b"\x89PNG\r\n\x1a\n" + bytes(1000),
        gzip.compress(b"x" * 10_000),
        b"MThd" + bytes(100),
        b"#EXTM3U\nfile:///etc/passwd\n",
        b"ffconcat version 1.0\nfile /etc/passwd\n",
        b"<?xml version='1.0'?><MPD><BaseURL>file:///etc/passwd</BaseURL></MPD>",
        b"v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\nm=audio 5004 RTP/AVP 0\r\n",
        b"RIFF\xff\xff\xff\xffWAVE",
        b"RIFF\x00\x00\x00\x00WAVEfmt \xff\xff\xff\xff",
        b"OggS" + b"\xff" * 1000,
        b"fLaC" + b"\xff" * 1000,
        b"ID3\x04\x00\x00\x7f\x7f\x7f\x7f" + bytes(1000),
        b"\x00\x00\x00\x20ftypM4A " + b"\xff" * 1000,
        b"\x1aE\xdf\xa3" + b"\xff" * 1000,
        b"FORM\xff\xff\xff\xffAIFF" + bytes(1000),
        b".snd\xff\xff\xff\xff" + bytes(1000),
    ],
    ids=lambda data: repr(data[:12]),
)
def test_what_is_no_sound(service: TestClient, data: bytes) -> None:
    for name in ("a.wav", "a.mp3", "upload"):
        status, error = tag(service, data, name)
        assert status in (415, 422)
        assert error["code"] in ("not_sound", "unreadable")


@pytest.mark.parametrize("claimed", [0, 1, 100, 10**6, 0x7FFFFFFF, 0xFFFFFFFE, 0xFFFFFFFF])
def test_headers_that_lie_about_their_length(service: TestClient, claimed: int) -> None:
    status, result = tag(service, wav(pcm(tone(2.0)), claimed=claimed))
    if status == 200:
        assert result["duration"] <= 2.0


def test_a_header_that_promises_years(service: TestClient) -> None:
    data = bytearray(encode(tone(1.0, rate=44_100), Format("flac", "flac", "s16")))
    # The count of samples: the last 36 bits of STREAMINFO's first 18 bytes.
    data[8 + 13] |= 0x0F
    data[8 + 14 : 8 + 18] = b"\xff\xff\xff\xff"
    status, error = tag(service, bytes(data), "a.flac")
    assert (status, error["code"]) == (413, "too_long")


def test_sound_that_unpacks_to_too_much(service: TestClient) -> None:
    """Of hours of silence FLAC makes a few kilobytes."""
    file = io.BytesIO()
    with av.open(file, "w", format="flac") as output:
        stream: Any = output.add_stream("flac", rate=8_000, layout="mono")
        stream.format = "s16"
        for at in range(450):
            frame = av.AudioFrame(format="s16", layout="mono", samples=65_535 // 8)
            for plane in frame.planes:
                plane.update(bytes(plane.buffer_size))
            frame.sample_rate, frame.pts = 8_000, at * frame.samples
            for _ in range(2):
                frame.pts = None
                output.mux(stream.encode(frame))
        output.mux(stream.encode(None))
    data = file.getvalue()
    assert len(data) < 200_000
    status, error = tag(service, data, "a.flac")
    assert (status, error["code"]) == (413, "too_long")
    # Also where the header does not tell, and where only the beginning is asked for.
    untold = bytearray(data)
    untold[8 + 13] &= 0xF0
    untold[8 + 14 : 8 + 18] = bytes(4)
    for options in ({}, {"pooling": "first"}):
        status, error = tag(service, bytes(untold), "a.flac", **options)
        assert (status, error["code"]) == (413, "too_long")


def test_packed_in_many_layers(service: TestClient) -> None:
    data = wav(pcm(tone(1.0)))
    for _ in range(5):
        file = io.BytesIO()
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("a.wav", data)
        data = file.getvalue()
    assert tag(service, data, "a.wav")[0] == 415
    answer = service.post("/v1/tag", files={"file": ("a.zip", data)})
    assert (answer.status_code, answer.json()["error"]["code"]) == (415, "not_sound")


def test_samples_that_are_no_numbers(service: TestClient) -> None:
    samples = tone(2.0).astype("<f4")
    samples[100:200], samples[300], samples[400] = np.nan, np.inf, -1e38
    status, result = tag(service, wav(samples.tobytes(), bits=32, code=FLOAT))
    assert status == 200
    assert result["notes"]


def test_names_do_not_reach_anything(service: TestClient, tmp_path: Path) -> None:
    data = wav(pcm(tone(1.0)))
    for name in (
        "../../a.wav",
        "/etc/passwd",
        "C:\\a.wav",
        "-",
        "http://127.0.0.1/",
        "a\nb",
        "\x1b[2J",
    ):
        answer = service.post("/v1/tag", files={"file": (name, data)})
        assert answer.status_code == 200
        source = answer.json()["results"][0]["source"]
        assert source.isprintable()
        assert "/" not in source


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    form=st.sampled_from(FORMATS),
    cut=st.floats(0, 1),
    damage=st.lists(st.tuples(st.floats(0, 1), st.binary(min_size=1, max_size=8)), max_size=20),
    more=st.binary(max_size=100),
)
def test_files_that_are_damaged_anywhere(
    service: TestClient, form: Format, cut: float, damage: list[tuple[float, bytes]], more: bytes
) -> None:
    data = bytearray(_sound(form))
    for where, bad in damage:
        at = int(where * len(data))
        data[at : at + len(bad)] = bad
    tag(service, bytes(data[: int(cut * len(data))]) + more, f"a.{form.extension}")


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    head=st.sampled_from(
        [b"", b"RIFF", b"OggS", b"fLaC", b"ID3", b"\x1aE\xdf\xa3", b"FORM", b"caff"]
    ),
    rest=st.binary(max_size=5000),
)
def test_bytes_of_any_kind(service: TestClient, head: bytes, rest: bytes) -> None:
    tag(service, head + rest)


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    code=st.integers(0, 65_535),
    channels=st.integers(0, 65_535),
    rate=st.integers(0, 2**32 - 1),
    bits=st.integers(0, 65_535),
    claimed=st.integers(0, 2**32 - 1),
)
def test_wav_headers_of_any_kind(
    service: TestClient, code: int, channels: int, rate: int, bits: int, claimed: int
) -> None:
    layout = struct.pack("<HHIIHH", code, channels, rate, rate, channels & 0xFFFF, bits)
    body = b"fmt " + struct.pack("<I", 16) + layout + b"data" + struct.pack("<I", claimed)
    tag(service, b"RIFF" + struct.pack("<I", 40_036) + b"WAVE" + body + bytes(range(256)) * 156)


_made: dict[str, bytes] = {}


def _sound(form: Format) -> bytes:
    key = f"{form}{form.video}"
    if key not in _made:
        _made[key] = encode(melody(1.5, rate=form.rate), form)
    return _made[key]
