"""Calls of animals and people, each a short table of pitch, bend and formants."""

from dataclasses import dataclass
from functools import partial

import numpy as np

from recipes.synthesise.signals import (
    Random,
    Samples,
    clock,
    count,
    curve,
    place,
)
from recipes.synthesise.sound import Maker
from recipes.synthesise.throats import throat


@dataclass(frozen=True, slots=True)
class Cry:
    """A call: how it bends in pitch, what it is shaped by, and how often it comes."""

    pitch: tuple[float, float]
    bend: tuple[float, ...]
    formants: tuple[float, ...]
    length: tuple[float, float]
    gap: tuple[float, float]
    breath: float = 0.15
    rough: float = 0.0
    group: int = 1


def calls(rng: Random, seconds: float, *, cry: Cry) -> Samples:
    """Call again and again, never twice alike."""
    out, now = np.zeros(count(seconds)), rng.uniform(0, min(0.4, seconds / 4))
    base, size = rng.uniform(*cry.pitch), rng.uniform(0.85, 1.2)
    formants = tuple(f * size for f in cry.formants)
    while now < seconds:
        for index in range(int(rng.integers(1, cry.group + 1)) if cry.group > 1 else 1):
            length = rng.uniform(*cry.length)
            n = count(length)
            bend = np.interp(np.linspace(0, 1, n), np.linspace(0, 1, len(cry.bend)), cry.bend)
            path = base * bend * rng.uniform(0.93, 1.07)
            path = path * (1 + 0.01 * curve(rng, n, -1, 1, knots=20))
            voice = throat(rng, path, formants=formants, breath=cry.breath)
            if cry.rough:
                growl = 1 + cry.rough * np.sin(2 * np.pi * rng.uniform(25, 70) * clock(length))
                voice = np.tanh(3 * voice * growl)
            shape = np.sin(np.pi * np.linspace(0, 1, n) ** 0.6) ** 0.8
            place(out, voice * shape, now, gain=rng.uniform(0.5, 1) * 0.93**index)
            now += length + rng.uniform(0.01, 0.12)
        now += rng.uniform(*cry.gap)
    return out


BARK = Cry((280, 700), (0.7, 1.2, 0.8), (600, 1200, 2600), (0.09, 0.25), (0.2, 1.2), 0.45, 0.5, 3)
GROWL = Cry((60, 110), (1, 1.1, 0.9), (400, 1000, 2200), (0.8, 2.0), (0.1, 0.5), 0.4, 0.8)
HOWL = Cry((280, 480), (0.6, 1.1, 1.15, 1.1, 0.7), (500, 1000), (1.5, 3.5), (0.3, 1.0), 0.05)
MEOW = Cry((450, 750), (0.8, 1.15, 1.1, 0.75), (900, 1700, 3200), (0.4, 1.0), (0.3, 1.3), 0.1)
MOO = Cry((90, 160), (0.75, 1.05, 1.0, 0.8), (300, 650, 1800), (1.0, 2.4), (0.4, 1.5), 0.15, 0.2)
BLEAT = Cry((260, 480), (1, 1.05, 0.95), (700, 1500, 2700), (0.5, 1.2), (0.3, 1.2), 0.2, 0.7)
OINK = Cry((90, 200), (1, 1.3, 0.8), (500, 1300, 2400), (0.12, 0.4), (0.1, 0.6), 0.7, 0.9, 3)
CROW = Cry((350, 520), (0.95, 1.05, 0.8), (1100, 1700, 2900), (0.25, 0.5), (0.2, 0.8), 0.4, 0.9, 3)
ROOSTER = Cry(
    (450, 650), (0.7, 0.9, 0.8, 1.3, 1.35, 0.8), (900, 1700, 2900), (1.3, 2.2), (0.5, 2), 0.1, 0.2
)
CLUCK = Cry((350, 600), (0.9, 1.1, 0.8), (800, 1600, 2800), (0.05, 0.14), (0.1, 0.6), 0.3, 0.4, 4)
QUACK = Cry((180, 300), (1.1, 1.0, 0.9), (900, 1500, 2600), (0.12, 0.3), (0.1, 0.5), 0.25, 0.5, 4)
GOOSE = Cry((300, 500), (0.8, 1.2, 0.9), (700, 1400, 2400), (0.2, 0.45), (0.1, 0.6), 0.2, 0.5, 2)
OWL = Cry((300, 420), (0.95, 1.0, 0.95), (350, 400), (0.2, 0.7), (0.4, 1.4), 0.02, 0, 4)
DOVE = Cry((380, 520), (0.9, 1.1, 0.95), (450, 500), (0.3, 0.7), (0.2, 0.8), 0.03, 0.25, 3)
GULL = Cry((700, 1100), (0.9, 1.3, 0.8), (1500, 2700), (0.3, 0.7), (0.1, 0.8), 0.15, 0.3, 4)
NEIGH = Cry(
    (600, 1000), (0.8, 1.4, 1.2, 0.9, 0.5), (900, 1800, 3000), (1.0, 2.0), (0.4, 1.5), 0.25, 0.8
)
ROAR = Cry((55, 110), (0.8, 1.2, 1, 0.7), (350, 800, 1800), (1.0, 2.5), (0.3, 1.2), 0.55, 0.9)
BABY = Cry(
    (380, 560), (0.85, 1.1, 1.05, 0.8), (1000, 2000, 3500), (0.6, 1.4), (0.15, 0.5), 0.1, 0.15
)
SCREAM = Cry(
    (700, 1200), (0.8, 1.1, 1.1, 0.9), (1100, 1900, 3200), (0.7, 2.0), (0.3, 1.0), 0.2, 0.4
)
SHOUT = Cry((180, 380), (0.85, 1.15, 0.85), (750, 1300, 2600), (0.3, 0.9), (0.2, 0.9), 0.15, 0.25)
MOAN = Cry((120, 280), (1.05, 1.0, 0.8), (500, 1000, 2400), (0.7, 1.6), (0.4, 1.0), 0.25)
WHALE = Cry((150, 400), (0.7, 1.6, 0.9, 1.3), (400, 900), (1.2, 3.0), (0.3, 1.2), 0.03)
YIP = Cry((700, 1200), (0.9, 1.4, 0.8), (1200, 2500), (0.06, 0.14), (0.1, 0.6), 0.2, 0.2, 5)
BURP = Cry((55, 90), (1.1, 1.0, 0.8), (450, 900, 2300), (0.3, 1.0), (0.5, 1.5), 0.2, 0.9)
FART = Cry((60, 140), (1.0, 1.2, 0.8), (250, 600, 1500), (0.3, 1.1), (0.4, 1.3), 0.3, 0.9)
PURR = Cry((24, 28), (1.0, 1.05, 1.0), (250, 600, 1500), (1.2, 1.8), (0.02, 0.1), 0.5, 0.3)
GOBBLE = Cry((500, 700), (1.2, 1.0, 0.7), (900, 1800), (0.06, 0.1), (0.5, 1.5), 0.1, 0.3, 12)

