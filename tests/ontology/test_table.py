from __future__ import annotations

import csv
import importlib.util
import json
from pathlib import Path

import pytest

from earmark.ontology import Label, labels, nodes

ROOT = Path(__file__).resolve().parents[2]


def test_the_classes_are_numbered_in_order() -> None:
    assert len(labels()) == 527
    assert [label.index for label in labels()] == list(range(527))


def test_ids_and_names_are_unique() -> None:
    assert len(nodes()) == 632
    assert len({node.id for node in nodes()}) == 632
    assert len({node.name.casefold() for node in nodes()}) == 632


def test_names_keep_their_commas_and_brackets() -> None:
    by_id = {label.id: label.name for label in labels()}
    assert by_id["/m/032s66"] == "Gunshot, gunfire"
    assert by_id["/m/04qvtq"] == "Police car (siren)"
    assert by_id["/m/02zsn"] == "Female speech, woman speaking"


def test_a_category_is_no_label() -> None:
    (root,) = [node for node in nodes() if node.name == "Human sounds"]
    assert root.index is None
    assert root.label is None
    assert root.abstract


def test_a_class_is_a_label() -> None:
    assert nodes()[288].label == labels()[288] == Label(288, "/m/0838f", "Water")


def test_labels_are_those_that_google_lists(shared_data: Path) -> None:
    path = shared_data / "audioset" / "class_labels_indices.csv"
    with path.open(encoding="utf-8", newline="") as file:
        listed = [Label(int(r["index"]), r["mid"], r["display_name"]) for r in csv.DictReader(file)]
    assert list(labels()) == listed


def test_nodes_are_those_of_google_s_ontology(shared_data: Path) -> None:
    path = shared_data / "audioset" / "ontology.json"
    theirs = {node["id"]: node for node in json.loads(path.read_text(encoding="utf-8"))}
    assert {node.id for node in nodes()} == theirs.keys()
    for node in nodes():
        their = theirs[node.id]
        assert node.name == their["name"]
        assert node.abstract == ("abstract" in their["restrictions"])
        assert node.blacklisted == ("blacklist" in their["restrictions"])
        above = {id_ for id_, other in theirs.items() if node.id in other["child_ids"]}
        assert set(node.parents) == above


def test_the_table_holds_no_text_of_others() -> None:
    longest = max(len(node.name) for node in nodes())
    assert longest < 60, "a name, not a description"


def test_the_recipe_makes_the_table_that_is_shipped(
    shared_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = importlib.util.spec_from_file_location("recipe", ROOT / "recipes" / "make_ontology.py")
    assert spec is not None
    assert spec.loader is not None
    recipe = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(recipe)
    made, source = tmp_path / "audioset.csv", shared_data / "audioset"
    files = [str(source / "ontology.json"), str(source / "class_labels_indices.csv")]
    monkeypatch.setattr("sys.argv", ["make_ontology.py", *files, "--output", str(made)])
    recipe.main()
    assert made.read_bytes() == (ROOT / "src/earmark/data/audioset.csv").read_bytes()
