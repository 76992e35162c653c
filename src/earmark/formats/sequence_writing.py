"""Clips -> SequenceExamples, byte for byte the same each time: maps in the order of their keys."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache

import numpy as np

from earmark import ontology
from earmark.embedders.identity import AUDIOSET
from earmark.formats.embedding_set import CLIP_FRAMES, FRAME_SIZE, EmbeddingSet
from earmark.formats.sequence_example import END, FRAMES, IDENTITY, IDS, LABELS, START, TABLE
from earmark.formats.wire import field, varint

__all__ = ["serialise"]


def serialise(clips: EmbeddingSet, *, first: bool) -> Iterator[bytes]:
    """Write each clip as a SequenceExample.

    Parameters
    ----------
    clips : EmbeddingSet
    first : bool
        Whether these are the first of a file, which say what the labels mean if they are not
        AudioSet's.

    Yields
    ------
    bytes
    """
    identity = b""
    if clips.identity != AUDIOSET:
        identity = _entry(IDENTITY, _text(clips.identity.to_json()))
    table = _table_of(clips) if first else b""
    with np.errstate(over="ignore"):  # what is too large for a float32 becomes infinite
        times = np.stack([clips.starts, clips.ends], axis=1).astype("<f4")
    lists = _FrameLists(clips)
    for row, name in enumerate(clips.ids):
        start, end = (
            b"" if np.isnan(time) else _entry(key, field(2, field(1, time.tobytes())))
            for key, time in zip((START, END), times[row], strict=True)
        )
        labels = b"".join(map(varint, clips.labels[row].tolist()))
        packed = _entry(LABELS, field(3, field(1, labels) if labels else b""))
        # In the order of their keys, as protocol buffers are written where that must not vary.
        context = identity + table + end + packed + start + _entry(IDS[0], _text(name))
        yield field(1, context) + lists[row]
        table = b""


class _FrameLists:
    """The lists of frames, written for all clips at once."""

    def __init__(self, clips: EmbeddingSet) -> None:
        self.lengths = clips.lengths.tolist()
        before = field(1, field(1, field(1, bytes(FRAME_SIZE))))[:-FRAME_SIZE]
        shape = (len(clips), CLIP_FRAMES, len(before) + FRAME_SIZE)
        self.frames = np.empty(shape, np.uint8)
        self.frames[:, :, : len(before)] = np.frombuffer(before, np.uint8)
        self.frames[:, :, len(before) :] = clips.frames

    def __getitem__(self, row: int) -> bytes:
        length = self.lengths[row]
        return _before_frames(length) + self.frames[row, :length].tobytes()


@cache
def _before_frames(length: int) -> bytes:
    """Return what stands before so many frames."""
    frames = field(1, field(1, field(1, bytes(FRAME_SIZE)))) * length
    whole = field(2, _entry(FRAMES[0], frames))
    return whole[: -len(frames)]


def _table_of(clips: EmbeddingSet) -> bytes:
    if not clips.table or clips.table == ontology.labels():
        return b""
    both = [[label.id, label.name] for label in clips.table]
    return _entry(TABLE, _text(json.dumps(both, ensure_ascii=False)))


def _entry(key: bytes, value: bytes) -> bytes:
    """Write an entry of a map in a message whose first field that map is."""
    return field(1, field(1, key) + field(2, value))


def _text(text: str) -> bytes:
    r"""Write a Feature of one text; odd bytes of a file's name that is no Unicode as ``\xe9``."""
    unicode = text.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    return field(1, field(1, unicode.encode()))
