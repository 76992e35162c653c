"""Things that are knocked, dropped, shut, typed on, rubbed or clapped."""

from functools import partial

import numpy as np
from scipy import signal

from recipes.synthesise.signals import (
    RATE,
    Random,
    Samples,
    band,
    count,
    curve,
    decay,
    echoes,
    fade,
    modes,
    moments,
    noise,
    place,
    saw,
    steady,
)
from recipes.synthesise.sound import Maker


def hits(
    rng: Random,
    seconds: float,
    *,
    rate: float,
    jitter: float,
    pitch: tuple[float, float],
    fall: float,
    dull: float,
    group: int = 1,
) -> Samples:
    """Knock, tap, step or chop: a dull body and a burst of noise."""
    out = np.zeros(count(seconds))
    body = rng.uniform(*pitch) * np.sort(rng.uniform(1, 6, 4))
    dull = dull * rng.uniform(0.5, 1.3)
    weight, gap = rng.uniform(0.1, 0.6), rng.uniform(0.13, 0.22)
    for at in moments(rng, seconds, rate=rate * rng.uniform(0.7, 1.3), jitter=jitter):
        for index in range(int(rng.integers(1, group + 1)) if group > 1 else 1):
            burst = noise(rng, count(fall * 2), slope=0.6)
            burst = burst * decay(fall * 2, fall * rng.uniform(0.5, 1.3))
            piece = modes(rng, body * rng.uniform(0.9, 1.1), fall=fall, seconds=fall * 2)
            piece = weight * piece + band(burst, pitch[0] * 0.7, dull * rng.uniform(0.8, 1.2))
            if rng.random() < 0.5:
                scuff = noise(rng, count(0.05)) * np.hanning(count(0.05))
                place(out, band(scuff, 1500, 6000), at + fall * 2, gain=0.1)
            place(out, piece, at + gap * index, gain=rng.uniform(0.4, 1))
    return out


def clicks(
    rng: Random,
    seconds: float,
    *,
    rate: float,
    jitter: float,
    low: float,
    high: float,
    life: float,
    pair: float = 0.0,
) -> Samples:
    """Click: clock ticks, keys, a mouse, scissors; a pair adds the release of a key."""
    out = np.zeros(count(seconds))
    middle = rng.uniform(low, high)
    for index, at in enumerate(moments(rng, seconds, rate=rate, jitter=jitter)):
        size = life * rng.uniform(0.7, 1.3)
        colour = middle * (1.0 if index % 2 else 0.85) * rng.uniform(0.93, 1.07)
        piece = noise(rng, count(size * 2)) * decay(size * 2, size)
        piece = band(piece, colour * rng.uniform(0.2, 0.5), colour * rng.uniform(1.5, 3), order=1)
        thud = noise(rng, count(0.04), slope=2) * decay(0.04, 0.04)
        place(out, band(thud, 80, 600), at, gain=rng.uniform(0, 0.3))
        place(out, piece, at, gain=rng.uniform(0.5, 1))
        if pair:
            place(out, piece, at + pair * rng.uniform(0.7, 1.4), gain=rng.uniform(0.2, 0.5))
    return out


def applause(rng: Random, seconds: float) -> Samples:
    """Clap by many hands at once."""
    n = count(seconds)
    out, rate = np.zeros(n), rng.uniform(200, 1500)
    swell = curve(rng, n, 0.5, 1, knots=1)
    for _ in range(50):
        pitch, size = rng.uniform(600, 2600), rng.uniform(0.015, 0.05)
        clap = noise(rng, count(size)) * decay(size, size)
        clap = band(clap, pitch * 0.5, pitch * rng.uniform(1.6, 3), order=1)
        hits = (rng.random(n) < rate / 50 / RATE) * rng.lognormal(-1, 0.6, n)
        out += signal.fftconvolve(hits, clap)[:n] * swell
    return echoes(rng, out, fall=rng.uniform(0.3, 1.6), wet=rng.uniform(0.2, 0.6))


def clapping(rng: Random, seconds: float) -> Samples:
    """Clap by one pair of hands or a few."""
    out = np.zeros(count(seconds))
    for _ in range(int(rng.integers(1, 4))):
        pitch = rng.uniform(800, 2200)
        for at in moments(rng, seconds, rate=rng.uniform(2, 4.5), jitter=0.08):
            clap = noise(rng, count(0.04)) * decay(0.04, rng.uniform(0.02, 0.04))
            place(out, band(clap, pitch * 0.5, pitch * 2), at, gain=rng.uniform(0.6, 1))
    return out


