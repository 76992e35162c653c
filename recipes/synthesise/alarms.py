"""Sirens, alarms, telephones, horns and whistles."""

import numpy as np

from recipes.synthesise.signals import (
    Random,
    Samples,
    band,
    clock,
    count,
    decay,
    fade,
    harmonics,
    modes,
    moments,
    noise,
    phase,
    place,
    saw,
    square,
    steady,
)
from recipes.synthesise.sound import Maker


def _doppler(rng: Random, frequency: Samples) -> Samples:
    if rng.random() < 0.4:
        t = np.linspace(-1, 1, len(frequency)) - rng.uniform(-0.5, 0.5)
        frequency = frequency * (1 - rng.uniform(0.02, 0.07) * np.tanh(4 * t))
    return frequency


def _siren(rng: Random, frequency: Samples) -> Samples:
    gains = [1, rng.uniform(0.2, 0.7), rng.uniform(0.2, 0.8), 0.2, rng.uniform(0, 0.3), 0.1]
    audio = np.tanh(rng.uniform(0.8, 3) * harmonics(_doppler(rng, frequency), gains))
    return band(audio, 300, float(rng.uniform(2500, 6000)))


def wail(rng: Random, seconds: float) -> Samples:
    """Sweep slowly up and down, as police and ambulances do."""
    t = clock(seconds)
    rate = rng.uniform(0.15, 0.5)
    swing = (1 - np.cos(2 * np.pi * (rate * t + rng.random()))) / 2
    low = rng.uniform(450, 700)
    audio = _siren(rng, low * (rng.uniform(1.8, 2.6) ** swing))
    return audio + rng.uniform(0, 0.12) * band(noise(rng, len(t), slope=1.5), 60, 1500)


def yelp(rng: Random, seconds: float) -> Samples:
    """Sweep quickly."""
    t = clock(seconds)
    swing = (t * rng.uniform(2.2, 5) + rng.random()) % 1
    if rng.random() < 0.5:
        swing = 1 - np.abs(2 * swing - 1)
    return _siren(rng, rng.uniform(500, 750) * (rng.uniform(1.7, 2.5) ** swing))


def hilo(rng: Random, seconds: float) -> Samples:
    """Alternate two notes."""
    t = clock(seconds)
    low = rng.uniform(380, 700)
    high = (t * rng.uniform(0.8, 2.2) + rng.random()) % 1 < 0.5
    return _siren(rng, np.where(high, low * rng.uniform(1.2, 1.4), low))


def civil(rng: Random, seconds: float) -> Samples:
    """Wind up like an air-raid siren and stay or fall."""
    t = clock(seconds)
    top = rng.uniform(350, 520)
    rise = 1 - np.exp(-t / rng.uniform(0.6, 2.5))
    if rng.random() < 0.5:
        rise = 0.7 + 0.3 * np.sin(2 * np.pi * t / rng.uniform(4, 9))
    path = top * (0.25 + 0.75 * rise)
    audio = harmonics(path, [1, 0.6, 0.5, 0.35, 0.3, 0.2, 0.15])
    audio = audio + rng.uniform(0.3, 0.9) * harmonics(path * 1.2, [1, 0.5, 0.5, 0.3, 0.2])
    return band(np.tanh(audio), 150, 4000)


def _pattern(rng: Random, seconds: float, tone: Samples, on: float, off: float) -> Samples:
    t = clock(seconds)
    gate = ((t + rng.uniform(0, on + off)) % (on + off) < on).astype(float)
    return tone * np.convolve(gate, np.ones(60) / 60, "same")


def beeps(rng: Random, seconds: float) -> Samples:
    """Regular beeps of one pitch."""
    tone = (square if rng.random() < 0.4 else _pure)(steady(rng.uniform(600, 3200), seconds))
    on = rng.uniform(0.05, 0.5)
    return _pattern(rng, seconds, tone, on, on * rng.uniform(0.6, 3))


def _pure(frequency: Samples) -> Samples:
    return np.asarray(np.sin(phase(frequency)))


def smoke(rng: Random, seconds: float) -> Samples:
    """Three piercing beeps and a pause, or chirps without a pause."""
    tone = harmonics(steady(rng.uniform(2900, 3500), seconds), [1, rng.uniform(0.05, 0.3)])
    audio = _pattern(rng, seconds, tone, rng.uniform(0.35, 0.5), rng.uniform(0.08, 0.5))
    if rng.random() < 0.6:
        audio = _pattern(rng, seconds, audio, 2.6, 1.4)
    return audio


def alarm_clock(rng: Random, seconds: float) -> Samples:
    """Four quick beeps, again and again."""
    tone = square(steady(rng.uniform(900, 2400), seconds))
    short = rng.uniform(0.05, 0.09)
    audio = _pattern(rng, seconds, tone, short, short)
    return _pattern(rng, seconds, audio, 8 * short, rng.uniform(0.35, 0.6))


