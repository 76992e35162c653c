from __future__ import annotations

from pathlib import Path

import numpy as np

from benchmarks import measuring
from earmark import audio


def test_jobs_run_in_turn_and_the_first_round_does_not_count() -> None:
    calls: list[str] = []
    jobs = {"a": lambda: calls.append("a"), "b": lambda: calls.append("b")}
    times = measuring.in_turn(jobs, rounds=2)
    assert calls == ["a", "b"] * 3
    assert {name: len(each) for name, each in times.items()} == {"a": 2, "b": 2}


def test_a_ratio_is_the_median_of_the_rounds_ratios() -> None:
    assert measuring.ratio({"a": [1.0, 2.0, 4.0], "b": [3.0, 2.0, 8.0]}, "a", "b") == 2.0


def test_tables_are_markdown() -> None:
    table = measuring.markdown(["", "ms"], [["a", "1"], ["bcd", "10"]])
    assert table.splitlines() == ["|     | ms |", "| --- | -: |", "| a   |  1 |", "| bcd | 10 |"]


def test_sounds_are_written_as_their_names_say(tmp_path: Path) -> None:
    samples = measuring.sound(1.5, rate=16_000, channels=1)
    wav = audio.load(measuring.encode(tmp_path / "a.wav", samples, rate=16_000))
    assert np.array_equal(wav, samples[0] / np.float32(32768))
    stereo = measuring.sound(1.5, rate=44_100, channels=2)
    mp3 = measuring.encode(tmp_path / "a.mp3", stereo, rate=44_100)
    # Laid end to end it is one recording, twice as long but for what the encoder adds.
    (tmp_path / "twice.mp3").write_bytes(2 * mp3.read_bytes())
    once, twice = (len(audio.load(path)) for path in (mp3, tmp_path / "twice.mp3"))
    assert abs(twice - 2 * once) <= 1600
