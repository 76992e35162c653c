"""A person's own sounds in one call."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from training.sounds.making import Listening, folders

from earmark.bundle import Bundle
from earmark.errors import UsageError
from earmark.training.recipes import settings_from
from earmark.training.sounds import FEW, read_own, sized


def test_as_the_settings_say(tmp_path: Path, bundle: Bundle) -> None:
    root = folders(tmp_path / "sounds")
    settings = settings_from({"sounds": {"validation": 0.4, "classes": ["low", "high"]}})
    watcher = Listening()
    data = read_own(root, settings, embedder=bundle.folder, watcher=watcher)
    assert [label.name for label in data.table] == ["low", "high"]
    assert data.validation is not None
    assert len(data.validation) == 6
    assert not data.exclusive  # the others are background
    assert watcher.said[0] == f"{root} has a folder for each of 3 classes"
    assert watcher.said[-1] == data.describe
    with pytest.raises(
        UsageError, match="has no label at 0 s, and classes that exclude each other"
    ):
        read_own(root, settings_from({**settings.model_dump(), "data": {"exclusive": True}}))


def test_few_clips_are_learnt_from_more_often(tmp_path: Path, bundle: Bundle) -> None:
    data = read_own(folders(tmp_path), settings_from(FEW), embedder=bundle.folder)
    few = sized(settings_from(FEW), data)
    assert (few.iterations, few.hardware.threads) == (300, 1)
    many = replace(data, train=data.train.take(np.zeros(3200, np.int64)))
    assert sized(settings_from(FEW), many).iterations == 2000
    lots = replace(data, train=data.train.take(np.zeros(32_000, np.int64)))
    assert sized(settings_from(FEW), lots).iterations == 4000


def test_what_is_said_stays(tmp_path: Path, bundle: Bundle) -> None:
    data = read_own(folders(tmp_path), settings_from(FEW), embedder=bundle.folder)
    for said in ({"iterations": 7}, {"epochs": 2.0}):
        settings = settings_from({**FEW, **said, "hardware": {"threads": 2}})
        assert sized(settings, data) == settings
    large = sized(
        settings_from({"batch": 500}), replace(data, train=data.train.take(np.zeros(500, np.int64)))
    )
    assert large.hardware.threads is None
