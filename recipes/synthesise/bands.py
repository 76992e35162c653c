"""Drum grooves and small bands of many genres."""

from recipes.synthesise.genres import Genre
from recipes.synthesise.midi import DRUMS, Note, Score
from recipes.synthesise.phrases import PROGRESSIONS, SCALES, Key, velocity
from recipes.synthesise.signals import Random

# GM percussion keys by letter
KEYS = {
    "k": 36, "s": 38, "h": 42, "o": 46, "c": 49, "r": 51, "m": 39, "x": 37, "b": 56, "t": 54,
    "l": 45, "H": 50, "w": 76, "q": 70, "g": 63, "G": 64, "p": 44, "j": 83, "d": 35, "a": 69,
}  # fmt: skip

# one bar in sixteenths; voices are joined by "/"
GROOVES = {
    "rock": "k.......k.k...../....s.......s.../h.h.h.h.h.h.h.h.",
    "punk": "k...k...k...k.../..s...s...s...s./h.h.h.h.h.h.h.h.",
    "metal": "kkkkkkkkkkkkkkkk/....s.......s.../c.......r...r...",
    "four": "k...k...k...k.../....m.......m.../..o...o...o...o.",
    "techno": "k...k...k...k.../..h...h...h...h./.......x....x..",
    "disco": "k...k...k...k.../....s.......s.../h.o.h.o.h.o.h.o.",
    "hiphop": "k......k..k...../....s.......s.../h.h.hhh.h.h.h.hh",
    "breaks": "k.........k...../....s..s.s..s.../h.h.h.h.h.h.h.h.",
    "dubstep": "k.......k......./........s......./h..h..h.h..h..h.",
    "jazz": "r...r..rr...r..r/....p.......p.../k...............",
    "swing": "r...r..rr...r..r/....p.......p.../k...k...k...k...",
    "brush": "s.s.s.s.s.s.s.s./....p.......p...",
    "reggae": "........k......./........x......./h.h.h.h.h.h.h.h.",
    "ska": "k...s...k...s.../..h...h...h...h.",
    "country": "k...s...k...s.../h.h.h.h.h.h.h.h.",
    "train": "k...k...k...k.../ssSsssSsssSsssSs",
    "funk": "k..k..k...k..k../....s..s.s..s.../hhhhhhohhhhhhhoh",
    "latin": "w..w..w...w.w.../g.g.G.g.g.g.G.gg/q.q.q.q.q.q.q.q.",
    "samba": "k..kk..kk..kk..k/ssSsssSsssSsssSs/t.t.t.t.t.t.t.t.",
    "afro": "k...k...k...k.../b..b..b...b..b../g.gg.g.gG.gg.g.g",
    "march": "k...k...k...k.../s.sss.s.s.sssssS",
    "shuffle": "k.......k......./....s.......s.../h..hh..hh..hh..h",
    "ballad": "k.........k...../....x.......x.../h...h...h...h...",
    "bells": "j...j...j...j...",
    "none": "................",
}


def drums(rng: Random, groove: str, *, beat: float, seconds: float, loud: int) -> list[Note]:
    """Play one groove, with small changes from bar to bar and a crash now and then."""
    notes: list[Note] = []
    step, bars = beat / 4, int(seconds / (4 * beat)) + 1
    for bar in range(bars):
        for voice in GROOVES[groove].split("/"):
            for index, letter in enumerate(voice):
                if letter == "." or rng.random() < 0.03:
                    continue
                strong = 12 if letter.isupper() or index % 4 == 0 else 0
                key = KEYS.get(letter, KEYS["s"])
                start = bar * 4 * beat + index * step + float(rng.normal(0, 0.004))
                hit = velocity(rng, loud + strong - (20 if letter in "hrsq" and not strong else 0))
                notes.append(Note(max(0.0, start), 0.2, key, hit, DRUMS))
        if groove != "none" and bar % 4 == 0 and rng.random() < 0.5:
            notes.append(Note(bar * 4 * beat, 1.0, 49, loud, DRUMS))
    return [note for note in notes if note.start < seconds]


def band(rng: Random, genre: Genre, *, seconds: float) -> Score:
    """Return a piece of one genre for drums, bass, accompaniment and usually a lead."""
    beat = 60 / float(rng.uniform(genre.tempo[0], genre.tempo[1]))
    key = Key(rng, scale=SCALES[genre.scale])
    progression = PROGRESSIONS[int(rng.integers(len(PROGRESSIONS)))]
    groove = str(rng.choice(genre.grooves))
    notes = drums(rng, groove, beat=beat, seconds=seconds, loud=int(rng.uniform(75, 110)))
    bars = int(seconds / (4 * beat)) + 1
    for bar in range(bars):
        chord = progression[bar % 4]
        notes += _bass(rng, key, chord, bar * 4 * beat, beat, walking=genre.walking)
        notes += _comp(rng, key, chord, bar * 4 * beat, beat, hits=genre.hits)
        if rng.random() < 0.8:
            notes += _lead(rng, key, chord, bar * 4 * beat, beat)
    programs = (
        (0, int(rng.choice(genre.bass))),
        (1, int(rng.choice(genre.comp))),
        (2, int(rng.choice(genre.lead))),
        (DRUMS, int(rng.choice(genre.kits))),
    )
    controls = tuple((c, 7, int(rng.uniform(70, 115))) for c in (0, 1, 2, DRUMS))
    return Score(tuple(n for n in notes if n.start < seconds), programs, controls)


def _bass(
    rng: Random, key: Key, chord: int, start: float, beat: float, *, walking: bool
) -> list[Note]:
    if walking:
        steps, length = [0, int(rng.integers(1, 4)), 4, int(rng.integers(2, 7))], beat
    else:
        steps, length = [0, 0, 0, 0, 4, 0, 2, 0], beat / 2
    return [
        Note(start + i * length, length * 0.9, key.pitch(chord + s, base=28), velocity(rng, 95), 0)
        for i, s in enumerate(steps)
        if walking or i == 0 or rng.random() < 0.6
    ]


def _comp(rng: Random, key: Key, chord: int, start: float, beat: float, *, hits: str) -> list[Note]:
    length = 4 * beat / len(hits)
    ring = length * (len(hits) / max(1, hits.count("x"))) * 0.85
    return [
        Note(start + i * length, ring, pitch, velocity(rng, 80), 1)
        for i, hit in enumerate(hits)
        if hit == "x"
        for pitch in key.chord(chord, base=52)
    ]


def _lead(rng: Random, key: Key, chord: int, start: float, beat: float) -> list[Note]:
    notes, now, degree = [], 0.0, chord + 2 * int(rng.integers(0, 3))
    while now < 4:
        length = float(rng.choice([0.5, 0.5, 1.0, 1.5, 0.25]))
        if rng.random() > 0.12:
            pitch = key.pitch(degree, base=64)
            notes.append(Note(start + now * beat, length * beat, pitch, velocity(rng, 100), 2))
        degree = min(max(degree + int(rng.integers(-2, 3)), -2), 11)
        now += length
    return notes
