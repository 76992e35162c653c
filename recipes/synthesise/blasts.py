"""Explosions, guns, fireworks and effects."""

from functools import partial

import numpy as np

from recipes.synthesise.signals import (
    Random,
    Samples,
    band,
    clock,
    count,
    decay,
    echoes,
    fade,
    moments,
    noise,
    phase,
    place,
    saw,
    square,
)
from recipes.synthesise.sound import Maker


def blast(rng: Random, seconds: float, *, rate: float, dark: float, fall: float) -> Samples:
    """Explode, shoot or bang."""
    out = np.zeros(count(seconds))
    for at in [rng.uniform(0.05, 0.4), *moments(rng, seconds, rate=rate, jitter=0.5)[1:]]:
        size = fall * 1.5
        boom = np.tanh(5 * noise(rng, count(size), slope=1) * decay(size, fall))
        thud = band(noise(rng, count(size), slope=2), 25, 150) * decay(size, fall * 1.3)
        crack = noise(rng, count(0.03)) * decay(0.03, 0.02)
        piece = band(boom, 30, dark * rng.uniform(0.6, 1.4)) + thud
        place(piece, crack, 0, gain=rng.uniform(0.3, 1.2))
        place(out, piece, at, gain=rng.uniform(0.6, 1))
    tail = echoes(rng, out, fall=rng.uniform(0.8, 3.5), wet=1.0)
    return out + rng.uniform(0.1, 0.6) * band(tail, 40, dark)


def machine_gun(rng: Random, seconds: float) -> Samples:
    """Fire in bursts."""
    out = np.zeros(count(seconds))
    rate, on = rng.uniform(8, 15), rng.uniform(0.4, 2)
    shot = np.tanh(4 * noise(rng, count(0.15), slope=0.7) * decay(0.15, 0.12))
    for at in moments(rng, seconds, rate=rate, jitter=0.02):
        if at % (on + 0.6) < on:
            place(out, shot, at, gain=rng.uniform(0.7, 1))
    return echoes(rng, out, fall=rng.uniform(0.4, 2), wet=rng.uniform(0.1, 0.4))


def fireworks(rng: Random, seconds: float) -> Samples:
    """Whistle up, burst and crackle."""
    out = np.zeros(count(seconds))
    for start in moments(rng, seconds, rate=rng.uniform(0.5, 2)):
        at = start
        if rng.random() < 0.5:
            rise = rng.uniform(0.5, 1.2)
            path = np.linspace(rng.uniform(1200, 2500), rng.uniform(2500, 5000), count(rise))
            tone = np.sin(phase(path)) * np.hanning(len(path))
            place(out, tone + 0.3 * noise(rng, len(path)) * np.hanning(len(path)), at, gain=0.2)
            at += rise
        boom = band(noise(rng, count(1.0), slope=1.5) * decay(1.0, 0.6), 30, 1500)
        place(out, boom, at, gain=rng.uniform(0.6, 1.4))
        for late in moments(rng, 1.2, rate=rng.uniform(5, 60)):
            pop = noise(rng, count(0.02)) * decay(0.02, 0.015)
            place(out, pop, at + 0.15 + late, gain=rng.uniform(0.1, 0.5))
    return echoes(rng, out, fall=1.5, wet=rng.uniform(0.1, 0.4))


