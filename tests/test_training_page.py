"""The commands and the Python of docs/training.md, with a few clips in place of AudioSet's.

They run in this process, because that is where training can be made short.
"""

from __future__ import annotations

import shlex
import tarfile
from pathlib import Path
from typing import Any

import pytest
import sounds
import without_graphs
from test_readme import ROOT, SKIPPED, blocks, commands, run_python
from training.synthetic import some_clips

from earmark.bundle import Bundle
from earmark.classifiers.family import settings_of
from earmark.classifiers.settings import ClassifierSettings
from earmark.cli.main import run
from earmark.exporting.tagger_folder import TaggerParts, export_tagger
from earmark.formats import write
from earmark.ontology import labels
from earmark.training.choice import ClassifierChoice
from earmark.training.recipes import as_recipe
from earmark.training.settings import TrainSettings

PAGE = ROOT / "docs" / "training.md"
WITH_GRAPHS = ("mine", "whole")
"""The taggers that the page does something with; a graph takes PyTorch's exporter seconds."""


SMALL: dict[str, Any] = {"hidden": 8, "n_layers": 2}
"""Sizes of classifiers, where the page says none."""


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, one_thread: None) -> Path:
    """A folder with all the files that the page speaks of."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(TrainSettings, "steps", lambda self, clips: 2)
    monkeypatch.setattr(ClassifierChoice, "settings", _small)
    monkeypatch.setattr("earmark.training.result.export_tagger", _export)
    for split, clips in {"bal_train": some_clips(30), "eval": some_clips(20, seed=1)}.items():
        folder = Path("audioset_v1_embeddings", split)
        folder.mkdir(parents=True)
        write(folder / "00.tfrecord", clips)
        write(f"{split}.h5", clips)
    with tarfile.open("features.tar.gz", "w:gz") as archive:
        archive.add("audioset_v1_embeddings")
    write("more.h5", some_clips(15, seed=2))
    write("birds.h5", some_clips(15, classes=3, seed=3))
    Path("recordings").mkdir()
    ids = [label.id for label in labels()[:3]]
    lines = ["id,labels"]
    for name, label in zip("abc", ids, strict=True):
        sounds.write_wav(Path("recordings", f"{name}.wav"), sounds.tone(500, 2.0))
        lines.append(f"recordings/{name}.wav,{label}")
    Path("labels.csv").write_text("\n".join(lines) + "\n")
    return tmp_path


def _small(self: ClassifierChoice, *, n_classes: int, exclusive: bool) -> ClassifierSettings:
    sizes = {name: value for name, value in SMALL.items() if name in known(self.kind)}
    made = settings_of(self.kind)
    return made(n_classes=n_classes, exclusive=exclusive, **{**sizes, **self.sizes})


def known(kind: str) -> set[str]:
    return set(settings_of(kind).__dataclass_fields__)


def _export(parts: TaggerParts, folder: Path) -> None:
    wanted = folder.parent.name in WITH_GRAPHS
    (export_tagger if wanted else without_graphs.export)(parts, folder)


def test_all_of_it_runs(here: Path, capfd: pytest.CaptureFixture[str]) -> None:
    shown = PAGE.read_text(encoding="utf-8")
    page = "\n".join(line for line in shown.splitlines() if not SKIPPED.fullmatch(line.strip()))
    variables: dict[str, object] = {"__name__": "__page__"}
    for block in blocks(page):
        if block.language == "python":
            run_python(block, page=PAGE.name, variables=variables)
            continue
        for command in commands(block.text):
            typed, _, output = command.partition(" > ")
            program, *arguments = shlex.split(typed)
            assert program == "earmark"
            capfd.readouterr()
            assert run(arguments) == 0, f"{command}\n{capfd.readouterr().err}"
            if output:
                Path(output).write_text(capfd.readouterr().out)
    made = {path.parent.name for path in here.glob("*/config.json")}
    assert made == {
        *("mine", "whole", "try", "multi", "logistic", "a", "b", "c", "three", "finer", "birds"),
        *("birds-only", "own", "again", "from-python", "measured"),
    }
    assert Bundle.find(here / "whole").has_embedder


def test_the_settings_are_those_there_are() -> None:
    page = PAGE.read_text(encoding="utf-8")
    shown = page.partition("<!-- begin settings -->\n```yaml\n")[2].partition("```\n<!-- end")[0]
    assert shown == as_recipe(TrainSettings()), (
        "write them anew: python -c 'from tests.test_training_page import renew; renew()'"
    )


def renew() -> None:
    """Write the page's settings anew."""
    page = PAGE.read_text(encoding="utf-8")
    before, begin, rest = page.partition("<!-- begin settings -->\n")
    end = rest.partition("<!-- end settings -->")[1:]
    text = f"```yaml\n{as_recipe(TrainSettings())}```\n"
    PAGE.write_text(before + begin + text + "".join(end), encoding="utf-8")
