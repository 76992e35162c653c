"""An input cannot make FFmpeg open anything else: no other file, no address, no device."""

from __future__ import annotations

import socket
import threading
from pathlib import Path

import pytest
from audio.making import pcm, save, tone, wav

from earmark.audio import Source, find, load
from earmark.audio.formats import FORBIDDEN, allowed_containers
from earmark.errors import AudioError

PLAYLIST = "is a playlist, not a recording: name the recordings that it lists"


@pytest.fixture
def secret(tmp_path: Path) -> str:
    return save(tmp_path, "secret.wav", wav(pcm(tone(1.0))))


def lists(path: str) -> list[str]:
    """Return inputs of every kind that name another file."""
    return [
        f"#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\nfile://{path}\n"
        "#EXT-X-ENDLIST\n",
        f"#EXTM3U\n#EXT-X-MEDIA-SEQUENCE:0\n#EXTINF:9,\n{path}\n#EXT-X-ENDLIST\n",
        f"ffconcat version 1.0\nfile '{path}'\n",
        f"file '{path}'\n",
        "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=audio 5004 RTP/AVP 0\n",
        f"[playlist]\nFile1={path}\n",
        f'<?xml version="1.0"?><MPD><BaseURL>{path}</BaseURL></MPD>',
        "## a script of tones\n-SE\nbase: 200+10/10\nNOW base\n",
        f"<asx version='3.0'><entry><ref href='{path}'/></entry></asx>",
    ]


@pytest.mark.parametrize("name", ["x.wav", "x.m3u8", "x.ffconcat", "x.sdp", "x.mp3", "x.mpd", "x"])
@pytest.mark.parametrize("kind", range(9))
def test_a_list_in_disguise_opens_nothing(kind: int, name: str, secret: str) -> None:
    with pytest.raises(AudioError, match=r"is a playlist|is text, not sound"):
        load(Source.of(lists(secret)[kind].encode(), name=name))


def test_a_playlist_is_called_one(secret: str, tmp_path: Path) -> None:
    for kind in (0, 1, 2, 4, 5, 6, 8):
        path = save(tmp_path, f"{kind}.wav", lists(secret)[kind].encode())
        (source,) = find([path])
        assert isinstance(source, Source)
        with pytest.raises(AudioError) as caught:
            load(source)
        assert caught.value.reason == PLAYLIST


def test_no_connection_is_made() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.3)
        address = f"http://127.0.0.1:{server.getsockname()[1]}/a.ts"
        heard: list[bool] = []

        def listen() -> None:
            try:
                server.accept()[0].close()
                heard.append(True)
            except TimeoutError:
                pass

        thread = threading.Thread(target=listen)
        thread.start()
        for text in (
            f"#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\n{address}\n#EXT-X-ENDLIST\n",
            f"ffconcat version 1.0\nfile {address}\n",
        ):
            for name in ("x.wav", "x.m3u8"):
                with pytest.raises(AudioError):
                    load(Source.of(text.encode(), name=name))
        thread.join()
    assert heard == []


def test_a_path_is_never_an_ffmpeg_address(
    tmp_path: Path, secret: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in (
        "concat:secret.wav",
        "file:secret.wav",
        "data:audio/wav;base64,UklGRg==",
        "pipe:0",
    ):
        with pytest.raises(AudioError, match="does not exist"):
            load(name)
    save(tmp_path, "pipe:0", wav(pcm(tone(1.0))))
    assert len(load("pipe:0")) == 16_000


def test_the_list_of_containers_leaves_out_the_dangerous() -> None:
    allowed = set(allowed_containers().split(","))
    assert not allowed & FORBIDDEN
    assert {"wav", "mp3", "flac", "ogg", "matroska", "webm", "mp4", "aiff", "amr", "asf"} <= allowed
