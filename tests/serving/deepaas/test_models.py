"""Which taggers a client can choose."""

from __future__ import annotations

import shutil
from pathlib import Path

import placeholder
import pytest

from earmark.errors import ModelError, UsageError
from earmark.serving.deepaas.models import about, choose, names, newest, opened
from earmark.serving.deepaas.settings import DeepaasSettings

LABELS = [("a", "A"), ("b", "B")]


def trained(settings: DeepaasSettings, name: str) -> Path:
    return placeholder.build(settings.base / "models" / name, labels=LABELS)


def test_nothing_was_trained(settings: DeepaasSettings) -> None:
    assert names(settings) == ("default",)
    assert newest(settings) == "default"
    original = Path(settings.model)
    for name in ("", "default", "placeholder"):
        assert choose(name, settings).folder == original


def test_the_newest(settings: DeepaasSettings) -> None:
    times = ["2026-02-01_000000", "2025-12-31_235959", "2026-01-15_120000"]
    for name in [*times, "zebra"]:
        trained(settings, name)
    (settings.base / "models" / "2026-03-01_000000").mkdir()  # under way, or given up
    assert names(settings) == ("default", *sorted(times), "zebra")
    assert newest(settings) == "2026-02-01_000000"
    assert choose("", settings).folder.name == "2026-02-01_000000"
    assert choose("zebra", settings).folder.name == "zebra"
    assert choose("default", settings).folder == Path(settings.model)


def test_one_that_takes_no_recordings_is_passed_over(settings: DeepaasSettings) -> None:
    trained(settings, "2026-01-01_000000")
    (trained(settings, "2026-01-02_000000") / "embedder.onnx").unlink()
    damaged = trained(settings, "2026-01-03_000000")
    (damaged / "config.json").write_text("{")
    assert newest(settings) == "2026-01-01_000000"
    with pytest.raises(UsageError, match=r"2026-01-02_000000 takes no recordings: it learnt from"):
        choose("2026-01-02_000000", settings)
    with pytest.raises(ModelError, match=r"is not JSON"):
        choose("2026-01-03_000000", settings)


@pytest.mark.parametrize("name", ["2026-01-02_000000", "..", "../models", "/", "a\0b", "x" * 9999])
def test_there_is_no_such(name: str, settings: DeepaasSettings) -> None:
    trained(settings, "2026-01-01_000000")
    with pytest.raises(UsageError, match=r"there is default, 2026-01-01_000000$") as caught:
        choose(name, settings)
    assert len(str(caught.value)) < 300


def test_the_original_that_came_with_earmark(tmp_path: Path) -> None:
    settings = DeepaasSettings(folder=tmp_path)
    assert choose("default", settings).config.name == "compact"
    assert choose("compact", settings).config.name == "compact"


def test_one_is_opened_once(settings: DeepaasSettings) -> None:
    folder = trained(settings, "2026-01-01_000000")
    first = opened(choose("", settings))
    assert opened(choose("", settings)) is first
    shutil.rmtree(folder)
    placeholder.build(folder, labels=[*LABELS, ("c", "C")])
    assert len(opened(choose("", settings)).labels) == 3


def test_what_there_is_to_say_of_classes(settings: DeepaasSettings) -> None:
    folder = trained(settings, "2026-01-01_000000")
    lists = folder / "dataset_files"
    assert about(choose("", settings)) == {}
    lists.mkdir()
    (lists / "classes.txt").write_bytes(b"\xef\xbb\xbfA\n\nB\n")
    (lists / "info.txt").write_text("the first\nthe second\n")
    assert about(choose("", settings)) == {"A": "the first", "B": "the second"}
    (lists / "info.txt").write_text("the first\n")
    assert about(choose("", settings)) == {}
