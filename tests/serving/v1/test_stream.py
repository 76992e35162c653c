"""``/v1/stream``."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from audio.making import Format, encode, melody
from starlette.testclient import TestClient, WebSocketDenialResponse
from starlette.websockets import WebSocketDisconnect

from earmark.features import PATCH_SECONDS
from earmark.serving.app import create_app
from earmark.serving.settings import ServeSettings
from earmark.serving.v1.stream import LARGEST_MESSAGE
from earmark.tagging import Tagger

HEADER = 44
S16 = {"format": "s16le", "sample_rate": 16_000}
CHUNK = 5000
END = {"type": "end"}


@pytest.fixture(scope="module")
def small(folder: Path) -> Iterator[TestClient]:
    """A service with little patience."""
    settings = ServeSettings(
        models=(str(folder),),
        jobs=1,
        streams=1,
        stream_seconds=4.0,
        stream_idle_seconds=0.3,
        upload_bytes=100_000,
    )
    with TestClient(create_app(settings)) as client:
        yield client


def converse(
    client: TestClient, settings: Any, data: bytes, *, chunk: int = CHUNK
) -> list[dict[str, Any]]:
    """Send it all, and give what is said."""
    with client.websocket_connect("/v1/stream") as stream:
        stream.send_json(settings)
        for start in range(0, len(data), chunk):
            stream.send_bytes(data[start : start + chunk])
        stream.send_json(END)
        return said(stream, close=1000)


def said(stream: Any, *, close: int) -> list[dict[str, Any]]:
    messages: list[dict[str, Any]] = []
    with pytest.raises(WebSocketDisconnect) as closed:
        messages.extend(iter(stream.receive_json, None))
    assert closed.value.code == close, messages
    return messages


def as_json(tags: Sequence[Any]) -> list[dict[str, Any]]:
    return [{"id": t.id, "label": t.label, "score": t.score, "probability": None} for t in tags]


def check(messages: list[dict[str, Any]], tagger: Tagger, recording: Path | bytes) -> None:
    """What is said at the end is what is said of the file, and each patch has its scores."""
    ready, *tags, done = messages
    assert ready == {"type": "ready", "model": "placeholder 1.0", "patch_seconds": PATCH_SECONDS}
    expected = tagger.tag(recording)
    assert done["type"] == "done"
    assert done["result"]["tags"] == as_json(expected)
    frames = tagger.embed(recording).frames
    assert len(tags) == len(frames)
    for at, message in enumerate(tags):
        assert message["type"] == "tags"
        assert message["start"] == pytest.approx(at * PATCH_SECONDS)
        assert message["end"] == pytest.approx((at + 1) * PATCH_SECONDS)
    # What an event's patches score, from a threshold on that all of them reach.
    peaks = {event.id: event.score for event in tagger.events(recording, threshold=0.0)}
    for id_, peak in peaks.items():
        scores = [tag["score"] for m in tags for tag in m["tags"] if tag["id"] == id_]
        assert max(scores, default=0) <= peak
        if len(scores) == len(tags):
            assert max(scores) == peak


@pytest.mark.parametrize("chunk", [100_000, 5000, 777])
def test_bare_samples(client: TestClient, tagger: Tagger, noise: Path, chunk: int) -> None:
    data = noise.read_bytes()[HEADER:]
    messages = converse(client, {**S16, "top_k": 527}, data, chunk=chunk)
    expected = converse(client, {**S16, "top_k": 527}, data)
    assert messages == expected
    messages[-1]["result"]["tags"] = messages[-1]["result"]["tags"][:5]
    check(messages, tagger, noise)


def test_float_samples_in_stereo(client: TestClient, tagger: Tagger, noise: Path) -> None:
    mono = np.frombuffer(noise.read_bytes()[HEADER:], "<i2").astype(np.float32) / 32768
    stereo = np.repeat(mono, 2).astype("<f4").tobytes()
    settings = {"format": "f32le", "sample_rate": 16_000, "channels": 2}
    check(converse(client, settings, stereo), tagger, noise)


@pytest.mark.parametrize(
    "form",
    [
        Format("wav", "pcm_s16le", "s16"),
        Format("flac", "flac", "s16"),
        Format("mp3", "libmp3lame", "fltp"),
        Format("opus", "libopus", "flt", rate=48_000),
        Format("webm", "libopus", "flt", rate=48_000),
        Format("aac", "aac", "fltp", container="adts"),
        Format("m4a", "aac", "fltp"),
    ],
    ids=str,
)
def test_encoded_sound(client: TestClient, tagger: Tagger, form: Format) -> None:
    data = encode(melody(4.0, rate=form.rate), form)
    check(converse(client, {"format": "encoded"}, data), tagger, data)


def test_tags_come_while_sound_comes(client: TestClient, noise: Path) -> None:
    data = noise.read_bytes()[HEADER:]
    with client.websocket_connect("/v1/stream") as stream:
        stream.send_json({**S16, "top_k": 1})
        assert stream.receive_json()["type"] == "ready"
        for second in range(4):
            stream.send_bytes(data[second * 32_000 : (second + 1) * 32_000])
            if second:
                message = stream.receive_json()
                assert message["start"] == pytest.approx((second - 1) * PATCH_SECONDS)
                assert len(message["tags"]) == 1


def test_options_are_those_of_tag(client: TestClient, tagger: Tagger, noise: Path) -> None:
    data = noise.read_bytes()[HEADER:]
    names = ["Speech", "Music", "/m/0ngt1"]
    settings = {**S16, "labels": names, "events": True, "event_threshold": 0.4, "start": 2.0}
    *tags, done = converse(client, settings, data)[1:]
    expected = tagger.events(noise, threshold=0.4, labels=names, start=2.0)
    assert [e["start"] for e in done["result"]["events"]] == [event.start for event in expected]
    assert tags[0]["start"] == 2.0
    assert {tag["label"] for message in tags for tag in message["tags"]} <= {
        "Speech",
        "Music",
        "Thunder",
    }


def test_a_stream_shorter_than_a_patch(client: TestClient, tagger: Tagger, noise: Path) -> None:
    data = noise.read_bytes()[HEADER : HEADER + 6000]
    (_, tags, done) = converse(client, S16, data)
    assert tags["tags"] == done["result"]["tags"]
    assert done["result"]["duration"] == pytest.approx(3000 / 16_000)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({}, "format: Field required"),
        ({"format": "s16le"}, "the settings: sample_rate is needed for s16le"),
        ({"format": "s16le", "sample_rate": 10}, "sample_rate: "),
        ({"format": "s16le", "sample_rate": 10**9}, "sample_rate: "),
        ({"format": "mp3"}, "format: "),
        ({"format": "encoded", "sample_rate": 16_000}, "the settings: what is encoded"),
        ({**S16, "channels": 6}, "channels: "),
        ({**S16, "model": "nothing"}, "there is no model 'nothing' here"),
        ({**S16, "labels": ["Rian"]}, "there is no label 'Rian'"),
        ({**S16, "tok_k": 3}, "tok_k: Extra inputs"),
        ({**S16, "threshold": "auto"}, "placeholder 1.0 is not calibrated"),
        ([], "the settings: "),
    ],
)
def test_settings_that_make_no_sense(client: TestClient, given: Any, message: str) -> None:
    with client.websocket_connect("/v1/stream") as stream:
        stream.send_json(given)
        (error,) = said(stream, close=1008)
    assert error["error"]["message"].startswith(message)
    assert error["error"]["request_id"]


@pytest.mark.parametrize("first", ["", "{", "[" * 100_000, "\ud7ff"])
def test_settings_that_are_no_json(client: TestClient, first: str) -> None:
    with client.websocket_connect("/v1/stream") as stream:
        stream.send_text(first)
        (error,) = said(stream, close=1008)
    assert error["type"] == "error"


def test_messages_in_the_wrong_place(client: TestClient) -> None:
    for messages in ([b"abc"], [S16, S16], [S16, {"type": "pause"}]):
        with client.websocket_connect("/v1/stream") as stream:
            for message in messages:
                if isinstance(message, bytes):
                    stream.send_bytes(message)
                else:
                    stream.send_json(message)
            *_, error = said(stream, close=1003)
        assert error["type"] == "error"


def test_a_message_that_is_too_large(client: TestClient) -> None:
    with client.websocket_connect("/v1/stream") as stream:
        stream.send_json(S16)
        stream.send_bytes(bytes(LARGEST_MESSAGE + 1))
        *_, error = said(stream, close=1009)
    assert error["error"]["code"] == "too_large"


@pytest.mark.parametrize("data", [b"", b"no sound " * 1000, bytes(5000), b"OggS" + bytes(5000)])
def test_what_is_no_sound(client: TestClient, data: bytes) -> None:
    with client.websocket_connect("/v1/stream") as stream:
        stream.send_json({"format": "encoded"})
        stream.send_bytes(data)
        stream.send_json(END)
        *_, error = said(stream, close=1007)
    assert error["error"]["code"] == "not_sound"
    assert error["error"]["message"].startswith("stream: ")


def test_no_samples_at_all(client: TestClient) -> None:
    with client.websocket_connect("/v1/stream") as stream:
        stream.send_json(S16)
        stream.send_json(END)
        *_, error = said(stream, close=1007)
    assert "0 seconds" in error["error"]["message"]


def test_a_client_that_sends_nothing(small: TestClient) -> None:
    for messages in ([], [S16]):
        with small.websocket_connect("/v1/stream") as stream:
            for message in messages:
                stream.send_json(message)
            *_, error = said(stream, close=1008)
        assert error["error"]["code"] == "idle"


def test_a_stream_that_lasts_too_long(small: TestClient) -> None:
    with small.websocket_connect("/v1/stream") as stream:
        stream.send_json(S16)
        stream.send_bytes(bytes(6 * 32_000))
        *tags, error = said(stream, close=1008)
    assert error["error"]["code"] == "too_long"
    assert len(tags) in (4, 5)


def test_an_encoded_stream_that_is_too_large(small: TestClient) -> None:
    with small.websocket_connect("/v1/stream") as stream:
        stream.send_json({"format": "encoded"})
        stream.send_bytes(bytes(100_001))
        *_, error = said(stream, close=1009)
    assert error["error"]["code"] == "too_large"


def test_more_streams_than_there_may_be(small: TestClient) -> None:
    with small.websocket_connect("/v1/stream"):
        with (
            pytest.raises(WebSocketDenialResponse) as refused,
            small.websocket_connect("/v1/stream"),
        ):
            pass
        assert refused.value.status_code == 503
        assert refused.value.json()["error"]["code"] == "busy"
        assert refused.value.headers["Retry-After"]
    with small.websocket_connect("/v1/stream") as stream:
        stream.send_json(S16)
        assert stream.receive_json()["type"] == "ready"


def test_a_client_that_hangs_up_leaves_no_thread(settings: ServeSettings) -> None:
    before = set(threading.enumerate())
    with TestClient(create_app(settings)) as client:
        for _ in range(3):
            with client.websocket_connect("/v1/stream") as stream:
                stream.send_json(S16)
                stream.receive_json()
                stream.send_bytes(bytes(64_000))
                stream.receive_json()
        begun = time.monotonic()
    assert time.monotonic() - begun < 5
    assert not [t for t in set(threading.enumerate()) - before if "earmark-stream" in t.name]


def test_a_service_that_is_not_ready(settings: ServeSettings) -> None:
    client = TestClient(create_app(settings))
    with pytest.raises(WebSocketDenialResponse) as refused, client.websocket_connect("/v1/stream"):
        pass
    assert refused.value.status_code == 503
