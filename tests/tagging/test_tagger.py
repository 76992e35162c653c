"""The tagger, against the plain pipeline over the whole recording at once."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import numpy as np
import placeholder
import pytest
import sounds
from numpy.typing import NDArray

from earmark import audio
from earmark.bundle import Bundle, Pooling
from earmark.classifiers.session import Classifier
from earmark.embedders import dequantise, quantise
from earmark.errors import AudioError, ModelError, UsageError
from earmark.features import patches
from earmark.tagging import Options, Tagger

CLASSES = 527


def plain_frames(path: Path, *, start: float = 0.0) -> NDArray[np.uint8]:
    return quantise(placeholder.embed(patches(audio.load(path, start=start))))


def plain_scores(frames: NDArray[np.uint8], rule: Pooling) -> NDArray[np.float64]:
    """Pool as the rule is worded, over the whole recording."""
    scores = placeholder.score(dequantise(frames, how="youtube8m"), CLASSES).astype(np.float64)
    if rule == "first":
        return np.asarray(scores[np.arange(10) % len(scores)].mean(axis=0))
    if rule == "loop":
        blocks = -(-len(scores) // 10)
        return np.asarray(scores[np.arange(10 * blocks) % len(scores)].mean(axis=0))
    clips = np.split(scores, range(10, len(scores), 10))
    means = np.stack([clip.mean(axis=0) for clip in clips])
    return np.asarray(means.max(axis=0) if rule == "max" else scores.mean(axis=0))


@pytest.fixture
def no_thread_stays() -> Iterator[None]:
    before = set(threading.enumerate())
    yield
    assert set(threading.enumerate()) <= before


@pytest.mark.parametrize("rule", get_args(Pooling))
def test_scores_are_those_of_the_plain_pipeline(tagger: Tagger, noise: Path, rule: Pooling) -> None:
    tags = tagger.tag(noise, top_k=None, pooling=rule)
    expected = plain_scores(plain_frames(noise), rule)
    found = {tag.id: tag.score for tag in tags}
    np.testing.assert_allclose(
        [found[label.id] for label in tagger.labels], expected, atol=1e-5, rtol=0
    )
    assert [tag.score for tag in tags] == sorted(found.values(), reverse=True)


@pytest.mark.parametrize("rule", get_args(Pooling))
def test_recordings_shorter_than_a_clip(tagger: Tagger, tmp_path: Path, rule: Pooling) -> None:
    rng = np.random.default_rng(2)
    waveform = rng.normal(0, 0.1, 3 * sounds.PATCH + 500).astype(np.float32)
    path = sounds.write_wav(tmp_path / "short.wav", waveform)
    frames = plain_frames(path)
    assert len(frames) == 3
    tags = tagger.tag(path, top_k=None, pooling=rule)
    found = {tag.id: tag.score for tag in tags}
    np.testing.assert_allclose(
        [found[label.id] for label in tagger.labels], plain_scores(frames, rule), atol=1e-5
    )


def test_embed_gives_the_bytes_and_times_of_every_whole_patch(tagger: Tagger, noise: Path) -> None:
    found = tagger.embed(noise)
    np.testing.assert_array_equal(found.frames, plain_frames(noise))
    np.testing.assert_allclose(found.starts, np.arange(24) * 0.96)
    assert len(found) == 24
    assert found.vectors().shape == (24, 128)
    assert found.duration == pytest.approx((24 * sounds.PATCH + 5000) / 16_000)
    assert (found.source, found.model) == (str(noise), "placeholder 1.0")
    assert found.identity == tagger.identity


def test_embed_and_then_the_classifier_is_what_tag_says(
    tagger: Tagger, folder: Path, noise: Path
) -> None:
    frames = tagger.embed(noise).frames
    bundle = Bundle.read(folder)
    classifier = Classifier(bundle.classifier, identity=tagger.identity, classes=CLASSES)
    scores, _ = classifier(frames[None, :10], np.ones((1, 10), np.bool_))
    best = int(scores[0].argmax())
    (tag,) = tagger.tag(noise, pooling="first", top_k=1)
    assert (tag.id, tag.score) == (tagger.labels[best].id, float(scores[0, best]))


def test_events_are_where_the_sounds_were_placed(tagger: Tagger, two_tones: Path) -> None:
    low, high = (tagger.labels[sounds.band_of(hz)].name for hz in (500, 3000))
    events = tagger.events(two_tones, labels=[low, high])
    assert [event.label for event in events] == [low, high]
    times = [(event.start, event.end) for event in events]
    np.testing.assert_allclose(times, [(2.88, 4.80), (5.76, 9.60)])
    assert all(event.score > 0.9 for event in events)


@pytest.mark.parametrize("rule", ["max", "loop"])
def test_events_do_not_depend_on_pooling(tagger: Tagger, two_tones: Path, rule: Pooling) -> None:
    mean = tagger.annotate(two_tones, Options(events=True)).events
    assert tagger.annotate(two_tones, Options(events=True, pooling=rule)).events == mean


def test_events_of_first_end_with_its_ten_patches(tagger: Tagger, two_tones: Path) -> None:
    options = Options(
        events=True, event_threshold=0.0, pooling="first", start=3.0, labels=["Speech"]
    )
    tagging = tagger.annotate(two_tones, options)
    assert tagging.events is not None
    (event,) = tagging.events
    np.testing.assert_allclose((event.start, event.end), (2.88, 11.52))


def test_start_leaves_out_what_is_before(tagger: Tagger, two_tones: Path) -> None:
    low = tagger.labels[sounds.band_of(500)].name
    (event,) = tagger.events(two_tones, labels=[low], start=2.0)
    # Patches begin at 2.0 now, and the one from 2.96 s to 3.92 s is full of it.
    assert event.start == pytest.approx(2.96)
    tagging = tagger.annotate(two_tones, Options(start=2.0))
    assert tagging.duration == pytest.approx(12 * 0.96 + 0.015)


@pytest.mark.parametrize("start", [0.0, 0.95, 0.96, 7.0, 13.9])
def test_first_begins_at_the_patch_that_holds_the_start(
    tagger: Tagger, noise: Path, start: float
) -> None:
    frames = plain_frames(noise)[int(start / 0.96) :]
    expected = plain_scores(frames[:10], "first")
    found = {
        tag.id: tag.score for tag in tagger.tag(noise, top_k=None, pooling="first", start=start)
    }
    np.testing.assert_allclose(
        [found[label.id] for label in tagger.labels], expected, atol=1e-5, rtol=0
    )


def test_first_counts_patches_that_floating_point_would_miss(tagger: Tagger, noise: Path) -> None:
    assert 11 * 0.96 / 0.96 < 11
    options = Options(pooling="first", start=11 * 0.96, events=True, event_threshold=0)
    events = tagger.annotate(noise, options).events
    assert events is not None
    assert events[0].start == pytest.approx(10.56)


@pytest.mark.parametrize("start", [23.5, 60.0])
def test_first_refuses_a_start_outside(tagger: Tagger, noise: Path, start: float) -> None:
    with pytest.raises(AudioError, match=r"noise\.wav: .*start"):
        tagger.tag(noise, pooling="first", start=start)


def test_first_takes_the_length_from_the_header(tagger: Tagger, tmp_path: Path) -> None:
    path = sounds.write_wav(tmp_path / "long.wav", sounds.silence(100))
    assert tagger.annotate(path, Options(pooling="first")).duration == 100


def test_a_tail_of_less_than_a_patch_is_dropped(tagger: Tagger, tmp_path: Path) -> None:
    path = sounds.write_wav(tmp_path / "tail.wav", sounds.tone(500, 10.5))
    assert len(tagger.embed(path)) == 10


@pytest.mark.parametrize("seconds", [0.01, 0.5, 0.974])
def test_less_than_a_patch_is_looped(tagger: Tagger, tmp_path: Path, seconds: float) -> None:
    path = sounds.write_wav(tmp_path / "blip.wav", sounds.tone(500, seconds))
    looped = tagger.annotate(path, Options(events=True, event_threshold=0.0, top_k=1))
    assert looped.duration == pytest.approx(seconds, abs=1e-4)
    assert looped.events is not None
    assert {event.end for event in looped.events} == {min(0.96, looped.duration)}
    (tag,) = tagger.tag(path, labels=[looped.tags[0].id], short="pad")
    assert tag.score < looped.tags[0].score


def test_less_than_a_patch_can_be_refused(tagger: Tagger, tmp_path: Path) -> None:
    path = sounds.write_wav(tmp_path / "blip.wav", sounds.tone(500, 0.5))
    with pytest.raises(AudioError, match=r"has 0\.500 s of sound, less than the 0\.975 s"):
        tagger.tag(path, short="error")


def test_labels_are_chosen_before_the_best_are(tagger: Tagger, noise: Path) -> None:
    everything = tagger.tag(noise, top_k=None)
    last = everything[-1]
    assert tagger.tag(noise, labels=[last.label], top_k=1) == [last]
    assert tagger.tag(noise, labels=[last.id.upper() if last.id.isupper() else last.id]) == [last]


def test_threshold_and_top_k(tagger: Tagger, noise: Path) -> None:
    everything = tagger.tag(noise, top_k=None)
    assert len(everything) == CLASSES
    assert tagger.tag(noise, top_k=3) == everything[:3]
    seventh = everything[6].score
    assert tagger.tag(noise, top_k=None, threshold=seventh) == everything[:7]
    assert tagger.tag(noise, threshold=1.0) == []


def test_unknown_labels_are_refused(tagger: Tagger, noise: Path) -> None:
    with pytest.raises(UsageError, match="did you mean 'Rain'"):
        tagger.tag(noise, labels=["Rian"])


def test_whatever_holds_a_recording(tagger: Tagger, noise: Path) -> None:
    expected = tagger.tag(noise)
    assert tagger.tag(str(noise)) == expected
    assert tagger.tag(noise.read_bytes()) == expected
    with noise.open("rb") as file:
        assert tagger.tag(file) == expected


@pytest.mark.usefixtures("no_thread_stays")
@pytest.mark.parametrize("read_ahead", [True, False])
def test_reading_ahead_changes_nothing(
    tagger: Tagger, folder: Path, noise: Path, read_ahead: bool
) -> None:
    other = Tagger(Bundle.read(folder), threads=2, read_ahead=read_ahead)
    assert other.tag(noise, top_k=None) == tagger.tag(noise, top_k=None)


@pytest.mark.usefixtures("no_thread_stays")
def test_no_thread_stays_after_an_error(tagger: Tagger, noise: Path) -> None:
    class EnoughError(Exception):
        pass

    def listener(seconds: float, expected: float | None) -> None:
        raise EnoughError

    with pytest.raises(EnoughError):
        tagger.annotate(noise, listener=listener)
    with pytest.raises(AudioError):
        tagger.annotate(b"no sound at all")


def test_the_listener_is_told_how_far_it_is(tagger: Tagger, noise: Path) -> None:
    heard: list[tuple[float, float | None]] = []
    tagger.annotate(noise, Options(start=1.0), listener=lambda *told: heard.append(told))
    total = (24 * sounds.PATCH + 5000) / 16_000 - 1
    seconds, expected = heard[-1]
    assert seconds == pytest.approx(total)
    assert expected == pytest.approx(total)


def test_networks_that_do_not_fit_are_refused(folder: Path, tmp_path: Path) -> None:
    labels = [("/m/a", "A"), ("/m/b", "B")]
    other = placeholder.build(tmp_path / "other", labels=labels)
    (other / "classifier.onnx").write_bytes((folder / "classifier.onnx").read_bytes())
    with pytest.raises(ModelError, match=r"scores of shape \[527\] where labels.csv names 2"):
        Tagger.load(other).tag(sounds_as_bytes())
    (other / "embedder.onnx").write_bytes((folder / "classifier.onnx").read_bytes())
    with pytest.raises(ModelError, match="inputs embeddings, mask, and not patches"):
        Tagger.load(other)
    (other / "embedder.onnx").write_bytes(b"nonsense")
    with pytest.raises(ModelError, match=r"embedder\.onnx cannot be opened"):
        Tagger.load(other)
    (other / "embedder.onnx").unlink()
    with pytest.raises(ModelError, match=r"embedder\.onnx is missing"):
        Tagger.load(other)


def test_an_embedder_alone_embeds_and_does_not_tag(
    tagger: Tagger, noise: Path, tmp_path: Path
) -> None:
    labels = [("/m/a", "A")]
    alone = placeholder.embedder_alone(placeholder.build(tmp_path / "alone", labels=labels))
    embedder = Tagger.load(alone)
    assert repr(embedder) == "Tagger('placeholder 1.0', 0 labels)"
    np.testing.assert_array_equal(embedder.embed(noise).frames, tagger.embed(noise).frames)
    with pytest.raises(ModelError, match="alone holds an embedder alone and cannot tag"):
        embedder.tag(noise)


def test_the_fast_embedder_is_another_file(noise: Path, tmp_path: Path) -> None:
    folder = placeholder.build(tmp_path / "both", labels=[("/m/a", "A")])
    with pytest.raises(ModelError, match="has no fast embedder"):
        Tagger.load(folder, fast=True)
    (folder / "embedder.onnx").rename(folder / "embedder.int8.onnx")
    (folder / "embedder.onnx").write_bytes(b"is not opened")
    assert len(Tagger.load(folder, fast=True).embed(noise)) == 24


def test_the_other_dequantiser(tmp_path: Path, tagger: Tagger, noise: Path) -> None:
    labels = [(label.id, label.name) for label in tagger.labels]
    folder = placeholder.build(tmp_path / "kong", labels=labels, dequantiser="kong")
    expected = placeholder.score(dequantise(plain_frames(noise), how="kong"), CLASSES).mean(axis=0)
    found = {tag.id: tag.score for tag in Tagger.load(folder).tag(noise, top_k=None)}
    np.testing.assert_allclose([found[id_] for id_, _ in labels], expected, atol=1e-5)


def test_it_says_what_it_is(tagger: Tagger) -> None:
    assert repr(tagger) == "Tagger('placeholder 1.0', 527 labels)"


def sounds_as_bytes() -> bytes:
    import io
    import wave

    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setnchannels(1)
        writer.setsampwidth(2)
        writer.setframerate(16_000)
        writer.writeframes(bytes(64_000))
    return file.getvalue()
