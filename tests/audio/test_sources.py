"""Everything that can be named as a recording."""

from __future__ import annotations

import io
import os
import pickle
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from audio.making import Format, encode, pcm, save, tone, wav
from hypothesis import given
from hypothesis import strategies as st

from earmark.audio import Limits, Skipped, Source, load, stream
from earmark.audio.sources import is_url, printable
from earmark.errors import AudioError, UsageError

DATA = wav(pcm(tone(1.0)))
WHOLE = load(DATA)


def test_every_kind_reads_the_same(tmp_path: Path) -> None:
    path = save(tmp_path, "a.wav", DATA)
    for thing in (path, Path(path), DATA, bytearray(DATA), memoryview(DATA), io.BytesIO(DATA)):
        assert np.array_equal(load(thing), WHOLE)
    with Path(path).open("rb") as file:
        assert np.array_equal(load(file), WHOLE)
        assert not file.closed
    assert np.array_equal(load(Source.of(path)), WHOLE)


@pytest.mark.parametrize(
    ("thing", "name"),
    [
        ("a/b.wav", "a/b.wav"),
        (Path("a/b.wav"), str(Path("a/b.wav"))),
        (b"", "<bytes>"),
        ("-", "-"),
        ("http://x.org/a.mp3", "http://x.org/a.mp3"),
        ("https://me:secret@x.org/a.mp3", "https://x.org/a.mp3"),
        (io.BytesIO(), "<file>"),
    ],
)
def test_names_are_what_the_user_knows(thing: Any, name: str) -> None:
    assert Source.of(thing).name == name
    assert Source.of(thing, name="mine").name == "mine"
    assert Source.of(Source.of(thing), name="mine").name == "mine"
    assert "secret" not in repr(Source.of(thing))


def test_a_path_is_a_path_even_if_it_looks_like_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    save(tmp_path, "-", DATA)
    assert np.array_equal(load(Path("-")), WHOLE)


@pytest.mark.parametrize(
    "name",
    ["日本語　録音.wav", "naïve café.wav", "a\nb.wav", "x;rm -rf.wav", "%d.wav", "[1]?*.wav", "-"],
)
def test_odd_names_are_only_names(name: str, tmp_path: Path) -> None:
    path = Path(save(tmp_path, name, DATA))
    assert np.array_equal(load(path), WHOLE)
    assert "\n" not in Source.of(path).name


@pytest.mark.skipif(sys.platform != "linux", reason="names of any bytes are a matter of Linux")
def test_a_name_that_is_no_text(tmp_path: Path) -> None:
    path = os.fsencode(tmp_path) + b"/caf\xe9.wav"
    Path(os.fsdecode(path)).write_bytes(DATA)
    source = Source.of(os.fsdecode(path))
    assert source.name.endswith("caf\\udce9.wav")
    source.name.encode()
    assert np.array_equal(load(source), WHOLE)


@given(st.text())
def test_printable_names_fit_on_one_line_and_can_be_written(text: str) -> None:
    name = printable(text)
    assert len(name.splitlines()) <= 1 or not set("\n\r\x0b\x0c\x1c\x1d\x1e\x85") & set(name)
    name.encode()
    assert printable(name) == name


def test_a_file_is_read_from_where_it_stands_and_can_be_read_again() -> None:
    file = io.BytesIO(b"four" + DATA)
    file.seek(4)
    source = Source.of(file)
    assert np.array_equal(load(source), WHOLE)
    assert np.array_equal(load(source, start=0.5), WHOLE[8000:])


class Forwards:
    """A file object with nothing but ``read``."""

    def __init__(self, data: bytes) -> None:
        self.file = io.BytesIO(data)

    def read(self, size: int) -> bytes:
        return self.file.read(min(size, 1000))


def test_what_goes_only_forward_is_read_once() -> None:
    source = Source.of(Forwards(DATA))  # type: ignore[arg-type]
    assert np.array_equal(load(source), WHOLE)
    with pytest.raises(AudioError, match="was read before and cannot be rewound: open it again"):
        load(source)


def test_a_start_works_going_forward() -> None:
    assert np.array_equal(load(Forwards(DATA), start=0.5), WHOLE[8000:])  # type: ignore[arg-type]


def test_mp4_with_its_index_at_the_end_works_going_forward() -> None:
    data = encode(tone(1.0, rate=44_100), Format("m4a", "aac", "fltp"))
    assert data.index(b"mdat") < data.index(b"moov")
    assert np.array_equal(load(Forwards(data)), load(data))  # type: ignore[arg-type]


