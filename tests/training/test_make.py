"""A tagger is made from a recipe, in as many goes as it takes."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import numpy as np
import torch
from miniature import STEPS, Made
from sounds import silence, tone, write_wav

import earmark
from earmark.training.embedder_run import entries_of, fit_embedder
from earmark.training.make import trained_embedder
from earmark.training.replay import Clips


def test_a_run_that_was_cut_off_goes_on_from_its_checkpoint(made: Made) -> None:
    assert made.taken == [0, 1, 2, 2]
    folder = made.recipe.workspace / "embedder"
    state = torch.load(folder / "last.ckpt", weights_only=False)
    assert state["global_step"] == STEPS
    assert {path.name for path in folder.glob("part-*")} == {"part-0", "part-1"}


def test_a_run_that_is_done_is_not_done_again(made: Made) -> None:
    taken = list(made.taken)
    assert fit_embedder(made.recipe) == made.recipe.workspace / "embedder" / "last.ckpt"
    assert made.taken == taken


def test_the_clips_it_ends_with_are_kept(made: Made) -> None:
    clips = Clips(**torch.load(made.recipe.workspace / "clips.pt"))
    assert len(clips.log_mel) == len(clips.steps) == len(clips.scores) >= 8
    assert not (made.recipe.workspace / "clips.part").exists()


def test_what_it_trains_on(made: Made) -> None:
    def names(split: str) -> list[str]:
        entries = entries_of(made.recipe, split)  # type: ignore[arg-type]
        return [f"{entry.path.parent.name}/{entry.path.stem}" for entry in entries]

    recordings = ["recordings/0", "recordings/1", "recordings/6", "recordings/7"]
    assert names("train") == [*recordings, "synthetic/0"]
    assert names("validation") == ["recordings/3", "recordings/4", "recordings/5"]
    assert names("esc50-test") == ["recordings/8", "recordings/9"]


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


def test_the_card(made: Made) -> None:
    card = (made.folder / "README.md").read_text()
    assert card.startswith("# miniature 1\n")
    assert "5 recordings" in card
    assert "3 steps of\n  8 patches" in card
    assert f"| {made.report.probe:.3f} |" in card
    assert "nan" not in card


def test_it_is_a_tagger(made: Made, tmp_path: Path) -> None:
    tagger = earmark.load(made.folder)
    sound = write_wav(tmp_path / "tone.wav", np.concatenate([tone(440, 3), silence(1)]))
    tags = tagger.tag(sound, top_k=3)
    assert len(tags) == 3
    assert all(0 < tag.score < 1 for tag in tags)
    assert tagger.embed(sound).frames.shape == (4, 128)
