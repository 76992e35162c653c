"""The synthetic training audio: right length, in range, audible, repeatable."""

import csv
from pathlib import Path

import numpy as np
import pytest

from recipes.synthesise import midi, music, voices
from recipes.synthesise.__main__ import draw, main
from recipes.synthesise.bands import GROOVES
from recipes.synthesise.catalogue import Plan, catalogue, plan
from recipes.synthesise.formulas import MAKERS
from recipes.synthesise.genres import GENRES
from recipes.synthesise.instruments import instrument_of, styles_of
from recipes.synthesise.midi import Note, Score, midi_bytes
from recipes.synthesise.signals import RATE
from recipes.synthesise.sound import Maker, finish, sixteen_bit

NAMES = ("wail", "dtmf", "idle", "drill", "rain", "birds", "church_bell", "typing", "bark", "sine")
SOME = tuple(maker for maker in MAKERS if maker.name in NAMES)
needs_fluidsynth = pytest.mark.skipif(
    not midi.available() or not any(font.path() for font in music.SOUNDFONTS),
    reason="FluidSynth or its soundfonts are not installed",
)
needs_espeak = pytest.mark.skipif(
    not voices.available("espeak"), reason="espeak-ng is not installed"
)


def assert_usable(audio: np.ndarray, *, seconds: float) -> None:
    assert len(audio) == round(seconds * RATE)
    assert np.isfinite(audio).all()
    assert 0.01 < np.abs(audio).max() <= 1


@pytest.mark.parametrize("maker", SOME, ids=lambda maker: maker.name)
def test_a_formula_gives_audible_audio_of_the_asked_length(maker: Maker) -> None:
    rng = np.random.default_rng(1)
    audio = finish(rng, maker.sound(rng, 2.5).audio, seconds=2.5, roomy=True)
    assert_usable(audio, seconds=2.5)


@pytest.mark.parametrize("maker", SOME[:3], ids=lambda maker: maker.name)
def test_the_seed_decides_the_samples(maker: Maker) -> None:
    first, again, other = (maker.make(np.random.default_rng(s), 2.0) for s in (4, 4, 5))
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)


def test_sixteen_bit_clips_and_keeps_the_sign() -> None:
    values = np.frombuffer(sixteen_bit(np.array([-2.0, -1.0, 0.0, 1.0])), "<i2")
    assert values.tolist() == [-32767, -32767, 0, 32767]


def test_generators_have_names_of_their_own() -> None:
    names = [entry.name for entry in catalogue()]
    assert len(names) == len(set(names))


def test_every_program_has_an_instrument_and_a_style() -> None:
    for program in range(128):
        assert styles_of(instrument_of(program))


def test_every_genre_plays_grooves_that_exist() -> None:
    assert {groove for genre in GENRES for groove in genre.grooves} <= set(GROOVES)


def test_a_midi_file_declares_its_track_length_and_ends() -> None:
    data = midi_bytes(Score((Note(0.0, 0.5, 60, 100),), ((0, 12),)))
    assert data[:4] == b"MThd"
    assert int.from_bytes(data[18:22]) == len(data) - 22
    assert bytes((0x90, 60, 100)) in data
    assert data.endswith(b"\xff\x2f\x00")


def test_a_plan_fills_the_hours_and_repeats_with_its_seed() -> None:
    clips = plan(hours=0.02, seed=3, only="formula/")
    assert sum(clip.seconds for clip in clips) == pytest.approx(72, abs=10)
    assert [c.name for c in clips] == [c.name for c in plan(hours=0.02, seed=3, only="formula/")]


def test_a_plan_of_nothing_says_so() -> None:
    with pytest.raises(LookupError, match="no generator's name contains 'tuba_of_doom'"):
        plan(hours=1, seed=1, only="tuba_of_doom")


def test_the_command_writes_clips_and_a_manifest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.nice", lambda _: 0)
    assert main([str(tmp_path), "--hours", "0.003", "--only", "formula/si"]) == 0
    with (tmp_path / "manifest.csv").open(newline="", encoding="utf-8") as handle:
        rows = list(csv.DictReader(handle))
    assert rows
    for row in rows:
        assert (tmp_path / row["path"]).stat().st_size == 44 + 2 * round(
            float(row["duration_s"]) * RATE
        )
        assert row["licence"]
        assert row["labels"]


@needs_fluidsynth
def test_an_instrument_is_rendered() -> None:
    sound = music.solo(np.random.default_rng(2), 2.0, program=0)
    assert_usable(
        finish(np.random.default_rng(2), sound.audio, seconds=2.0, roomy=False), seconds=2
    )
    assert "Music" in sound.labels
    assert "FluidR3" not in sound.licence


@needs_fluidsynth
def test_a_kit_is_heard_from_every_font() -> None:
    for seed in range(4):
        assert np.abs(music.kit(np.random.default_rng(seed), 2.0).audio).max() > 0.005


@needs_espeak
def test_a_voice_is_rendered_and_repeats() -> None:
    entry = next(e for e in catalogue() if e.name == "speech_female")
    clip = Plan(0, entry.group, entry.name, entry.make, 2.0, entry.roomy)
    (sound, audio), (_, again) = draw(clip, seed=1), draw(clip, seed=1)
    assert_usable(audio, seconds=2.0)
    np.testing.assert_array_equal(audio, again)
    assert sound.labels[0] == "Speech"
