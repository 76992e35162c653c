"""Voices from a source and formants, breath, and whistled or electronic tones."""

from functools import partial

import numpy as np

from recipes.synthesise.signals import (
    Random,
    Samples,
    band,
    clock,
    count,
    curve,
    decay,
    fade,
    harmonics,
    noise,
    peak,
    phase,
    place,
    saw,
    square,
    steady,
)
from recipes.synthesise.sound import Maker

VOWELS = (
    (730, 1090, 2440), (270, 2290, 3010), (300, 870, 2240), (530, 1840, 2480),
    (570, 840, 2410), (440, 1020, 2240), (660, 1720, 2410),
)  # fmt: skip


def throat(
    rng: Random, pitch: Samples, *, formants: tuple[float, ...], breath: float, sharp: float = 90
) -> Samples:
    """Voice a pitch path through formants, with a share of breath."""
    # a real larynx is never steady: jitter in pitch, shimmer in loudness
    pitch = pitch * (1 + 0.006 * noise(rng, len(pitch), slope=1.2))
    puffs = saw(pitch) * (1 + 0.1 * noise(rng, len(pitch), slope=1.2))
    source = band(puffs, None, 2500, order=1) * (1 - breath)
    source = source + breath * noise(rng, len(pitch), slope=0.3)
    out = np.zeros(len(pitch))
    for index, formant in enumerate(formants):
        out += peak(source, formant, width=sharp * (1 + 0.4 * index)) * 0.7**index
    return np.asarray(out / (np.abs(out).max() + 1e-9))


def singing(rng: Random, seconds: float, *, low: float, high: float, people: int) -> Samples:
    """Sing a melody on vowels, alone or as a choir."""
    n = count(seconds)
    root = rng.uniform(low, high)
    notes: list[tuple[int, float]] = []
    while sum(size for _, size in notes) < seconds + 1:
        notes.append((int(rng.choice([0, 2, 4, 5, 7, 9, 12])), float(rng.uniform(0.3, 1.4))))
    vowels = [VOWELS[int(rng.integers(len(VOWELS)))] for _ in notes]
    stretch = 1.0 if high < 200 else 1.17
    out = np.zeros(n)
    for _ in range(people):
        now = rng.uniform(0, 0.08)
        voice = np.zeros(n)
        for (step, size), vowel in zip(notes, vowels, strict=True):
            t = clock(size)
            vibrato = 1 + 0.012 * np.sin(2 * np.pi * rng.uniform(4.8, 6.2) * t) * (t > 0.15)
            scoop = 1 - 0.05 * np.exp(-t / 0.05)
            path = root * 2 ** (step / 12) * vibrato * scoop * rng.normal(1, 0.004)
            shaped = tuple(f * stretch * rng.uniform(0.96, 1.04) for f in vowel)
            piece = throat(rng, path, formants=(*shaped, 3400.0), breath=0.06, sharp=80)
            place(voice, fade(piece, attack=0.06, release=0.08), now)
            now += size
        out += voice
    return out


def breathing(rng: Random, seconds: float, *, rate: float, rough: float) -> Samples:
    """Breathe, pant or snore: noise in and out through the nose and throat."""
    t = clock(seconds)
    turn = (t * rate * rng.uniform(0.8, 1.2) + rng.random()) % 1
    inward = np.where(turn < 0.42, np.sin(np.pi * turn / 0.42), 0)
    outward = np.where((turn > 0.5) & (turn < 0.95), np.sin(np.pi * (turn - 0.5) / 0.45), 0)
    hiss = noise(rng, len(t), slope=0.6)
    first = peak(hiss, 1700, width=900) + 0.5 * peak(hiss, 4200, width=1500)
    second = peak(hiss, 900, width=700) + 0.3 * peak(hiss, 2500, width=900)
    audio = inward * first + 0.8 * outward * second
    if rough:
        flutter = np.maximum(np.sin(phase(curve(rng, len(t), 25, 60, knots=4))), 0) ** 3
        snore = band(noise(rng, len(t), slope=1.5), 60, 1200) * flutter * inward
        audio = 0.2 * audio + rough * 4 * snore
    return np.asarray(audio)


def cough(rng: Random, seconds: float) -> Samples:
    """Cough in fits: a burst, a breathy vowel, a tail."""
    out, now = np.zeros(count(seconds)), rng.uniform(0, 0.4)
    while now < seconds:
        for _ in range(int(rng.integers(1, 5))):
            size = rng.uniform(0.18, 0.4)
            n = count(size)
            path = np.linspace(rng.uniform(180, 320), rng.uniform(90, 150), n)
            voiced = throat(rng, path, formants=(700, 1300, 2500), breath=0.75, sharp=250)
            burst = noise(rng, n, slope=0.8) * decay(size, 0.08)
            place(out, fade(voiced * decay(size, size) + 0.25 * burst, attack=0.004), now)
            now += size + rng.uniform(0.05, 0.2)
        now += rng.uniform(0.5, 1.5)
    return out


