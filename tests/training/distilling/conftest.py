"""What the tests of training share: a teacher, and clips it has heard."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from sounds import tone

from earmark.training.distilling.replay import Clips, clips_of
from earmark.training.distilling.teacher import Teacher


@pytest.fixture(scope="session", autouse=True)
def _one_thread(one_thread: None) -> None:
    """All tests here."""


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
