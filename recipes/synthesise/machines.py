"""Engines, aircraft, tools and household machines."""

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
    modes,
    moments,
    noise,
    peak,
    phase,
    place,
    saw,
    steady,
)
from recipes.synthesise.sound import Make, Maker


def _firing(rng: Random, rate: Samples, *, rough: float, bright: float) -> Samples:
    """Fire a cylinder `rate` times a second through an exhaust."""
    turn = phase(rate) / (2 * np.pi)
    position = turn % 1
    strength = 1 + rough * rng.standard_normal(int(turn[-1]) + 2)
    pulse = np.exp(-position * rng.uniform(4, 9)) * strength[turn.astype(int)]
    burst = pulse * (0.6 + 0.4 * noise(rng, len(rate)))
    audio = band(burst - burst.mean(), 30, bright)
    for _ in range(3):
        audio = audio + 1.5 * peak(burst, float(rng.uniform(60, bright)), width=60)
    return audio


def engine(
    rng: Random,
    seconds: float,
    *,
    rates: tuple[float, float],
    rough: float,
    bright: float,
    revving: bool,
) -> Samples:
    """Run a piston engine that idles or revs; rates are firings a second."""
    n = count(seconds)
    low, high = rates
    base = rng.uniform(low, high)
    if revving:
        rate = curve(rng, n, base, base * rng.uniform(1.6, 3), knots=rng.uniform(0.4, 1.5))
    else:
        rate = base * (1 + 0.02 * curve(rng, n, -1, 1, knots=3))
    audio = _firing(rng, rate, rough=rough, bright=bright * rng.uniform(0.7, 1.3))
    audio = audio / (audio.std() + 1e-9)
    whine = harmonics(rate * rng.uniform(2.5, 6), [1, 0.4, 0.2]) * rng.uniform(0, 0.2)
    air = band(noise(rng, n, slope=1), 200, 5000) * rng.uniform(0.05, 0.3)
    return np.asarray(np.tanh(0.5 * (audio + whine + air)))


def starting(rng: Random, seconds: float) -> Samples:
    """Crank a starter until the engine catches."""
    crank = rng.uniform(0.6, 1.8)
    t = clock(crank)
    churn = 0.5 + 0.5 * np.sin(2 * np.pi * rng.uniform(6, 11) * t)
    starter = band(noise(rng, len(t), slope=0.5), 200, 3000) * churn**2
    whine = saw(rng.uniform(150, 350) * (1 + 0.1 * churn)) * (1 + 0.4 * noise(rng, len(t)))
    starter = starter + rng.uniform(0.1, 0.5) * whine * churn
    out = np.zeros(count(seconds))
    place(out, band(starter, 100, 4000), 0.1, gain=0.5)
    run = engine(rng, seconds, rates=(20, 45), rough=0.3, bright=900, revving=True)
    place(out, fade(run, attack=0.2), crank + 0.1)
    return out


def jet(rng: Random, seconds: float, *, whine: bool) -> Samples:
    """Roar of a jet, perhaps with the whine of its turbine, passing or not."""
    n = count(seconds)
    roar = band(noise(rng, n, slope=rng.uniform(0.5, 1.4)), 60, rng.uniform(1500, 6000))
    if whine:
        path = rng.uniform(1500, 3800) * curve(rng, n, 0.85, 1.1, knots=0.3)
        roar = roar + rng.uniform(0.2, 0.8) * harmonics(path, [1, 0.5, 0.2])
    swell = np.exp(-((np.linspace(-1, 1, n) - rng.uniform(-0.4, 0.4)) ** 2) * rng.uniform(0, 4))
    return np.asarray(roar * swell)


def propeller(rng: Random, seconds: float) -> Samples:
    """Drone of a propeller aircraft."""
    n = count(seconds)
    rate = rng.uniform(55, 110) * curve(rng, n, 0.97, 1.03, knots=0.4)
    rate = rate * (1 + 0.004 * noise(rng, n, slope=1.5))
    audio = _firing(rng, rate, rough=0.2, bright=rng.uniform(500, 2000))
    audio = audio / (audio.std() + 1e-9) + 0.3 * harmonics(rate, [1, 0.8, 0.7, 0.5, 0.4, 0.3])
    audio = audio + rng.uniform(0.3, 1) * band(noise(rng, n, slope=1.3), 60, 3000)
    swell = np.exp(-((np.linspace(-1, 1, n) - rng.uniform(-0.4, 0.4)) ** 2) * rng.uniform(0, 4))
    return band(audio * swell, 60, 2500)


