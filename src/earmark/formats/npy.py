"""DEEP-OC's blocks: a folder of ``name-0.npy``, ``name-1.npy``, each a clip of one recording.

A block is float32 [1, 10, 128], whose numbers are bytes read back as ``(u - 128) / 128``. It has no
length, no times, no labels and no embedder's identity:

* Read, block ``k`` is the recording's clip from ``k * 9.6`` s on. All its frames count as heard,
  though DEEP-OC fills a recording's last block by going on from its beginning; where that block
  ends is therefore not known.
* Written, a clip of fewer than ten frames is filled like that, and its length is lost.

What of a clip's id cannot stand in a file's name is written as in an address: ``a%2Fb.wav-0.npy``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal
from urllib.parse import quote, unquote

import numpy as np
from numpy.typing import NDArray

from earmark.embedders import dequantise, quantise
from earmark.embedders.identity import AUDIOSET, Identity
from earmark.errors import DataError
from earmark.formats.chunking import default_table, rechunk
from earmark.formats.embedding_set import (
    CLIP_FRAMES,
    FRAME_SIZE,
    Damage,
    EmbeddingSet,
    Labels,
    OnDamage,
)
from earmark.formats.whole import replacing_folder

__all__ = ["Values", "stream", "write"]

Values = Literal["kong", "youtube8m", "embeddings"]
"""What the numbers in a block are: bytes read back in one of the two ways, or embeddings that were
never bytes."""

CLIP_SECONDS = 9.6

_AT_ONCE = 256

_BLOCK = re.compile(r"(?P<name>.*)-(?P<number>\d{1,9})", re.DOTALL)
_UNFIT = re.compile(r'[%/\\:*?"<>|\x00-\x1f\x7f\udc80-\udcff]')
_SPELT = {"kong": "(u - 128) / 128", "youtube8m": "u * 4/255 + 4/512 - 2"}
_UNDO = {
    "kong": lambda numbers: numbers * 128 + 128,
    "youtube8m": lambda numbers: (numbers + 2 - 4 / 512) * (255 / 4),
}
# The first is exact in any float; whoever computes the second in float32 is off by a little.
_TOLERANCE = {"kong": 0.0, "youtube8m": 0.01}
_OTHERS = {"kong": ("youtube8m", "embeddings"), "youtube8m": ("kong", "embeddings")}


def stream(
    path: Path | str,
    *,
    chunk: int = 4096,
    identity: Identity | None = None,
    on_damage: OnDamage | None = None,
    values: Values = "kong",
) -> Iterator[EmbeddingSet]:
    """Read blocks, in order of the recordings' names and then of the numbers.

    Parameters
    ----------
    path : Path or str
        A folder, or one block. Blocks may hold bytes, too, instead of numbers.
    chunk : int
        How many clips to give at once, at most.
    identity : Identity, optional
        The embedder; AudioSet's if not given.
    on_damage : callable, optional
        Is told of files that cannot be read, which are left out.
    values : {"kong", "youtube8m", "embeddings"}
        What the numbers are. The first two are mapped back to the very bytes they came from, and
        other numbers are refused; the third are clipped to [-2, 2] and quantised.

    Yields
    ------
    EmbeddingSet

    Raises
    ------
    DataError
        If there is no block; if one is damaged, of another shape, or holds other numbers, and
        `on_damage` is not given.
    """
    files = [Path(path)] if Path(path).is_file() else _blocks(Path(path))
    clips = _clips(files, identity or AUDIOSET, values=values, on_damage=on_damage)
    yield from rechunk(clips, size=chunk)


def write(path: Path, chunks: Iterable[EmbeddingSet]) -> None:
    """Write a folder of blocks; it appears when it is complete.

    Raises
    ------
    DataError
        If it cannot be written, or there is something in that folder already.
    """
    numbers: dict[str, int] = {}
    with replacing_folder(path, ours=lambda _: False) as part:
        name, head = "", np.empty((0, FRAME_SIZE), np.uint8)
        for piece in chunks:
            for row, id_ in enumerate(piece.ids):
                frames = piece.frames[row, : piece.lengths[row]]
                if id_ != name or not numbers:
                    name, head = id_, frames.copy()
                number = numbers.get(id_, 0)
                numbers[id_] = number + 1
                block = dequantise(_filled(frames, head)[None], how="kong")
                with (part / f"{_quoted(id_)}-{number}.npy").open("xb") as file:
                    np.lib.format.write_array(file, block, allow_pickle=False)


def _blocks(folder: Path) -> list[Path]:
    if not folder.is_dir():
        raise DataError(f"{folder}: there is no such file or folder")
    found = sorted(folder.glob("*.npy"), key=_recording_and_number)
    if not found:
        raise DataError(f"{folder} holds no .npy file: name a folder of blocks, or a block")
    return found


def _recording_and_number(file: Path) -> tuple[str, int]:
    """Return which recording a block is of and which of its clips it is; -1 if it has no number."""
    match = _BLOCK.fullmatch(file.stem)
    name, number = (file.stem, -1) if match is None else (match["name"], int(match["number"]))
    return unquote(name, errors="surrogateescape"), number


def _clips(
    files: Sequence[Path], identity: Identity, *, values: Values, on_damage: OnDamage | None
) -> Iterator[EmbeddingSet]:
    """Yield an empty set, and then a set for every few blocks."""
    table = default_table(-1)
    yield EmbeddingSet.empty(identity=identity, table=table)
    for at in range(0, len(files), _AT_ONCE):
        blocks, ids, times = [], [], []
        for file, following in pairwise([*files[at : at + _AT_ONCE + 1], None][: _AT_ONCE + 1]):
            assert file is not None
            try:
                blocks.append(_bytes(_numbers(file), values, file=file))
            except DataError as error:
                if on_damage is None:
                    raise
                on_damage(Damage(str(file), None, str(error).removeprefix(f"{file}: ")))
                continue
            name, number = _recording_and_number(file)
            start = number * CLIP_SECONDS if number >= 0 else np.nan
            is_last = following is None or _recording_and_number(following)[0] != name
            ids.append(name)
            times.append((start, np.nan if is_last else start + CLIP_SECONDS))
        if blocks:
            yield EmbeddingSet(
                frames=np.concatenate(blocks),
                lengths=np.full(len(ids), CLIP_FRAMES, np.uint8),
                ids=tuple(ids),
                starts=np.array([start for start, _ in times]),
                ends=np.array([end for _, end in times]),
                labels=Labels.none(len(ids)),
                table=table,
                identity=identity,
            )


def _numbers(file: Path) -> NDArray[Any]:
    """Read a block as it is."""
    try:
        with file.open("rb") as opened:
            block = np.lib.format.read_array(opened, allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        raise DataError(f"{file}: cannot be read as .npy: {error}") from error
    if block.shape != (1, CLIP_FRAMES, FRAME_SIZE):
        raise DataError(
            f"{file}: has shape {list(block.shape)}; a block has [1, {CLIP_FRAMES}, {FRAME_SIZE}]"
        )
    return block


def _bytes(block: NDArray[Any], values: Values, *, file: Path) -> NDArray[np.uint8]:
    """Map the numbers of a block to the bytes that they stand for."""
    if block.dtype == np.uint8:
        return block
    if block.dtype.kind != "f":
        raise DataError(f"{file}: holds {block.dtype}; a block holds float32, or uint8")
    if not np.isfinite(block).all():
        raise DataError(f"{file}: holds numbers that are not finite")
    numbers = block.astype(np.float32)
    if values == "embeddings":
        return quantise(numbers)
    bytes_ = _UNDO[values](numbers.astype(np.float64))
    nearest = np.rint(bytes_)
    wrong = (np.abs(bytes_ - nearest) > _TOLERANCE[values]) | (nearest < 0) | (nearest > 255)
    if wrong.any():
        raise DataError(
            f"{file}: {numbers[wrong][0]:.6g} in it is no byte read back as {_SPELT[values]}: say "
            f"what its numbers are, as {' or '.join(repr(v) for v in _OTHERS[values])}"
        )
    found: NDArray[np.uint8] = nearest.astype(np.uint8)
    return found


def _filled(frames: NDArray[np.uint8], head: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Fill a clip up to ten frames from its recording's beginning: uint8 [10, 128]."""
    missing = CLIP_FRAMES - len(frames)
    return np.concatenate([frames, head[np.arange(missing) % len(head)]])


def _quoted(name: str) -> str:
    return _UNFIT.sub(lambda found: quote(found[0], safe="", errors="surrogateescape"), name)
