"""Patches of many recordings in one call of the network."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from earmark.bundle import Bundle
from earmark.embedders import AUDIOSET, Embedder
from earmark.errors import ModelError
from earmark.serving.gathering import GatheringEmbedder, GatheringTagger
from earmark.tagging import Tagger


class Plain(Embedder):
    """An embedder that is easy to predict, and tells what it was called with."""

    def __init__(self) -> None:
        self.identity = AUDIOSET
        self.sizes: list[int] = []
        self.go = threading.Event()
        self.begun = threading.Event()
        self.go.set()

    def __call__(self, patches: NDArray[np.float32]) -> NDArray[np.uint8]:
        self.begun.set()
        self.go.wait(10)
        self.sizes.append(len(patches))
        if np.isnan(patches).any():
            raise ModelError("not a number")
        return np.repeat(patches[:, 0, :1], 128, axis=1).astype(np.uint8)


def part(value: int, size: int) -> NDArray[np.float32]:
    return np.full((size, 96, 64), value, np.float32)


@given(st.lists(st.integers(0, 20), min_size=1, max_size=12), st.integers(1, 3))
@settings(max_examples=20, deadline=None)
def test_each_gets_its_own(sizes: list[int], calls: int) -> None:
    plain = Plain()
    embedder = GatheringEmbedder(plain, most=16, calls=calls)
    parts = [part(value, size) for value, size in enumerate(sizes)]
    with ThreadPoolExecutor(len(parts)) as pool:
        for value, (size, found) in enumerate(zip(sizes, pool.map(embedder, parts), strict=True)):
            np.testing.assert_array_equal(found, np.full((size, 128), value))
    assert sum(plain.sizes) == sum(sizes)
    assert max(plain.sizes) <= max(16, *sizes, 0)


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(8) as pool:
        yield pool


def wait_until(embedder: GatheringEmbedder, waiting: int) -> None:
    for _ in range(1000):
        if len(embedder._waiting) == waiting:
            return
        threading.Event().wait(0.01)
    raise AssertionError(f"{len(embedder._waiting)} wait")


def test_what_comes_while_it_is_busy_goes_together(pool: ThreadPoolExecutor) -> None:
    plain = Plain()
    plain.go.clear()
    embedder = GatheringEmbedder(plain, most=16, calls=1)
    first = pool.submit(embedder, part(0, 8))
    assert plain.begun.wait(10)
    rest = [pool.submit(embedder, part(value, 6)) for value in range(1, 5)]
    wait_until(embedder, 4)
    plain.go.set()
    assert len(first.result(10)) == 8
    assert [int(found.result(10)[0, 0]) for found in rest] == [1, 2, 3, 4]
    assert plain.sizes == [8, 12, 12]


def test_an_error_reaches_those_it_befell_and_no_others(pool: ThreadPoolExecutor) -> None:
    plain = Plain()
    embedder = GatheringEmbedder(plain, most=1, calls=1)
    bad = part(0, 2)
    bad[0, 0, 0] = np.nan
    with pytest.raises(ModelError, match="not a number"):
        embedder(bad)
    assert len(pool.submit(embedder, part(3, 2)).result(10)) == 2


def test_a_tagger_says_the_same_to_many_as_to_one(
    folder: Path, tagger: Tagger, noise: Path, pool: ThreadPoolExecutor
) -> None:
    gathering = GatheringTagger(Bundle.read(folder), most=64)
    starts = [0.0, 1.0, 2.5, 9.6, 20.0] * 2
    found = list(pool.map(lambda start: gathering.tag(noise, start=start), starts))
    assert found == [tagger.tag(noise, start=start) for start in starts]


def test_the_shipped_tagger_gives_the_same_bytes_whatever_goes_with_them() -> None:
    bundle = Bundle.find()
    embedder = Embedder(bundle.embedder, identity=bundle.config.embedder)
    patches = np.random.default_rng(0).normal(-2, 2, (16, 96, 64)).astype(np.float32)
    alone = np.concatenate([embedder(patch[np.newaxis]) for patch in patches])
    np.testing.assert_array_equal(embedder(patches), alone)
