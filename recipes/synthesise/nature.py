"""Weather, water, fire, noise, and animals by formula."""

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
    moments,
    noise,
    peak,
    phase,
    place,
)
from recipes.synthesise.sound import Maker


def grains(
    rng: Random,
    seconds: float,
    *,
    rate: float,
    low: float,
    high: float,
    life: float,
) -> Samples:
    """Scatter short bursts: drops, crackles, sparks."""
    out = np.zeros(count(seconds))
    for at in moments(rng, seconds, rate=rate):
        size = life * rng.uniform(0.4, 1.6)
        pitch = rng.uniform(low, high)
        piece = noise(rng, count(size)) * decay(size, size)
        place(out, band(piece, pitch * 0.6, pitch * 1.5, order=1), at, gain=rng.exponential(0.5))
    return out


def rain(rng: Random, seconds: float, *, surface: bool) -> Samples:
    """Fall as a hiss of many drops, with near ones on a surface."""
    n = count(seconds)
    hiss = band(noise(rng, n, slope=rng.uniform(-0.3, 0.8)), rng.uniform(300, 1200), 7900)
    hiss = hiss * curve(rng, n, 0.7, 1, knots=0.7)
    drops = grains(rng, seconds, rate=rng.uniform(20, 120), low=600, high=5000, life=0.02)
    weight = rng.uniform(1, 4) if surface else rng.uniform(0, 0.8)
    return np.asarray(0.4 * hiss + weight * drops)


def drips(rng: Random, seconds: float) -> Samples:
    """Drip: bubbles whose pitch rises."""
    out = np.zeros(count(seconds))
    for at in moments(rng, seconds, rate=rng.uniform(0.7, 5), jitter=rng.uniform(0.1, 1)):
        t = clock(0.12)
        path = rng.uniform(500, 1800) * (1 + rng.uniform(2, 9) * t)
        place(out, fade(np.sin(phase(path)) * decay(0.12, rng.uniform(0.04, 0.12))), at)
    return out


def stream(rng: Random, seconds: float, *, rate: float, hiss: float) -> Samples:
    """Run as many bubbles at once."""
    out = np.zeros(count(seconds))
    for at in moments(rng, seconds, rate=rate * rng.uniform(0.6, 1.5)):
        size = rng.uniform(0.02, 0.09)
        path = 10 ** rng.uniform(2.5, 3.5) * (1 + rng.uniform(0, 6) * clock(size))
        piece = np.sin(phase(path)) * np.hanning(len(path))
        place(out, piece, at, gain=rng.exponential(0.4))
    return out + hiss * band(noise(rng, len(out), slope=0.8), 300, 6000)


def wind(rng: Random, seconds: float) -> Samples:
    """Howl: noise through a wandering resonance in gusts."""
    n = count(seconds)
    audio = band(noise(rng, n, slope=1.5), 40, rng.uniform(400, 1500))
    audio = audio * curve(rng, n, 0.2, 1, knots=1.2)
    for _ in range(int(rng.integers(0, 3))):
        howl = peak(noise(rng, n), float(rng.uniform(250, 900)), width=float(rng.uniform(20, 80)))
        howl = howl / (howl.std() + 1e-9) * np.maximum(curve(rng, n, -0.5, 1, knots=0.8), 0)
        audio = audio + 0.6 * howl
    return audio


def microphone_wind(rng: Random, seconds: float) -> Samples:
    """Rumble of wind in a microphone."""
    n = count(seconds)
    gust = np.maximum(curve(rng, n, -0.2, 1, knots=3), 0)
    return np.asarray(np.tanh(2 * band(noise(rng, n, slope=2), 15, 250) * gust))


def waves(rng: Random, seconds: float) -> Samples:
    """Break as surf."""
    n = count(seconds)
    audio = 0.15 * band(noise(rng, n, slope=1), 80, 3000)
    now = rng.uniform(-3, 0)
    while now < seconds:
        t = clock(seconds) - now
        rise, fall = rng.uniform(0.5, 1.8), rng.uniform(1, 3)
        swell = np.where(t < 0, 0, (1 - np.exp(-np.maximum(t, 0) / rise)) ** 2)
        swell = swell * np.exp(-np.maximum(t - rise, 0) / fall)
        crash = noise(rng, n, slope=rng.uniform(0.5, 1.2))
        audio = audio + swell * band(crash, 100, rng.uniform(2500, 7000))
        now += rng.uniform(2.5, 6)
    return audio


