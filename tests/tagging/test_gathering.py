"""Embeddings of one recording, gathered as they come."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from earmark.tagging import gathering
from earmark.tagging.gathering import gather


def pieces(count: int) -> list[NDArray[np.uint8]]:
    rng = np.random.default_rng(count)
    return [rng.integers(0, 256, (1 + at % 8, 128), np.uint8) for at in range(count)]


@pytest.mark.parametrize("count", [0, 1, 30])
@pytest.mark.parametrize("in_memory", [8, 16, 1 << 16])
def test_all_of_them_in_order(count: int, in_memory: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gathering, "IN_MEMORY", in_memory)
    given = pieces(count)
    found = gather(iter(given))
    assert found.shape == (sum(map(len, given)), 128)
    np.testing.assert_array_equal(found, np.concatenate([found[:0], *given]))


def test_many_wait_in_a_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gathering, "IN_MEMORY", 20)
    assert isinstance(gather(pieces(10)), np.memmap)
    assert not isinstance(gather(pieces(3)), np.memmap)
