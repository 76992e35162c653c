from __future__ import annotations

from pathlib import Path

import numpy as np

from earmark import audio
from recipes import make_example

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "street.flac"


def test_the_example_is_what_its_recipe_makes() -> None:
    samples = make_example.compose()
    # Another version of SciPy may round its filters' last bits in another way.
    np.testing.assert_allclose(audio.load(EXAMPLE), samples / 32768, rtol=0, atol=4 / 32768)
    assert len(samples) == 10 * audio.SAMPLE_RATE


def test_every_part_is_within_the_scene_and_at_its_level() -> None:
    for part in make_example.SCENE:
        assert 0 <= part.start < part.end <= make_example.SECONDS
        assert np.abs(part.samples()).max() <= part.peak + 1e-9


def test_written_samples_are_read_back(tmp_path: Path) -> None:
    samples = np.arange(-8000, 8000, dtype=np.int16)
    make_example.write(tmp_path / "ramp.flac", samples)
    assert np.array_equal(audio.load(tmp_path / "ramp.flac"), samples / np.float32(32768))
