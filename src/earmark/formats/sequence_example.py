"""One clip as a SequenceExample: TensorFlow's protocol buffer for lists of frames with a context.

::

    SequenceExample   1 context: Features               2 feature_lists: FeatureLists
    Features          1 feature: map of str to Feature
    FeatureLists      1 feature_list: map of str to FeatureList
    FeatureList       1 feature: Feature, any number
    Feature           one of  1 bytes_list  2 float_list  3 int64_list
    ...List           1 value, any number; numbers packed or one by one

This is the plain reader, record by record, and the writer. `earmark.formats.skeletons` reads many
records at once and takes from here where each keeps its values.

The definition is TensorFlow's: tensorflow/core/example/example.proto and feature.proto.
"""

from __future__ import annotations

import json
import math
import struct
from dataclasses import dataclass
from functools import lru_cache

from earmark.embedders.identity import Identity
from earmark.errors import ModelError
from earmark.formats.embedding_set import CLIP_FRAMES, FRAME_SIZE
from earmark.formats.wire import (
    DELIMITED,
    FIXED32,
    VARINT,
    MalformedError,
    Span,
    fields,
    read_varint,
    tag_of,
)
from earmark.ontology import Label

__all__ = ["Clip", "MalformedError", "Places", "Span", "find", "read"]

IDS = (b"video_id", b"id")
"""What AudioSet and what YouTube-8M call a clip; the first that is there counts."""
START, END, LABELS = b"start_time_seconds", b"end_time_seconds", b"labels"
IDENTITY, TABLE = b"earmark_identity", b"earmark_labels"
"""Ours, as JSON. The embedder's identity is in each record unless AudioSet's embedder made it. A
label table that is not AudioSet's is in the first record of a file: an id and a name for each."""
FRAMES = (b"audio_embedding", b"audio")
MOST_LABEL = 2**31 - 1
_BYTES, _FLOATS, _INTEGERS = 1, 2, 3
_KINDS = {0: "nothing", _BYTES: "texts", _FLOATS: "fractions", _INTEGERS: "whole numbers"}


@dataclass(frozen=True, slots=True)
class Clip:
    """What a record holds."""

    id: str
    """Empty where the record has none."""
    start: float
    """In seconds; NaN where unknown."""
    end: float
    """In seconds; NaN where unknown."""
    labels: tuple[int, ...]
    frames: bytes
    """One to ten times 128 bytes."""
    identity: Identity | None = None
    """The embedder's; None where the record does not say."""
    table: tuple[Label, ...] | None = None
    """What the labels mean; None where the record does not say."""


@dataclass(frozen=True, slots=True)
class Places:
    """Where a record keeps its values; None for those that it does not have."""

    id: Span | None
    start: Span | None
    end: Span | None
    labels: tuple[Span, ...]
    """Stretches of varints: one if packed, else one for each label."""
    frames: tuple[Span, ...]
    identity: Span | None
    table: Span | None


@dataclass(slots=True)
class _Feature:
    kind: int
    values: list[Span]


def read(record: bytes, places: Places) -> Clip:
    """Read a record's values from where they are.

    Raises
    ------
    MalformedError
        If a text is no UTF-8 or a label no positive number of 31 bits.
    """
    labels: list[int] = []
    for at, stop in places.labels:
        while at < stop:
            label, at = read_varint(record, at, stop)
            if label > MOST_LABEL:
                raise MalformedError(f"its label {_signed(label)} is no number of a class")
            labels.append(label)
    return Clip(
        id=_text(record, places.id, "id"),
        start=_time(record, places.start),
        end=_time(record, places.end),
        labels=tuple(labels),
        frames=b"".join([record[at:stop] for at, stop in places.frames]),
        identity=_identity(_text(record, places.identity, "identity")),
        table=_table(_text(record, places.table, "label table")),
    )


def find(record: bytes) -> Places:
    """Find where a record keeps its values.

    Raises
    ------
    MalformedError
        If it is no SequenceExample, or not one of a clip.
    """
    context: dict[bytes, _Feature] = {}
    lists: dict[bytes, list[_Feature]] = {}
    for tag, at, stop in fields(record, 0, len(record)):
        if tag == tag_of(1):
            for key, spans in _entries(record, at, stop):
                context[key] = _feature(record, spans)
        elif tag == tag_of(2):
            for key, spans in _entries(record, at, stop):
                lists[key] = [
                    _feature(record, [(first, last)])
                    for span in spans
                    for tag, first, last in fields(record, *span)
                    if tag == tag_of(1)
                ]
    frames = next((lists[key] for key in FRAMES if key in lists), None)
    if frames is None:
        raise MalformedError("it has no list of frames called audio_embedding")
    return Places(
        id=next((span for key in IDS if (span := _single(context, key, _BYTES))), None),
        start=_single(context, START, _FLOATS),
        end=_single(context, END, _FLOATS),
        labels=tuple(_values(context, LABELS, _INTEGERS)),
        frames=_frames(frames),
        identity=_single(context, IDENTITY, _BYTES),
        table=_single(context, TABLE, _BYTES),
    )