def helicopter(rng: Random, seconds: float) -> Samples:
    """Chop of a helicopter's blades over its turbine."""
    t = clock(seconds)
    rate = rng.uniform(9, 22)
    turn = (rate * t) % 1
    chop = np.exp(-turn * rng.uniform(3, 8))
    thump = band(noise(rng, len(t), slope=1.5) * chop, 30, rng.uniform(300, 1500))
    turbine = band(noise(rng, len(t), slope=1), 200, 5000) * rng.uniform(0.2, 0.8)
    swell = np.exp(
        -((np.linspace(-1, 1, len(t)) - rng.uniform(-0.5, 0.5)) ** 2) * rng.uniform(0, 3)
    )
    return np.asarray((thump + turbine * (0.5 + 0.5 * chop)) * swell)


def motor(
    rng: Random,
    seconds: float,
    *,
    pitch: tuple[float, float],
    tone: float,
    air: float,
    dark: float,
    wobble: float = 0.01,
    spin: bool = False,
) -> Samples:
    """Run an electric motor: a whine with harmonics and moving air."""
    n = count(seconds)
    path = rng.uniform(*pitch) * (1 + wobble * curve(rng, n, -1, 1, knots=4))
    if spin:
        rise = 1 - np.exp(-clock(seconds) / rng.uniform(0.15, 0.6))
        path = path * np.maximum(rise, 0.05)
    gains = [float(rng.uniform(0.1, 1) / k**0.6) for k in range(1, 25)]
    whine = harmonics(path, gains) * tone * rng.uniform(0.5, 1.5)
    wind = band(noise(rng, n, slope=rng.uniform(0.3, 1.2)), 120, dark) * air
    ripple = 1 + rng.uniform(0, 0.3) * np.sin(phase(path / rng.integers(2, 8)))
    return np.asarray((whine + wind) * ripple)


def drill(rng: Random, seconds: float) -> Samples:
    """Drill in bursts that labour under load."""
    out, now = np.zeros(count(seconds)), rng.uniform(0, 0.3)
    pitch = rng.uniform(250, 600)
    while now < seconds:
        size = float(rng.uniform(0.7, 3))
        piece = motor(rng, size, pitch=(pitch, pitch * 1.3), tone=1, air=0.5, dark=6000, wobble=0.1)
        place(out, fade(piece, attack=0.08, release=0.15), now)
        now += size + rng.uniform(0.1, 0.8)
    return np.asarray(np.tanh(out))


def jackhammer(rng: Random, seconds: float) -> Samples:
    """Hammer the street twenty times a second."""
    out = np.zeros(count(seconds))
    ring = rng.uniform(300, 900) * np.array([1, 2.1, 3.3, 4.7])
    on, off = rng.uniform(0.8, 4), rng.uniform(0.1, 1)
    for at in moments(rng, seconds, rate=rng.uniform(14, 30), jitter=0.03):
        if at % (on + off) < on:
            hit = noise(rng, count(0.06)) * decay(0.06, 0.05)
            place(out, hit + modes(rng, ring, fall=0.08, seconds=0.06), at)
    return band(out, 60, 6500) + 0.1 * band(noise(rng, len(out), slope=1), 50, 3000)


def microwave(rng: Random, seconds: float) -> Samples:
    """Hum and end with beeps."""
    n = count(seconds)
    audio = harmonics(steady(rng.choice([100, 120]), seconds), [1, 0.6, 0.4, 0.5, 0.2, 0.2])
    audio = 0.5 * audio + 0.5 * band(noise(rng, n, slope=1), 100, 3000)
    if rng.random() < 0.7:
        start = rng.uniform(0.3, 0.8) * seconds
        audio[count(start) :] *= rng.uniform(0, 0.3)
        tone = fade(np.sin(phase(steady(rng.uniform(1500, 2600), 0.4))))
        for beep in range(int(rng.integers(1, 6))):
            place(audio, tone, start + 0.8 * beep, gain=0.8)
    return audio


def washing(rng: Random, seconds: float) -> Samples:
    """Slosh and tumble, or spin fast."""
    n, t = count(seconds), clock(seconds)
    tumble = 0.5 + 0.5 * np.sin(2 * np.pi * rng.uniform(0.5, 1.2) * t)
    slosh = band(noise(rng, n, slope=1), 150, 3000) * tumble**2
    hum = motor(rng, seconds, pitch=(80, 250), tone=0.4, air=0.4, dark=2500)
    return np.asarray(hum + rng.uniform(0.3, 1) * slosh)


