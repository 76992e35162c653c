"""A table of recordings: CSV or Parquet with path, start, end, labels and, if one likes, more.

Each row is a clip: a recording or, with times, a stretch of one. Columns are known by the names
that other data sets give them, ESC-50, UrbanSound8K, FSD50K and DCASE among them.
"""

from __future__ import annotations

import ast
import math
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from earmark.audio import Skipped
from earmark.errors import DataError, UsageError
from earmark.training.sounds.clips import SoundClip, SoundSet, many
from earmark.training.sounds.folders import SPLIT_NAMES
from earmark.training.sounds.places import Places, folder_called
from earmark.training.sounds.rows import Row, Table, read_table
from earmark.training.sounds.settings import DEFAULTS, Role, SoundSettings

__all__ = ["ALIASES", "read", "roles_of"]


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


ALIASES: dict[Role, tuple[str, ...]] = {
    "path": _words(
        "path file_path filepath filename file_name file fname slice_file_name audio_path "
        "audio_file audio_filename audio recording wav_path wav_file wav sound_file sound "
        "begin_path begin_file"
    ),
    "start": _words(
        "start start_seconds start_time start_time_seconds start_s onset event_onset begin "
        "begin_time begin_time_s tmin"
    ),
    "end": _words(
        "end end_seconds end_time end_time_seconds end_s offset event_offset stop stop_time "
        "end_time_s tmax"
    ),
    "duration": _words("duration duration_seconds duration_s length"),
    "labels": _words(
        "labels label category_name category class_name class classes event_label event_labels "
        "tags tag species common_name annotation sound_class primary_label target_name target "
        "y"
    ),
    "split": _words("split subset partition set"),
    "fold": _words("fold cv_fold kfold k_fold"),
    "group": _words("group group_id src_file source_file fsid session speaker_id"),
}
"""What the columns may be called, the surest name first."""

_NONE = ("", "none")
_NOT_IN_NAMES = re.compile(r"[\s\-()]+")
_SEPARATORS = re.compile(r"[;|]")


def roles_of(columns: tuple[str, ...], said: Mapping[Role, str] | None = None) -> dict[Role, int]:
    """Say what the columns of a table are.

    Parameters
    ----------
    columns : tuple of str
    said : mapping, optional
        What somebody says that they are; ``none`` for what is to be left out.

    Raises
    ------
    UsageError
        If a column is named that is not there.
    """
    said = said or {}
    names = [_NOT_IN_NAMES.sub("_", name.strip().casefold()).strip("_") for name in columns]
    roles: dict[Role, int] = {}
    for role, aliases in ALIASES.items():
        if role in said:
            if said[role].casefold() in _NONE:
                continue
            if said[role] not in columns:
                raise UsageError(
                    f"there is no column {said[role]!r} for {role}: there are {', '.join(columns)}"
                )
            roles[role] = columns.index(said[role])
            continue
        at = next((names.index(alias) for alias in aliases if alias in names), None)
        if at is not None and at not in roles.values():
            roles[role] = at
    if "end" in roles or ("start" not in roles and "duration" not in said):
        roles.pop("duration", None)  # that of the whole recording, more often than not
    return roles


def read(path: Path, settings: SoundSettings = DEFAULTS, *, how: str = "") -> SoundSet:
    """Read a table.

    Parameters
    ----------
    path : Path
        ``.csv``, ``.tsv`` or ``.parquet``.
    settings : SoundSettings
        Its `audio_folder`, `columns` and `separator`.
    how : str
        Why it was taken for that.

    Raises
    ------
    DataError
        If it is no such table, a cell makes no sense, or none of its recordings is found.
    UsageError
        If a column is named that is not there.
    """
    table = read_table(path)
    roles = roles_of(table.columns, settings.columns)
    for role in ("path", "labels"):
        if role not in roles:
            raise DataError(
                f"{path} has no column for the {role}, only {', '.join(table.columns)}: say which "
                f"it is (--column {role}=NAME)"
            )
    return _Reading(table, roles, settings, how or f"{path} is a table").read()


