"""Bells, bars, gongs, glass and metal: bodies that ring when struck."""

from functools import partial

import numpy as np

from recipes.synthesise.signals import (
    Random,
    Samples,
    band,
    clock,
    count,
    decay,
    fade,
    modes,
    moments,
    noise,
    place,
)
from recipes.synthesise.sound import Maker

BELL = np.array([0.5, 1.0, 1.183, 1.506, 2.0, 2.514, 2.662, 3.011, 4.166, 5.433])
TUBE = np.array([0.82, 1.0, 1.32, 2.0, 2.98, 4.12, 5.43, 6.8])
BAR = np.array([1.0, 2.756, 5.404, 8.933])
GLASS = np.array([1.0, 2.32, 4.25, 6.63, 9.38])


def struck(
    rng: Random,
    seconds: float,
    *,
    ratios: Samples,
    pitch: tuple[float, float],
    fall: float,
    rate: float,
    jitter: float = 0.3,
    same: bool = True,
) -> Samples:
    """Strike bells or bars again and again; `same` keeps to a pitch."""
    out = np.zeros(count(seconds))
    base = rng.uniform(*pitch)
    size = min(fall * 1.3, seconds)
    for at in moments(rng, seconds, rate=rate * rng.uniform(0.7, 1.4), jitter=jitter):
        note = base if same else rng.uniform(*pitch)
        body = modes(rng, note * ratios, fall=fall * rng.uniform(0.7, 1.2), seconds=size)
        tick = noise(rng, count(0.01)) * decay(0.01, 0.01)
        place(body, tick, 0, gain=0.2)
        place(out, body, at, gain=rng.uniform(0.5, 1))
    return out


def gong(rng: Random, seconds: float) -> Samples:
    """Strike a gong: many modes that bloom."""
    ratios = np.sort(rng.uniform(1, 14, 35))
    body = modes(rng, rng.uniform(70, 180) * ratios, fall=seconds, seconds=seconds, damping=0.4)
    t = clock(seconds)
    shimmer = band(noise(rng, len(t)), 1500, 6000) * (1 - np.exp(-t / 0.2)) * decay(seconds, 3)
    out = np.zeros(len(t))
    place(out, body / np.abs(body).max() + 0.06 * shimmer, rng.uniform(0, 0.3))
    return out


def bowl(rng: Random, seconds: float) -> Samples:
    """Ring a singing bowl, whose partials beat."""
    t = clock(seconds)
    base = rng.uniform(150, 500)
    out = np.zeros(len(t))
    for ratio, gain in ((1, 1), (2.71, 0.6), (5.15, 0.3)):
        for shift in (0, rng.uniform(0.5, 4)):
            out += gain * np.sin(2 * np.pi * (base * ratio + shift) * t + rng.uniform(0, 6))
    return fade(out * decay(seconds, rng.uniform(5, 20)), attack=rng.uniform(0.005, 0.5))


def shatter(rng: Random, seconds: float) -> Samples:
    """Break glass: a hit and a rain of pieces."""
    out = np.zeros(count(seconds))
    for at in moments(rng, seconds, rate=0.4):
        place(out, noise(rng, count(0.15)) * decay(0.15, 0.12), at, gain=1.0)
        for late in rng.exponential(0.25, int(rng.integers(25, 90))):
            body = rng.uniform(1800, 5500) * np.array([1, 1.47, 2.1])
            piece = modes(rng, body, fall=rng.uniform(0.05, 0.3), seconds=0.3)
            place(out, piece, at + 0.02 + late, gain=rng.uniform(0.05, 0.5))
    return out


