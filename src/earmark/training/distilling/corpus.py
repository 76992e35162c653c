"""Bodies of recordings to train on and to be measured against, decoded once.

A body is a folder with a ``manifest.csv``: ``path`` and ``licence``, and, where they are known,
``source``, ``labels``, ``fold`` and ``group`` (recordings that are, or may be, the same sound).
"""

from __future__ import annotations

import csv
import hashlib
import io
import logging
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from earmark import audio
from earmark.errors import AudioError, DataError

__all__ = ["Corpus", "Entry", "Split", "read_manifest", "split_of"]

logger = logging.getLogger(__name__)

Split = Literal["train", "validation", "esc50-test", "unused"]

UNFREE = re.compile(
    # A collection whose unfree files were dropped is free, and a team is called Unknown Horizons.
    r"\bNC\b(?! files dropped)|Sampling|unstated|unknown(?! Horizons)|^\s*\?",
    re.IGNORECASE,
)
COMPILATION = "clip itself"
"""In ESC-50 the licence of the collection is followed by that of the recording itself."""
VALIDATION_SHARE = 8
"""One source in so many is kept out of training, chosen by the md5 of its name."""
ESC50_TEST_FOLD = "esc50:5"


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One recording of a manifest."""

    path: Path
    source: str
    licence: str
    labels: str = ""
    fold: str = ""
    group: str = ""
    nc: bool = False

    def is_free(self) -> bool:
        """Whether the recording's own licence lets anyone use it for anything."""
        return not UNFREE.search(self.licence.rpartition(COMPILATION)[2])

    def is_held_out(self) -> bool:
        """Whether the recording's source is kept for validation."""
        return int(hashlib.md5(self.source.encode()).hexdigest(), 16) % VALIDATION_SHARE == 0

    def is_esc50_test(self) -> bool:
        """Whether the recording is in ESC-50's fold 5, which nothing is trained on."""
        return self.fold.endswith(ESC50_TEST_FOLD)


def read_manifest(folder: Path) -> list[Entry]:
    """The recordings that ``folder/manifest.csv`` lists.

    Raises
    ------
    DataError
        If there is no manifest or it lacks the column ``path`` or ``licence``.
    """
    path = folder / "manifest.csv"
    try:
        reader = csv.DictReader(io.StringIO(path.read_text(encoding="utf-8"), newline=""))
    except OSError as error:
        raise DataError(f"{path}: cannot be read ({error.strerror})") from error
    except UnicodeDecodeError as error:
        raise DataError(f"{path}: is not text in UTF-8") from error
    missing = {"path", "licence"} - set(reader.fieldnames or ())
    if missing:
        raise DataError(f"{path}: has no column {' and none '.join(sorted(missing))}")
    return [
        Entry(
            path=folder / row["path"],
            source=row.get("source") or folder.name,
            licence=row["licence"],
            labels=row.get("labels") or "",
            fold=row.get("fold") or "",
            group=row.get("group") or "",
            nc=row.get("nc") == "1",
        )
        for row in reader
    ]


def split_of(entries: Sequence[Entry]) -> list[Split]:
    """Which part of the work each recording is for.

    Whole sources are held out, and so is every recording of a group of which one is held out.
    """
    tested = {entry.group for entry in entries if entry.is_esc50_test()}
    held_out = {entry.group for entry in entries if entry.is_held_out()}

    def split(entry: Entry) -> Split:
        if entry.is_esc50_test():
            return "esc50-test"
        if entry.group and entry.group in tested:
            return "unused"
        if entry.is_held_out():
            return "validation"
        if entry.group and entry.group in held_out:
            return "unused"
        return "train" if entry.is_free() else "unused"

    return [split(entry) for entry in entries]


@dataclass(frozen=True)
class Corpus:
    """Decoded recordings, one after the other in one array, which may be a file's."""

    samples: NDArray[np.int16]
    """int16 [total], mono at 16 kHz."""
    ends: NDArray[np.int64]
    """int64 [n], where each recording ends."""
    entries: tuple[Entry, ...]

    def __len__(self) -> int:
        return len(self.entries)

    def waveform(self, index: int) -> NDArray[np.float32]:
        """float32 [samples] in [-1, 1]."""
        start = int(self.ends[index - 1]) if index else 0
        return self.samples[start : self.ends[index]].astype(np.float32) / np.float32(32768)

    @classmethod
    def decode(cls, entries: Iterable[Entry], *, cache: Path) -> Corpus:
        """Decode ``entries`` to ``cache`` unless an earlier call has done so.

        A recording that cannot be read is logged and left out.

        Raises
        ------
        DataError
            If there is none that can be read.
        """
        entries = list(entries)
        key = hashlib.sha256("\n".join(str(entry.path) for entry in entries).encode())
        path = cache / f"{key.hexdigest()[:16]}.npz"
        raw = path.with_suffix(".pcm")
        if not path.exists():
            cache.mkdir(parents=True, exist_ok=True)
            np.savez(path, lengths=_decode(entries, raw))
        with np.load(path) as arrays:
            lengths = arrays["lengths"]
        kept = np.flatnonzero(lengths)
        if not len(kept):
            raise DataError(f"none of the {len(entries)} recordings asked for can be used")
        return cls(
            samples=np.memmap(raw, dtype="<i2", mode="r"),
            ends=np.cumsum(lengths[kept]),
            entries=tuple(entries[index] for index in kept),
        )


def _decode(entries: Sequence[Entry], path: Path) -> NDArray[np.int64]:
    """Write all samples to ``path``; int64 [n], how many are each recording's, 0 if unreadable."""
    lengths = np.zeros(len(entries), dtype=np.int64)
    with path.open("wb") as file:
        for index, entry in enumerate(entries):
            try:
                waveform = audio.load(entry.path)
            except AudioError as error:
                logger.warning("left out: %s", error)
                continue
            pcm = np.clip(np.rint(waveform * 32768), -32768, 32767).astype("<i2")
            file.write(pcm.tobytes())
            lengths[index] = len(pcm)
    return lengths