def car_alarm(rng: Random, seconds: float) -> Samples:
    """Change from one siren pattern to another every second or two."""
    pieces: list[Samples] = []
    makers = (yelp, hilo, wail, beeps)
    while sum(map(len, pieces)) < count(seconds):
        maker = makers[int(rng.integers(len(makers)))]
        piece = maker(rng, float(rng.uniform(0.8, 2)))
        pieces.append(piece / (np.abs(piece).max() + 1e-9))
    return np.concatenate(pieces)[: count(seconds)]


def fire_alarm(rng: Random, seconds: float) -> Samples:
    """Blare a horn of a fire alarm, steady or in threes."""
    tone = saw(steady(rng.uniform(420, 950), seconds)) + saw(steady(rng.uniform(450, 990), seconds))
    tone = band(np.tanh(3 * tone), 500, 5500)
    return _pattern(rng, seconds, tone, rng.uniform(0.4, 0.6), rng.uniform(0.05, 0.6))


def bell_ring(rng: Random, seconds: float) -> Samples:
    """Ring a mechanical bell, as an old telephone or a school does."""
    body = modes(
        rng,
        rng.uniform(900, 1500) * np.array([1, 1.9, 2.6, 3.4, 4.3]),
        fall=rng.uniform(0.5, 1.2),
        seconds=1.0,
    )
    out = np.zeros(count(seconds))
    on, off = (rng.uniform(1, 2), rng.uniform(1, 3)) if rng.random() < 0.7 else (99.0, 1.0)
    for at in moments(rng, seconds, rate=rng.uniform(15, 26), jitter=0.03):
        if at % (on + off) < on:
            place(out, body, at, gain=rng.uniform(0.6, 1))
    return out


def ringtone(rng: Random, seconds: float) -> Samples:
    """Warble or play a short tune, as electronic telephones do."""
    t = clock(seconds)
    if rng.random() < 0.4:
        low, rate = rng.uniform(500, 1500), rng.uniform(10, 25)
        tone = square(np.where((t * rate) % 1 < 0.5, low, low * rng.uniform(1.15, 1.4)))
        return _pattern(rng, seconds, tone, rng.uniform(0.5, 1.8), rng.uniform(0.3, 2))
    notes = 440 * 2 ** (rng.choice([0, 2, 4, 7, 9, 12, 14, 16], 16) / 12) * rng.choice([1, 2])
    step = rng.uniform(0.09, 0.2)
    path = notes[(t / step).astype(int) % int(rng.integers(4, 17))]
    ring = np.exp(-(t % step) / rng.uniform(0.05, 0.4))
    wave = square(path) if rng.random() < 0.5 else harmonics(path, [1, 0, 0.3, 0, 0.1])
    return np.asarray(wave * ring)


def dtmf(rng: Random, seconds: float) -> Samples:
    """Dial random digits."""
    out = np.zeros(count(seconds))
    on, off = rng.uniform(0.07, 0.25), rng.uniform(0.05, 0.3)
    now = rng.uniform(0, 0.4)
    while now < seconds:
        a, b = rng.choice([697, 770, 852, 941]), rng.choice([1209, 1336, 1477])
        place(out, fade(_pure(steady(a, on)) + _pure(steady(b, on))), now)
        now += on + off * rng.uniform(0.7, 1.5)
    return out


def line_tone(rng: Random, seconds: float) -> Samples:
    """Give a dial tone: one or two steady low tones."""
    low, high = ((350, 440), (425, 425), (400, 450), (440, 440))[int(rng.integers(4))]
    audio = _pure(steady(low, seconds)) + _pure(steady(high, seconds))
    return audio + rng.uniform(0, 0.03) * noise(rng, len(audio))


def busy(rng: Random, seconds: float) -> Samples:
    """Give a busy or a fast-busy signal."""
    low, high = ((480, 620), (425, 425), (400, 400))[int(rng.integers(3))]
    tone = _pure(steady(low, seconds)) + _pure(steady(high, seconds))
    on = float(rng.choice([0.5, 0.25, 0.375, 0.2]))
    return _pattern(rng, seconds, tone, on, on)


def ringback(rng: Random, seconds: float) -> Samples:
    """Give the tone one hears while the other telephone rings."""
    tone = _pure(steady(440, seconds)) + _pure(steady(480, seconds))
    return _pattern(rng, seconds, tone, rng.uniform(1, 2), rng.uniform(1, 3))


