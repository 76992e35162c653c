"""The table of the benchmark of VGGish, from times as they might be."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import sounds

from benchmarks import vggish
from benchmarks.vggish_engines import ENGINES


def test_ratios_are_to_tensorflow_and_shares_are_of_the_limit() -> None:
    seconds = {"tensorflow": 0.02, "pytorch": 0.04, "earmark": 0.01, "fast": 0.005}
    times = {size: {name: [each] * 3 for name, each in seconds.items()} for size in vggish.AT_ONCE}
    speeds = {name: vggish.Speed([1.0, 3.0, 2.0], 123.4) for name in seconds}
    columns, rows = vggish.speed_table(times, speeds, limit=200.0)
    assert len(columns) == len(rows[0])
    assert rows[0][:4] == ["TensorFlow", "50.0", "25 %", "1.00x"]
    assert rows[3] == ["earmark --fast", *2 * ["200.0", "100 %", "4.00x"], "2.00", "123"]


def test_every_engine_has_a_row() -> None:
    assert set(vggish.NAMES) == set(ENGINES)


def test_a_corpus_is_read_by_its_manifest(tmp_path: Path) -> None:
    rows = ["path,source,labels,fold", "a.wav,esc50,dog,esc10+esc50:5", "b.wav,freepats,piano,"]
    (tmp_path / "manifest.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    sounds.write_wav(tmp_path / "a.wav", sounds.tone(500, 2.0))
    clips = vggish.esc50(tmp_path, limit=10)
    assert clips.labels.tolist() == ["dog"]
    assert clips.folds.tolist() == [5]
    assert clips.patches[0].shape == (2, 96, 64)


def test_the_limit_is_measured() -> None:
    assert vggish.multiplications(1) > 0


def test_a_summary_has_a_mean_and_a_deviation_of_each_number() -> None:
    found = vggish.summary(np.full((3, 128), 128, np.uint8))
    np.testing.assert_array_equal(found, np.zeros(256))
