"""Clips -> SequenceExamples, byte for byte the same each time: maps in the order of their keys."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache, lru_cache

import numpy as np
from numpy.typing import NDArray

from earmark import ontology
from earmark.embedders.identity import AUDIOSET
from earmark.formats.embedding_set import CLIP_FRAMES, FRAME_SIZE, EmbeddingSet
from earmark.formats.sequence_example import END, FRAMES, IDENTITY, IDS, LABELS, START, TABLE
from earmark.formats.wire import field, varint

__all__ = ["serialise"]

_BYTES, _FLOATS, _INTEGERS = 1, 2, 3


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
        identity = _entry(IDENTITY, _BYTES, clips.identity.to_json().encode())
    table = _table_of(clips) if first else b""
    starts, ends = _times(clips.starts), _times(clips.ends)
    values, offsets = clips.labels.values.tolist(), clips.labels.offsets.tolist()
    lists = _FrameLists(clips)
    for row, name in enumerate(clips.ids):
        labels = b"".join(map(varint, values[offsets[row] : offsets[row + 1]]))
        # In the order of their keys, as protocol buffers are written where that must not vary.
        context = (
            identity
            + table
            + (_entry(END, _FLOATS, ends[row]) if ends[row] else b"")
            + _entry(LABELS, _INTEGERS, labels)
            + (_entry(START, _FLOATS, starts[row]) if starts[row] else b"")
            + _entry(IDS[0], _BYTES, _unicode(name))
        )
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


def _table_of(clips: EmbeddingSet) -> bytes:
    if not clips.table or clips.table == ontology.labels():
        return b""
    both = [[label.id, label.name] for label in clips.table]
    return _entry(TABLE, _BYTES, json.dumps(both).encode())


def _times(seconds: NDArray[np.float64]) -> list[bytes]:
    """Write times as they are in a record; empty where unknown."""
    with np.errstate(over="ignore"):  # what is too large for 32 bits becomes infinite
        packed = seconds.astype("<f4").tobytes()
    unknown = np.isnan(seconds).tolist()
    return [b"" if unknown[row] else packed[4 * row : 4 * row + 4] for row in range(len(unknown))]


def _unicode(name: str) -> bytes:
    r"""Write a name; odd bytes of a file's name that is no Unicode become ``\xe9``."""
    if name.isascii():
        return name.encode()
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace").encode()


def _entry(key: bytes, kind: int, value: bytes) -> bytes:
    """Write a feature of one text, one number of 32 bits, or packed numbers, with its key."""
    return _before(key, kind, len(value)) + value


@lru_cache(maxsize=4096)
def _before(key: bytes, kind: int, size: int) -> bytes:
    """Return what stands before a value of so many bytes, which is the end of its entry."""
    listed = field(1, bytes(size)) if size or kind == _BYTES else b""
    entry = field(1, field(1, key) + field(2, field(kind, listed)))
    return entry[: len(entry) - size]


@cache
def _before_frames(length: int) -> bytes:
    """Return what stands before so many frames, which are the end of their list."""
    frames = field(1, field(1, field(1, bytes(FRAME_SIZE)))) * length
    whole = field(2, field(1, field(1, FRAMES[0]) + field(2, frames)))
    return whole[: -len(frames)]