MAKERS = (
    Maker("bark", "Dog|Bark|Animal|Bow-wow", partial(calls, cry=BARK), 1.5),
    Maker("yip", "Yip|Dog", partial(calls, cry=YIP)),
    Maker("growl", "Growling|Dog", partial(calls, cry=GROWL)),
    Maker("howl", "Howl|Canidae, dogs, wolves", partial(calls, cry=HOWL)),
    Maker("meow", "Cat|Meow|Animal", partial(calls, cry=MEOW), 1.3),
    Maker("purr", "Purr|Cat", partial(calls, cry=PURR)),
    Maker("moo", "Moo|Cattle, bovinae", partial(calls, cry=MOO), 1.3),
    Maker("bleat", "Sheep|Goat|Bleat", partial(calls, cry=BLEAT), 1.3),
    Maker("oink", "Pig|Oink", partial(calls, cry=OINK)),
    Maker("crow", "Crow|Caw|Bird", partial(calls, cry=CROW), 1.3),
    Maker("rooster", "Crowing, cock-a-doodle-doo|Chicken, rooster", partial(calls, cry=ROOSTER)),
    Maker("cluck", "Cluck|Chicken, rooster|Fowl", partial(calls, cry=CLUCK)),
    Maker("gobble", "Gobble|Turkey", partial(calls, cry=GOBBLE)),
    Maker("quack", "Duck|Quack", partial(calls, cry=QUACK), 1.2),
    Maker("goose", "Goose|Honk", partial(calls, cry=GOOSE), 1.2),
    Maker("owl", "Owl|Hoot", partial(calls, cry=OWL), 1.3),
    Maker("dove", "Pigeon, dove|Coo", partial(calls, cry=DOVE), 1.3),
    Maker("gull", "Bird|Squawk", partial(calls, cry=GULL)),
    Maker("neigh", "Neigh, whinny|Horse", partial(calls, cry=NEIGH)),
    Maker("roar", "Roar|Roaring cats (lions, tigers)", partial(calls, cry=ROAR)),
    Maker("whale", "Whale vocalization", partial(calls, cry=WHALE)),
    Maker("baby", "Baby cry, infant cry|Crying, sobbing", partial(calls, cry=BABY), 1.5),
    Maker("scream", "Screaming|Yell", partial(calls, cry=SCREAM), 1.2),
    Maker("shout", "Shout|Yell", partial(calls, cry=SHOUT)),
    Maker("moan", "Wail, moan|Groan|Sigh", partial(calls, cry=MOAN)),
    Maker("burp", "Burping, eructation", partial(calls, cry=BURP)),
    Maker("fart", "Fart", partial(calls, cry=FART)),
)
