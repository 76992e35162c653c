"""Clips and records to test TFRecord files with; the records are made by protobuf itself."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

from earmark.embedders.identity import AUDIOSET, Identity
from earmark.formats import CLIP_FRAMES, Damage, EmbeddingSet, Labels
from earmark.formats.records import crc32c, frame
from earmark.formats.sequence_example import Clip
from earmark.ontology import Label, labels

COMPACT = Identity("compact", "1")


def some_clips(
    count: int,
    *,
    seed: int = 0,
    identity: Identity = AUDIOSET,
    table: tuple[Label, ...] | None = None,
    known: bool = True,
) -> EmbeddingSet:
    """Make clips like AudioSet's, most of ten frames; with `known` false, without times."""
    rng = np.random.default_rng(seed)
    table = labels() if table is None else table
    short = rng.random(count) < 0.3
    lengths = np.where(short, rng.integers(1, CLIP_FRAMES + 1, count), CLIP_FRAMES).astype(np.uint8)
    frames = rng.integers(0, 256, (count, CLIP_FRAMES, 128), np.uint8)
    frames[np.arange(CLIP_FRAMES) >= lengths[:, None]] = 0
    starts = rng.integers(0, 600, count).astype(np.float64)
    return EmbeddingSet(
        frames=frames,
        lengths=lengths,
        ids=tuple(f"{'clip' * (number % 2)}-{number:05}" for number in range(count)),
        starts=starts if known else np.full(count, np.nan),
        ends=starts + 10 if known else np.full(count, np.nan),
        labels=Labels.of(
            rng.integers(0, len(table) or 9, rng.integers(0, 5)).tolist() for _ in range(count)
        ),
        table=table,
        identity=identity,
    )


def example(
    clip: Clip, *, id_key: str = "video_id", frames_key: str = "audio_embedding", **more: Any
) -> Any:
    """Make a SequenceExample, to be changed or serialised; `more` are further features."""
    message = SequenceExample()
    feature = message.context.feature
    if clip.id:
        feature[id_key].bytes_list.value.append(clip.id.encode())
    for key, seconds in (("start_time_seconds", clip.start), ("end_time_seconds", clip.end)):
        if not math.isnan(seconds):
            feature[key].float_list.value.append(seconds)
    feature["labels"].int64_list.value.extend(clip.labels)
    if clip.identity is not None:
        feature["earmark_identity"].bytes_list.value.append(clip.identity.to_json().encode())
    for key, value in more.items():
        feature[key].MergeFrom(value)
    listed = message.feature_lists.feature_list[frames_key]
    for at in range(0, len(clip.frames), 128):
        listed.feature.add().bytes_list.value.append(clip.frames[at : at + 128])
    return message


def serialised(message: Any) -> bytes:
    """Serialise a message as it always is."""
    data: bytes = message.SerializeToString(deterministic=True)
    return data


def clip_of(clips: EmbeddingSet, row: int) -> Clip:
    """Return one clip of a set."""
    return Clip(
        id=clips.ids[row],
        start=float(clips.starts[row]),
        end=float(clips.ends[row]),
        labels=tuple(clips.labels[row].tolist()),
        frames=clips.frames[row, : clips.lengths[row]].tobytes(),
        identity=None if clips.identity == AUDIOSET else clips.identity,
    )


def packed(records: Iterable[bytes]) -> bytes:
    """Put records into a TFRecord file."""
    return b"".join(frame(record, crc=crc32c()) for record in records)


class Told(list[Damage]):
    """Takes what is told of damage."""

    def __call__(self, damage: Damage) -> None:
        self.append(damage)

    @property
    def reasons(self) -> list[str]:
        """What was wrong."""
        return [damage.reason for damage in self]


def _message_class() -> Any:
    """Define SequenceExample as tensorflow/core/example has it, without TensorFlow."""
    file = descriptor_pb2.FileDescriptorProto(
        name="earmark/tests/example.proto", package="earmark.tests", syntax="proto3"
    )
    bytes_, float_, int64 = 12, 2, 3
    repeated, string, nested = 3, 9, 11

    def message(name: str, fields: Sequence[tuple[str, int, str]], *, one_of: bool = False) -> Any:
        added = file.message_type.add(name=name)
        if one_of:
            added.oneof_decl.add(name="kind")
        for number, (field, kind, other) in enumerate(fields, 1):
            new = added.field.add(name=field, number=number, label=1, type=kind)
            if kind != nested:
                new.label = repeated
            elif other.startswith("*"):
                new.label, other = repeated, other[1:]
            if kind == nested:
                new.type_name = f".earmark.tests.{other}"
            if one_of:
                new.oneof_index = 0
        return added

    def mapping(name: str, field: str, value: str) -> None:
        entry_name = "".join(part.title() for part in field.split("_")) + "Entry"
        added = message(name, [(field, nested, f"*{name}.{entry_name}")])
        entry = added.nested_type.add(name=entry_name)
        entry.options.map_entry = True
        entry.field.add(name="key", number=1, label=1, type=string)
        value_type = f".earmark.tests.{value}"
        entry.field.add(name="value", number=2, label=1, type=nested, type_name=value_type)

    message("BytesList", [("value", bytes_, "")])
    message("FloatList", [("value", float_, "")])
    message("Int64List", [("value", int64, "")])
    lists = [("bytes_list", "BytesList"), ("float_list", "FloatList"), ("int64_list", "Int64List")]
    message("Feature", [(field, nested, name) for field, name in lists], one_of=True)
    message("FeatureList", [("feature", nested, "*Feature")])
    mapping("Features", "feature", "Feature")
    mapping("FeatureLists", "feature_list", "FeatureList")
    parts = [("context", nested, "Features"), ("feature_lists", nested, "FeatureLists")]
    message("SequenceExample", parts)
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    found = pool.FindMessageTypeByName("earmark.tests.SequenceExample")
    return message_factory.GetMessageClass(found)


SequenceExample = _message_class()
