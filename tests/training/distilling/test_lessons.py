"""What the classifier learns from."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from miniature import STEPS, Made

from earmark.embedders import dequantise, quantise
from earmark.embedders.compact import Compact
from earmark.training.distilling import lessons
from earmark.training.distilling.embedder_run import decoded, surveyed
from earmark.training.distilling.lessons import embed_clips, make_lessons, through_8_bits
from earmark.training.distilling.make import trained_embedder
from earmark.training.distilling.replay import Clips, steps_of_patches
from earmark.training.distilling.survey import Survey

SURVEY = Survey(
    scores=np.zeros((1, 527), np.float32),
    step_mean=np.zeros(384, np.float32),
    step_std=np.full(384, 0.2, np.float32),
    band_mean=np.zeros(64, np.float32),
    band_std=np.ones(64, np.float32),
)
SOME, REST = slice(0, 4), slice(4, 6)


def test_through_8_bits() -> None:
    values = torch.randn(50, 128, generator=torch.Generator().manual_seed(0)) * 1.5
    values[0, :6] = torch.tensor([-9.0, -2.0, -1e-7, 0.0, 2.0, 9.0])
    wanted = dequantise(quantise(values.numpy()), how="youtube8m")
    found = through_8_bits(values)
    assert torch.equal(found, torch.from_numpy(wanted))
    assert len(set(found.flatten().tolist())) <= 256
    assert (found - values.clamp(-2, 2)).abs().max() < 4 / 255


def test_embedded_clips(clips: Clips) -> None:
    torch.manual_seed(0)
    network = Compact()
    blocks = [Clips(*(part[some] for part in vars(clips).values())) for some in (SOME, REST)]
    found = embed_clips(blocks, network, SURVEY)
    assert found.embeddings.shape == (6, 10, 128)
    assert found.steps.shape == (6, 10, 384)
    torch.testing.assert_close(found.scores, clips.scores.float())
    for clip, patch in [(0, 0), (3, 7), (5, 9)]:
        log_mel = clips.log_mel[clip, 96 * patch : 96 * (patch + 1)].float()
        with torch.no_grad():
            wanted = network(log_mel[None])[0]
        # One step of the 256 is let pass: batches of other sizes are added up in another order.
        assert (found.embeddings[clip, patch] - wanted).abs().max() < 1.5 * 4 / 255
        steps = steps_of_patches(clips.steps[clip][None].float(), torch.tensor([96 * patch]))
        torch.testing.assert_close(found.steps[clip, patch], SURVEY.tempered(steps)[0])


def test_they_are_fresh_clips_made_once(made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    recipe = made.recipe
    path = recipe.workspace / f"lessons-{STEPS}-12.pt"
    kept = path.read_bytes()
    heard = surveyed(recipe, decoded(recipe, "train"))
    embedder = trained_embedder(recipe, recipe.workspace / "embedder" / "last.ckpt")
    path.unlink()
    found = make_lessons(recipe, embedder, heard)
    assert path.read_bytes() == kept
    assert found.embeddings.shape == (16, 10, 128)  # two blocks of eight, the first that hold 12
    assert not path.with_suffix(".part").exists()

    def fail(*_: object) -> None:
        raise AssertionError("made again")

    monkeypatch.setattr(lessons, "embed_clips", fail)
    again = make_lessons(recipe, embedder, heard)
    for name, value in vars(found).items():
        assert torch.equal(value, getattr(again, name)), name
