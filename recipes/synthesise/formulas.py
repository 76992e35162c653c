"""All sounds made by formula, in one list."""

from dataclasses import replace

from recipes.synthesise import alarms, bells, blasts, cries, impacts, machines, nature, throats
from recipes.synthesise.sound import Maker

# a teacher hears little but "Music" or "Sound effect" in these, so they come more rarely
VAGUE = (
    "foghorn change_ringing tubular clip_clop tap running chopping cap_gun bounce boing camera "
    "scissors owl whale buzzer cowbell footsteps purr bleat gobble cough shout zipper dental "
    "washing neigh clang dishes trickle harmonic skid"
)
_ALL = (
    *alarms.MAKERS,
    *machines.MAKERS,
    *nature.MAKERS,
    *bells.MAKERS,
    *blasts.MAKERS,
    *cries.MAKERS,
    *impacts.MAKERS,
    *throats.MAKERS,
)
MAKERS: tuple[Maker, ...] = tuple(
    replace(maker, weight=0.3 * maker.weight) if maker.name in VAGUE.split() else maker
    for maker in _ALL
)
