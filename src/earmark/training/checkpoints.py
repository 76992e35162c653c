"""All that is needed to go on, in one file that is either whole or not there."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from lightning.fabric.plugins import CheckpointIO
from safetensors import SafetensorError
from safetensors.torch import load_file, save
from torch import nn

from earmark.errors import DataError, first_line

__all__ = ["WholeFiles", "load_weights", "read_checkpoint", "write_weights"]


class WholeFiles(CheckpointIO):
    """Writes checkpoints beside their place and moves them there, so that none is ever half."""

    def save_checkpoint(
        self, checkpoint: dict[str, Any], path: str | os.PathLike[str], storage_options: Any = None
    ) -> None:
        """Write one.

        Raises
        ------
        DataError
            If it cannot be written, as on a full disk; the one before is still there.
        """
        with _whole(Path(path)) as part, part.open("wb") as file:
            torch.save(checkpoint, file)

    def load_checkpoint(
        self,
        path: str | os.PathLike[str],
        map_location: Any = None,
        weights_only: bool | None = None,
    ) -> dict[str, Any]:
        """Read one; it may hold tensors, numbers and texts, and nothing that runs.

        Raises
        ------
        DataError
            If it is damaged.
        """
        return read_checkpoint(Path(path))

    def remove_checkpoint(self, path: str | os.PathLike[str]) -> None:
        """Remove one."""
        Path(path).unlink(missing_ok=True)


def read_checkpoint(path: Path) -> dict[str, Any]:
    """Read a checkpoint; it may hold tensors, numbers and texts, and nothing that runs.

    Raises
    ------
    DataError
        If it is damaged.
    """
    try:
        found: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # damage shows itself in many ways
        raise DataError(
            f"{path} cannot be read, so the run cannot go on from there: {first_line(error)}; "
            "remove it to begin the run anew"
        ) from error
    return found


def write_weights(path: Path, module: nn.Module) -> None:
    """Write a module's weights, so that the file is whole or as it was before.

    Raises
    ------
    DataError
        If it cannot be written, as on a full disk.
    """
    state = {name: value.detach().cpu().contiguous() for name, value in module.state_dict().items()}
    with _whole(path) as part:
        part.write_bytes(save(state))


def load_weights(path: Path, module: nn.Module) -> None:
    """Fill a module from what `write_weights` wrote.

    Raises
    ------
    DataError
        If the file is damaged or of another module.
    """
    try:
        module.load_state_dict(load_file(path))
    except (OSError, RuntimeError, SafetensorError) as error:
        raise DataError(f"{path} cannot be read: {first_line(error)}") from error


@contextmanager
def _whole(target: Path) -> Iterator[Path]:
    """Give a name to write to, and put that file in its place when it is on the disk."""
    part = target.with_name(f".{target.name}.part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        yield part
        with part.open("rb") as file:
            os.fsync(file.fileno())
        part.replace(target)
    except (OSError, RuntimeError) as error:
        part.unlink(missing_ok=True)
        # PyTorch's writer complains of what became of its file, and not of what the system said.
        cause = error if isinstance(error, OSError) else error.__context__
        reason = (cause.strerror if isinstance(cause, OSError) else None) or first_line(error)
        raise DataError(
            f"{target} cannot be written: {reason}; make room and give the same command again "
            "to go on from the last checkpoint"
        ) from error
