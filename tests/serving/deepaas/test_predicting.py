"""Predictions: one recording, several, none."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import placeholder
import pytest
import sounds
from serving.deepaas.project import uploaded
from serving.web import serving

from earmark.errors import EarmarkError
from earmark.serving.deepaas.predicting import predict
from earmark.serving.deepaas.settings import DeepaasSettings
from earmark.tagging import Tagger


@pytest.fixture(scope="module")
def web(noise: Path) -> Iterator[str]:
    with serving(noise.read_bytes()) as (address, _):
        yield address


def asked(settings: DeepaasSettings, **given: Any) -> list[Any]:
    return list(predict(given, settings=settings))


def refused(settings: DeepaasSettings, **given: Any) -> str:
    with pytest.raises(EarmarkError) as caught:
        asked(settings, **given)
    return str(caught.value)


def test_an_upload(noise: Path, tagger: Tagger, settings: DeepaasSettings) -> None:
    upload = uploaded(noise)
    (found,) = asked(settings, data=upload, urls=None, timestamp='"default"')
    tags = tagger.tag(noise, pooling="loop")
    assert found["title"] == "noise.wav"
    assert found["labels"] == [tag.label for tag in tags]
    assert len(found["labels"]) == 5
    assert found["probabilities"] == pytest.approx([tag.score for tag in tags], abs=1e-6)
    assert found["labels_info"] == [tag.id for tag in tags]
    assert not Path(upload.filename).exists()


@pytest.mark.parametrize("seconds", [10, 20])
def test_no_block_counts_twice(seconds: int, settings: DeepaasSettings, tmp_path: Path) -> None:
    """DEEP-OC counted the first block of ten once more where patches are a multiple of ten."""
    waveform = np.concatenate([sounds.tone(3000, 9.6), sounds.tone(300, 10.4)])
    path = sounds.write_wav(tmp_path / "tone.wav", waveform[: seconds * sounds.RATE])
    (found,) = asked(settings, data=uploaded(path))
    tagger = Tagger.load(settings.model, threads=1)
    assert len(tagger.embed(path).frames) == seconds
    mean = tagger.tag(path, pooling="mean")  # which weighs what the recording has, and no more
    assert found["labels"] == [tag.label for tag in mean]
    assert found["probabilities"] == pytest.approx([tag.score for tag in mean], abs=1e-6)


def test_an_address(web: str, noise: Path, settings: DeepaasSettings) -> None:
    (found,) = asked(settings, urls=f"{web}/a.wav")
    (same,) = asked(settings, data=uploaded(noise))
    assert found == {**same, "title": f"{web}/a.wav"}


def test_several_addresses(web: str, settings: DeepaasSettings) -> None:
    found = asked(settings, urls=f'["{web}/none", "{web}/a.wav", "file:///etc/passwd"]')
    assert [each["title"] for each in found] == [
        f"{web}/none",
        f"{web}/a.wav",
        "file:///etc/passwd",
    ]
    assert "404" in found[0]["error"]
    assert len(found[1]["labels"]) == 5
    assert "no http or https" in found[2]["error"]


def test_an_archive_with_bad_files(noise: Path, settings: DeepaasSettings, tmp_path: Path) -> None:
    path = tmp_path / "sounds.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("a/text.wav", "not sound")
        file.write(noise, "b/noise.wav")
        file.writestr("empty.mp3", b"")
    first, second, third = asked(settings, data=uploaded(path))
    assert first == {"title": "sounds.zip/a/text.wav", "error": "is text, not sound"}
    assert second["title"] == "sounds.zip/b/noise.wav"
    assert len(second["labels"]) == 5
    assert third["title"] == "sounds.zip/empty.mp3"
    assert "error" in third


def test_what_makes_no_sense(noise: Path, settings: DeepaasSettings, tmp_path: Path) -> None:
    either = "You must provide either 'url' or 'data' in the payload"
    upload = uploaded(noise)
    assert refused(settings) == refused(settings, data=None, urls="") == either
    assert refused(settings, data=upload, urls="http://a/b.wav") == either
    assert not Path(upload.filename).exists()
    upload = uploaded(noise)
    assert "there is no timestamp 'x'" in refused(settings, data=upload, timestamp="x")
    assert not Path(upload.filename).exists()
    assert "send a file" in refused(settings, data="text")
    (tmp_path / "a.wav").write_text("text")
    upload = uploaded(tmp_path / "a.wav")
    assert refused(settings, data=upload) == "a.wav: is text, not sound"
    assert not Path(upload.filename).exists()


def test_what_takes_too_long(noise: Path, settings: DeepaasSettings) -> None:
    short = settings.model_copy(update={"duration_seconds": 10.0})
    message = refused(short, data=uploaded(noise))
    assert message == "noise.wav: is longer than 10 s: cut it and send the parts"
    hurried = settings.model_copy(update={"request_seconds": 1e-9})
    message = refused(hurried, data=uploaded(noise))
    assert message == "noise.wav: was not reached within 1e-09 s: send less at once"


def test_one_that_was_trained(noise: Path, settings: DeepaasSettings) -> None:
    name = "2026-01-01_000000"
    folder = settings.base / "models" / name
    placeholder.build(folder, labels=[("a", "A"), ("b", "B")])
    lists = folder / "dataset_files"
    lists.mkdir()
    (lists / "classes.txt").write_text("A\nB\n")
    (lists / "info.txt").write_text("the first\nthe second\n")
    infos = {"A": "the first", "B": "the second"}
    for timestamp in ("", name, f'"{name}"'):
        (found,) = asked(settings, data=uploaded(noise), timestamp=timestamp)
        assert sorted(found["labels"]) == ["A", "B"]
        assert found["labels_info"] == [infos[label] for label in found["labels"]]
    (found,) = asked(settings, data=uploaded(noise), timestamp="default")
    assert len(found["labels"]) == 5
