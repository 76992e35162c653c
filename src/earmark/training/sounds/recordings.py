"""Which recordings there are, told apart by what they hold and not by how they are called."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

from earmark.audio import Skipped
from earmark.audio.bytestreams import os_reason
from earmark.audio.sources import printable
from earmark.training.sounds.clips import SPLITS, SoundClip, SoundSet, Split, many

__all__ = ["Recording", "Recordings", "identify"]

_CHUNK = 1 << 20


@dataclass(frozen=True)
class Recording:
    """A recording, under whatever names it lies there, and all that is said of it."""

    digest: str
    """The SHA-256 of its bytes."""
    path: Path
    """The first file of it."""
    name: str
    """What that is called."""
    clips: tuple[SoundClip, ...]
    """What is to be heard in it."""

    @property
    def labels(self) -> frozenset[str]:
        """All that is to be heard in it."""
        return frozenset(label for clip in self.clips for label in clip.labels)

    @property
    def splits(self) -> frozenset[Split | None]:
        """What its clips are for."""
        return frozenset(clip.split for clip in self.clips)


@dataclass(frozen=True)
class Recordings:
    """What there is to read."""

    found: tuple[Recording, ...]
    skipped: tuple[Skipped, ...]
    notes: tuple[str, ...]


def identify(sounds: SoundSet, *, jobs: int = 1) -> Recordings:
    """Find out which recordings there are.

    The same recording under two names counts once, with the labels of both; where one of them is to
    learn from and the other to check on, it is checked on only.

    Parameters
    ----------
    sounds : SoundSet
    jobs : int
        How many files to read at once.
    """
    with ThreadPoolExecutor(jobs) as pool:
        digests = dict(zip(sounds.paths, pool.map(_digest, sounds.paths), strict=True))
    skipped = [
        Skipped(printable(sounds.name_of(path)), reason.reason)
        for path, reason in digests.items()
        if isinstance(reason, Skipped)
    ]
    together: dict[str, list[SoundClip]] = {}
    for clip in sounds.clips:
        digest = digests[clip.path]
        if isinstance(digest, str):
            together.setdefault(digest, []).append(clip)
    found, twice, across = [], [], []
    for digest, clips in together.items():
        paths = list(dict.fromkeys(clip.path for clip in clips))
        kept = _of_one_side(clips)
        if len(kept) < len(clips):
            across.append(" = ".join(sounds.name_of(path) for path in paths))
        elif len(paths) > 1:
            twice.append(" = ".join(sounds.name_of(path) for path in paths))
        name = printable(sounds.name_of(paths[0]))
        found.append(Recording(digest, paths[0], name, tuple(_merged(kept))))
    notes = [*_about_twice(twice), *_about_across(across)]
    return Recordings(tuple(found), tuple(skipped), tuple(notes))


def _digest(path: Path) -> str | Skipped:
    """Hash a file's bytes, or say why it cannot be read."""
    digest = hashlib.sha256()
    try:
        with path.open("rb", buffering=0) as file:
            while data := file.read(_CHUNK):
                digest.update(data)
    except (OSError, ValueError) as error:
        return Skipped(str(path), os_reason(error))
    return digest.hexdigest()


def _of_one_side(clips: Sequence[SoundClip]) -> list[SoundClip]:
    """Leave out the clips to learn from, of a whole recording that is there to be checked on."""
    whole = {clip.split for clip in clips if clip.is_whole}
    if len(whole) < 2:
        return list(clips)
    last = max((split for split in whole if split is not None), key=SPLITS.index)
    return [clip for clip in clips if clip.split == last or not clip.is_whole]


def _merged(clips: Iterable[SoundClip]) -> list[SoundClip]:
    """Make one of clips of the same stretch, with the labels of all."""
    found: dict[tuple[float, float | None, Split | None], SoundClip] = {}
    for clip in clips:
        key = (clip.start, clip.end, clip.split)
        known = found.setdefault(key, clip)
        labels = tuple(dict.fromkeys((*known.labels, *clip.labels)))
        found[key] = replace(known, labels=labels)
    return list(found.values())


def _about_twice(names: Sequence[str]) -> list[str]:
    if not names:
        return []
    return [
        f"{many(len(names), 'recording')} under more than one name ({_first(names)}): each counts "
        "once, with the labels of all"
    ]


def _about_across(names: Sequence[str]) -> list[str]:
    if not names:
        return []
    return [
        f"{many(len(names), 'recording')} both to learn from and to check on ({_first(names)}): "
        "left out of what is learnt from"
    ]


def _first(names: Sequence[str]) -> str:
    return "; ".join(names[:3]) + ("; ..." if len(names) > 3 else "")