def buzzer(rng: Random, seconds: float) -> Samples:
    """Buzz harshly, once or many times."""
    tone = np.tanh(4 * saw(steady(rng.uniform(80, 260), seconds)))
    tone = band(tone, rng.uniform(150, 500), rng.uniform(2500, 6000))
    return _pattern(rng, seconds, tone, rng.uniform(0.4, 1.5), rng.uniform(0.2, 1.5))


def _horn(rng: Random, seconds: float, chord: Samples, dark: float) -> Samples:
    audio = np.zeros(count(seconds))
    t = clock(seconds)
    scoop = 1 - 0.03 * np.exp(-t / 0.08)
    for frequency in chord:
        audio = audio + saw(frequency * scoop * (1 + 0.001 * rng.standard_normal()))
    audio = np.tanh(rng.uniform(0.8, 2) * audio)
    breath = noise(rng, len(audio), slope=0.5) * rng.uniform(0.01, 0.08)
    return fade(band(audio + breath, chord.min() * 0.7, dark), attack=0.04, release=0.12)


def _blasts(rng: Random, seconds: float, chord: Samples, dark: float, length: float) -> Samples:
    out, now = np.zeros(count(seconds)), rng.uniform(0, 0.4)
    while now < seconds:
        size = length * rng.uniform(0.4, 1.6)
        place(out, _horn(rng, size, chord, dark), now)
        now += size + rng.uniform(0.1, 1.2)
    return out


def car_horn(rng: Random, seconds: float) -> Samples:
    """Honk: two reeds about a third apart."""
    low = rng.uniform(320, 460)
    chord = np.array([low, low * rng.uniform(1.18, 1.28)])
    return _blasts(rng, seconds, chord, rng.uniform(3000, 5500), rng.uniform(0.2, 1.2))


def truck_horn(rng: Random, seconds: float) -> Samples:
    """Blow an air horn of two or three low trumpets."""
    chord = rng.uniform(150, 260) * np.array([1, 1.26, 1.5])[: int(rng.integers(2, 4))]
    return _blasts(rng, seconds, chord, rng.uniform(2500, 4500), rng.uniform(0.5, 2))


def train_horn(rng: Random, seconds: float) -> Samples:
    """Blow a locomotive's chord of three to five horns."""
    chord = rng.uniform(220, 320) * np.array([1, 1.19, 1.34, 1.59, 2.0])
    chord = chord[: int(rng.integers(3, 6))]
    rail = band(noise(rng, count(seconds), slope=1.5), 50, 900) * rng.uniform(0, 0.3)
    return _blasts(rng, seconds, chord, rng.uniform(2500, 4500), rng.uniform(0.8, 3)) + rail


def foghorn(rng: Random, seconds: float) -> Samples:
    """Blow a long very low note, as ships and lighthouses do."""
    low = rng.uniform(70, 170)
    chord = np.array([low, low * rng.choice([1.0, 1.004, 1.5])])
    dark = rng.uniform(500, 1500)
    return _blasts(rng, seconds, chord, dark, rng.uniform(2, 5))


def steam_whistle(rng: Random, seconds: float) -> Samples:
    """Blow a chord of noisy whistles with steam."""
    out, now = np.zeros(count(seconds)), rng.uniform(0, 0.3)
    chord = rng.uniform(350, 700) * np.array([1, 1.2, 1.5, 1.78])[: int(rng.integers(1, 5))]
    while now < seconds:
        size = rng.uniform(0.5, 3)
        bend = 1 - 0.08 * np.exp(-clock(size) / 0.1)
        tone = sum((harmonics(f * bend, [1, 0.25, 0.12]) for f in chord), np.zeros(count(size)))
        hiss = band(noise(rng, len(tone)), 900, 7000) * rng.uniform(0.1, 0.6)
        place(out, fade(tone / len(chord) + hiss, attack=0.06, release=0.2), now)
        now += size + rng.uniform(0.2, 1)
    return out


def kettle(rng: Random, seconds: float) -> Samples:
    """Boil until the kettle whistles."""
    n = count(seconds)
    rise = np.clip(np.linspace(rng.uniform(-0.8, 0.4), 1.6, n), 0, 1)
    path = rng.uniform(1800, 2900) * (0.75 + 0.25 * rise) * (1 + 0.004 * noise(rng, n, slope=2))
    whistle = harmonics(path, [1, 0.3, 0.1]) * rise
    return whistle + band(noise(rng, n), 800, 6000) * (0.1 + 0.2 * rise)


def referee(rng: Random, seconds: float) -> Samples:
    """Blow a pea whistle."""
    out, now = np.zeros(count(seconds)), rng.uniform(0, 0.3)
    while now < seconds:
        size = rng.uniform(0.15, 1.2)
        t = clock(size)
        trill = np.sin(2 * np.pi * rng.uniform(25, 45) * t)
        path = rng.uniform(2300, 3600) * (1 + 0.03 * trill)
        tone = harmonics(path, [1, 0.2]) * (0.7 + 0.3 * trill) + 0.08 * noise(rng, len(t))
        place(out, fade(tone, attack=0.01, release=0.03), now)
        now += size + rng.uniform(0.1, 1)
    return out


