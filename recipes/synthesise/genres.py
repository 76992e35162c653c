"""The genres a band can play, read from genres.csv: tempo, grooves and the players' programs."""

import csv
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Genre:
    """How a band of one genre plays; programs are General MIDI numbers from 0."""

    name: str
    labels: str
    tempo: tuple[int, ...]
    """Slowest and fastest, in quarters a minute."""
    grooves: tuple[str, ...]
    kits: tuple[int, ...]
    bass: tuple[int, ...]
    comp: tuple[int, ...]
    """Programs that accompany."""
    lead: tuple[int, ...]
    hits: str
    """When the accompaniment plays, in eighths of a bar: x or a dot."""
    scale: int
    """Index into the scales of phrases.py."""
    walking: bool
    """Whether the bass walks in quarters."""


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split())


def read(path: Path) -> tuple[Genre, ...]:
    """Read a table of genres."""
    with path.open(newline="", encoding="utf-8") as handle:
        return tuple(
            Genre(
                name=row["name"],
                labels=row["labels"],
                tempo=_numbers(row["tempo"]),
                grooves=tuple(row["grooves"].split()),
                kits=_numbers(row["kits"]),
                bass=_numbers(row["bass"]),
                comp=_numbers(row["comp"]),
                lead=_numbers(row["lead"]),
                hits=row["hits"],
                scale=int(row["scale"]),
                walking=row["walking"] == "1",
            )
            for row in csv.DictReader(handle)
        )


GENRES = read(Path(__file__).with_name("genres.csv"))
