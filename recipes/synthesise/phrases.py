"""Random phrases for one instrument: melodies, chords, arpeggios, riffs, long notes."""

from dataclasses import dataclass

from recipes.synthesise.instruments import Instrument, Style
from recipes.synthesise.midi import Note
from recipes.synthesise.signals import Random

SCALES = (
    (0, 2, 4, 5, 7, 9, 11),
    (0, 2, 3, 5, 7, 8, 10),
    (0, 2, 3, 5, 7, 9, 10),
    (0, 2, 4, 7, 9),
    (0, 3, 5, 7, 10),
    (0, 3, 5, 6, 7, 10),
    (0, 1, 4, 5, 7, 8, 11),
    (0, 2, 4, 5, 7, 9, 10),
)
RHYTHMS = (
    (1.0, 1.0, 1.0, 1.0),
    (0.5, 0.5, 1.0, 0.5, 0.5, 1.0),
    (1.5, 0.5, 1.0, 1.0),
    (0.25, 0.25, 0.5, 0.5, 0.5, 1.0, 1.0),
    (2.0, 1.0, 1.0),
    (0.67, 0.33, 0.67, 0.33, 1.0, 1.0),
    (0.5,) * 8,
)
PROGRESSIONS = ((0, 4, 5, 3), (0, 3, 4, 0), (0, 5, 3, 4), (1, 4, 0, 0), (0, 6, 5, 4), (0, 3, 0, 4))


class Key:
    """A scale on a tonic: degrees become pitches."""

    def __init__(self, rng: Random, *, scale: tuple[int, ...] | None = None) -> None:
        self.tonic = int(rng.integers(0, 12))
        self.scale = scale or SCALES[int(rng.integers(len(SCALES)))]

    def pitch(self, degree: int, *, base: int) -> int:
        """Return the pitch of a degree of the scale, counted from the tonic at or above base."""
        octave, step = divmod(degree, len(self.scale))
        root = base + (self.tonic - base) % 12
        return root + 12 * octave + self.scale[step]

    def chord(self, degree: int, *, base: int, size: int = 3) -> list[int]:
        """Return every other degree of the scale from the given one."""
        return [self.pitch(degree + 2 * i, base=base) for i in range(size)]


@dataclass(frozen=True, slots=True)
class Line:
    """What a phrase is made on: key, lowest pitch, length of a beat and of all, loudness."""

    key: Key
    base: int
    beat: float
    seconds: float
    loud: int


def velocity(rng: Random, middle: int) -> int:
    """Return a velocity near the middle."""
    return int(min(max(rng.normal(middle, 9), 25), 127))


def phrase(
    rng: Random, instrument: Instrument, *, style: Style, seconds: float, channel: int = 0
) -> list[Note]:
    """Return a random phrase that lasts about so many seconds."""
    span = max(1, instrument.high - instrument.low - 14)
    line = Line(
        Key(rng),
        base=instrument.low + int(rng.integers(0, span)),
        beat=60 / float(rng.uniform(60, 170)),
        seconds=seconds,
        loud=int(rng.uniform(60, 118)),
    )
    notes: list[Note] = []
    if style == "melody":
        notes = _melody(rng, line)
    elif style in ("chords", "strum"):
        notes = _chords(rng, line, spread=0.03 * (style == "strum"))
    elif style == "arpeggio":
        notes = _arpeggio(rng, line)
    elif style == "riff":
        notes = _riff(rng, line)
    elif style == "long":
        notes = _long(rng, line)
    else:
        notes = _single(rng, line)
    top = instrument.high
    return [
        Note(n.start, n.length, _fold(n.pitch, top), n.velocity, channel)
        for n in notes
        if n.start < seconds
    ]


def _fold(pitch: int, top: int) -> int:
    while pitch > top:
        pitch -= 12
    return pitch


