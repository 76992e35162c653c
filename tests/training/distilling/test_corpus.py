"""Bodies of recordings: what they may be used for, and decoding them once."""

from __future__ import annotations

import hashlib
import logging
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sounds import silence, tone, write_wav

from earmark import audio
from earmark.errors import DataError
from earmark.training.distilling.corpus import Corpus, Entry, read_manifest, split_of


def entry(
    path: str = "a.wav",
    *,
    source: str = "one",
    licence: str = "CC0",
    fold: str = "",
    group: str = "",
) -> Entry:
    return Entry(path=Path(path), source=source, licence=licence, fold=fold, group=group)


@pytest.mark.parametrize(
    "licence",
    [
        "CC0",
        "CC BY-SA 3.0, Canonical Ltd.",
        "GPL-2.0-or-later / CC BY-SA 2.0",
        "Public domain",
        "CC0 https://freesound.org/people/Someone/sounds/1/?page=2",
        "MIT, the Nancy project",
        "CC BY-NC 3.0 (ESC-50 compilation); clip itself CC0 by felix.blume",
        "CC BY-NC 3.0 (ESC-50 compilation); clip itself CC-BY by Someone",
        "CC BY 3.0 (ESC-10); clip CC0 by fabiopx",
        "CC BY-SA 3.0 (doc/LICENSE), Unknown Horizons team",
        "CC0 / CC BY 3.0 / public domain per SoundLicenses.txt (NC files dropped)",
    ],
)
def test_free(licence: str) -> None:
    assert entry(licence=licence).is_free()


@pytest.mark.parametrize(
    "licence",
    [
        "CC BY-NC 4.0",
        "CC BY-NC-SA 3.0",
        "cc by nc",
        "Sampling+ 1.0",
        "unknown",
        "unstated",
        "CC BY-NC 3.0 (ESC-50 compilation); clip itself CC-BY-NC by Someone",
        "CC BY-NC 3.0 (ESC-50 compilation); clip itself CC-Sampling+ by Someone",
        "CC BY-NC 3.0 (ESC-50 compilation); clip itself ? by ?",
        "CC BY 3.0 (ESC-10); clip CC-Sampling+ by Someone",
    ],
)
def test_not_free(licence: str) -> None:
    assert not entry(licence=licence).is_free()


def test_a_source_is_held_out_by_its_name() -> None:
    held_out = {name for name in map(str, range(400)) if entry(source=name).is_held_out()}
    digests = {name: hashlib.md5(name.encode()).hexdigest() for name in map(str, range(400))}
    assert held_out == {name for name, digest in digests.items() if digest[-1] in "08"}
    assert 30 < len(held_out) < 70


HELD_OUT = next(name for name in map(str, range(400)) if entry(source=name).is_held_out())
KEPT = next(name for name in map(str, range(400)) if not entry(source=name).is_held_out())


def test_what_each_recording_is_for() -> None:
    entries = [
        entry(source=KEPT),
        entry(source=KEPT, licence="CC BY-NC"),
        entry(source=KEPT, fold="esc50:4"),
        entry(source=KEPT, fold="esc10+esc50:5"),
        entry(source=HELD_OUT),
        entry(source=HELD_OUT, licence="CC BY-NC"),
        entry(source=HELD_OUT, group="same"),
        entry(source=KEPT, group="same"),
        entry(source=KEPT, group="heard", fold="esc50:1"),
        entry(source=KEPT, group="heard", fold="esc50:5"),
        entry(source=HELD_OUT, group="heard"),
    ]
    assert split_of(entries) == [
        "train",
        "unused",
        "train",
        "esc50-test",
        "validation",
        "validation",
        "validation",
        "unused",
        "unused",
        "esc50-test",
        "unused",
    ]


ENTRIES = st.builds(
    entry,
    source=st.sampled_from([HELD_OUT, KEPT, "b", "c"]),
    licence=st.sampled_from(["CC0", "CC BY-NC"]),
    fold=st.sampled_from(["", "esc50:1", "esc50:5"]),
    group=st.sampled_from(["", "g", "h"]),
)


@given(st.lists(ENTRIES, max_size=12))
def test_nothing_that_is_tested_on_is_trained_on(entries: list[Entry]) -> None:
    splits = split_of(entries)
    groups: dict[str, set[str]] = {}
    for one, split in zip(entries, splits, strict=True):
        if split == "train":
            assert one.is_free()
            assert not one.is_held_out()
            assert not one.is_esc50_test()
        assert (split == "esc50-test") == one.is_esc50_test()
        if one.group:
            groups.setdefault(one.group, set()).add(split)
    for used in groups.values():
        assert len(used - {"unused"}) <= 1


