"""Which embedder a tagger of a person's own sounds gets."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import placeholder
import pytest

from earmark.bundle import Bundle
from earmark.errors import DataError, ModelError
from earmark.training.embedders import choosing
from earmark.training.embedders.choosing import own_embedder
from earmark.training.embedders.examples import Classes, Example, Hearing
from earmark.training.embedders.settings import EmbedderSettings, FineTuneSettings

pytestmark = pytest.mark.usefixtures("one_thread")

CLASSES = Classes(("hum", "hiss"), exclusive=True)
REFIT = EmbedderSettings(kind="refit")
QUICK = FineTuneSettings(batch=4, patches=1, epochs=3, copies=1, checkpoint_every=2)
FINE_TUNE = EmbedderSettings(kind="fine-tune", fine_tune=QUICK)


class Recordings:
    """Eight windows of two patches, and how often they were heard."""

    def __init__(self, *, level: float = -2.0) -> None:
        self.heard: list[tuple[str, int, bool]] = []
        self._level = level

    def __call__(
        self, make: Callable[[int], Hearing], /, *, copies: int = 0, keep: bool = True
    ) -> Sequence[Example]:
        hearing = make(1)
        self.heard.append((hearing.key.split()[0], copies, keep))
        examples = []
        for number in range(8):
            rng = np.random.default_rng(number)
            tilt = np.linspace(-1, 1, 64) * (1 if number % 2 else -1)
            patches = rng.normal(self._level, 1, (1 + copies, 2, 96, 64)) + tilt
            frames = np.stack([hearing(copy.astype(np.float32)) for copy in patches])
            examples.append(Example(frames, (number % 2,)))
        return examples


def made(
    settings: EmbedderSettings,
    folder: Path,
    *,
    recordings: Recordings | None = None,
    stop: Callable[[], bool] = lambda: False,
) -> Bundle | None:
    return own_embedder(
        settings,
        Bundle.find("compact"),
        recordings or Recordings(),
        classes=CLASSES,
        folder=folder,
        stop=stop,
    )


def test_frozen_is_what_there_is(tmp_path: Path) -> None:
    recordings = Recordings()
    bundle = made(EmbedderSettings(), tmp_path / "own", recordings=recordings)
    assert bundle == Bundle.find("compact")
    assert not recordings.heard
    assert not (tmp_path / "own").exists()


@pytest.mark.parametrize("settings", [REFIT, FINE_TUNE], ids=["refit", "fine-tune"])
def test_a_new_one_is_made_once(
    tmp_path: Path, settings: EmbedderSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    recordings = Recordings()
    bundle = made(settings, tmp_path / "own", recordings=recordings)
    assert bundle is not None
    identity = bundle.config.embedder
    assert identity.name == f"compact-{settings.kind}"
    assert identity.version.startswith("2.")
    assert recordings.heard == [("inner", 0, True) if settings == REFIT else ("patches", 1, False)]
    (place,) = (tmp_path / "own").iterdir()
    assert [path.name for path in place.iterdir()] == ["made"]
    monkeypatch.delattr(choosing, "write_network")  # it need not be written again
    again = made(settings, tmp_path / "own")
    assert again == bundle


def test_of_other_sounds_another_one_is_made(tmp_path: Path) -> None:
    first = made(REFIT, tmp_path / "own")
    other = made(REFIT, tmp_path / "own", recordings=Recordings(level=-1))
    assert first is not None
    assert other is not None
    assert first.config.embedder != other.config.embedder
    assert made(REFIT, tmp_path / "own") == first


def test_only_the_last_ones_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(choosing, "_KEPT", 2)
    folders = []
    for number in range(3):
        bundle = made(REFIT, tmp_path / "own", recordings=Recordings(level=-number))
        assert bundle is not None
        folders.append(bundle.folder.parent)
        os.utime(folders[-1], (number, number))
    assert [folder.exists() for folder in folders] == [False, True, True]


def test_a_fine_tuning_that_was_ended_goes_on(tmp_path: Path) -> None:
    whole = made(FINE_TUNE, tmp_path / "whole")
    taken = iter(range(100))
    assert made(FINE_TUNE, tmp_path / "parts", stop=lambda: next(taken) == 2) is None
    assert list((tmp_path / "parts").glob("*/fine-tune.ckpt"))
    parts = made(FINE_TUNE, tmp_path / "parts")
    assert whole is not None
    assert parts is not None
    assert parts.config.embedder == whole.config.embedder


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    for settings in (REFIT, FINE_TUNE):
        with pytest.raises(DataError, match=r"cannot be written: .* set EARMARK_CACHE to another"):
            made(settings, tmp_path / "file" / "own")


def test_the_usual_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EARMARK_CACHE", str(tmp_path))
    bundle = own_embedder(REFIT, Bundle.find("compact"), Recordings(), classes=CLASSES)
    assert bundle is not None
    assert bundle.folder.parent.parent == tmp_path / "embedders"


def test_another_network_is_refused_before_anything_is_heard(tmp_path: Path) -> None:
    built = placeholder.build(tmp_path / "other", labels=[("/m/a", "A")])
    recordings = Recordings()
    with pytest.raises(ModelError, match="cannot be read, so its embedder"):
        own_embedder(
            REFIT,
            Bundle.read(built),
            recordings,
            classes=CLASSES,
            folder=tmp_path / "own",
        )
    assert not recordings.heard
