"""Clips -> SequenceExamples, against protobuf."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from formats.record_making import COMPACT, clip_of, example, serialised, some_clips

from earmark.embedders.identity import AUDIOSET, Identity
from earmark.formats.sequence_example import find, read
from earmark.formats.sequence_writing import serialise
from earmark.ontology import Label

TABLE = (Label(0, "x/1", "Glocke, klein"), Label(1, "x/2", "Krähe"))


@pytest.mark.parametrize("identity", [AUDIOSET, COMPACT])
@pytest.mark.parametrize("known", [True, False])
def test_protobuf_writes_the_same_bytes(identity: Identity, known: bool) -> None:
    clips = some_clips(40, identity=identity, known=known)
    records = list(serialise(clips, first=True))
    assert records == [serialised(example(clip_of(clips, row))) for row in range(40)]


def test_the_first_record_says_what_labels_mean_unless_they_are_audiosets() -> None:
    clips = some_clips(3, table=TABLE)
    first, *others = serialise(clips, first=True)
    assert read(first, find(first)).table == TABLE
    assert all(read(record, find(record)).table is None for record in others)
    assert not any(b"earmark_labels" in record for record in serialise(clips, first=False))
    assert not any(b"earmark" in record for record in serialise(some_clips(3), first=True))


def test_times_of_32_bits() -> None:
    clips = some_clips(3)
    clips = replace(clips, starts=np.array([0.1, 1e300, -np.inf]), ends=np.array([np.nan, 2, 3.0]))
    starts = [read(record, find(record)).start for record in serialise(clips, first=True)]
    assert starts == [np.float32(0.1), np.inf, -np.inf]


def test_a_name_that_is_no_unicode_shows_its_odd_bytes() -> None:
    clips = replace(some_clips(1), ids=(b"caf\xe9.wav".decode("utf-8", "surrogateescape"),))
    (record,) = serialise(clips, first=True)
    assert read(record, find(record)).id == "caf\\xe9.wav"
