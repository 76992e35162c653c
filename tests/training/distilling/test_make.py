"""A tagger is made from a recipe."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import numpy as np
import torch
from miniature import Made
from sounds import silence, tone, write_wav

import earmark
from earmark.training.distilling.make import trained_embedder


def test_the_embedder_is_the_running_average(made: Made) -> None:
    last = made.recipe.workspace / "embedder" / "last.ckpt"
    state = torch.load(last, weights_only=False)["state_dict"]
    embedder = trained_embedder(made.recipe, last)
    assert not embedder.training
    for name, value in embedder.state_dict().items():
        assert torch.equal(value, state[f"average.module.{name}"]), name
    assert not torch.equal(state["embedder.embed.weight"], state["average.module.embed.weight"])


def test_the_report(made: Made) -> None:
    report = made.report
    assert report.n_held_out == 3
    assert (report.n_esc50, report.n_esc50_heard) == (4, 2)
    assert report.esc50.n_recordings == report.teacher_esc10.n_recordings == 2
    assert report.yamnet_esc50.choice == 0.5  # it says dog to both
    assert report.agreement.cross_entropy > report.agreement.floor > 0
    assert report.teacher_probe == 1.0  # high from low, which any embedding tells
    assert json.loads((made.recipe.workspace / "report.json").read_text()) == asdict(report)


def test_it_is_a_tagger(made: Made, tmp_path: Path) -> None:
    tagger = earmark.load(made.folder)
    sound = write_wav(tmp_path / "tone.wav", np.concatenate([tone(440, 3), silence(1)]))
    tags = tagger.tag(sound, top_k=3)
    assert len(tags) == 3
    assert all(0 < tag.score < 1 for tag in tags)
    assert tagger.embed(sound).frames.shape == (4, 128)
