"""A person's own sounds: read in the ways people keep them, split, cut, and embedded once.

`read` says what there is, `prepare` makes it ready to learn from::

    sounds = read("sounds/")
    data = prepare(sounds)
"""

from earmark.training.sounds.clips import SoundClip, SoundSet
from earmark.training.sounds.detect import detect, is_sounds, read
from earmark.training.sounds.own import FEW, read_own, sized
from earmark.training.sounds.preparing import prepare
from earmark.training.sounds.settings import SoundSettings
from earmark.training.sounds.watching import Silent, Watcher

__all__ = [
    "FEW",
    "Silent",
    "SoundClip",
    "SoundSet",
    "SoundSettings",
    "Watcher",
    "detect",
    "is_sounds",
    "prepare",
    "read",
    "read_own",
    "sized",
]