def bounce(rng: Random, seconds: float) -> Samples:
    """Bounce a ball."""
    out = np.zeros(count(seconds))
    now, gap = rng.uniform(0, 0.4), rng.uniform(0.35, 0.7)
    dribble = rng.random() < 0.6
    start = gap
    pitch = rng.uniform(70, 160)
    while now < seconds:
        body = modes(rng, pitch * np.array([1, 2.1, 5.3, 8.1]), fall=0.2, seconds=0.25)
        slap = band(noise(rng, count(0.03)) * decay(0.03, 0.03), 300, 3000)
        place(body, slap, 0, gain=0.3)
        place(out, body, now, gain=rng.uniform(0.7, 1) * (gap / start))
        gap = gap * rng.uniform(0.95, 1.05) if dribble else gap * 0.82
        gap = gap if gap > 0.04 else start
        now += gap
    return echoes(rng, out, fall=rng.uniform(0.3, 1.5), wet=rng.uniform(0.05, 0.4))


def sweepings(rng: Random, seconds: float, *, low: float, high: float, rate: float) -> Samples:
    """Rub, rustle, tear, crumple, zip: strokes of grainy noise."""
    n = count(seconds)
    grain = (rng.random(n) < rng.uniform(0.02, 0.3)) * rng.standard_normal(n)
    gate = np.maximum(curve(rng, n, -0.8, 1, knots=rate), 0)
    return band(grain, low, high) * gate


def zipper(rng: Random, seconds: float) -> Samples:
    """Zip up or down: teeth that speed up."""
    out, now = np.zeros(count(seconds)), rng.uniform(0, 0.3)
    while now < seconds:
        size = rng.uniform(0.3, 1.1)
        ends = rng.uniform(50, 130), rng.uniform(130, 260)
        path = np.linspace(*(ends if rng.random() < 0.6 else ends[::-1]), count(size))
        teeth = np.maximum(saw(path), 0) ** 2 * noise(rng, len(path))
        place(out, fade(band(teeth, 1500, 7500), attack=0.03, release=0.05), now)
        now += size + rng.uniform(0.2, 1)
    return out


def camera(rng: Random, seconds: float) -> Samples:
    """Release a shutter: two clicks and a motor."""
    out = np.zeros(count(seconds))
    for at in moments(rng, seconds, rate=rng.uniform(0.6, 2.5), jitter=0.5):
        for late, gain in ((0, 1), (rng.uniform(0.05, 0.12), 0.8)):
            click = band(noise(rng, count(0.03)) * decay(0.03, 0.02), 700, 7000)
            place(out, click, at + late, gain=gain)
        if rng.random() < 0.5:
            wind = saw(steady(rng.uniform(150, 400), 0.25)) + noise(rng, count(0.25))
            place(out, fade(band(wind, 500, 5000)), at + 0.13, gain=0.12)
    return out


def creak(rng: Random, seconds: float) -> Samples:
    """Creak or squeak: stick and slip."""
    out, now = np.zeros(count(seconds)), rng.uniform(0, 0.3)
    while now < seconds:
        size = rng.uniform(0.3, 1.5)
        path = curve(rng, count(size), 80, rng.uniform(200, 900), knots=5)
        path = path * (1 + 0.05 * noise(rng, len(path), slope=1))
        tone = np.maximum(saw(path), 0) ** 3
        for _ in range(3):
            tone = tone + band(tone, *(rng.uniform(500, 2500) * np.array([1, 1.15])))
        place(out, fade(tone * np.hanning(len(tone)), attack=0.05, release=0.05), now)
        now += size + rng.uniform(0.1, 0.8)
    return band(out, 250, 6000)


def slam(rng: Random, seconds: float) -> Samples:
    """Shut a door hard, perhaps after a latch."""
    out = np.zeros(count(seconds))
    for at in moments(rng, seconds, rate=0.5, jitter=0.6):
        thud = modes(rng, rng.uniform(60, 140) * np.arange(1, 9), fall=0.35, seconds=0.5)
        burst = band(noise(rng, count(0.5), slope=1.2) * decay(0.5, 0.25), 40, 2500)
        latch = band(noise(rng, count(0.02)), 1500, 6000) * decay(0.02, 0.02)
        place(out, latch, at, gain=0.3)
        place(out, thud / np.abs(thud).max() + burst, at + rng.uniform(0.02, 0.12))
        place(out, latch, at + 0.2, gain=0.2)
    return out


