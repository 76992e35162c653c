"""Label tracks of Audacity, and Raven's selection tables: what is heard when, beside recordings.

A label track lies beside its recording and is called like it: ``night.wav`` and ``night.txt``. Each
line has a start, an end and a label, with tabs between; lines that begin with a backslash give the
frequencies of the label above, and are passed over. A selection table, ``night.selections.txt`` or
``night.Table.1.selections.txt``, has a header that names such columns.

Whoever marks what is to be heard leaves the rest unmarked: it counts as background.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from earmark.audio import Skipped
from earmark.errors import DataError
from earmark.training.sounds.clips import SoundClip, SoundSet, many
from earmark.training.sounds.table import seconds_of
from earmark.training.sounds.walking import files, is_recording

__all__ = ["Mark", "parse", "read", "tracks_below"]

_SCORE = re.compile(r"\s+[01]\.\d\d$")
_SEPARATORS = re.compile(r"[;|]")
_RAVEN_ENDS = re.compile(r"(\.table\.\d+)?\.selections$", re.IGNORECASE)
_LABEL_COLUMNS = ("annotation", "label", "common name", "species", "species code", "class", "tag")
_MOST_BYTES = 1 << 26


@dataclass(frozen=True)
class Mark:
    """A line of a track."""

    start: float
    end: float
    labels: tuple[str, ...]


def tracks_below(folder: Path) -> dict[Path, Path]:
    """Find the recordings below a folder that have a track of labels beside them.

    Returns
    -------
    dict of Path to Path
        The track of each recording.
    """
    recordings, texts = _files_below(folder)
    return _paired(recordings, texts)


def read(folder: Path, *, how: str = "") -> SoundSet:
    """Read the recordings of a folder, through all its levels, with their tracks of labels.

    Parameters
    ----------
    folder : Path
    how : str
        Why it was taken for that.

    Raises
    ------
    DataError
        If a track cannot be read, or a line of it makes no sense.
    """
    recordings, texts = _files_below(folder)
    tracks = _paired(recordings, texts)
    clips: list[SoundClip] = []
    for recording, track in tracks.items():
        marks = parse(track)
        clips += [
            SoundClip(path=recording, start=mark.start, end=mark.end, labels=mark.labels)
            for mark in marks
        ] or [SoundClip(path=recording)]
    return SoundSet(
        clips=tuple(clips),
        classes=(),
        root=folder,
        how=how or f"{folder} has label tracks beside its recordings",
        unlabelled="background",
        skipped=tuple(
            Skipped(
                str(path),
                "has no label track beside it: if nothing is to be heard in it, give it an empty "
                f"one, {path.stem}.txt",
            )
            for path in recordings
            if path not in tracks
        ),
        notes=tuple(_notes(folder, tracks, texts)),
    )


def parse(track: Path) -> list[Mark]:
    """Read a track.

    Raises
    ------
    DataError
        If it cannot be read, or a line makes no sense.
    """
    text = _read(track)
    if _is_raven(text):
        return list(_raven(text, track))
    return list(_audacity(text, track))


def _files_below(folder: Path) -> tuple[list[Path], list[Path]]:
    found = [path for path in files(folder) if isinstance(path, Path)]
    texts = [path for path in found if path.suffix.lower() == ".txt"]
    return [path for path in found if is_recording(path)], texts


def _paired(recordings: list[Path], texts: list[Path]) -> dict[Path, Path]:
    by_name: dict[Path, Path] = {}
    for path in texts:
        stem = _RAVEN_ENDS.sub("", path.stem)
        for name in (stem, Path(stem).stem if is_recording(Path(stem)) else stem):
            if _looks_like_track(path):
                by_name.setdefault(path.with_name(name), path)
    found = {path: by_name.get(path.with_suffix("")) for path in recordings}
    return {path: track for path, track in found.items() if track is not None}


def _looks_like_track(path: Path) -> bool:
    """Whether the first line is one of a track, or there is none."""
    try:
        with path.open("rb") as file:
            head = file.read(4096)
        if b"\0" in head:
            return False
        text = head.decode("utf-8-sig", "surrogateescape")
        first = next((line for line in text.splitlines() if line.strip()), "")
        return not first or _is_raven(text) or _mark(first) is not None
    except (OSError, ValueError):
        return False


def _audacity(text: str, track: Path) -> Iterator[Mark]:
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.startswith("\\"):
            continue
        try:
            mark = _mark(line)
        except ValueError as error:
            raise DataError(f"{track}, line {number}: {error}") from None
        if mark is None:
            raise DataError(
                f"{track}, line {number}: {line[:40]!r} is not start, end and label with tabs "
                "between, as Audacity exports labels"
            )
        yield mark


def _mark(line: str) -> Mark | None:
    cells = line.split("\t")
    if len(cells) < 2:
        return None
    try:
        start = seconds_of(cells[0].strip(), decimal_comma=True)
        end = seconds_of(cells[1].strip(), decimal_comma=True)
    except ValueError:
        return None
    if start is None or end is None:
        return None
    if end < start:
        raise ValueError(f"a label ends at {end:g} s, before it starts at {start:g}")
    return Mark(start, end, _labels(cells[2] if len(cells) > 2 else ""))


def _is_raven(text: str) -> bool:
    header = text.partition("\n")[0].casefold()
    return "begin time (s)" in header and "end time (s)" in header


def _raven(text: str, track: Path) -> Iterator[Mark]:
    rows = csv.DictReader(text.splitlines(), delimiter="\t", quoting=csv.QUOTE_NONE)
    names = {name.strip().casefold(): name for name in rows.fieldnames or ()}
    label = next((names[name] for name in _LABEL_COLUMNS if name in names), None)
    if label is None:
        raise DataError(
            f"{track} has no column that says what is selected: add one called Annotation"
        )
    offset = names.get("file offset (s)")
    seen = set()
    for row in rows:
        times = [row[names["begin time (s)"]], row[names["end time (s)"]], row[label] or ""]
        mark = _mark("\t".join(str(cell) for cell in times))
        if mark is None:
            raise DataError(f"{track}, line {rows.line_num}: has no times")
        # Where sounds were opened one after the other, times count from the first one's beginning.
        shift = 0.0 if offset is None or not row[offset] else mark.start - float(row[offset])
        moved = Mark(mark.start - shift, mark.end - shift, mark.labels)
        if moved not in seen:  # once for each view: waveform and spectrogram
            seen.add(moved)
            yield moved


def _labels(text: str) -> tuple[str, ...]:
    """Read the text of a label; a score, as `earmark tag` writes it, is no part of the name."""
    parts = (_SCORE.sub("", part.strip()) for part in _SEPARATORS.split(text))
    return tuple(part for part in parts if part)


def _read(track: Path) -> str:
    try:
        if track.stat().st_size > _MOST_BYTES:
            raise DataError(f"{track} is larger than 64 MiB, and so no label track")
        return track.read_bytes().decode("utf-8-sig", "surrogateescape")
    except OSError as error:
        raise DataError(f"{track} cannot be read: {error.strerror or error}") from error


def _notes(folder: Path, tracks: dict[Path, Path], texts: list[Path]) -> Iterator[str]:
    used = set(tracks.values())
    alone = [path for path in texts if path not in used and _looks_like_track(path)]
    if alone:
        first = alone[0].relative_to(folder)
        yield (
            f"{many(len(alone), 'label track')} without a recording of its name ({first}"
            f"{', ...' if len(alone) > 1 else ''}): left out"
        )
