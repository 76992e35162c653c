"""The names of classes, as people write them: told apart, restricted, and put into a table."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from difflib import get_close_matches

from earmark import ontology
from earmark.errors import DataError, UsageError
from earmark.ontology import Label
from earmark.training.sounds.clips import SoundClip, SoundSet, many
from earmark.training.sounds.settings import SoundSettings

__all__ = ["alike", "settle", "table_of"]

_UNFIT = re.compile(r"[\s,;\"']+")
_PERHAPS_NONE = ("noise", "other", "others", "none", "nothing", "unknown", "silence", "negative")
_BETWEEN_WORDS = re.compile(r"[\s_-]+")


def settle(found: SoundSet, settings: SoundSettings) -> SoundSet:
    """Decide what the classes are, once a reader has found what there is.

    Names lose the spaces around them; names of the background become no label; where classes are
    asked for, other labels are dropped and their clips become background.

    Raises
    ------
    DataError
        If there is no clip, or no class.
    UsageError
        If classes are asked for that are not there.
    """
    if not found.clips:
        raise DataError(f"{found.root} holds nothing to learn from: {found.how}")
    clips = tuple(replace(clip, labels=_labels(clip.labels, settings)) for clip in found.clips)
    counts = Counter(label for clip in clips for label in clip.labels)
    listed = [name.strip() for name in found.classes if not settings.is_background(name)]
    known = tuple(dict.fromkeys(name for name in listed if name))
    notes = [*_spelling(list(counts) + list(known))]
    if settings.classes is not None:
        wanted = tuple(dict.fromkeys(name.strip() for name in settings.classes))
        _check_wanted(wanted, counts, found)
        notes += _unwanted(counts, wanted)
        clips = tuple(
            replace(clip, labels=tuple(name for name in clip.labels if name in wanted))
            for clip in clips
        )
    else:
        wanted = known or tuple(sorted(counts, key=lambda name: (name.casefold(), name)))
    empty = [name for name in wanted if not counts[name]]
    notes += [f"class {name!r} has no recordings: it is left out" for name in empty]
    classes = tuple(name for name in wanted if counts[name])
    notes += _perhaps_none(classes)
    if not classes:
        raise DataError(f"{found.root} holds no class to learn: every clip in it is background")
    _check_there_are_others(classes, found, clips)
    about = tuple(text for name, text in zip(known, found.about, strict=False) if name in classes)
    return replace(
        found,
        clips=clips,
        classes=classes,
        about=about if len(about) == len(classes) else (),
        notes=(*found.notes, *notes),
    )


def table_of(classes: Sequence[str]) -> tuple[Label, ...]:
    """Number classes and give them ids: AudioSet's where AudioSet has a class of that name.

    Other ids are the names, with ``_`` for spaces, commas, semicolons and quotes, which lists of
    ids cannot hold.
    """
    alone = Counter(map(alike, classes))
    taken: set[str] = set()
    table = []
    for index, name in enumerate(classes):
        node = ontology.get(name) if alone[alike(name)] == 1 else None
        id_ = node.id if node is not None else _UNFIT.sub("_", name).strip("_") or f"class_{index}"
        while id_ in taken:
            id_ += "_"
        taken.add(id_)
        by_id = node is not None and node.id == name
        table.append(Label(index, id_, node.name if node is not None and by_id else name))
    return tuple(table)


def alike(name: str) -> str:
    """What names have in common that differ in case, spaces, hyphens and underscores only."""
    return _BETWEEN_WORDS.sub(" ", name).strip().casefold()


def _check_there_are_others(
    classes: Sequence[str], found: SoundSet, clips: Sequence[SoundClip]
) -> None:
    """Refuse a single class with nothing to tell it from."""
    if len(classes) == 1 and found.unlabelled != "background" and all(c.labels for c in clips):
        raise DataError(
            f"{found.root} holds one class, {classes[0]!r}, and nothing to tell it from: add "
            "recordings without it, as the class 'background'"
        )


def _labels(names: Iterable[str], settings: SoundSettings) -> tuple[str, ...]:
    tidy = dict.fromkeys(name.strip() for name in names)
    return tuple(name for name in tidy if name and not settings.is_background(name))


def _spelling(names: Iterable[str]) -> list[str]:
    """Name classes that may be one."""
    together: dict[str, dict[str, None]] = {}
    for name in names:
        together.setdefault(alike(name), {})[name] = None
    return [
        f"{' and '.join(map(repr, sorted(same)))} are {len(same)} classes: write them alike if "
        "they are one"
        for same in together.values()
        if len(same) > 1
    ]


def _check_wanted(wanted: Sequence[str], counts: Counter[str], found: SoundSet) -> None:
    """Refuse classes that no clip has, unless the set lists them."""
    there = list(dict.fromkeys((*counts, *found.classes)))
    for name in wanted:
        if name not in there:
            near = get_close_matches(name, there, n=3, cutoff=0.5) or sorted(there)[:5]
            raise UsageError(
                f"no clip is labelled {name!r}: there are {', '.join(map(repr, near))}"
                f"{', ...' if len(near) < len(there) else ''}"
            )


def _unwanted(counts: Counter[str], wanted: Sequence[str]) -> list[str]:
    others = {name: count for name, count in counts.items() if name not in wanted}
    if not others:
        return []
    named = ", ".join(f"{name!r} ({many(count, 'clip')})" for name, count in _first(others))
    return [
        f"labels that are none of the classes asked for do not count: {named}"
        f"{', ...' if len(others) > 5 else ''}"
    ]


def _perhaps_none(classes: Iterable[str]) -> list[str]:
    return [
        f"{name!r} is learnt as a class like the others; if it stands for none of them, say so "
        f"(--background {name})"
        for name in classes
        if name.casefold().strip("_") in _PERHAPS_NONE
    ]


def _first(counts: dict[str, int]) -> list[tuple[str, int]]:
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:5]
