"""Recordings in earmark's own ``.npz``; `earmark.formats.npz` has its layout."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, Self

import numpy as np
from numpy.typing import NDArray

from earmark.embedders import EMBEDDING_SIZE
from earmark.embedders.identity import Identity
from earmark.errors import DataError, EarmarkError
from earmark.formats.npz_columns import Column, Columns

__all__ = ["Reader", "Recording", "Writer", "opened", "save"]

FORMAT = 1
_BLOCK = 1 << 16
_Part = tuple[NDArray[np.uint8], NDArray[np.float64]]


@dataclass(frozen=True)
class Recording:
    """The embeddings of one recording."""

    source: str
    """As it was named."""
    duration: float
    """Its length in seconds; NaN where unknown."""
    frames: NDArray[np.uint8] = field(repr=False)
    """uint8 [n, 128]: quantised, one for each patch."""
    starts: NDArray[np.float64] = field(repr=False)
    """float64 [n]: where each patch begins, in seconds."""


class Writer:
    """A file while it is written, recording by recording; used with ``with``."""

    def __init__(self) -> None:
        self.columns = Columns()
        self.row = -1
        """The number of the recording at hand."""
        self.add(np.empty((0, EMBEDDING_SIZE), np.uint8), np.empty(0), rows=np.empty(0, np.int32))
        self.columns.append_text(sources=())
        self.columns.append(durations=np.empty(0))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.columns.close()

    def begin(self, source: str) -> None:
        """Go on to the next recording."""
        self.row += 1
        self.columns.append_text(sources=[source])

    def add(
        self,
        frames: NDArray[np.uint8],
        starts: NDArray[np.float64],
        *,
        rows: NDArray[np.int32] | None = None,
    ) -> None:
        """Add embeddings, uint8 [n, 128], of the recording at hand, or of those that `rows` says.

        Parameters
        ----------
        frames : uint8 [n, 128]
        starts : float64 [n]
        rows : int32 [n], optional
        """
        if rows is None:
            rows = np.full(len(frames), self.row, np.int32)
        self.columns.append(frames=frames, starts=starts, source=rows)

    def end(self, duration: float) -> None:
        """Say how long the recording at hand is."""
        self.columns.append(durations=np.array([duration], np.float64))

    def write(self, file: BinaryIO, *, identity: Identity, model: str) -> None:
        """Write all of it.

        Parameters
        ----------
        file : binary file
        identity : Identity
            The embedder's.
        model : str
            The name and version of what made them.
        """
        with zipfile.ZipFile(file, "w") as archive:
            self.columns.write(
                archive,
                identity=np.array(identity.to_json()),
                model=np.array(model),
                format=np.array(FORMAT),
            )


class Reader:
    """A file while it is read, from its beginning to its end."""

    def __init__(self, archive: zipfile.ZipFile, path: str) -> None:
        self.path = path
        self._archive = archive
        version = self._scalar("format")
        if version != str(FORMAT):
            raise DataError(f"{path} has format {version}; this earmark reads {FORMAT}")
        self.model = self._scalar("model")
        self.identity = Identity.parse(json.loads(self._scalar("identity")), where=path)

    def __contains__(self, name: str) -> bool:
        return f"{name}.npy" in self._archive.NameToInfo

    def column(self, name: str, kinds: str, shape: tuple[int, ...] = ()) -> Column:
        """Open an array; see `Column`."""
        return Column(self._archive, name, kinds, shape)

    def recordings(self) -> Iterator[Recording]:
        """Yield the recordings."""
        sources, durations = self.column("sources", "U"), self.column("durations", "f")
        count = sources.left
        if durations.left != count:
            raise ValueError(f"it has {count} sources and {durations.left} durations")
        row = 0
        parts: list[_Part] = []
        for of, part in self._parts(count):
            while row < of:  # there may be some without a patch
                yield _recording(sources, durations, parts)
                row, parts = row + 1, []
            parts.append(part)
        while row < count:
            yield _recording(sources, durations, parts)
            row, parts = row + 1, []

    def _parts(self, count: int) -> Iterator[tuple[int, _Part]]:
        """Yield runs of patches of one recording, and which one it is."""
        frames = self.column("frames", "u", (EMBEDDING_SIZE,))
        starts, source = self.column("starts", "f"), self.column("source", "iu")
        if not frames.left == starts.left == source.left:
            raise ValueError(
                f"it has {frames.left} frames, {starts.left} starts and {source.left} sources"
            )
        last = 0
        while frames.left:
            rows = source.take(_BLOCK).astype(np.int64)
            if rows[0] < last or rows[-1] >= count or (np.diff(rows) < 0).any():
                raise ValueError("its patches are not in the order of its sources")
            last = int(rows[-1])
            bounds = np.flatnonzero(np.diff(rows)) + 1
            of = rows[[0, *bounds]].tolist()
            some_frames = np.split(frames.take(_BLOCK), bounds)
            some_starts = np.split(starts.take(_BLOCK), bounds)
            yield from zip(of, zip(some_frames, some_starts, strict=True), strict=True)

    def _scalar(self, name: str) -> str:
        with self._archive.open(f"{name}.npy") as member:
            return str(np.lib.format.read_array(member, allow_pickle=False))


@contextmanager
def opened(path: Path) -> Iterator[Reader]:
    """Open a file to read.

    Raises
    ------
    DataError
        If it is missing, damaged or something else; also later, while it is read.
    """
    try:
        with path.open("rb") as file, zipfile.ZipFile(file) as archive:
            yield Reader(archive, str(path))
    except EarmarkError:
        raise
    except Exception as error:  # damage to a zip makes a dozen unrelated classes
        reason = error.args[0] if isinstance(error, KeyError) else error
        raise DataError(f"{path} holds no embeddings of earmark: {reason}") from error


def save(
    file: BinaryIO, recordings: Iterable[Recording], *, identity: Identity, model: str
) -> None:
    """Write recordings as they come.

    Parameters
    ----------
    file : binary file
        Where to.
    recordings : iterable of Recording
        There may be none.
    identity : Identity
        The embedder's, of all of them.
    model : str
        The name and version of what made them.
    """
    with Writer() as writer:
        for recording in recordings:
            writer.begin(recording.source)
            writer.add(recording.frames, recording.starts)
            writer.end(recording.duration)
        writer.write(file, identity=identity, model=model)


def _recording(sources: Column, durations: Column, parts: Sequence[_Part]) -> Recording:
    """Make a recording of its patches and of what is next in the lists of recordings."""
    none = (np.empty((0, EMBEDDING_SIZE), np.uint8), np.empty(0))
    return Recording(
        source=str(sources.take(1)[0]),
        duration=float(durations.take(1)[0]),
        frames=np.concatenate([none[0], *(frames for frames, _ in parts)]),
        starts=np.concatenate([none[1], *(starts for _, starts in parts)]),
    )
