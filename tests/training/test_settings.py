from __future__ import annotations

import pytest
from pydantic import ValidationError

from earmark.training.settings import TrainSettings


def test_iterations_or_epochs() -> None:
    assert TrainSettings().steps(22_160) == 1000
    assert TrainSettings(iterations=7).steps(10) == 7
    assert TrainSettings(epochs=2).steps(1250) == 5
    assert TrainSettings(epochs=0.1).steps(1250) == 1
    with pytest.raises(ValidationError, match="give iterations or epochs, and not both"):
        TrainSettings(iterations=1, epochs=1)


def test_a_batch_has_never_more_clips_than_there_are() -> None:
    assert TrainSettings().batch_of(499) == 499
    assert TrainSettings().batch_of(501) == 500
    assert TrainSettings().batch_of(1) == 2  # what normalises a batch needs two
