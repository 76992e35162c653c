"""YAMNet, the peer that compact is measured beside."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from sounds import silence

from earmark.training.distilling.yamnet import Yamnet


@pytest.fixture(scope="module")
def yamnet(shared_data: Path) -> Yamnet:
    pytest.importorskip("ai_edge_litert", reason="YAMNet needs LiteRT: install ai-edge-litert")
    return Yamnet(shared_data / "teachers" / "yamnet_int8.tflite", threads=1)


def test_it_has_a_name_for_each_score(yamnet: Yamnet) -> None:
    assert len(yamnet.names) == len(set(yamnet.names)) == 521
    assert {"Speech", "Silence", "Thunder"} <= set(yamnet.names)
    assert yamnet.window(silence(1)[:15_600]).shape == (521,)


def test_it_hears_silence(yamnet: Yamnet) -> None:
    scores = yamnet.scores(silence(3))
    assert scores.dtype == np.float32
    assert yamnet.names[int(scores.argmax())] == "Silence"


def test_scores_are_the_mean_over_windows(yamnet: Yamnet) -> None:
    sound = np.random.default_rng(0).normal(0, 0.1, 32_000).astype(np.float32)
    windows = [yamnet.window(sound[start : start + 15_600]) for start in (0, 7_800, 15_600)]
    np.testing.assert_allclose(yamnet.scores(sound), np.mean(windows, axis=0), atol=1e-6)
    np.testing.assert_allclose(
        yamnet.scores(sound, hop=15_600), np.mean(windows[::2], axis=0), atol=1e-6
    )
