"""What the embedder is asked for, and at which rate it learns."""

from __future__ import annotations

from itertools import repeat
from pathlib import Path

import numpy as np
import pytest
import torch
from lightning import Trainer

from earmark.training.distilling.distil import DistilConfig, Distiller, rate_at
from earmark.training.distilling.replay import Clips, PatchBatch, steps_of_patches
from earmark.training.distilling.survey import Survey
from earmark.training.distilling.teacher import Teacher

# Lightning copies trees in a way that PyTorch advises against.
pytestmark = pytest.mark.filterwarnings("ignore:.*LeafSpec:FutureWarning")


def test_the_rate_rises_stays_and_falls() -> None:
    config = DistilConfig(steps=1_000, warm_up=100, cool_down=0.3)
    rates = [rate_at(step, config) for step in range(1_001)]
    assert rates[0] == pytest.approx(0.01)
    assert rates[49] == pytest.approx(0.5)
    assert set(rates[99:701]) == {1.0}
    assert rates[850] == pytest.approx(0.5)
    assert rates[1_000] == 0
    assert rates[99:] == sorted(rates[99:], reverse=True)
    assert rate_at(5_000, config) == 0


def test_a_run_shorter_than_its_warm_up() -> None:
    config = DistilConfig(steps=2, warm_up=200, cool_down=0)
    assert [rate_at(step, config) for step in range(3)] == pytest.approx([1 / 200, 2 / 200, 0])


@pytest.fixture
def heard(clips: Clips) -> Survey:
    steps = clips.steps.float().reshape(-1, 384).numpy()
    bands = clips.log_mel.float().reshape(-1, 64).numpy()
    return Survey(
        scores=clips.scores.float().numpy(),
        step_mean=steps.mean(axis=0),
        step_std=steps.std(axis=0) + np.float32(1e-3),
        band_mean=bands.mean(axis=0),
        band_std=bands.std(axis=0),
    )


@pytest.fixture
def batch(clips: Clips) -> PatchBatch:
    """One patch of each clip."""
    starts = torch.arange(6) * 100
    return PatchBatch(
        patches=torch.stack([clips.log_mel[n, 100 * n : 100 * n + 96] for n in range(6)]).float(),
        targets=steps_of_patches(clips.steps.float(), starts),
    )


def make(teacher: Teacher, heard: Survey) -> Distiller:
    torch.manual_seed(0)
    config = DistilConfig(steps=20, warm_up=2, average=0.5)
    return Distiller(config, teacher=teacher, survey=heard)


def loss(distiller: Distiller, batch: PatchBatch) -> float:
    """The error of the running average's imitation, in the teacher's own standard deviations."""
    wanted = distiller._survey.tempered(batch.targets)
    error = (distiller.imitate(batch.patches) - wanted) / distiller.step_std
    return float(error.square().mean())


def test_it_begins_to_hear_what_the_teacher_hears(
    teacher: Teacher, heard: Survey, batch: PatchBatch, tmp_path: Path
) -> None:
    distiller = make(teacher, heard)
    before = loss(distiller, batch)
    trainer = Trainer(
        accelerator="cpu",
        max_steps=20,
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        default_root_dir=tmp_path,
    )
    trainer.fit(distiller.train(), repeat(batch, 20))
    assert loss(distiller, batch) < before * 0.8
    assert trainer.optimizers[0].param_groups[0]["lr"] == 0  # cooled down


def test_the_input_is_standardised_by_the_survey(teacher: Teacher, heard: Survey) -> None:
    distiller = make(teacher, heard)
    np.testing.assert_array_equal(distiller.embedder.band_mean, heard.band_mean)
    np.testing.assert_array_equal(distiller.embedder.band_std, heard.band_std)


def test_what_it_imitates_is_an_embedding_of_the_teachers(
    teacher: Teacher, heard: Survey, batch: PatchBatch
) -> None:
    found = make(teacher, heard).imitate(batch.patches)
    assert found.shape == (6, 384)
    assert not found.requires_grad


def test_the_average_is_no_parameter_of_its_own(teacher: Teacher, heard: Survey) -> None:
    distiller = make(teacher, heard)
    optimiser = distiller.configure_optimizers()["optimizer"]
    moved = {id(p) for group in optimiser.param_groups for p in group["params"]}
    trained = {name for name, p in distiller.named_parameters() if id(p) in moved}
    assert trained == {n for n, _ in distiller.named_parameters() if not n.startswith("average.")}