def arcade(rng: Random, seconds: float) -> Samples:
    """Play effects of old games: lasers, coins, jumps, explosions."""
    out, now = np.zeros(count(seconds)), 0.0
    while now < seconds:
        size = rng.uniform(0.08, 0.6)
        n, kind = count(size), int(rng.integers(4))
        if kind == 0:
            piece = square(np.geomspace(rng.uniform(1500, 4000), rng.uniform(100, 500), n))
        elif kind == 1:
            piece = square(np.where(np.arange(n) < n // 4, 1, 1.335) * rng.uniform(600, 1300))
        elif kind == 2:
            piece = square(np.geomspace(rng.uniform(150, 400), rng.uniform(600, 1500), n))
        else:
            piece = np.repeat(noise(rng, n // 6 + 1), 6)[:n] * decay(size, size)
        place(out, fade(piece * decay(size, size * 3)), now, gain=0.6)
        now += size + rng.uniform(0, 0.5)
    return out


def boing(rng: Random, seconds: float) -> Samples:
    """Twang a spring."""
    out = np.zeros(count(seconds))
    for at in moments(rng, seconds, rate=0.9, jitter=0.4):
        t = clock(0.9)
        wobble = 1 + 0.35 * np.sin(2 * np.pi * rng.uniform(8, 18) * t) * np.exp(-t * 2)
        path = rng.uniform(90, 300) * wobble * (1 + rng.uniform(-0.3, 0.8) * t)
        place(out, fade(saw(path) * decay(0.9, 0.9)), at)
    return band(out, 80, 4000)


def heartbeat(rng: Random, seconds: float) -> Samples:
    """Beat: lub and dub."""
    out = np.zeros(count(seconds))
    for at in moments(rng, seconds, rate=rng.uniform(0.9, 2.2), jitter=0.03):
        for late, pitch, gain in ((0, 45, 1), (rng.uniform(0.25, 0.33), 60, 0.7)):
            t = clock(0.15)
            thump = np.sin(2 * np.pi * pitch * rng.uniform(0.9, 1.1) * t) * np.hanning(len(t))
            place(
                out,
                thump + 0.2 * band(noise(rng, len(t)), 40, 200) * np.hanning(len(t)),
                at + late,
                gain=gain,
            )
    return out


def vinyl(rng: Random, seconds: float) -> Samples:
    """Crackle of an old record."""
    n = count(seconds)
    pops = (rng.random(n) < rng.uniform(0.0005, 0.003)) * rng.standard_normal(n)
    return band(pops, 500, 7000) + 0.01 * noise(rng, n, slope=1)


def whoosh(rng: Random, seconds: float) -> Samples:
    """Swing something through the air."""
    out = np.zeros(count(seconds))
    for at in moments(rng, seconds, rate=rng.uniform(0.6, 2), jitter=0.5):
        size = rng.uniform(0.2, 0.9)
        n = count(size)
        low = band(noise(rng, n), 200, 900) * np.hanning(n)
        high = band(noise(rng, n), 900, 5000) * np.hanning(n) ** 3
        place(out, low + high, at, gain=rng.uniform(0.5, 1))
    return out


MAKERS = (
    Maker(
        "explosion", "Explosion|Boom|Eruption", partial(blast, rate=0.25, dark=1500, fall=1.8), 1.3
    ),
    Maker(
        "gunshot", "Gunshot, gunfire|Explosion", partial(blast, rate=0.7, dark=5000, fall=0.7), 1.4
    ),
    Maker(
        "artillery",
        "Artillery fire|Explosion|Gunshot, gunfire",
        partial(blast, rate=0.8, dark=900, fall=1.3),
    ),
    Maker("cap_gun", "Cap gun|Bang|Burst, pop", partial(blast, rate=1.3, dark=7500, fall=0.25)),
    Maker("machine_gun", "Machine gun|Gunshot, gunfire|Fusillade", machine_gun, 1.3),
    Maker("fireworks", "Fireworks|Firecracker|Explosion", fireworks, 1.4),
    Maker("whoosh", "Whoosh, swoosh, swish|Arrow", whoosh, 1.2),
    Maker("arcade", "Video game music|Sound effect|Zing", arcade, 1.3),
    Maker("boing", "Boing", boing, 1.0),
    Maker("heartbeat", "Heart sounds, heartbeat|Throbbing", heartbeat, 1.3),
    Maker("vinyl", "Crackle|Static|Noise", vinyl, 0.8),
)
