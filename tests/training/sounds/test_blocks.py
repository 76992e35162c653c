"""DEEP-OC's blocks in the place of recordings."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from training.sounds.making import Listening

from earmark.training.sounds.blocks import read_blocks
from earmark.training.sounds.recordings import Recording


def test_blocks_are_read_as_bytes(tmp_path: Path) -> None:
    frames = np.arange(1280, dtype=np.int64).reshape(1, 10, 128) % 256
    np.save(tmp_path / "a-0.npy", ((frames - 128) / 128).astype(np.float32))
    np.save(tmp_path / "a-1.npy", np.full((1, 10, 128), 7.0, np.float32))
    (tmp_path / "a-2.npy").write_bytes(b"\x93NUMPY")
    blocks = [Recording(str(at), tmp_path / f"a-{at}.npy", f"a-{at}.npy", ()) for at in range(4)]
    watcher = Listening()
    found = read_blocks(blocks, watcher=watcher)
    np.testing.assert_array_equal(found["0"].frames, frames)
    assert list(found) == ["0"]
    assert [each.name for each in watcher.left_out] == ["a-1.npy", "a-2.npy", "a-3.npy"]
    assert "is no byte read back as (u - 128) / 128" in watcher.left_out[0].reason
    assert list(read_blocks(blocks, values="embeddings")) == ["0", "1"]
