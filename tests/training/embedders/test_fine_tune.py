"""An embedder fine-tuned as a whole."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from earmark.bundle import Bundle
from earmark.embedders.compact import Compact
from earmark.errors import DataError
from earmark.training.embedders.batches import OfPatches
from earmark.training.embedders.examples import Example
from earmark.training.embedders.fine_tune import fine_tune
from earmark.training.embedders.network import read_network
from earmark.training.embedders.settings import FineTuneSettings
from earmark.training.listening import Listener, Silent

pytestmark = pytest.mark.usefixtures("one_thread")

FLUTTERS, NOISE = (2.0, 4.0), 2.0
QUICK = FineTuneSettings(
    batch=6, patches=1, epochs=4, mixup=0, masks=0, rate=1e-3, average=0.5, checkpoint_every=3
)


def noises(n: int, *, flutter: float, seed: int) -> NDArray[np.float32]:
    """Noise that comes and goes so many times in a patch: float32 [n, 96, 64]."""
    rng = np.random.default_rng(seed)
    wave = np.sin(2 * np.pi * flutter * np.linspace(0, 1, 96) + rng.uniform(0, 6, (n, 1)))
    return (rng.normal(-2, NOISE, (n, 96, 64)) + wave[:, :, None]).astype(np.float32)


def examples(*, each: int = 9, seed: int = 0) -> list[Example]:
    return [
        Example(
            OfPatches()(noises(2, flutter=flutter, seed=seed + 10 * at + number))[None], (number,)
        )
        for at in range(each)
        for number, flutter in enumerate(FLUTTERS)
    ]


class Losses(Silent):
    """Keeps the losses that it is told."""

    def __init__(self) -> None:
        self.all: list[float] = []

    def noted(self, step: int, values: dict[str, float]) -> None:
        self.all.append(values["loss"])


def tuned(
    folder: Path,
    *,
    settings: FineTuneSettings = QUICK,
    exclusive: bool = True,
    steps: int = 10**6,
    listener: Listener | None = None,
) -> tuple[Compact, bool]:
    network = read_network(Bundle.find("compact"))
    taken = iter(range(1, steps + 1))
    ended = fine_tune(
        network,
        examples(),
        n_classes=2,
        exclusive=exclusive,
        settings=settings,
        checkpoint=folder / "tuning.ckpt",
        listener=listener,
        stop=lambda: next(taken) == steps,
    )
    return network, ended


@pytest.mark.parametrize("exclusive", [True, False])
def test_it_learns(tmp_path: Path, exclusive: bool) -> None:
    told = Losses()
    settings = QUICK.model_copy(update={"epochs": 6})
    network, ended = tuned(tmp_path, settings=settings, exclusive=exclusive, listener=told)
    assert ended
    assert len(told.all) == 6
    assert told.all[-1] < 0.8 * told.all[0]
    assert not network.training
    assert not any(weight.requires_grad for weight in network.parameters())
    before = read_network(Bundle.find("compact"))
    patches = torch.from_numpy(noises(3, flutter=2, seed=0))
    with torch.no_grad():
        embeddings = network(patches)
        assert (embeddings - before(patches)).abs().max() > 0.05
    assert embeddings.abs().max() < 2


def test_what_is_ended_goes_on_as_if_nothing_had_been(tmp_path: Path) -> None:
    whole, _ = tuned(tmp_path / "whole")
    _, ended = tuned(tmp_path / "parts", steps=4)
    assert not ended
    parts, ended = tuned(tmp_path / "parts")
    assert ended
    again, ended = tuned(tmp_path / "parts")  # and once more, when there is nothing left to do
    assert ended
    for name, value in whole.state_dict().items():
        for other in (parts, again):
            torch.testing.assert_close(other.state_dict()[name], value, rtol=0, atol=0)


def test_a_damaged_checkpoint_is_named(tmp_path: Path) -> None:
    tuned(tmp_path, steps=4)
    path = tmp_path / "tuning.ckpt"
    path.write_bytes(path.read_bytes()[:1000])
    with pytest.raises(DataError, match=r"tuning\.ckpt cannot be read"):
        tuned(tmp_path)


def test_nothing_to_learn_from(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no clips to learn from"):
        fine_tune(
            read_network(Bundle.find("compact")),
            [],
            n_classes=2,
            exclusive=True,
            settings=QUICK,
            checkpoint=tmp_path / "tuning.ckpt",
        )