def _melody(rng: Random, line: Line) -> list[Note]:
    notes, now, degree = [], 0.0, int(rng.integers(0, 5))
    rhythm = RHYTHMS[int(rng.integers(len(RHYTHMS)))]
    legato = rng.uniform(0.5, 1.05)
    while now < line.seconds:
        for length in rhythm:
            degree = min(max(degree + int(rng.integers(-2, 3)), -3), 10)
            if rng.random() > 0.08:
                pitch = line.key.pitch(degree, base=line.base)
                notes.append(
                    Note(now, line.beat * length * legato, pitch, velocity(rng, line.loud))
                )
            now += line.beat * length
        if rng.random() < 0.3:
            rhythm = RHYTHMS[int(rng.integers(len(RHYTHMS)))]
    return notes


def _chords(rng: Random, line: Line, *, spread: float) -> list[Note]:
    notes, now, bar = [], 0.0, 0
    progression = PROGRESSIONS[int(rng.integers(len(PROGRESSIONS)))]
    hits = int(rng.choice([1, 2, 4, 8])) if not spread else int(rng.choice([4, 8]))
    size = int(rng.integers(3, 6)) if spread else int(rng.integers(3, 5))
    length = 4 * line.beat / hits
    while now < line.seconds:
        chord = line.key.chord(progression[bar % 4], base=line.base, size=size)
        for hit in range(hits):
            order = chord if hit % 2 == 0 or not spread else chord[::-1]
            for index, pitch in enumerate(order):
                start = now + hit * length + index * spread
                notes.append(Note(start, length * 0.9, pitch, velocity(rng, line.loud)))
        now += 4 * line.beat
        bar += 1
    return notes


def _arpeggio(rng: Random, line: Line) -> list[Note]:
    notes, now, bar = [], 0.0, 0
    progression = PROGRESSIONS[int(rng.integers(len(PROGRESSIONS)))]
    step = line.beat / float(rng.choice([2, 3, 4]))
    ring = float(rng.choice([1.0, 3.0]))
    while now < line.seconds:
        chord = line.key.chord(progression[bar % 4], base=line.base, size=4)
        order = [*chord, *chord[2:0:-1]] if rng.random() < 0.5 else chord
        for index in range(int(4 * line.beat / step)):
            pitch = order[index % len(order)]
            notes.append(Note(now + index * step, step * ring, pitch, velocity(rng, line.loud)))
        now += 4 * line.beat
        bar += 1
    return notes


def _riff(rng: Random, line: Line) -> list[Note]:
    cells = 8 if rng.random() < 0.6 else 16
    step = 4 * line.beat / cells
    pattern = [int(rng.integers(0, 6)) if rng.random() < 0.7 else -1 for _ in range(cells)]
    fifths = rng.random() < 0.4
    notes, index = [], 0
    while index * step < line.seconds:
        degree = pattern[index % cells]
        if degree >= 0:
            pitch = line.key.pitch(degree, base=line.base)
            notes.append(Note(index * step, step * 0.9, pitch, velocity(rng, line.loud)))
            if fifths:
                notes.append(Note(index * step, step * 0.9, pitch + 7, velocity(rng, line.loud)))
        index += 1
    return notes


def _long(rng: Random, line: Line) -> list[Note]:
    notes, now = [], 0.0
    while now < line.seconds:
        length = float(rng.uniform(1.0, 3.5))
        degree = int(rng.integers(0, 7))
        for pitch in line.key.chord(degree, base=line.base, size=int(rng.choice([1, 1, 2, 3]))):
            notes.append(Note(now, length * 0.95, pitch, velocity(rng, line.loud)))
        now += length
    return notes


def _single(rng: Random, line: Line) -> list[Note]:
    notes, now = [], float(rng.uniform(0, 0.3))
    while now < line.seconds:
        pitch = line.key.pitch(int(rng.integers(0, 6)), base=line.base)
        notes.append(Note(now, float(rng.uniform(0.5, 2.0)), pitch, velocity(rng, line.loud)))
        now += float(rng.uniform(0.5, 2.0))
    return notes