def jingle(rng: Random, seconds: float) -> Samples:
    """Shake keys, coins or sleigh bells."""
    out = np.zeros(count(seconds))
    bodies = [
        modes(rng, rng.uniform(2200, 6500) * np.array([1, 1.31, 1.74]), fall=0.2, seconds=0.25)
        for _ in range(8)
    ]
    for at in moments(rng, seconds, rate=rng.uniform(2, 6), jitter=0.3):
        for late in rng.uniform(0, 0.12, int(rng.integers(2, 9))):
            body = bodies[int(rng.integers(len(bodies)))]
            place(out, body, at + float(late), gain=rng.uniform(0.1, 1))
    return out


def coin(rng: Random, seconds: float) -> Samples:
    """Drop coins that bounce and spin."""
    out = np.zeros(count(seconds))
    for start in moments(rng, seconds, rate=0.6):
        at, gain = start, 1.0
        base, gap = rng.uniform(2500, 5500), rng.uniform(0.15, 0.4)
        while gap > 0.015:
            body = modes(rng, base * np.array([1, 1.53, 2.2]), fall=0.35, seconds=0.4)
            place(out, body, at, gain=gain)
            at, gap, gain = at + gap, gap * rng.uniform(0.6, 0.85), gain * 0.8
    return out


MAKERS = (
    Maker(
        "church_bell",
        "Church bell|Bell",
        partial(struck, ratios=BELL, pitch=(180, 520), fall=5.0, rate=0.6),
        1.5,
    ),
    Maker(
        "change_ringing",
        "Change ringing (campanology)|Church bell|Bell",
        partial(struck, ratios=BELL, pitch=(300, 900), fall=3.0, rate=3.0, jitter=0.1, same=False),
        1.2,
    ),
    Maker(
        "tubular",
        "Tubular bells|Bell|Chime",
        partial(struck, ratios=TUBE, pitch=(300, 700), fall=3.0, rate=1.2, same=False),
    ),
    Maker(
        "wind_chime",
        "Wind chime|Chime",
        partial(struck, ratios=BAR, pitch=(900, 2800), fall=1.8, rate=3.0, jitter=1.0, same=False),
        1.5,
    ),
    Maker(
        "ding", "Ding|Bell|Ping", partial(struck, ratios=BAR, pitch=(900, 3000), fall=1.2, rate=0.8)
    ),
    Maker(
        "bicycle_bell",
        "Bicycle bell|Bell|Bicycle",
        partial(struck, ratios=BELL, pitch=(1800, 3000), fall=0.8, rate=5.0, jitter=0.1),
    ),
    Maker(
        "glass",
        "Glass|Chink, clink",
        partial(struck, ratios=GLASS, pitch=(1200, 3500), fall=0.7, rate=1.5, jitter=0.8),
        1.3,
    ),
    Maker(
        "dishes",
        "Dishes, pots, and pans|Cutlery, silverware|Clatter",
        partial(
            struck, ratios=GLASS, pitch=(700, 3500), fall=0.2, rate=5.0, jitter=1.0, same=False
        ),
        1.3,
    ),
    Maker(
        "clang",
        "Clang|Hammer",
        partial(struck, ratios=TUBE * 1.7, pitch=(400, 1300), fall=0.9, rate=1.5),
    ),
    Maker(
        "tuning_fork",
        "Tuning fork|Sine wave|Ding",
        partial(struck, ratios=np.array([1.0, 6.27]), pitch=(256, 880), fall=6.0, rate=0.3),
    ),
    Maker(
        "cowbell",
        "Cowbell",
        partial(
            struck,
            ratios=np.array([1, 1.5, 2.6, 3.9]),
            pitch=(400, 900),
            fall=0.35,
            rate=2.5,
            jitter=0.6,
        ),
    ),
    Maker("gong", "Gong", gong, 1.2),
    Maker("bowl", "Singing bowl", bowl, 1.2),
    Maker("shatter", "Shatter|Glass|Breaking|Smash, crash", shatter, 1.3),
    Maker("jingle", "Keys jangling|Jingle, tinkle|Jingle bell", jingle, 1.3),
    Maker("coin", "Coin (dropping)|Cash register", coin, 1.3),
)