def reversing(rng: Random, seconds: float) -> Samples:
    """Beep as a lorry that backs up, over its engine."""
    tone = harmonics(steady(rng.uniform(950, 1500), seconds), [1, 0.1, 0.3])
    on = rng.uniform(0.35, 0.55)
    engine = band(noise(rng, count(seconds), slope=2), 40, 700) * rng.uniform(0.02, 0.3)
    return _pattern(rng, seconds, tone, on, on) + engine


def doorbell(rng: Random, seconds: float) -> Samples:
    """Go ding-dong on two struck bars."""
    out, now = np.zeros(count(seconds)), rng.uniform(0, 0.4)
    high = rng.uniform(550, 900)
    while now < seconds:
        for ratio in (1, rng.choice([0.794, 0.75])):
            body = modes(rng, high * ratio * np.array([1, 2.76, 5.4]), fall=2.0, seconds=2.0)
            place(out, body, now)
            now += rng.uniform(0.4, 0.8)
        now += rng.uniform(1, 2)
    return out


def sonar(rng: Random, seconds: float) -> Samples:
    """Ping and echo under water."""
    out, now = np.zeros(count(seconds)), rng.uniform(0, 0.3)
    pitch = rng.uniform(600, 1600)
    while now < seconds:
        ping = _pure(steady(pitch, 2.0)) * decay(2.0, rng.uniform(0.6, 2))
        for echo in range(3):
            place(out, ping, now + 0.35 * echo, gain=0.35**echo)
        now += rng.uniform(1.2, 3)
    return out


def sweep(rng: Random, seconds: float) -> Samples:
    """Sweep a tone: a chirp, up or down, once or again and again."""
    t = clock(seconds)
    period = rng.uniform(0.3, seconds)
    turn = (t / period) % 1
    low, high = rng.uniform(80, 500), rng.uniform(1500, 7000)
    path = low * (high / low) ** (turn if rng.random() < 0.6 else 1 - turn)
    return _pure(path)


MAKERS = (
    Maker("wail", "Siren|Police car (siren)|Emergency vehicle", wail, 2.5),
    Maker("yelp", "Siren|Ambulance (siren)|Emergency vehicle", yelp, 2),
    Maker("hilo", "Siren|Fire engine, fire truck (siren)|Ambulance (siren)", hilo, 2),
    Maker("civil", "Civil defense siren|Siren", civil, 1.5),
    Maker("beeps", "Beep, bleep|Alarm", beeps, 1.5),
    Maker("smoke", "Smoke detector, smoke alarm|Alarm|Beep, bleep", smoke, 1.5),
    Maker("alarm_clock", "Alarm clock|Alarm|Beep, bleep", alarm_clock, 1.5),
    Maker("car_alarm", "Car alarm|Alarm|Siren", car_alarm, 1.5),
    Maker("fire_alarm", "Fire alarm|Alarm|Buzzer", fire_alarm, 1),
    Maker("bell_ring", "Telephone bell ringing|Telephone|Bell|Alarm clock", bell_ring, 1.5),
    Maker("ringtone", "Ringtone|Telephone", ringtone, 1.5),
    Maker("dtmf", "Telephone dialing, DTMF|Telephone", dtmf, 1.2),
    Maker("line_tone", "Dial tone|Telephone|Sine wave", line_tone, 1),
    Maker("busy", "Busy signal|Telephone|Dial tone", busy, 1),
    Maker("ringback", "Dial tone|Telephone|Ringtone", ringback, 0.7),
    Maker("buzzer", "Buzzer|Buzz", buzzer, 1.2),
    Maker("car_horn", "Vehicle horn, car horn, honking|Toot|Car", car_horn, 1.5),
    Maker("truck_horn", "Air horn, truck horn|Truck|Vehicle horn, car horn, honking", truck_horn),
    Maker("train_horn", "Train horn|Train|Rail transport", train_horn, 1.5),
    Maker("foghorn", "Foghorn|Ship", foghorn, 1.2),
    Maker("steam_whistle", "Steam whistle|Train whistle|Steam", steam_whistle, 1.3),
    Maker("kettle", "Whistle|Boiling|Steam", kettle),
    Maker("referee", "Whistle", referee),
    Maker("reversing", "Reversing beeps|Truck|Beep, bleep", reversing, 1.2),
    Maker("doorbell", "Doorbell|Ding-dong|Ding", doorbell, 1.2),
    Maker("sonar", "Sonar|Ping", sonar),
    Maker("sweep", "Chirp tone|Sine wave", sweep),
)