def sewing(rng: Random, seconds: float) -> Samples:
    """Stitch: a motor and a clattering needle."""
    n = count(seconds)
    rate = curve(rng, n, 6, 18, knots=0.7)
    turn = (phase(rate) / (2 * np.pi)) % 1
    click = np.exp(-turn * 14) * band(noise(rng, n), 800, 6000)
    whine = saw(rate * rng.uniform(9, 14)) * 0.2
    return band(click + whine, 100, 7000)


def train(rng: Random, seconds: float) -> Samples:
    """Roll over rail joints: clickety-clack over a rumble."""
    n = count(seconds)
    audio = band(noise(rng, n, slope=1.6), 40, 2500) * curve(rng, n, 0.5, 1, knots=1)
    gap, pair = rng.uniform(0.5, 1.3), rng.uniform(0.12, 0.22)
    for at in moments(rng, seconds, rate=1 / gap, jitter=0.04):
        for delay in (0, pair):
            clack = noise(rng, count(0.12), slope=1) * decay(0.12, 0.09)
            place(audio, band(clack, 120, 2500), at + delay, gain=rng.uniform(1.5, 4))
    if rng.random() < 0.3:
        squeal = harmonics(curve(rng, n, 2200, 3200, knots=1), [1, 0.5, 0.3])
        audio = audio + 0.4 * squeal * np.maximum(curve(rng, n, -1, 1, knots=1), 0)
    return audio


def traffic(rng: Random, seconds: float) -> Samples:
    """Let cars pass by on a wet or dry road."""
    n = count(seconds)
    t = clock(seconds)
    audio = 0.15 * band(noise(rng, n, slope=1.8), 30, 1200)
    for at in moments(rng, seconds, rate=rng.uniform(0.2, 0.8)):
        width = rng.uniform(0.4, 1.5)
        swell = 1 / (1 + ((t - at) / width) ** 2) ** 1.5
        tyre = band(noise(rng, n, slope=rng.uniform(0.6, 1.4)), 150, rng.uniform(1500, 5000))
        speed = rng.uniform(50, 110) * (1 - 0.08 * np.tanh((t - at) / width))
        hum = harmonics(speed, [1, 0.8, 0.6, 0.5, 0.3, 0.2])
        audio = audio + swell * (rng.uniform(0.4, 1) * tyre + rng.uniform(0, 0.7) * hum)
    return audio


def skid(rng: Random, seconds: float) -> Samples:
    """Squeal tyres."""
    out, now = np.zeros(count(seconds)), rng.uniform(0, 0.4)
    while now < seconds:
        size = rng.uniform(0.5, 2)
        n = count(size)
        path = rng.uniform(700, 1500) * curve(rng, n, 0.85, 1.15, knots=6)
        path = path * (1 + 0.01 * noise(rng, n, slope=1))
        tone = harmonics(path, [1, 0.7, 0.5, 0.3, 0.2]) + band(noise(rng, n), 600, 5000) * 0.4
        place(out, fade(tone * curve(rng, n, 0.5, 1, knots=5), attack=0.1, release=0.2), now)
        now += size + rng.uniform(0.2, 1.5)
    return out


def sawing(rng: Random, seconds: float) -> Samples:
    """Saw, file or sand: strokes of rough noise."""
    n, t = count(seconds), clock(seconds)
    stroke = (t * rng.uniform(1.2, 3.5) + rng.random()) % 1
    shape = np.sin(np.pi * stroke) * np.where((t * 2).astype(int) % 2, 1, rng.uniform(0.4, 1))
    teeth = 1 + rng.uniform(0, 0.8) * np.sin(2 * np.pi * rng.uniform(60, 180) * t)
    low = rng.uniform(500, 1800)
    return np.asarray(band(noise(rng, n), low, low * rng.uniform(2, 5)) * shape * teeth)


def hum(rng: Random, seconds: float) -> Samples:
    """Hum of the mains."""
    base = float(rng.choice([50.0, 60.0, 100.0, 120.0]))
    gains = [float(rng.uniform(0, 1) / k**0.5) for k in range(1, 20)]
    audio = harmonics(steady(base, seconds), gains)
    return audio + rng.uniform(0, 0.1) * noise(rng, len(audio), slope=1)


def _engine(
    rates: tuple[float, float], rough: float, bright: float, *, revving: bool = False
) -> Make:
    return partial(engine, rates=rates, rough=rough, bright=bright, revving=revving)


