from __future__ import annotations

import errno
import pickle
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from earmark.errors import DataError
from earmark.training.checkpoints import (
    WholeFiles,
    load_weights,
    read_checkpoint,
    write_weights,
)


def test_what_is_written_is_read(tmp_path: Path) -> None:
    path = tmp_path / "new" / "last.ckpt"
    WholeFiles().save_checkpoint({"global_step": 3, "weights": torch.arange(3)}, path)
    found = WholeFiles().load_checkpoint(path)
    assert found["global_step"] == 3
    assert found["weights"].tolist() == [0, 1, 2]
    assert [each.name for each in path.parent.iterdir()] == ["last.ckpt"]
    WholeFiles().remove_checkpoint(path)
    assert not path.exists()


class _Full:
    """A disk that is full."""

    def __init__(self, *_: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")


def test_a_full_disk_leaves_the_checkpoint_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "last.ckpt"
    WholeFiles().save_checkpoint({"global_step": 3}, path)
    monkeypatch.setattr(torch, "save", _Full)
    with pytest.raises(DataError, match=r"last.ckpt cannot be written: No space left on device; "):
        WholeFiles().save_checkpoint({"global_step": 4}, path)
    assert read_checkpoint(path)["global_step"] == 3
    assert [each.name for each in tmp_path.iterdir()] == ["last.ckpt"]


@pytest.mark.parametrize("size", [0, 10, 300])
def test_a_damaged_checkpoint_is_named(tmp_path: Path, size: int) -> None:
    path = tmp_path / "last.ckpt"
    WholeFiles().save_checkpoint({"global_step": 3, "weights": torch.arange(100)}, path)
    path.write_bytes(path.read_bytes()[:size])
    with pytest.raises(DataError, match=r"last.ckpt cannot be read, so the run cannot go on"):
        read_checkpoint(path)


def test_a_checkpoint_runs_nothing(tmp_path: Path) -> None:
    class Hostile:
        def __reduce__(self) -> tuple[Any, ...]:
            return (Path.touch, (tmp_path / "touched",))

    path = tmp_path / "last.ckpt"
    with path.open("wb") as file:
        pickle.dump({"global_step": Hostile()}, file)
    with pytest.raises(DataError, match="cannot be read"):
        read_checkpoint(path)
    torch.save({"global_step": Hostile()}, path)
    with pytest.raises(DataError, match="cannot be read"):
        read_checkpoint(path)
    assert not (tmp_path / "touched").exists()


def test_weights_are_the_same_bit_for_bit(tmp_path: Path) -> None:
    first, second = nn.BatchNorm1d(3), nn.BatchNorm1d(3)
    first(torch.randn(5, 3))
    write_weights(tmp_path / "w.safetensors", first)
    load_weights(tmp_path / "w.safetensors", second)
    for name, value in first.state_dict().items():
        assert torch.equal(second.state_dict()[name], value)
    with pytest.raises(DataError, match=r"w.safetensors cannot be read"):
        load_weights(tmp_path / "w.safetensors", nn.Linear(2, 2))
