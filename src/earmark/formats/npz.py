"""earmark's own ``.npz``: embeddings of recordings of any length, without pickles.

=========== ================= ====================================================================
entry       type              what
=========== ================= ====================================================================
frames      uint8 [n, 128]    quantised embeddings, one row a patch
starts      float64 [n]       where each patch begins, in seconds from its recording's beginning
source      int32 [n]         which recording each patch is of: a row of ``sources``
sources     str [m]           the recordings, as they were named
durations   float64 [m]       their lengths in seconds; NaN where unknown
identity    str               the embedder's identity, as JSON
model       str               the name and version of what made them
format      int               1
=========== ================= ====================================================================

Read as a set, recordings are cut into clips of ten. A file that a set was written to says how they
were cut, and what else it knew:

============ =============== =====================================================================
entry        type            what
============ =============== =====================================================================
lengths      uint8 [clips]   how many patches each clip has: they stand in ``frames`` one clip
                             after the other
clip_source  int32 [clips]   which recording each clip is of
clip_starts  float64 [clips] seconds; NaN where unknown
clip_ends    float64 [clips] likewise
label_counts int64 [clips]   how many labels each clip has
labels       int32 [total]   the labels, one clip after the other
label_ids    str [classes]   what the labels mean; none where unknown
label_names  str [classes]   likewise
============ =============== =====================================================================
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain, pairwise
from pathlib import Path

import numpy as np

from earmark.embedders import EMBEDDING_SIZE
from earmark.embedders.identity import Identity
from earmark.errors import EarmarkError
from earmark.features import PATCH_SECONDS
from earmark.formats.chunking import default_table, rechunk
from earmark.formats.cutting import cut
from earmark.formats.embedding_set import CLIP_FRAMES, EmbeddingSet, OnDamage
from earmark.formats.npz_columns import Column
from earmark.formats.npz_recordings import Reader, Recording, Writer, opened, save
from earmark.formats.sieve import Sieve
from earmark.formats.whole import replacing
from earmark.ontology import Label

__all__ = ["Recording", "recordings", "save", "stream", "write"]

_BLOCK = 4096


def recordings(path: Path) -> Iterator[tuple[Recording, Identity, str]]:
    """Read recordings, one after the other.

    Yields
    ------
    Recording
    Identity
        The embedder's, the same for all.
    str
        The name and version of what made them, likewise.

    Raises
    ------
    DataError
        If the file is missing, damaged, or something else.
    """
    with opened(path) as reader:
        for recording in reader.recordings():
            yield recording, reader.identity, reader.model


def stream(
    path: Path | str,
    *,
    chunk: int = _BLOCK,
    identity: Identity | None = None,
    on_damage: OnDamage | None = None,
) -> Iterator[EmbeddingSet]:
    """Read a file as a set, piece by piece.

    Parameters
    ----------
    path : Path or str
    chunk : int
        How many clips to give at once, at most.
    identity : Identity, optional
        The embedder, which the file says, too.
    on_damage : callable, optional
        Is told where the file turns out to be damaged, and of clips that make no sense.

    Yields
    ------
    EmbeddingSet

    Raises
    ------
    DataError
        If the file is missing or something else; if it is damaged and `on_damage` is not given.
    ModelError
        If another embedder made it.
    """
    with opened(Path(path)) as reader:
        if identity is not None:
            identity.require(reader.identity, what=str(path))
        is_set = any(name in reader for name in ("lengths", "clip_source", "clip_starts"))
        clips = _clips(reader, on_damage) if is_set else _cut(reader)
        yield from rechunk(_as_far_as_it_goes(clips, str(path), on_damage), size=chunk)


def write(path: Path, chunks: Iterable[EmbeddingSet]) -> None:
    """Write a set as it comes; the file appears when it is complete.

    Clips that follow each other and have the same id become one recording.

    Raises
    ------
    DataError
        If it cannot be written, as on a full disk, or `chunks` do not belong together.
    """
    pieces = rechunk(chunks, size=_BLOCK)
    with replacing(path) as part, Writer() as writer:
        first = next(pieces)
        writer.columns.append_text(
            label_ids=[label.id for label in first.table],
            label_names=[label.name for label in first.table],
        )
        ended = _write_clips(writer, chain([first], pieces))
        if ended is not None:
            writer.end(ended)
        model = f"{first.identity.name} {first.identity.version}"
        with part.open("wb") as file:
            writer.write(file, identity=first.identity, model=model)


def _write_clips(writer: Writer, pieces: Iterable[EmbeddingSet]) -> float | None:
    """Write clips and where recordings begin; return where the last one ends, if there is one."""
    name: str | None = None
    ended: float | None = None
    for piece in pieces:
        rows = np.empty(len(piece), np.int32)
        for clip, (id_, end) in enumerate(zip(piece.ids, piece.ends.tolist(), strict=True)):
            if id_ != name:
                if ended is not None:
                    writer.end(ended)
                writer.begin(id_)
            name, ended, rows[clip] = id_, end, writer.row
        there = piece.mask()
        offsets = np.broadcast_to(np.arange(CLIP_FRAMES) * PATCH_SECONDS, there.shape)
        writer.add(
            piece.frames[there],
            (piece.starts[:, None] + offsets)[there],
            rows=np.repeat(rows, piece.lengths),
        )
        writer.columns.append(
            lengths=piece.lengths,
            clip_source=rows,
            clip_starts=piece.starts,
            clip_ends=piece.ends,
            label_counts=piece.labels.counts,
            labels=piece.labels.values,
        )
    return ended


def _cut(reader: Reader) -> Iterator[EmbeddingSet]:
    """Yield recordings, cut into clips."""
    yield EmbeddingSet.empty(identity=reader.identity, table=default_table(-1))
    for recording in reader.recordings():
        yield cut(
            recording.frames,
            starts=recording.starts,
            duration=recording.duration,
            source=recording.source,
            identity=reader.identity,
        )


def _clips(reader: Reader, on_damage: OnDamage | None) -> Iterator[EmbeddingSet]:
    """Yield the clips that were written."""
    table = _table(reader)
    yield EmbeddingSet.empty(identity=reader.identity, table=table)
    per_clip = [
        reader.column("lengths", "u"),
        reader.column("clip_source", "iu"),
        reader.column("clip_starts", "f"),
        reader.column("clip_ends", "f"),
        reader.column("label_counts", "iu"),
    ]
    frames, values = reader.column("frames", "u", (EMBEDDING_SIZE,)), reader.column("labels", "i")
    if any(one.left != other.left for one, other in pairwise(per_clip)):
        raise ValueError("it does not say the same of all clips")
    names = _Names(reader.column("sources", "U"))
    at = 0
    while per_clip[0].left:
        lengths, sources, starts, ends, counts = (column.take(_BLOCK) for column in per_clip)
        there = np.arange(CLIP_FRAMES) < lengths[:, None]
        wanted, labelled = int(there.sum()), int(counts.sum())
        if (lengths > CLIP_FRAMES).any() or wanted > frames.left or labelled > values.left:
            raise ValueError("it says of clips what its patches and labels do not bear out")
        padded = np.zeros((len(lengths), CLIP_FRAMES, EMBEDDING_SIZE), np.uint8)
        padded[there] = frames.take(wanted)
        sieve = Sieve(reader.path, at, len(lengths), on_damage)
        yield sieve.assemble(
            frames=padded,
            lengths=lengths,
            ids=[names[row] for row in sources.tolist()],
            starts=starts,
            ends=ends,
            labels=sieve.labels(values.take(labelled), counts),
            table=table,
            identity=reader.identity,
        )
        at += len(lengths)


class _Names:
    """The recordings' names, looked up in order."""

    def __init__(self, column: Column) -> None:
        self._column = column
        self._first = 0
        self._block: list[str] = []

    def __getitem__(self, row: int) -> str:
        while self._column.left and row >= self._first + len(self._block):
            self._first += len(self._block)
            self._block = self._column.take(_BLOCK).tolist()
        if not 0 <= row - self._first < len(self._block):
            raise ValueError("its clips are not in the order of its sources")
        return self._block[row - self._first]


def _table(reader: Reader) -> tuple[Label, ...]:
    ids, names = reader.column("label_ids", "U"), reader.column("label_names", "U")
    if not ids.left:
        return default_table(reader.column("labels", "i").highest())
    both = zip(ids.take(ids.left).tolist(), names.take(names.left).tolist(), strict=True)
    return tuple(Label(index, id_, name) for index, (id_, name) in enumerate(both))


def _as_far_as_it_goes(
    clips: Iterator[EmbeddingSet], path: str, on_damage: OnDamage | None
) -> Iterator[EmbeddingSet]:
    """Give clips until the file turns out to be damaged, and then tell of it."""
    try:
        yield from clips
    except EarmarkError:
        raise
    except Exception as error:  # as where the file is opened
        if on_damage is None:
            raise
        Sieve(path, 0, 0, on_damage).tell(f"it cannot be read any further: {error}")
