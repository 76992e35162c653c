"""Input that breaks: each kind gives one clear sentence, or what can be read and a note."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest
from audio.making import LOSSLESS, LOSSY, Format, encode, melody, pcm, save, tone, try_to_load, wav

from earmark.audio import Source, load, stream
from earmark.errors import AudioError

SECOND = pcm(tone(1.0))


def reason(data: bytes, name: str = "x.wav") -> str:
    with pytest.raises(AudioError) as caught:
        load(Source.of(data, name=name))
    assert str(caught.value).startswith(f"{name}: ")
    assert "\n" not in str(caught.value)
    assert "Errno" not in str(caught.value)
    return caught.value.reason


def notes(data: bytes) -> tuple[np.ndarray, tuple[str, ...]]:
    with stream(data) as blocks:
        return np.concatenate(list(blocks)), blocks.notes


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", "is empty (0 bytes)"),
        (b"Hello, this is no sound.\n" * 30, "is text, not sound"),
        ("Grüße aus Köln, kein Ton. ".encode() * 200, "is text, not sound"),
        (b"<!DOCTYPE html><html><body>404</body></html>", "is a web page, not a recording"),
        (bytes(100_000), "holds nothing but zeros"),
        (b"\x89PNG\r\n\x1a\n" + bytes(500), "is a picture, not a recording"),
        (b"MThd\x00\x00\x00\x06\x00\x00\x00\x01\x00\x60", "is a MIDI file"),
        (b"version https://git-lfs.github.com/spec/v1\noid", "is a Git LFS pointer: run `git lfs"),
        (b"%PDF-1.7\n%\xe2\xe3", "is a PDF document"),
        (b"PK\x03\x04" + bytes(200), "is a zip archive or an office document"),
        (b"\x1f\x8b\x08\x00" + bytes(200), "is packed with gzip"),
        (np.random.default_rng(0).bytes(200_000), "is no sound or video file that FFmpeg can read"),
        (b"RIFF", "looks like WAV or AVI, but is cut off or damaged at its beginning"),
        (wav()[:30], "looks like WAV or AVI, but is cut off or damaged at its beginning"),
        (wav(), "holds no sound: it is 0 seconds long"),
        (wav(SECOND, channels=0), "its header claims no channels, or more than 512"),
        (wav(SECOND, rate=3), "its header claims 3 samples a second: export it again"),
        (wav(SECOND, rate=0), "looks like WAV or AVI, but is cut off or damaged"),
        (wav(SECOND, code=0x1234), "holds sound in a coding that FFmpeg cannot decode"),
        (wav(SECOND, bits=0), "holds sound in a coding that FFmpeg cannot decode"),
        (wav(bytes(20_000), channels=1000), "its header claims no channels, or more than 512"),
        (b"OggS" + bytes(200), "looks like Ogg, but is cut off or damaged"),
        (b"fLaC" + bytes(200), "looks like FLAC, but is cut off or damaged"),
    ],
)
def test_what_is_no_sound_says_what_it_is(data: bytes, expected: str) -> None:
    assert reason(data).startswith(expected)


@pytest.mark.parametrize("extension", ["wav", "mp3", "flac", "ogg", "m4a", "txt", "aac", "amr", ""])
def test_a_text_is_a_text_whatever_its_name(extension: str) -> None:
    assert reason(b"a,b,c\n1,2,3\n" * 100, f"table.{extension}") == "is text, not sound"


@pytest.mark.parametrize("extension", ["mp3", "aac", "ac3", "amr", "wv", "ts"])
def test_noise_is_no_sound_whatever_its_name(extension: str) -> None:
    data = np.random.default_rng(1).bytes(300_000)
    assert reason(data, f"x.{extension}") == "is no sound or video file that FFmpeg can read"


def test_scrambled_sound_is_refused() -> None:
    data = bytearray(encode(tone(5.0, rate=44_100), Format("m4a", "aac", "fltp")))
    start, end = data.index(b"mdat") + 4, data.index(b"moov") - 4
    data[start:end] = np.random.default_rng(1).bytes(end - start)
    expected = "holds sound that cannot be decoded: it is damaged, protected, or no sound at all"
    assert reason(bytes(data)) == expected


@pytest.mark.parametrize("form", LOSSLESS + LOSSY, ids=str)
def test_a_recording_cut_anywhere_works_or_says_why(form: Format) -> None:
    data = encode(melody(2.0, rate=form.rate), form)
    whole = len(load(data))
    sizes = [1, 3, 10, 40, 100, 300, 1000, len(data) // 3, len(data) // 2, len(data) - 7]
    for size in sizes:
        waveform, error = try_to_load(data[:size])
        if waveform is None:
            assert len(error) < 200
            assert "Errno" not in error
        else:
            assert 0 < len(waveform) <= whole + 3200
            assert np.abs(waveform).max() <= 1.0


@pytest.mark.parametrize("form", LOSSLESS + LOSSY, ids=str)
def test_a_recording_damaged_anywhere_works_or_says_why(form: Format) -> None:
    whole = encode(melody(3.0, rate=form.rate), form)
    rng = np.random.default_rng(3)
    for _ in range(6):
        data = bytearray(whole)
        place = int(rng.integers(0, len(data)))
        data[place : place + 400] = rng.bytes(len(data[place : place + 400]))
        waveform, error = try_to_load(bytes(data))
        assert len(error) < 200
        assert waveform is None or (len(waveform) and np.abs(waveform).max() <= 1.0)


@pytest.mark.parametrize("extension", ["wav", "flac", "aiff", "au", "mp3", "mka"])
def test_a_cut_recording_is_read_to_the_cut_and_noted(extension: str) -> None:
    form = next(form for form in LOSSLESS + LOSSY if form.extension == extension)
    data = encode(melody(4.0, rate=form.rate), form)
    waveform, found = notes(data[: len(data) // 2])
    assert len(waveform) / 16_000 == pytest.approx(2.0, abs=0.4)
    assert len(found) == 1
    assert "its header promises 4.0" in found[0]
    assert found[0].endswith("it was cut off")


@pytest.mark.parametrize("form", LOSSLESS + LOSSY, ids=str)
def test_a_sound_recording_gets_no_note(form: Format) -> None:
    assert notes(encode(melody(2.0, rate=form.rate), form))[1] == ()


def test_a_cut_mp4_names_its_missing_index() -> None:
    data = encode(tone(2.0, rate=44_100), Format("m4a", "aac", "fltp"))
    assert "its index is missing or broken: it was cut off" in reason(data[: len(data) // 2])


@pytest.mark.parametrize(
    ("claimed", "seconds", "noted"),
    [
        (0, 1.0, False),
        (0xFFFFFFFF, 1.0, False),
        (0x7FFFFFFF, 1.0, False),
        (len(SECOND), 1.0, False),
        (len(SECOND) // 2, 0.5, False),
        (len(SECOND) * 9, 1.0, True),
    ],
)
def test_a_header_may_lie_about_the_length(claimed: int, seconds: float, noted: bool) -> None:
    waveform, found = notes(wav(SECOND, claimed=claimed))
    assert len(waveform) == round(16_000 * seconds)
    assert bool(found) == noted


def test_half_a_sample_at_the_end_is_dropped() -> None:
    assert len(load(wav(SECOND + b"\x01"))) == 16_000


@pytest.mark.parametrize(
    "form", [LOSSLESS[2], LOSSLESS[3], LOSSLESS[11], LOSSY[3], LOSSY[4]], ids=str
)
def test_what_follows_a_damaged_place_keeps_its_time(form: Format) -> None:
    clean = encode(melody(30.0, rate=form.rate), form)
    data = bytearray(clean)
    middle = len(data) // 2
    data[middle : middle + len(data) // 40] = np.random.default_rng(0).bytes(len(data) // 40)
    waveform, found = notes(bytes(data))
    whole = load(clean)
    assert len(waveform) == len(whole)
    assert np.abs(waveform - whole)[-16_000 * 5 :].max() < 1e-3
    assert "silence stands in" in found[0]


def test_a_missing_file_says_so(tmp_path: Path) -> None:
    with pytest.raises(AudioError, match=r"none\.wav: does not exist: check the spelling"):
        load(tmp_path / "none.wav")


def test_a_folder_is_no_recording(tmp_path: Path) -> None:
    with pytest.raises(AudioError, match="is a folder, not a recording: name a file inside"):
        load(tmp_path)


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    path = save(tmp_path, "a.wav", wav(SECOND))
    with pytest.raises(AudioError, match="a part of its path is a file, not a folder"):
        load(f"{path}/b.wav")


def test_a_file_that_may_not_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = save(tmp_path, "a.wav", wav(SECOND))

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)  # a mode of 000 would not stop root
    with pytest.raises(AudioError, match="may not be read: ask for permission"):
        load(path)


def test_a_name_that_no_file_can_have() -> None:
    with pytest.raises(AudioError, match=r"a\\x00b.wav: is no name that a file can have"):
        load("a\x00b.wav")
    with pytest.raises(AudioError, match="cannot be read"):
        load("x" * 5000)


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="needs a Unix system")
def test_a_device_is_no_recording() -> None:
    with pytest.raises(AudioError, match="is a device, not a recording"):
        load("/dev/zero")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_a_named_pipe_is_read_as_it_comes(tmp_path: Path) -> None:
    path = tmp_path / "pipe.wav"
    os.mkfifo(path)
    thread = threading.Thread(target=path.write_bytes, args=(wav(SECOND),))
    thread.start()
    assert len(load(path)) == 16_000
    thread.join()


class Failing(io.BytesIO):
    """A file whose disk breaks."""

    def read(self, size: int | None = -1, /) -> bytes:
        if self.tell() > 20_000:
            raise OSError(5, "Input/output error")
        return super().read(min(size or 0, 8192))


def test_a_disk_that_fails_on_the_way() -> None:
    file = Failing(wav(SECOND * 9))
    with pytest.raises(AudioError, match=r"cannot be read \(Input/output error\)"):
        load(file)


class Interrupted(io.BytesIO):
    """A file during whose reading Ctrl-C is pressed."""

    def read(self, size: int | None = -1, /) -> bytes:
        if self.tell() > 20_000:
            raise KeyboardInterrupt
        return super().read(min(size or 0, 8192))


def test_ctrl_c_while_ffmpeg_reads_is_not_lost() -> None:
    with pytest.raises(KeyboardInterrupt):
        load(Interrupted(wav(SECOND * 9)))


def test_ffmpeg_says_nothing_of_its_own(tmp_path: Path) -> None:
    data = encode(melody(3.0, rate=44_100), Format("mp3", "libmp3lame", "fltp"))
    broken = bytearray(data)
    broken[len(data) // 2 : len(data) // 2 + 3000] = bytes(3000)
    save(tmp_path, "broken.mp3", bytes(broken))
    save(tmp_path, "noise.mp3", np.random.default_rng(1).bytes(100_000))
    save(tmp_path, "cut.m4a", encode(tone(1.0, rate=44_100), LOSSLESS[9])[:5000])
    program = (
        "import sys, earmark.audio as audio\n"
        "for name in sys.argv[1:]:\n"
        "    try: list(audio.stream(name))\n"
        "    except audio.streaming.AudioError: pass\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, *map(str, sorted(tmp_path.iterdir()))],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert done.stdout == ""
    assert done.stderr == ""
