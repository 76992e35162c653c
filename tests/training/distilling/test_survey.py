"""What the teacher hears in each recording."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from sounds import tone, write_wav

from earmark import audio
from earmark.features import patches
from earmark.training.distilling.corpus import Corpus, Entry
from earmark.training.distilling.survey import Survey, survey
from earmark.training.distilling.teacher import Teacher


@pytest.fixture
def corpus(tmp_path: Path) -> Corpus:
    paths = [write_wav(tmp_path / f"{hz}.wav", tone(hz, hz / 400)) for hz in (300, 900)]
    entries = [Entry(path=path, source="a", licence="CC0") for path in paths]
    return Corpus.decode(entries, cache=tmp_path)


def test_what_it_says(corpus: Corpus, teacher: Teacher, teacher_path: Path, tmp_path: Path) -> None:
    found = survey(corpus, teacher_path, cache=tmp_path / "new" / "survey.npz")
    looped = np.stack([np.resize(corpus.waveform(n), 10 * audio.SAMPLE_RATE) for n in range(2)])
    lesson = teacher.hear(torch.from_numpy(looped))
    np.testing.assert_allclose(found.scores, lesson.scores, atol=1e-5)
    steps = lesson.steps.reshape(-1, 384).double().numpy()
    np.testing.assert_allclose(found.step_mean, steps.mean(axis=0), atol=1e-5)
    np.testing.assert_allclose(found.step_std, steps.std(axis=0).clip(1e-4), atol=1e-4)
    bands = np.concatenate([patches(clip) for clip in looped]).reshape(-1, 64).astype(float)
    np.testing.assert_allclose(found.band_mean, bands.mean(axis=0), atol=1e-4)
    np.testing.assert_allclose(found.band_std, bands.std(axis=0).clip(1e-4), atol=1e-3)


def test_it_is_done_once(
    corpus: Corpus, teacher_path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = survey(corpus, teacher_path, cache=tmp_path / "survey.npz")

    def fail(*_: object) -> None:
        raise AssertionError("heard again")

    monkeypatch.setattr(Teacher, "hear", fail)
    second = survey(corpus, teacher_path, cache=tmp_path / "survey.npz")
    for name, array in vars(first).items():
        np.testing.assert_array_equal(array, getattr(second, name))


def made_up(scores: np.ndarray) -> Survey:
    return Survey(
        scores=scores.astype(np.float32),
        step_mean=np.linspace(-1, 1, 384, dtype=np.float32),
        step_std=np.linspace(0.5, 2, 384, dtype=np.float32),
        band_mean=np.zeros(64, np.float32),
        band_std=np.ones(64, np.float32),
    )


def test_what_is_rare_is_drawn_more_often() -> None:
    scores = np.full((101, 2), 0.01)
    scores[:100, 0] = 0.9
    scores[100, 1] = 0.9
    weights = made_up(scores).weights()
    assert weights.shape == (101,)
    assert (weights > 0).all()
    assert np.ptp(weights[:100]) == 0
    assert 2 < weights[100] / weights[0] < 10
    assert np.ptp(made_up(scores).weights(power=0)[[0, 100]]) == 0


def test_tempered() -> None:
    heard = made_up(np.zeros((1, 2)))
    rng = torch.Generator().manual_seed(0)
    mean, std = torch.from_numpy(heard.step_mean), torch.from_numpy(heard.step_std)
    standard = torch.randn(2, 5, 384, generator=rng)
    standard /= standard.square().mean(dim=-1, keepdim=True).sqrt()

    def distance(embeddings: torch.Tensor) -> torch.Tensor:
        return ((embeddings - mean) / std).square().mean(dim=-1).sqrt()

    near, far = mean + standard * 1.4 * std, mean + standard * 9 * std
    torch.testing.assert_close(heard.tempered(near), near)
    torch.testing.assert_close(distance(heard.tempered(far)), torch.full((2, 5), 1.5))
    torch.testing.assert_close((heard.tempered(far) - mean) / 1.5, (far - mean) / 9)
    torch.testing.assert_close(heard.tempered(mean), mean)
