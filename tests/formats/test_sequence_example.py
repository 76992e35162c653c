"""One SequenceExample, against protobuf's own reading and by hand."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pytest
from formats.record_making import COMPACT, SequenceExample, clip_of, example, serialised, some_clips
from google.protobuf.message import DecodeError
from hypothesis import given, settings
from hypothesis import strategies as st

from earmark.formats.sequence_example import Clip, MalformedError, find, read
from earmark.ontology import Label

FRAME = bytes(range(128))
CLIP = Clip(id="--4gqARaEJE", start=0.0, end=10.0, labels=(73, 306, 526), frames=FRAME * 3)


def parsed(record: bytes) -> Clip:
    return read(record, find(record))


def varint(value: int) -> bytes:
    pieces = bytearray()
    while True:
        pieces.append(value & 127 | (128 if value > 127 else 0))
        value >>= 7
        if not value:
            return bytes(pieces)


def field(number: int, content: bytes, *, wire: int = 2) -> bytes:
    return varint(number << 3 | wire) + (varint(len(content)) if wire == 2 else b"") + content


def entry(key: bytes, value: bytes) -> bytes:
    return field(1, field(1, key) + field(2, value))


FRAMES = field(2, entry(b"audio_embedding", field(1, field(1, field(1, FRAME)))))


def test_a_clip_of_audioset() -> None:
    assert parsed(serialised(example(CLIP))) == CLIP


def test_any_order_of_the_context() -> None:
    clips = some_clips(30)
    for row in range(30):
        clip = clip_of(clips, row)
        assert parsed(example(clip).SerializeToString()) == clip


def test_youtube8m_calls_it_id_and_audio() -> None:
    record = serialised(example(CLIP, id_key="id", frames_key="audio"))
    assert parsed(record) == CLIP


def test_a_clip_may_lack_all_but_its_frames() -> None:
    clip = parsed(FRAMES)
    assert (clip.id, clip.labels, clip.frames) == ("", (), FRAME)
    assert math.isnan(clip.start)
    assert math.isnan(clip.end)
    assert clip.identity is None
    assert clip.table is None


def test_the_embedder_and_the_meaning_of_labels() -> None:
    message = example(Clip("a", 0.0, 1.0, (1,), FRAME, identity=COMPACT))
    table = message.context.feature["earmark_labels"].bytes_list.value
    table.append(b'[["x/1", "One"], ["x/2", "Two"]]')
    clip = parsed(serialised(message))
    assert clip.identity == COMPACT
    assert clip.table == (Label(0, "x/1", "One"), Label(1, "x/2", "Two"))


def test_numbers_one_by_one_parts_apart_and_repeated_keys() -> None:
    labels = field(1, varint(7), wire=0) + field(1, varint(300) + varint(0)) + field(2, b"unknown")
    second = field(1, varint(9), wire=0)
    context = (
        entry(b"labels", field(3, field(1, varint(1))))  # the later entry of a key counts
        + entry(b"labels", field(1, b"") + field(3, labels) + field(3, second))
        + entry(b"start_time_seconds", field(2, field(1, b"\0\0\x80\x3f", wire=5)))
        + field(9, b"\1\2\3\4", wire=5)
    )
    record = (
        field(1, context)
        + field(7, b"12345678", wire=1)
        + FRAMES
        + field(1, entry(b"id", field(1, field(1, b"late"))))
    )
    clip = parsed(record)
    assert clip == parsed(serialised(SequenceExample.FromString(record)))
    assert clip.labels == (7, 300, 0, 9)
    assert clip.id == "late"
    assert clip.start == 1.0


def changed(change: Callable[[Any], object]) -> bytes:
    message = example(CLIP)
    change(message)
    return serialised(message)


def frames_of(message: Any) -> Any:
    return message.feature_lists.feature_list["audio_embedding"].feature


BAD: list[tuple[Callable[[Any], object], str]] = [
    (lambda m: m.ClearField("feature_lists"), "no list of frames called audio_embedding"),
    (lambda m: frames_of(m).MergeFrom(list(frames_of(m)) * 3), "has 12 frames, and a clip has 1"),
    (lambda m: frames_of(m).__delitem__(slice(None)), "it has 0 frames"),
    (lambda m: frames_of(m)[1].Clear(), "frame 1 is not one string of 128 bytes"),
    (lambda m: frames_of(m)[2].bytes_list.value.append(FRAME), "frame 2 is not one string"),
    (lambda m: frames_of(m)[0].float_list.value.append(1), "frame 0 is not one string"),
    (lambda m: frames_of(m)[1].bytes_list.value.__setitem__(0, b"ab"), "has 2 bytes, not 128"),
    (lambda m: context(m, "labels").int64_list.value.append(-2), "label -2 is no number of a cl"),
    (lambda m: context(m, "labels").int64_list.value.append(2**31), "label 2147483648 is no numb"),
    (lambda m: context(m, "labels").float_list.value.append(1), "are fractions, not whole numb"),
    (lambda m: context(m, "video_id").int64_list.value.append(1), "are whole numbers, not texts"),
    (lambda m: context(m, "video_id").bytes_list.value.append(b"b"), "2 values of video_id"),
    (lambda m: context(m, "video_id").bytes_list.value.__setitem__(0, b"\xff"), "is no UTF-8"),
    (lambda m: context(m, "start_time_seconds").float_list.value.append(1), "2 values of start_t"),
    (lambda m: context(m, "earmark_identity").bytes_list.value.append(b"{"), "identity cannot be"),
    (lambda m: context(m, "earmark_identity").bytes_list.value.append(b"{}"), "name must be a te"),
    (lambda m: context(m, "earmark_labels").bytes_list.value.append(b"[1]"), "is no list of ids"),
    (lambda m: context(m, "earmark_labels").bytes_list.value.append(b"[" * 99999), "is no list"),
]


def context(message: Any, key: str) -> Any:
    return message.context.feature[key]


@pytest.mark.parametrize(("change", "message"), BAD)
def test_what_is_no_clip_says_why(change: Callable[[Any], object], message: str) -> None:
    with pytest.raises(MalformedError, match=message):
        parsed(changed(change))


@pytest.mark.parametrize(
    ("record", "message"),
    [
        (b"", "no list of frames"),
        (b"\x0a\x05ab", "runs over its end"),
        (b"\x02\x00", "runs over its end"),  # field 0
        (b"\x0b", "of an unknown kind"),
        (b"\xff" * 11, "a number in it does not end"),
        (b"\x80", "a number in it does not end"),
        (field(1, entry(b"a", field(2, field(1, b"abc")))) + FRAMES, "numbers are cut off"),
        (field(1, entry(b"labels", field(3, field(1, b"\x80")))) + FRAMES, "does not end"),
    ],
)
def test_what_is_no_sequence_example(record: bytes, message: str) -> None:
    with pytest.raises(MalformedError, match=message):
        find(record)


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_whatever_we_read_protobuf_reads_the_same(data: st.DataObject) -> None:
    record = bytearray(serialised(example(CLIP)))
    where = st.integers(0, len(record) - 3 * 137)
    for at in data.draw(st.lists(where, max_size=3)):
        record[at] = data.draw(st.integers(0, 255))
    at = data.draw(where)
    record[at:at] = data.draw(st.binary(max_size=3))
    try:
        clip = parsed(bytes(record))
    except MalformedError:
        return
    try:
        message = SequenceExample.FromString(bytes(record))
    except DecodeError:
        # Protobuf also wants keys to be UTF-8.
        assert max(record) > 127
        return
    feature = message.context.feature
    key = "video_id" if feature["video_id"].bytes_list.value else "id"
    assert clip.id.encode() == b"".join(feature[key].bytes_list.value)
    assert clip.labels == tuple(feature["labels"].int64_list.value)
    starts = feature["start_time_seconds"].float_list.value or [math.nan]
    assert repr([clip.start]) == repr(list(starts))