def laughter(rng: Random, seconds: float, *, low: float, high: float) -> Samples:
    """Laugh: ha-ha-ha that falls in pitch."""
    out, now = np.zeros(count(seconds)), rng.uniform(0, 0.3)
    base = rng.uniform(low, high)
    vowel = VOWELS[int(rng.choice([0, 3, 6]))]
    while now < seconds:
        pitch, step = base * rng.uniform(1, 1.6), rng.uniform(0.15, 0.24)
        for index in range(int(rng.integers(3, 10))):
            n = count(step * 0.6)
            path = pitch * 0.96**index * np.linspace(1.1, 0.9, n)
            breath = noise(rng, count(step * 0.4), slope=0.5) * 0.06
            place(out, band(breath, 500, 4000), now)
            voice = throat(rng, path, formants=vowel, breath=0.25) * np.hanning(n) ** 0.6
            place(out, voice, now + step * 0.35, gain=0.95**index)
            now += step
        now += rng.uniform(0.2, 0.9)
    return out


def whistling(rng: Random, seconds: float) -> Samples:
    """Whistle a tune."""
    out, now = np.zeros(count(seconds)), rng.uniform(0, 0.3)
    root, last = rng.uniform(800, 1400), 0.0
    while now < seconds:
        size = rng.uniform(0.15, 0.8)
        step = float(rng.choice([0, 2, 4, 5, 7, 9, 11, 12]))
        n, t = count(size), clock(size)
        bend = step + (last - step) * np.exp(-t / 0.03)
        path = root * 2 ** (bend / 12) * (1 + 0.008 * np.sin(2 * np.pi * 5.5 * t))
        tone = harmonics(path, [1, 0.04]) + 0.05 * band(noise(rng, n), 1000, 4000)
        place(out, fade(tone, attack=0.03, release=0.04), now)
        now, last = now + size * rng.uniform(0.95, 1.2), step
    return out


def theremin(rng: Random, seconds: float) -> Samples:
    """Glide an eerie tone with vibrato."""
    n, t = count(seconds), clock(seconds)
    steps = curve(rng, n, 0, 19, knots=1.5)
    path = rng.uniform(200, 500) * 2 ** (steps / 12) * (1 + 0.015 * np.sin(2 * np.pi * 6 * t))
    return harmonics(path, [1, 0.35, 0.15, 0.05]) * curve(rng, n, 0.5, 1, knots=1)


def synthesiser(rng: Random, seconds: float, *, bass: bool) -> Samples:
    """Play a sequence through a sweeping filter."""
    n, t = count(seconds), clock(seconds)
    step = 60 / rng.uniform(100, 150) / rng.choice([2, 4])
    notes = rng.choice([0, 0, 3, 5, 7, 10, 12], 16)
    root = rng.uniform(40, 70) if bass else rng.uniform(150, 400)
    path = root * 2 ** (notes[(t / step).astype(int) % 16] / 12)
    wave = saw(path) + (saw(path * 1.007) if rng.random() < 0.6 else square(path / 2))
    low = band(wave, None, root * 3)
    bright = band(wave, None, min(root * 14, 7000))
    mix = curve(rng, n, 0, 1, knots=0.6)
    if rng.random() < 0.4:
        mix = (1 + np.sin(2 * np.pi * t / (step * rng.choice([2, 3, 4])))) / 2
    ring = np.exp(-(t % step) / (step * rng.uniform(0.3, 3)))
    return np.asarray((low * (1 - mix) + bright * mix) * ring)


def tone(rng: Random, seconds: float, *, shape: str) -> Samples:
    """Hold a plain sine, square or sawtooth, perhaps with harmonics that pulse."""
    path = steady(float(10 ** rng.uniform(1.9, 3.6)), seconds)
    if shape == "sine":
        return np.asarray(np.sin(phase(path)))
    if shape == "throb":
        rate = rng.uniform(2, 12)
        audio = saw(path / 4) * (1 + np.sin(2 * np.pi * rate * clock(seconds)))
        return band(audio, 40, 1500)
    return square(path) if rng.random() < 0.5 else saw(path)


MAKERS = (
    Maker(
        "male_singing",
        "Singing|Male singing|Vocal music",
        partial(singing, low=90, high=150, people=1),
        1.5,
    ),
    Maker(
        "female_singing",
        "Singing|Female singing|Vocal music",
        partial(singing, low=220, high=340, people=1),
        1.5,
    ),
    Maker("choir", "Choir|Singing|A capella", partial(singing, low=110, high=260, people=6), 1.2),
    Maker("breathing", "Breathing", partial(breathing, rate=0.3, rough=0.0)),
    Maker("panting", "Pant|Breathing", partial(breathing, rate=2.0, rough=0.0)),
    Maker("snoring", "Snoring|Snort", partial(breathing, rate=0.27, rough=1.0), 1.4),
    Maker("cough", "Cough|Throat clearing", cough, 1.2),
    Maker("laughter", "Laughter", partial(laughter, low=130, high=300), 1.3),
    Maker("giggle", "Giggle|Laughter|Baby laughter", partial(laughter, low=320, high=550)),
    Maker("whistling", "Whistling", whistling, 1.4),
    Maker("theremin", "Theremin", theremin, 1.2),
    Maker(
        "synth_lead", "Synthesizer|Electronic music|Music", partial(synthesiser, bass=False), 1.3
    ),
    Maker(
        "synth_bass",
        "Synthesizer|Bass guitar|Electronic music",
        partial(synthesiser, bass=True),
        1.3,
    ),
    Maker("sine", "Sine wave", partial(tone, shape="sine")),
    Maker("harmonic", "Harmonic|Buzz|Synthesizer", partial(tone, shape="wave"), 0.8),
    Maker("throb", "Throbbing|Vibration|Hum", partial(tone, shape="throb"), 1.0),
)