def ratchet(rng: Random, seconds: float) -> Samples:
    """Turn a ratchet or wind a clock."""
    out, now = np.zeros(count(seconds)), rng.uniform(0, 0.2)
    while now < seconds:
        size, rate = rng.uniform(0.3, 1), rng.uniform(15, 45)
        piece = clicks(rng, size, rate=rate, jitter=0.05, low=1500, high=4500, life=0.01)
        place(out, piece, now)
        now += size + rng.uniform(0.1, 0.5)
    return out


MAKERS = (
    Maker(
        "knock",
        "Knock|Door|Wood",
        partial(hits, rate=0.9, jitter=0.4, pitch=(110, 260), fall=0.07, dull=2000, group=5),
        1.4,
    ),
    Maker("tap", "Tap", partial(hits, rate=4, jitter=0.4, pitch=(400, 1200), fall=0.03, dull=5000)),
    Maker(
        "footsteps",
        "Walk, footsteps",
        partial(hits, rate=1.9, jitter=0.06, pitch=(70, 180), fall=0.06, dull=3000),
        1.4,
    ),
    Maker(
        "running",
        "Run|Walk, footsteps",
        partial(hits, rate=3.2, jitter=0.06, pitch=(60, 140), fall=0.06, dull=2500),
    ),
    Maker(
        "clip_clop",
        "Clip-clop|Horse",
        partial(hits, rate=4.0, jitter=0.25, pitch=(500, 900), fall=0.05, dull=3000),
        1.2,
    ),
    Maker(
        "hammer",
        "Hammer|Tools|Whack, thwack",
        partial(hits, rate=2.0, jitter=0.15, pitch=(250, 700), fall=0.1, dull=5000),
        1.2,
    ),
    Maker(
        "chopping",
        "Chopping (food)|Chop",
        partial(hits, rate=4.5, jitter=0.15, pitch=(150, 350), fall=0.04, dull=4000),
        1.2,
    ),
    Maker(
        "thump",
        "Thump, thud|Thunk",
        partial(hits, rate=1.2, jitter=0.5, pitch=(40, 90), fall=0.2, dull=600),
    ),
    Maker(
        "slap",
        "Slap, smack|Whip",
        partial(hits, rate=1.2, jitter=0.5, pitch=(500, 1500), fall=0.03, dull=7000),
    ),
    Maker(
        "tick_tock",
        "Tick-tock|Clock|Tick|Mechanisms",
        partial(clicks, rate=2.0, jitter=0.0, low=1800, high=5000, life=0.012),
        1.4,
    ),
    Maker(
        "clock",
        "Clock|Tick",
        partial(clicks, rate=5.0, jitter=0.01, low=2500, high=5500, life=0.006),
    ),
    Maker(
        "typing",
        "Typing|Computer keyboard",
        partial(clicks, rate=6.0, jitter=0.7, low=1200, high=3500, life=0.015, pair=0.08),
        1.5,
    ),
    Maker(
        "typewriter",
        "Typewriter|Typing",
        partial(clicks, rate=6.0, jitter=0.5, low=900, high=2500, life=0.035, pair=0.05),
        1.2,
    ),
    Maker(
        "clicking",
        "Clicking",
        partial(clicks, rate=2.5, jitter=0.5, low=2000, high=5500, life=0.008, pair=0.1),
    ),
    Maker(
        "scissors",
        "Scissors",
        partial(clicks, rate=3.0, jitter=0.2, low=3500, high=6000, life=0.04, pair=0.12),
    ),
    Maker("ratchet", "Ratchet, pawl|Clicking|Gears", ratchet, 1.1),
    Maker("applause", "Applause|Clapping", applause, 1.5),
    Maker("clapping", "Clapping|Hands", clapping, 1.2),
    Maker("bounce", "Basketball bounce|Bouncing", bounce, 1.2),
    Maker("zipper", "Zipper (clothing)", zipper, 1.2),
    Maker("rub", "Rub|Scrape|Scratch", partial(sweepings, low=500, high=4500, rate=4.0)),
    Maker(
        "crumple",
        "Crumpling, crinkling|Rustle|Tearing",
        partial(sweepings, low=1800, high=7800, rate=8.0),
        1.2,
    ),
    Maker("leaves", "Rustling leaves|Rustle", partial(sweepings, low=2000, high=7800, rate=2.0)),
    Maker("camera", "Camera|Single-lens reflex camera", camera, 1.2),
    Maker("creak", "Creak|Squeak|Door", creak, 1.2),
    Maker("slam", "Slam|Door", slam, 1.2),
)
