"""What the tests of training share: a teacher, and clips it has heard."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import miniature
import numpy as np
import pytest
import stand_in
import torch
from sounds import tone

from earmark.training.replay import Clips, clips_of
from earmark.training.teacher import Teacher


@pytest.fixture(scope="session", autouse=True)
def _one_thread() -> Iterator[None]:
    """What is this small is not worth sharing out, least of all on a busy machine."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="session")
def teacher_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The stand-in for the teacher's network."""
    return stand_in.build(tmp_path_factory.mktemp("teacher") / "stand_in.onnx")


@pytest.fixture(scope="session")
def teacher(teacher_path: Path) -> Teacher:
    """The stand-in, opened."""
    return Teacher(teacher_path)


@pytest.fixture(scope="session")
def clips(teacher: Teacher) -> Clips:
    """Six clips of ten seconds: tones with some noise."""
    rng = np.random.default_rng(0)
    return clips_of(
        [
            tone(200 * 1.5**n, 10) + rng.normal(0, 0.01 * n, 160_000).astype(np.float32)
            for n in range(6)
        ],
        teacher,
    )


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory, teacher_path: Path) -> miniature.Made:
    """A tagger, made from beginning to end."""
    return miniature.run(tmp_path_factory.mktemp("miniature"), teacher=teacher_path)
