"""Recipes: read as they are, and refused in one sentence."""

from __future__ import annotations

from pathlib import Path

import pytest

from earmark.errors import DataError
from earmark.training.distilling.recipe import Recipe, read_recipe

ROOT = Path(__file__).resolve().parents[3]
SHORT = """
seed: 3
teacher: teacher.onnx
yamnet: yamnet.tflite
corpora:
  - {folder: sounds, hold_out: true}
workspace: work
"""


def read(text: str, folder: Path) -> Recipe:
    path = folder / "recipe.yaml"
    path.write_text(text, encoding="utf-8")
    return read_recipe(path)


def test_the_recipe_of_compact() -> None:
    recipe = read_recipe(ROOT / "recipes" / "compact.yaml")
    assert recipe.name == "compact"
    assert [corpus.hold_out for corpus in recipe.corpora] == [True, False, False]
    assert not recipe.workspace.is_absolute()
    assert not recipe.teacher.is_absolute()


def test_what_is_not_said_has_a_default(tmp_path: Path) -> None:
    recipe = read(SHORT, tmp_path)
    assert recipe.corpora[0].folder == Path("sounds")
    assert recipe.mixing.n_samples() == 160_000
    assert recipe.classify.model.n_classes == 527


def test_settings_of_the_parts(tmp_path: Path) -> None:
    recipe = read(
        SHORT
        + "distil: {steps: 7, lr: 6.0e-3}\n"
        + "mixing: {sounds: [0.5, 0.5], speed_range: [0.5, 2]}\n"
        + "classify: {model: {hidden: 8}}\n",
        tmp_path,
    )
    assert (recipe.distil.steps, recipe.distil.lr) == (7, 0.006)
    assert recipe.mixing.sounds == (0.5, 0.5)
    assert recipe.classify.model.hidden == 8


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        (SHORT + "sead: 3\n", "sead: Extra inputs are not permitted"),
        (SHORT + "distil: {stepz: 3}\n", "distil.stepz: Unexpected keyword argument"),
        (SHORT + "classify: {model: {wide: 3}}\n", "classify.model.wide: Unexpected keyword"),
        (SHORT + "batch: many\n", "batch: Input should be a valid integer"),
        (SHORT + "batch: 1\n", "batch: Input should be greater than or equal to 2"),
        (SHORT + "workers: -1\n", "workers: Input should be greater than or equal to 0"),
        (SHORT.replace("seed: 3\n", ""), "seed: Field required"),
        (SHORT.replace("hold_out: true", "keep: 1"), "corpora.0.hold_out: Field required"),
        ("", "all of it: Input should be"),
        ("- 1\n- 2\n", "all of it: Input should be"),
    ],
)
def test_a_setting_that_makes_no_sense(tmp_path: Path, text: str, complaint: str) -> None:
    with pytest.raises(DataError) as caught:
        read(text, tmp_path)
    sentence = str(caught.value)
    assert sentence.startswith(f"{tmp_path / 'recipe.yaml'}: is not a recipe: ")
    assert complaint in sentence
    assert "\n" not in sentence


def test_every_fault_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"is not a recipe: seed: .*; capacity: .*"):
        read(SHORT.replace("seed: 3", "seed: x") + "capacity: 0\n", tmp_path)


def test_probabilities_that_are_none(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="they must sum to 1"):
        read(SHORT + "mixing: {sounds: [0.5, 0.2]}\n", tmp_path)


def test_no_recipe(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"none\.yaml: cannot be read \(No such file"):
        read_recipe(tmp_path / "none.yaml")


@pytest.mark.parametrize("content", [b"seed: [1\nteacher", b"\xff\xfe\xff"])
def test_what_is_no_yaml(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "recipe.yaml"
    path.write_bytes(content)
    with pytest.raises(DataError, match=r"recipe\.yaml: is not YAML: [^\n]*$"):
        read_recipe(path)
