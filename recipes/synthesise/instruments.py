"""The 128 General MIDI programs: the AudioSet names of each, its range and how it is played."""

from dataclasses import dataclass
from typing import Literal

Style = Literal["melody", "chords", "arpeggio", "riff", "long", "strum", "single"]
STYLES: tuple[Style, ...] = ("melody", "chords", "arpeggio", "riff", "long", "strum", "single")


@dataclass(frozen=True, slots=True)
class Instrument:
    """A run of programs that sound alike: `low` to `high` is where they play, in MIDI pitches."""

    first: int
    last: int
    labels: str
    low: int
    high: int
    styles: str


# styles by initial: melody, chords, arpeggio, riff, long, strum (t), single notes (g)
TABLE = (
    Instrument(0, 3, "Piano|Keyboard (musical)", 36, 90, "mcarmca"),
    Instrument(4, 5, "Electric piano|Keyboard (musical)", 40, 84, "mcar"),
    Instrument(6, 6, "Harpsichord|Keyboard (musical)", 40, 86, "mcar"),
    Instrument(7, 7, "Keyboard (musical)|Funk", 36, 72, "cr"),
    Instrument(8, 8, "Glockenspiel|Mallet percussion", 60, 96, "mag"),
    Instrument(9, 9, "Glockenspiel|Mallet percussion", 72, 100, "mag"),
    Instrument(10, 10, "Chime|Music for children|Lullaby", 60, 96, "ma"),
    Instrument(11, 11, "Vibraphone|Mallet percussion", 53, 89, "mcag"),
    Instrument(12, 13, "Marimba, xylophone|Mallet percussion", 48, 92, "marg"),
    Instrument(14, 14, "Tubular bells|Bell|Church bell", 53, 77, "mlg"),
    Instrument(15, 15, "Zither|Plucked string instrument", 48, 80, "mat"),
    Instrument(16, 18, "Hammond organ|Organ|Electronic organ", 36, 84, "mclr"),
    Instrument(19, 19, "Organ", 36, 84, "mclc"),
    Instrument(20, 20, "Organ|Accordion", 48, 84, "mcl"),
    Instrument(21, 21, "Accordion", 50, 86, "mcl"),
    Instrument(22, 22, "Harmonica", 55, 86, "mcl"),
    Instrument(23, 23, "Accordion|Music of Latin America", 50, 84, "mcl"),
    Instrument(24, 25, "Acoustic guitar|Guitar|Plucked string instrument", 40, 79, "mattar"),
    Instrument(26, 28, "Electric guitar|Guitar", 40, 82, "mcart"),
    Instrument(29, 30, "Electric guitar|Distortion|Rock music|Heavy metal", 36, 79, "mrrl"),
    Instrument(31, 31, "Electric guitar|Guitar", 52, 88, "ml"),
    Instrument(32, 32, "Double bass", 28, 55, "mr"),
    Instrument(33, 37, "Bass guitar|Guitar", 28, 58, "mr"),
    Instrument(38, 39, "Synthesizer|Electronic music", 28, 58, "rma"),
    Instrument(40, 40, "Violin, fiddle|Bowed string instrument", 55, 96, "mlm"),
    Instrument(41, 41, "Bowed string instrument|Violin, fiddle", 48, 84, "ml"),
    Instrument(42, 42, "Cello|Bowed string instrument", 36, 72, "mlm"),
    Instrument(43, 43, "Double bass|Bowed string instrument", 28, 56, "ml"),
    Instrument(44, 44, "String section|Bowed string instrument|Scary music", 40, 84, "cl"),
    Instrument(45, 45, "Pizzicato|Bowed string instrument", 40, 84, "mar"),
    Instrument(46, 46, "Harp|Plucked string instrument", 36, 92, "aam"),
    Instrument(47, 47, "Timpani|Drum|Percussion", 36, 57, "grg"),
    Instrument(48, 51, "String section|Orchestra|Bowed string instrument", 36, 88, "cml"),
    Instrument(52, 54, "Choir|Singing|Vocal music", 45, 79, "clm"),
    Instrument(55, 55, "Orchestra|Sound effect", 40, 76, "gr"),
    Instrument(56, 56, "Trumpet|Brass instrument", 54, 84, "mlrm"),
    Instrument(57, 57, "Trombone|Brass instrument", 40, 70, "mlm"),
    Instrument(58, 58, "Brass instrument", 28, 55, "mlr"),
    Instrument(59, 59, "Trumpet|Brass instrument|Jazz", 54, 80, "mlm"),
    Instrument(60, 60, "French horn|Brass instrument", 40, 76, "mlm"),
    Instrument(61, 63, "Brass instrument|Synthesizer", 44, 80, "cmr"),
    Instrument(64, 67, "Saxophone|Wind instrument, woodwind instrument", 42, 82, "mmlr"),
    Instrument(68, 69, "Wind instrument, woodwind instrument", 52, 88, "ml"),
    Instrument(70, 70, "Wind instrument, woodwind instrument", 36, 67, "ml"),
    Instrument(71, 71, "Clarinet|Wind instrument, woodwind instrument", 50, 88, "mml"),
    Instrument(72, 73, "Flute|Wind instrument, woodwind instrument", 62, 98, "mml"),
    Instrument(74, 75, "Flute|Wind instrument, woodwind instrument", 60, 92, "mml"),
    Instrument(76, 76, "Flute|Wind instrument, woodwind instrument", 50, 76, "ml"),
    Instrument(77, 77, "Flute|Music of Asia", 52, 84, "ml"),
    Instrument(78, 78, "Whistling|Whistle", 64, 90, "ml"),
    Instrument(79, 79, "Flute|Whistle", 60, 88, "ml"),
    Instrument(80, 87, "Synthesizer|Electronic music", 40, 88, "marc"),
    Instrument(88, 95, "Synthesizer|Ambient music|New-age music", 36, 84, "clc"),
    Instrument(96, 103, "Synthesizer|Ambient music|Sound effect", 36, 84, "cla"),
    Instrument(104, 104, "Sitar|Music of Asia|Carnatic music", 48, 80, "mmr"),
    Instrument(105, 105, "Banjo|Plucked string instrument|Bluegrass", 48, 84, "aarm"),
    Instrument(106, 106, "Plucked string instrument|Music of Asia", 48, 84, "mar"),
    Instrument(107, 107, "Plucked string instrument|Music of Asia|Zither", 45, 84, "mar"),
    Instrument(108, 108, "Marimba, xylophone|Music of Africa", 55, 86, "mar"),
    Instrument(109, 109, "Bagpipes", 50, 82, "mml"),
    Instrument(110, 110, "Violin, fiddle|Country|Folk music", 55, 90, "mmr"),
    Instrument(111, 111, "Wind instrument, woodwind instrument|Middle Eastern music", 55, 84, "ml"),
    Instrument(112, 112, "Jingle bell|Bell|Chime", 60, 96, "gr"),
    Instrument(113, 113, "Cowbell|Percussion", 60, 84, "rg"),
    Instrument(114, 114, "Steelpan|Percussion", 53, 86, "mar"),
    Instrument(115, 115, "Wood block|Percussion", 55, 90, "rg"),
    Instrument(116, 117, "Drum|Percussion", 40, 72, "rg"),
    Instrument(118, 118, "Drum machine|Drum", 40, 72, "rg"),
    Instrument(119, 119, "Cymbal|Whoosh, swoosh, swish", 48, 72, "g"),
    Instrument(120, 120, "Guitar|Scrape", 55, 84, "g"),
    Instrument(121, 121, "Breathing", 50, 80, "g"),
    Instrument(122, 122, "Waves, surf|Ocean", 50, 80, "l"),
    Instrument(123, 123, "Bird|Chirp, tweet", 55, 84, "gl"),
    Instrument(124, 124, "Telephone bell ringing|Telephone", 60, 80, "l"),
    Instrument(125, 125, "Helicopter|Aircraft", 50, 76, "l"),
    Instrument(126, 126, "Applause|Crowd|Cheering", 52, 76, "l"),
    Instrument(127, 127, "Gunshot, gunfire", 48, 72, "g"),
)

_BY_INITIAL: dict[str, Style] = {
    "m": "melody", "c": "chords", "a": "arpeggio", "r": "riff",
    "l": "long", "t": "strum", "g": "single",
}  # fmt: skip


def instrument_of(program: int) -> Instrument:
    """Return the entry of a program from 0 to 127."""
    return next(entry for entry in TABLE if entry.first <= program <= entry.last)


def styles_of(instrument: Instrument) -> tuple[Style, ...]:
    """Return the ways an instrument is played; one that is likelier stands there twice."""
    return tuple(_BY_INITIAL[initial] for initial in instrument.styles)
