"""Music rendered with FluidSynth: solo instruments, drums and bands."""

from dataclasses import replace

from recipes.synthesise.bands import GROOVES, band, drums
from recipes.synthesise.genres import GENRES
from recipes.synthesise.instruments import instrument_of, styles_of
from recipes.synthesise.midi import DRUMS, Note, Score, Soundfont, render
from recipes.synthesise.phrases import phrase, velocity
from recipes.synthesise.signals import Random
from recipes.synthesise.sound import Sound

# FluidR3 and what derives from it stay out: recordings held out for validation are rendered from it
SOUNDFONTS = (
    Soundfont("timgm6mb", "TimGM6mb.sf2", "GPL-2.0 (TimGM6mb soundfont)"),
    Soundfont("gmbank", "sf_GMbank.sf2", "public domain (sf_GMbank soundfont of Csound)"),
    Soundfont("opl3", "OPL-3_FM_128M.sf2", "CC BY-SA 4.0 (OPL-3 FM soundfont)"),
)
SHARES = (0.5, 0.35, 0.15)
DRUM_FONTS = (
    Soundfont("blackpearl", "Black_Pearl_4_LV2.sf2", "GPL-2.0+ (avldrums Black Pearl)"),
    Soundfont("redzeppelin", "Red_Zeppelin_4_LV2.sf2", "GPL-2.0+ (avldrums Red Zeppelin)"),
)

# key numbers of single percussion instruments, with how many hits a second
PERCUSSION = (
    ((38, 40), "Snare drum|Drum|Percussion", 3.0),
    ((38, 40), "Drum roll|Snare drum|Percussion", 18.0),
    ((35, 36), "Bass drum|Drum|Percussion", 2.0),
    ((42, 44, 46), "Hi-hat|Cymbal|Percussion", 5.0),
    ((49, 57, 55, 52), "Cymbal|Percussion", 0.7),
    ((51, 53, 59), "Cymbal|Percussion", 3.0),
    ((41, 43, 45, 47, 48, 50), "Drum|Percussion", 4.0),
    ((37,), "Rimshot|Drum|Percussion", 3.0),
    ((39,), "Clapping|Hands", 3.0),
    ((54,), "Tambourine|Percussion", 4.0),
    ((56,), "Cowbell|Percussion", 3.0),
    ((69, 70, 82), "Maraca|Rattle (instrument)|Percussion", 6.0),
    ((76, 77, 75), "Wood block|Percussion", 3.0),
    ((80, 81), "Ding|Percussion|Bell", 2.0),
    ((60, 61, 62, 63, 64), "Drum|Percussion|Tabla", 5.0),
    ((65, 66, 67, 68), "Drum|Percussion|Cowbell", 4.0),
    ((73, 74), "Scrape|Percussion", 2.0),
    ((71, 72), "Whistle", 1.5),
    ((83, 84), "Jingle bell|Chime|Wind chime", 4.0),
    ((29, 30), "Scratching (performance technique)|Hip hop music", 3.0),
)


def _font(rng: Random) -> Soundfont:
    ready = [(f, s) for f, s in zip(SOUNDFONTS, SHARES, strict=True) if f.path()]
    if not ready:
        names = ", ".join(f.file for f in SOUNDFONTS)
        message = f"no soundfont found: install timgm6mb-soundfont (looked for {names})"
        raise FileNotFoundError(message)
    total = sum(share for _, share in ready)
    return ready[int(rng.choice(len(ready), p=[share / total for _, share in ready]))][0]


def _play(
    rng: Random, score: Score, font: Soundfont, *, labels: str, name: str, seconds: float
) -> Sound:
    path = font.path()
    if path is None:
        message = f"{font.file} is not installed"
        raise FileNotFoundError(message)
    room = float(rng.choice([0.0, 0.2, 0.5, 0.8]))
    audio = render(score, path, seconds=seconds, room=room)
    names = ("Music", *labels.split("|"))
    return Sound(audio, names, f"{font.name}:{name}", font.licence)


def solo(rng: Random, seconds: float, *, program: int) -> Sound:
    """Play a random phrase on one General MIDI program."""
    instrument = instrument_of(program)
    style = str(rng.choice(styles_of(instrument)))
    chosen = next(s for s in styles_of(instrument) if s == style)
    notes = phrase(rng, instrument, style=chosen, seconds=seconds)
    if rng.random() < 0.12 and program < 112:
        notes = [replace(n, velocity=max(20, n.velocity - 25)) for n in notes]
    score = Score(tuple(notes), ((0, program),), ((0, 7, int(rng.uniform(80, 125))),))
    return _play(
        rng,
        score,
        _font(rng),
        labels=instrument.labels,
        name=f"program{program}-{style}",
        seconds=seconds,
    )


def kit(rng: Random, seconds: float) -> Sound:
    """Play a drum groove on one of the kits."""
    groove = str(rng.choice([g for g in GROOVES if g not in ("none", "bells")]))
    beat = 60 / float(rng.uniform(70, 175))
    notes = drums(rng, groove, beat=beat, seconds=seconds, loud=int(rng.uniform(70, 115)))
    program = int(rng.choice([0, 0, 8, 16, 24, 25, 32, 40, 48]))
    machine = program in (24, 25)
    labels = "Drum machine|Drum|Percussion" if machine else "Drum kit|Drum|Percussion"
    fonts = [f for f in DRUM_FONTS if f.path()]
    if fonts and not machine and rng.random() < 0.4:
        font = fonts[int(rng.integers(len(fonts)))]
        # these two fonts keep their kit in the melodic bank, so channel 9 would be silent
        score = Score(tuple(replace(note, channel=0) for note in notes), ((0, 0),))
    else:
        font, score = _font(rng), Score(tuple(notes), ((DRUMS, program),))
    return _play(rng, score, font, labels=labels, name=f"kit{program}-{groove}", seconds=seconds)


def percussion(rng: Random, seconds: float, *, entry: int) -> Sound:
    """Play one percussion instrument alone."""
    keys, labels, rate = PERCUSSION[entry]
    rate *= float(rng.uniform(0.6, 1.5))
    steps = [float(rng.choice([1, 1, 1, 2, 0.5])) / rate for _ in range(int(seconds * rate * 2))]
    if rate > 10:
        steps = [1 / rate] * int(seconds * rate)
    notes, now = [], 0.0
    for step in steps:
        notes.append(Note(now, 0.4, int(rng.choice(keys)), velocity(rng, 95), DRUMS))
        now += step
    kept = tuple(note for note in notes if note.start < seconds)
    score = Score(kept, ((DRUMS, int(rng.choice([0, 0, 8, 16, 32, 40]))),))
    return _play(
        rng, score, _font(rng), labels=labels, name=f"percussion{keys[0]}", seconds=seconds
    )


def ensemble(rng: Random, seconds: float, *, genre: int) -> Sound:
    """Play a small band."""
    style = GENRES[genre]
    score = band(rng, style, seconds=seconds)
    return _play(
        rng, score, _font(rng), labels=style.labels, name=f"band-{style.name}", seconds=seconds
    )