@dataclass(frozen=True)
class _Reading:
    table: Table
    roles: dict[Role, int]
    settings: SoundSettings
    how: str

    def read(self) -> SoundSet:
        table = self.table
        names = [self._name(row) for row in table.rows]
        places = Places.of(names, folders=self._folders())
        found = {name: places.find(name) for name in dict.fromkeys(names)}
        missing = [name for name, path in found.items() if path is None]
        if missing and len(missing) == len(found):
            raise DataError(
                f"none of the {many(len(found), 'recording')} in {table.path} is there: "
                f"{missing[0]!r} {places.why_not(missing[0])}, or say where they are "
                "(--audio-folder)"
            )
        clips = tuple(
            self._clip(row, path)
            for row, name in zip(table.rows, names, strict=True)
            if (path := found[name]) is not None
        )
        return SoundSet(
            clips=clips,
            classes=(),
            root=places.base or places.folders[0],
            how=f"{self.how}: {self._columns()}",
            skipped=tuple(Skipped(name, places.why_not(name)) for name in missing),
            notes=tuple(self._notes(clips)),
        )

    def _folders(self) -> Iterator[Path]:
        """Where the recordings may be: where somebody says, or beside or around the table."""
        if self.settings.audio_folder is not None:
            yield folder_called(self.settings.audio_folder)
            return
        here = self.table.path.resolve().parent
        yield self.table.path.parent
        yield from (here / "audio", here.parent, here.parent / "audio")

    def _columns(self) -> str:
        """Say which columns hold what."""
        named = ", ".join(
            f"{role} in {self.table.columns[at]!r}" for role, at in self.roles.items()
        )
        return f"{named}; {many(len(self.table.rows), 'row')}"

    def _cell(self, row: Row, role: Role) -> Any:
        at = self.roles.get(role)
        return None if at is None else row.cells[at]

    def _name(self, row: Row) -> str:
        value = self._cell(row, "path")
        if isinstance(value, dict):
            raise DataError(
                f"{self.table.where(row)}: the recording itself stands there: save the sounds to "
                "files, and name these"
            )
        if value is None or not str(value).strip():
            raise DataError(f"{self.table.where(row)}: names no recording")
        return _spell(value)

    def _clip(self, row: Row, path: Path) -> SoundClip:
        start = self._seconds(row, "start")
        end = self._seconds(row, "end")
        duration = self._seconds(row, "duration")
        if end is None and duration is not None:
            end = (start or 0.0) + duration
        if end is not None and end < (start or 0.0):
            raise DataError(f"{self.table.where(row)}: ends at {end:g} s, before it starts")
        return SoundClip(
            path=path,
            start=start or 0.0,
            end=end,
            labels=self._labels(row),
            split=self._split(row),
            fold=self._text(row, "fold"),
            group=self._text(row, "group"),
        )

    def _seconds(self, row: Row, role: Role) -> float | None:
        value = self._cell(row, role)
        if value is None:
            return None
        try:
            seconds = seconds_of(value, decimal_comma=self.table.decimal_comma)
        except ValueError:
            raise DataError(
                f"{self.table.where(row)}: {role} is {value!r}, and no time in seconds"
            ) from None
        return seconds

    def _labels(self, row: Row) -> tuple[str, ...]:
        value = self._cell(row, "labels")
        if isinstance(value, str) and value.startswith("[") and value.endswith("]"):
            try:
                value = ast.literal_eval(value)  # as JSON and as Python write lists of texts
            except (ValueError, SyntaxError):
                value = value[1:-1]
        if isinstance(value, list | tuple):
            return tuple(_spell(each) for each in value if each is not None)
        if value is None or value != value:  # NaN is the only value that is not itself
            return ()
        text = _spell(value)
        parts = text.split(self.settings.separator) if self.settings.separator else ()
        return tuple(part.strip() for part in parts or _SEPARATORS.split(text))

    def _split(self, row: Row) -> Any:
        name = self._text(row, "split")
        if name is None:
            return None
        split = SPLIT_NAMES.get(name.casefold())
        if split is None:
            raise DataError(
                f"{self.table.where(row)}: {name!r} is no split: it can be train, validation or "
                "test; or leave the column out (--column split=none)"
            )
        return split

    def _text(self, row: Row, role: Role) -> str | None:
        value = self._cell(row, role)
        return None if value is None or value != value else _spell(value).strip() or None

    def _notes(self, clips: tuple[SoundClip, ...]) -> Iterator[str]:
        none = sum(not clip.labels for clip in clips)
        if none:
            yield f"{many(none, 'row')} without a label: examples of what is none of the classes"
        labels = Counter(label for clip in clips for label in clip.labels)
        if self.settings.separator is None:
            for label in labels:
                parts = [part.strip() for part in label.split(",")]
                if len(parts) > 1 and all(labels[part] for part in parts):
                    yield (
                        f"{label!r} is one label; if commas stand between labels, say so "
                        "(--separator ,)"
                    )
                    return


def seconds_of(value: Any, *, decimal_comma: bool = False) -> float | None:
    """Read a time: seconds, or hours, minutes and seconds with colons; None for not a number.

    Raises
    ------
    ValueError
        If it is none, or below 0.
    """
    if isinstance(value, str):
        text = value.replace(",", ".") if decimal_comma else value
        seconds = 0.0
        for part in text.split(":"):
            seconds = seconds * 60 + float(part)
    else:
        seconds = float(value)
    if math.isnan(seconds):
        return None
    if not (math.isfinite(seconds) and seconds >= 0):
        raise ValueError(value)
    return seconds


def _spell(value: Any) -> str:
    """Write what Parquet holds as text; whole numbers without a point."""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)