class Careless(Forwards):
    """A file object that gives more than it is asked for."""

    def read(self, size: int) -> bytes:
        return self.file.read(size * 2 + 100_000)


def test_more_than_was_asked_for_overflows_nothing() -> None:
    long = wav(pcm(tone(30.0)))
    assert np.array_equal(load(Careless(long)), load(long))  # type: ignore[arg-type]


def test_a_text_file_object_names_its_mistake(tmp_path: Path) -> None:
    path = Path(save(tmp_path, "a.wav", b"RIFF"))
    with path.open() as file, pytest.raises(AudioError, match="as text: open it with mode 'rb'"):
        load(file)  # type: ignore[arg-type]


def test_a_closed_file_names_its_mistake(tmp_path: Path) -> None:
    with Path(save(tmp_path, "a.wav", DATA)).open("rb") as file:
        source = Source.of(file)
    with pytest.raises(AudioError, match="the file object is closed: keep it open"):
        load(source)


class Nothing(Forwards):
    """A file object in non-blocking mode."""

    def read(self, size: int) -> bytes:
        return None  # type: ignore[return-value]


def test_a_file_that_does_not_wait_names_its_mistake() -> None:
    with pytest.raises(AudioError, match="gives nothing yet: open it in blocking mode"):
        load(Nothing(DATA))  # type: ignore[arg-type]


@pytest.mark.parametrize("thing", [None, 3, 2.5, ["a.wav"], object()])
def test_what_is_no_recording_is_wrong_usage(thing: Any) -> None:
    with pytest.raises(UsageError, match="cannot be read as a recording: give a path"):
        Source.of(thing)


def test_sources_travel_between_processes(tmp_path: Path) -> None:
    path = save(tmp_path, "a.wav", DATA)
    for thing in (path, DATA, "http://127.0.0.1:9/a.wav", "-"):
        source = Source.of(thing)
        assert pickle.loads(pickle.dumps(source)) == source


def test_standard_input(tmp_path: Path) -> None:
    program = (
        "import earmark.audio as audio; print(len(audio.load('-')), audio.Source.of('-').name)"
    )
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", program],
        input=DATA,
        capture_output=True,
        check=True,
        env={"PYTHONPATH": ":".join(sys.path)},
    )
    assert done.stdout.split() == [b"16000", b"-"]


def test_a_keyboard_is_no_recording(monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setattr(sys, "stdin", Terminal())
    with pytest.raises(AudioError, match="-: standard input is a keyboard: pipe a recording"):
        load("-")
    monkeypatch.setattr(sys, "stdin", None)
    with pytest.raises(AudioError, match="-: there is no standard input here"):
        load("-")


def test_sound_comes_through_before_a_pipe_ends() -> None:
    inward, outward = os.pipe()
    heard = threading.Event()

    def write() -> None:
        with os.fdopen(outward, "wb") as pipe:
            # FFmpeg looks at the first 104 000 bytes of WAV before it lets go of any.
            pipe.write(wav(pcm(tone(5.0)), claimed=0xFFFFFFFF))
            pipe.flush()
            assert heard.wait(20)

    writer = threading.Thread(target=write)
    writer.start()
    with os.fdopen(inward, "rb") as file, stream(file, block_seconds=0.5) as blocks:
        assert len(next(blocks)) == 8000
        assert len(next(blocks)) == 8000  # and the writer has not closed yet
        heard.set()
        writer.join()


def test_opening_is_cheap() -> None:
    program = (
        "import sys, earmark.audio as audio\n"
        "audio.Source.of('a.wav'); next(audio.find(['.']), None)\n"
        "late = {'av', 'urllib.request', 'ssl', 'zipfile', 'tarfile', 'tempfile'}\n"
        "assert not late & set(sys.modules)\n"
    )
    subprocess.run(
        [sys.executable, "-c", program], check=True, env={"PYTHONPATH": ":".join(sys.path)}
    )


def test_skipped_reads_as_a_sentence() -> None:
    assert str(Skipped("a.wav", "does not exist")) == "a.wav: does not exist"


@pytest.mark.parametrize(
    ("text", "expected"),
    [("http://a", True), ("HTTPS://a", True), ("ftp://a", False), ("http:/a", False), ("a", False)],
)
def test_what_is_an_address(text: str, expected: bool) -> None:
    assert is_url(text) == expected


def test_limits_cannot_be_negative() -> None:
    with pytest.raises(UsageError, match="the limit url_bytes must not be negative"):
        Limits(url_bytes=-1)
