"""Many records at once: always what the plain reader gives for each of them."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pytest
from formats.record_making import COMPACT, clip_of, example, serialised, some_clips
from hypothesis import given, settings
from hypothesis import strategies as st

from earmark.formats.columns import Columns
from earmark.formats.sequence_example import Clip, MalformedError, find, read
from earmark.formats.sequence_writing import serialise
from earmark.formats.skeletons import KNOWN, Reader

CLIPS = some_clips(64)
RECORDS = [example(clip_of(CLIPS, row)).SerializeToString() for row in range(64)]


def plainly(record: bytes) -> Clip | str:
    try:
        return read(record, find(record))
    except MalformedError as error:
        return str(error)


def agree(columns: Columns, records: Sequence[bytes]) -> None:
    """Compare with the plain reader, row by row."""
    labels = columns.labels()
    for row, record in enumerate(records):
        clip = plainly(record)
        assert columns.failures.get(row) == (clip if isinstance(clip, str) else None)
        if isinstance(clip, str):
            continue
        length = int(columns.lengths[row])
        found = (columns.ids[row], columns.starts[row], columns.ends[row])
        assert repr(tuple(map(str, found))) == repr(
            tuple(map(str, (clip.id, clip.start, clip.end)))
        )
        assert columns.frames[row, :length].tobytes() == clip.frames
        assert not columns.frames[row, length:].any()
        assert tuple(labels[row].tolist()) == clip.labels
        assert (clip.identity, clip.table) in columns.notes
    assert all(row < len(records) for row in columns.failures)


def test_records_of_all_lengths_and_orders() -> None:
    reader = Reader()
    for _ in range(2):  # the second time, all skeletons are known
        agree(reader.read(RECORDS), RECORDS)
    assert 10 < sum(map(len, reader.known.values())) <= 64


def test_known_skeletons_do_not_pile_up() -> None:
    reader = Reader()
    for start in range(0, 60, 6):
        keys = [f"other_{number:02}" for number in range(start, start + 6)]
        more = [example(clip_of(CLIPS, 0)) for _ in keys]
        for message, key in zip(more, keys, strict=True):
            message.context.feature[key].int64_list.value.append(3)
        records = [serialised(message) for message in more for _ in range(2)]
        agree(reader.read(records), records)
    assert [len(known) for known in reader.known.values()] == [KNOWN]


def test_many_skeletons_in_one_batch_are_read_plainly() -> None:
    reader, records = Reader(), []
    for number in range(100):
        message = example(clip_of(CLIPS, 0))
        message.context.feature[f"other_{number:02}"].int64_list.value.append(3)
        records.append(serialised(message))
    agree(reader.read(records), records)
    assert sum(map(len, reader.known.values())) < 20


def test_labels_of_any_size_beside_each_other() -> None:
    sizes = ((5, 1, 2, 3), (16_384, 7), (300, 300), (2_097_152,), (4, 5, 130), (128, 129))
    clips = [Clip("a", 0.0, 1.0, labels, bytes(128)) for labels in sizes]
    records = [serialised(example(clip)) for clip in clips] * 4
    assert len(set(map(len, records))) == 1
    agree(Reader().read(records), records)


@pytest.mark.parametrize("name", ["abcdé", "ab\0cde", "ab\0\0\0\0", "\0abcde"])
def test_ids_that_are_not_plain(name: str) -> None:
    clips = [Clip(text, 0.0, 1.0, (), bytes(128)) for text in ("abcdef", name, "ghijkl")]
    records = [serialised(example(clip)) for clip in clips] * 2
    agree(Reader().read(records), records)


def test_frames_at_uneven_places() -> None:
    message = example(clip_of(CLIPS, 0))
    feature = message.feature_lists.feature_list["audio_embedding"].feature[0]
    feature.MergeFromString(b"\x4a\x01x")  # a field that nobody knows
    odd = serialised(message)
    agree(Reader().read([odd] * 3), [odd] * 3)


def test_what_records_say_of_the_embedder() -> None:
    compact = some_clips(6, identity=COMPACT)
    records = [*serialise(some_clips(3), first=True), *serialise(compact, first=True)]
    columns = Reader().read(records)
    agree(columns, records)
    assert columns.notes == {(None, None): 0, (COMPACT, None): 3}


def test_nothing_at_all() -> None:
    columns = Reader().read([])
    assert len(columns.ids) == 0
    assert len(columns.labels()) == 0
    agree(Reader().read([b"", b"x"]), [b"", b"x"])


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_damaged_records_among_sound_ones(data: st.DataObject) -> None:
    rows = data.draw(st.lists(st.integers(0, 63), min_size=1, max_size=12))
    records = [RECORDS[row] for row in rows for _ in range(2)]
    for _ in range(data.draw(st.integers(0, 6))):
        row = data.draw(st.integers(0, len(records) - 1))
        record = bytearray(records[row])
        # The structure is at the beginning; the rest is mostly frames.
        at = data.draw(st.integers(0, min(240, len(record) - 1)) | st.integers(0, len(record) - 1))
        if data.draw(st.booleans()):
            record[at] = data.draw(st.integers(0, 255))
        else:
            del record[at : at + data.draw(st.integers(1, 200))]
        records[row] = bytes(record)
    reader = Reader()
    if data.draw(st.booleans()):
        reader.read(RECORDS)
    agree(reader.read(records), records)


def test_unknown_times_stay_unknown() -> None:
    records = list(serialise(some_clips(8, known=False), first=True))
    columns = Reader().read(records)
    assert np.isnan(columns.starts).all()
    assert all(math.isnan(seconds) for seconds in columns.ends)
