"""What ships is measured as it is used."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from miniature import Made
from sounds import tone, write_wav

import earmark
from earmark.bundle import Bundle
from earmark.training.distilling.corpus import Corpus, Entry
from earmark.training.distilling.measure import hear, hear_teacher
from earmark.training.distilling.teacher import Teacher


@pytest.fixture
def corpus(tmp_path: Path) -> Corpus:
    """One recording of ten seconds, and a short one."""
    paths = [
        write_wav(tmp_path / "long.wav", tone(500, 10)),
        write_wav(tmp_path / "short.wav", tone(800, 0.3)),
    ]
    entries = [Entry(path=path, source="a", licence="CC0") for path in paths]
    return Corpus.decode(entries, cache=tmp_path)


def test_it_hears_what_a_user_hears(made: Made, corpus: Corpus) -> None:
    heard = hear(corpus, Bundle.find(made.folder))
    assert heard.scores.shape == (2, 527)
    assert heard.embeddings.shape == (2, 256)
    tags = earmark.load(made.folder).tag(corpus.entries[0].path, top_k=527)
    names = {label.name: label.index for label in earmark.labels()}
    for tag in tags:
        assert heard.scores[0, names[tag.label]] == pytest.approx(tag.score, abs=2e-3)


def test_the_teacher_hears_it_looped(teacher: Teacher, corpus: Corpus) -> None:
    heard = hear_teacher(corpus, teacher)
    assert heard.scores.shape == (2, 527)
    assert heard.embeddings.shape == (2, 384)
    looped = np.resize(corpus.waveform(1), 160_000)
    lesson = teacher.hear(torch.from_numpy(looped[None]))
    np.testing.assert_allclose(heard.scores[1], lesson.scores[0], atol=1e-6)
    np.testing.assert_allclose(heard.embeddings[1], lesson.steps[0].mean(dim=0), atol=1e-5)