def thunder(rng: Random, seconds: float) -> Samples:
    """Crack and roll away."""
    n = count(seconds)
    t = clock(seconds)
    roll = band(noise(rng, n, slope=2), 20, rng.uniform(120, 400))
    start = rng.uniform(0, 0.25) * seconds
    shape = np.where(t < start, 0, np.exp(-np.maximum(t - start, 0) / rng.uniform(1, 3)))
    audio = roll * shape * (0.3 + curve(rng, n, 0, 1, knots=5))
    if rng.random() < 0.6:
        crack = grains(rng, 0.6, rate=80, low=300, high=4000, life=0.05) * decay(0.6, 0.8)
        place(audio, crack, start, gain=rng.uniform(0.3, 1.2))
    if rng.random() < 0.5:
        audio = audio + rng.uniform(0.02, 0.15) * rain(rng, seconds, surface=False)
    return audio


def fire(rng: Random, seconds: float) -> Samples:
    """Crackle over a low roar."""
    n = count(seconds)
    snaps = grains(rng, seconds, rate=rng.uniform(8, 45), low=1200, high=6500, life=0.008)
    roar = band(noise(rng, n, slope=1.6), 40, 600) * curve(rng, n, 0.4, 1, knots=3)
    return np.asarray(2 * snaps + rng.uniform(0.02, 0.25) * roar)


def frying(rng: Random, seconds: float) -> Samples:
    """Sizzle."""
    n = count(seconds)
    hiss = band(noise(rng, n), 1500, 7900) * curve(rng, n, 0.6, 1, knots=4)
    spit = grains(rng, seconds, rate=rng.uniform(40, 130), low=2000, high=7000, life=0.006)
    return np.asarray(0.15 * hiss + spit)


def coloured(rng: Random, seconds: float, *, slope: float) -> Samples:
    """Return noise of one colour."""
    return noise(rng, count(seconds), slope=slope)


def static(rng: Random, seconds: float) -> Samples:
    """Crackle of a badly tuned radio."""
    n = count(seconds)
    hiss = band(noise(rng, n), 300, rng.uniform(3000, 7500)) * curve(rng, n, 0.2, 1, knots=5)
    pops = grains(rng, seconds, rate=rng.uniform(5, 60), low=1000, high=6000, life=0.004)
    whistle = np.sin(phase(curve(rng, n, 300, 3000, knots=0.7))) * rng.choice([0, 0, 0.1])
    return np.asarray(hiss + rng.uniform(0, 3) * pops + whistle)


def steam(rng: Random, seconds: float) -> Samples:
    """Hiss of steam or a spray can, in bursts."""
    n = count(seconds)
    gate = np.clip(curve(rng, n, -1, 2, knots=rng.uniform(0.7, 3)), 0, 1)
    return band(noise(rng, n, slope=-0.3), rng.uniform(1200, 3000), 7900) * gate


def crickets(rng: Random, seconds: float) -> Samples:
    """Chirp in trains of pulses, several at once."""
    out = np.zeros(count(seconds))
    t = clock(seconds)
    for _ in range(int(rng.integers(1, 6))):
        pitch, rate = rng.uniform(3200, 6500), rng.uniform(20, 60)
        pulse = np.maximum(np.sin(2 * np.pi * rate * t), 0) ** 2
        period = rng.uniform(0.3, 1.2)
        gate = (t + rng.uniform(0, 1)) % period < period * rng.uniform(0.3, 0.9)
        out += rng.uniform(0.2, 1) * np.sin(2 * np.pi * pitch * t) * pulse * gate
    return out


def frogs(rng: Random, seconds: float) -> Samples:
    """Croak in pulses through a resonance."""
    out = np.zeros(count(seconds))
    for _ in range(int(rng.integers(1, 4))):
        pitch, rate = rng.uniform(300, 1800), rng.uniform(20, 90)
        for at in moments(rng, seconds, rate=rng.uniform(0.6, 2), jitter=0.3):
            size = rng.uniform(0.15, 0.5)
            t = clock(size)
            pulses = np.maximum(np.sin(2 * np.pi * rate * t), 0) ** 4
            tone = harmonics(pitch * (1 + 0.2 * t / size), [1, 0.6, 0.3]) * pulses
            place(out, tone * np.hanning(len(t)) ** 0.5, at, gain=rng.uniform(0.4, 1))
    return out


