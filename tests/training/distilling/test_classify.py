"""The classifier: what it learns from, and that it learns."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from earmark.classifiers.attention import MultiLevelAttention
from earmark.classifiers.settings import CompactSettings
from earmark.errors import DataError
from earmark.training.distilling.classify import fit_classifier
from earmark.training.distilling.lessons import EmbeddedClips, through_8_bits
from earmark.training.distilling.recipe import ClassifyConfig
from earmark.training.distilling.teacher import Teacher

SMALL = CompactSettings(hidden=24, dropout=0.0)


@pytest.fixture(scope="module")
def lessons(teacher: Teacher) -> EmbeddedClips:
    """Forty-eight clips whose embeddings tell, in another form, what the teacher's tell."""
    rng = torch.Generator().manual_seed(0)
    kinds = torch.randn(6, 384, generator=rng)
    chosen = torch.randint(6, (48, 10), generator=rng)
    steps = kinds[chosen] + 0.05 * torch.randn(48, 10, 384, generator=rng)
    read = torch.randn(384, 128, generator=rng) / 384**0.5
    return EmbeddedClips(
        embeddings=through_8_bits(steps @ read),
        steps=steps,
        scores=torch.sigmoid(teacher.logits(steps.mean(dim=1))),
    )


def entropy(scores: Tensor, wanted: Tensor) -> float:
    return float(nn.functional.binary_cross_entropy(scores, wanted))


def test_it_learns_clips_patches_and_parts_of_clips(
    lessons: EmbeddedClips, teacher: Teacher
) -> None:
    config = ClassifyConfig(epochs=40, batch=16, lr=0.02, average=0.9, model=SMALL)
    model = fit_classifier(lessons, teacher, config)
    assert not model.training
    mask = (torch.arange(10) < 4).float().expand(48, 10)
    with torch.no_grad():
        whole, of_patches = model(lessons.embeddings, torch.ones(48, 10))
        part, _ = model(lessons.embeddings, mask)
    part_steps = lessons.steps[:, :4].mean(dim=1)
    for found, wanted in [
        (whole, lessons.scores),
        (of_patches, torch.sigmoid(teacher.logits(lessons.steps))),
        (part, torch.sigmoid(teacher.logits(part_steps))),
    ]:
        floor = entropy(wanted, wanted)
        mean = wanted.flatten(0, -2).mean(dim=0).expand_as(wanted)  # all that is known unheard
        assert entropy(found, wanted) - floor < (entropy(mean, wanted) - floor) / 2


def test_clips_are_shortened_to_runs_of_their_patches(
    lessons: EmbeddedClips, teacher: Teacher, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: list[tuple[Tensor, Tensor]] = []
    wanted: list[Tensor] = []
    logits = MultiLevelAttention.logits
    entropy = nn.functional.binary_cross_entropy_with_logits

    def spy(self: MultiLevelAttention, embeddings: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        given.append((embeddings, mask))
        return logits(self, embeddings, mask)

    def spy_on_truth(found: Tensor, truth: Tensor, *, reduction: str) -> Tensor:
        wanted.append(truth)
        return entropy(found, truth, reduction=reduction)

    monkeypatch.setattr(MultiLevelAttention, "logits", spy)
    monkeypatch.setattr(nn.functional, "binary_cross_entropy_with_logits", spy_on_truth)
    before = lessons.embeddings.clone()
    fit_classifier(lessons, teacher, ClassifyConfig(epochs=2, batch=20, part=0.5, model=SMALL))
    assert torch.equal(lessons.embeddings, before)
    assert [len(embeddings) for embeddings, _ in given] == [20, 20, 20, 20]
    lengths = []
    for (embeddings, mask), of_clips in zip(given, wanted[::2], strict=True):
        for clip, present, scores in zip(embeddings, mask, of_clips, strict=True):
            length = int(present.sum())
            assert present.tolist() == [1.0] * length + [0.0] * (10 - length)
            assert not clip[length:].any()
            runs = lessons.embeddings.unfold(1, length, 1).transpose(2, 3)
            which, start = torch.nonzero((runs == clip[:length]).all(dim=(2, 3)))[0].tolist()
            mean = lessons.steps[which, start : start + length].mean(dim=0)
            torch.testing.assert_close(scores, torch.sigmoid(teacher.logits(mean)))
            lengths.append(length)
    assert 0.3 < lengths.count(10) / len(lengths) < 0.7
    assert min(lengths) <= 2


def test_the_same_seed_makes_the_same(lessons: EmbeddedClips, teacher: Teacher) -> None:
    config = ClassifyConfig(epochs=1, batch=16, model=SMALL)
    first, second = (fit_classifier(lessons, teacher, config) for _ in range(2))
    for name, value in first.state_dict().items():
        assert torch.equal(value, second.state_dict()[name]), name


def test_too_few_clips(lessons: EmbeddedClips, teacher: Teacher) -> None:
    with pytest.raises(
        DataError, match=r"48 clips do not fill a batch of 128: make classify\.batch"
    ):
        fit_classifier(lessons, teacher, ClassifyConfig())
