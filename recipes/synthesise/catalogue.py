"""Everything that can be made, and the list of clips for a number of hours."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np

from recipes.synthesise import midi, music, voices
from recipes.synthesise.formulas import MAKERS
from recipes.synthesise.genres import GENRES
from recipes.synthesise.signals import Random
from recipes.synthesise.sound import Sound

MakeSound = Callable[[Random, float], Sound]


@dataclass(frozen=True, slots=True)
class Entry:
    """A generator in the catalogue; `weight` is its share within the group."""

    group: str
    name: str
    make: MakeSound
    weight: float = 1.0
    roomy: bool = True


@dataclass(frozen=True, slots=True)
class Plan:
    """One clip to make."""

    index: int
    group: str
    name: str
    make: MakeSound
    seconds: float
    roomy: bool


# share of the hours; what is missing (no FluidSynth, no espeak-ng) goes to the others
SHARES = {"music": 0.46, "speech": 0.10, "formula": 0.44}


def catalogue() -> tuple[Entry, ...]:
    """Return the generators that can run here."""
    entries: list[Entry] = []
    if midi.available() and any(font.path() for font in music.SOUNDFONTS):
        entries += _music()
    if voices.available("espeak"):
        entries += _speech()
    entries += [Entry("formula", m.name, m.sound, m.weight) for m in MAKERS]
    return tuple(entries)


def _music() -> list[Entry]:
    out = [
        Entry("music", f"program{p:03d}", partial(music.solo, program=p), roomy=False)
        for p in range(128)
    ]
    out += [
        Entry("music", f"percussion{i:02d}", partial(music.percussion, entry=i), 1.5)
        for i in range(len(music.PERCUSSION))
    ]
    out += [
        Entry("music", f"band_{g.name}", partial(music.ensemble, genre=i), 2.5, roomy=False)
        for i, g in enumerate(GENRES)
    ]
    return [*out, Entry("music", "kit", music.kit, 14.0)]


def _speech() -> list[Entry]:
    kinds = ["male", "female", "child", "whisper", "robot", "old", "fast"]
    if voices.available("flite"):
        kinds.append("flite")
    weights = {"male": 2.0, "female": 2.0, "child": 1.5, "flite": 3.0}
    out = [
        Entry("speech", f"speech_{k}", partial(voices.speech, kind=k), weights.get(k, 1.0))
        for k in kinds
    ]
    out.append(Entry("speech", "dialogue", voices.dialogue, 1.5))
    out.append(Entry("speech", "crowd", partial(voices.crowd, kind="adults"), 1.5))
    return [*out, Entry("speech", "crowd_children", partial(voices.crowd, kind="children"), 0.7)]


def plan(*, hours: float, seed: int, only: str = "") -> tuple[Plan, ...]:
    """Draw the clips of a folder: every generator in turn, the heavier ones more often.

    Raises
    ------
    LookupError
        No generator's name contains `only`.
    """
    entries = [entry for entry in catalogue() if only in f"{entry.group}/{entry.name}"]
    if not entries:
        message = f"no generator's name contains {only!r}; leave --only out to make all"
        raise LookupError(message)
    rng = np.random.default_rng([seed, 2**31])
    shares = {e.group: SHARES[e.group] for e in entries}
    weight = {g: sum(e.weight for e in entries if e.group == g) for g in shares}
    rate = [e.weight / weight[e.group] * shares[e.group] / sum(shares.values()) for e in entries]
    out: list[Plan] = []
    left, credit = hours * 3600.0, np.zeros(len(entries))
    while left > 0:
        credit += rate
        # the generator that is furthest behind its share goes next; the noise shuffles equals
        turn = int(np.argmax(credit + rng.uniform(0, 1e-3, len(entries))))
        entry = entries[turn]
        seconds = round(float(rng.choice([2.5, 4.0, 5.0, 6.0, 8.0, 10.0]) * rng.uniform(0.8, 1)), 2)
        credit[turn] -= seconds / 5
        out.append(Plan(len(out), entry.group, entry.name, entry.make, seconds, entry.roomy))
        left -= seconds
    return tuple(out)