def test_the_split_of_the_reference_recordings(shared_data: Path) -> None:
    entries = read_manifest(shared_data / "corpus")
    splits = split_of(entries)
    held_out = [e for e, split in zip(entries, splits, strict=True) if split == "validation"]
    assert len(held_out) == 1187
    assert len({one.source for one in held_out}) == 20
    assert splits.count("esc50-test") == 400


def test_a_manifest(tmp_path: Path) -> None:
    (tmp_path / "manifest.csv").write_text(
        "path,source,licence,nc,labels,fold,group\n"
        'x/1.wav,x,"MIT, me",0,Dog;Bark,esc50:3,x/2.wav\n'
        "2.wav,,CC0,1,,,\n",
        encoding="utf-8",
    )
    first, second = read_manifest(tmp_path)
    assert first == Entry(
        path=tmp_path / "x/1.wav",
        source="x",
        licence="MIT, me",
        labels="Dog;Bark",
        fold="esc50:3",
        group="x/2.wav",
    )
    assert (second.source, second.nc, second.labels) == (tmp_path.name, True, "")


def test_a_manifest_of_two_columns(tmp_path: Path) -> None:
    (tmp_path / "manifest.csv").write_text("licence,path\nCC0,a.wav\n")
    assert [e.path for e in read_manifest(tmp_path)] == [tmp_path / "a.wav"]


def test_no_manifest(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"manifest\.csv: cannot be read \(No such file"):
        read_manifest(tmp_path)


@pytest.mark.parametrize("text", ["path,license\na.wav,CC0\n", "path\n", "\n"])
def test_a_manifest_without_licences(tmp_path: Path, text: str) -> None:
    (tmp_path / "manifest.csv").write_text(text)
    with pytest.raises(DataError, match=r"manifest\.csv: has no column licence"):
        read_manifest(tmp_path)


def test_a_manifest_that_is_no_text(tmp_path: Path) -> None:
    (tmp_path / "manifest.csv").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(DataError, match=r"manifest\.csv: is not text in UTF-8"):
        read_manifest(tmp_path)


@pytest.fixture
def recordings(tmp_path: Path) -> list[Entry]:
    """Two tones, and silence between them."""
    sounds = [tone(440, 0.5), silence(0.25), -2 * tone(220, 1.0)]
    paths = [write_wav(tmp_path / f"{n}.wav", sound) for n, sound in enumerate(sounds)]
    return [entry(str(path)) for path in paths]


def test_decoded(recordings: list[Entry], tmp_path: Path) -> None:
    corpus = Corpus.decode(recordings, cache=tmp_path / "cache")
    assert len(corpus) == 3
    assert corpus.entries == tuple(recordings)
    for index, one in enumerate(recordings):
        wanted = audio.load(one.path)
        assert corpus.waveform(index).dtype == np.float32
        np.testing.assert_allclose(corpus.waveform(index), wanted, atol=1 / 32768)


def test_decoded_once(
    recordings: list[Entry], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = Corpus.decode(recordings, cache=tmp_path / "cache")

    def fail(path: Path) -> None:
        raise AssertionError(f"{path} was decoded again")

    monkeypatch.setattr(audio, "load", fail)
    second = Corpus.decode(recordings, cache=tmp_path / "cache")
    assert second.entries == first.entries
    np.testing.assert_array_equal(second.samples, first.samples)
    with pytest.raises(AssertionError, match="decoded again"):
        Corpus.decode(recordings[:2], cache=tmp_path / "cache")


def test_what_cannot_be_read_is_left_out(
    recordings: list[Entry], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "broken.wav").write_bytes(b"not a sound")
    entries = [recordings[0], entry(str(tmp_path / "broken.wav")), recordings[2]]
    with caplog.at_level(logging.WARNING):
        corpus = Corpus.decode(entries, cache=tmp_path / "cache")
    assert corpus.entries == (recordings[0], recordings[2])
    np.testing.assert_allclose(corpus.waveform(1), audio.load(recordings[2].path), atol=1 / 32768)
    (record,) = caplog.records
    assert record.getMessage().startswith(f"left out: {tmp_path / 'broken.wav'}: ")


def test_a_corpus_needs_a_recording(tmp_path: Path) -> None:
    (tmp_path / "broken.wav").write_bytes(b"not a sound")
    entries = [entry(str(tmp_path / "broken.wav"))]
    with pytest.raises(DataError, match="none of the 1 recordings asked for can be used"):
        Corpus.decode(entries, cache=tmp_path)
    with pytest.raises(DataError, match="none of the 0 recordings"):
        Corpus.decode([], cache=tmp_path)