def insect(rng: Random, seconds: float, *, low: float, high: float) -> Samples:
    """Buzz of wings that flies past."""
    n = count(seconds)
    path = rng.uniform(low, high) * curve(rng, n, 0.93, 1.07, knots=9)
    path = path * (1 + 0.02 * noise(rng, n, slope=1))
    gains = [float(rng.uniform(0.3, 1) / k**0.3) for k in range(1, 30)]
    audio = harmonics(path, gains) * (1 + 0.3 * noise(rng, n, slope=1.5))
    audio = audio + 0.3 * noise(rng, n) * np.maximum(np.sin(phase(path)), 0)
    return band(audio, low, 7000) * curve(rng, n, 0.02, 1, knots=2) ** 2


def birds(rng: Random, seconds: float) -> Samples:
    """Sing in whistled syllables: each bird repeats its own."""
    out = np.zeros(count(seconds))
    for _ in range(int(rng.integers(1, 4))):
        size, base = rng.uniform(0.05, 0.3), rng.uniform(2200, 5200)
        n = count(size)
        bend = np.cumsum(rng.uniform(-0.3, 0.3, 4))
        path = base * np.exp(np.interp(np.linspace(0, 3, n), np.arange(4), bend))
        trill = 1 + rng.choice([0, 0.05]) * np.sin(2 * np.pi * rng.uniform(20, 60) * clock(size))
        syllable = harmonics(path * trill, [1, rng.uniform(0, 0.2)]) * np.hanning(n)
        now = rng.uniform(0, 1)
        while now < seconds:
            for _ in range(int(rng.integers(1, 9))):
                place(out, syllable, now, gain=rng.uniform(0.3, 1))
                now += size * rng.uniform(1.1, 1.5)
            now += rng.uniform(0.3, 2)
    return out


MAKERS = (
    Maker("rain", "Rain|Water", partial(rain, surface=False), 1.5),
    Maker("rain_roof", "Rain on surface|Raindrop|Rain", partial(rain, surface=True), 1.5),
    Maker("drips", "Drip|Raindrop|Liquid", drips, 1.3),
    Maker("stream", "Stream|Water|Gurgling", partial(stream, rate=160, hiss=0.15), 1.5),
    Maker(
        "trickle", "Trickle, dribble|Pour|Water|Liquid", partial(stream, rate=50, hiss=0.03), 1.2
    ),
    Maker(
        "faucet", "Water tap, faucet|Sink (filling or washing)", partial(stream, rate=120, hiss=0.8)
    ),
    Maker("waterfall", "Waterfall|Water", partial(stream, rate=60, hiss=4.0)),
    Maker("wind", "Wind", wind, 1.5),
    Maker("microphone_wind", "Wind noise (microphone)|Wind", microphone_wind),
    Maker("waves", "Waves, surf|Ocean|Water", waves, 1.5),
    Maker("thunder", "Thunder|Thunderstorm", thunder, 1.5),
    Maker("fire", "Fire|Crackle", fire, 1.5),
    Maker("frying", "Frying (food)|Sizzle", frying, 1.2),
    Maker("white", "White noise|Noise", partial(coloured, slope=0.0)),
    Maker("pink", "Pink noise|Noise", partial(coloured, slope=1.0)),
    Maker("brown", "Noise|Rumble", partial(coloured, slope=2.0)),
    Maker("static", "Static|Radio|Noise", static, 1.2),
    Maker("steam", "Steam|Hiss|Spray", steam, 1.2),
    Maker("crickets", "Cricket|Insect", crickets, 1.3),
    Maker("frogs", "Frog|Croak", frogs, 1.3),
    Maker("mosquito", "Mosquito|Insect|Buzz", partial(insect, low=450, high=750), 1.2),
    Maker("bee", "Bee, wasp, etc.|Insect|Buzz", partial(insect, low=170, high=280), 1.2),
    Maker("fly", "Fly, housefly|Insect|Buzz", partial(insect, low=140, high=220), 1.2),
    Maker("birds", "Bird|Bird vocalization, bird call, bird song|Chirp, tweet", birds, 1.8),
)
