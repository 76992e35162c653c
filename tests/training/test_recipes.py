from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import yaml

from earmark.errors import UsageError
from earmark.training.recipes import as_recipe, read_recipe, settings_from
from earmark.training.settings import TrainSettings

RECIPES = Path(__file__).resolve().parents[2] / "recipes"


def test_what_is_typed_goes_before_what_a_recipe_says() -> None:
    recipe = {"batch": 100, "optimiser": {"lr": 0.1, "kind": "adamw"}}
    found = settings_from(
        recipe, typed={"optimiser.lr": 0.2, "seed": None}, more=["optimiser.betas=[0.8, 0.9]"]
    )
    assert (found.batch, found.seed) == (100, 1)
    assert (found.optimiser.kind, found.optimiser.lr) == ("adamw", 0.2)
    assert found.optimiser.betas == (0.8, 0.9)
    assert settings_from(recipe, typed={"optimiser.lr": 0.2}, more=["optimiser.lr=3e-4"]) == (
        settings_from({"batch": 100, "optimiser": {"lr": "3e-4", "kind": "adamw"}})
    )
    assert recipe["optimiser"] == {"lr": 0.1, "kind": "adamw"}  # it is not written to


def test_another_kind_forgets_the_sizes_of_the_recipes() -> None:
    recipe = {"classifier": {"kind": "feature_level_attention", "hidden": 64}}
    assert settings_from(recipe, typed={"classifier.kind": "logistic"}).classifier.sizes == {}
    same = settings_from(recipe, typed={"classifier.kind": "feature_level_attention"})
    assert same.classifier.sizes == {"hidden": 64}


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ("optimiser.lr=-1", "optimiser.lr is -1: it should be greater than 0"),
        ("optimizer.lr=1", r"there is no setting optimizer: did you mean optimiser.lr"),
        ("optimiser.lrr=1", r"there is no setting optimiser.lrr: did you mean optimiser.lr\?"),
        ("lr=1", r"there is no setting lr: did you mean optimiser.lr\?"),
        (
            "flavour=red",
            "there is no setting flavour; `earmark train --dry-run` shows",
        ),
        ("batch.size=3", "batch is {'size': 3}: it should be a valid integer"),
        ("batch=many", "batch is 'many': it should be a valid integer$"),
        ("optimiser=3", "optimiser is 3: it is a group of settings, each with its own name"),
        ("classifier.kind=lstmm", "classifier: lstmm is no kind of classifier: choose one of "),
        ("classifier.hidden=0", "classifier: hidden is 0: it should be greater than or equal to 1"),
        ("classifier.hiden=4", "classifier: feature_level_attention has no setting hiden; it has "),
        ("classifier.n_classes=4", "classifier: n_classes follows from the data"),
        ("schedule.steps=[0.9, 0.7]", "schedule: steps must rise between 0 and 1"),
        ("sampling.kind=balanced", "sampling.kind is 'balanced': it should be 'no_balance' or"),
        ("start.rate=0.1", "start: rate is of weights that come from a folder"),
        ("no equals sign", "--set no equals sign is no setting: write it as name=value"),
        ("batch={", "--set batch={ has no value that YAML could read"),
    ],
)
def test_what_is_wrong_is_named(more: str, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        settings_from(more=[more])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b"- 1\n", "holds no settings: write them as `name: value`"),
        (b"a: [\n", "is not YAML"),
        (b"a: !!python/object:os.system {}\n", "is not YAML"),
        (b"\xff\xfe\xfa", "is not YAML"),
    ],
)
def test_a_recipe_that_is_none_is_named(tmp_path: Path, text: bytes, said: str) -> None:
    path = tmp_path / "recipe.yaml"
    path.write_bytes(text)
    with pytest.raises(UsageError, match=rf"--recipe .*recipe.yaml {said}"):
        read_recipe(path)
    with pytest.raises(UsageError, match=r"--recipe nowhere.yaml cannot be read: No such file"):
        read_recipe(Path("nowhere.yaml"))
    path.write_text("")
    assert read_recipe(path) == {}


def test_errors_name_the_recipe() -> None:
    with pytest.raises(UsageError, match=r"^mine.yaml: batch is 1: it should be greater"):
        settings_from({"batch": 1}, where="mine.yaml")
    with pytest.raises(UsageError, match=r"^mine.yaml: give iterations or epochs, and not both$"):
        settings_from({"iterations": 1, "epochs": 2}, where="mine.yaml")


def test_all_settings_as_a_recipe_are_the_same_settings() -> None:
    changed: dict[str, Any] = {
        "name": "no: quotes",
        "iterations": 12,
        "classifier": {"kind": "decision_level_multi_attention", "hidden": 7},
        "schedule": {"kind": "one_cycle", "momentum": [0.85, 0.95]},
    }
    for settings in (TrainSettings(), settings_from(changed)):
        text = as_recipe(settings)
        assert settings_from(yaml.safe_load(text)) == settings
        assert max(map(len, text.splitlines())) <= 100
    assert "# One of none, uniform, beta." in as_recipe(TrainSettings())


def test_every_setting_has_a_description() -> None:
    lines = as_recipe(TrainSettings()).splitlines()
    for before, line in pairwise(lines):
        if ": " in line and not line.lstrip().startswith("#"):
            assert before.lstrip().startswith("#"), line


def test_recipes_are_right() -> None:
    """Those whose first lines say that `earmark train` takes them; others are of other programs."""
    found = [
        path for path in RECIPES.glob("*.yaml") if f"--recipe recipes/{path.name}" in _text(path)
    ]
    assert {"audioset-balanced.yaml", "kong-multi-attention.yaml"} <= {path.name for path in found}
    for path in found:
        settings_from(read_recipe(path), where=path.name)


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8")
