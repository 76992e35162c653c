"""Every container and codec: what goes in comes out, at the right time."""

from __future__ import annotations

import io

import numpy as np
import pytest
from audio.making import LOSSLESS, LOSSY, Format, encode, melody, silent_film, tone

from earmark.audio import Source, load, stream
from earmark.errors import AudioError


@pytest.mark.parametrize("form", LOSSLESS + LOSSY, ids=str)
def test_every_format_keeps_a_tone(form: Format) -> None:
    waveform = load(encode(tone(2.0, rate=form.rate), form))
    assert waveform.dtype == np.float32
    assert waveform.ndim == 1
    assert len(waveform) / 16_000 == pytest.approx(2.0, abs=0.1)
    middle = waveform[8000:24_000]
    spectrum = np.abs(np.fft.rfft(middle * np.hanning(len(middle))))
    assert spectrum.argmax() == 440
    assert np.sqrt(np.mean(middle**2)) == pytest.approx(0.354, rel=0.15)


@pytest.mark.parametrize("form", LOSSLESS, ids=str)
def test_lossless_formats_agree_to_the_bit(form: Format) -> None:
    samples = np.round(melody(1.0, rate=44_100) * 32768) / 32768
    wave = load(encode(samples.astype(np.float32), LOSSLESS[0]))
    assert np.array_equal(load(encode(samples.astype(np.float32), form)), wave)


@pytest.mark.parametrize("form", LOSSLESS + LOSSY, ids=str)
def test_a_start_is_exact_to_the_sample(form: Format) -> None:
    data = encode(melody(12.0, rate=form.rate), form)
    whole = load(data)
    for start in (0.3, 3.0017, 9.99):
        part = load(data, start=start, duration=1.0)
        expected = whole[round(start * 16_000) :][:16_000]
        assert len(part) == len(expected)
        # AAC fills bands with random noise, and AMR's filters remember a little.
        close = {"aac": 0.1, "libopencore_amrnb": 1e-3}.get(form.codec, 0.0)
        assert np.abs(part - expected).max() <= close


@pytest.mark.parametrize("form", LOSSLESS + LOSSY, ids=str)
def test_what_cannot_be_rewound_reads_the_same(form: Format) -> None:
    data = encode(melody(3.0, rate=form.rate), form)
    whole, piped = load(data), load(Pipe(data))  # type: ignore[arg-type]
    # Without the file's size FFmpeg leaves MP3's padding at the end.
    assert 0 <= len(piped) - len(whole) < 1200
    assert np.array_equal(piped[: len(whole) - 200], whole[:-200])


class Pipe:
    """A file that only goes forward, a few bytes at a time."""

    def __init__(self, data: bytes) -> None:
        self.file = io.BytesIO(data)

    def read(self, size: int) -> bytes:
        return self.file.read(min(size, 7001))


def ogg_flac(seconds: float, *, rate: int = 44_100, channels: int = 1) -> bytes:
    form = Format("oga", "flac", "s16", rate=rate, container="ogg", channels=channels)
    return encode(tone(seconds, rate=rate), form)


def mp3(seconds: float, *, rate: int = 44_100, channels: int = 1) -> bytes:
    form = Format("mp3", "libmp3lame", "fltp", rate=rate, channels=channels)
    return encode(tone(seconds, rate=rate), form)


@pytest.mark.parametrize("second", [{}, {"rate": 22_050}, {"channels": 2}])
def test_joined_files_are_read_one_after_the_other(second: dict[str, int]) -> None:
    with stream(ogg_flac(3.0) + ogg_flac(2.0, **second)) as blocks:
        waveform = np.concatenate(list(blocks))
        assert blocks.notes == ()
    assert len(waveform) == pytest.approx(80_000, abs=2)
    for part in (waveform[1000:47_000], waveform[49_000:79_000]):
        assert np.sqrt(np.mean(part**2)) == pytest.approx(0.354, rel=0.01)
    joined = load(mp3(3.0) + mp3(2.0, **second))
    assert len(joined) == pytest.approx(80_000, abs=1500)


def test_joined_files_are_not_called_cut_off() -> None:
    with stream(mp3(3.0) + mp3(2.0)) as blocks:
        list(blocks)
        # The second file's header is a frame that refers to sound before it.
        assert blocks.notes == ("lacks 1 piece that could not be decoded, from 2.98 s on",)


def test_info_tells_what_was_opened() -> None:
    form = Format("m4a", "aac", "fltp", channels=2)
    with stream(encode(tone(2.0, rate=44_100), form)) as blocks:
        assert blocks.info.container.startswith("mov")
        assert blocks.info.codec == "aac"
        assert (blocks.info.sample_rate, blocks.info.channels) == (44_100, 2)
        assert blocks.info.duration == pytest.approx(2.0, abs=0.05)


@pytest.mark.parametrize("container", ["mp4", "matroska", "avi"])
def test_a_film_without_sound_is_refused(container: str) -> None:
    with pytest.raises(AudioError, match="film: holds pictures and no sound"):
        load(Source.of(silent_film(container), name="film"))


def test_sound_is_found_behind_a_cover_picture() -> None:
    png = bytes.fromhex(
        "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
        "1f15c4890000000d49444154789c6360000002000100e221bc330000000049454e44ae426082"
    )
    mp3 = encode(tone(1.0, rate=44_100), Format("mp3", "libmp3lame", "fltp", options={}))
    picture = b"\x00image/png\x00\x03\x00" + png
    frame = b"APIC" + len(picture).to_bytes(4, "big") + b"\x00\x00" + picture
    size = len(frame)
    tag = b"ID3\x03\x00\x00" + bytes((size >> shift) & 127 for shift in (21, 14, 7, 0)) + frame
    start = mp3.find(b"\xff\xfb")
    assert len(load(tag + mp3[start:])) == pytest.approx(16_000, abs=1200)