def _motor(
    pitch: tuple[float, float],
    tone: float,
    air: float,
    dark: float,
    wobble: float = 0.01,
    *,
    spin: bool = False,
) -> Make:
    return partial(motor, pitch=pitch, tone=tone, air=air, dark=dark, wobble=wobble, spin=spin)


MAKERS = (
    Maker(
        "idle", "Engine|Idling|Car|Medium engine (mid frequency)", _engine((22, 40), 0.2, 700), 1.5
    ),
    Maker(
        "revving",
        "Accelerating, revving, vroom|Engine|Car",
        _engine((30, 70), 0.15, 1500, revving=True),
        1.5,
    ),
    Maker(
        "race",
        "Race car, auto racing|Accelerating, revving, vroom",
        _engine((120, 260), 0.1, 4000, revving=True),
        1.2,
    ),
    Maker(
        "motorcycle",
        "Motorcycle|Engine|Accelerating, revving, vroom",
        _engine((25, 60), 0.3, 2500, revving=True),
        1.5,
    ),
    Maker(
        "truck", "Truck|Heavy engine (low frequency)|Engine|Bus", _engine((14, 28), 0.35, 500), 1.5
    ),
    Maker(
        "diesel",
        "Engine knocking|Idling|Heavy engine (low frequency)",
        _engine((10, 20), 0.7, 3000),
    ),
    Maker(
        "mower",
        "Lawn mower|Light engine (high frequency)|Engine",
        _engine((45, 60), 0.25, 3500),
        1.3,
    ),
    Maker(
        "chainsaw",
        "Chainsaw|Power tool|Light engine (high frequency)",
        _engine((90, 150), 0.3, 6000, revving=True),
        1.3,
    ),
    Maker(
        "motorboat",
        "Motorboat, speedboat|Boat, Water vehicle|Engine",
        _engine((35, 70), 0.25, 1800),
    ),
    Maker("starting", "Engine starting|Engine|Car", starting, 1.2),
    Maker("jet", "Jet engine|Aircraft engine|Aircraft", partial(jet, whine=True), 1.2),
    Maker("airplane", "Fixed-wing aircraft, airplane|Aircraft", partial(jet, whine=False)),
    Maker(
        "propeller", "Propeller, airscrew|Aircraft|Fixed-wing aircraft, airplane", propeller, 1.2
    ),
    Maker("helicopter", "Helicopter|Aircraft", helicopter, 1.5),
    Maker("fan", "Mechanical fan|Air conditioning|Hum", _motor((40, 120), 0.2, 1, 2500)),
    Maker(
        "hairdryer",
        "Hair dryer|Mechanical fan|Vacuum cleaner",
        _motor((250, 480), 0.25, 1, 6500, spin=True),
        1.2,
    ),
    Maker("vacuum", "Vacuum cleaner", _motor((180, 330), 0.5, 1, 5000, spin=True), 1.2),
    Maker("blender", "Blender|Power tool", _motor((180, 420), 1, 0.8, 6000, 0.08, spin=True), 1.2),
    Maker(
        "shaver",
        "Electric shaver, electric razor|Buzz|Electric toothbrush",
        _motor((90, 130), 1, 0.15, 5000),
    ),
    Maker("toothbrush", "Electric toothbrush|Buzz", _motor((200, 300), 1, 0.2, 6000)),
    Maker(
        "dental",
        "Dental drill, dentist's drill|Drill|Squeal",
        _motor((1800, 3300), 1, 0.4, 7000, 0.05, spin=True),
    ),
    Maker("drill", "Drill|Power tool|Tools", drill, 1.3),
    Maker("jackhammer", "Jackhammer|Power tool", jackhammer, 1.2),
    Maker("microwave", "Microwave oven|Hum|Beep, bleep", microwave, 1.2),
    Maker("washing", "Mechanisms", washing),
    Maker("sewing", "Sewing machine|Mechanisms", sewing, 1.2),
    Maker("train", "Train|Rail transport|Clickety-clack|Railroad car, train wagon", train, 1.5),
    Maker("traffic", "Traffic noise, roadway noise|Car passing by|Car|Vehicle", traffic, 1.5),
    Maker("skid", "Skidding|Tire squeal|Squeal", skid),
    Maker("sawing", "Sawing|Filing (rasp)|Sanding|Tools|Scrape", sawing, 1.2),
    Maker("hum", "Mains hum|Hum", hum, 1.2),
)
