"""Building blocks of every synthesised sound: noise, filters, oscillators, modes and rooms."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import signal

RATE = 16_000
Samples = NDArray[np.float64]
Random = np.random.Generator


def count(seconds: float) -> int:
    """Return the number of samples in so many seconds."""
    return max(1, round(seconds * RATE))


def clock(seconds: float) -> Samples:
    """Return the time of each sample, in seconds."""
    return np.arange(count(seconds)) / RATE


def noise(rng: Random, samples: int, *, slope: float = 0.0) -> Samples:
    """Return noise of standard deviation 1 whose power falls as 1 / f ** slope."""
    spectrum = np.fft.rfft(rng.standard_normal(samples))
    frequency = np.maximum(np.fft.rfftfreq(samples, 1 / RATE), 20.0)
    spectrum *= frequency ** (-slope / 2)
    shaped = np.fft.irfft(spectrum, samples)
    return np.asarray(shaped / (shaped.std() + 1e-9))


def band(audio: Samples, low: float | None, high: float | None, *, order: int = 2) -> Samples:
    """Keep what lies between two frequencies in Hz; None leaves that side open."""
    low = None if low is None or low < 10 else low
    high = None if high is None or high > 7900 else high
    if low is not None and high is not None:
        high = max(high, low * 1.05)
        sections = signal.butter(order, [low, high], "bandpass", fs=RATE, output="sos")
    elif low is not None:
        sections = signal.butter(order, min(low, 7800), "highpass", fs=RATE, output="sos")
    elif high is not None:
        sections = signal.butter(order, high, "lowpass", fs=RATE, output="sos")
    else:
        return audio
    return np.asarray(signal.sosfilt(sections, audio))


def peak(audio: Samples, frequency: float, *, width: float) -> Samples:
    """Ring at one frequency, with a bandwidth in Hz: a formant or a resonance of gain 1."""
    frequency = min(frequency, 7600.0)
    numerator, denominator = signal.iirpeak(frequency, max(1.0, frequency / width), fs=RATE)
    return np.asarray(signal.lfilter(numerator, denominator, audio))


def curve(rng: Random, samples: int, low: float, high: float, *, knots: float) -> Samples:
    """Return a smooth random path between two values, with about so many knots a second."""
    points = max(3, int(samples / RATE * knots) + 2)
    heights = rng.uniform(low, high, points)
    place = np.linspace(0, points - 1, samples)
    index = np.minimum(place.astype(int), points - 2)
    weight = (1 - np.cos(np.pi * (place - index))) / 2
    return np.asarray(heights[index] * (1 - weight) + heights[index + 1] * weight)


def phase(frequency: Samples) -> Samples:
    """Return the running phase, in radians, of an oscillator of the given frequencies in Hz."""
    return np.asarray(2 * np.pi * np.cumsum(frequency) / RATE)


def harmonics(frequency: Samples, gains: Sequence[float]) -> Samples:
    """Add the harmonics of a frequency that stay below the Nyquist frequency."""
    turn = phase(frequency)
    top = float(frequency.max())
    out = np.zeros(len(frequency))
    for number, gain in enumerate(gains, start=1):
        if number * top > 7800:
            break
        if gain:
            out += gain * np.sin(number * turn)
    return out


def saw(frequency: Samples) -> Samples:
    """Return a sawtooth without aliases."""
    return harmonics(frequency, [0.6 / k for k in range(1, 61)])


def square(frequency: Samples) -> Samples:
    """Return a square wave without aliases."""
    return harmonics(frequency, [(k % 2) / k for k in range(1, 61)])


def steady(frequency: float, seconds: float) -> Samples:
    """Return a constant frequency path, for the oscillators."""
    return np.full(count(seconds), float(frequency))


def fade(audio: Samples, *, attack: float = 0.005, release: float = 0.01) -> Samples:
    """Ramp the two ends so that nothing clicks; times in seconds."""
    out = audio.copy()
    rise = min(count(attack), len(out))
    fall = min(count(release), len(out))
    out[:rise] *= np.linspace(0, 1, rise)
    out[-fall:] *= np.linspace(1, 0, fall)
    return out


def decay(seconds: float, fall: float) -> Samples:
    """Return an envelope that drops by 60 dB in `fall` seconds."""
    return np.asarray(np.exp(-6.9 * clock(seconds) / fall))


def modes(
    rng: Random,
    frequencies: Sequence[float] | NDArray[np.floating],
    *,
    fall: float,
    seconds: float,
    damping: float = 0.6,
) -> Samples:
    """Strike a body: decaying partials, the higher ones dying sooner."""
    t = clock(seconds)
    out = np.zeros(len(t))
    lowest = min(frequencies)
    for frequency in frequencies:
        if frequency > 7800:
            continue
        life = fall * (lowest / frequency) ** damping * rng.uniform(0.7, 1.3)
        gain = rng.uniform(0.3, 1.0) * (lowest / frequency) ** 0.3
        # no cast or blown body is quite round: every mode is a pair that beats
        split = 1 + rng.uniform(0, 0.003)
        tone = np.sin(2 * np.pi * frequency * t)
        tone += rng.uniform(0, 1) * np.sin(2 * np.pi * frequency * split * t + rng.uniform(0, 6))
        out += gain * np.exp(-6.9 * t / life) * tone
    return fade(out, attack=0.001)


def place(out: Samples, piece: Samples, at: float, *, gain: float = 1.0) -> None:
    """Add a piece to a longer signal from a time in seconds, cutting what runs over."""
    start = count(at) if at > 0 else 0
    length = min(len(piece), len(out) - start)
    if length > 0:
        out[start : start + length] += gain * piece[:length]


def moments(rng: Random, seconds: float, *, rate: float, jitter: float = 1.0) -> list[float]:
    """Return times of events: jitter 0 is a clock, 1 a Poisson process of `rate` a second."""
    times: list[float] = []
    now = rng.uniform(0, min(1 / rate, seconds / 3))
    while now < seconds:
        times.append(now)
        now += (1 - jitter) / rate + jitter * rng.exponential(1 / rate)
    return times


def echoes(rng: Random, audio: Samples, *, fall: float, wet: float) -> Samples:
    """Put a sound in a room: a noise tail that drops 60 dB in `fall` seconds."""
    tail = noise(rng, count(min(fall, 4.0))) * decay(min(fall, 4.0), fall)
    tail = band(tail, 100, rng.uniform(2500, 7000))
    tail[: count(0.004)] = 0
    reverberant = signal.fftconvolve(audio, tail)[: len(audio)]
    scale = (np.abs(audio).max() + 1e-9) / (np.abs(reverberant).max() + 1e-9)
    return np.asarray((1 - wet) * audio + wet * scale * reverberant)


def level(audio: Samples, top: float = 0.9) -> Samples:
    """Scale to a peak; silence stays silence."""
    return np.asarray(audio * (top / max(float(np.abs(audio).max()), 1e-9)))
