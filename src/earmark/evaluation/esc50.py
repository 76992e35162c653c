"""ESC-50 (Piczak 2015): fifty sounds that people labelled, asked of an AudioSet tagger."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from earmark.errors import DataError

__all__ = ["ESC10", "ESC50", "Esc50Result", "esc50_accuracy"]

ESC50: dict[str, tuple[str, ...]] = {
    "Dog": ("Dog", "Bark"),
    "Rooster": ("Crowing, cock-a-doodle-doo",),
    "Pig": ("Pig", "Oink"),
    "Cow": ("Cattle, bovinae", "Moo"),
    "Frog": ("Frog", "Croak"),
    "Cat": ("Cat", "Meow"),
    "Hen": ("Chicken, rooster", "Cluck"),
    "Insects": ("Insect", "Fly, housefly", "Bee, wasp, etc.", "Mosquito", "Buzz"),
    "Sheep": ("Sheep", "Bleat", "Goat"),
    "Crow": ("Crow", "Caw"),
    "Rain": ("Rain", "Rain on surface", "Raindrop"),
    "Sea waves": ("Waves, surf", "Ocean"),
    "Crackling fire": ("Fire", "Crackle"),
    "Crickets": ("Cricket",),
    "Chirping birds": (
        "Bird",
        "Chirp, tweet",
        "Bird vocalization, bird call, bird song",
    ),
    "Water drops": ("Drip",),
    "Wind": ("Wind", "Wind noise (microphone)", "Rustling leaves"),
    "Pouring water": ("Pour", "Fill (with liquid)", "Water tap, faucet", "Trickle, dribble"),
    "Toilet flush": ("Toilet flush",),
    "Thunderstorm": ("Thunderstorm", "Thunder"),
    "Crying baby": ("Baby cry, infant cry", "Crying, sobbing"),
    "Sneezing": ("Sneeze",),
    "Clapping": ("Clapping", "Applause"),
    "Breathing": ("Breathing", "Wheeze", "Gasp", "Pant"),
    "Coughing": ("Cough", "Throat clearing"),
    "Footsteps": ("Walk, footsteps", "Run"),
    "Laughing": ("Laughter", "Giggle", "Chuckle, chortle", "Belly laugh", "Baby laughter"),
    "Brushing teeth": ("Toothbrush",),
    "Snoring": ("Snoring", "Snort"),
    "Drinking - sipping": ("Gargling", "Chewing, mastication", "Burping, eructation"),
    "Door knock": ("Knock",),
    "Mouse click": ("Clicking", "Camera", "Single-lens reflex camera"),
    "Keyboard typing": ("Computer keyboard", "Typing"),
    "Door - wood creaks": ("Creak", "Squeak"),
    "Can opening": ("Burst, pop", "Crushing", "Hiss"),
    "Washing machine": ("Mechanical fan", "Mechanisms", "Sewing machine"),
    "Vacuum cleaner": ("Vacuum cleaner",),
    "Clock alarm": ("Alarm clock", "Beep, bleep", "Alarm"),
    "Clock tick": ("Tick-tock", "Tick", "Clock"),
    "Glass breaking": ("Shatter", "Glass"),
    "Siren": (
        "Siren",
        "Civil defense siren",
        "Police car (siren)",
        "Ambulance (siren)",
        "Fire engine, fire truck (siren)",
    ),
    "Car horn": ("Vehicle horn, car horn, honking", "Toot", "Air horn, truck horn"),
    "Engine": (
        "Engine",
        "Idling",
        "Medium engine (mid frequency)",
        "Light engine (high frequency)",
    ),
    "Train": ("Train", "Rail transport", "Railroad car, train wagon", "Train wheels squealing"),
    "Church bells": ("Church bell", "Bell", "Change ringing (campanology)"),
    "Airplane": ("Fixed-wing aircraft, airplane", "Aircraft", "Jet engine"),
    "Helicopter": ("Helicopter",),
    "Chainsaw": ("Chainsaw",),
    "Fireworks": ("Fireworks", "Firecracker"),
    "Hand saw": ("Sawing",),
}
"""AudioSet's names for each class of ESC-50; where AudioSet has none, the sounds nearest to it."""

ESC10 = (
    "Dog",
    "Rooster",
    "Rain",
    "Sea waves",
    "Crackling fire",
    "Crying baby",
    "Sneezing",
    "Clock tick",
    "Helicopter",
    "Chainsaw",
)


@dataclass(frozen=True)
class Esc50Result:
    """Accuracies in [0, 1] over recordings of some of ESC-50's classes."""

    choice: float
    """Share of recordings whose class has the highest score, of the classes asked about."""
    top5: float
    """Share of recordings with one of their class's names among their five first tags."""
    n_recordings: int


def esc50_accuracy(
    scores: NDArray[np.floating],
    truth: Sequence[str],
    *,
    names: Sequence[str],
    classes: Sequence[str] = tuple(ESC50),
) -> Esc50Result:
    """Ask a tagger which of ``classes`` each recording is of.

    A class's score is the highest of its AudioSet names'. Names that the tagger does not know are
    left out.

    Parameters
    ----------
    scores : float [recording, name]
    truth : sequence of str
        ESC-50's label of each recording, all of them among ``classes``.
    names : sequence of str
        The tagger's, in the order of its scores.

    Raises
    ------
    DataError
        If there is no recording, or one of a class that is not asked about.
    """
    if not len(truth):
        raise DataError("there are no recordings of ESC-50 to ask about")
    if strange := set(truth) - set(classes):
        raise DataError(f"{min(strange)!r} is none of the {len(classes)} classes asked about")
    column = {name: index for index, name in enumerate(names)}
    known = {key: [column[n] for n in ESC50[key] if n in column] for key in classes}
    by_class = np.stack(
        [scores[:, ids].max(axis=1) if ids else np.zeros(len(scores)) for ids in known.values()],
        axis=1,
    )
    chosen = [classes[index] for index in by_class.argmax(axis=1)]
    best5 = np.argsort(-scores, axis=1)[:, :5]
    right = [choice == label for choice, label in zip(chosen, truth, strict=True)]
    named = [
        not set(row.tolist()).isdisjoint(known[label])
        for row, label in zip(best5, truth, strict=True)
    ]
    return Esc50Result(
        choice=float(np.mean(right)),
        top5=float(np.mean(named)),
        n_recordings=len(truth),
    )