def _frames(features: list[_Feature]) -> tuple[Span, ...]:
    if not 1 <= len(features) <= CLIP_FRAMES:
        raise MalformedError(f"it has {len(features)} frames, and a clip has 1 to {CLIP_FRAMES}")
    spans = []
    for number, feature in enumerate(features):
        if feature.kind != _BYTES or len(feature.values) != 1:
            raise MalformedError(f"its frame {number} is not one string of {FRAME_SIZE} bytes")
        ((at, stop),) = feature.values
        if stop - at != FRAME_SIZE:
            raise MalformedError(f"its frame {number} has {stop - at} bytes, not {FRAME_SIZE}")
        spans.append((at, stop))
    return tuple(spans)


def _values(context: dict[bytes, _Feature], key: bytes, kind: int) -> list[Span]:
    feature = context.get(key)
    if feature is None or feature.kind == 0:
        return []
    if feature.kind != kind:
        raise MalformedError(f"its {key.decode()} are {_KINDS[feature.kind]}, not {_KINDS[kind]}")
    return feature.values


def _single(context: dict[bytes, _Feature], key: bytes, kind: int) -> Span | None:
    """Return where the only value is; None if it is missing or an empty text."""
    spans = _values(context, key, kind)
    count = len(spans) if kind == _BYTES else sum(stop - at for at, stop in spans) // 4
    if count > 1:
        raise MalformedError(f"it has {count} values of {key.decode()}, and not one")
    return next((span for span in spans if span[0] < span[1]), None)


def _text(record: bytes, span: Span | None, what: str) -> str:
    if span is None:
        return ""
    try:
        return record[span[0] : span[1]].decode()
    except UnicodeDecodeError as error:
        raise MalformedError(f"its {what} is no UTF-8 text") from error


@lru_cache(maxsize=64)
def _identity(text: str) -> Identity | None:
    try:
        return Identity.parse(json.loads(text), where=IDENTITY.decode()) if text else None
    except (ValueError, RecursionError, ModelError) as error:
        raise MalformedError(f"its identity cannot be read: {error}") from error


@lru_cache(maxsize=8)
def _table(text: str) -> tuple[Label, ...] | None:
    try:
        both = json.loads(text) if text else None
        if both is None:
            return None
        return tuple(Label(index, str(id_), str(name)) for index, (id_, name) in enumerate(both))
    except (TypeError, ValueError, RecursionError) as error:
        raise MalformedError("its label table is no list of ids and names") from error


def _time(record: bytes, span: Span | None) -> float:
    if span is None:
        return math.nan
    (seconds,) = struct.unpack_from("<f", record, span[0])
    return float(seconds)


def _entries(record: bytes, at: int, stop: int) -> list[tuple[bytes, list[Span]]]:
    """Read a map: the keys in their order, and where the parts of each value are."""
    entries = []
    for tag, first, last in fields(record, at, stop):
        if tag != tag_of(1):
            continue
        key, spans = b"", []
        for inner, begin, end in fields(record, first, last):
            if inner == tag_of(1):
                key = record[begin:end]
            elif inner == tag_of(2):
                spans.append((begin, end))
        entries.append((key, spans))
    return entries


def _feature(record: bytes, spans: list[Span]) -> _Feature:
    """Read a Feature whose parts may lie apart; what comes last in it counts."""
    feature = _Feature(0, [])
    for span in spans:
        for tag, first, last in fields(record, *span):
            kind = tag >> 3
            if tag != tag_of(kind) or kind not in (_BYTES, _FLOATS, _INTEGERS):
                continue
            if kind != feature.kind:
                feature = _Feature(kind, [])
            feature.values += _list(record, first, last, kind)
    return feature


def _list(record: bytes, at: int, stop: int, kind: int) -> list[Span]:
    """Find the values of a BytesList, FloatList or Int64List."""
    alone = {_BYTES: DELIMITED, _FLOATS: FIXED32, _INTEGERS: VARINT}[kind]
    spans = []
    for tag, first, last in fields(record, at, stop):
        if tag not in (tag_of(1), 1 << 3 | alone):
            continue
        if kind == _FLOATS and (last - first) % 4:
            raise MalformedError("it is no SequenceExample: numbers are cut off in it")
        if kind == _INTEGERS:
            inside = first
            while inside < last:
                _, inside = read_varint(record, inside, last)
        spans.append((first, last))
    return spans


def _signed(value: int) -> int:
    return value - (1 << 64) if value >> 63 else value
